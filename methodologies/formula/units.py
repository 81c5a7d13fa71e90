"""Units as symbols: kWh and MWh differ until somebody writes ``convert``. Nothing is scaled in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kernel.rules import RuleViolation, require
from kernel.rules import sentence as _

_ATOM = re.compile(r"([A-Za-z]+|%)([1-9])?")
_COUNTED = re.compile(r"[a-z]{3,20}")  # trip, order, item, person …: counted things, each only equal to itself

# symbol → (powers of the dimensions, how many base units it is)
_MASS, _ENERGY, _LENGTH, _TIME = {"mass": 1}, {"energy": 1}, {"length": 1}, {"time": 1}
_SYMBOLS: dict[str, tuple[dict[str, int], Fraction]] = {
    "mg": (_MASS, Fraction(1, 10**6)),
    "g": (_MASS, Fraction(1, 1000)),
    "kg": (_MASS, Fraction(1)),
    "t": (_MASS, Fraction(1000)),
    "J": (_ENERGY, Fraction(1)),
    "kJ": (_ENERGY, Fraction(10**3)),
    "MJ": (_ENERGY, Fraction(10**6)),
    "GJ": (_ENERGY, Fraction(10**9)),
    "TJ": (_ENERGY, Fraction(10**12)),
    "Wh": (_ENERGY, Fraction(3600)),
    "kWh": (_ENERGY, Fraction(3600 * 10**3)),
    "MWh": (_ENERGY, Fraction(3600 * 10**6)),
    "GWh": (_ENERGY, Fraction(3600 * 10**9)),
    "W": ({"energy": 1, "time": -1}, Fraction(1)),
    "kW": ({"energy": 1, "time": -1}, Fraction(10**3)),
    "MW": ({"energy": 1, "time": -1}, Fraction(10**6)),
    "m": (_LENGTH, Fraction(1)),
    "km": (_LENGTH, Fraction(1000)),
    "cm": (_LENGTH, Fraction(1, 100)),
    "ha": ({"length": 2}, Fraction(10**4)),
    "L": ({"length": 3}, Fraction(1, 1000)),
    "s": (_TIME, Fraction(1)),
    "min": (_TIME, Fraction(60)),
    "h": (_TIME, Fraction(3600)),
    "d": (_TIME, Fraction(86400)),
    "K": ({"temperature": 1}, Fraction(1)),
    "a": ({"year": 1}, Fraction(1)),  # a year has no fixed number of days
    "%": ({}, Fraction(1, 100)),
}


@dataclass(frozen=True)
class Unit:
    """A product of symbols with whole powers, sorted by symbol; no power is zero."""

    powers: tuple[tuple[str, int], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _unit(self.powers, other.powers)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __pow__(self, exponent: int) -> Unit:
        return _unit(tuple((symbol, power * exponent) for symbol, power in self.powers))

    def __str__(self) -> str:
        above = "·".join(_written(symbol, power) for symbol, power in self.powers if power > 0)
        below = "".join(f"/{_written(symbol, -power)}" for symbol, power in self.powers if power < 0)
        return f"{above or '1'}{below}"


ONE = Unit()


def _written(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}{power}"


def _unit(*factors: tuple[tuple[str, int], ...]) -> Unit:
    powers: dict[str, int] = {}
    for factor in factors:
        for symbol, power in factor:
            powers[symbol] = powers.get(symbol, 0) + power
    return Unit(tuple(sorted((symbol, power) for symbol, power in powers.items() if power)))


def parse_unit(text: str) -> Unit:
    """Read a unit such as ``t/MWh``, ``kg/person/km``, ``m2`` or ``1``. Raises RuleViolation("bad_unit")."""
    unit = ONE
    for place, part in enumerate(text.split("/")):
        for factor in re.split(r"[*·]", part):
            one = _parse_factor(factor.strip(), text)
            unit = unit / one if place else unit * one
    return unit


def _parse_factor(factor: str, text: str) -> Unit:
    if factor == "1":
        return ONE
    found = _ATOM.fullmatch(factor)
    if found is None:
        raise RuleViolation("bad_unit", _("单位“{unit}”的写法不对，应如 kg/km、t/MWh、m2 或 1", unit=text))
    symbol, power = found[1], int(found[2] or 1)
    if symbol not in _SYMBOLS:
        meant = next((known for known in _SYMBOLS if known.lower() == symbol.lower()), None)
        require(meant is None, "bad_unit", _("单位“{unit}”的大小写不对，应为 {meant}", unit=symbol, meant=meant))
        require(_COUNTED.fullmatch(symbol), "bad_unit", _("没有“{unit}”这个单位", unit=symbol))
    return Unit(((symbol, power),))


def factor(source: Unit, target: Unit) -> Fraction | None:
    """Return what turns a number in ``source`` into one in ``target``; None when they measure other things."""
    here, there = _dimensions(source), _dimensions(target)
    return here[1] / there[1] if here[0] == there[0] else None


def _dimensions(unit: Unit) -> tuple[Mapping[str, int], Fraction]:
    powers: dict[str, int] = {}
    scale = Fraction(1)
    for symbol, power in unit.powers:
        dimensions, size = _SYMBOLS.get(symbol, ({symbol: 1}, Fraction(1)))
        scale *= size**power
        for dimension, exponent in dimensions.items():
            powers[dimension] = powers.get(dimension, 0) + exponent * power
    return {dimension: exponent for dimension, exponent in powers.items() if exponent}, scale
