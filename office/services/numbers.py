"""Document numbers without gaps."""

from __future__ import annotations

from django.db import connection


def next_number(series: str) -> int:
    """Return the next number of a series, from 1. It belongs to the running transaction: rolled back, it is given out again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO office_documentseries (name, last) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET last = office_documentseries.last + 1 RETURNING last",
            [series],
        )
        return int(cursor.fetchone()[0])


def taken_up_to(series: str, number: int) -> None:
    """Let a series go on after a number that was given out elsewhere; it never goes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO office_documentseries (name, last) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET last = greatest(office_documentseries.last, excluded.last)",
            [series, number],
        )
