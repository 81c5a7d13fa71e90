"""Events that are neutralised: what they emitted, item by item, and exactly the retired serials that make up for it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Organisation
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from kernel.quantities import MG_PER_T
from methodologies.models import Method
from projects.models import person, two_people
from registry.models import Block, Retirement, Series
from trading.states import EVENT_BADGES, EVENT_MOVES, Category, EventKind, EventState


class EventQuerySet(models.QuerySet["NeutralEvent"]):
    """Events."""

    def visible_to(self, user: Any) -> EventQuerySet:
        """The organiser's own, and the bureau's by division."""
        return self.filter(scope(user).rows(division="organiser__division", organisations=("organiser",)))

    def public(self) -> EventQuerySet:
        """What anybody may read: events that have been neutralised."""
        return self.filter(state=EventState.NEUTRAL)


class NeutralEvent(models.Model):
    """An event of an organiser. What it is does not change; what it emitted is fixed when a second person closes the inventory.

    ``total_mg`` is its emission in milligrams of CO2e, ``needed_t`` the whole units to retire, rounded up.
    """

    State = EventState
    MOVES = EVENT_MOVES

    number = models.CharField(_("活动编号"), max_length=30, unique=True)
    organiser = models.ForeignKey(Organisation, models.PROTECT, related_name="events", verbose_name=_("主办单位"))
    name = models.CharField(_("活动名称"), max_length=48)
    kind = models.CharField(_("活动类型"), max_length=12, choices=EventKind.choices)
    place = models.CharField(_("举办地点"), max_length=30)
    region = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("所在省份"))
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    boundary = models.CharField(_("核算边界"), max_length=60)
    state = models.CharField(_("状态"), max_length=12, choices=EventState.choices, default=EventState.PLANNED)
    total_mg = models.BigIntegerField(_("排放总量 mg"), null=True, blank=True)
    needed_t = models.BigIntegerField(_("应注销 t"), null=True, blank=True)
    made_by = person(_("发起代表"))
    closed_by = person(_("确认代表"))
    made_at = models.DateTimeField(_("建立"), default=clock.now)
    closed_at = models.DateTimeField(_("核算确认"), null=True, blank=True)
    neutral_at = models.DateTimeField(_("实现碳中和"), null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("活动碳中和")
        ordering = ("-pk",)
        constraints = [
            two_people("event_closed_by_another", "made_by", "closed_by", _("发起代表和确认代表要是两个人")),
            models.CheckConstraint(
                name="event_days",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_code="bad_days",
                violation_error_message=_("结束日期不能早于开始日期"),
            ),
            models.CheckConstraint(
                name="event_needs_whole_tonnes",
                condition=Q(
                    Q(state__in=[EventState.PLANNED, EventState.CANCELLED]),
                    total_mg=None,
                    needed_t=None,
                    closed_by=None,
                    closed_at=None,
                )
                | Q(
                    ~Q(state=EventState.PLANNED),
                    total_mg__isnull=False,  # a check that comes to NULL passes
                    needed_t__isnull=False,
                    needed_t__gte=1,
                    closed_by__isnull=False,
                    closed_at__isnull=False,
                    total_mg__lte=F("needed_t") * MG_PER_T,
                    total_mg__gt=(F("needed_t") - 1) * MG_PER_T,
                ),
                violation_error_code="bad_total",
                violation_error_message=_("核算确认后才有排放总量，应注销的吨数是总量向上取整"),
            ),
        ]
        triggers = [
            AppendOnly(
                name="event_fixed",
                may_change=["state", "total_mg", "needed_t", "closed_by", "closed_at", "neutral_at"],
                code="event_fixed",
                message=_("活动的名称、时间、地点和边界定了就不能改，也不能删除；要改请取消后重新建立"),
            ),
            Moves(name="event_moves", moves=EVENT_MOVES, start=[EventState.PLANNED]),
            Guard(
                name="event_neutral_is_offset",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="not_offset",
                message=_("注销的减排量不够这次活动的排放，不能宣布碳中和"),
                body="""
                    IF NEW.state = 'NEUTRAL' AND (NEW.neutral_at IS NULL OR NEW.needed_t IS NULL OR NEW.needed_t > (
                        SELECT coalesce(sum(upper(serials) - lower(serials)), 0)
                        FROM trading_eventoffset WHERE event_id = NEW.id
                    )) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return EVENT_BADGES[EventState(self.state)]


