"""Figures by a stored version of a method."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from kernel.digest import sha256
from kernel.rules import require
from kernel.rules import sentence as _
from methodologies.document import Document, Emission, Result, parse
from methodologies.document import emission as emit
from methodologies.document import quantify as compute
from methodologies.document.computing import Given
from methodologies.models import Method

_NUMBER = re.compile(r"([A-Z]{2}-[0-9]{4}-[0-9]{3})(?:-V([0-9]{2}))?")


def published(number: str) -> Method | None:
    """Return the version of that number, in force or not, or the newest one in force of that code; None where nobody published it.

    A code whose versions have all ended gives its last one. Asked of the database each time: what another process published is
    there at once.
    """
    found = _NUMBER.fullmatch(number)
    if found is None:
        return None
    rows = Method.objects.filter(code=found[1])
    if found[2]:
        return rows.filter(version=int(found[2])).first()
    return rows.filter(state=Method.State.PUBLISHED).order_by("-version").first() or rows.order_by("-version").first()


def in_use(method: Method) -> None:
    """Refuse a repealed version for a new period or a new file (RuleViolation ``method_repealed``); old figures stay computable."""
    said = _("方法学 {number} 已经废止，不能再用于新的核算", number=method.number)
    require(method.state != Method.State.REPEALED, "method_repealed", said)


def document_of(method: Method) -> Document:
    """Return the document of a stored version. Raises RuleViolation("method_tampered") when it is not the published text."""
    said = _("方法学 {number} 的文本与发布时的摘要不符，已停止计算", number=method.number)
    require(sha256(method.document.encode()) == method.digest, "method_tampered", said)
    return parse(method.document)


def quantify(method: Method, inputs: Mapping[str, Given], *, on: date, region: str | None = None) -> Result:
    """Return the reduction by this version for one set of inputs; ``reduction_mg`` are whole milligrams of CO2e.

    ``on`` is the day the method's ``factor_basis`` names, ``region`` a six-digit division. Raises RuleViolation
    ``bad_input``, ``no_factor``, ``not_computable``, ``qualitative`` or ``method_tampered``.
    """
    return compute(document_of(method), inputs, on, region)


def methods_of(*inputs: str) -> list[Method]:
    """Return the published quantitative versions that ask for exactly these inputs, by number."""
    rows = Method.objects.filter(state=Method.State.PUBLISHED, kind="quantitative").order_by("code", "version")
    return [row for row in rows if set(document_of(row).inputs) == set(inputs)]


def emission(method: Method, inputs: Mapping[str, Given], *, on: date, region: str | None = None) -> Emission:
    """Return what was emitted by this version of an emission's document; ``emission_mg`` are whole milligrams, rounded up.

    Raises RuleViolation ``bad_input``, ``no_factor``, ``not_computable``, ``not_an_emission`` or ``method_tampered``.
    """
    return emit(document_of(method), inputs, on, region)
