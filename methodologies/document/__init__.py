"""A method as a document: read it, check it as publishing does, and compute with it. Pure Python."""

from __future__ import annotations

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
from methodologies.document.reading import parse

__all__ = [
    "Document",
    "Emission",
    "Entry",
    "Example",
    "Input",
    "Outcome",
    "Parameter",
    "Result",
    "check",
    "emission",
    "outcomes",
    "parse",
    "quantify",
    "quantify_many",
]
