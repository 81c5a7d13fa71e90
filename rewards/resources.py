"""What the book of points gives to an export: every movement, and out of or into which lot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from office.services.exports import Book, Sheet
from office.states import ExportBook
from rewards.models import PointEntry, PointLeg


def entries(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The movements of the span; accounts by number, never by name."""
    rows = PointEntry.objects.filter(business_at__gte=starts, business_at__lt=ends).order_by("pk")
    return rows.values_list("pk", "account_id", "kind", "points", "debt_points", "business_at", "reason")


def legs(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The lots they moved."""
    rows = PointLeg.objects.filter(entry__business_at__gte=starts, entry__business_at__lt=ends).order_by("pk")
    return rows.values_list("entry_id", "lot_id", "points")


BOOK = Book(
    ExportBook.POINTS,
    (
        Sheet("entries", ("entry", "account", "kind", "points", "debt_points", "business_at", "reason"), entries),
        Sheet("legs", ("entry", "lot", "points"), legs),
    ),
)
