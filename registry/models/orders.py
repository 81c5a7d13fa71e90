"""Orders: a transfer or a retirement on its way from the maker to the journal it ends in."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import Guard, Moves, NotForEachOther
from kernel import clock
from projects.models import person, second_factor, two_people
from registry.models.accounts import HoldingAccount
from registry.models.alone import AloneWithFactor
from registry.models.books import Journal
from registry.models.frauds import COUNTS_TO_CASE
from registry.states import (
    BASIS,
    RETIREMENT_BADGES,
    RETIREMENT_MOVES,
    TRANSFER_BADGES,
    TRANSFER_MOVES,
    OrderState,
    RetirementKind,
    RetirementState,
)

SECOND_OFFICER = _("审核的人不能复核，请第二位人员办理；代办视同本人")


class TransferQuerySet(models.QuerySet["Transfer"]):
    """Transfers."""

    def visible_to(self, user: Any) -> TransferQuerySet:
        """Both parties' and the bureau's by division."""
        return self.filter(
            scope(user).rows(division="source__organisation__division", organisations=("source__organisation",))
            | Q(~Q(state=OrderState.CONFIRMING), scope(user).rows(organisations=("target__organisation",)))
        )


class Transfer(models.Model):
    """An order to move units to another account: made, confirmed by a second person, accepted by the other side."""

    State = OrderState
    MOVES = TRANSFER_MOVES

    source = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="outgoing", verbose_name=_("转出账户"))
    target = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="incoming", verbose_name=_("转入账户"))
    quantity_t = models.BigIntegerField(_("数量 t"))
    state = models.CharField(_("状态"), max_length=12, choices=OrderState.choices, default=OrderState.CONFIRMING)
    reason = models.TextField(_("事由"), blank=True)
    reserved = models.OneToOneField(Journal, models.PROTECT, related_name="+", verbose_name=_("预留流水"))
    journal = models.OneToOneField(Journal, models.PROTECT, null=True, related_name="transfer", verbose_name=_("流水"))
    made_by = person(_("发起代表"))
    confirmed_by = person(_("确认代表"))
    # A natural person acts alone: the second factor given for the confirmation (an event), instead of a second person.
    factor = second_factor()
    answered_by = person(_("受让方代表"))
    made_at = models.DateTimeField(_("发起"), default=clock.now)
    answer_by = models.DateField(_("接收期限"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("转移")
        ordering = ("-pk",)
        constraints = [
            two_people(
                "transfer_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="factor",
            ),
            models.CheckConstraint(
                name="transfer_to_another_account",
                condition=~Q(source=F("target")),
                violation_error_code="same_account",
                violation_error_message=_("转入和转出不能是同一个账户"),
            ),
            models.CheckConstraint(
                name="transfer_positive",
                condition=Q(quantity_t__gt=0),
                violation_error_code="bad_quantity",
                violation_error_message=_("数量是大于 0 的整吨"),
            ),
            models.CheckConstraint(
                name="transfer_completed_by_two",
                condition=~Q(state=OrderState.COMPLETED)
                | Q(confirmed_by__isnull=False, answered_by__isnull=False, journal__isnull=False),
                violation_error_code="not_confirmed",
                violation_error_message=_("转移要经确认代表确认、受让方接收"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="transfer_alone_with_factor",
                act="registry.confirm_transfer",
                account="source",
                one="made_by",
                other="confirmed_by",
            ),
            Moves(name="transfer_moves", moves=TRANSFER_MOVES, start=[OrderState.CONFIRMING]),
            Guard(
                name="transfer_answered_in_time",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="expired",
                message=_("这笔转移过了接收期限，减排量会退回转出账户，请对方重新发起"),
                body="""
                    IF NEW.state = 'COMPLETED' AND (SELECT (business_at AT TIME ZONE 'Asia/Shanghai')::date FROM registry_journal
                        WHERE id = NEW.journal_id) > NEW.answer_by THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"ZYSQ-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return TRANSFER_BADGES[OrderState(self.state)]


class RetirementQuerySet(models.QuerySet["Retirement"]):
    """Retirements."""

    def visible_to(self, user: Any) -> RetirementQuerySet:
        """One's own, and the bureau's by division."""
        return self.filter(
            scope(user).rows(division="account__organisation__division", organisations=("account__organisation",))
        )


