"""What a page shows of a document, made ready for the template."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

from accounts.workflow import sentence
from kernel.rules import Sentence
from methodologies.document import Change, Document, Preview, differences, preview
from methodologies.document.computing import told, value_text
from methodologies.forms.sheet import RESULTS, SCOPES, where
from methodologies.forms.words import BASIS, CHAPTERS, EVIDENCE, KINDS
from methodologies.formula import FormulaError, Unit
from methodologies.formula.mathml import mathml
from methodologies.models import Draft
from methodologies.services.quantify import document_of

CHANGED = {
    "top": gettext_lazy("这份方法学"),
    "inputs": gettext_lazy("要计量的量"),
    "parameters": gettext_lazy("系数"),
    "formula": gettext_lazy("公式"),
    "labels": gettext_lazy("名称"),
    "examples": gettext_lazy("算例"),
    "text": gettext_lazy("正文"),
}


class Trouble(NamedTuple):
    """A mistake in the reader's words: the cell, what is wrong, and for a formula its text with a caret under the place."""

    at: str
    where: str
    what: str
    marked: str


class Shown(NamedTuple):
    """One line of a formula, drawn."""

    label: str
    drawn: SafeString
    source: str
    unit: str


def shown(document: Document) -> dict[str, SafeString]:
    """Return every line of a published document as MathML, by its name."""
    if not document.formula:
        return {}
    return {name: _safe(mathml(name, source)) for name, source in document.compiled.sources.items()}


class Factor(NamedTuple):
    """One value of one parameter as the page shows it."""

    symbol: str
    title: str
    value: str
    listed: bool
    unit: str
    where: str
    since: str
    source: str
    evidence: str


def factors_of(document: Document) -> list[Factor]:
    """Return every value of every factor, in the order of the text."""
    return [
        Factor(
            name,
            one.title,
            value_text(entry.value),
            not isinstance(entry.value, Decimal),
            "" if str(one.unit) == "1" else str(one.unit),
            entry.region,
            entry.valid_from.isoformat() if entry.valid_from else "",
            entry.source,
            entry.evidence,
        )
        for name, one in document.parameters.items()
        for entry in one.entries
    ]


def told_changes(changes: list[Change]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the parts that changed in the reader's words, each with what it is of and both texts."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for one in changes:
        name = where(f"text-{one.name}") if one.part == "text" else where(one.name) if one.part == "top" else one.name
        groups.setdefault(str(CHANGED[one.part]), []).append((name, _word(one, one.was), _word(one, one.now)))
    return list(groups.items())


def _word(one: Change, value: str) -> str:
    """Say a code in words where there are words for it."""
    known = {"evidence": EVIDENCE, "kind": KINDS, "factor_basis": BASIS, "scope": SCOPES, "result": RESULTS}
    return str(known.get(one.name, {}).get(value, value)) if one.part == "top" else value


def whole(row: Draft) -> dict[str, Any]:
    """Return all that is shown of a draft: its preview, factors, chapters, and what differs from the version it came from."""
    found = preview(row.sheet)
    old = document_of(row.derived_from) if row.derived_from else None
    chapters = found.document.chapters
    return {
        **looked(found),
        "factors": factors_of(found.document),
        "chapters": [(CHAPTERS[key], chapters[key]) for key in CHAPTERS if key in chapters],
        "groups": told_changes(differences(old, found.document)) if old else None,
    }


def looked(found: Preview) -> dict[str, Any]:
    """Return what the template of a preview takes."""
    return {
        "found": found,
        "troubles": [_trouble(one.at, one.said) for one in found.mistakes],
        "lines": [
            Shown(one.label, _safe(one.mathml), f"{one.name} = {one.source}", _unit(one.unit)) for one in found.lines
        ],
        "examples": [
            {
                "title": one.example.title or f"{one.number}",
                "expected": one.example.expected,
                "got": "" if one.got is None else told(one.got),
                "exact": one.exact,
                "said": _said(one.said)[0] if one.said else "",
            }
            for one in found.examples
        ],
    }


def _trouble(at: str, said: object) -> Trouble:
    what, marked = _said(said)
    return Trouble(at, where(at), what, marked)


def _said(said: object) -> tuple[str, str]:
    """Return a sentence in the language of the page, and apart from it the marked text of a formula."""
    whole = sentence(said) if isinstance(said, Exception) else spoken(said)
    what, _line, marked = whole.partition("\n")
    return what, marked if isinstance(said, FormulaError) else ""


def spoken(said: object) -> str:
    """Say a sentence of a pure part in the language of the page."""
    return said.translated(gettext) if isinstance(said, Sentence) else str(said)


def _unit(unit: Unit | None) -> str:
    return "" if unit is None else str(unit)


def _safe(drawn: str) -> SafeString:
    """MathML comes from the tree of a formula, in which every name and text was escaped."""
    return mark_safe(drawn)  # noqa: S308
