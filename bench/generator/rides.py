"""A day of rides as a partner would send it, and the truth beside it: what must be counted, and how much.

Every citizen rides in slots that do not touch, so the only overlaps, repetitions and bad rows are those put in on purpose: 2 % of
the rows repeat a trip (every second one with another date), 1 % ride on top of another ride, 1 % are bad in one of six ways.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADING = ("trip", "user", "begin", "end", "metres")
MAPPING = {
    "trip": "trip",
    "user": "subject",
    "begin": "started_at",
    "end": "ended_at",
    "metres": "distance_m",
}
SLOTS, SLOT_S = 5, 3 * 3600  # rides of one citizen in a day
REPEATED, CROSSING, BAD = 0.02, 0.01, 0.01
SAVED_THOUSANDTHS = 193  # 0.193 kg/km is 0.193 mg/mm
Row = tuple[str, ...]


@dataclass
class Truth:
    """What must come out: rows sent, counted, refused by reason, and milligrams."""

    sent: int = 0
    accepted: int = 0
    saved_mg: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def subject(number: int) -> str:
    """Return the partner's number of a user."""
    return f"u{number:08d}"


def write_day(
    folder: Path, *, rows: int, files: int, day: datetime, seed: int = 20261125
) -> tuple[list[Path], int, Truth]:
    """Write ``rows`` rows in ``files`` gzip files; return the files, how many citizens ride, and the truth."""
    citizens = max(1, rows // SLOTS)
    truth, paths = Truth(), []
    stream = _rows(random.Random(seed), citizens, day, truth)  # noqa: S311  a reproducible day, not a secret
    for number in range(files):
        paths.append(folder / f"day-{number:03d}.csv.gz")
        with gzip.open(paths[-1], "wt", newline="", compresslevel=5) as file:
            writer = csv.writer(file)
            writer.writerow(HEADING)
            for _turn in range(rows // files):
                writer.writerow(next(stream))
                truth.sent += 1
    return paths, citizens, truth


def _rows(rng: random.Random, citizens: int, day: datetime, truth: Truth) -> Iterator[Row]:
    recent: list[tuple[Row, datetime, int]] = []  # rides already sent that nothing refers to yet
    trip = 0
    order = [(citizen, slot) for citizen in range(citizens) for slot in range(SLOTS)]
    rng.shuffle(order)
    for citizen, slot in order:
        dice = rng.random()
        if dice < REPEATED + CROSSING and len(recent) > 100:
            old, began, took = recent.pop(rng.randrange(len(recent)))
            yield _again(rng, old, began, took, trip := trip + 1, truth, repeated=dice < REPEATED)
        elif dice < REPEATED + CROSSING + BAD:
            yield _bad(rng, subject(citizen), day, trip := trip + 1, truth)
        else:
            began = day + timedelta(seconds=slot * SLOT_S + rng.randrange(3600))
            took = rng.randrange(300, 3000)
            decimetres = rng.randrange(1000, took * 60)  # never above 21.6 km/h
            row = _row(trip := trip + 1, subject(citizen), began, took, f"{decimetres // 10}.{decimetres % 10}")
            recent.append((row, began, took))
            if len(recent) > 5_000:
                recent.pop(rng.randrange(len(recent)))
            truth.accepted += 1
            truth.saved_mg += decimetres * 100 * SAVED_THOUSANDTHS // 1000
            yield row


def _row(trip: int, who: str, began: datetime, took: int, metres: str) -> Row:
    return f"t{trip}", who, _text(began), _text(began + timedelta(seconds=took)), metres


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _again(rng: random.Random, old: Row, began: datetime, took: int, trip: int, truth: Truth, *, repeated: bool) -> Row:
    if not repeated:
        truth.refused["overlap"] += 1
        return _row(trip, old[1], began + timedelta(seconds=took // 2), took, old[4])
    truth.refused["duplicate"] += 1
    if rng.random() < 0.5:
        return old
    moved = began - timedelta(days=rng.randrange(1, 5), seconds=rng.randrange(600))
    return old[0], old[1], _text(moved), _text(moved + timedelta(seconds=took)), old[4]


def _bad(rng: random.Random, who: str, day: datetime, trip: int, truth: Truth) -> Row:
    kind = rng.choice(("bad_row", "bad_distance", "bad_date", "unknown_subject", "zero_duration", "too_short"))
    truth.refused[kind] += 1
    row = list(_row(trip, who, day + timedelta(seconds=rng.randrange(3600)), 600, "1500.0"))
    if kind == "bad_row":
        row.append("and more")
    elif kind == "bad_distance":
        row[4] = "-1500.0"
    elif kind == "bad_date":
        row[2] = "2099-01-01T00:00:00Z"
    elif kind == "unknown_subject":
        row[1] = f"nobody{trip}"
    elif kind == "zero_duration":
        row[3] = row[2]
    else:
        row[4] = "99.9"
    return tuple(row)
