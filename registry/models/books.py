"""The books of units. A block is a run of serial numbers with one holder and one state; it is closed once and never edited,
so the table is the history of every serial. What a journal closes it opens again, to the tonne."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Sum
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.triggers import AppendOnly, Guard, Once
from kernel import clock
from projects.models import MonitoringPeriod
from registry.models.accounts import HoldingAccount
from registry.models.holding import NOTHING_FREE, units_have_their_hold
from registry.models.legs import legs_balance, state_follows, venue_moves, words
from registry.models.series import Series, serial_of
from registry.states import BEGINS_TO_LEAVE, JOURNAL_LETTERS, UNIT_BADGES, UNIT_ENDED, JournalKind, UnitState


class JournalQuerySet(models.QuerySet["Journal"]):
    """Journals."""

    def visible_to(self, user: Any) -> JournalQuerySet:
        """Those that gave units to an account one may see: their reasons name contracts."""
        blocks = Block.objects.filter(holder__in=HoldingAccount.objects.visible_to(user))
        return self.filter(pk__in=blocks.values("opened_by"))


class Journal(models.Model):
    """The header of one change to the books: who, why, when. Balanced when it commits."""

    kind = models.CharField(_("种类"), max_length=12, choices=JournalKind.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    reason = models.TextField(_("事由"), blank=True)
    business_at = models.DateTimeField(_("业务时间"), default=clock.now)
    real_at = models.DateTimeField(_("实际时间"), default=clock.real_now)
    # The transaction that wrote the header: no leg may be added to it later.
    txid = models.BigIntegerField(
        editable=False,
        db_default=Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()),
    )

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("流水")
        ordering = ("-pk",)
        triggers = [
            AppendOnly(name="journal_append_only"),
            Guard(
                name="journal_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("这笔流水关掉的编号和打开的不一致，没有入账"),
                body=legs_balance(),
            ),
            Guard(
                name="journal_corrects_by_deed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__kind=JournalKind.CORRECT),
                code="no_deed",
                message=_("更正要有两位人员办结的文书"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM registry_deed WHERE journal_id = NEW.id AND kind IN ('CORRECT', 'VOID')) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="journal_has_its_deed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="no_deed",
                message=_("强制执行和非交易过户要有两位人员办结的文书"),
                body="""
                    IF NEW.kind IN ('ENFORCE', 'NONTRADE') AND NOT EXISTS (
                        SELECT 1 FROM registry_deed d WHERE d.journal_id = NEW.id AND d.state = 'DONE') THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
            # A batch is issued here from what was verified, or it moved in with the file of another registry: one or the other.
            Guard(
                name="journal_moved_in_by_opening",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__kind__in=[JournalKind.ISSUE, JournalKind.MOVE_IN]),
                code="not_moved_in",
                message=_("迁入的批次要有期初迁入的文件为据，别的批次只能签发"),
                body="""
                    IF EXISTS (
                        SELECT 1 FROM registry_batch b JOIN projects_monitoringperiod p ON p.id = b.period_id
                        LEFT JOIN registry_movedbatch m ON m.batch_id = b.id
                        WHERE b.journal_id = NEW.id AND ((NEW.kind = 'MOVE_IN') <> (p.opening_id IS NOT NULL)
                            OR (NEW.kind = 'MOVE_IN') <> (m.id IS NOT NULL))) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_kind_display(self) -> str:  # type: ignore[no-redef]  # Django leaves out its own
        """Say the kind. Django's own hashes, in translation, all kinds there are; a long list has a journal a line."""
        return str(JournalKind(self.kind).label)

    @property
    def number(self) -> str:
        """The number people quote; gaps are no loss, the log proves that none was removed."""
        return f"{JOURNAL_LETTERS[JournalKind(self.kind)]}-{clock.local(self.business_at):%Y%m%d}-{self.pk:06d}"


