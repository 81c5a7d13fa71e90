"""What citizens did: the files partners sent, the acts counted, the keys that let each count once, and the refusals.

Acts are cut by month of the rider's local day, keys by hash; both tables are made in a migration, and a partition is reached
only through its parent. An act's number is its upload and its row, so a file settled again after a crash gives the same rows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from methodologies.models import Method
from office.models import MAX_ATTEMPTS
from scenarios.models.partners import Partner, Scene
from scenarios.models.people import Citizen
from scenarios.states import UPLOAD_BADGES, UPLOAD_MOVES, Reason, UploadState

ROW_BITS = 24  # a file has fewer rows than 2^24


class UploadQuerySet(models.QuerySet["Upload"]):
    """Uploads."""

    def visible_to(self, user: Any) -> UploadQuerySet:
        """The partner's own, and for staff those of their division."""
        return self.filter(
            scope(user).rows(division="partner__organisation__division", organisations=("partner__organisation",))
        )

    def waiting(self) -> UploadQuerySet:
        """Those to be settled, not yet given up, and due."""
        return self.filter(state=UploadState.RECEIVED, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def parked(self) -> UploadQuerySet:
        """Those the sweep has given up: an operator has to look."""
        return self.filter(state=UploadState.RECEIVED, attempts__gte=MAX_ATTEMPTS)


class Upload(models.Model):
    """A partner's file as it was sent, and what came of it: ``sent = accepted + refused``; reductions in milligrams."""

    State = UploadState
    MOVES = UPLOAD_MOVES

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="uploads", verbose_name=_("合作方"))
    scene = models.ForeignKey(Scene, models.PROTECT, verbose_name=_("场景"))
    method = models.ForeignKey(Method, models.PROTECT, verbose_name=_("方法学"))
    file = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("原始文件"))
    mapping = models.JSONField(_("列对应"))
    received_at = models.DateTimeField(_("收到"), default=clock.now)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上报人"))
    state = models.CharField(_("状态"), max_length=12, choices=UploadState.choices, default=UploadState.RECEIVED)
    sent = models.PositiveIntegerField(_("上报"), null=True, blank=True)
    accepted = models.PositiveIntegerField(_("记入"), null=True, blank=True)
    refused = models.PositiveIntegerField(_("未记入"), null=True, blank=True)
    saved_mg = models.BigIntegerField(_("减排量 mg"), null=True, blank=True)
    settled_at = models.DateTimeField(_("入账"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次处理"), default=clock.real_now)
    last_error = models.TextField(_("上次出错"), blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("上报文件")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["next_at"], name="upload_waiting", condition=Q(state=UploadState.RECEIVED)),
        ]
        constraints = [
            models.CheckConstraint(
                name="upload_adds_up",
                condition=~Q(state=UploadState.SETTLED)
                | Q(
                    sent__isnull=False,
                    accepted__isnull=False,
                    refused__isnull=False,
                    saved_mg__gte=0,
                    settled_at__isnull=False,
                    sent=F("accepted") + F("refused"),
                ),
                violation_error_code="does_not_add_up",
                violation_error_message=_("上报条数应等于记入加未记入"),
            )
        ]
        triggers = [
            Guard(
                name="upload_method_in_use",
                operation=pgtrigger.Insert,
                code="method_repealed",
                message=_("方法学已经废止，不能再用于新的核算"),
                body="""
                    IF EXISTS (SELECT 1 FROM methodologies_method WHERE id = NEW.method_id AND state = 'REPEALED')
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Moves(name="upload_moves", moves=UPLOAD_MOVES, start=[UploadState.RECEIVED]),
            AppendOnly(
                name="upload_stays",
                may_change=[
                    "state",
                    "sent",
                    "accepted",
                    "refused",
                    "saved_mg",
                    "settled_at",
                    "attempts",
                    "next_at",
                    "last_error",
                ],
            ),
            Guard(
                name="upload_settled_once",
                operation=pgtrigger.Update,
                code="already_settled",
                message=_("这个文件已经入账，数字不能再改"),
                body="""
                    IF OLD.state <> 'RECEIVED' AND (OLD.sent, OLD.accepted, OLD.refused, OLD.saved_mg, OLD.settled_at)
                        IS DISTINCT FROM (NEW.sent, NEW.accepted, NEW.refused, NEW.saved_mg, NEW.settled_at) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, e.g. ``SB000012``."""
        return f"SB{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return UPLOAD_BADGES[UploadState(self.state)]


class ActQuerySet(models.QuerySet["Act"]):
    """Acts."""

    def visible_to(self, user: Any) -> ActQuerySet:
        """One's own, and for staff those of their division."""
        return self.filter(
            scope(user).rows(division="citizen__division") | Q(citizen__user_id=getattr(user, "pk", None))
        )


class Act(models.Model):
    """One counted act. ``amount_millionths`` is the method's input in millionths of its unit, exactly as it was used.

    Citizen and upload are never deleted, so that they exist is asked once for a statement and not row by row.

    The table is partitioned by month of ``on_day`` and its key is (``id``, ``on_day``); the first migration makes it by hand.
    """

    partitioned = True

    id = models.BigIntegerField(primary_key=True)
    on_day = models.DateField(_("日期"))
    citizen = models.ForeignKey(
        Citizen, models.DO_NOTHING, related_name="acts", verbose_name=_("账户"), db_constraint=False, db_index=False
    )
    upload = models.ForeignKey(
        Upload, models.DO_NOTHING, related_name="acts", verbose_name=_("上报文件"), db_constraint=False, db_index=False
    )
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"))
    amount_millionths = models.BigIntegerField(_("数量（百万分之一）"))
    saved_mg = models.BigIntegerField(_("减排量 mg"))

    objects = ActQuerySet.as_manager()

    class Meta:
        db_table = "scenarios_act"
        verbose_name = verbose_name_plural = _("行为")
        ordering = ("-started_at",)
        constraints = [
            models.CheckConstraint(
                name="act_amounts",
                condition=Q(saved_mg__gte=0, amount_millionths__gte=0, ended_at__gt=F("started_at")),
                violation_error_code="bad_act",
                violation_error_message=_("减排量和数量不能是负数，结束晚于开始"),
            ),
            models.CheckConstraint(
                name="act_is_of_its_upload",
                condition=Q(id__gte=F("upload_id") * 2**ROW_BITS, id__lt=(F("upload_id") + 1) * 2**ROW_BITS),
                violation_error_code="bad_act_number",
                violation_error_message=_("行为的编号由上报文件和行号组成"),
            ),
        ]
        triggers = [
            AppendOnly(name="act_append_only"),
            Guard(
                name="act_of_an_open_account",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="fresh"),
                code="account_closed",
                message=_("行为要记在一个没有注销的账户和一个收到的文件上"),
                body="""
                    IF EXISTS (SELECT 1 FROM fresh f LEFT JOIN scenarios_citizen c ON c.id = f.citizen_id
                            WHERE c.state IS NULL OR c.state = 'CLOSED')
                        OR EXISTS (SELECT 1 FROM (SELECT DISTINCT upload_id AS id FROM fresh) f
                            LEFT JOIN scenarios_upload u USING (id) WHERE u.state IS DISTINCT FROM 'RECEIVED') THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    @property
    def amount(self) -> Decimal:
        """The method's input in its unit, e.g. 5.2 km."""
        return Decimal(self.amount_millionths).scaleb(-6)

    @property
    def row(self) -> int:
        """The row of the file, counted from 1 below the heading."""
        return int(self.id) & (2**ROW_BITS - 1)


class ActKey(models.Model):
    """What makes an act the same act: a digest of the partner and the partner's own number of the trip, never its time."""

    key = models.UUIDField(primary_key=True)
    act_id = models.BigIntegerField()
    on_day = models.DateField()

    class Meta:
        db_table = "scenarios_actkey"
        triggers = [AppendOnly(name="act_key_append_only")]


class Refusal(models.Model):
    """A row that was not counted, and why. What it said is in the kept file, under its row."""

    id = models.BigIntegerField(primary_key=True)
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="refusals", verbose_name=_("上报文件"))
    row = models.PositiveIntegerField(_("行"))
    code = models.CharField(_("原因"), max_length=20, choices=Reason.choices)
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="refusals", verbose_name=_("账户")
    )
    started_at = models.DateTimeField(_("开始"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("未记入的行为")
        ordering = ("upload", "row")
        constraints = [
            models.CheckConstraint(
                name="refusal_is_of_its_upload",
                condition=Q(id=F("upload_id") * 2**ROW_BITS + F("row")),
                violation_error_code="bad_act_number",
                violation_error_message=_("未记入行的编号由上报文件和行号组成"),
            )
        ]
        triggers = [AppendOnly(name="refusal_append_only")]


class CarbonAccount(models.Model):
    """A citizen's grams, kept as the sum of the acts; ``check_books`` compares both. Milligrams of CO2e."""

    citizen = models.OneToOneField(Citizen, models.PROTECT, related_name="carbon", verbose_name=_("账户"))
    balance_mg = models.BigIntegerField(_("余额 mg"), default=0)
    acts = models.PositiveIntegerField(_("行为"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("个人碳账户")
        constraints = [
            models.CheckConstraint(
                name="carbon_account_not_negative",
                condition=Q(balance_mg__gte=0),
                violation_error_code="not_enough_grams",
                violation_error_message=_("碳账户余额不够"),
            )
        ]
        triggers = [
            Guard(
                name="carbon_account_closed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="before", new="after"),
                code="account_closed",
                message=_("账户已注销，不能再记入"),
                body="""
                    IF EXISTS (SELECT 1 FROM before JOIN after USING (id) JOIN scenarios_citizen c ON c.id = after.citizen_id
                            WHERE after.balance_mg > before.balance_mg AND c.state = 'CLOSED') THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            )
        ]
