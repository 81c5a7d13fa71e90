"""Stored figures computed again from what they name: acts by their upload's method, periods by their own inputs.

Nothing here writes: everything runs in a transaction the database keeps read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

from kernel import clock
from kernel.rules import RuleViolation
from methodologies.document import Document, quantify, quantify_many
from methodologies.models import Method
from methodologies.services.quantify import document_of
from projects.models import Quantification
from scenarios.models import Act, ActUse, ClaimBatch, Upload

AT_ONCE = 20_000
Days = tuple[date, date]


class Differing(NamedTuple):
    """A stored figure that does not come out: which row, what is stored, what comes out (as text)."""

    row: str
    stored: str
    got: str

    def __str__(self) -> str:
        return f"{self.row}：存 {self.stored}，重算 {self.got}"


@dataclass
class Recomputed:
    """How many figures were computed again, and those that differ."""

    acts: int = 0
    figures: int = 0
    differing: list[Differing] = field(default_factory=list)


@dataclass
class Rehearsed:
    """What a draft would change: figures, their stored and their new total in milligrams, figures it cannot compute."""

    acts: int = 0
    figures: int = 0
    stored_mg: int = 0
    draft_mg: int = 0
    refused: list[str] = field(default_factory=list)


class _Line(NamedTuple):
    act: Act
    got: int | None
    why: str


@contextmanager
def reading() -> Iterator[None]:
    """Keep the database from writing, whatever happens inside."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


def requantify(days: Days, number: str = "") -> Recomputed:
    """Compute every figure of the days (of acts and of periods' ends) again; ``number`` takes one method only."""
    found, wrong = Recomputed(), dict[int, int]()
    with reading():
        for upload in _uploads(number):
            document = document_of(upload.method)
            for line in _lines(upload, document, days):
                found.acts += 1
                if line.got != line.act.saved_mg:
                    wrong[line.act.pk] = (line.got or 0) - line.act.saved_mg
                    row = f"行为 {line.act.pk}（{upload.number} 第 {line.act.row} 行，{line.act.on_day}）"
                    got = line.why or f"{line.got} mg"
                    found.differing.append(Differing(row, f"{line.act.saved_mg} mg", got))
        for figure in _figures(days, number):
            found.figures += 1
            found.differing += _compare(figure, wrong)
    return found


def rehearse(draft: Document, days: Days) -> Rehearsed:
    """Compute every figure under any version of the draft's code by the draft, and change nothing."""
    found = Rehearsed()
    with reading():
        for upload in _uploads(draft.code):
            for line in _lines(upload, draft, days):
                found.acts += 1
                found.stored_mg += line.act.saved_mg
                found.draft_mg += line.got or 0
                if line.got is None:
                    found.refused.append(f"行为 {line.act.pk}：{line.why}")
        for figure in _figures(days, draft.code):
            if "claim" not in figure.inputs:  # the acts of a claim are counted one by one
                found.figures += 1
                found.stored_mg += figure.reduction_mg
                try:
                    found.draft_mg += quantify(draft, figure.inputs, figure.period.ends_on).reduction_mg
                except RuleViolation as error:
                    found.refused.append(f"量化记录 {figure.pk}：{error}")
    return found


def _methods(number: str) -> list[Method]:
    return [one for one in Method.objects.all() if not number or number in (one.number, one.code)]


def _uploads(number: str) -> Iterator[Upload]:
    settled = Upload.objects.filter(state=Upload.State.SETTLED, method__in=_methods(number))
    yield from settled.select_related("method", "scene", "partner__organisation__division").order_by("pk")


def _figures(days: Days, number: str) -> Iterator[Quantification]:
    rows = Quantification.objects.filter(period__ends_on__range=days, method__in=_methods(number))
    yield from rows.select_related("method", "period__claim").order_by("pk").iterator(chunk_size=500)


def _lines(upload: Upload, document: Document, days: Days) -> Iterator[_Line]:
    """Yield an upload's acts with what the document gives for them, many at once; the day is the one settling took."""
    acts = Act.objects.filter(upload=upload, on_day__range=days).order_by("on_day", "pk").iterator(chunk_size=AT_ONCE)
    received = clock.local(upload.received_at).date()
    by_day = document.factor_basis == "activity"
    for on, same in groupby(acts, lambda act: act.on_day if by_day else received):
        while some := list(islice(same, AT_ONCE)):
            yield from _computed(upload, document, on, some)


def _computed(upload: Upload, document: Document, on: date, acts: Sequence[Act]) -> Iterator[_Line]:
    name, region = upload.scene.input_name, upload.partner.organisation.division.adm6
    try:
        amounts = [format(act.amount, "f") for act in acts]
        for act, got in zip(acts, quantify_many(document, {name: amounts}, on, region), strict=True):
            yield _Line(act, got, "")
    except RuleViolation:
        for act in acts:  # one of them has no figure: find it, and compute the others
            try:
                yield _Line(act, quantify(document, {name: act.amount}, on, region).reduction_mg, "")
            except RuleViolation as error:
                yield _Line(act, None, str(error))


def _compare(figure: Quantification, wrong: dict[int, int]) -> Iterator[Differing]:
    """Compare one stored computation with its own inputs, and its period with it when it is the period's newest."""
    name = f"量化记录 {figure.pk}（{figure.period}）"
    if figure.period.claim is not None:
        got = _claimed(figure.period.claim, wrong)
        if got != figure.reduction_mg:
            yield Differing(name, f"{figure.reduction_mg} mg", f"{got} mg")
    else:
        yield from _compare_metered(figure, name)
    newest = figure.period.quantifications.order_by("-pk").values_list("pk", flat=True).first()
    if newest == figure.pk and figure.period.claimed_mg != figure.reduction_mg:
        stored, got_mg = f"{figure.period.claimed_mg} mg", f"{figure.reduction_mg} mg"
        yield Differing(f"核算期 {figure.period.pk}（{figure.period}）", stored, got_mg)


def _compare_metered(figure: Quantification, name: str) -> Iterator[Differing]:
    try:
        result = quantify(document_of(figure.method), figure.inputs, figure.period.ends_on)
    except RuleViolation as error:
        yield Differing(name, f"{figure.reduction_mg} mg", str(error))
        return
    if result.reduction_mg != figure.reduction_mg:
        yield Differing(name, f"{figure.reduction_mg} mg", f"{result.reduction_mg} mg")
        return
    for step, value in result.results.items():
        if Decimal(figure.results.get(step, "NaN")) != value:
            yield Differing(f"{name} 的 {step}", str(figure.results.get(step)), str(value))
            return
    if figure.parameters != [{key: str(value) for key, value in used.items()} for used in result.parameters]:
        yield Differing(f"{name} 的系数", str(figure.parameters), "与方法学文本不同")


def _claimed(claim: ClaimBatch, wrong: dict[int, int]) -> int:
    """Return what a claim's acts sum to; an act already named as differing counts as what it should be."""
    uses = ActUse.objects.filter(claim=claim)
    stored = Act.objects.filter(pk__in=uses.values("act_id")).aggregate(mg=Sum("saved_mg"))["mg"] or 0
    mended = uses.filter(act_id__in=list(wrong)).values_list("act_id", flat=True) if wrong else ()
    return int(stored) + sum(wrong[act] for act in mended)
