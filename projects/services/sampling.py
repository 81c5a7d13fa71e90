"""A verifier's sample of a claim: anybody who has the list of acts draws the same, and computes the same from the raw rows.

How it is drawn. The claim's Merkle root is the seed: it was fixed when the month was closed, before anybody knew who would verify
it, and no act can be changed without changing it. The acts are put in the order of SHA-256(root ‖ act number), both as ASCII text,
and the first n are taken. n is the square root of the number of acts, rounded up, at least 30 and at most all of them: the root
grows slower than the claim, as rules of sampling by attributes do, and below 30 a share of errors says nothing. No methodology
found states a size for citizens' acts, so this one is the portal's own choice (evidence class C); a method may ask for more.

What is computed again. The row as the partner sent it is read from the kept file, the distance turned into the method's unit, and the
method's document computes the act alone. A row that says another amount or gives other milligrams is wrong; a row that is gone, or
tells of another person or time, backs nothing and counts 0.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.workflow import lock, record, require, verb
from kernel import clock
from kernel.rules import RuleViolation
from methodologies.document import quantify
from methodologies.services.quantify import document_of
from projects.models import MonitoringPeriod, SampleCheck
from projects.states import PeriodState
from scenarios.models import Act, ClaimBatch, Upload
from scenarios.services.claims import month_of, pseudonym
from scenarios.services.reading import Fields, raw_rows, unit_mm

LEAST = 30
_DRAW = """
SELECT act_id FROM scenarios_actuse WHERE claim_id = %s ORDER BY sha256(convert_to(%s || act_id::text, 'UTF8')), act_id LIMIT %s
"""
MM_PER_KM = Decimal(1_000_000)


class Raw(NamedTuple):
    """A row as the partner sent it, in texts."""

    subject: str
    trip: str
    started_at: str
    ended_at: str
    distance: str


class Checked(NamedTuple):
    """One act of a sample: what was booked, what its raw row gives, in milligrams; ``wrong`` names what differs, in codes."""

    act: int
    upload: str
    row: int
    citizen: str
    on_day: date
    amount: Decimal
    distance: str
    booked_mg: int
    recomputed_mg: int
    wrong: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return the entry as it is kept."""
        return self._asdict() | {"on_day": self.on_day.isoformat(), "amount": str(self.amount)}


def size(acts: int) -> int:
    """Return how many acts a sample of so many takes."""
    return min(acts, max(LEAST, math.isqrt(acts - 1) + 1))


