"""Reading what other registries publish (``data/registry_offsets``, ``data/arb_offset_credit_issuance``), and looking a project up.

Each row is kept as it came beside what could be read of it. What cannot be read stays unread and is said; nothing is put right.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from kernel.rules import RuleViolation
from projects.models import ExternalEntry, Project

FOLDER = settings.BASE_DIR / "data"
Registry, Kind, Finding = ExternalEntry.Registry, ExternalEntry.Kind, ExternalEntry.Finding
SHORTEST_NAME = 6  # a name of fewer letters is in half of all names
_WHOLE = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]+")
_SERIALS = {
    Registry.VERRA: re.compile(r"(?P<prefix>[0-9]+)-(?P<first>[0-9]+)-(?P<last>[0-9]+)-VCS-.+"),
    Registry.GOLD_STANDARD: re.compile(r"(?P<prefix>GS1-.+)-(?P<first>[0-9]+)-(?P<last>[0-9]+)"),
    Registry.ACR: re.compile(r"(?P<prefix>ACR-.+)-(?P<first>[0-9]+) to (?P<last>[0-9]+)"),
}
_DAYS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S")
# How a text mentions a project of theirs: the letters, then in which registry it is and how that writes the number.
_NUMBERS = re.compile(r"\b(VCS|GS|ACR|CAR)[- ]?([0-9]{2,6})\b", re.IGNORECASE)
_OF_LETTERS = {
    "VCS": (Registry.VERRA, ""),
    "GS": (Registry.GOLD_STANDARD, ""),
    "ACR": (Registry.ACR, "ACR"),
    "CAR": (Registry.ARB, "CAR"),
}


class Layout(NamedTuple):
    """Which columns of a file say what; an empty name is a column the file does not have."""

    path: str
    registry: str
    kind: str
    project: str
    name: str
    quantity: str = ""
    day: str = ""
    serial: str = ""
    vintage: str = ""
    number: str = ""
    ended: str = ""  # the column that makes an issuance a retirement when it is filled


FILES = (
    Layout("registry_offsets/verra_projects.csv", Registry.VERRA, Kind.PROJECT, "ID", "Name"),
    Layout(
        "registry_offsets/verra_transactions.csv", Registry.VERRA, Kind.ISSUANCE, "ID", "Name", "Quantity Issued", "Issuance Date",
        "Serial Number", "Vintage Start", ended="Retirement/Cancellation Date",
    ),
    Layout("registry_offsets/gold_standard_projects.csv", Registry.GOLD_STANDARD, Kind.PROJECT, "GSID", "Project Name"),
    Layout(
        "registry_offsets/gold_standard_issuances.csv", Registry.GOLD_STANDARD, Kind.ISSUANCE, "GSID", "Project Name", "Quantity",
        "Issuance Date", "Serial Number", "Vintage",
    ),
    Layout(
        "registry_offsets/gold_standard_retirements.csv", Registry.GOLD_STANDARD, Kind.RETIREMENT, "GSID", "Project Name", "Quantity",
        "Retirement Date", "Serial Number", "Vintage",
    ),
    Layout("registry_offsets/acr_projects.csv", Registry.ACR, Kind.PROJECT, "Project ID", "Project Name"),
    Layout(
        "registry_offsets/acr_issuances.csv", Registry.ACR, Kind.ISSUANCE, "Project ID", "Project Name", "Total Credits Issued",
        "Date Issued (GMT)", "", "Vintage",
    ),
    Layout(
        "registry_offsets/acr_retirements.csv", Registry.ACR, Kind.RETIREMENT, "Project ID", "Project Name", "Quantity of Credits",
        "Status Effective (GMT)", "Credit Serial Numbers", "Vintage",
    ),
    Layout(
        "registry_offsets/acr_cancellations.csv", Registry.ACR, Kind.CANCELLATION, "Project ID", "Project Name",
        "Quantity of Credits", "Status Effective  (GMT)", "Credit Serial Numbers", "Vintage",
    ),
    Layout(
        "arb_offset_credit_issuance/issuance_2013_2019.csv", Registry.ARB, Kind.ISSUANCE, "OPR Project ID", "Offset Project Name",
        "ARB Offset Credits Issued", "Issuance Date", "", "Vintage", "CARB Issuance ID",
    ),
)  # fmt: skip


def load(folder: Path = FOLDER) -> Counter[str]:
    """Read every file; return how many rows of each were new. A file read before changes nothing.

    Raises RuleViolation ``row_changed`` when a row that was read before says something else now: then nothing is read.
    """
    with transaction.atomic():
        return Counter({layout.path: _load(folder, layout) for layout in FILES})


def _load(folder: Path, layout: Layout) -> int:
    known = dict(ExternalEntry.objects.filter(source=layout.path).values_list("row", "raw"))
    fresh = []
    for entry in entries(folder, layout):
        if entry.row not in known:
            fresh.append(entry)
        elif known[entry.row] != entry.raw:
            said = _("%(file)s 第 %(row)d 行与以前读入的不同，什么都没有读入")
            raise RuleViolation("row_changed", said % {"file": layout.path, "row": entry.row})
    ExternalEntry.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def entries(folder: Path, layout: Layout) -> Iterator[ExternalEntry]:
    """Yield the rows of a file with what could be read of each; not saved."""
    seen: set[str] = set()
    with (folder / layout.path).open(encoding="utf-8-sig", newline="") as file:
        for row, raw in enumerate(csv.DictReader(file), start=2):
            entry = _entry(layout, row, {name: said or "" for name, said in raw.items()})
            if entry.number and entry.number in seen:
                entry.findings.append(Finding.NUMBER_AGAIN)
            seen.add(entry.number)
            yield entry


def _entry(layout: Layout, row: int, raw: dict[str, str]) -> ExternalEntry:
    def said(column: str) -> str:
        return raw[column].strip() if column else ""

    ended = said(layout.ended)
    entry = ExternalEntry(
        registry=layout.registry, kind=Kind.RETIREMENT if ended else layout.kind, number=said(layout.number),
        project_id=said(layout.project), name=said(layout.name), serial=said(layout.serial), source=layout.path, row=row, raw=raw,
        findings=[],
    )  # fmt: skip
    if layout.quantity:
        if _WHOLE.fullmatch(said(layout.quantity)):
            entry.quantity = int(said(layout.quantity).replace(",", ""))
        else:
            entry.findings.append(Finding.NOT_NUMERIC)
    if layout.day:
        _read_day(entry, ended or said(layout.day))
    year = said(layout.vintage)[:4]
    entry.vintage = int(year) if year.isdecimal() else None
    if layout.serial:
        _read_serial(entry)
    return entry


def _read_day(entry: ExternalEntry, said: str) -> None:
    entry.on_day = _day(said)
    if entry.on_day is None:
        entry.findings.append(Finding.BAD_DAY if said else Finding.NO_DAY)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        pass
    for form in _DAYS:
        try:
            return datetime.strptime(said, form).date()
        except ValueError:
            continue
    return None


def _read_serial(entry: ExternalEntry) -> None:
    found = _SERIALS[Registry(entry.registry)].fullmatch(entry.serial)
    if found is None:
        entry.findings.append(Finding.SERIAL_UNREAD)
        return
    entry.serial_prefix, entry.serial_from, entry.serial_to = found["prefix"], int(found["first"]), int(found["last"])
    if entry.serial_to - entry.serial_from + 1 != entry.quantity:
        entry.findings.append(Finding.RUN_DIFFERS)


def elsewhere(project: Project) -> QuerySet[ExternalEntry]:
    """Return what other registries hold under a project's name, or under a number of theirs that its texts mention.

    A name counts when the one contains the other. It is a hint for the reviewer, who decides: names repeat.
    """
    told = " ".join((project.name, project.location, project.description, project.old_no))
    rows = ExternalEntry.objects.annotate(asked=Value(project.name, output_field=TextField()), letters=Length("name"))
    found = Q(asked__icontains=F("name"), letters__gte=SHORTEST_NAME)
    if len(project.name) >= SHORTEST_NAME:
        found |= Q(name__icontains=project.name)
    for letters, digits in _NUMBERS.findall(told):
        registry, prefix = _OF_LETTERS[letters.upper()]
        found |= Q(registry=registry, project_id=f"{prefix}{digits}")
    return rows.filter(found).order_by("registry", "project_id", "row")
