"""A draft looked at while it is written: every line drawn and checked by itself, every example computed, every mistake named."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from kernel.rules import RuleViolation
from methodologies.document.computing import check, outcome
from methodologies.document.content import CAP, CAPPED, Document, Example
from methodologies.document.reading import read
from methodologies.document.sheet import Sheet, content_of, place_of
from methodologies.document.writing import write
from methodologies.formula import Declared, FormulaError, Unit, compile_formula
from methodologies.formula.mathml import mathml


class Mistake(NamedTuple):
    """One thing that keeps a draft from being a method: the cell it is in, and what is wrong (FormulaError has the place too)."""

    at: str
    field: str
    said: object


class Drawn(NamedTuple):
    """One line of the formula: its MathML ("" where it cannot be read) and its unit (None where it is wrong or fits all)."""

    name: str
    label: str
    source: str
    mathml: str
    unit: Unit | None


class Tried(NamedTuple):
    """One example: what came out, whether it is exactly what is stated, or what kept it from coming out."""

    number: int
    example: Example
    got: Decimal | None
    exact: bool
    said: object = ""


@dataclass
class Preview:
    """What a sheet amounts to. ``text`` is the TOML it would be; it may be published when there are no ``mistakes``."""

    text: str
    document: Document
    lines: list[Drawn] = field(default_factory=list)
    examples: list[Tried] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def preview(sheet: Sheet) -> Preview:
    """Look at a sheet. Never raises: what is wrong is among the mistakes, in the order of the form."""
    content, errors = content_of(sheet)
    text = write(content)
    document, wrong = read(text)
    found = Preview(text, document)
    for error in (*errors, *wrong):
        found.mistakes.append(Mistake(place_of(error.field, sheet), error.field, error.message))
    found.lines = lines_of(document, found.mistakes, sheet)
    if document.kind != "qualitative" and not any(isinstance(one.said, FormulaError) for one in found.mistakes):
        found.examples = [_tried(document, number, one) for number, one in enumerate(document.examples, 1)]
    if not found.mistakes:
        _checked(found, sheet)
    return found


def lines_of(document: Document, mistakes: list[Mistake], sheet: Sheet) -> list[Drawn]:
    """Draw every line; a line that is wrong is added to the mistakes and counts as fitting every unit in those after it."""
    names = {name: Declared(one.kind, one.unit) for name, one in document.inputs.items()}
    names |= {name: Declared(one.kind, one.unit, one.by) for name, one in document.parameters.items()}
    sources = dict(document.formula)
    if document.cap and sources:
        sources |= {CAP: document.cap, CAPPED: f"min({document.last}, {CAP})"}
    lines = []
    for name, source in sources.items():
        unit, drawn = None, ""
        try:
            drawn = mathml(name, source)
            unit = compile_formula({name: source}, names, {}).units[name]
        except FormulaError as error:
            at = "cap" if name in (CAP, CAPPED) else place_of(f"formula.{name}", sheet)
            mistakes.append(Mistake(at, f"formula.{name}", error))
        names[name] = Declared(unit=unit)
        lines.append(Drawn(name, document.labels.get(name, ""), source, drawn, unit))
    return lines


def _tried(document: Document, number: int, example: Example) -> Tried:
    try:
        one = outcome(document, example)
    except RuleViolation as error:
        return Tried(number, example, None, False, error)
    return Tried(number, example, one.got, one.exact)


def _checked(found: Preview, sheet: Sheet) -> None:
    """Ask what publishing would say, once everything can be read."""
    try:
        check(found.document)
    except FormulaError as error:
        name = error.place.name
        at = "cap" if name in (CAP, CAPPED) else place_of(f"formula.{name}", sheet)
        found.mistakes.append(Mistake(at, f"formula.{name}", error))
    except RuleViolation as error:
        cells = {"unused": "formula", "evidence": "evidence"}
        found.mistakes.append(Mistake(cells.get(error.code, "examples"), "", error))