def draw(claim: ClaimBatch) -> list[int]:
    """Return the numbers of the acts drawn, in the order of their draw."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [claim.pk, claim.merkle_root, size(claim.acts)])
        return [row[0] for row in cursor.fetchall()]


def recompute(claim: ClaimBatch, drawn: Iterable[int]) -> list[Checked]:
    """Compute acts of a claim again from the rows their partner sent, in the order given.

    Raises RuleViolation ``raw_file_gone`` or ``raw_file_changed``: without the file as it was sent there is nothing to compare with.
    """
    order = {act: at for at, act in enumerate(drawn)}
    first, after = month_of(claim.month)  # so that only the month's partition is read
    by_upload: dict[int, list[Act]] = defaultdict(list)
    for act in Act.objects.filter(pk__in=order, on_day__gte=first, on_day__lt=after):
        by_upload[act.upload_id].append(act)
    uploads = Upload.objects.select_related("file", "scene", "method", "partner__organisation__division")
    checked = []
    for upload in uploads.filter(pk__in=by_upload):
        acts = by_upload[upload.pk]
        _as_sent(upload.file)
        raw = raw_rows(upload.file, upload.mapping, {act.row for act in acts})
        subjects = dict(upload.partner.links.values_list("subject", "citizen_id"))
        checked += [_check(claim, upload, act, _raw(raw.get(act.row)), subjects) for act in acts]
    return sorted(checked, key=lambda one: order[one.act])


def _as_sent(file: Attachment) -> None:
    try:
        with file.file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise RuleViolation("raw_file_gone", _("原始文件“%s”不在了，不能抽样核对") % file.name) from error
    require(found == file.sha256, "raw_file_changed", _("原始文件“%s”与收到时的摘要不符，不能抽样核对") % file.name)


def _raw(fields: Fields | None) -> Raw | None:
    return None if fields is None else Raw._make(fields)


def _check(claim: ClaimBatch, upload: Upload, act: Act, raw: Raw | None, subjects: dict[str, int]) -> Checked:
    wrong = ["row"] if raw is None else []
    amount = None
    if raw is not None:
        amount = _amount(raw, unit_mm(upload.mapping))
        found = {
            "citizen": subjects.get(raw.subject) == act.citizen_id,
            "time": (_moment(raw.started_at), _moment(raw.ended_at)) == (act.started_at, act.ended_at),
            "amount": amount == act.amount,
        }
        wrong = [name for name, agrees in found.items() if not agrees]
    backed = amount is not None and not {"row", "citizen", "time"} & set(wrong)
    milligrams = _milligrams(upload, act, amount) if backed and amount is not None else 0
    return Checked(
        act=act.pk,
        upload=upload.number,
        row=act.row,
        citizen=pseudonym(claim.salt, act.citizen_id),
        on_day=act.on_day,
        amount=act.amount,
        distance=raw.distance if raw is not None else "",
        booked_mg=act.saved_mg,
        recomputed_mg=milligrams,
        wrong=[*wrong, *(["reduction"] if milligrams != act.saved_mg else [])],
    )


def _amount(raw: Raw, unit: int) -> Decimal | None:
    """Return what the row says in kilometres, exactly; None when it is no number."""
    try:
        value = Decimal(raw.distance) * unit / MM_PER_KM
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _milligrams(upload: Upload, act: Act, amount: Decimal) -> int:
    document = document_of(upload.method)
    on = act.on_day if document.factor_basis == "activity" else clock.local(upload.received_at).date()
    inputs, region = {upload.scene.input_name: amount}, upload.partner.organisation.division.adm6
    try:
        return quantify(document, inputs, on, region).reduction_mg
    except RuleViolation:
        return 0


@verb("projects.draw_sample")
def draw_sample(period: MonitoringPeriod, *, by: User, reason: str = "") -> SampleCheck:
    """Draw the claim's sample, compute it again from the raw rows and keep what came out, once for a period.

    Raises RuleViolation ``wrong_state``, ``no_claim``, ``sample_drawn``, ``same_person`` when the one who reported draws, and as
    ``recompute`` does.
    """
    period = lock(period)
    require(by.pk != period.submitted_by_id, "same_person", _("提交报告的人不能抽样核对"))
    require(period.state == PeriodState.VERIFYING, "wrong_state", _("报告在核证中才能抽样"))
    require(period.claim is not None, "no_claim", _("这个核算期的数据来自电表，没有可抽的行为"))
    claim: ClaimBatch = period.claim  # type: ignore[assignment]
    rows = recompute(claim, draw(claim))
    booked, recomputed = sum(row.booked_mg for row in rows), sum(row.recomputed_mg for row in rows)
    over = sum(max(row.booked_mg - row.recomputed_mg, 0) for row in rows)
    sample = SampleCheck.objects.create(
        period=period,
        seed=claim.merkle_root,
        population=claim.acts,
        size=len(rows),
        rows=[row.as_json() for row in rows],
        booked_mg=booked,
        recomputed_mg=recomputed,
        wrong=sum(bool(row.wrong) for row in rows),
        over_mg=over,
        suggested_mg=suggested(claim.saved_mg, booked, over),
        drawn_by=by,
    )
    figures = {"size": sample.size, "wrong": sample.wrong, "suggested_mg": sample.suggested_mg}
    record("projects.draw_sample", period, by=by, reason=reason, data=figures)
    return sample


def suggested(claimed_mg: int, booked_mg: int, over_mg: int) -> int:
    """Return the deduction the sample's error means for the whole claim, rounded up; rides booked too low give nothing back."""
    return -(-claimed_mg * over_mg // booked_mg) if booked_mg else 0
