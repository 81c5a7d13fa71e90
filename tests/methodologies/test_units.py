"""The size of every unit against a table written by hand from the SI brochure, and the algebra of products and quotients."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kernel.rules import RuleViolation
from methodologies.formula import ONE, parse_unit
from methodologies.formula.units import factor

# one of the first is so many of the second
SIZES = [
    ("t", "kg", "1000"),
    ("kg", "g", "1000"),
    ("g", "mg", "1000"),
    ("kg", "mg", "1000000"),
    ("kJ", "J", "1000"),
    ("MJ", "kJ", "1000"),
    ("GJ", "MJ", "1000"),
    ("TJ", "GJ", "1000"),
    ("Wh", "J", "3600"),
    ("kWh", "Wh", "1000"),
    ("MWh", "kWh", "1000"),
    ("GWh", "MWh", "1000"),
    ("kWh", "MJ", "3.6"),
    ("W", "J/s", "1"),
    ("kW", "W", "1000"),
    ("MW", "kW", "1000"),
    ("kW", "kWh/h", "1"),
    ("km", "m", "1000"),
    ("m", "cm", "100"),
    ("ha", "m2", "10000"),
    ("L", "m3", "0.001"),
    ("m3", "L", "1000"),
    ("min", "s", "60"),
    ("h", "min", "60"),
    ("d", "h", "24"),
    ("1", "%", "100"),
    ("K", "K", "1"),
    ("a", "a", "1"),
    ("t/MWh", "kg/kWh", "1"),
    ("kg/kWh", "t/MWh", "1"),
    ("kg/trip", "g/trip", "1000"),
    ("L/km", "L/m", "0.001"),
    ("t/ha/a", "kg/m2/a", "0.1"),
]
STRANGERS = [
    ("kWh", "kW"),
    ("kg", "km"),
    ("d", "a"),
    ("trip", "order"),
    ("m2", "m"),
    ("K", "J"),
    ("kg/trip", "kg"),
    ("1", "trip"),
    ("a", "1"),
    ("K", "1"),
]


@pytest.mark.parametrize(("one", "other", "times"), SIZES)
def test_a_unit_is_so_many_of_another(one: str, other: str, times: str) -> None:
    assert factor(parse_unit(one), parse_unit(other)) == Fraction(times)
    assert factor(parse_unit(other), parse_unit(one)) == 1 / Fraction(times)


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_units_that_measure_other_things_are_never_turned_into_each_other(one: str, other: str) -> None:
    assert factor(parse_unit(one), parse_unit(other)) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("kg", "kg"),
        ("kg*m/s2", "kg·m/s2"),
        ("kg·m", "kg·m"),
        ("1/km", "1/km"),
        ("m*m", "m2"),
        ("m2/m", "m"),
        ("m/m", "1"),
        ("t/ha/a", "t/a/ha"),
        ("kg / kWh", "kg/kWh"),
        ("1", "1"),
        ("m9", "m9"),
    ],
)
def test_a_unit_is_written_in_one_way(text: str, written: str) -> None:
    assert str(parse_unit(text)) == written
    assert parse_unit(written) == parse_unit(text)


def test_products_and_powers_cancel() -> None:
    kg, km = parse_unit("kg"), parse_unit("km")
    assert (kg * km) / km == kg
    assert kg / kg == ONE
    assert (kg / km) ** -1 == km / kg
    assert km**2 == parse_unit("km2")
    assert kg**0 == ONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "写法不对"),
        ("kg/", "写法不对"),
        ("m0", "写法不对"),
        ("m10", "写法不对"),
        ("2m", "写法不对"),
        ("kwh", "应为 kWh"),
        ("KG", "应为 kg"),
        ("XY", "没有“XY”"),
        ("ab", "没有“ab”"),
        ("a" * 21, "没有"),
    ],
)
def test_what_is_no_unit_is_refused(text: str, words: str) -> None:
    with pytest.raises(RuleViolation, match=words) as refusal:
        parse_unit(text)
    assert refusal.value.code == "bad_unit"


@pytest.mark.parametrize("counted", ["trip", "abc", "a" * 20])
def test_a_counted_thing_is_equal_to_itself_only(counted: str) -> None:
    assert str(parse_unit(counted)) == counted
    assert factor(parse_unit(counted), parse_unit(counted)) == 1
