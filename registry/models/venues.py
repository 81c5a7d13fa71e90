"""External exchanges: which there are, which account stands at which, what went there, what was traded there, and their books."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.scope import Scope, scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from projects.models import person, second_factor, two_people
from registry.models.accounts import HoldingAccount
from registry.models.alone import AloneWithFactor
from registry.models.books import Batch, Journal
from registry.states import (
    VENUE_ORDER_BADGES,
    VENUE_ORDER_MOVES,
    VENUE_REPORT_BADGES,
    VENUE_REPORT_MOVES,
    UnitState,
    VenueOrderState,
    VenueReportState,
    VenueWay,
)


class VenueQuerySet(models.QuerySet["Venue"]):
    """Venues."""

    def visible_to(self, user: Any) -> VenueQuerySet:
        """The venue's own, and the bureau's by division."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


class Venue(models.Model):
    """An exchange outside the portal: approved, and connected by a signed key. Units at it stay in the registry's books."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="venue", verbose_name=_("交易机构"))
    approved_by = models.CharField(_("批准单位"), max_length=100)
    approval_no = models.CharField(_("批准文号"), max_length=100)
    approved_on = models.DateField(_("批准日期"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人员"))
    opened_at = models.DateTimeField(_("接入"), default=clock.now)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("交易机构")
        triggers = [AppendOnly(name="venue_append_only")]

    def __str__(self) -> str:
        return self.organisation.name

    def surely_within(self, reach: Scope) -> bool:
        """Tell whether a scope has the venue's organisation, which never changes: a verb then need not ask the database."""
        return self.organisation_id in reach.organisations


class Seat(models.Model):
    """That an account stands at a venue: at one at a time, so that what it holds for trading is there and nowhere else."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="seats", verbose_name=_("交易机构"))
    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="seats", verbose_name=_("账户"))
    opened_at = models.DateTimeField(_("起"), default=clock.now)
    closed_at = models.DateTimeField(_("止"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("交易账户")
        constraints = [
            models.UniqueConstraint(
                name="seat_at_one_venue",
                fields=["account"],
                condition=Q(closed_at=None),
                violation_error_code="at_another_venue",
                violation_error_message=_("这个账户已在另一家交易机构，全部转出以后才能换"),
            ),
        ]
        triggers = [
            AppendOnly(name="seat_append_only", may_change=("closed_at",)),
            Guard(
                name="seat_left_empty",
                operation=pgtrigger.Update,
                code="at_another_venue",
                message=_("这个账户在交易机构还有减排量，全部转出以后才能换"),
                body="""
                    IF OLD.closed_at IS NOT NULL OR EXISTS (
                        SELECT 1 FROM registry_block WHERE holder_id = OLD.account_id AND closed_by_id IS NULL
                            AND state IN ('TRADING', 'JUDICIAL_FROZEN', 'SUSPENDED')
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account.number} @ {self.venue_id}"


class VenueOrderQuerySet(models.QuerySet["VenueOrder"]):
    """Orders to and from venues."""

    def visible_to(self, user: Any) -> VenueOrderQuerySet:
        """The holder's own, the venue's once confirmed, and the bureau's by division."""
        return self.filter(
            scope(user).rows(division="account__organisation__division", organisations=("account__organisation",))
            | Q(state=VenueOrderState.DONE) & scope(user).rows(organisations=("venue__organisation",))
        )


