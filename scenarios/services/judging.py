"""What one row by itself says: whether it may count, and how much it saved. No lock, no write; many run side by side.

Reasons are tried in one order and the first wins (clarification 8): the row, its distance, its dates, who it was, the consent,
the late window, the ride itself, the same trip earlier in the file. What needs the rides of before is for the settling.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from kernel import clock
from methodologies.document import Document
from methodologies.document.computing import quantify_many
from methodologies.services.quantify import document_of
from scenarios.models import Upload
from scenarios.services.reading import Fields, rows, unit_mm
from scenarios.states import Reason

LONGEST_NUMBER = 100
LONGEST_S = 24 * 3600
# Instants are whole microseconds since 2000-01-01 UTC, days the days since then: what PostgreSQL holds, and quick to compare.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SECOND, QUARTER, DAY = 10**6, 900 * 10**6, 86_400 * 10**6
_MICROSECOND = timedelta(microseconds=1)
EARLIEST = (datetime(2010, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
CONSENTS = """
SELECT link.subject, link.citizen_id, consent.covers_from, consent.withdrawn_at FROM scenarios_partnerlink link
LEFT JOIN scenarios_consent consent ON consent.citizen_id = link.citizen_id AND consent.partner_id = link.partner_id
    AND consent.scene_id = %(scene)s
WHERE link.partner_id = %(partner)s AND link.subject = ANY(%(subjects)s)
"""


class Ride(NamedTuple):
    """A row that may count. Distance in millimetres; ``on_day`` is the rider's local day. See ``EPOCH`` for times and days."""

    row: int
    citizen: int
    key: bytes
    started: int
    ended: int
    mm: int
    on_day: int


@dataclass
class Judged:
    """A file's rows: those that may count with their milligrams, by citizen; the refused as (row, reason, citizen, start)."""

    rides: list[Ride] = field(default_factory=list)
    saved_mg: list[int] = field(default_factory=list)
    refused: list[tuple[int, str, int | None, datetime | None]] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """How many rows the file has."""
        return len(self.rides) + len(self.refused)

    def days(self) -> tuple[date, date] | None:
        """Return the first and the last local day of the rides that may count."""
        days = {ride.on_day for ride in self.rides}
        return (day_of(min(days)), day_of(max(days))) if days else None


def day_of(days: int) -> date:
    """Return the date of a day counted from 2000-01-01."""
    return EPOCH.date() + timedelta(days=days)


def judge(upload: Upload) -> Judged:
    """Judge every row of an upload and quantify those that may count. Raises ``unreadable_file`` and what the method raises."""
    sent = list(rows(upload.file, upload.mapping))
    judge, judged = _Judge(upload, sorted({row[0] for row in sent if row is not None})), Judged()
    for number, fields in enumerate(sent, start=1):
        answer = judge.ride(number, fields)
        if isinstance(answer, Ride):
            judged.rides.append(answer)
        else:
            reason, citizen, start = answer
            told = None if start is None else EPOCH + start * _MICROSECOND
            judged.refused.append((number, reason, citizen, told))
    # One citizen's rows lie together on the pages the settling reads and writes.
    judged.rides.sort(key=attrgetter("citizen"))
    judged.saved_mg = _milligrams(upload, judge.document, judged.rides)
    return judged


Refused = tuple[str, int | None, int | None]


