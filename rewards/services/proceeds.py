"""Sharing what a sale brought in among the citizens whose grams were sold, by another operator than the one who wrote it down."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.models import Division, User
from accounts.scope import Acting, scope
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from kernel.shares import share
from rewards.models import ProceedsPool, ProceedsShare
from rewards.states import PoolState
from scenarios.models import Citizen
from trading.models import Agreement

_THIS_TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


@verb("rewards.open_pool")
def open_pool(
    *,
    division: Division,
    reference: str,
    total_fen: int,
    by: User,
    fee_fen: int = 0,
    tax_note: str = "",
    agreement: Agreement | None = None,
    reason: str = "",
    key: str = "",
) -> ProceedsPool:
    """Write down what a sale brought in and what is to be shared of it, in fen.

    Raises RuleViolation ``bad_text``, ``bad_amount`` or ``pool_known``.
    """
    if not scope(Acting(by, "rewards.open_pool")).covers(division):
        raise PermissionDenied(_("这件事不在您的辖区范围内"))
    reference = reference.strip()
    require(0 < len(reference) <= 100, "bad_text", _("请写明对应的批次和成交"))
    require(total_fen > fee_fen >= 0, "bad_amount", _("成交金额要大于费用，费用不能为负"))
    pool = ProceedsPool.objects.create(
        division=division,
        reference=reference,
        total_fen=total_fen,
        fee_fen=fee_fen,
        distributable_fen=total_fen - fee_fen,
        tax_note=tax_note.strip(),
        agreement=agreement,
        made_by=by,
    )
    record("rewards.open_pool", pool, by=by, reason=reason, data={"total_fen": total_fen, "fee_fen": fee_fen})
    return pool


@verb("rewards.share_proceeds")
def share_proceeds(
    pool: ProceedsPool,
    *,
    weights: Mapping[int, int],
    by: User,
    channel: str = ProceedsShare.Channel.BANK,
    reason: str = "",
    key: str = "",
) -> ProceedsPool:
    """Share a pool by grams: ``weights`` is citizen → milligrams given. Each share is floored to the fen.

    What flooring leaves goes to the largest giver, among equals to the oldest account (clarification 12). Raises RuleViolation
    ``same_person``, ``wrong_state``, ``bad_weights`` or ``bad_channel``.
    """
    pool = lock(pool)
    require(by.pk != pool.made_by_id, "same_person", _("登记的人不能自己分配，请另一位运营人员办理"))
    require(channel in ProceedsShare.Channel.values, "bad_channel", _("请从列表里选择发放方式"))
    citizens = list(Citizen.objects.filter(pk__in=weights).order_by("opened_at", "pk"))
    right = bool(weights) and len(citizens) == len(weights) and all(mg > 0 for mg in weights.values())
    require(right, "bad_weights", _("分配要写明每个账户和它的减排量，减排量大于 0"))
    parts = share(pool.distributable_fen, [weights[citizen.pk] for citizen in citizens])
    advance(
        pool, PoolState.SHARED, by=by, reason=reason, shared_by=by, shared_at=clock.now(), shared_in=_THIS_TRANSACTION
    )
    ProceedsShare.objects.bulk_create(
        (
            ProceedsShare(pool=pool, citizen=citizen, grams_mg=weights[citizen.pk], amount_fen=part, channel=channel)
            for citizen, part in zip(citizens, parts, strict=True)
        ),
        batch_size=5_000,
    )
    pool.refresh_from_db()
    return pool


def amounts_of(citizen: Citizen) -> models.QuerySet[ProceedsShare]:
    """Return a citizen's shares, newest first."""
    return ProceedsShare.objects.filter(citizen=citizen).select_related("pool").annotate(at=F("pool__shared_at"))
