"""Monitored periods, what they are computed from, and the figures.

A period of a metered project has monthly energy; a period of a scene's project has a claim, whose acts were counted one by one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, Division, Organisation
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther
from kernel import clock
from methodologies.models import Method
from projects.models.openings import Opening, by_opening
from projects.models.projects import Project, person, two_people
from projects.states import PERIOD_BADGES, PERIOD_MOVES, PERIOD_UNVERIFIED, PeriodState
from scenarios.models import ClaimBatch


class PeriodQuerySet(models.QuerySet["MonitoringPeriod"]):
    """Monitored periods."""

    def visible_to(self, user: Any) -> PeriodQuerySet:
        """The owner's own, the bureau's by division, the commissioned verifier's."""
        return self.filter(scope(user).rows(division="project__division", organisations=("project__owner", "verifier")))

    def verified_on(self, meter_no: str, starts_on: date, ends_on: date) -> PeriodQuerySet:
        """Those from verification on that count what a meter measured on any of these days, in whatever project."""
        rows = self.filter(project__meter_no=meter_no, starts_on__lte=ends_on, ends_on__gte=starts_on)
        return rows.exclude(state__in=PERIOD_UNVERIFIED)


METER_COUNTED = _("这只电表这段时间的电量已在另一个项目里核证过，同一度电不能签发两次")
# A meter is free again when its project is revoked, what it measured is not. Two projects know nothing of each other's rows, so
# who verifies waits for whoever verifies on the same meter.
_METER_ONCE = """
    IF NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY') THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('meter ' || meter_no, 0)) FROM projects_project
            WHERE id = NEW.project_id AND meter_no IS NOT NULL;
        IF EXISTS (
            SELECT 1 FROM projects_project mine
            JOIN projects_project other ON other.meter_no = mine.meter_no
            JOIN projects_monitoringperiod counted ON counted.project_id = other.id
            WHERE mine.id = NEW.project_id AND counted.id <> NEW.id AND counted.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY')
                AND daterange(counted.starts_on, counted.ends_on, '[]') && daterange(NEW.starts_on, NEW.ends_on, '[]')
        ) THEN {refuse} END IF;
    END IF;
    RETURN NEW;
"""

# A scene's project claims by claims only, a metered one never; the claim's month lies in the period and its grams are the claim.
_FITS = """
    IF (NEW.claim_id IS NULL) IS DISTINCT FROM (SELECT scene_id IS NULL FROM projects_project WHERE id = NEW.project_id)
        OR NEW.claim_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM scenarios_claimbatch claim
            JOIN scenarios_partner partner ON partner.id = claim.partner_id
            JOIN projects_project project ON project.id = NEW.project_id AND project.scene_id = claim.scene_id
                AND project.owner_id = partner.organisation_id AND project.method_id = claim.method_id
            WHERE claim.id = NEW.claim_id AND NEW.claimed_mg = claim.saved_mg AND NEW.starts_on <= claim.month
                AND NEW.ends_on >= (claim.month + interval '1 month - 1 day')::date)
    THEN {refuse} END IF;
    RETURN NEW;
"""


BEYOND = _("核证机构自己的计算与申报量相差超过重要性水平，不能核证：请退回整改，或更正计算后重新填报")
# The newest figure of the verifier counts, against what the period claims now: a rectified report needs a new one.
_WITHIN = """
    IF NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY') AND EXISTS (
        SELECT 1 FROM (
            SELECT figure_mg, limit_percent FROM projects_ownfigure WHERE period_id = NEW.id ORDER BY id DESC LIMIT 1
        ) own WHERE abs(own.figure_mg - NEW.claimed_mg) * 100 > own.limit_percent * abs(NEW.claimed_mg)
    ) THEN {refuse} END IF;
    RETURN NEW;
"""


