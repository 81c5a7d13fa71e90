"""Rows that wait for a sweep: claimed by one worker, tried less and less often, parked after five times on a person's desk.

Such a row has ``attempts``, ``next_at`` and ``last_error``; its query set says which rows are ``waiting()`` and ``parked()``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from django.db import models, transaction

from kernel import clock

Row = TypeVar("Row", bound=models.Model)


@transaction.atomic
def claim(waiting: models.QuerySet[Row], *, backoff_s: int) -> Row | None:
    """Claim the row that has waited longest, or None; no other worker gets it. The attempt is counted before it is made."""
    oldest = waiting.order_by("next_at", "pk")
    row: Any = oldest.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if row is not None:
        row.attempts += 1
        back_off(row, backoff_s)
        row.save(update_fields=["attempts", "next_at"])
    return row


def back_off(row: Any, backoff_s: int) -> None:
    """Let a row wait twice as long with every attempt it has had: ``backoff_s``, then 2, 4, 8 times that."""
    row.next_at = clock.real_now() + timedelta(seconds=backoff_s * 2 ** (row.attempts - 1))


def start_again(row: Any) -> None:
    """Give a parked row its five attempts again, inside the verb that allows it."""
    row.attempts, row.next_at, row.last_error = 0, clock.real_now(), ""
    row.save(update_fields=["attempts", "next_at", "last_error"])
