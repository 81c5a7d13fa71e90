"""Every method as a workbook: an independent reading of its formulas gives every step of every worked example again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methodologies import workbook
from methodologies.document import Document, Example, parse, quantify
from methodologies.formula import Declared, Kind, Steps, compile_formula, spreadsheet_formulas
from tests.workbooks import Workbook

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
DOCUMENTS = [parse(path.read_text(encoding="utf-8")) for path in sorted(CATALOGUE.glob("*.toml"))]
EXAMPLES = [(one, example) for one in DOCUMENTS if one.kind == "quantitative" for example in one.examples]


def of_example(document: Document, example: Example) -> tuple[workbook.Computed, Workbook]:
    result = quantify(document, example.inputs, example.on, example.region or None)
    computed = workbook.Computed(
        document,
        example.inputs,
        result.parameters,
        {name: format(value, "f") for name, value in result.results.items()},
        result.reduction_mg,
    )
    book = workbook.Book()
    workbook.about(book, [("方法学", document.number)])
    workbook.inputs(book, computed, {}, "算例")
    workbook.parameters(book, computed)
    workbook.steps(book, computed)
    return computed, Workbook(book.closed())


@pytest.mark.parametrize(("document", "example"), EXAMPLES, ids=lambda one: getattr(one, "number", None))
def test_every_worked_example_comes_out_of_its_workbook(document: Document, example: Example) -> None:
    computed, book = of_example(document, example)
    steps = {name: book.named(f"s_{name}") for name in document.steps}
    assert {name: value.quantize(Decimal("1E-20")) for name, value in steps.items()} == {
        name: Decimal(value).quantize(Decimal("1E-20")) for name, value in computed.results.items()
    }
    rows = book.table("计算")
    assert rows[-2][2] == computed.reduction_mg
    assert rows[-1][2] == 0


def test_the_workbook_says_where_each_parameter_comes_from() -> None:
    document, example = next((d, e) for d, e in EXAMPLES if d.number == "CN-2023-002-V01")
    _computed, book = of_example(document, example)
    assert book.titles == ["说明", "输入", "参数", "对照表", "计算"]
    sources = {row[0]: row[6] for row in book.table("参数")}
    assert sources == {name: one.entries[0].source for name, one in document.parameters.items()}
    assert book.formulas["计算", "C3"] == "((s_distance*p_fuel_per_km)*p_ef_petrol)"
    assert book.formulas["计算", "C4"] == "(i_energy_kwh*VLOOKUP(i_grid,p_ef_grid,2,FALSE))"
    assert book.cells["计算", "C3"] == Decimal(_computed.results["BE"])  # what a program that does not compute shows


def test_another_input_gives_another_figure() -> None:
    """The steps are live: what is typed over an input goes through to the milligrams."""
    document, example = next(
        (d, e) for d, e in EXAMPLES if d.number == "GD-2022-002-V02" and e.inputs["generation_mwh"] == "1100"
    )
    _computed, book = of_example(document, example)
    book.cells["输入", "C2"] = Decimal(10)
    assert book.named("s_ER") == Decimal("6.56525")
    assert book.table("计算")[-2][2] == 6_565_250_000


NAMES = {
    "x": Declared(),
    "y": Declared(),
    "many": Declared(Kind.LIST),
    "t": Declared(Kind.TABLE),
    "s": Declared(Kind.STEPS),
}
PLACES = {"x": "Sheet1!A1", "y": "Sheet1!B1", "many": "Sheet1!A2:C2", "t": "Sheet1!A3:B4", "s": "Sheet1!A5:B6"}


@settings(max_examples=100, deadline=None)
@given(
    x=st.decimals(-50, 50, places=2),
    y=st.decimals(-50, 50, places=2),
    many=st.lists(st.integers(0, 9), min_size=1, max_size=4),
)
def test_both_ways_of_computing_agree(x: Decimal, y: Decimal, many: list[int]) -> None:
    formula = "(steps(s, abs(x)) if x < y and not x == 0 else lookup(t, 'a')) * max(x, y, 1) - ceil(x) ** 2 + floor(y) * mean(many)"
    numbers = tuple(map(Decimal, many))
    table, steps = {"a": Decimal(2), "b": Decimal(3)}, Steps((Decimal(0), Decimal(10)), (Decimal(5), Decimal("0.7")))
    declared = dict(NAMES)
    compiled = compile_formula({"r": formula}, declared, {})
    row = compiled.row({"x": x, "y": y, "many": numbers, "t": table, "s": steps}, {})
    book = workbook.Book()
    rows: list[list[workbook.Cell | workbook.Formula]] = [[x, y], list(numbers), ["a", Decimal(2)], ["b", Decimal(3)]]
    rows += [[Decimal(0), Decimal(5)], [Decimal(10), Decimal("0.7")]]
    where = {"x": "R!A2", "y": "R!B2", "many": f"R!A3:{'ABCD'[len(many) - 1]}3", "t": "R!A4:B5", "s": "R!A6:B7"}
    rows.append([workbook.Formula(spreadsheet_formulas({"r": formula}, declared, where)["r"])])
    book.sheet("R", [("x", 8), ("y", 8)], rows)
    assert Workbook(book.closed()).value("R", "A8") == row["r"]
