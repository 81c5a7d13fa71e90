"""Compliance offset (履约抵销): what a market lets an emitter offset in a year, who filed how much, and what was taken of it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Organisation, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from registry.models import Retirement
from trading.states import CapBase


def _adds_up(name: str, below: str, column: str, key: str) -> Guard:
    """Return the rule that ``used_t`` is the sum of what stands below a row, compared when the transaction commits."""
    return Guard(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        code="bad_count",
        message=_("已用的吨数和各笔之和不一致"),
        body=f"""
            IF NEW.used_t IS DISTINCT FROM (SELECT coalesce(sum({column}), 0) FROM {below} WHERE {key} = NEW.id) THEN {{refuse}} END IF;
            RETURN NULL;
        """,  # noqa: S608  names, not values
    )


class ComplianceRule(models.Model):
    """A market's rule for one year (domain §5.3). Its ratio and dates come from an instrument or carry their evidence class."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    market = models.CharField(_("市场"), max_length=60)
    year = models.PositiveSmallIntegerField(_("履约年度"))
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("排放单位所在区划")
    )
    base = models.CharField(_("上限的基数"), max_length=10, choices=CapBase.choices)
    ratio = models.DecimalField(_("比例"), max_digits=5, decimal_places=4)
    within_shortfall = models.BooleanField(_("同时不超过缺口"))
    quota_t = models.BigIntegerField(_("全市场总量 t"), null=True, blank=True)
    used_t = models.BigIntegerField(_("总量已用 t"), default=0)
    vintage_from = models.PositiveSmallIntegerField(_("年份不早于"), null=True, blank=True)
    opens_on = models.DateField(_("受理起"), null=True, blank=True)
    closes_on = models.DateField(_("受理止"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=200)
    evidence = models.CharField(_("证据等级"), max_length=1)

    class Meta:
        verbose_name = verbose_name_plural = _("履约抵销规则")
        ordering = ("-year", "code")
        constraints = [
            models.CheckConstraint(
                name="compliance_within_quota",
                condition=Q(used_t__gte=0) & (Q(quota_t=None) | Q(used_t__lte=F("quota_t"))),
                violation_error_code="quota_used_up",
                violation_error_message=_("全市场的抵销总量不够了"),
            ),
            models.CheckConstraint(
                name="compliance_ratio",
                condition=Q(ratio__gt=0, ratio__lte=1),
                violation_error_code="bad_ratio",
                violation_error_message=_("抵销比例在 0 和 1 之间"),
            ),
        ]
        triggers = [
            AppendOnly(name="compliance_rule_stays", may_change=["used_t"]),
            _adds_up("compliance_rule_adds_up", "trading_compliancefiling", "used_t", "rule_id"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.year}"

    @property
    def percent(self) -> str:
        """The ratio in percent, without zeros at the end."""
        return f"{(self.ratio * 100).normalize():f}"

    def open_on(self, day: Any) -> bool:
        """Tell whether filings are taken on a day; a rule without dates is history."""
        return self.opens_on is not None and self.closes_on is not None and self.opens_on <= day <= self.closes_on


class ComplianceFilingQuerySet(models.QuerySet["ComplianceFiling"]):
    """Filings."""

    def visible_to(self, user: Any) -> ComplianceFilingQuerySet:
        """One's own, and the bureau's by division."""
        return self.filter(scope(user).rows(division="emitter__division", organisations=("emitter",)))


class ComplianceFiling(models.Model):
    """An emitter's year: its allowance and verified emission, the most it may offset, and what was taken of that, in tonnes."""

    rule = models.ForeignKey(ComplianceRule, models.PROTECT, related_name="filings", verbose_name=_("规则"))
    emitter = models.ForeignKey(
        Organisation, models.PROTECT, related_name="compliance_filings", verbose_name=_("排放单位")
    )
    allowance_t = models.BigIntegerField(_("初始配额 t"))
    emission_t = models.BigIntegerField(_("经核查排放量 t"))
    cap_t = models.BigIntegerField(_("抵销上限 t"))
    used_t = models.BigIntegerField(_("已抵销 t"), default=0)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申报人"))
    filed_at = models.DateTimeField(_("申报"), default=clock.now)

    objects = ComplianceFilingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("履约抵销申报")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="compliance_filing_once",
                fields=["rule", "emitter"],
                violation_error_code="filed_already",
                violation_error_message=_("这个年度已经申报过配额和排放量"),
            ),
            models.CheckConstraint(
                name="compliance_within_cap",
                condition=Q(allowance_t__gte=0, emission_t__gte=0, used_t__gte=0, used_t__lte=F("cap_t")),
                violation_error_code="over_cap",
                violation_error_message=_("累计抵销量超过了本单位的上限"),
            ),
        ]
        triggers = [
            AppendOnly(name="compliance_filing_stays", may_change=["used_t"]),
            _adds_up("compliance_filing_adds_up", "trading_complianceretirement", "taken_t", "filing_id"),
            Guard(
                name="compliance_cap_by_rule",
                operation=pgtrigger.Insert,
                code="bad_cap",
                message=_("抵销上限和规则算出的不一致"),
                body="""
                    IF NEW.cap_t IS DISTINCT FROM (
                        SELECT least(
                            floor(r.ratio * CASE r.base WHEN 'ALLOWANCE' THEN NEW.allowance_t WHEN 'EMISSION' THEN NEW.emission_t
                                ELSE greatest(NEW.emission_t - NEW.allowance_t, 0) END),
                            CASE WHEN r.within_shortfall THEN greatest(NEW.emission_t - NEW.allowance_t, 0) END)
                        FROM trading_compliancerule r WHERE r.id = NEW.rule_id
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emitter} {self.rule}"


class ComplianceRetirement(models.Model):
    """A retirement asked for under a filing; ``taken_t`` is what it took of cap and quota, once it was approved."""

    filing = models.ForeignKey(ComplianceFiling, models.PROTECT, related_name="orders", verbose_name=_("申报"))
    retirement = models.OneToOneField(Retirement, models.PROTECT, related_name="for_compliance", verbose_name=_("注销"))
    taken_t = models.BigIntegerField(_("占用 t"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("履约抵销的注销")
        ordering = ("-pk",)
        triggers = [
            AppendOnly(name="compliance_retirement_stays", may_change=["taken_t"]),
            Guard(
                name="compliance_retirement_fits",
                operation=pgtrigger.Insert,
                code="bad_kind",
                message=_("履约抵销的注销要由排放单位自己的账户发起"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM registry_retirement r
                        JOIN registry_holdingaccount a ON a.id = r.account_id
                        JOIN trading_compliancefiling f ON f.id = NEW.filing_id
                        WHERE r.id = NEW.retirement_id AND r.kind = 'COMPLIANCE' AND a.organisation_id = f.emitter_id
                    ) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            # Everything that was approved is counted, and nothing else.
            Guard(
                name="compliance_counts_what_was_retired",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="bad_count",
                message=_("抵销占用的吨数和批准注销的吨数不一致"),
                body="""
                    IF NEW.taken_t IS DISTINCT FROM (
                            SELECT CASE WHEN state = 'RETIRED' THEN quantity_t ELSE 0 END FROM registry_retirement
                            WHERE id = NEW.retirement_id)
                        OR (SELECT used_t FROM trading_compliancefiling WHERE id = NEW.filing_id) IS DISTINCT FROM (
                            SELECT sum(taken_t) FROM trading_complianceretirement WHERE filing_id = NEW.filing_id)
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.retirement)
