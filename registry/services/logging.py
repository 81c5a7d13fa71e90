"""Journals go into the transparency log by a sweep, so that no book verb waits for it."""

from __future__ import annotations

from django.db import connection, transaction

from certificates.services import log
from kernel.digest import canonical
from registry.models import Block, Journal, LoggedJournal

AT_ONCE = 500


def log_waiting() -> int:
    """Append the journals that have no leaf yet, oldest first; return how many."""
    with transaction.atomic():
        if not _alone():
            return 0
        journals = list(Journal.objects.filter(logged=None).order_by("pk")[:AT_ONCE])
        for journal in journals:
            leaf = log.append("journal", journal.number, payload(journal))
            LoggedJournal.objects.create(journal=journal, leaf=leaf)
    return len(journals)


def _alone() -> bool:
    # The application role may not lock rows of a book, so sweeps keep each other out by a word.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('registry.log_journals'))")
        return bool(cursor.fetchone()[0])


def payload(journal: Journal) -> bytes:
    """Return what the leaf says about a journal: header, and the serial ranges it closed and opened."""
    opened = Block.objects.filter(opened_by=journal).select_related("series", "batch", "holder").order_by("pk")
    closed = Block.objects.filter(closed_by=journal).select_related("series", "batch", "holder").order_by("pk")
    return canonical(
        {
            "number": journal.number,
            "kind": journal.kind,
            "at": journal.business_at.isoformat(),
            "closed": [_leg(block) for block in closed],
            "opened": [_leg(block) for block in opened],
        }
    )


def _leg(block: Block) -> dict[str, str]:
    return {"serial": block.serial, "holder": block.holder.number, "state": block.state}
