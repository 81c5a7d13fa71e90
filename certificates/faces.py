"""The vendored faces of the certificates and what they can print. ``fonts/README.md`` says where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from kernel.rules import RuleViolation

FONTS = Path(__file__).resolve().parent / "fonts"
COMMON = (
    ("Certificate Sans", 400, "sans-400.ttf"),
    ("Certificate Sans", 700, "sans-700.ttf"),
    ("Certificate Serif", 700, "serif-700.ttf"),
    ("Certificate Mono", 400, "mono-400.ttf"),
    ("Certificate Mono", 700, "mono-700.ttf"),
)
RARE = ("Certificate Rare", 400, "rare-400.ttf")


def css(rare: bool) -> str:
    """Return the @font-face rules. The rare face is heavy and named only for a text that needs it."""
    return "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{(FONTS / name).as_uri()}"); }}\n'
        for family, weight, name in (*COMMON, *((RARE,) if rare else ()))
    )


def needs_rare(text: str) -> bool:
    """Tell whether a text leaves the common faces. Raises RuleViolation ``rare_character`` when no face of ours has it."""
    beyond = {sign for sign in text if ord(sign) not in _covered("serif-700.ttf") and not sign.isspace()}
    missing = sorted(sign for sign in beyond if ord(sign) not in _covered(RARE[2]))
    if missing:
        named = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in missing)
        raise RuleViolation(
            "rare_character", _("%s 不在证书字库里，印出来会是方框；请改用规范汉字，或与我们联系添加字形") % named
        )
    return bool(beyond)


def require_printable(snapshot: Mapping[str, Any]) -> None:
    """Refuse a snapshot with a character that could not be printed, while somebody can still change it."""
    needs_rare(text_of(snapshot))


def text_of(value: Any) -> str:
    """Return all text of a snapshot in one string."""
    if isinstance(value, Mapping):
        return "".join(text_of(item) for item in value.values())
    if isinstance(value, list):
        return "".join(text_of(item) for item in value)
    return str(value)


@lru_cache(maxsize=4)
def _covered(name: str) -> frozenset[int]:
    with TTFont(FONTS / name, lazy=True) as face:
        return frozenset(face.getBestCmap())
