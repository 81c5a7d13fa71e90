"""A real household's two years by the rule of the method: half hours to complete days, days to the baseline or the week before."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from kernel.quantities import MG_PER_KG
from methodologies.document import Document, parse, quantify, quantify_many

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data" / "household_electricity_sgsc" / "halfhourly_hh01.csv.gz"
TEXT = (ROOT / "methodologies" / "catalogue" / "SZ-2021-001-V01.toml").read_text(encoding="utf-8")
WITHOUT_MINIMUM = TEXT.replace('value = "1"\n', 'value = "0"\n', 1)
DAY = date(2022, 1, 1)


def complete_days() -> dict[date, Decimal]:
    """Return kWh by day, only of days with all 48 half hours."""
    halves: dict[date, list[Decimal]] = defaultdict(list)
    with gzip.open(FILE, "rt", newline="") as file:
        for row in csv.DictReader(file):
            halves[date.fromisoformat(row["reading_datetime"][:10])].append(Decimal(row["kwh"]))
    return {day: sum(found, Decimal(0)) for day, found in sorted(halves.items()) if len(found) == 48}


def history(days: dict[date, Decimal], day: date) -> tuple[Decimal, ...]:
    """Return the seven days before, or nothing where one of them is not complete."""
    before = tuple(days[one] for n in range(7, 0, -1) if (one := day - timedelta(days=n)) in days)
    return before if len(before) == 7 else ()


def told(document: Document) -> tuple[Counter[str], Decimal, int]:
    days, kinds, exact, milligrams = complete_days(), Counter[str](), Decimal(0), 0
    for day, actual in days.items():
        before = history(days, day)
        result = quantify(document, {"actual_kwh": actual, "history_kwh": before}, DAY)
        below, week = result.results["below"] > 0, result.results["week"] > 0
        kinds["below" if below else "week" if week else "zero" if before else "without history"] += 1
        exact += result.results["ER"]
        milligrams += result.reduction_mg
    return kinds, exact, milligrams


def test_the_household_has_the_days_the_rule_says() -> None:
    """B 8, EF 0.3125, before the rule of the least use; each day is floored once, so the books are below the exact sum."""
    kinds, exact, milligrams = told(parse(WITHOUT_MINIMUM))
    assert kinds == {"below": 376, "week": 108, "zero": 259, "without history": 6}
    assert exact.quantize(Decimal("0.000001")) == Decimal("274.055580")
    assert milligrams == 274_055_431
    assert 0 < exact * MG_PER_KG - milligrams < 376 + 108


def test_nobody_of_this_household_was_away() -> None:
    """No day is under the least use of 1 kWh, so the published text gives the same."""
    assert told(parse(TEXT)) == told(parse(WITHOUT_MINIMUM))


def test_the_same_days_in_bulk() -> None:
    days = complete_days()
    columns = {"actual_kwh": list(days.values()), "history_kwh": [history(days, day) for day in days]}
    assert sum(quantify_many(parse(TEXT), columns, DAY)) == 274_055_431
