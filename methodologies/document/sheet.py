"""A document as rows somebody can fill in, and back. A sheet keeps what was typed, also what is not a method yet.

A sheet is plain data, so that it can be stored: texts by name, and lists of rows of texts for inputs, parameters, formula and
examples. A row of ``parameters`` is one value; rows of one name are the values of one parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.rules import RowError
from kernel.rules import sentence as _
from methodologies.document.content import CAP, CAPPED, CHAPTERS, Document, Entry, Example, Input, Parameter
from methodologies.formula import Kind, Steps

Sheet = Mapping[str, Any]

TOP = ("code", "version", "title", "source", "evidence", "kind", "scope", "factor_basis", "result", "cap")
LABELS = ("cap_label", "capped_label")
ROWS: dict[str, tuple[str, ...]] = {
    "inputs": ("name", "title", "kind", "unit", "min", "max", "choices"),
    "parameters": (
        *("name", "title", "unit", "by", "value", "region", "valid_from", "valid_to", "source", "evidence"),
    ),
    "formula": ("name", "label", "source"),
    "examples": ("title", "inputs", "expected", "places", "on", "region"),
}
_PARTS = re.compile(r"[；;\n]")
_LISTED = re.compile(r"[、，,；;\s]+")
_CHOICES = re.compile(r"[、，,；;\n]")
_ARROW = re.compile(r"→|->")
ONCE = date(2000, 1, 1)  # the day an example is computed for when nothing says otherwise, as in ``reading``


def empty(code: str = "", version: int = 1, title: str = "") -> dict[str, Any]:
    """Return a sheet to begin with: the choices most methods make, and one empty row of each kind."""
    made = dict.fromkeys((*TOP, *LABELS), "") | {"code": code, "version": str(version), "title": title}
    made |= {"evidence": "B", "kind": "quantitative", "scope": "act", "factor_basis": "activity", "result": "kg"}
    rows = {part: [dict.fromkeys(names, "")] for part, names in ROWS.items()}
    rows["inputs"][0]["kind"] = "number"
    return {**made, **rows, "text": dict.fromkeys(CHAPTERS, "")}


def sheet_of(document: Document) -> dict[str, Any]:
    """Return the sheet that gives this document again."""
    starts = [entry.valid_from for one in document.parameters.values() for entry in one.entries if entry.valid_from]
    usual = max(starts, default=ONCE)
    made = {name: str(getattr(document, name)) for name in TOP}
    made |= {"cap_label": document.labels.get(CAP, ""), "capped_label": document.labels.get(CAPPED, "")}
    return {
        **made,
        "inputs": [_input_row(one) for one in document.inputs.values()],
        "parameters": [
            _parameter_row(one, entry, document.evidence)
            for one in document.parameters.values()
            for entry in one.entries
        ],
        "formula": [
            {"name": name, "label": document.labels.get(name, ""), "source": source}
            for name, source in document.formula.items()
        ],
        "examples": [_example_row(one, usual) for one in document.examples],
        "text": {name: document.chapters.get(name, "") for name in CHAPTERS},
    }


def content_of(sheet: Sheet) -> tuple[dict[str, Any], list[RowError]]:
    """Return the content a sheet stands for, and what is wrong with its rows: a row without a name, a name in two rows.

    What was typed into the cells goes into the content as it is; whether it is right is found by reading.
    """
    errors: list[RowError] = []
    content: dict[str, Any] = {key: _cell(sheet, key) for key in TOP if _cell(sheet, key)}
    content["version"] = _whole(_cell(sheet, "version"))
    content["inputs"] = {name: _input(row) for name, row in _named(sheet, "inputs", errors) if row is not None}
    content["parameters"] = _parameters(sheet, errors)
    lines = _named(sheet, "formula", errors)
    content["formula"] = {name: _cell(row, "source") for name, row in lines}
    labels = {name: _cell(row, "label") for name, row in lines}
    labels |= {CAP: _cell(sheet, "cap_label"), CAPPED: _cell(sheet, "capped_label")} if _cell(sheet, "cap") else {}
    content["labels"] = {name: label for name, label in labels.items() if label}
    kinds = {name: table.get("kind") for name, table in content["inputs"].items()}
    content["examples"] = [_example(row, kinds) for row in _filled(sheet, "examples")]
    text = sheet.get("text", {})
    content["text"] = {name: _cell(text, name) for name in CHAPTERS if _cell(text, name)}
    return content, errors


def place_of(field: str, sheet: Sheet) -> str:
    """Return the cell of a field as the reader names it: ``inputs.km.max`` is ``inputs-0-max``, where km is the first row."""
    part, _dot, rest = field.partition(".")
    name, _dot, column = rest.partition(".")
    if part == "labels":
        part, column = "formula", "label"
    if part not in ROWS:
        return field.replace(".", "-")
    if part == "examples":
        row = {str(number): index for number, index in enumerate(_indexes(sheet, part), 1)}.get(name)
    else:
        row = next((n for n, row in enumerate(sheet.get(part, ())) if _cell(row, "name") == name), None)
        row = int(name[1:]) - 1 if row is None and name.startswith("#") else row
    if row is None:
        return part
    column = column.partition(".")[0]
    column = {"table": "value", "steps": "value", "values": "value"}.get(column, column)
    return f"{part}-{row}-{column if column in ROWS[part] else 'source' if part == 'formula' else 'name'}"


def _cell(row: Mapping[str, Any], key: str) -> str:
    return str(row.get(key) or "").replace("\r\n", "\n").strip()


def _filled(sheet: Sheet, part: str) -> list[Mapping[str, Any]]:
    rows = sheet.get(part, ())
    return [rows[index] for index in _indexes(sheet, part)]


def _indexes(sheet: Sheet, part: str) -> list[int]:
    """Rows somebody wrote something into; an input's kind alone is nothing, it is chosen for him."""
    return [
        number
        for number, row in enumerate(sheet.get(part, ()))
        if any(_cell(row, key) for key in ROWS[part] if key != "kind")
    ]


