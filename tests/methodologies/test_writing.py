"""A document written out and read again is the same document, through the form too; a broken draft loses nothing."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methodologies.document import Document, parse, preview, sheet_of, write
from methodologies.document.sheet import content_of, empty
from methodologies.formula import FormulaError

CATALOGUE = sorted((Path(__file__).parents[2] / "methodologies" / "catalogue").glob("*.toml"))
TEXTS = st.text(max_size=40)
VALUES = st.one_of(TEXTS, st.integers(0, 10**9), st.lists(TEXTS, max_size=4))
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)


def told(document: Document) -> dict[str, object]:
    """Everything a document says, without the text it says it in."""
    return {one.name: getattr(document, one.name) for one in fields(document) if one.name not in ("text", "digest")}


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_every_method_of_the_catalogue_comes_through_writer_and_form_unchanged(path: Path):
    text = path.read_text(encoding="utf-8")
    document = parse(text)
    assert told(parse(write(tomllib.loads(text)))) == told(document)
    sheet = sheet_of(document)
    content, errors = content_of(sheet)
    again = parse(write(content))
    assert errors == []
    assert told(again) == told(document)
    assert list(again.formula) == list(document.formula)
    assert sheet_of(again) == sheet
    assert preview(sheet).mistakes == []


@given(
    st.dictionaries(
        TEXTS.filter(lambda key: key not in ("inputs", "parameters", "formula", "labels", "text", "examples")),
        VALUES,
        max_size=4,
    ),
    TABLES,
    st.dictionaries(TEXTS, TABLES, min_size=1, max_size=3),
    st.lists(TABLES, min_size=1, max_size=3),
)
def test_whatever_is_typed_is_read_back_as_it_was(top, formula, inputs, examples):
    content = {**top, "inputs": inputs, "formula": formula, "examples": examples}
    wanted = content if formula else {key: value for key, value in content.items() if key != "formula"}
    assert tomllib.loads(write(content)) == wanted


@given(st.lists(st.tuples(st.sampled_from(["name", "unit", "min", "choices"]), TEXTS), max_size=6), TEXTS, TEXTS)
def test_no_draft_is_too_broken_to_be_looked_at(cells, formula, given):
    sheet = empty("DM-2026-001", 1, "草稿")
    sheet["inputs"][0] |= dict(cells)
    sheet["formula"] = [{"name": "ER", "label": "", "source": formula}]
    sheet["examples"][0] |= {"inputs": given, "expected": given}
    assert preview(sheet).mistakes


def rides() -> dict[str, object]:
    """A sheet that is a method: a distance by a factor."""
    sheet = empty("DM-2026-001", 1, "共享单车")
    sheet |= {"source": "演示", "evidence": "C"}
    sheet["inputs"] = [
        {"name": "distance_km", "title": "里程", "kind": "number", "unit": "km", "min": "0", "max": "60"}
    ]
    sheet["parameters"] = [{"name": "saved", "title": "每公里减排", "unit": "kg/km", "value": "0.05", "source": "演示"}]
    sheet["formula"] = [{"name": "ER", "label": "减排量", "source": "saved * distance_km"}]
    sheet["examples"] = [{"title": "十公里", "inputs": "distance_km=10", "expected": "0.5"}]
    return sheet


def test_a_preview_draws_the_lines_computes_the_examples_and_finds_nothing_wrong():
    found = preview(rides())
    assert found.mistakes == []
    (line,), (example,) = found.lines, found.examples
    assert (str(line.unit), str(example.got), example.exact) == ("kg", "0.50", True)
    assert "<msub><mi>distance</mi><mtext>km</mtext></msub>" in line.mathml


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        ({"formula": [{"name": "ER", "source": "saved * distance_km )"}]}, "formula-0-source", "这里的写法不对"),
        ({"formula": [{"name": "ER", "source": "saved × distance_km"}]}, "formula-0-source", "请用半角"),
        ({"formula": [{"name": "ER", "source": "saved * distanse_km"}]}, "formula-0-source", "是不是 distance_km"),
        ({"inputs": [{"name": "distance_km", "unit": "km", "min": "零"}]}, "inputs-0-min", "零"),
        ({"inputs": [{"name": "distance_km", "unit": "KM"}]}, "inputs-0-unit", "大小写"),
        ({"inputs": [{"name": "", "unit": "km"}, {"name": "distance_km", "unit": "km"}]}, "inputs-0-name", "缺符号"),
        ({"inputs": [{"name": "distance_km", "unit": "km"}] * 2}, "inputs-1-name", "已经用过"),
        ({"parameters": [{"name": "saved", "unit": "kg/km", "value": "0,05", "source": "x"}]}, "parameters-0-value", ""),
        ({"parameters": [{"name": "saved", "unit": "kg/km", "value": "1", "valid_from": "去年", "source": "x"}]},
         "parameters-0-valid_from", "日期应如"),
        ({"examples": [{"inputs": "distance_km=10", "expected": "0.6"}]}, "examples", "算得 0.50"),
        ({"examples": []}, "examples", "至少要有一个算例"),
        ({"title": ""}, "title", "要填文字"),
        ({"evidence": "X"}, "evidence", "X 级"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_at_the_cell_it_is_in(change, at, words):
    mistakes = preview({**rides(), **change}).mistakes
    assert [one.at for one in mistakes if words in str(one.said)] == [at]


def test_kilowatt_hours_by_tonnes_a_megawatt_hour_are_marked_where_they_meet():
    sheet = rides()
    sheet |= {"result": "t", "scope": "project"}
    sheet["inputs"] = [{"name": "energy", "title": "电量", "kind": "number", "unit": "kWh"}]
    sheet["parameters"] = [{"name": "ef", "title": "因子", "unit": "t/MWh", "value": "0.5", "source": "演示"}]
    sheet["formula"] = [{"name": "BE", "source": "energy * ef"}, {"name": "ER", "source": "BE - 0"}]
    sheet["examples"] = [{"inputs": "energy=1000", "expected": "0.5"}]
    (mistake,) = preview(sheet).mistakes
    assert mistake.at == "formula-0-source"
    assert isinstance(mistake.said, FormulaError)
    assert (mistake.said.code, mistake.said.place[2:]) == ("unit_error", (0, 11))
    assert "convert(…, 'MWh')" in str(mistake.said)
    sheet["formula"][0]["source"] = "convert(energy, 'MWh') * ef"
    assert preview(sheet).mistakes == []
