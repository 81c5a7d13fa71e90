"""Real forest plots and weighed trees: what is not sampled is left out, the fraction of carbon counts, the buffer goes before the tonne."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from kernel.quantities import MG_PER_T, issuable
from kernel.rules import RuleViolation
from methodologies.document import Result, parse, quantify

ROOT = Path(__file__).parents[2]
PLOTS = ROOT / "data" / "forest_fia_ri"
TREES = ROOT / "data" / "forest_baad_trees" / "trees.csv"
CATALOGUE = ROOT / "methodologies" / "catalogue"
MEASURED = parse(
    (CATALOGUE / "SC-2023-001-V01.toml").read_text(encoding="utf-8")
)  # asks for measured gains, has no defaults
DEFAULTS = parse((CATALOGUE / "GD-2022-001-V01.toml").read_text(encoding="utf-8"))
DAY = MEASURED.examples[0].on
T_PER_LB, HA_PER_ACRE = Fraction("0.00045359237"), Fraction("0.40468564")
UNSAMPLED = "3"
SPECIES, HALF, DEFAULT = "by species", "0.5", "0.47"


def rows(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text)))


@cache
def plots() -> dict[str, dict[str, str]]:
    return {row["CN"]: row for row in rows(PLOTS / "plot_2004_2013.csv")}


@cache
def carbon() -> dict[str, dict[str, Fraction]]:
    """Return live above-ground carbon of each plot in t/ha: with the agency's fraction of each species, with 0.5, with 0.47."""
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: dict.fromkeys((SPECIES, HALF, DEFAULT), Fraction(0)))
    for tree in rows(PLOTS / "tree_2004_2013.csv.gz"):
        if tree["STATUSCD"] == "1" and tree["CARBON_AG"]:
            each = Fraction(tree["TPA_UNADJ"]) * T_PER_LB / HA_PER_ACRE
            plot, dry = found[tree["PLT_CN"]], Fraction(tree["DRYBIO_AG"])
            plot[SPECIES] += Fraction(tree["CARBON_AG"]) * each
            plot[HALF] += dry * Fraction(HALF) * each
            plot[DEFAULT] += dry * Fraction(DEFAULT) * each
    return found


def mean(chosen: list[str], by: str) -> Fraction:
    return sum((carbon()[plot][by] for plot in chosen), Fraction(0)) / len(chosen)


