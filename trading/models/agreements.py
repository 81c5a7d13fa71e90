"""Agreements: units of one holder for money of another, at a price the two have agreed on outside the portal (协议转让)."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from projects.models import person, second_factor, two_people
from registry.models import AloneWithFactor, Batch, Block, HoldingAccount, Journal
from trading.states import AGREEMENT_BADGES, AGREEMENT_MOVES, AgreementState


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Agreements."""

    def visible_to(self, user: Any) -> AgreementQuerySet:
        """The seller's own, the buyer's once it is offered, the bureau's by the seller's division."""
        reach = scope(user)
        return self.filter(
            reach.rows(division="seller__organisation__division", organisations=("seller__organisation",))
            | Q(~Q(state=AgreementState.CONFIRMING), reach.rows(organisations=("buyer__organisation",)))
        )

    def delivered(self) -> AgreementQuerySet:
        """Those whose money is confirmed and whose units have moved, oldest delivery first."""
        return self.filter(state=AgreementState.DELIVERED).order_by("journal_id")


class Agreement(models.Model):
    """So many tonnes at a price in fen per tonne. Its terms never change; only its state and who took which step do."""

    State = AgreementState
    MOVES = AGREEMENT_MOVES

    seller = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="sales", verbose_name=_("出让方账户"))
    buyer = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="purchases", verbose_name=_("受让方账户"))
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("指定批次")
    )
    quantity_t = models.BigIntegerField(_("数量 t"))
    price_fen = models.BigIntegerField(_("单价 分/t"))
    amount_fen = models.BigIntegerField(_("金额 分"))
    fee_fen = models.BigIntegerField(_("手续费 分"), default=0)
    terms = models.CharField(_("约定"), max_length=500, blank=True)
    due_on = models.DateField(_("有效期至"))
    state = models.CharField(
        _("状态"), max_length=16, choices=AgreementState.choices, default=AgreementState.CONFIRMING
    )
    reserved = models.OneToOneField(Journal, models.PROTECT, related_name="+", verbose_name=_("预留流水"))
    journal = models.OneToOneField(
        Journal, models.PROTECT, null=True, blank=True, related_name="agreement", verbose_name=_("转移流水")
    )
    made_by = person(_("出让方发起代表"))
    confirmed_by = person(_("出让方确认代表"))
    # A natural person acts alone: the second factor given for the confirmation, on either side.
    seller_factor = second_factor()
    accepted_by = person(_("受让方发起代表"))
    ordered_by = person(_("受让方确认代表"))
    buyer_factor = second_factor()
    made_at = models.DateTimeField(_("发起"), default=clock.now)
    delivered_at = models.DateTimeField(_("交割"), null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("协议转让")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "due_on"], name="agreement_state_due")]
        constraints = [
            two_people(
                "agreement_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="seller_factor",
            ),
            two_people(
                "agreement_ordered_by_another",
                "accepted_by",
                "ordered_by",
                _("接受和确认付款要是两个人"),
                alone="buyer_factor",
            ),
            models.CheckConstraint(
                name="agreement_between_two",
                condition=~Q(seller=F("buyer")),
                violation_error_code="same_account",
                violation_error_message=_("出让方和受让方不能是同一个账户"),
            ),
            models.CheckConstraint(
                name="agreement_amount",
                condition=Q(quantity_t__gt=0, price_fen__gt=0, amount_fen=F("quantity_t") * F("price_fen")),
                violation_error_code="bad_amount",
                violation_error_message=_("金额等于整吨数乘以单价，都要大于 0"),
            ),
            models.CheckConstraint(
                name="agreement_fee",
                condition=Q(fee_fen__gte=0, fee_fen__lte=F("amount_fen")),
                violation_error_code="bad_fee",
                violation_error_message=_("手续费不能为负，也不能多于金额"),
            ),
            models.CheckConstraint(
                name="agreement_delivered_by_four",
                condition=~Q(state=AgreementState.DELIVERED)
                | Q(
                    confirmed_by__isnull=False,
                    accepted_by__isnull=False,
                    ordered_by__isnull=False,
                    journal__isnull=False,
                    delivered_at__isnull=False,
                ),
                violation_error_code="not_confirmed",
                violation_error_message=_("交割要经双方各两位代表办理，并有转移流水"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="agreement_sold_alone_with_factor",
                act="trading.confirm_agreement",
                account="seller",
                one="made_by",
                other="confirmed_by",
                factor="seller_factor",
            ),
            AloneWithFactor(
                name="agreement_bought_alone_with_factor",
                act="trading.order_payment",
                account="buyer",
                one="accepted_by",
                other="ordered_by",
                factor="buyer_factor",
            ),
            AppendOnly(
                name="agreement_fixed",
                may_change=[
                    *("state", "confirmed_by", "accepted_by", "ordered_by", "journal", "delivered_at"),
                    *("seller_factor", "buyer_factor"),
                ],
                code="agreement_fixed",
                message=_("协议的双方、数量和价款定了就不能改，也不能删除；要改请取消后重新发起"),
            ),
            Moves(name="agreement_moves", moves=AGREEMENT_MOVES, start=[AgreementState.CONFIRMING]),
            # Units for money: the units have moved only if the bank has confirmed the money, in the same transaction.
            Guard(
                name="agreement_delivered_is_paid",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="not_paid",
                message=_("结算银行没有确认到账，不能交割"),
                body="""
                    IF NEW.state = 'DELIVERED' AND NOT EXISTS (
                        SELECT 1 FROM trading_cashinstruction i JOIN trading_cashjournal c ON c.instruction_id = i.id
                        WHERE i.agreement_id = NEW.id AND i.state = 'PAID'
                    ) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"XY-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def payable_fen(self) -> int:
        """What the seller receives."""
        return self.amount_fen - self.fee_fen

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return AGREEMENT_BADGES[AgreementState(self.state)]

    def delivered_blocks(self) -> models.QuerySet[Block]:
        """Return the blocks the delivery gave to the buyer, with their project and batch; none before it."""
        blocks = Block.objects.filter(opened_by=self.journal_id) if self.journal_id else Block.objects.none()
        return blocks.select_related("series__project", "batch__period").order_by("series_id", "serials")
