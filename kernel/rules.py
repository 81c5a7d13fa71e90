"""Refusals: one exception with a code for machines and a sentence for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Sentence(str):
    """A filled-in Chinese sentence that remembers its template, so that it can be said in another language."""

    template: str
    values: dict[str, Any]

    def translated(self, gettext: Callable[[str], str]) -> str:
        """Return the sentence in the language of ``gettext``; values that are sentences are translated too."""
        values = {k: v.translated(gettext) if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return gettext(self.template).format(**values)


def sentence(template: str, **values: Any) -> Sentence:
    """Fill ``{name}`` places of a template. Imported as ``_`` so that the message extraction finds the templates."""
    said = Sentence(template.format(**values))
    said.template, said.values = template, values
    return said


class RowError(NamedTuple):
    """What is wrong at one place of a file or form: row counted from 1 (None: no row), field, sentence; the sheet of several."""

    row: int | None
    field: str
    message: object
    sheet: str = ""


class RuleViolation(Exception):
    """An act the rules do not allow: ``code`` for machines, ``message`` for people, ``rows`` for places in a file."""

    def __init__(self, code: str, message: object = "", *, rows: Sequence[RowError] = ()) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.rows = tuple(rows)

    def __str__(self) -> str:
        return str(self.message) or self.code


def require(ok: object, code: str, message: object = "") -> None:
    """Raise ``RuleViolation(code, message)`` unless ``ok``."""
    if not ok:
        raise RuleViolation(code, message)
