"""Money. The portal holds none: a settlement bank does. Kept here are instructions to it, what it answered, and the book
of what it confirmed, in fen. A cash journal sums to nothing; paid and delivered go together or not at all."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from office.models import MAX_ATTEMPTS
from projects.models import person
from trading.models.agreements import Agreement
from trading.states import (
    INSTRUCTION_BADGES,
    INSTRUCTION_MOVES,
    MESSAGE_BADGES,
    MESSAGE_MOVES,
    InstructionState,
    MessageState,
)


class InstructionQuerySet(models.QuerySet["CashInstruction"]):
    """Payment instructions."""

    def visible_to(self, user: Any) -> InstructionQuerySet:
        """Those of the agreements one may see."""
        return self.filter(agreement__in=Agreement.objects.visible_to(user))

    def waiting(self) -> InstructionQuerySet:
        """Those the bank has not been told of, not yet given up, and due."""
        return self.filter(
            state=InstructionState.PENDING, sent_at=None, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now()
        )

    def parked(self) -> InstructionQuerySet:
        """Those the bank could not be told of: an operator has to look."""
        return self.filter(state=InstructionState.PENDING, sent_at=None, attempts__gte=MAX_ATTEMPTS)


class CashInstruction(models.Model):
    """What the settlement bank is asked to do: take the amount from the payer, give it to the payee less the fee."""

    State = InstructionState
    MOVES = INSTRUCTION_MOVES

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="instructions", verbose_name=_("协议转让"))
    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("付款方"))
    payee = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("收款方"))
    amount_fen = models.BigIntegerField(_("金额 分"))
    bank = models.CharField(_("结算银行"), max_length=20)
    state = models.CharField(
        _("状态"), max_length=12, choices=InstructionState.choices, default=InstructionState.PENDING
    )
    bank_reference = models.CharField(_("银行流水号"), max_length=60, blank=True)
    made_at = models.DateTimeField(_("发出"), default=clock.now)
    confirmed_at = models.DateTimeField(_("到账确认"), null=True, blank=True)
    sent_at = models.DateTimeField(_("送达银行"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次发送"), default=clock.real_now)
    last_error = models.TextField(_("上次出错"), blank=True)

    objects = InstructionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("付款指令")
        ordering = ("-pk",)
        indexes = [
            models.Index(
                fields=["next_at"], name="instruction_waiting", condition=Q(state="PENDING", sent_at__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="instruction_one_live",
                fields=["agreement"],
                condition=Q(state__in=[InstructionState.PENDING, InstructionState.PAID]),
                violation_error_code="already_ordered",
                violation_error_message=_("这份协议已有一条有效的付款指令"),
            ),
            models.UniqueConstraint(
                name="instruction_reference_once",
                fields=["bank", "bank_reference"],
                condition=~Q(bank_reference=""),
                violation_error_code="reference_used",
                violation_error_message=_("这个银行流水号已用于另一条付款指令"),
            ),
            models.CheckConstraint(
                name="instruction_paid_says_when",
                condition=Q(~Q(state=InstructionState.PAID), confirmed_at=None)
                | (Q(state=InstructionState.PAID, confirmed_at__isnull=False) & ~Q(bank_reference="")),
                violation_error_code="no_reference",
                violation_error_message=_("到账要有银行流水号和确认时间"),
            ),
        ]
        triggers = [
            AppendOnly(
                name="instruction_fixed",
                may_change=[
                    "state",
                    "bank_reference",
                    "confirmed_at",
                    "sent_at",
                    "attempts",
                    "next_at",
                    "last_error",
                ],
                code="instruction_fixed",
                message=_("付款指令的双方和金额发出后不能改，也不能删除"),
            ),
            Moves(name="instruction_moves", moves=INSTRUCTION_MOVES, start=[InstructionState.PENDING]),
            Guard(
                name="instruction_as_agreed",
                operation=pgtrigger.Insert,
                code="not_as_agreed",
                message=_("付款指令的双方和金额要与协议一致"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM trading_agreement a
                        JOIN registry_holdingaccount s ON s.id = a.seller_id
                        JOIN registry_holdingaccount b ON b.id = a.buyer_id
                        WHERE a.id = NEW.agreement_id AND a.amount_fen = NEW.amount_fen
                          AND b.organisation_id = NEW.payer_id AND s.organisation_id = NEW.payee_id
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            # Money for units: paid means delivered and booked, in the same transaction.
            Guard(
                name="instruction_paid_delivers",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="not_delivered",
                message=_("减排量没有交割，不能记为到账"),
                body="""
                    IF NEW.state = 'PAID' AND NOT (
                        EXISTS (SELECT 1 FROM trading_cashjournal WHERE instruction_id = NEW.id)
                        AND EXISTS (SELECT 1 FROM trading_agreement WHERE id = NEW.agreement_id AND state = 'DELIVERED')
                    ) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number the bank quotes."""
        return f"ZF-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return INSTRUCTION_BADGES[InstructionState(self.state)]


class BankMessageQuerySet(models.QuerySet["BankMessage"]):
    """Messages of the bank."""

    def visible_to(self, user: Any) -> BankMessageQuerySet:
        """Those of the instructions one may see; one that names no instruction of ours is for every division's desk."""
        reach = scope(user)
        if reach.everything:
            return self
        stray = Q(instruction=None) if reach.paths else Q(pk__in=[])
        return self.filter(Q(instruction__in=CashInstruction.objects.visible_to(user)) | stray)


