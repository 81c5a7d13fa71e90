"""A published method as a PDF, drawn from its text: the faces of the certificates, no seal, since the text is what counts."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from certificates import faces
from kernel.rules import RuleViolation
from methodologies.document import Document
from methodologies.document.computing import value_text
from methodologies.forms.words import BASIS, CHAPTERS, EVIDENCE, KINDS
from methodologies.models import Method
from methodologies.services.quantify import document_of
from methodologies.views.drawing import shown


def drawn(method: Method) -> bytes:
    """Return the method as a PDF of as many A4 pages as it takes, in Chinese, the language of the act."""
    return _drawn(method.pk, method.digest, method.state)


@lru_cache(maxsize=32)
def _drawn(pk: int, digest: str, state: str) -> bytes:
    """Draw a text once per process: it never changes, and its state is part of what was drawn."""
    method = Method.objects.get(pk=pk)
    document = document_of(method)
    with override("zh-hans"):
        markup = render_to_string("methodologies/paper.html", _context(method, document))
    styles, fonts = _style(_rare(document.text))
    return HTML(string=markup).write_pdf(stylesheets=[styles], font_config=fonts)


def _context(method: Method, document: Document) -> dict[str, object]:
    drawings = shown(document)
    units = document.compiled.units if document.formula else {}
    return {
        "method": method,
        "document": document,
        "state": method.get_state_display(),
        "kind": KINDS[document.kind],
        "evidence": EVIDENCE[document.evidence],
        "basis": BASIS[document.factor_basis],
        "lines": [
            (document.labels.get(name, ""), drawing, str(units[name] or document.result))
            for name, drawing in drawings.items()
        ],
        "factors": [
            (one, entry, value_text(entry.value)) for one in document.parameters.values() for entry in one.entries
        ],
        "chapters": [(CHAPTERS[key], document.chapters[key]) for key in CHAPTERS if key in document.chapters],
        "site": settings.SITE_NAME,
        "demo": settings.DEMO,
    }


def _rare(text: str) -> bool:
    """A sign that no face of ours has is left to the machine's: a method is no certificate, and its text is given beside it."""
    try:
        return faces.needs_rare(text)
    except RuleViolation:
        return True


@lru_cache(maxsize=2)
def _style(rare: bool) -> tuple[CSS, FontConfiguration]:
    fonts = FontConfiguration()
    sheet = (settings.BASE_DIR / "static" / "method-paper.css").read_text("utf-8")
    return CSS(string=faces.css(rare) + sheet, font_config=fonts), fonts
