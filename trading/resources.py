"""What the book of money gives to an export: confirmed payments and their lines in fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, When

from office.services.exports import Book, Sheet
from office.states import ExportBook
from trading.models import CashEntry, CashJournal


def journals(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """The payments of the span."""
    rows = CashJournal.objects.filter(business_at__gte=starts, business_at__lt=ends).order_by("pk")
    return rows.values_list("pk", "instruction_id", "instruction__amount_fen", "business_at", "real_at", "by__username")


def entries(starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """Their lines: positive came, negative went; each journal sums to nothing."""
    rows = CashEntry.objects.filter(journal__business_at__gte=starts, journal__business_at__lt=ends).order_by("pk")
    # A natural person has no credit code: the account's number tells whose line it is, and says no more.
    party = Case(When(party__uscc="", then=F("party__holding_account__number")), default=F("party__uscc"))
    return rows.values_list("journal_id", party, "purpose", "amount_fen")


BOOK = Book(
    ExportBook.MONEY,
    (
        Sheet("journals", ("journal", "instruction", "amount_fen", "business_at", "real_at", "by"), journals),
        Sheet("entries", ("journal", "party", "purpose", "amount_fen"), entries),
    ),
)