class _Judge:
    """The bounds of one upload's scene, and the citizens its subjects stand for."""

    def __init__(self, upload: Upload, subjects: list[str]) -> None:
        scene, self.document = upload.scene, document_of(upload.method)
        bounds = self.document.inputs[scene.input_name]
        self.least_mm, self.most_mm = int((bounds.least or 0) * 10**6), int((bounds.most or 10**4) * 10**6)
        self.prefix, self.seen = f"{upload.partner_id}\x1f".encode(), set[bytes]()
        self.zone, self.offsets = ZoneInfo(upload.partner.zone), dict[int, int]()
        self.unit = unit_mm(upload.mapping)
        self.shortest_mm, self.fastest_kmh = scene.shortest_m * 1000, scene.fastest_kmh
        received = _since_epoch(upload.received_at)
        self.latest, self.stale_before = received + DAY, received - scene.late_window_days * DAY
        self.citizens: dict[str, int] = {}
        self.consents: dict[int, list[tuple[int, int]]] = defaultdict(list)
        with connection.cursor() as cursor:
            # One array, not fifty thousand parameters.
            cursor.execute(CONSENTS, {"partner": upload.partner_id, "scene": scene.pk, "subjects": subjects})
            for subject, citizen, since, until in cursor.fetchall():
                self.citizens[subject] = citizen
                if since is not None:
                    ended = _since_epoch(until) if until else self.latest
                    self.consents[citizen].append((_since_epoch(since), ended))

    def ride(self, row: int, fields: Fields | None) -> Ride | Refused:
        """Return the ride, or why it does not count, as far as the row alone can tell."""
        if fields is None or not fields[0] or not 0 < len(fields[1]) <= LONGEST_NUMBER:
            return Reason.BAD_ROW, None, None
        subject, trip, began, ended, distance = fields
        citizen = self.citizens.get(subject)
        mm = _millimetres(distance, self.unit)
        if mm is None or not self.least_mm <= mm <= self.most_mm:
            return Reason.BAD_DISTANCE, citizen, _moment(began, self.latest)
        start, end = _moment(began, self.latest), _moment(ended, self.latest)
        if start is None or end is None or end < start:
            return Reason.BAD_DATE, citizen, None
        if citizen is None:
            return Reason.UNKNOWN_SUBJECT, None, start
        reason = self._agreed(citizen, start) or self._plausible(end - start, mm)
        if reason:
            return reason, citizen, start
        key = hashlib.blake2b(self.prefix + trip.encode(), digest_size=16).digest()
        if key in self.seen:
            return Reason.DUPLICATE, citizen, start
        self.seen.add(key)
        return Ride(row, citizen, key, start, end, mm, (start + self._offset(start)) // DAY)

    def _offset(self, start: int) -> int:
        """Return how far local time is ahead; it only ever changes at a quarter of an hour."""
        quarter = start // QUARTER
        if quarter not in self.offsets:
            ahead = self.zone.utcoffset((EPOCH + start * _MICROSECOND).astimezone(self.zone))
            self.offsets[quarter] = (ahead or timedelta()) // _MICROSECOND
        return self.offsets[quarter]

    def _agreed(self, citizen: int, start: int) -> str:
        for since, until in self.consents.get(citizen, ()):
            if since <= start < until:
                return Reason.STALE if start < self.stale_before else ""
        return Reason.BEFORE_CONSENT

    def _plausible(self, took: int, mm: int) -> str:
        seconds = took // SECOND
        if not seconds:
            return Reason.ZERO_DURATION
        if mm < self.shortest_mm:
            return Reason.TOO_SHORT
        if mm * 3600 > self.fastest_kmh * 1_000_000 * seconds:
            return Reason.TOO_FAST
        return Reason.TOO_LONG if seconds > LONGEST_S else ""


def _millimetres(text: str, unit: int) -> int | None:
    """Return whole millimetres of a plain decimal number without a sign; None for anything else, also for a finer one."""
    whole, point, part = text.partition(".")
    digits = whole + part
    if not (digits.isdigit() and digits.isascii() and whole and bool(point) == bool(part) and len(digits) < 16):
        return None
    mm, rest = divmod(int(digits) * unit, 10 ** len(part))
    return None if rest else mm


def _since_epoch(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _moment(text: str, latest: int) -> int | None:
    """Return an instant with its offset, between 2010 and a day after the file came; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    instant = _since_epoch(moment)
    return instant if EARLIEST <= instant <= latest else None


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
    days = defaultdict(list)
    for at, ride in enumerate(rides):
        days[ride.on_day].append(at)
    for day, places in days.items():
        yield day_of(day), places
