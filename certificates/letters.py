"""Drawing a letter of the office, such as a decision, as a PDF: plain paper, the faces and the seal of the certificates."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from certificates import faces, seal

SHEET = Path(__file__).resolve().parent / "art" / "letter.css"


class Letter(NamedTuple):
    """What a letter says: who signs, its title and number, to whom, sections of heading and text, the day."""

    issuer: str
    title: str
    number: str
    addressee: str
    sections: tuple[tuple[str, str], ...]
    signed_on: date


def draw(letter: Letter, *, demo: bool) -> bytes:
    """Return the letter as a PDF of as many A4 pages as it takes, in Chinese whatever the reader has chosen.

    Outside a demo the seal's place says 待用印. Raises RuleViolation ``rare_character``.
    """
    context = {
        "letter": letter,
        "issuer": seal.bare(letter.issuer) if demo else letter.issuer,
        "seal": mark_safe(seal.drawn(letter.issuer, demo)),  # noqa: S308  our own drawing
        "demo": demo,
    }
    with override("zh-hans"):
        markup = render_to_string("certificates/pdf/letter.html", context)
    said = "".join(
        (letter.issuer, letter.title, letter.addressee, *(part for pair in letter.sections for part in pair))
    )
    styles, fonts = _style(faces.needs_rare(said))
    return HTML(string=markup).write_pdf(stylesheets=[styles], font_config=fonts)


@lru_cache(maxsize=2)
def _style(rare: bool) -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    return CSS(string=faces.css(rare) + SHEET.read_text("utf-8"), font_config=fonts), fonts
