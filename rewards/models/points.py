"""The book of points. An entry moves points of one account; its legs say out of or into which lots. A lot is what was gained
at one time and expires on one day. Legs are never changed, so they are the history: a lot has left what its legs add up to,
an account has what its lots have left, and an entry is worth what its legs are.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from rewards.states import GAINS, EntryKind
from scenarios.models import Citizen, Scene, Upload

LONGEST_MONTHS = 120  # points live ten years at most (domain §4.2)
_TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class PointRule(models.Model):
    """How many points a scene gives from a day on. A change is a new rule; what was credited stays."""

    scene = models.ForeignKey(Scene, models.PROTECT, related_name="point_rules", verbose_name=_("场景"))
    points_per_kg = models.PositiveIntegerField(_("每千克积分"), default=100)
    daily_cap = models.PositiveIntegerField(_("每日上限（分）"), null=True, blank=True)
    expiry_months = models.PositiveSmallIntegerField(_("有效期（月）"), default=24)
    valid_from = models.DateField(_("起用"))
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("设定人"))

    class Meta:
        verbose_name = verbose_name_plural = _("积分规则")
        ordering = ("scene", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                name="point_rule_once",
                fields=["scene", "valid_from"],
                violation_error_code="rule_known",
                violation_error_message=_("这个场景在这一天已有一条积分规则"),
            ),
            models.CheckConstraint(
                name="point_rule_amounts",
                condition=Q(points_per_kg__range=(1, 10_000), expiry_months__range=(1, LONGEST_MONTHS))
                & (Q(daily_cap=None) | Q(daily_cap__gt=0)),
                violation_error_code="bad_rule",
                violation_error_message=_("每千克 1 到 10,000 分，有效期 1 到 120 个月，每日上限大于 0"),
            ),
        ]
        triggers = [AppendOnly(name="point_rule_append_only")]

    def __str__(self) -> str:
        return f"{self.scene} {self.valid_from}"


class PointAccountQuerySet(models.QuerySet["PointAccount"]):
    """Accounts of points."""

    def visible_to(self, user: Any) -> PointAccountQuerySet:
        """One's own, and for staff those of their division."""
        own = Q(citizen__user_id=getattr(user, "pk", None))
        return self.filter(scope(user).rows(division="citizen__division") | own)


class PointAccount(models.Model):
    """A citizen's points: what the lots have left, the expired ones too until they are swept, or a debt."""

    citizen = models.OneToOneField(Citizen, models.PROTECT, related_name="points", verbose_name=_("账户"))
    balance_points = models.BigIntegerField(_("余额（分）"), default=0)
    debt_points = models.BigIntegerField(_("欠分"), default=0)

    objects = PointAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("积分账户")
        constraints = [
            models.CheckConstraint(
                name="point_account_not_negative",
                condition=Q(balance_points__gte=0, debt_points__gte=0) & (Q(balance_points=0) | Q(debt_points=0)),
                violation_error_code="not_enough_points",
                violation_error_message=_("积分不够"),
            )
        ]
        triggers = [
            AppendOnly(name="point_account_stays", may_change=["balance_points", "debt_points"]),
            Guard(
                name="point_account_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("积分余额和各批积分的合计不一致，没有入账"),
                body="""
                    IF EXISTS (SELECT 1 FROM rewards_pointaccount a WHERE a.id = NEW.id AND (
                        a.balance_points <> (SELECT coalesce(sum(left_points), 0) FROM rewards_pointlot
                                             WHERE account_id = a.id AND left_points > 0)
                        OR a.debt_points <> (SELECT coalesce(sum(debt_points), 0) FROM rewards_pointentry
                                             WHERE account_id = a.id AND debt_points <> 0)
                    )) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.citizen)


class PointsRun(models.Model):
    """That a settled file has been credited, once and for all, by the rule in force when it was settled (none: no points)."""

    upload = models.OneToOneField(Upload, models.PROTECT, related_name="points_run", verbose_name=_("上报文件"))
    scene = models.ForeignKey(Scene, models.PROTECT, related_name="+", verbose_name=_("场景"))
    rule = models.ForeignKey(PointRule, models.PROTECT, null=True, related_name="runs", verbose_name=_("积分规则"))
    at = models.DateTimeField(_("入账"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("积分入账")
        ordering = ("-pk",)
        triggers = [
            AppendOnly(name="points_run_append_only"),
            Guard(
                name="points_run_of_a_settled_file",
                operation=pgtrigger.Insert,
                code="wrong_state",
                message=_("这个文件还没有入账，不能计积分"),
                body="""
                    IF (SELECT state FROM scenarios_upload WHERE id = NEW.upload_id) <> 'SETTLED' THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.upload)


class PointDay(models.Model):
    """What one file gave an account for one local day: earned by the rule, and credited after the day's cap."""

    run = models.ForeignKey(PointsRun, models.PROTECT, related_name="days")
    account = models.ForeignKey(PointAccount, models.PROTECT, related_name="days")
    on_day = models.DateField()
    earned_points = models.BigIntegerField()
    points = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["account", "on_day"], name="point_day_account")]
        constraints = [
            models.UniqueConstraint(
                name="point_day_once",
                fields=["run", "account", "on_day"],
                violation_error_code="already_credited",
                violation_error_message=_("这一天的积分已经记过"),
            ),
            models.CheckConstraint(
                name="point_day_within_earned",
                condition=Q(earned_points__gt=0, points__gte=0, points__lte=F("earned_points")),
                violation_error_code="bad_points",
                violation_error_message=_("记入的积分不能多于算得的积分"),
            ),
        ]
        triggers = [AppendOnly(name="point_day_append_only")]


