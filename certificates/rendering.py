"""Drawing a certificate: one A4 sheet as PDF, from the snapshot and nothing else, so it can be drawn again and compared.

What never changes (paper, frame, rings) is drawn once per process and laid under every sheet: the frame alone would take
longer than the rest. Measured figures are in ``bench/certificates.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import accumulate
from math import isqrt
from pathlib import Path
from typing import Any

import pikepdf
import segno
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from certificates import faces, facts, seal, uses
from certificates.states import Kind
from kernel import identifiers
from kernel.quantities import tonnes_words

HERE = Path(__file__).resolve().parent
ART = HERE / "art"
ENGLISH = {
    Kind.REGISTRATION: "Certificate of Project Registration",
    Kind.ISSUANCE: "Certificate of Issued Emission Reductions",
    Kind.PERSONAL: "Personal Carbon Reduction Certificate",
    Kind.NEUTRAL: "Certificate of Carbon Neutrality",
}
SERIAL_LINES = 3
RING_HEART, RING_EDGE = 520, 880  # tenths of the drawing's units: the room for the figure, the last ring
TEXT_LIMIT, CODES_ON_PAPER = 64, 2
MICRO_MM = 240  # room for the line of micro text inside the frame, at 1.05 mm a hanzi and 0.64 mm a capital
LONG, LONGEST = 16, 24  # characters after which a name takes the second and the third size


def render(
    kind: str,
    snapshot: Mapping[str, Any],
    number: str,
    url: str,
    demo: bool,
    *,
    digest: str = "",
    page: int | None = None,
) -> bytes:
    """Return the certificate as a PDF/A-3b of exactly one page.

    ``snapshot`` is what ``award`` stored, ``url`` the verification page the QR opens, ``page`` the leaf's place in the
    log counted from 1. The sheet is in Chinese, the language of the act, whatever language the reader has chosen.
    Raises RuleViolation ``rare_character`` when a character is in none of the faces.
    """
    with override("zh-hans"):
        markup = render_to_string(
            f"certificates/pdf/{kind.lower()}.html", _context(kind, snapshot, number, url, demo, digest, page)
        )
    styles, fonts = _style(faces.needs_rare(faces.text_of(snapshot)))
    upright = kind == Kind.PERSONAL
    sheet = HTML(string=markup, base_url=ART.as_uri() + "/").write_pdf(
        stylesheets=[styles], font_config=fonts, pdf_variant="pdf/a-3b", presentational_hints=False
    )
    return _on_paper(sheet, micro(snapshot["portal"], snapshot["portal_en"], demo), upright)


def _context(
    kind: str, snapshot: Mapping[str, Any], number: str, url: str, demo: bool, digest: str, page: int | None
) -> dict[str, Any]:
    listed = [_short(fact) for fact in facts.listed(kind, snapshot)]
    listed += [facts.Fact("", "")] * (len(listed) % 2)  # two a row; the last one stands alone
    who = snapshot[facts.named_by(kind)]
    return {
        "s": snapshot,
        "title": uses.title(kind, snapshot),
        "english": uses.use_of(snapshot).english if kind == Kind.RETIREMENT else ENGLISH[Kind(kind)],
        "number": number,
        "grouped": identifiers.group_certificate_no(number),
        "who": who,
        "length": "longest" if len(who) > LONGEST else "long" if len(who) > LONG else "",
        "words": tonnes_words(snapshot["quantity_t"]) if "quantity_t" in snapshot else "",
        "rows": list(zip(listed[::2], listed[1::2], strict=False)),
        "dense": _lines(listed) > 5,
        "shown": _shown(snapshot.get("serials", ())),
        "qr": mark_safe(qr_svg(url)),  # noqa: S308  our own drawing
        "seal": mark_safe(seal.drawn(snapshot["issuer"], demo)),  # noqa: S308
        "issuer": seal.bare(snapshot["issuer"]) if demo else snapshot["issuer"],
        "demo": demo,
        "page": page,
        "digest": f"{digest[:4]} {digest[4:8]} … {digest[-4:]}" if digest else "",
        **(_personal(snapshot) if kind == Kind.PERSONAL else {}),
    }


def _personal(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only the upright sheet of a person shows: the figure, cut at the gram, and a ring for each month."""
    kilograms, _unit = facts.kilograms_floored(snapshot["saved_mg"]).split(" ")
    months = [int(month.split(" ")[1]) for month in snapshot["months"]]
    grown = list(accumulate(months))
    # The area inside a ring is the sum up to its month; the last ring is the edge of the figure.
    radii = [isqrt((RING_EDGE**2 - RING_HEART**2) * sum_mg // grown[-1] + RING_HEART**2) for sum_mg in grown]
    return {"kilograms": kilograms, "rings": radii[:-1], "edge": radii[-1], "methods": snapshot["methods"]}


def _short(fact: facts.Fact) -> facts.Fact:
    """Keep the table on the sheet: a text of more than two lines is cut, three or more codes are counted; the page has all."""
    if fact.form == "text" and len(fact.value) > TEXT_LIMIT:
        return fact._replace(value=f"{fact.value[: TEXT_LIMIT - 10]}…（全文见核验页）")
    if fact.form == "codes" and len(fact.value) > CODES_ON_PAPER:
        return fact._replace(value=[*fact.value[: CODES_ON_PAPER - 1], f"等 {len(fact.value)} 个"])
    return fact


def _lines(listed: list[facts.Fact]) -> int:
    """Estimate the lines of the table: a left cell holds 33 hanzi, a right one 23; serials take a line each."""
    lines = 0
    for left, right in zip(listed[::2], listed[1::2], strict=False):
        lines += max(_cell_lines(left, 33), _cell_lines(right, 23))
    return lines


def _cell_lines(fact: facts.Fact, room: int) -> int:
    if fact.form == "serials":
        return min(len(fact.value), SERIAL_LINES)
    return -(-len(str(fact.value)) // room) if fact.form == "text" else 1


def _shown(serials: Sequence[str]) -> int:
    """Return how many runs are printed; what does not fit is counted in the last line and listed on the page."""
    return len(serials) if len(serials) <= SERIAL_LINES else SERIAL_LINES - 1


def qr_svg(url: str) -> str:
    """Return a full QR symbol, level M, of the address alone. Micro QR is never used: phone scanners do not read it."""
    code = segno.make_qr(url, error="m", boost_error=False)
    return code.svg_inline(border=0, omitsize=True, dark="#10231b", svgclass=None, lineclass=None)


def micro(portal: str, portal_en: str, demo: bool) -> str:
    """Return the line of micro text inside the frame, cut to its room; a demo says so in it."""
    unit = f"{portal}{'演示样张' if demo else ''}{portal_en.upper().replace(' ', '')}{'SPECIMEN' if demo else ''}"
    width_um = sum(640 if sign.isascii() else 1050 for sign in unit)
    return unit * max(MICRO_MM * 1000 // width_um, 1)


@lru_cache(maxsize=4)
def _paper(line: str, upright: bool) -> bytes:
    """Draw paper, rings and frame once; they are the same for every certificate of a portal. An upright sheet turns the frame."""
    frame = (ART / "frame.svg").read_text("utf-8").replace("{micro}", line)
    markup = (
        f'<html lang="zh-Hans"><body><div class="sheet{" upright" if upright else ""}"><div class="at whole paper"></div>'
        '<img class="at rings" src="watermark.svg" alt="">'
        f'<div class="at whole frame">{frame}</div></div></body></html>'
    )
    styles, fonts = _style(faces.needs_rare(line))
    return HTML(string=markup, base_url=ART.as_uri() + "/").write_pdf(
        stylesheets=[styles], font_config=fonts, pdf_variant="pdf/a-3b"
    )


def _on_paper(sheet: bytes, line: str, upright: bool) -> bytes:
    target = BytesIO()
    try:
        with pikepdf.open(BytesIO(sheet)) as written, pikepdf.open(BytesIO(_paper(line, upright))) as paper:
            written.pages[0].add_underlay(paper.pages[0], None)
            written.save(target, deterministic_id=True, compress_streams=True)
    except pikepdf.PdfError as error:
        raise ValueError(f"the sheet could not be laid on its paper: {error}") from error
    return target.getvalue()


@lru_cache(maxsize=2)
def _style(rare: bool) -> tuple[CSS, FontConfiguration]:
    """Return the parsed style with its faces, which are read once per process."""
    fonts = FontConfiguration()
    sheets = "".join((ART / name).read_text("utf-8") for name in ("sheet.css", "upright.css"))
    return CSS(string=faces.css(rare) + sheets, font_config=fonts), fonts