def six(value: Fraction) -> Decimal:
    """Return six decimals, cut and not rounded up."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.000001"), ROUND_FLOOR)


def pairs() -> list[tuple[str, str, int]]:
    """Return plots sampled twice: then, now, the years between."""
    found = []
    for now, row in plots().items():
        before = plots().get(row["PREV_PLT_CN"])
        if before and UNSAMPLED not in (row["PLOT_STATUS_CD"], before["PLOT_STATUS_CD"]):
            found.append((before["CN"], now, int(row["MEASYEAR"]) - int(before["MEASYEAR"])))
    return found


def gain(by: str) -> Fraction:
    """Return the mean yearly gain of the plots sampled twice, in t of carbon per hectare."""
    each = [(carbon()[now][by] - carbon()[then][by]) / years for then, now, years in pairs()]
    return sum(each, Fraction(0)) / len(each)


def claimed(by: str, buffer: str) -> Result:
    """Compute 100 ha for five years at the measured gain by the method that has no defaults of its own."""
    given = dict.fromkeys(MEASURED.inputs, "0")
    given |= {"forest_share": "1", "forest_gain": str(six(gain(by))), "area_ha": "100", "years": "5", "buffer": buffer}
    return quantify(MEASURED, given, DAY)


def test_the_file_has_plots_of_forest_of_other_land_and_not_sampled() -> None:
    assert Counter(row["PLOT_STATUS_CD"] for row in plots().values()) == {"1": 245, "2": 194, "3": 71}
    live = [tree for tree in rows(PLOTS / "tree_2004_2013.csv.gz") if tree["STATUSCD"] == "1"]
    assert (len(live), sum(not tree["CARBON_AG"] for tree in live)) == (6_233, 31)


def test_a_plot_that_was_not_sampled_is_left_out_and_not_read_as_zero() -> None:
    """Other land is truly without trees; a plot nobody could enter says nothing. As zero it would hide a seventh of the stock."""
    sampled = [plot for plot, row in plots().items() if row["PLOT_STATUS_CD"] != UNSAMPLED]
    assert (len(sampled), len(plots())) == (439, 510)
    assert six(mean(sampled, SPECIES)) == Decimal("31.809512")
    assert six(mean(list(plots()), SPECIES)) == Decimal("27.381129")
    assert six(1 - mean(list(plots()), SPECIES) / mean(sampled, SPECIES)) == Decimal("0.139215")


def test_the_fraction_of_carbon_by_species_lies_between_the_two_fixed_ones() -> None:
    sampled = [plot for plot, row in plots().items() if row["PLOT_STATUS_CD"] != UNSAMPLED]
    stocks = {by: six(mean(sampled, by)) for by in (SPECIES, HALF, DEFAULT)}
    assert stocks == {SPECIES: Decimal("31.809512"), HALF: Decimal("32.913155"), DEFAULT: Decimal("30.938366")}


def test_only_plots_sampled_twice_tell_a_gain() -> None:
    assert len(pairs()) == 201
    assert {by: six(gain(by)) for by in (SPECIES, HALF, DEFAULT)} == {
        SPECIES: Decimal("0.633565"),
        HALF: Decimal("0.651143"),
        DEFAULT: Decimal("0.612075"),
    }


@pytest.mark.parametrize(
    ("by", "stock_mg", "issued_t"),
    [(SPECIES, 1_161_535_833_333, 987), (HALF, 1_193_762_166_666, 1_014), (DEFAULT, 1_122_137_500_000, 953)],
)
def test_a_hundred_hectares_for_five_years_by_the_method(by: str, stock_mg: int, issued_t: int) -> None:
    """0.633565 t/(ha·a) × 500 × 44/12 less a buffer of 15 %: a fixed 0.5 would issue 27 t more, 0.47 34 t fewer."""
    kept = claimed(by, "0.15")
    assert claimed(by, "0").reduction_mg == stock_mg
    by_hand = Fraction(str(six(gain(by)))) * 500 * 44 / 12 * Fraction("0.85")
    assert kept.reduction_mg == int(by_hand * MG_PER_T)
    assert issuable(kept.reduction_mg, 0)[0] == issued_t


def test_the_buffer_is_taken_before_the_tonne_is_cut() -> None:
    """Cut first, the same hectares would give a tonne less, and the part of a tonne would be lost."""
    whole, _rest = issuable(claimed(SPECIES, "0").reduction_mg, 0)
    tonnes, carry_mg = issuable(claimed(SPECIES, "0.15").reduction_mg, 0)
    assert (tonnes, carry_mg) == (987, 305_458_333)
    assert whole * 85 // 100 == 986


def test_weighed_trees_say_what_a_fixed_fraction_and_a_default_root_are_worth() -> None:
    """The file weighs dry matter, not carbon: between 0.47 and 0.5 lie six hundredths of whatever is claimed."""
    trees = rows(TREES)
    whole = [Fraction(tree["total_mass_kg"]) for tree in trees if tree["total_mass_kg"]]
    assert (len(trees), len(whole), six(sum(whole, Fraction(0)))) == (2_796, 365, Decimal("65752.084493"))
    assert six(sum(whole, Fraction(0)) * Fraction(DEFAULT)) == Decimal("30903.479711")
    assert six(sum(whole, Fraction(0)) * Fraction(HALF)) == Decimal("32876.042246")
    both = [
        (Fraction(tree["root_mass_kg"]), Fraction(tree["aboveground_mass_kg"]))
        for tree in trees
        if tree["root_mass_kg"] and tree["aboveground_mass_kg"]
    ]
    assert (len(both), six(sum(r for r, _a in both) / sum(a for _r, a in both))) == (304, Decimal("0.197369"))
    cedar = [tree for tree in trees if tree["species"] == "Cryptomeria japonica" and tree["root_mass_kg"]]
    roots = sum(Fraction(tree["root_mass_kg"]) for tree in cedar)
    above = sum(Fraction(tree["aboveground_mass_kg"]) for tree in cedar)
    assert (len(cedar), six(roots / above)) == (21, Decimal("0.265970"))


def test_a_species_without_a_default_has_no_figure() -> None:
    """Cryptomeria (柳杉) is in the file and not in the method's tables: no other tree's numbers are taken for it."""
    given = dict.fromkeys(DEFAULTS.inputs, "0") | {"species": "柳杉", "growth": "6", "area_ha": "1", "years": "1"}
    with pytest.raises(RuleViolation, match="不在可选值里") as refusal:
        quantify(DEFAULTS, given, DAY)
    assert refusal.value.code == "bad_input"
