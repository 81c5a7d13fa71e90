"""Six real households by the rule of the method: half hours to complete days, days to the baseline or the week before."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from carbon_portal.site.filing import computed, of_homes
from kernel.quantities import MG_PER_KG
from methodologies.document import Document, parse, quantify, quantify_many

ROOT = Path(__file__).parents[2]
FILE = ROOT / "data" / "household_electricity_sgsc" / "halfhourly_hh01_hh06.csv.gz"
TEXT = (ROOT / "methodologies" / "catalogue" / "SZ-2021-001-V01.toml").read_text(encoding="utf-8")
WITHOUT_MINIMUM = TEXT.replace('value = "1"\n', 'value = "0"\n', 1)
DAY = date(2022, 1, 1)


class Home(NamedTuple):
    """What a home's file comes to: days of each kind (the least use aside), days of no booking because nobody used 1 kWh, mg."""

    below: int
    week: int
    zero: int
    without_history: int
    away: int
    incomplete: int
    reduction_mg: int


HOMES = {
    "hh01": Home(376, 108, 259, 6, 0, 4, 274_055_431),
    "hh02": Home(300, 12, 67, 4, 7, 2, 319_944_158),
    "hh03": Home(137, 241, 213, 19, 81, 31, 407_449_475),
    "hh04": Home(537, 1, 62, 6, 21, 19, 360_523_618),
    "hh05": Home(216, 91, 294, 18, 0, 8, 239_454_005),
    "hh06": Home(184, 182, 253, 17, 0, 4, 312_136_253),
}


@cache
def halves() -> dict[str, dict[date, list[Decimal]]]:
    """Return the half hours of every home by day."""
    found: dict[str, dict[date, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(FILE, "rt", newline="") as file:
        for row in csv.DictReader(file):
            found[row["household_id"]][date.fromisoformat(row["reading_datetime"][:10])].append(Decimal(row["kwh"]))
    return found


def complete_days(home: str = "hh01") -> dict[date, Decimal]:
    """Return kWh by day, only of days with all 48 half hours."""
    return {day: sum(found, Decimal(0)) for day, found in sorted(halves()[home].items()) if len(found) == 48}


def by_hand(home: str) -> Home:
    """Return a home's figures by fractions, without the engine and without its document."""
    days, kinds, away, milligrams = complete_days(home), Counter[str](), 0, 0
    for day, actual in days.items():
        week = [days.get(day - timedelta(days=n)) for n in range(1, 8)]
        mean = None if None in week else sum(map(Fraction, week)) / 7  # type: ignore[arg-type]
        saved = (
            Fraction(8) - Fraction(actual) if actual < 8 else max((mean or Fraction(0)) - Fraction(actual), Fraction(0))
        )
        kind = "below" if actual < 8 else "without" if mean is None else "week" if saved else "zero"
        kinds[kind] += 1
        away += actual < 1
        milligrams += int(saved * Fraction("0.3125") * 10**6) if actual >= 1 else 0
    incomplete = len(halves()[home]) - len(days)
    return Home(kinds["below"], kinds["week"], kinds["zero"], kinds["without"], away, incomplete, milligrams)


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


@pytest.mark.parametrize("home", HOMES)
def test_every_home_of_the_file_has_its_figures(home: str) -> None:
    assert by_hand(home) == HOMES[home]


def test_the_command_s_reader_books_the_same_milligrams_home_by_home() -> None:
    """Incomplete days are left out, and a day under the least use earns nothing though it is below the baseline."""
    lines = of_homes(
        gzip.decompress(FILE.read_bytes()), whose="household_id", at="reading_datetime", kwh="kwh", per_day=48
    )
    totals = computed(parse(TEXT), lines, DAY)
    assert {home: total.reduction_mg for home, total in totals.items()} == {
        home: told.reduction_mg for home, told in HOMES.items()
    }
    assert {home: total.rows for home, total in totals.items()} == {home: len(complete_days(home)) for home in HOMES}
