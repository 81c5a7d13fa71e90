"""Reference rows of this app: every document of the catalogue as a published version, and the library of factors."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from kernel import clock
from kernel.rules import require
from methodologies.document import Document, check, parse
from methodologies.models import Method
from methodologies.services import factors

CATALOGUE = Path(__file__).resolve().parent / "catalogue"


def seed() -> None:
    """Load the factors and publish the documents that are missing; each passes the checks of publishing first.

    A version that is published stays as it is. Raises RuleViolation ``method_published`` when its file has changed since:
    a changed text is a new version, because old figures must come out again.
    """
    factors.load()
    for path in sorted(CATALOGUE.glob("*.toml")):
        document = parse(path.read_text(encoding="utf-8"))
        check(document)
        row = Method.objects.filter(code=document.code, version=document.version).first()
        if row is None:
            _publish(document)
        else:
            changed = _("目录中的 %(number)s 与已发布的文本不同，请改用新版本号") % {"number": row.number}
            require(row.digest == document.digest, "method_published", changed)


def _publish(document: Document) -> None:
    Method.objects.create(
        code=document.code,
        version=document.version,
        title=document.title,
        kind=document.kind,
        evidence=document.evidence,
        document=document.text,
        digest=document.digest,
        state=Method.State.PUBLISHED,
        published_at=clock.now(),
    )
