"""A method as a document: read it, check it as publishing does, and compute with it. Pure Python."""

from __future__ import annotations

from methodologies.document.comparing import Change, differences
from methodologies.document.computing import (
    Emission,
    Outcome,
    Result,
    check,
    emission,
    outcomes,
    quantify,
    quantify_many,
)
from methodologies.document.content import Document, Entry, Example, Input, Parameter
from methodologies.document.previewing import Preview, preview
from methodologies.document.reading import parse
from methodologies.document.sheet import sheet_of
from methodologies.document.writing import write

__all__ = [
    "Change",
    "Document",
    "Emission",
    "Entry",
    "Example",
    "Input",
    "Outcome",
    "Parameter",
    "Preview",
    "Result",
    "check",
    "differences",
    "emission",
    "outcomes",
    "parse",
    "preview",
    "quantify",
    "quantify_many",
    "sheet_of",
    "write",
]
