"""What changed between two documents, in the order a reader goes through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from methodologies.document.content import CHAPTERS, Document, Example, Input, Parameter
from methodologies.document.sheet import amount_text

TOP = ("title", "source", "evidence", "kind", "scope", "factor_basis", "result", "cap")


class Change(NamedTuple):
    """One difference: the part it is in, what it is of, and both texts ("" where there was or is none)."""

    part: str
    name: str
    was: str
    now: str


def differences(old: Document, new: Document) -> list[Change]:
    """Return what differs between two documents; code and version are not looked at. Nothing for documents that say the same."""
    return [
        *_apart("top", {key: str(getattr(old, key)) for key in TOP}, {key: str(getattr(new, key)) for key in TOP}),
        *_apart("inputs", _inputs(old), _inputs(new)),
        *_apart("parameters", _parameters(old), _parameters(new)),
        *_apart("formula", old.formula, new.formula),
        *_order(old, new),
        *_apart("labels", old.labels, new.labels),
        *_apart("examples", _examples(old), _examples(new)),
        *_apart(
            "text",
            {key: old.chapters.get(key, "") for key in CHAPTERS},
            {key: new.chapters.get(key, "") for key in CHAPTERS},
        ),
    ]


def _apart(part: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*was, *now)):
        if was.get(name, "") != now.get(name, ""):
            yield Change(part, name, was.get(name, ""), now.get(name, ""))


def _order(old: Document, new: Document) -> Iterator[Change]:
    """The last line is the reduction, so the order of the lines is a difference of its own."""
    both = [name for name in old.formula if name in new.formula]
    after = [name for name in new.formula if name in old.formula]
    if both != after:
        yield Change("formula", "", " → ".join(old.formula), " → ".join(new.formula))


def _inputs(document: Document) -> dict[str, str]:
    return {name: _input(one) for name, one in document.inputs.items()}


def _input(one: Input) -> str:
    bounds = " – ".join("" if bound is None else f"{bound:f}" for bound in (one.least, one.most))
    said = [one.title, one.kind.value, str(one.unit), bounds if bounds.strip(" –") else "", "、".join(one.choices)]
    return "；".join(part for part in said if part)


def _parameters(document: Document) -> dict[str, str]:
    return {
        " ".join(filter(None, (name, entry.region, str(entry.valid_from or "")))): _entry(one, index)
        for name, one in document.parameters.items()
        for index, entry in enumerate(one.entries)
    }


def _entry(one: Parameter, index: int) -> str:
    entry = one.entries[index]
    until = f"→ {entry.valid_to}" if entry.valid_to else ""
    said = (one.title, f"{amount_text(entry.value)} {one.unit}", until, entry.source, entry.evidence)
    return "；".join(part for part in said if part)


def _examples(document: Document) -> dict[str, str]:
    return {_called(number, one): _example(one) for number, one in enumerate(document.examples, 1)}


def _called(number: int, one: Example) -> str:
    return one.title or str(number)


def _example(one: Example) -> str:
    given = "；".join(
        f"{name}={value if isinstance(value, str) else '、'.join(value)}" for name, value in one.inputs.items()
    )
    return f"{given} → {one.expected:f}"
