"""A formula drawn: fractions, cases, parentheses only where they are needed; what is drawn is well-formed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methodologies.document import parse
from methodologies.formula import FormulaError
from methodologies.formula.mathml import mathml

CATALOGUE = sorted((Path(__file__).parents[2] / "methodologies" / "catalogue").glob("*.toml"))
OPEN, CLOSE = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'
SQUARE = str.maketrans("()", "[]")
HALF = "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"


def drawn(source: str) -> str:
    """Return the element, without what is the same for all."""
    return mathml("y", source).partition("<mo>=</mo>")[2].removesuffix("</mrow></math>")


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_every_line_of_the_catalogue_is_drawn_as_xml(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    for name, source in document.formula.items():
        assert Tree.fromstring(mathml(name, source)).get("alttext") == f"{name} = {source}"  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("a / b", HALF),
        ("a * (b + c)", f"<mi>a</mi><mo>·</mo><mrow>{OPEN}<mi>b</mi><mo>+</mo><mi>c</mi>{CLOSE}</mrow>"),
        ("a - (b - c)", f"<mi>a</mi><mo>−</mo><mrow>{OPEN}<mi>b</mi><mo>−</mo><mi>c</mi>{CLOSE}</mrow>"),
        ("a - b * c", "<mi>a</mi><mo>−</mo><mi>b</mi><mo>·</mo><mi>c</mi>"),
        ("(a + b) / 2", "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        ("floor(a)", '<mrow><mo stretchy="false">⌊</mo><mi>a</mi><mo stretchy="false">⌋</mo></mrow>'),
        ("floor(a / b)", f"<mrow><mo>⌊</mo>{HALF}<mo>⌋</mo></mrow>"),
        ("lookup(ef, grid)", f"<mi>ef</mi><mrow>{OPEN}<mi>grid</mi>{CLOSE}</mrow>".translate(SQUARE)),
        (
            "convert(a, 'MWh')",
            f"<msub><mrow>{OPEN}<mi>a</mi>{CLOSE}</mrow><mrow><mtext>MWh</mtext></mrow></msub>".translate(SQUARE),
        ),
        ("ef_grid", "<msub><mi>ef</mi><mtext>grid</mtext></msub>"),
        ("0.050", "<mn>0.050</mn>"),
    ],
)
def test_how_it_is_drawn(source: str, wanted: str) -> None:
    assert drawn(source) == wanted


def test_a_choice_is_drawn_as_cases_of_one_table() -> None:
    text = drawn("a if x > 2 else b if x > 1 else c")
    assert text.count("<mtr>") == 3
    assert text.count("<mtable") == 1


def test_a_power_of_a_power_keeps_its_parentheses() -> None:
    assert drawn("(a ** 2) ** 3") != drawn("a ** 2 ** 3")


@given(st.text(alphabet="ab12+-*/() .<>=if else not and or min(,)'", max_size=30))
def test_whatever_can_be_read_is_drawn_as_xml(source: str) -> None:
    try:
        text = mathml("y", source)
    except FormulaError:
        return
    Tree.fromstring(text)  # noqa: S314 - our own