class PointLotQuerySet(models.QuerySet["PointLot"]):
    """Lots."""

    def spendable(self) -> PointLotQuerySet:
        """Those with something left that have not expired today, in the order in which they are spent: first to expire first."""
        return self.filter(left_points__gt=0, expires_on__gte=clock.today()).order_by("expires_on", "opened_at", "pk")

    def expired(self) -> PointLotQuerySet:
        """Those with something left that has expired."""
        return self.filter(left_points__gt=0, expires_on__lt=clock.today())

    def total(self) -> int:
        """Return what they have left together."""
        return int(self.aggregate(total=models.Sum("left_points"))["total"] or 0)


class PointLot(models.Model):
    """Points gained at one time: they can be spent up to and including ``expires_on``, a day of Asia/Shanghai."""

    class Source(models.TextChoices):
        UPLOAD = "UPLOAD", _("减排得分")
        REFUND = "REFUND", _("商户责任退回")

    account = models.ForeignKey(PointAccount, models.PROTECT, related_name="lots", verbose_name=_("积分账户"))
    points = models.BigIntegerField(_("得分"))
    left_points = models.BigIntegerField(_("还剩"))
    source = models.CharField(_("来源"), max_length=8, choices=Source.choices)
    run = models.ForeignKey(PointsRun, models.PROTECT, null=True, related_name="lots", verbose_name=_("积分入账"))
    expires_on = models.DateField(_("到期日"))
    opened_at = models.DateTimeField(_("得分时间"), default=clock.now)

    objects = PointLotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("积分批次")
        ordering = ("expires_on", "opened_at", "pk")
        indexes = [
            models.Index(fields=["account", "expires_on"], name="point_lot_left", condition=Q(left_points__gt=0)),
            models.Index(fields=["expires_on"], name="point_lot_expiring", condition=Q(left_points__gt=0)),
        ]
        constraints = [
            models.CheckConstraint(
                name="point_lot_left_over",
                condition=Q(points__gt=0, left_points__gte=0, left_points__lte=F("points")),
                violation_error_code="not_enough_points",
                violation_error_message=_("这批积分不够，或退得比原来多"),
            ),
            models.CheckConstraint(
                name="point_lot_from_a_file",
                condition=Q(source="UPLOAD", run__isnull=False) | (~Q(source="UPLOAD") & Q(run=None)),
                violation_error_code="bad_source",
                violation_error_message=_("减排得的积分要写明来自哪个文件"),
            ),
        ]
        triggers = [
            AppendOnly(name="point_lot_stays", may_change=["left_points"]),
            Guard(
                name="point_lot_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("这批积分的进出和余数不一致，没有入账"),
                body="""
                    IF EXISTS (SELECT 1 FROM rewards_pointlot l JOIN rewards_pointaccount a ON a.id = l.account_id
                        WHERE l.id = NEW.id AND (
                            l.left_points <> (SELECT coalesce(sum(points), 0) FROM rewards_pointleg WHERE lot_id = l.id)
                            OR a.balance_points <> (SELECT coalesce(sum(left_points), 0) FROM rewards_pointlot
                                                    WHERE account_id = a.id AND left_points > 0)
                    )) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]


class PointEntry(models.Model):
    """One movement of an account's points. ``debt_points`` is the change of the debt: a gain pays a debt first."""

    account = models.ForeignKey(PointAccount, models.PROTECT, related_name="entries", verbose_name=_("积分账户"))
    kind = models.CharField(_("种类"), max_length=8, choices=EntryKind.choices)
    points = models.BigIntegerField(_("积分"))
    debt_points = models.BigIntegerField(_("欠分增减"), default=0)
    run = models.ForeignKey(PointsRun, models.PROTECT, null=True, related_name="entries", verbose_name=_("积分入账"))
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    key = models.CharField(max_length=140)
    business_at = models.DateTimeField(_("业务时间"), default=clock.now)
    real_at = models.DateTimeField(_("实际时间"), default=clock.real_now)
    # The transaction that wrote the entry: no leg may be added to it later.
    txid = models.BigIntegerField(editable=False, db_default=_TRANSACTION)

    class Meta:
        verbose_name = verbose_name_plural = _("积分明细")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["account", "-id"], name="point_entry_account")]
        constraints = [
            models.UniqueConstraint(
                name="point_entry_once",
                fields=["key"],
                violation_error_code="already_booked",
                violation_error_message=_("这笔积分已经记过，没有再记一次"),
            ),
            models.CheckConstraint(
                name="point_entry_sign",
                condition=(Q(kind__in=sorted(GAINS), points__gt=0, debt_points__lte=0))
                | (~Q(kind__in=sorted(GAINS)) & Q(points__lt=0, debt_points__gte=0)),
                violation_error_code="bad_points",
                violation_error_message=_("得分和退回是正数，兑换、到期和清零是负数"),
            ),
        ]
        triggers = [
            AppendOnly(name="point_entry_append_only"),
            Guard(
                name="point_entry_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("这笔积分和它动用的各批合计不一致，没有入账"),
                body="""
                    IF NEW.points + NEW.debt_points <>
                        (SELECT coalesce(sum(points), 0) FROM rewards_pointleg WHERE entry_id = NEW.id) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="point_entry_of_an_open_account",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="fresh"),
                code="account_closed",
                message=_("账户已注销，不能再得积分"),
                body="""
                    IF EXISTS (SELECT 1 FROM fresh JOIN rewards_pointaccount a ON a.id = fresh.account_id
                        JOIN scenarios_citizen c ON c.id = a.citizen_id
                        WHERE fresh.points > 0 AND c.state = 'CLOSED') THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points:+d}"


class PointLeg(models.Model):
    """What an entry took out of a lot (negative) or put into it (positive)."""

    entry = models.ForeignKey(PointEntry, models.PROTECT, related_name="legs")
    lot = models.ForeignKey(PointLot, models.PROTECT, related_name="legs")
    points = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="point_leg_once",
                fields=["entry", "lot"],
                violation_error_code="already_booked",
                violation_error_message=_("一笔积分对一批只记一次"),
            ),
        ]
        triggers = [
            AppendOnly(name="point_leg_append_only"),
            Guard(
                name="point_leg_of_its_entry",
                operation=pgtrigger.Insert,
                code="wrong_entry",
                message=_("积分只能记在同一笔、同一个账户里"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM rewards_pointentry e JOIN rewards_pointlot l ON l.account_id = e.account_id
                        WHERE e.id = NEW.entry_id AND l.id = NEW.lot_id AND sign(NEW.points) = sign(e.points)
                            AND e.txid = pg_current_xact_id()::text::bigint) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="point_leg_in_time",
                operation=pgtrigger.Insert,
                code="points_expired",
                message=_("到期的积分不能兑换，没到期的积分不能按到期处理"),
                body="""
                    IF EXISTS (SELECT 1 FROM rewards_pointentry e, rewards_pointlot l
                        WHERE e.id = NEW.entry_id AND l.id = NEW.lot_id AND e.kind IN ('SPEND', 'EXPIRE')
                            AND (e.kind = 'SPEND') <> (l.expires_on >= (e.business_at AT TIME ZONE 'Asia/Shanghai')::date))
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="point_leg_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("这批积分的进出和余数不一致，没有入账"),
                body="""
                    IF (SELECT left_points FROM rewards_pointlot WHERE id = NEW.lot_id) <>
                            (SELECT sum(points) FROM rewards_pointleg WHERE lot_id = NEW.lot_id)
                        OR (SELECT points + debt_points FROM rewards_pointentry WHERE id = NEW.entry_id) <>
                            (SELECT sum(points) FROM rewards_pointleg WHERE entry_id = NEW.entry_id) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