class ItemQuerySet(models.QuerySet["EmissionItem"]):
    """Items of inventories."""

    def visible_to(self, user: Any) -> ItemQuerySet:
        """Those of the events one may see."""
        return self.filter(event__in=NeutralEvent.objects.visible_to(user))


class EmissionItem(models.Model):
    """One line of an event's inventory: what was used, by which method's document, and what that emitted in milligrams."""

    event = models.ForeignKey(NeutralEvent, models.PROTECT, related_name="items", verbose_name=_("活动"))
    category = models.CharField(_("排放类别"), max_length=10, choices=Category.choices)
    method = models.ForeignKey(Method, models.PROTECT, related_name="+", verbose_name=_("方法学"))
    inputs = models.JSONField(_("输入"))
    factors = models.JSONField(_("因子"))
    emission_mg = models.BigIntegerField(_("排放量 mg"))
    evidence = models.CharField(_("依据"), max_length=200)
    recorded_by = person(_("填报人"))
    recorded_at = models.DateTimeField(_("填报"), default=clock.now)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("排放清单")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="emission_item_not_negative",
                condition=Q(emission_mg__gte=0),
                violation_error_code="bad_emission",
                violation_error_message=_("排放量不能低于零"),
            )
        ]
        triggers = [
            Guard(
                name="emission_item_frozen",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                code="inventory_closed",
                message=_("核算已确认，清单不能再改；要改请先退回核算"),
                body="""
                    IF TG_OP = 'UPDATE' OR (SELECT state FROM trading_neutralevent
                        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END) <> 'PLANNED'
                    THEN {refuse} END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.method.number}"


class EventRetirement(models.Model):
    """A retirement asked for on behalf of an event. One retirement serves one event."""

    event = models.ForeignKey(NeutralEvent, models.PROTECT, related_name="orders", verbose_name=_("活动"))
    retirement = models.ForeignKey(Retirement, models.PROTECT, related_name="for_events", verbose_name=_("注销"))

    class Meta:
        verbose_name = verbose_name_plural = _("活动的注销")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                name="event_retirement_once",
                fields=["retirement"],
                violation_error_code="already_used",
                violation_error_message=_("这笔注销已用于另一个活动，不能再用"),
            )
        ]
        triggers = [
            AppendOnly(name="event_retirement_append_only"),
            Guard(
                name="event_retirement_fits",
                operation=pgtrigger.Insert,
                code="not_enough_for_event",
                message=_("注销要由主办单位为这个活动发起，数量不少于应注销的吨数"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM registry_retirement r
                        JOIN registry_holdingaccount a ON a.id = r.account_id
                        JOIN trading_neutralevent e ON e.id = NEW.event_id
                        WHERE r.id = NEW.retirement_id AND r.kind = 'EVENT'
                          AND a.organisation_id = e.organiser_id AND r.quantity_t >= e.needed_t
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]


class EventOffset(models.Model):
    """A run of retired serials that neutralises one event, and never another."""

    event = models.ForeignKey(NeutralEvent, models.PROTECT, related_name="offsets", verbose_name=_("活动"))
    block = models.ForeignKey(Block, models.PROTECT, related_name="+", verbose_name=_("减排量"))
    series = models.ForeignKey(Series, models.PROTECT, related_name="+", verbose_name=_("编号序列"))
    serials = BigIntegerRangeField(_("编号区间"))

    class Meta:
        verbose_name = verbose_name_plural = _("活动抵消")
        ordering = ("pk",)
        constraints = [
            ExclusionConstraint(
                name="event_offset_serials_once",
                expressions=[("series", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
                violation_error_code="already_used",
                violation_error_message=_("这些编号已用于另一个活动，不能再用"),
            )
        ]
        triggers = [
            AppendOnly(name="event_offset_append_only"),
            Guard(
                name="event_offset_is_retired",
                operation=pgtrigger.Insert,
                code="not_retired",
                message=_("只有为这个活动注销的编号才能抵消它"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM registry_block k
                        JOIN registry_retirement r ON r.journal_id = k.opened_by_id
                        JOIN trading_eventretirement o ON o.retirement_id = r.id AND o.event_id = NEW.event_id
                        WHERE k.id = NEW.block_id AND k.state = 'RETIRED'
                          AND k.series_id = NEW.series_id AND k.serials = NEW.serials
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]
