"""What one row by itself says: whether it may count, and how much it saved. No lock, no write; many run side by side.

Reasons are tried in one order and the first wins (clarification 8): the row, its distance, its dates, who it was, the consent,
the late window, then the ride itself. What needs the other rides, the same trip again and overlaps, is for the settling.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.functional import cached_property

from kernel import clock
from methodologies.document import Document
from methodologies.document.computing import quantify_many
from methodologies.services.quantify import document_of
from scenarios.models import Consent, PartnerLink, Upload
from scenarios.services.reading import Fields, rows, unit_mm
from scenarios.states import Reason

EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)
LONGEST_S = 24 * 3600


@dataclass
class Ride:
    """A row that may count. Distance in millimetres, reduction in milligrams of CO2e."""

    row: int
    citizen: int
    key: str
    started_at: datetime
    ended_at: datetime
    mm: int


@dataclass
class Judged:
    """A file's rows: those that may count with their milligrams, and the refused as (row, reason, citizen, start)."""

    rides: list[Ride] = field(default_factory=list)
    saved_mg: list[int] = field(default_factory=list)
    refused: list[tuple[int, str, int | None, datetime | None]] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """How many rows the file has."""
        return len(self.rides) + len(self.refused)

    def days(self, zone: ZoneInfo) -> tuple[date, date] | None:
        """Return the first and the last local day of the rides that may count."""
        if not self.rides:
            return None
        starts = [ride.started_at for ride in self.rides]
        return min(starts).astimezone(zone).date(), max(starts).astimezone(zone).date()


def judge(upload: Upload) -> Judged:
    """Judge every row of an upload and quantify those that may count. Raises ``unreadable_file`` and what the method raises."""
    sent = list(rows(upload.file, upload.mapping))
    judge, judged = _Judge(upload, {row.subject for row in sent if row is not None}), Judged()
    for number, fields in enumerate(sent, start=1):
        answer = judge.ride(number, fields)
        if isinstance(answer, Ride):
            judged.rides.append(answer)
        else:
            judged.refused.append((number, *answer))
    judged.saved_mg = _milligrams(upload, judge.document, judged.rides)
    return judged


Refused = tuple[str, int | None, datetime | None]


class _Judge:
    """The bounds of one upload's scene, and the citizens its subjects stand for."""

    def __init__(self, upload: Upload, subjects: set[str]) -> None:
        scene, self.upload = upload.scene, upload
        self.prefix = f"{upload.partner_id}\x1f".encode()
        self.unit = unit_mm(upload.mapping)
        self.shortest_mm, self.fastest_kmh = scene.shortest_m * 1000, scene.fastest_kmh
        self.latest = upload.received_at + timedelta(days=1)
        self.stale_before = upload.received_at - timedelta(days=scene.late_window_days)
        links = PartnerLink.objects.filter(partner=upload.partner_id, subject__in=subjects)
        self.citizens = dict(links.values_list("subject", "citizen_id"))
        self.consents: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        given = Consent.objects.filter(partner=upload.partner_id, scene=scene, citizen__in=self.citizens.values())
        for citizen, since, until in given.values_list("citizen_id", "covers_from", "withdrawn_at"):
            self.consents[citizen].append((since, until or self.latest))

    @cached_property
    def document(self) -> Document:
        """The method's document."""
        return document_of(self.upload.method)

    @cached_property
    def bounds_mm(self) -> tuple[int, int]:
        """The method's bounds of the distance in millimetres."""
        bounds = self.document.inputs[self.upload.scene.input_name]
        return int((bounds.least or 0) * 10**6), int((bounds.most or 10**4) * 10**6)

    def ride(self, row: int, fields: Fields | None) -> Ride | Refused:
        """Return the ride, or why it does not count, as far as the row alone can tell."""
        if fields is None or not fields.subject or not 0 < len(fields.trip) <= 100 or "\0" in fields.subject:
            return Reason.BAD_ROW, None, None
        mm = _millimetres(fields.distance, self.unit)
        least, most = self.bounds_mm
        if mm is None or not least <= mm <= most:
            return Reason.BAD_DISTANCE, self.citizens.get(fields.subject), _moment(fields.started_at, self.latest)
        start, end = _moment(fields.started_at, self.latest), _moment(fields.ended_at, self.latest)
        if start is None or end is None or end < start:
            return Reason.BAD_DATE, self.citizens.get(fields.subject), None
        citizen = self.citizens.get(fields.subject)
        reason = self._subject(citizen, start) or self._plausible(end - start, mm)
        if reason:
            return reason, citizen, start
        assert citizen is not None  # noqa: S101  an unknown subject has its reason
        key = hashlib.blake2b(self.prefix + fields.trip.encode(), digest_size=16).hexdigest()
        return Ride(row, citizen, key, start, end, mm)

    def _subject(self, citizen: int | None, start: datetime) -> str:
        if citizen is None:
            return Reason.UNKNOWN_SUBJECT
        if not any(since <= start < until for since, until in self.consents.get(citizen, ())):
            return Reason.BEFORE_CONSENT
        return Reason.STALE if start < self.stale_before else ""

    def _plausible(self, took: timedelta, mm: int) -> str:
        seconds = took.days * 86_400 + took.seconds
        if not seconds:
            return Reason.ZERO_DURATION
        if mm < self.shortest_mm:
            return Reason.TOO_SHORT
        if mm * 3600 > self.fastest_kmh * 1_000_000 * seconds:
            return Reason.TOO_FAST
        return Reason.TOO_LONG if seconds > LONGEST_S else ""


def _millimetres(text: str, unit: int) -> int | None:
    """Return whole millimetres of a plain decimal number without a sign; None for anything else, also for a finer one."""
    whole, _point, part = text.partition(".")
    places = 3 if unit == 1_000 else 6
    if not (whole.isascii() and whole.isdigit() and len(whole) < 10 and len(part) <= places):
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    return int(whole) * unit + int(part.ljust(places, "0") or 0)


def _moment(text: str, latest: datetime) -> datetime | None:
    """Return an instant with its offset, between 2010 and a day after the file came; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not EARLIEST <= moment <= latest:
        return None
    return moment


def _milligrams(upload: Upload, document: Document, rides: Sequence[Ride]) -> list[int]:
    """Quantify the rides; the day that chooses the factors is the one the method's ``factor_basis`` names."""
    found = [0] * len(rides)
    for on, places in _by_day(upload, document, rides):
        texts = [f"{rides[at].mm // 1_000_000}.{rides[at].mm % 1_000_000:06d}" for at in places]
        region = upload.partner.organisation.division.adm6
        for at, saved in zip(
            places, quantify_many(document, {upload.scene.input_name: texts}, on, region), strict=True
        ):
            found[at] = saved
    return found


def _by_day(upload: Upload, document: Document, rides: Sequence[Ride]) -> Iterator[tuple[date, Sequence[int]]]:
    if document.factor_basis != "activity":
        yield clock.local(upload.received_at).date(), range(len(rides))
        return
    zone, days = ZoneInfo(upload.partner.zone), defaultdict(list)
    for at, ride in enumerate(rides):
        days[ride.started_at.astimezone(zone).date()].append(at)
    yield from days.items()


def amount(mm: int) -> Decimal:
    """Return a distance in kilometres, as the method takes it."""
    return Decimal(mm).scaleb(-6)
