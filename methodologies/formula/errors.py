"""Refusals that show the place: name of the line, row, column, and the text with a caret under it."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from kernel.rules import RuleViolation
from kernel.rules import sentence as _

_WINDOW = 40  # characters shown on each side of the place in a long line


class Place(NamedTuple):
    """A stretch of one named formula; offsets count characters from 0, the end is not included."""

    name: str
    source: str
    start: int
    end: int


class FormulaError(RuleViolation):
    """A formula that may not be written (bad_formula), mixes units (unit_error) or has no value (not_computable).

    ``line`` and ``column`` count from 1; ``row`` is the row of a bulk evaluation, counted from 1.
    """

    def __init__(self, what: str, place: Place, code: str = "bad_formula", row: int | None = None) -> None:
        before = place.source[: place.start]
        self.what, self.place, self.row = what, place, row
        self.line = before.count("\n") + 1
        self.column = place.start - (before.rfind("\n") + 1) + 1
        said = _(
            "{name} 第 {line} 行第 {column} 列：{what}\n{marked}",
            name=place.name,
            line=self.line,
            column=self.column,
            what=what,
            marked=_marked(place, self.line, self.column),
        )
        super().__init__(code, said)

    def in_row(self, row: int) -> FormulaError:
        """Return the same refusal naming the row it happened in."""
        return FormulaError(self.what, self.place, self.code, row)


def _marked(place: Place, line: int, column: int) -> str:
    first = max(0, column - 1 - _WINDOW)
    text = place.source.split("\n")[line - 1].expandtabs(1)[first : first + 2 * _WINDOW]
    before = column - 1 - first
    width = max(1, min(place.end - place.start, len(text) - before))
    return f"{text}\n{_blank(text[:before])}{'^' * width}"


def _blank(text: str) -> str:
    """Return blanks as wide as ``text``, so that the caret stands right under Chinese too."""
    return "".join("\u3000" if unicodedata.east_asian_width(char) in "WF" else " " for char in text)