class MonitoringPeriod(models.Model):
    """One monitored period of a project and its reduction claim. Reductions in milligrams of CO2e, units in tonnes."""

    State = PeriodState
    MOVES = PERIOD_MOVES

    project = models.ForeignKey(Project, models.PROTECT, related_name="periods", verbose_name=_("项目"))
    starts_on = models.DateField(_("核算期起"))
    ends_on = models.DateField(_("核算期止"))
    vintage = models.PositiveSmallIntegerField(_("年份"))
    state = models.CharField(_("状态"), max_length=16, choices=PeriodState.choices, default=PeriodState.DRAFT)
    series = models.ForeignKey(
        Attachment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("原始数据")
    )
    meter_offset_minutes = models.SmallIntegerField(_("电表时区（分钟）"), null=True, blank=True)
    gaps = models.JSONField(_("缺失时段"), default=list, blank=True)
    claim = models.ForeignKey(
        ClaimBatch, models.PROTECT, null=True, blank=True, related_name="periods", verbose_name=_("归集批次")
    )
    verifier = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核证机构")
    )
    # Of a period that another registry issued: the file it came with.
    opening = models.ForeignKey(
        Opening, models.PROTECT, null=True, blank=True, related_name="periods", verbose_name=_("期初迁入")
    )
    claimed_mg = models.BigIntegerField(_("申报减排量 mg"), null=True, blank=True)
    verified_mg = models.BigIntegerField(_("核证减排量 mg"), null=True, blank=True)
    issued_t = models.BigIntegerField(_("签发量 t"), null=True, blank=True)
    carry_mg = models.BigIntegerField(_("结转 mg"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建"), default=clock.now, editable=False)
    submitted_by = person(_("报告提交人"))
    verified_by = person(_("核证人"))
    verified_at = models.DateTimeField(_("核证"), null=True, blank=True)
    applied_by = person(_("签发申请人"))
    confirmed_by = person(_("签发申请确认人"))
    approved_by = person(_("审核人"))
    issued_by = person(_("签发人"))
    issued_at = models.DateTimeField(_("签发"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("核算期")
        ordering = ("project", "starts_on")
        indexes = [models.Index(fields=["state", "id"], name="period_state")]
        constraints = [
            # Acts are used once by themselves, so a claim of what arrived late may lie in the same month as another.
            ExclusionConstraint(
                name="period_no_overlap",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    (Func(F("starts_on"), F("ends_on"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(claim=None),
                violation_error_code="period_overlap",
                violation_error_message=_("这段核算期与本项目已有的核算期重叠，同一段时间不能申报两次"),
            ),
            models.UniqueConstraint(
                name="period_claim_once",
                fields=["claim"],
                violation_error_code="claim_in_period",
                violation_error_message=_("这个归集批次已经申报过一个核算期，不能申报两次"),
            ),
            models.CheckConstraint(
                name="period_in_one_year",
                condition=Q(ends_on__gte=F("starts_on"))
                & Q(vintage=ExtractYear("starts_on"))
                & Q(vintage=ExtractYear("ends_on")),
                violation_error_code="period_years",
                violation_error_message=_("一段核算期要在同一个自然年内，止日不早于起日"),
            ),
            two_people(
                "period_confirmed_by_another", "applied_by", "confirmed_by", _("申请签发的发起代表和确认代表要是两个人")
            ),
            two_people("period_verifier_is_not_issuer", "verified_by", "issued_by", _("核证人不得签发")),
            two_people(
                "period_reviewer_is_not_issuer", "approved_by", "issued_by", _("审核人不得签发，请第二位人员办理")
            ),
            two_people("period_verified_by_another", "submitted_by", "verified_by", _("提交报告的人不能核证")),
            two_people(
                "period_verifier_is_not_reviewer", "verified_by", "approved_by", _("核证人不得审核自己核证的减排量")
            ),
            models.CheckConstraint(
                name="period_verified_not_above_claim",
                condition=Q(verified_mg__isnull=True) | Q(claimed_mg__isnull=False, verified_mg__lte=F("claimed_mg")),
                violation_error_code="above_claim",
                violation_error_message=_("核证量不能高于申报量"),
            ),
            models.CheckConstraint(
                name="period_verified_says_how_much",
                condition=Q(state__in=PERIOD_UNVERIFIED)
                | Q(Q(verified_by__isnull=False) | Q(opening__isnull=False), verified_mg__isnull=False),
                violation_error_code="no_verified_figure",
                violation_error_message=_("核证过的核算期要有核证量和核证人"),
            ),
            models.CheckConstraint(
                name="period_issued_is_whole",
                condition=~Q(state=PeriodState.ISSUED)
                | Q(
                    issued_t__isnull=False,
                    issued_t__gte=0,
                    carry_mg__isnull=False,
                    carry_mg__lt=10**9,
                    issued_by__isnull=False,
                ),
                violation_error_code="not_whole_tonnes",
                violation_error_message=_("签发量是整吨，余数结转到下一期"),
            ),
        ]
        triggers = [
            Moves(
                name="period_moves",
                moves=PERIOD_MOVES,
                start=[PeriodState.DRAFT],
                also="NEW.opening_id IS NOT NULL AND NEW.state = 'ISSUED'",
            ),
            by_opening("period_moved_in_by_opening"),
            Guard(
                name="period_moved_in_whole",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="not_whole_tonnes",
                message=_("迁入的核算期按原登记簿签发的整吨记，没有余数"),
                body="""
                    IF NEW.opening_id IS NOT NULL AND (NEW.state <> 'ISSUED' OR NEW.carry_mg <> 0
                        OR NEW.verified_mg IS DISTINCT FROM NEW.issued_t * 1000000000) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            NotForEachOther(
                name="period_issued_for_another",
                one=("approved_by", "projects.approve_issue"),
                other=("issued_by", "registry.issue"),
                message=_("审核人和签发人要是两个人，代办视同本人"),
            ),
            Guard(
                name="period_meter_counted_once",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="meter_counted",
                message=METER_COUNTED,
                body=_METER_ONCE,
            ),
            Guard(
                name="period_method_in_use",
                operation=pgtrigger.Insert,
                code="method_repealed",
                message=_("方法学已经废止，不能再用于新的核算"),
                # What a claim gathered was counted while the method was in force; an opening tells what was before.
                body="""
                    IF NEW.claim_id IS NULL AND EXISTS (SELECT 1 FROM projects_project project
                        JOIN methodologies_method method ON method.id = project.method_id
                        WHERE project.id = NEW.project_id AND project.opening_id IS NULL AND method.state = 'REPEALED')
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="period_claim_fits",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="claim_does_not_fit",
                message=_("归集批次与这个核算期不符：场景、业主、方法学、月份和申报量都要一致"),
                body=_FITS,
            ),
            Guard(
                name="period_within_materiality",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="beyond_materiality",
                message=BEYOND,
                body=_WITHIN,
            ),
            Guard(
                name="period_claim_sampled",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="no_sample",
                message=_("还没有抽样核对，不能核证"),
                body="""
                    IF NEW.claim_id IS NOT NULL AND NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY')
                        AND NOT EXISTS (SELECT 1 FROM projects_samplecheck WHERE period_id = NEW.id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.starts_on}—{self.ends_on}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return PERIOD_BADGES[PeriodState(self.state)]

    @property
    def division(self) -> Division:
        """The division whose officers handle the claim."""
        return self.project.division


class PowerMonth(models.Model):
    """A month's generation in the meter's own offset. ``energy_kwh`` is exact; nothing is imputed for a gap."""

    period = models.ForeignKey(MonitoringPeriod, models.PROTECT, related_name="months", verbose_name=_("核算期"))
    month = models.DateField(_("月份"))
    energy_kwh = models.DecimalField(_("发电量 kWh"), max_digits=22, decimal_places=10)
    samples = models.PositiveIntegerField(_("样本数"), default=0)
    clipped = models.PositiveIntegerField(_("负值按 0 计"), default=0)
    missing = models.PositiveIntegerField(_("缺样本"), default=0)
    complete = models.BooleanField(_("完整"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("月发电量")
        ordering = ("period", "month")
        constraints = [
            models.UniqueConstraint(
                name="power_month_once",
                fields=["period", "month"],
                violation_error_code="month_twice",
                violation_error_message=_("同一个月有两条读数"),
            ),
            models.CheckConstraint(
                name="power_month_not_negative",
                condition=Q(energy_kwh__gte=0),
                violation_error_code="negative_energy",
                violation_error_message=_("月发电量不能是负数"),
            ),
        ]
        triggers = [
            Guard(
                name="power_month_frozen",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                code="data_frozen",
                message=_("报告已提交核证，数据不能再改；如需修改请由核证机构退回整改"),
                body="""
                    IF EXISTS (SELECT 1 FROM projects_monitoringperiod WHERE id IN (OLD.period_id, NEW.period_id)
                        AND state NOT IN ('DRAFT', 'RECTIFY')) THEN {refuse}
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.energy_kwh} kWh"


class Quantification(models.Model):
    """One computation: names method, version, parameters and inputs, so that anybody can do it again."""

    period = models.ForeignKey(
        MonitoringPeriod, models.PROTECT, related_name="quantifications", verbose_name=_("核算期")
    )
    method = models.ForeignKey(Method, models.PROTECT, verbose_name=_("方法学"))
    inputs = models.JSONField(_("输入"))
    parameters = models.JSONField(_("参数"))
    results = models.JSONField(_("结果"))
    reduction_mg = models.BigIntegerField(_("减排量 mg"))
    made_at = models.DateTimeField(_("计算时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("量化记录")
        ordering = ("-pk",)
        triggers = [AppendOnly(name="quantification_append_only")]