class BankMessage(models.Model):
    """What the bank sent, byte for byte, and what became of it. One message id is one message."""

    State = MessageState
    MOVES = MESSAGE_MOVES

    bank = models.CharField(_("结算银行"), max_length=20)
    message_id = models.CharField(_("银行报文号"), max_length=60)
    body = models.BinaryField(_("报文原文"))
    instruction = models.ForeignKey(
        CashInstruction, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("付款指令")
    )
    state = models.CharField(_("状态"), max_length=8, choices=MessageState.choices)
    code = models.CharField(_("拒绝原因"), max_length=60, blank=True)
    said = models.TextField(_("答复"), blank=True)
    received_at = models.DateTimeField(_("收到"), default=clock.now)
    closed_by = person(_("查办人"))
    finding = models.TextField(_("查办结果"), blank=True)

    objects = BankMessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("银行报文")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="bank_message_once",
                fields=["bank", "message_id"],
                violation_error_code="message_known",
                violation_error_message=_("这条银行报文已经收过"),
            ),
            models.CheckConstraint(
                name="bank_message_says_why",
                condition=Q(state=MessageState.ACCEPTED, code="", instruction__isnull=False)
                | (~Q(state=MessageState.ACCEPTED) & ~Q(code="")),
                violation_error_code="no_reason",
                violation_error_message=_("没有入账的报文要写明原因，入账的要对上付款指令"),
            ),
            models.CheckConstraint(
                name="bank_message_closed_says_how",
                condition=Q(~Q(state=MessageState.CLOSED), closed_by=None)
                | (Q(state=MessageState.CLOSED, closed_by__isnull=False) & ~Q(finding="")),
                violation_error_code="no_reason",
                violation_error_message=_("查清的报文要写明由谁查办、怎么处理"),
            ),
        ]
        triggers = [
            AppendOnly(name="bank_message_fixed", may_change=["state", "closed_by", "finding"]),
            Moves(
                name="bank_message_moves",
                moves=MESSAGE_MOVES,
                start=[MessageState.ACCEPTED, MessageState.REFUSED],
            ),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return MESSAGE_BADGES[MessageState(self.state)]

    @property
    def text(self) -> str:
        """The message as people read it; what is no text is shown as its bytes."""
        return bytes(self.body).decode("utf-8", "backslashreplace")


class CashJournal(models.Model):
    """The header of one confirmed payment in the book of money; balanced, and of the instruction's amount, when it commits."""

    instruction = models.ForeignKey(
        CashInstruction, models.PROTECT, related_name="journals", verbose_name=_("付款指令")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    business_at = models.DateTimeField(_("业务时间"), default=clock.now)
    real_at = models.DateTimeField(_("实际时间"), default=clock.real_now)
    # The transaction that wrote the header: no entry may be added to it later.
    txid = models.BigIntegerField(
        editable=False,
        db_default=Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("资金流水")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="cash_journal_once",
                fields=["instruction"],
                violation_error_code="already_paid",
                violation_error_message=_("这条付款指令已经到账，不再入账"),
            )
        ]
        triggers = [
            AppendOnly(name="cash_journal_append_only"),
            Guard(
                name="cash_journal_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="unbalanced",
                message=_("这笔资金流水借贷不平，或与付款指令的金额不一致，没有入账"),
                body="""
                    IF (SELECT coalesce(sum(amount_fen), 0) FROM trading_cashentry WHERE journal_id = NEW.id) <> 0
                        OR (SELECT sum(amount_fen) FROM trading_cashentry WHERE journal_id = NEW.id AND amount_fen > 0)
                           IS DISTINCT FROM
                           (SELECT amount_fen FROM trading_cashinstruction WHERE id = NEW.instruction_id)
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"ZJ-{clock.local(self.business_at):%Y%m%d}-{self.pk:06d}"


class CashEntry(models.Model):
    """One line of a cash journal: whose money, and how many fen came (positive, credit) or went (negative, debit)."""

    class Purpose(models.TextChoices):
        """Why the money moved."""

        PRICE = "PRICE", _("价款")
        FEE = "FEE", _("手续费")

    journal = models.ForeignKey(CashJournal, models.PROTECT, related_name="entries", verbose_name=_("资金流水"))
    # None is the operator of the platform, who takes the fee and is no account holder.
    party = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    purpose = models.CharField(_("款项"), max_length=8, choices=Purpose.choices)
    amount_fen = models.BigIntegerField(_("金额 分"))

    class Meta:
        verbose_name = verbose_name_plural = _("资金分录")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="cash_entry_not_nothing",
                condition=~Q(amount_fen=0),
                violation_error_code="bad_amount",
                violation_error_message=_("分录的金额不能为 0"),
            ),
            models.CheckConstraint(
                name="cash_entry_has_party",
                condition=Q(party__isnull=False, purpose="PRICE") | Q(party__isnull=True, purpose="FEE"),
                violation_error_code="no_party",
                violation_error_message=_("价款分录要写明单位，手续费归平台运营方"),
            ),
        ]
        triggers = [
            AppendOnly(name="cash_entry_append_only"),
            Guard(
                name="cash_entry_of_this_transaction",
                operation=pgtrigger.Insert,
                code="journal_closed",
                message=_("不能往以前的资金流水里添加分录"),
                body="""
                    IF (SELECT txid FROM trading_cashjournal WHERE id = NEW.journal_id)
                        IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