class VenueOrder(models.Model):
    """Units of an account taken to a venue (the holder asks, two people) or back from it (the venue asks)."""

    State = VenueOrderState
    MOVES = VENUE_ORDER_MOVES

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="orders", verbose_name=_("交易机构"))
    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="venue_orders", verbose_name=_("账户"))
    way = models.CharField(_("方向"), max_length=3, choices=VenueWay.choices)
    # The venue's own number of a way out; a way in has none.
    number = models.CharField(_("交易机构单号"), max_length=64, blank=True)
    quantity_t = models.BigIntegerField(_("数量 t"))
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", verbose_name=_("批次"))
    reason = models.TextField(_("事由"), blank=True)
    state = models.CharField(
        _("状态"), max_length=10, choices=VenueOrderState.choices, default=VenueOrderState.CONFIRMING
    )
    journal = models.OneToOneField(
        Journal, models.PROTECT, null=True, related_name="venue_order", verbose_name=_("流水")
    )
    made_by = person(_("发起人"))
    confirmed_by = person(_("确认代表"))
    # A natural person acts alone: the second factor given for the confirmation (an event), instead of a second person.
    factor = second_factor()
    made_at = models.DateTimeField(_("发起"), default=clock.now)

    objects = VenueOrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("划转")
        ordering = ("-pk",)
        constraints = [
            two_people(
                "venue_order_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="factor",
            ),
            models.UniqueConstraint(
                name="venue_order_number_once",
                fields=["venue", "number"],
                condition=~Q(number=""),
                violation_error_code="number_used",
                violation_error_message=_("这个交易机构单号已用过"),
            ),
            models.CheckConstraint(
                name="venue_order_positive",
                condition=Q(quantity_t__gt=0),
                violation_error_code="bad_quantity",
                violation_error_message=_("数量是大于 0 的整吨"),
            ),
            models.CheckConstraint(
                name="venue_order_done_with_journal",
                condition=Q(
                    state=VenueOrderState.DONE, journal__isnull=False, way=VenueWay.IN, confirmed_by__isnull=False
                )
                | Q(state=VenueOrderState.DONE, journal__isnull=False, way=VenueWay.OUT) & ~Q(number="")
                | (~Q(state=VenueOrderState.DONE) & Q(journal=None)),
                violation_error_code="not_confirmed",
                violation_error_message=_("划转至交易账户要经确认代表确认；转出要有交易机构的单号"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="venue_order_alone_with_factor",
                act="registry.confirm_venue_order",
                account="account",
                one="made_by",
                other="confirmed_by",
            ),
            Moves(
                name="venue_order_moves",
                moves=VENUE_ORDER_MOVES,
                start=[VenueOrderState.CONFIRMING, VenueOrderState.DONE],
            ),
        ]

    def __str__(self) -> str:
        return f"HZSQ-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return VENUE_ORDER_BADGES[VenueOrderState(self.state)]


class TradeQuerySet(models.QuerySet["Trade"]):
    """Trades."""

    def visible_to(self, user: Any) -> TradeQuerySet:
        """The venue's own, both parties', and the bureau's by the venue's division."""
        return self.filter(
            scope(user).rows(
                division="venue__organisation__division",
                organisations=("venue__organisation", "seller__organisation", "buyer__organisation"),
            )
        )


class Trade(models.Model):
    """A trade a venue reported, and the journal that settled it. Its number is the venue's, and counts once."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="trades", verbose_name=_("交易机构"))
    number = models.CharField(_("成交号"), max_length=64)
    seller = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="venue_sales", verbose_name=_("卖方"))
    buyer = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="venue_purchases", verbose_name=_("买方"))
    quantity_t = models.BigIntegerField(_("数量 t"))
    price_fen = models.BigIntegerField(_("单价 分/t"))
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", verbose_name=_("批次"))
    # Where the buyer wants the units: at the venue, or in the account.
    to_state = models.CharField(_("交收至"), max_length=16, choices=UnitState.choices)
    traded_at = models.DateTimeField(_("成交时间"))
    journal = models.OneToOneField(Journal, models.PROTECT, related_name="trade", verbose_name=_("流水"))
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("报送人"))
    reported_at = models.DateTimeField(_("报送"), default=clock.now)

    objects = TradeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("成交")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="trade_once",
                fields=["venue", "number"],
                violation_error_code="trade_known",
                violation_error_message=_("这个成交号已经交收过，内容不同；没有再办"),
            ),
            models.CheckConstraint(
                name="trade_in_whole_figures",
                condition=Q(quantity_t__gt=0, price_fen__gte=0)
                & ~Q(number="")
                & Q(to_state__in=[UnitState.TRADING, UnitState.AVAILABLE]),
                violation_error_code="bad_trade",
                violation_error_message=_("成交要有成交号、大于 0 的整吨和不小于 0 的整分单价，交收到交易账户或可用"),
            ),
            models.CheckConstraint(
                name="trade_between_two",
                condition=~Q(seller=F("buyer")),
                violation_error_code="same_account",
                violation_error_message=_("买方和卖方不能是同一个账户"),
            ),
        ]
        triggers = [
            AppendOnly(name="trade_append_only"),
            Guard(
                name="trade_is_its_journal",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="trade_differs",
                message=_("成交和流水对不上：双方、数量或去向不同"),
                body="""
                    IF (SELECT kind FROM registry_journal WHERE id = NEW.journal_id) <> 'SETTLE'
                        OR (SELECT sum(quantity_t) FROM registry_block
                            WHERE opened_by_id = NEW.journal_id AND holder_id = NEW.buyer_id AND state = NEW.to_state)
                            IS DISTINCT FROM NEW.quantity_t
                        OR EXISTS (SELECT 1 FROM registry_block WHERE closed_by_id = NEW.journal_id
                            AND (holder_id <> NEW.seller_id OR state <> 'TRADING'))
                        OR EXISTS (SELECT 1 FROM registry_block WHERE opened_by_id = NEW.journal_id
                            AND holder_id NOT IN (NEW.seller_id, NEW.buyer_id))
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class VenueReportQuerySet(models.QuerySet["VenueReport"]):
    """Reports."""

    def visible_to(self, user: Any) -> VenueReportQuerySet:
        """The venue's own, and the bureau's by the venue's division."""
        return self.filter(
            scope(user).rows(division="venue__organisation__division", organisations=("venue__organisation",))
        )


class VenueReport(models.Model):
    """What a venue's books say it held for each account at the end of a day, against ours, until an officer has signed it."""

    State = VenueReportState
    MOVES = VENUE_REPORT_MOVES

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="reports", verbose_name=_("交易机构"))
    on = models.DateField(_("对账日"))
    rows = models.JSONField(_("对方余额"))  # account number → whole tonnes
    # [account number, ours, theirs] in whole tonnes, where the two differ
    differences = models.JSONField(_("差异"), default=list)
    accounts = models.PositiveIntegerField(_("账户数"))
    ours_t = models.BigIntegerField(_("登记簿 t"))
    theirs_t = models.BigIntegerField(_("交易机构 t"))
    state = models.CharField(
        _("状态"), max_length=8, choices=VenueReportState.choices, default=VenueReportState.RECEIVED
    )
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("报送人"))
    reported_at = models.DateTimeField(_("报送"), default=clock.now)
    signed_by = person(_("签字人"))

    objects = VenueReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("交易机构对账")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="venue_report_once_a_day",
                fields=["venue", "on"],
                condition=~Q(state=VenueReportState.RETURNED),
                violation_error_code="day_reported",
                violation_error_message=_("这一天的余额已经报送过；有错请先由登记人员退回"),
            ),
            models.CheckConstraint(
                name="venue_report_signed_by_somebody",
                condition=Q(state=VenueReportState.RECEIVED, signed_by=None)
                | (~Q(state=VenueReportState.RECEIVED) & Q(signed_by__isnull=False)),
                violation_error_code="not_signed",
                violation_error_message=_("对账要有人签字或退回"),
            ),
        ]
        triggers = [
            Moves(name="venue_report_moves", moves=VENUE_REPORT_MOVES, start=[VenueReportState.RECEIVED]),
            AppendOnly(name="venue_report_as_sent", may_change=("state", "signed_by")),
        ]

    def __str__(self) -> str:
        return f"{self.venue} {self.on}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return VENUE_REPORT_BADGES[VenueReportState(self.state)]
