"""What the book of grams gives to an export: acts in milligrams by account number, and the claims they went into."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kernel import clock
from office.services.exports import Book, Sheet
from office.states import ExportBook
from scenarios.models import Act, ActUse, ClaimBatch


def acts(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The acts of the rider's days in the span; who rode stands behind the account number only."""
    first, after = clock.local(starts).date(), clock.local(ends).date()
    rows = Act.objects.filter(on_day__gte=first, on_day__lt=after).order_by("on_day", "id")
    return rows.values_list("id", "on_day", "citizen_id", "upload_id", "amount_millionths", "saved_mg")


def claims(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The claims closed in the span."""
    rows = ClaimBatch.objects.filter(closed_at__gte=starts, closed_at__lt=ends).order_by("pk")
    return rows.values_list(
        "number",
        "month",
        "scene__code",
        "acts",
        "citizens",
        "saved_mg",
        "merkle_root",
        "closed_by__username",
        "closed_at",
    )


def uses(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """Which act went into which claim."""
    rows = ActUse.objects.filter(claim__closed_at__gte=starts, claim__closed_at__lt=ends).order_by("act_id")
    return rows.values_list("act_id", "claim__number")


BOOK = Book(
    ExportBook.GRAMS,
    (
        Sheet("acts", ("act", "on_day", "account", "upload", "amount_millionths", "saved_mg"), acts),
        Sheet(
            "claims",
            ("claim", "month", "scene", "acts", "citizens", "saved_mg", "merkle_root", "closed_by", "closed_at"),
            claims,
        ),
        Sheet("uses", ("act", "claim"), uses),
    ),
)
