"""A formula as spreadsheets read it: every node, in their own words and order."""

from __future__ import annotations

import pytest

from methodologies.formula import Declared, FormulaError, Kind, parse_unit, spreadsheet_formulas

NAMES = {
    "x": Declared(),
    "y": Declared(),
    "many": Declared(Kind.LIST),
    "t": Declared(Kind.TABLE),
    "s": Declared(Kind.STEPS),
}


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("-x ** 2", "(-POWER(x,2))"),
        ("x - (y - 1)", "(x-(y-1))"),
        ("x / y * 2", "((x/y)*2)"),
        ("1 if 0 < x <= 2 and not y == 1 else 0", "IF(AND(AND((0<x),(x<=2)),NOT((y=1))),1,0)"),
        ("1 if x != 1 or y >= 2 or y > 3 else 0", "IF(OR((x<>1),(y>=2),(y>3)),1,0)"),
        ("min(x, y) + max(many) + sum(many) + mean(many)", "(((MIN(x,y)+MAX(many))+SUM(many))+AVERAGE(many))"),
        ("floor(x) + ceil(y) + abs(+x) + count(many)", "(((INT(x)+(-INT(-y)))+ABS(x))+COUNT(many))"),
        ("""lookup(t, 'a"b') + steps(s, x)""", '(VLOOKUP("a""b",t,2,FALSE)+VLOOKUP(x,s,2,TRUE))'),
    ],
)
def test_a_formula_is_written_as_spreadsheets_read_it(formula: str, written: str) -> None:
    assert spreadsheet_formulas({"r": formula}, NAMES, {name: name for name in NAMES}) == {"r": written}


def test_a_conversion_is_written_out() -> None:
    energy = {"x": Declared(Kind.NUMBER, parse_unit("kWh"))}
    assert spreadsheet_formulas({"r": "convert(x, 'MWh')"}, energy, {"x": "x"}) == {"r": "(x*1/1000)"}
    assert spreadsheet_formulas({"r": "convert(x, 'MJ')"}, energy, {"x": "x"}) == {"r": "(x*18/5)"}


def test_later_formulas_name_the_earlier_ones() -> None:
    places = {"x": "A1", "y": "A2", "one": "s_one"}
    written = spreadsheet_formulas({"one": "x + y", "two": "one * 2"}, NAMES, places)
    assert written == {"one": "(A1+A2)", "two": "(s_one*2)"}


def test_what_may_not_be_written_is_not_translated_either() -> None:
    with pytest.raises(FormulaError):
        spreadsheet_formulas({"r": "x.real"}, NAMES, {"x": "x"})
