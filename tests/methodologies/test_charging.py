"""A real station's sessions under every grid: the figures of the file, computed here by fractions from the published tables."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from carbon_portal.site.filing import Column, Line, computed, of_rows
from methodologies.document import parse
from methodologies.formula import parse_unit

ROOT = Path(__file__).parents[2]
SESSIONS = ROOT / "data" / "ev_sessions_epfl" / "sessions_2022-04_to_2023-01.csv"
TABLES = ROOT / "data" / "cn_emission_factors"
METHOD = parse((ROOT / "methodologies" / "catalogue" / "CN-2023-002-V01.toml").read_text(encoding="utf-8"))
DAY = METHOD.examples[0].on
PER_KWH = Fraction("0.08") / Fraction("0.15") * Fraction("2.1938")  # kg of a petrol car for the distance of one kWh
CAP = Fraction("0.8")

# Milligrams of all 992 sessions, each floored by itself.
FIGURES = {
    "全国": 20_925_091_283,
    "华北": 16_267_191_492,
    "东北": 20_271_003_215,
    "华东": 20_095_919_045,
    "华中": 20_829_290_502,
    "西北": 19_303_085_035,
    "南方": 25_870_393_400,
    "西南": 26_427_800_239,
    "北京": 20_218_147_610,
    "天津": 15_391_770_603,
    "河北": 14_694_737_369,
    "山西": 15_210_079_481,
    "内蒙古": 16_026_037_808,
    "辽宁": 20_066_187_776,
    "吉林": 22_358_799_437,
    "黑龙江": 20_918_484_320,
    "上海": 19_329_512_837,
    "江苏": 18_903_364_549,
    "浙江": 21_628_731_449,
    "安徽": 16_247_370_632,
    "福建": 25_133_718_464,
    "江西": 19_649_949_915,
    "山东": 17_476_263_334,
    "河南": 18_639_086_549,
    "湖北": 24_235_173_251,
    "湖南": 22_464_510_629,
    "广东": 24_106_337_720,
    "广西": 25_292_285_262,
    "海南": 24_829_798_758,
    "重庆": 21_384_274_306,
    "四川": 26_427_800_239,
    "贵州": 22_170_501_363,
    "云南": 26_427_800_239,
    "陕西": 16_987_349_034,
    "甘肃": 22_887_355_443,
    "青海": 26_427_800_239,
    "宁夏": 17_433_318_159,
    "新疆": 18_067_585_377,
}
CAPPED = {"西南", "四川", "云南", "青海"}


def grids() -> dict[str, Fraction]:
    """Return the 2022 average of every grid in kg/kWh, read from the kept tables and not from the method."""
    found = {}
    for file, column in (("national", "scope"), ("region_2021_2022", "region"), ("province_2021_2022", "province")):
        with (TABLES / f"electricity_{file}.csv").open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                if row["year"] == "2022":
                    found[row[column].replace("全国平均", "全国")] = Fraction(row["ef_kgco2_per_kwh"])
    return found


def energies() -> list[Fraction]:
    """Return the kWh of every session."""
    with SESSIONS.open(encoding="utf-8", newline="") as file:
        return [Fraction(row["energy_wh"]) / 1000 for row in csv.DictReader(file)]


def by_hand(grid: str) -> int:
    """Return milligrams: each session at what its grid leaves of the petrol car's, never above the cap."""
    each = min(PER_KWH - grids()[grid], CAP)
    return sum(int(kwh * each * 10**6) for kwh in energies())


def lines(grid: str) -> list[Line]:
    return of_rows(METHOD, SESSIONS.read_bytes(), {"energy_kwh": Column("energy_wh", parse_unit("Wh"))}, {"grid": grid})


def test_the_file_is_992_sessions_of_33_megawatt_hours() -> None:
    assert len(energies()) == 992
    assert sum(energies()) == Fraction("33034.7502999999999")
    assert (min(energies()), max(energies())) == (Fraction("1.165"), Fraction("268.863"))


@pytest.mark.parametrize("grid", METHOD.inputs["grid"].choices)
def test_every_grid_gives_the_milligrams_of_the_published_factors(grid: str) -> None:
    total = computed(METHOD, lines(grid), DAY)[""]
    assert total.rows == 992
    assert total.reduction_mg == by_hand(grid) == FIGURES[grid]
    assert total.capped == (992 if grid in CAPPED else 0)


def test_the_cap_holds_where_the_grid_is_cleaner_than_the_seed_s_range() -> None:
    """0.5 to 0.8 kg per kWh is what the white paper states; four grids would be above it."""
    assert {grid for grid, factor in grids().items() if PER_KWH - factor > CAP} == CAPPED
    assert set(METHOD.inputs["grid"].choices) == set(grids())
    below = {grid for grid, factor in grids().items() if PER_KWH - factor < Fraction("0.5")}
    assert below == {"华北", "天津", "河北", "山西", "内蒙古", "安徽"}


def test_watt_hours_are_never_taken_for_kilowatt_hours() -> None:
    """Without its unit the column would be a thousand times too much: the bounds refuse the first such row."""
    bare = of_rows(METHOD, SESSIONS.read_bytes(), {"energy_kwh": Column("energy_wh")}, {"grid": "湖北"})
    assert bare[0].given["energy_kwh"] == Fraction("5159.65")
    scaled = lines("湖北")
    assert scaled[0].given["energy_kwh"] == Fraction("5.15965")
