"""Two texts side by side: what changed is named, what did not is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from methodologies.document import differences, parse, preview, sheet_of

CATALOGUE = sorted((Path(__file__).parents[2] / "methodologies" / "catalogue").glob("*.toml"))
PV = parse(next(path for path in CATALOGUE if path.stem == "GD-2022-002-V02").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CATALOGUE, ids=lambda path: path.stem)
def test_a_text_does_not_differ_from_itself(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    assert differences(document, preview(sheet_of(document)).document) == []


def test_every_kind_of_change_is_named_with_both_texts() -> None:
    sheet = sheet_of(PV)
    sheet["title"] = "光伏"
    sheet["inputs"][0]["max"] = "5"
    sheet["parameters"][0]["value"] = "0.9"
    sheet["formula"][-1]["source"] = "BE - PE - LE + 0"
    sheet["formula"][0]["label"] = "组合因子"
    sheet["examples"] = sheet["examples"][:-1]
    sheet["text"]["rights"] = "归业主。"
    changes = differences(PV, preview(sheet).document)
    assert {one.part for one in changes} == {"top", "inputs", "parameters", "formula", "labels", "examples", "text"}
    assert [(one.name, one.was, one.now) for one in changes if one.part == "text"] == [("rights", "", "归业主。")]
    (factor,) = [one for one in changes if one.part == "parameters"]
    assert "0.8042" in factor.was
    assert "0.9" in factor.now


def test_lines_in_another_order_are_a_change() -> None:
    sheet = sheet_of(PV)
    names = [row["name"] for row in sheet["formula"]]
    at = names.index("LE")
    sheet["formula"].insert(0, sheet["formula"].pop(at))
    (change,) = differences(PV, preview(sheet).document)
    assert (change.part, change.name) == ("formula", "")
    assert change.was.startswith(names[0])
    assert change.now.startswith("LE")