class Batch(models.Model):
    """What one issue made: a run of serials of a series, whole tonnes."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="batches", verbose_name=_("编号序列"))
    number = models.PositiveSmallIntegerField(_("批次"))
    period = models.OneToOneField(MonitoringPeriod, models.PROTECT, related_name="batch", verbose_name=_("核算期"))
    journal = models.OneToOneField(Journal, models.PROTECT, related_name="batch", verbose_name=_("流水"))
    serial_from = models.BigIntegerField(_("起号"))
    serial_to = models.BigIntegerField(_("止号"))

    class Meta:
        verbose_name = verbose_name_plural = _("签发批次")
        ordering = ("series", "number")
        constraints = [
            models.UniqueConstraint(
                name="batch_number_once",
                fields=["series", "number"],
                violation_error_code="batch_twice",
                violation_error_message=_("这个批次号已用过"),
            ),
            models.CheckConstraint(
                name="batch_not_empty",
                condition=Q(
                    serial_from__gte=1, serial_to__gte=F("serial_from"), serial_to__lte=999_999_999, number__lte=99
                ),
                violation_error_code="batch_empty",
                violation_error_message=_("一个批次至少 1 吨，编号不超过九位"),
            ),
            ExclusionConstraint(
                name="batch_serials_once",
                expressions=[
                    ("series", RangeOperators.EQUAL),
                    (
                        Func(F("serial_from"), F("serial_to"), models.Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_code="serials_reused",
                violation_error_message=_("这些编号已签发过，编号永不重用"),
            ),
        ]
        triggers = [AppendOnly(name="batch_append_only")]

    def __str__(self) -> str:
        return f"{self.series}-{self.number:02d}"

    @property
    def quantity_t(self) -> int:
        """Tonnes issued."""
        return self.serial_to - self.serial_from + 1

    @property
    def serial(self) -> str:
        """The serial of the whole batch as issued."""
        return serial_of(self.series, self.number, self.serial_from, self.serial_to)


class BlockQuerySet(models.QuerySet["Block"]):
    """Blocks."""

    def open(self) -> BlockQuerySet:
        """What is held now (retired blocks stay open for ever)."""
        return self.filter(closed_by=None)

    def visible_to(self, user: Any) -> BlockQuerySet:
        """Blocks of the accounts one may see."""
        return self.filter(holder__in=HoldingAccount.objects.visible_to(user))

    def tonnes(self) -> int:
        """Sum of the blocks, in tonnes."""
        return self.aggregate(t=Sum("quantity_t"))["t"] or 0


class Block(models.Model):
    """A run of serials ``[lower, upper)`` with one holder and one state, from one journal to another."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="+", verbose_name=_("编号序列"))
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="blocks", verbose_name=_("批次"))
    serials = BigIntegerRangeField(_("编号区间"))
    quantity_t = models.GeneratedField(
        expression=Func(F("serials"), function="upper") - Func(F("serials"), function="lower"),
        output_field=models.BigIntegerField(_("数量 t")),
        db_persist=True,
    )
    holder = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="blocks", verbose_name=_("持有账户"))
    state = models.CharField(_("状态"), max_length=16, choices=UnitState.choices)
    opened_by = models.ForeignKey(Journal, models.PROTECT, related_name="opened", verbose_name=_("起于"))
    closed_by = models.ForeignKey(Journal, models.PROTECT, null=True, related_name="closed", verbose_name=_("止于"))

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("减排量")
        ordering = ("series", "serials")
        # The serials are in it so that an account's oldest units are read in order, however many it holds.
        indexes = [
            models.Index(
                fields=["holder", "state", "series", "serials"], name="block_held", condition=Q(closed_by=None)
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="block_whole_run",
                condition=Q(
                    serials__isempty=False,
                    serials__lower_inc=True,
                    serials__upper_inc=False,
                    serials__startswith__gte=1,
                    serials__upper_inf=False,
                ),
                violation_error_code="empty_block",
                violation_error_message=_("一段编号至少 1 吨"),
            ),
            # Close first, then open: with this, no serial can be held twice, whatever the code does.
            ExclusionConstraint(
                name="block_serials_held_once",
                expressions=[("series", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
                condition=Q(closed_by=None),
                violation_error_code="units_taken",
                violation_error_message=_("这些减排量刚被另一笔办理占用，请刷新后再试"),
            ),
            # Else two journals could vouch for each other: each closes what the other opened, and units come from nothing.
            models.CheckConstraint(
                name="block_closed_later",
                condition=Q(closed_by__isnull=True) | Q(closed_by__gt=F("opened_by")),
                violation_error_code="journal_order",
                violation_error_message=_("一段编号只能由后来的流水关掉"),
            ),
        ]
        triggers = [
            AppendOnly(name="block_append_only", may_change=["closed_by"]),
            Once(
                name="block_closed_once",
                field="closed_by",
                code="units_taken",
                message=_("这些减排量刚被另一笔办理占用，请刷新后再试"),
            ),
            Guard(
                name="block_retired_stays",
                operation=pgtrigger.Update,
                code="retired_is_final",
                message=_("已注销的减排量不能再动"),
                body=f"IF OLD.state IN ({words(UNIT_ENDED)}) THEN {{refuse}} END IF; RETURN NEW;",
            ),
            Guard(
                name="block_state_follows_journal",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="wrong_journal",
                message=_("这种流水不能让减排量从一种状态变成另一种状态，没有入账"),
                declare=[("journal_kind", "text")],
                body=state_follows(),
            ),
            Guard(
                name="frozen_units_have_their_freeze",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("账上冻结的减排量和冻结的吨数不一致，没有办理"),
                declare=[("held_by", "bigint")],
                body=units_have_their_hold("freeze", UnitState.JUDICIAL_FROZEN),
            ),
            # One look by primary key for each leg; a second one only where the account is not open.
            Guard(
                name="block_of_an_account_in_use",
                operation=pgtrigger.Insert,
                code="account_not_open",
                message=_("账户已销户，不能再记入减排量；限制使用或冻结的账户不能转出、质押或注销"),
                declare=[("holder_state", "text")],
                body=f"""
                    SELECT state INTO holder_state FROM registry_holdingaccount WHERE id = NEW.holder_id;
                    IF holder_state <> 'OPEN' AND (holder_state = 'CLOSED' OR EXISTS (
                        SELECT 1 FROM registry_journal WHERE id = NEW.opened_by_id AND kind IN ({words(BEGINS_TO_LEAVE)})))
                    THEN {{refuse}} END IF;
                    RETURN NEW;
                """,  # noqa: S608  the words are those of states.py
            ),
            Guard(
                name="suspended_units_have_their_case",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("账上暂停交易的减排量和案件暂停的吨数不一致，没有办理"),
                declare=[("held_by", "bigint")],
                body=units_have_their_hold("fraudcase", UnitState.SUSPENDED),
            ),
            Guard(
                name="pledged_units_have_their_pledge",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("账上质押的减排量和质押的吨数不一致，没有办理"),
                declare=[("held_by", "bigint")],
                body=units_have_their_hold("pledge", UnitState.PLEDGED),
            ),
            Guard(
                name="case_nothing_free",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="case_open",
                message=_("这个批次有弄虚作假案件没有办结，减排量暂停交易"),
                body=NOTHING_FREE,
            ),
            Guard(
                name="trading_units_move_by_their_venue",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__state=UnitState.TRADING),
                code="not_at_venue",
                message=_("这些减排量不在这家交易机构，只有所在的交易机构能交收或转出"),
                declare=[("at", "bigint")],
                body=venue_moves(),
            ),
            Guard(
                name="block_leg_of_this_transaction",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="journal_closed",
                message=_("不能往以前的流水里添加编号"),
                body="""
                    IF (SELECT txid FROM registry_journal
                        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.opened_by_id ELSE NEW.closed_by_id END)
                        IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """Say the state, as a journal says its kind."""
        return str(UnitState(self.state).label)

    @property
    def first(self) -> int:
        """First serial number."""
        return int(self.serials.lower)

    @property
    def last(self) -> int:
        """Last serial number, included."""
        return int(self.serials.upper) - 1

    @cached_property
    def serial(self) -> str:
        """The serial range with its check character."""
        return serial_of(self.series, self.batch.number, self.first, self.last)

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return UNIT_BADGES[UnitState(self.state)]
