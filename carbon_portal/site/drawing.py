"""Small pictures made by the server: icons, badge glyphs, month columns, serial ruler. No style attribute, no script.

Horizontal places are per mille of the width and become percentages, so that text keeps its size on every screen;
vertical places are pixels. Geometry is whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from math import isqrt
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

GLYPHS = ("draft", "office", "you", "public", "good", "bad", "hold", "frozen", "final")
_SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="([\d ]+)">(.*?)</symbol>', re.DOTALL)


@cache
def symbols() -> dict[str, tuple[str, str]]:
    """Return the drawings of ``static/icons.svg`` by name: view box and inner markup."""
    sheet = (settings.BASE_DIR / "static" / "icons.svg").read_text("utf-8")
    return {name: (box, inner) for name, box, inner in _SYMBOL.findall(sheet)}


@cache  # names and classes are those of templates, never a visitor's words
def picture(name: str, css: str) -> SafeString:
    """Return one drawing as inline SVG, hidden from screen readers because a word always stands beside it."""
    box, inner = symbols()[name]
    return format_html(
        '<svg class="{}" viewBox="{}" aria-hidden="true" focusable="false">{}</svg>',
        css,
        box,
        mark_safe(inner),  # noqa: S308  # our own file
    )


class Column(NamedTuple):
    """One column of a chart: place and size, the words below and above, whether the month is incomplete."""

    x: str
    width: str
    middle: str
    y: int
    height: int
    label: str
    value: Any
    partial: bool


class Line(NamedTuple):
    """One dotted line of the grid."""

    y: int
    value: Decimal


def _percent(mille: int) -> str:
    return f"{mille // 10}.{mille % 10}%"


TOP, FLOOR = 34, 214
MARGIN = 80  # per mille, for the words of the grid


def columns(rows: Sequence[Any]) -> tuple[list[Column], list[Line]]:
    """Lay out zero-based columns. ``rows`` are (label, value) or (label, value, partial); values are ≥ 0."""
    cells = [(row[0], Decimal(row[1] or 0), bool(row[2]) if len(row) > 2 else False) for row in rows]
    if not cells:
        return [], []
    ceiling = _round_up(max(value for _, value, _ in cells))
    step = (1000 - MARGIN) // len(cells)
    wide = min(step * 6 // 10, 80)
    drawn = []
    for index, (label, value, partial) in enumerate(cells):
        height = int(value * (FLOOR - TOP) / ceiling)
        middle = MARGIN + step * index + step // 2
        drawn.append(
            Column(
                _percent(middle - wide // 2),
                _percent(wide),
                _percent(middle),
                FLOOR - height,
                height,
                label,
                value,
                partial,
            )
        )
    return drawn, [Line(FLOOR - (FLOOR - TOP) * part // 2, ceiling * part / 2) for part in (1, 2)]


def _round_up(value: Decimal) -> Decimal:
    if value <= 0:
        return Decimal(1)
    scale = Decimal(10) ** value.adjusted()
    return next(scale * step for step in (1, 2, 3, 4, 5, 6, 8, 10) if scale * step >= value)


class Ring(NamedTuple):
    """One ring: radius, the turn of its opening in degrees, whether its month is incomplete."""

    radius: int
    turn: int
    partial: bool


def rings(months: Sequence[tuple[Decimal, bool]], outer: int = 238) -> list[Ring]:
    """Lay months out as growth rings: the area inside a ring is the sum up to its month. ``months``: (value ≥ 0, partial)."""
    total = sum((value for value, _partial in months), Decimal(0))
    drawn, grown = [], Decimal(0)
    for place, (value, partial) in enumerate(months if total else ()):
        grown += value
        drawn.append(Ring(isqrt(int(grown * outer * outer / total)), place * 11 % 360, partial))
    return drawn


class Part(NamedTuple):
    """One run of serials on the ruler."""

    x: str
    width: str
    middle: str
    tone: str
    words: str
    first: int
    edge: str
    anchor: str


def ruler(parts: Iterable[Any]) -> list[Part]:
    """Lay serial runs out to scale. ``parts`` are (first, last, tone, words); tone is available, frozen or retired.

    The words are left out where the run is too narrow for them; the table beside the ruler holds everything.
    """
    runs = list(parts)
    if not runs:
        return []
    start, length = runs[0][0], runs[-1][1] - runs[0][0] + 1
    drawn, printed = [], -1000
    for first, last, tone, words in runs:
        left, right = (first - start) * 1000 // length, (last + 1 - start) * 1000 // length
        width = max(right - left - 2, 2)
        room = width >= 22 * len(str(words))
        show = (left - printed >= 90 and left <= 880) or left == 0
        printed = left if show else printed
        drawn.append(
            Part(
                _percent(left),
                _percent(width),
                _percent(left + width // 2),
                tone,
                str(words) if room else "",
                first if show else 0,
                _percent(left),
                "start",
            )
        )
    return drawn
