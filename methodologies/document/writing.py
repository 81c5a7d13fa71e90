"""From content to the text of a document, in the layout of the catalogue. What is read back is what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TABLES = ("inputs", "parameters")
_TEXTS = ("formula", "labels", "text")


def write(content: Mapping[str, Any]) -> str:
    """Return the TOML of a document's content: texts, whole numbers, days, lists and tables, as ``tomllib`` reads them.

    Any text can be written, right or wrong; whether it is a method is for :func:`methodologies.document.parse` to say.
    """
    return "\n".join(_lines(content)) + "\n"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if key not in (*_TABLES, *_TEXTS, "examples"):
            yield f"{_key(key)} = {_value(value)}"
    for section in _TABLES:
        for name, table in content.get(section, {}).items():
            yield from _table(f"{section}.{_key(name)}", table)
    for section in ("formula", "labels"):
        yield from _section(section, content)
    for row in content.get("examples", ()):
        yield from ("", "[[examples]]", *_pairs(row))
    yield from _section("text", content)


def _table(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    values = table.get("values")
    yield from ("", f"[{path}]", *_pairs({key: value for key, value in table.items() if key != "values"}))
    for row in values or ():
        yield from ("", f"[[{path}.values]]", *_pairs(row))


def _section(section: str, content: Mapping[str, Any]) -> Iterator[str]:
    if content.get(section):
        yield from ("", f"[{section}]", *_pairs(content[section]))


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{_key(key)} = {_value(value)}"


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _quoted(text)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _several(value) if "\n" in value else _quoted(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_inline(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_inline, value))}]"
    return value.isoformat() if isinstance(value, date) else str(int(value))


def _quoted(text: str) -> str:
    """Return a basic string: JSON's escapes are TOML's too, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _several(text: str) -> str:
    inside = "\n".join(_quoted(line)[1:-1] for line in text.split("\n"))
    return f'"""\n{inside}"""'
