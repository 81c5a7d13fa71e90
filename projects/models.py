"""Projects, monitored periods, their monthly energy and the figures computed from it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, Division, Organisation, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from methodologies.models import Method
from office.models import Notice, Profile
from projects.states import (
    PERIOD_BADGES,
    PERIOD_MOVES,
    PROJECT_BADGES,
    PROJECT_ENDED,
    PROJECT_MOVES,
    PeriodState,
    ProjectState,
)


def person(label: Any) -> models.ForeignKey:
    """Return the column of a person who took a step."""
    return models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


def two_people(name: str, one: str, other: str, message: Any) -> models.CheckConstraint:
    """Return the rule that two steps are taken by two people."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)}),
        violation_error_code="same_person",
        violation_error_message=message,
    )


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects."""

    def visible_to(self, user: Any) -> ProjectQuerySet:
        """The owner's own, the bureau's by division, a verifier's by commission."""
        reach = scope(user)
        rows = reach.rows(division="division", organisations=("owner",))
        return self.filter(
            rows | Q(pk__in=MonitoringPeriod.objects.filter(verifier__in=reach.organisations).values("project"))
        )

    def public(self) -> ProjectQuerySet:
        """What anybody may read: on notice, registered, revoked."""
        return self.filter(state__in=[ProjectState.PUBLIC_NOTICE, ProjectState.REGISTERED, ProjectState.REVOKED])


class Project(models.Model):
    """An application and the project it becomes. Capacity in kW, days in Shanghai."""

    State = ProjectState
    MOVES = PROJECT_MOVES

    name = models.CharField(_("项目名称"), max_length=48)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="projects", verbose_name=_("项目业主"))
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("项目所在区划"))
    profile = models.ForeignKey(Profile, models.PROTECT, verbose_name=_("机制"))
    method = models.ForeignKey(Method, models.PROTECT, verbose_name=_("方法学"))
    location = models.CharField(_("项目地点"), max_length=200)
    description = models.TextField(_("项目活动和边界"))
    capacity_kw = models.DecimalField(_("装机容量 kW"), max_digits=12, decimal_places=3)
    meter_no = models.CharField(_("发电计量表号"), max_length=40)
    commissioned_on = models.DateField(_("投运日期"))
    crediting_from = models.DateField(_("计入期起"))
    crediting_to = models.DateField(_("计入期止"))
    unique_elsewhere = models.BooleanField(
        _("未在其他机制登记（CDM、CCER、VCS、GS、绿证、绿电、其他碳普惠）"), default=False
    )
    truth_promised = models.BooleanField(_("承诺材料真实、完整、有效"), default=False)

    state = models.CharField(_("状态"), max_length=16, choices=ProjectState.choices, default=ProjectState.DRAFT)
    acceptance_no = models.CharField(_("受理号"), max_length=30, null=True, blank=True, unique=True)
    project_no = models.CharField(_("项目编号"), max_length=30, null=True, blank=True, unique=True)
    notice = models.OneToOneField(
        Notice, models.PROTECT, null=True, blank=True, related_name="project", verbose_name=_("公示")
    )
    created_at = models.DateTimeField(_("创建"), default=clock.now, editable=False)
    submitted_at = models.DateTimeField(_("提交"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("受理"), null=True, blank=True)
    registered_at = models.DateTimeField(_("登记"), null=True, blank=True)
    due_on = models.DateField(_("办结期限"), null=True, blank=True)
    submitted_by = person(_("发起代表"))
    confirmed_by = person(_("确认代表"))
    accepted_by = person(_("受理人"))
    approved_by = person(_("审核人"))
    registered_by = person(_("登记人"))

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("减排项目")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "due_on"], name="project_state_due")]
        constraints = [
            two_people(
                "project_confirmed_by_another", "submitted_by", "confirmed_by", _("发起代表和确认代表要是两个人")
            ),
            two_people("project_approved_by_another", "accepted_by", "approved_by", _("受理人和审核人要是两个人")),
            two_people("project_registered_by_another", "approved_by", "registered_by", _("审核人和登记人要是两个人")),
            models.UniqueConstraint(
                name="project_name_once_per_owner",
                fields=["owner", "name"],
                condition=~Q(state__in=PROJECT_ENDED),
                violation_error_code="project_known",
                violation_error_message=_("本单位已有同名项目，请换一个名称"),
            ),
            models.UniqueConstraint(
                name="project_meter_once",
                fields=["meter_no"],
                condition=~Q(state__in=PROJECT_ENDED),
                violation_error_code="meter_taken",
                violation_error_message=_("这只发电计量表已在另一个项目里，同一度电不能申报两次"),
            ),
            models.CheckConstraint(
                name="project_capacity_positive",
                condition=Q(capacity_kw__gt=0),
                violation_error_code="bad_capacity",
                violation_error_message=_("装机容量要大于 0 kW"),
            ),
            models.CheckConstraint(
                name="project_crediting_period",
                condition=Q(crediting_from__gte=F("commissioned_on")) & Q(crediting_to__gt=F("crediting_from")),
                violation_error_code="bad_crediting_period",
                violation_error_message=_("计入期要从投运之后开始，止期晚于起期"),
            ),
            models.CheckConstraint(
                name="project_registered_has_number",
                condition=~Q(state=ProjectState.REGISTERED) | Q(project_no__isnull=False, registered_by__isnull=False),
                violation_error_code="no_project_number",
                violation_error_message=_("登记的项目要有项目编号和登记人"),
            ),
        ]
        triggers = [Moves(name="project_moves", moves=PROJECT_MOVES, start=[ProjectState.DRAFT])]

    def __str__(self) -> str:
        return self.name

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return PROJECT_BADGES[ProjectState(self.state)]


class PeriodQuerySet(models.QuerySet["MonitoringPeriod"]):
    """Monitored periods."""

    def visible_to(self, user: Any) -> PeriodQuerySet:
        """The owner's own, the bureau's by division, the commissioned verifier's."""
        return self.filter(scope(user).rows(division="project__division", organisations=("project__owner", "verifier")))


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
    verifier = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核证机构")
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
        constraints = [
            ExclusionConstraint(
                name="period_no_overlap",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    (Func(F("starts_on"), F("ends_on"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_code="period_overlap",
                violation_error_message=_("这段核算期与本项目已有的核算期重叠，同一段时间不能申报两次"),
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
        triggers = [Moves(name="period_moves", moves=PERIOD_MOVES, start=[PeriodState.DRAFT])]

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
