"""What a sale of citizens' units brought in, shared among them by the grams they gave (domain §4.8)."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock, quantities
from projects.models import person, two_people
from rewards.states import POOL_BADGES, POOL_MOVES, PoolState
from scenarios.models import Citizen
from trading.models import Agreement


class ProceedsPoolQuerySet(models.QuerySet["ProceedsPool"]):
    """Pools."""

    def visible_to(self, user: Any) -> ProceedsPoolQuerySet:
        """Those of one's division."""
        return self.filter(scope(user).rows(division="division"))


class ProceedsPool(models.Model):
    """Money of one sale, in fen: opened by one operator, shared by another. The settlement bank holds it, not we."""

    State = PoolState
    MOVES = POOL_MOVES

    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("区划"))
    reference = models.CharField(_("对应的批次和成交"), max_length=100)
    agreement = models.OneToOneField(
        Agreement, models.PROTECT, null=True, blank=True, related_name="proceeds", verbose_name=_("协议")
    )
    total_fen = models.BigIntegerField(_("成交金额 分"))
    fee_fen = models.BigIntegerField(_("费用 分"))
    distributable_fen = models.BigIntegerField(_("可分配 分"))
    tax_note = models.CharField(_("税务口径"), max_length=60, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=PoolState.choices, default=PoolState.OPEN)
    made_by = person(_("登记人"))
    made_at = models.DateTimeField(_("登记"), default=clock.now)
    shared_by = person(_("分配人"))
    shared_at = models.DateTimeField(_("分配"), null=True, blank=True)
    # The transaction that shared it: no share may be added later.
    shared_in = models.BigIntegerField(null=True, editable=False)

    objects = ProceedsPoolQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("收益池")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="pool_once",
                fields=["reference"],
                violation_error_code="pool_known",
                violation_error_message=_("这笔成交已经登记过收益池"),
            ),
            models.CheckConstraint(
                name="pool_amounts",
                condition=Q(
                    total_fen__gt=0,
                    fee_fen__gte=0,
                    distributable_fen__gt=0,
                    distributable_fen=F("total_fen") - F("fee_fen"),
                ),
                violation_error_code="bad_amount",
                violation_error_message=_("可分配金额等于成交金额减费用，大于 0"),
            ),
            two_people(
                "pool_shared_by_another", "made_by", "shared_by", _("登记的人不能自己分配，请另一位运营人员办理")
            ),
            models.CheckConstraint(
                name="pool_shared_says_who",
                condition=Q(state=PoolState.OPEN, shared_by=None, shared_at=None, shared_in=None)
                | Q(state=PoolState.SHARED, shared_by__isnull=False, shared_at__isnull=False, shared_in__isnull=False),
                violation_error_code="not_confirmed",
                violation_error_message=_("已分配的要写明谁在什么时候分配"),
            ),
        ]
        triggers = [
            Moves(name="pool_moves", moves=POOL_MOVES, start=[PoolState.OPEN]),
            AppendOnly(name="pool_stays", may_change=["state", "shared_by", "shared_at", "shared_in"]),
            Guard(
                name="pool_shared_to_the_fen",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("各人所得合计不等于可分配金额，没有分配"),
                body="""
                    IF NEW.state = 'SHARED' AND NEW.distributable_fen IS DISTINCT FROM
                        (SELECT sum(amount_fen) FROM rewards_proceedsshare WHERE pool_id = NEW.id) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, e.g. ``SY000012``."""
        return f"SY{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return POOL_BADGES[PoolState(self.state)]


class ProceedsShare(models.Model):
    """What one citizen gets of a pool: floored to the fen, the remainder with the largest share (clarification 12)."""

    class Channel(models.TextChoices):
        BANK = "BANK", _("结算银行发放")
        BENEFIT = "BENEFIT", _("权益发放")

    class Status(models.TextChoices):
        DUE = "DUE", _("待发放")

    pool = models.ForeignKey(ProceedsPool, models.PROTECT, related_name="shares", verbose_name=_("收益池"))
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="proceeds", verbose_name=_("账户"))
    grams_mg = models.BigIntegerField(_("减排量 mg"))
    amount_fen = models.BigIntegerField(_("所得 分"))
    channel = models.CharField(_("发放方式"), max_length=8, choices=Channel.choices, default=Channel.BANK)
    status = models.CharField(_("发放"), max_length=8, choices=Status.choices, default=Status.DUE)

    class Meta:
        verbose_name = verbose_name_plural = _("收益分配")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="proceeds_share_once",
                fields=["pool", "citizen"],
                violation_error_code="already_shared",
                violation_error_message=_("一个账户在一个收益池里只分一次"),
            ),
            models.CheckConstraint(
                name="proceeds_share_amounts",
                condition=Q(grams_mg__gt=0, amount_fen__gte=0),
                violation_error_code="bad_amount",
                violation_error_message=_("减排量大于 0，所得不能为负"),
            ),
        ]
        triggers = [
            AppendOnly(name="proceeds_share_append_only"),
            Guard(
                name="proceeds_share_of_its_sharing",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="fresh"),
                code="already_shared",
                message=_("收益池分配之后不能再加人"),
                body="""
                    IF EXISTS (SELECT 1 FROM fresh JOIN rewards_proceedspool p ON p.id = fresh.pool_id
                        WHERE p.shared_in IS DISTINCT FROM pg_current_xact_id()::text::bigint) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    @property
    def yuan(self) -> str:
        """The amount as people read it."""
        return quantities.yuan(self.amount_fen)
