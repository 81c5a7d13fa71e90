"""Pledge (质押): units that secure a creditor's claim stay with their holder and cannot be used until the creditor lets them go."""

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
from registry.models.accounts import HoldingAccount
from registry.models.alone import AloneWithFactor
from registry.models.books import Batch, Block
from registry.models.holding import hold_has_its_units
from registry.states import PLEDGE_BADGES, PLEDGE_MOVES, PledgeState, UnitState

_STEPS = (
    "confirmed_by",
    "factor",
    "answered_by",
    "accepted_at",
    "requested_by",
    "requested_at",
    "released_by",
    "ended_at",
)


class PledgeQuerySet(models.QuerySet["Pledge"]):
    """Pledges."""

    def visible_to(self, user: Any) -> PledgeQuerySet:
        """Both parties' and the bureau's by division; the creditor's once the holder's two people have agreed."""
        reach = scope(user)
        own = reach.rows(division="account__organisation__division", organisations=("account__organisation",))
        theirs = reach.rows(organisations=("creditor__organisation",))
        return self.filter(own | (~Q(state=PledgeState.CONFIRMING) & theirs))


class Pledge(models.Model):
    """So many tonnes of an account for a creditor, by a contract: made, confirmed, accepted; then released or enforced."""

    State = PledgeState
    MOVES = PLEDGE_MOVES
    HELD, ENTRY = UnitState.PLEDGED, "pledge"

    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="pledges", verbose_name=_("出质账户"))
    creditor = models.ForeignKey(
        HoldingAccount, models.PROTECT, related_name="pledges_held", verbose_name=_("质权人账户")
    )
    quantity_t = models.BigIntegerField(_("数量 t"))
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", verbose_name=_("批次"))
    contract_no = models.CharField(_("质押合同号"), max_length=100)
    reason = models.TextField(_("事由"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=PledgeState.choices, default=PledgeState.CONFIRMING)
    held_t = models.BigIntegerField(_("质押中 t"), default=0)
    enforced_t = models.BigIntegerField(_("已处置 t"), default=0)
    made_by = person(_("发起代表"))
    made_at = models.DateTimeField(_("发起"), default=clock.now)
    confirmed_by = person(_("确认代表"))
    # A natural person acts alone: the second factor given for the confirmation (an event), instead of a second person.
    factor = second_factor()
    answered_by = person(_("质权人代表"))
    accepted_at = models.DateTimeField(_("质权人接受"), null=True)
    # The creditor says the debtor is in default and asks for the units; the office carries it out by a document.
    requested_by = person(_("申请处置人"))
    requested_at = models.DateTimeField(_("申请处置"), null=True)
    released_by = person(_("解押人"))
    ended_at = models.DateTimeField(_("结束"), null=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("质押")
        ordering = ("-pk",)
        constraints = [
            two_people(
                "pledge_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="factor",
            ),
            models.CheckConstraint(
                name="pledge_to_another",
                condition=~Q(account=F("creditor")) & ~Q(contract_no=""),
                violation_error_code="same_account",
                violation_error_message=_("质权人要是另一个账户，并写明合同号"),
            ),
            models.CheckConstraint(
                name="pledge_holds_what_it_says",
                condition=Q(quantity_t__gt=0, held_t__gte=0, enforced_t__gte=0)
                & (
                    Q(
                        state=PledgeState.IN_FORCE,
                        quantity_t=F("held_t") + F("enforced_t"),
                        held_t__gt=0,
                        confirmed_by__isnull=False,
                        answered_by__isnull=False,
                        accepted_at__isnull=False,
                    )
                    | Q(state__in=[PledgeState.RELEASED, PledgeState.ENFORCED], held_t=0, ended_at__isnull=False)
                    | Q(
                        state__in=[
                            PledgeState.CONFIRMING,
                            PledgeState.OFFERED,
                            PledgeState.REFUSED,
                            PledgeState.CANCELLED,
                        ],
                        held_t=0,
                        enforced_t=0,
                    )
                ),
                violation_error_code="bad_quantity",
                violation_error_message=_("质押中的吨数要等于合同的数量，由双方三个人办成；结束后不再占着减排量"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="pledge_alone_with_factor",
                act="registry.confirm_pledge",
                account="account",
                one="made_by",
                other="confirmed_by",
            ),
            Moves(name="pledge_moves", moves=PLEDGE_MOVES, start=[PledgeState.CONFIRMING]),
            AppendOnly(name="pledge_as_made", may_change=("state", "held_t", "enforced_t", *_STEPS)),
            Guard(
                name="pledge_enforced_by_deed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="no_deed",
                message=_("质押处置要有两位人员办结的文书"),
                body="""
                    IF NEW.enforced_t IS DISTINCT FROM coalesce((
                        SELECT sum(d.quantity_t) FROM registry_deed d
                        WHERE d.pledge_id = NEW.id AND d.kind = 'DISPOSE' AND d.state = 'DONE'), 0)
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="pledge_has_its_units",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("质押的吨数和账上质押的减排量不一致，没有办理"),
                body=hold_has_its_units("pledge", UnitState.PLEDGED),
            ),
        ]

    def __str__(self) -> str:
        return f"ZYA-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return PLEDGE_BADGES[PledgeState(self.state)]

    def blocks(self) -> Any:
        """Return the units it holds now, in order of their serials."""
        rows = Block.objects.open().filter(state=UnitState.PLEDGED, opened_by__in=self.entries.values("journal"))
        return rows.select_related("batch", "holder", "series").order_by("series_id", "serials")