class Retirement(models.Model):
    """An order to retire units for a purpose and a beneficiary: made and confirmed by two of the holder, reviewed and approved by two
    of the registry.
    """

    State = RetirementState
    MOVES = RETIREMENT_MOVES

    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="retirements", verbose_name=_("账户"))
    kind = models.CharField(_("用途类别"), max_length=12, choices=RetirementKind.choices)
    beneficiary = models.CharField(_("受益方"), max_length=48)
    purpose = models.CharField(_("用途"), max_length=100)
    # What the kind goes back to: boundary and year, a court's document, a decision (states.BASIS).
    basis = models.CharField(_("依据"), max_length=100, blank=True)
    quantity_t = models.BigIntegerField(_("数量 t"))
    state = models.CharField(
        _("状态"), max_length=12, choices=RetirementState.choices, default=RetirementState.CONFIRMING
    )
    reserved = models.OneToOneField(Journal, models.PROTECT, related_name="+", verbose_name=_("预留流水"))
    journal = models.OneToOneField(
        Journal, models.PROTECT, null=True, related_name="retirement", verbose_name=_("流水")
    )
    # The case of fraud whose false tonnes it replaces.
    case = models.ForeignKey(
        "FraudCase", models.PROTECT, null=True, blank=True, related_name="replacements", verbose_name=_("补足的案件")
    )
    made_by = person(_("发起代表"))
    confirmed_by = person(_("确认代表"))
    # A natural person acts alone: the second factor given for the confirmation (an event), instead of a second person.
    factor = second_factor()
    reviewed_by = person(_("审核人"))
    approved_by = person(_("复核人"))
    made_at = models.DateTimeField(_("发起"), default=clock.now)
    retired_at = models.DateTimeField(_("注销"), null=True)

    objects = RetirementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("注销")
        ordering = ("-pk",)
        constraints = [
            two_people(
                "retirement_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="factor",
            ),
            two_people("retirement_not_approved_by_maker", "made_by", "approved_by", _("发起的人不能审批")),
            two_people("retirement_approved_by_another", "confirmed_by", "approved_by", _("确认的人不能审批")),
            two_people("retirement_not_reviewed_by_maker", "made_by", "reviewed_by", _("发起的人不能审核")),
            two_people("retirement_not_reviewed_by_checker", "confirmed_by", "reviewed_by", _("确认的人不能审核")),
            two_people("retirement_second_officer", "reviewed_by", "approved_by", SECOND_OFFICER),
            models.CheckConstraint(
                name="retirement_has_basis",
                condition=~Q(kind__in=list(BASIS)) | ~Q(basis=""),
                violation_error_code="no_basis",
                violation_error_message=_("这一类注销要写明依据"),
            ),
            models.CheckConstraint(
                name="retirement_positive",
                condition=Q(quantity_t__gt=0),
                violation_error_code="bad_quantity",
                violation_error_message=_("数量是大于 0 的整吨"),
            ),
            models.CheckConstraint(
                name="retirement_replaces_for_a_case",
                condition=Q(kind=RetirementKind.SUBSTITUTE, case__isnull=False)
                | (~Q(kind=RetirementKind.SUBSTITUTE) & Q(case=None)),
                violation_error_code="no_case",
                violation_error_message=_("等量注销要对应一件认定虚假的案件"),
            ),
            models.CheckConstraint(
                name="retirement_done_by_four",
                condition=~Q(state=RetirementState.RETIRED)
                | Q(
                    confirmed_by__isnull=False,
                    reviewed_by__isnull=False,
                    approved_by__isnull=False,
                    journal__isnull=False,
                    retired_at__isnull=False,
                ),
                violation_error_code="not_confirmed",
                violation_error_message=_("注销要经确认代表确认、登记机构两名人员审核和复核"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="retirement_alone_with_factor",
                act="registry.confirm_retirement",
                account="account",
                one="made_by",
                other="confirmed_by",
            ),
            Moves(name="retirement_moves", moves=RETIREMENT_MOVES, start=[RetirementState.CONFIRMING]),
            NotForEachOther(
                name="retirement_second_officer_no_deputy",
                one=("reviewed_by", "registry.review_retirement"),
                other=("approved_by", "registry.approve_retirement"),
                message=SECOND_OFFICER,
            ),
            Guard(
                name="retirement_counts_to_case",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="case_does_not_add_up",
                message=_("案件写的注销吨数和账上的不一致，没有办理"),
                body=COUNTS_TO_CASE,
            ),
        ]

    def __str__(self) -> str:
        return f"ZXSQ-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return RETIREMENT_BADGES[RetirementState(self.state)]