def _named(sheet: Sheet, part: str, errors: list[RowError]) -> list[tuple[str, Mapping[str, Any]]]:
    found: dict[str, Mapping[str, Any]] = {}
    for index in _indexes(sheet, part):
        row = sheet[part][index]
        name = _cell(row, "name")
        if not name:
            errors.append(RowError(None, f"{part}.#{index + 1}.name", _("第 {n} 行缺符号", n=index + 1)))
        elif name in found:
            said = _("第 {n} 行的符号 {name} 前面已经用过", n=index + 1, name=name)
            errors.append(RowError(None, f"{part}.#{index + 1}.name", said))
        else:
            found[name] = row
    return list(found.items())


def _input(row: Mapping[str, Any]) -> dict[str, Any]:
    kind, choices = _cell(row, "kind"), [one.strip() for one in _CHOICES.split(_cell(row, "choices"))]
    table: dict[str, Any] = {key: _cell(row, key) for key in ("title", "unit", "min", "max") if _cell(row, key)}
    if kind and kind != Kind.NUMBER.value:
        table["kind"] = kind
    if kind == Kind.TEXT.value:
        table = {key: value for key, value in table.items() if key in ("title", "kind")}
    if any(choices):
        table["choices"] = [one for one in choices if one]
    return table


def _parameters(sheet: Sheet, errors: list[RowError]) -> dict[str, Any]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for index in _indexes(sheet, "parameters"):
        name = _cell(sheet["parameters"][index], "name")
        if name:
            groups.setdefault(name, []).append(sheet["parameters"][index])
        else:
            errors.append(RowError(None, f"parameters.#{index + 1}.name", _("第 {n} 行缺符号", n=index + 1)))
    return {name: _parameter(rows) for name, rows in groups.items()}


def _parameter(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    first = {key: next((_cell(row, key) for row in rows if _cell(row, key)), "") for key in ("title", "unit", "by")}
    values = [_entry(row) for row in rows]
    table: dict[str, Any] = {key: value for key, value in first.items() if value}
    return table | (values[0] if len(values) == 1 else {"values": values})


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("region", "valid_from", "valid_to", "source", "evidence")
    return _amount(_cell(row, "value")) | {key: _cell(row, key) for key in keys if _cell(row, key)}


def _amount(text: str) -> dict[str, Any]:
    """Read what stands in a cell: ``0.08``, a table ``杉木=1.634；桉树=1.263``, or steps ``0→1；10→2``."""
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    if "=" in text:
        return {"table": {key.strip(): value.strip() for key, _is, value in (part.partition("=") for part in parts)}}
    if _ARROW.search(text):
        return {"steps": [[one.strip() for one in _ARROW.split(part, maxsplit=1)] for part in parts]}
    return {"value": text} if text else {}


def _example(row: Mapping[str, Any], kinds: Mapping[str, str | None]) -> dict[str, Any]:
    made: dict[str, Any] = {"title": _cell(row, "title")} if _cell(row, "title") else {}
    made["inputs"] = {}
    for part in filter(None, (part.strip() for part in _PARTS.split(_cell(row, "inputs")))):
        name, _is, value = (one.strip() for one in part.partition("="))
        listed = kinds.get(name) == Kind.LIST.value
        made["inputs"][name] = [one for one in _LISTED.split(value) if one] if listed else value
    for key in ("expected", "places", "on", "region"):
        if cell := _cell(row, key):
            made[key] = _whole(cell) if key == "places" else cell
    return made


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _input_row(one: Input) -> dict[str, str]:
    bounds = {"min": one.least, "max": one.most}
    return {
        "name": one.name,
        "title": one.title,
        "kind": one.kind.value,
        "unit": "" if one.kind is Kind.TEXT else str(one.unit),
        **{key: "" if bound is None else format(bound, "f") for key, bound in bounds.items()},
        "choices": "、".join(one.choices),
    }


def _parameter_row(one: Parameter, entry: Entry, usual: str) -> dict[str, str]:
    days = {"valid_from": entry.valid_from, "valid_to": entry.valid_to}
    return {
        "name": one.name,
        "title": one.title,
        "unit": str(one.unit),
        "by": str(one.by) if one.kind is Kind.STEPS else "",
        "value": amount_text(entry.value),
        "region": entry.region,
        **{key: day.isoformat() if day else "" for key, day in days.items()},
        "source": entry.source,
        "evidence": "" if entry.evidence == usual else entry.evidence,
    }


def amount_text(value: Decimal | Mapping[str, Decimal] | Steps) -> str:
    """Return a value as it is typed into a cell: a number, ``choice=number`` pairs, or ``bound→number`` steps."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Steps):
        return "；".join(f"{bound:f}→{step:f}" for bound, step in zip(value.bounds, value.values, strict=True))
    return "；".join(f"{key}={number:f}" for key, number in value.items())


def _example_row(one: Example, usual: date) -> dict[str, str]:
    return {
        "title": one.title,
        "inputs": "；".join(f"{name}={_told(value)}" for name, value in one.inputs.items()),
        "expected": format(one.expected, "f"),
        "places": "" if one.places is None else str(one.places),
        "on": "" if one.on == usual else one.on.isoformat(),
        "region": one.region,
    }


def _told(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else "、".join(value)
