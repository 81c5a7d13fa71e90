"""What the book of units gives to an export: journals, what each opened and closed in whole tonnes, and what was held at the end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from office.services.exports import Book, Sheet
from office.states import ExportBook
from registry.models import Block, Journal
from registry.services.statements import as_of

SERIALS = ("batch_id", "series__project__name", "series__vintage", "from_serial", "after_serial", "quantity_t")
COLUMNS = ("batch", "project", "vintage", "first_serial", "after_last_serial", "quantity_t", "holder", "state")


def _blocks() -> QuerySet[Block]:
    return Block.objects.annotate(from_serial=F("serials__startswith"), after_serial=F("serials__endswith"))


def journals(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The headers of the span, in the order they were written."""
    rows = Journal.objects.filter(business_at__gte=starts, business_at__lt=ends).order_by("pk")
    return rows.values_list("pk", "kind", "business_at", "real_at", "by__username", "reason")


def opened(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The runs of serials that the journals of the span opened."""
    rows = _blocks().filter(opened_by__business_at__gte=starts, opened_by__business_at__lt=ends)
    return rows.order_by("opened_by", "pk").values_list("opened_by_id", *SERIALS, "holder__number", "state")


def closed(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The runs of serials that the journals of the span closed."""
    rows = _blocks().filter(closed_by__business_at__gte=starts, closed_by__business_at__lt=ends)
    return rows.order_by("closed_by", "pk").values_list("closed_by_id", *SERIALS, "holder__number", "state")


def held(_starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """What was held when the span ended: the table of blocks is its own history."""
    rows = as_of(ends).annotate(from_serial=F("serials__startswith"), after_serial=F("serials__endswith"))
    return rows.order_by("holder", "pk").values_list(*SERIALS, "holder__number", "state")


BOOK = Book(
    ExportBook.UNITS,
    (
        Sheet("journals", ("journal", "kind", "business_at", "real_at", "by", "reason"), journals),
        Sheet("opened", ("journal", *COLUMNS), opened),
        Sheet("closed", ("journal", *COLUMNS), closed),
        Sheet("held_at_end", COLUMNS, held),
    ),
)
