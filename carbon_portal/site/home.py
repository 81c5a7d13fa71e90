"""The live figures of the home page, each from the table that holds it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from projects.models import PowerMonth, Project
from projects.states import ProjectState
from projects.views import public
from registry.models import Batch, Block, Journal
from registry.states import UNIT_ENDED, JournalKind, UnitState

TONES: dict[str, str] = {UnitState.AVAILABLE: "available", UnitState.RETIRED: "retired"}


class Entry(NamedTuple):
    """One line of the registry's latest entries; quantity in tonnes."""

    at: datetime
    tone: str
    words: str
    quantity_t: int
    text: str


def overview() -> dict[str, Any]:
    """Return the figures of the home page: issued = held + retired + cancelled (t), notices running, entries, the last batch."""
    issued_t = Batch.objects.aggregate(t=Sum(F("serial_to") - F("serial_from") + 1))["t"] or 0
    return {
        "issued_t": issued_t,
        "retired_t": Block.objects.open().filter(state=UnitState.RETIRED).tonnes(),
        "cancelled_t": Block.objects.open().filter(state=UnitState.CANCELLED).tonnes(),
        "held_t": Block.objects.open().exclude(state__in=UNIT_ENDED).tonnes(),
        "projects": Project.objects.filter(state=ProjectState.REGISTERED).count(),
        "notices": public.running()[:5],
        "entries": _entries(),
        "growth": _growth(),
        "latest": _latest(),
    }


def _growth() -> dict[str, Any] | None:
    """Return the months of all verified periods in order, their sum in MWh, the first and the last month."""
    rows = PowerMonth.objects.filter(period__verified_at__isnull=False).order_by("month", "pk")
    months = list(rows.values_list("month", "energy_kwh", "complete"))
    if not months:
        return None
    return {
        "rings": [(kwh, not complete) for _month, kwh, complete in months],
        "mwh": sum((kwh for _month, kwh, _complete in months), Decimal(0)) / 1000,
        "first": months[0][0],
        "last": months[-1][0],
        "months": len(months),
    }


def _entries() -> list[Entry]:
    kinds = (JournalKind.ISSUE, JournalKind.RETIRE)
    journals = Journal.objects.filter(kind__in=kinds).select_related("batch__series__project", "retirement")[:5]
    return [_entry(journal) for journal in journals]


def _entry(journal: Journal) -> Entry:
    if journal.kind == JournalKind.ISSUE:
        batch = journal.batch
        text = _("%(project)s %(vintage)s 年份") % {"project": batch.series.project, "vintage": batch.series.vintage}
        return Entry(journal.business_at, "good", _("签发"), batch.quantity_t, text)
    order = journal.retirement
    text = _("%(purpose)s，受益方 %(beneficiary)s") % {"purpose": order.purpose, "beneficiary": order.beneficiary}
    return Entry(journal.business_at, "final", _("注销"), order.quantity_t, text)


def _latest() -> dict[str, Any] | None:
    """Return the last batch with what it came from and where its tonnes are now."""
    batch = (
        Batch.objects.filter(moved=None)
        .select_related("series__project__method", "period__verifier", "journal")
        .order_by("-pk")
        .first()
    )
    if batch is None:
        return None
    blocks = batch.blocks.open().order_by("serials")
    parts = [
        (block.first, block.last, TONES.get(block.state, "frozen"), f"{block.get_state_display()} {block.quantity_t:,}")
        for block in blocks
    ]
    months = batch.period.months.aggregate(kwh=Sum("energy_kwh"))
    return {"batch": batch, "parts": parts, "mwh": (months["kwh"] or 0) / 1000, "months": batch.period.months.count()}
