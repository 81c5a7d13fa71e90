"""Verbs of a monitored period: data, report, verification, application for issue."""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Attachment, Organisation, User
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from kernel.rules import RowError, RuleViolation
from methodologies.services.quantify import in_use, quantify
from projects.models import MonitoringPeriod, PowerMonth, Project, Quantification
from projects.models.periods import BEYOND, METER_COUNTED
from projects.services.series import read_series
from projects.states import PERIOD_EDITABLE, PeriodState, ProjectState


@verb("projects.open_period")
def open_period(project: Project, *, starts_on: date, ends_on: date, by: User, reason: str = "") -> MonitoringPeriod:
    """Open a monitored period inside the crediting period and the profile's look-back.

    Raises RuleViolation ``not_registered``, ``needs_claim``, ``outside_crediting``, ``not_over``, ``generated_before``,
    ``look_back``, ``meter_counted``, ``period_overlap``, ``period_years``, ``method_repealed``.
    """
    project = lock(project)
    require(project.scene_id is None, "needs_claim", _("场景项目的核算期从归集批次申报，请在项目页选一个批次"))
    period = may_open(project, starts_on, ends_on)
    in_use(project.method)
    elsewhere = MonitoringPeriod.objects.exclude(project=project).verified_on(
        project.meter_no or "", starts_on, ends_on
    )
    require(not elsewhere.exists(), "meter_counted", METER_COUNTED)
    period.save()
    record("projects.open_period", period, by=by, reason=reason)
    return period


def may_open(project: Project, starts_on: date, ends_on: date) -> MonitoringPeriod:
    """Return the period, not saved yet, when a locked project may claim for these days. Raises as ``open_period`` does."""
    require(project.state == ProjectState.REGISTERED, "not_registered", _("项目登记后才能申报核算期"))
    require(
        project.crediting_from <= starts_on <= ends_on <= project.crediting_to,
        "outside_crediting",
        _("核算期要在计入期 %(from)s 至 %(to)s 内") % {"from": project.crediting_from, "to": project.crediting_to},
    )
    require(ends_on < clock.today(), "not_over", _("核算期还没有结束"))
    _look_back(project, starts_on)
    return MonitoringPeriod(project=project, starts_on=starts_on, ends_on=ends_on, vintage=starts_on.year)


def _look_back(project: Project, starts_on: date) -> None:
    profile = project.profile
    if profile.generated_after is not None:
        said = _("机制 %(code)s 的“产生时间”一关：减排量要产生于 %(day)s 之后，您填的是 %(start)s")
        values = {"code": profile.code, "day": profile.generated_after, "start": starts_on}
        require(starts_on > profile.generated_after, "generated_before", said % values)
    if profile.look_back_years is not None:
        today = clock.today()
        earliest = today.replace(year=today.year - profile.look_back_years, day=min(today.day, 28))
        said = _("机制 %(code)s 的“追溯年限”一关：只能申报 %(years)d 年内的减排量，您填的是 %(start)s")
        values = {"code": profile.code, "years": profile.look_back_years, "start": starts_on}
        require(starts_on >= earliest, "look_back", said % values)


def _editable(period: MonitoringPeriod) -> MonitoringPeriod:
    period = lock(period)
    require(period.claim_id is None, "from_claim", _("这个核算期的数据来自归集批次，不能另外填写"))
    require(
        period.state in PERIOD_EDITABLE, "data_frozen", _("报告已提交核证，数据不能再改；如需修改请由核证机构退回整改")
    )
    return period


@verb("projects.upload_series")
def upload_series(
    period: MonitoringPeriod, series: Attachment, *, by: User, unit: str = "W", reason: str = ""
) -> MonitoringPeriod:
    """Take a meter's power series into the period's months, replacing what was there; all rows or none.

    ``series`` was kept before (``accounts.keep_file``) and stays kept if it is refused here. Raises RuleViolation
    ``bad_file`` or ``bad_rows`` with the row and field of every problem.
    """
    period = _editable(period)
    require(series.organisation_id == period.project.owner_id, "not_yours", _("这个文件不是本单位上传的"))
    with series.file.open("rb") as file:
        content = file.read()
    capacity = period.project.capacity_kw or Decimal(0)
    reading = read_series(content, starts_on=period.starts_on, ends_on=period.ends_on, capacity_kw=capacity, unit=unit)
    period.months.all().delete()
    PowerMonth.objects.bulk_create(PowerMonth(period=period, **month._asdict()) for month in reading.months)
    period.series = series
    period.meter_offset_minutes = int(reading.offset / timedelta(minutes=1))
    period.gaps = [{"since": str(gap.since), "until": str(gap.until), "samples": gap.samples} for gap in reading.gaps]
    period.save(update_fields=["series", "meter_offset_minutes", "gaps"])
    _quantify(period)
    record("projects.upload_series", period, by=by, reason=reason, data={"file": series.pk, "sha256": series.sha256})
    return period


@verb("projects.enter_readings")
def enter_readings(
    period: MonitoringPeriod, *, readings: Mapping[date, Decimal], by: User, reason: str = ""
) -> MonitoringPeriod:
    """Take monthly settlement readings in MWh, one for every month of the period (``{first of month: MWh}``).

    Raises RuleViolation ``bad_rows``: a month missing, outside the period, negative, or above capacity × hours.
    """
    period = _editable(period)
    wanted = _months_of(period)
    errors = [RowError(None, f"{month:%Y-%m}", _("缺这个月的读数")) for month in wanted if month not in readings]
    errors += [RowError(None, f"{month:%Y-%m}", _("不在核算期内")) for month in readings if month not in wanted]
    for month in (month for month in wanted if month in readings):
        hours = months.monthrange(month.year, month.month)[1] * 24
        most = (period.project.capacity_kw or Decimal(0)) * hours / 1000
        if readings[month] < 0:
            errors.append(RowError(None, f"{month:%Y-%m}", _("读数不能是负数")))
        elif readings[month] > most:
            said = _("%(mwh)s MWh 高于装机容量满发 %(hours)d 小时的 %(most)s MWh")
            errors.append(
                RowError(None, f"{month:%Y-%m}", said % {"mwh": readings[month], "hours": hours, "most": most})
            )
    if errors:
        raise RuleViolation("bad_rows", _("有 %d 个月的读数要改，没有保存") % len(errors), rows=errors)
    period.months.all().delete()
    PowerMonth.objects.bulk_create(
        PowerMonth(period=period, month=month, energy_kwh=readings[month] * 1000) for month in wanted
    )
    period.series, period.meter_offset_minutes, period.gaps = None, None, []
    period.save(update_fields=["series", "meter_offset_minutes", "gaps"])
    _quantify(period)
    record("projects.enter_readings", period, by=by, reason=reason)
    return period


def _months_of(period: MonitoringPeriod) -> list[date]:
    first, last = period.starts_on.replace(day=1), period.ends_on
    return [date(first.year, month, 1) for month in range(first.month, last.month + 1)]


def _quantify(period: MonitoringPeriod) -> Quantification:
    total = period.months.aggregate(kwh=Sum("energy_kwh"))["kwh"] or Decimal(0)
    inputs = {"generation_mwh": total / 1000}
    result = quantify(period.project.method, inputs, on=period.ends_on)
    period.claimed_mg = result.reduction_mg
    period.save(update_fields=["claimed_mg"])
    return Quantification.objects.create(
        period=period,
        method=period.project.method,
        inputs={name: str(value) for name, value in inputs.items()},
        parameters=[{key: str(value) for key, value in used.items()} for used in result.parameters],
        results={name: str(value) for name, value in result.results.items()},
        reduction_mg=result.reduction_mg,
    )


@verb("projects.submit_report")
def submit_report(
    period: MonitoringPeriod, *, verifier: Organisation | None = None, by: User, reason: str = ""
) -> MonitoringPeriod:
    """Send the report to a verifier of the owner's choice, another organisation than the owner.

    Raises RuleViolation ``no_data``, ``not_a_verifier``, ``own_verifier``, ``wrong_state``.
    """
    period = lock(period)
    verifier = verifier or period.verifier
    require(period.claimed_mg is not None, "no_data", _("还没有发电数据，请先上传曲线或填写月读数"))
    require(
        verifier is not None and verifier.kind == Organisation.Kind.VERIFIER, "not_a_verifier", _("请选择一家核证机构")
    )
    require(verifier.pk != period.project.owner_id, "own_verifier", _("业主不能核证自己的项目"))  # type: ignore[union-attr]
    advance(period, PeriodState.VERIFYING, by=by, reason=reason, verifier=verifier, submitted_by=by)
    return period


@verb("projects.ask_rectification")
def ask_rectification(period: MonitoringPeriod, *, by: User, reason: str) -> MonitoringPeriod:
    """Give the report back to the owner with what has to be put right."""
    period = lock(period)
    require(bool(reason.strip()), "no_reason", _("请写明要整改什么"))
    advance(period, PeriodState.RECTIFY, by=by, reason=reason)
    return period


@verb("projects.verify")
def verify(period: MonitoringPeriod, *, by: User, reason: str = "", verified_mg: int | None = None) -> MonitoringPeriod:
    """Verify the period's reduction, at most what was claimed (milligrams); lower figures flow on.

    A claim of citizens' acts is verified on its sample (``projects.draw_sample``). Where the verifier entered an own figure, the
    newest has to be within the profile's materiality. Raises RuleViolation ``above_claim``, ``beyond_materiality``,
    ``same_person`` when the verifier handed in the report, ``no_sample``, ``meter_counted``, ``wrong_state``.
    """
    period = lock(period)
    require(by.pk != period.submitted_by_id, "same_person", _("提交报告的人不能核证"))
    sampled = period.claim_id is None or period.samples.exists()
    require(sampled, "no_sample", _("还没有抽样核对，请先抽样，再决定核证量"))
    figure = period.claimed_mg if verified_mg is None else verified_mg
    require(figure is not None and figure <= period.claimed_mg, "above_claim", _("核证量不能高于申报量"))  # type: ignore[operator]
    own = period.own_figures.first()
    require(own is None or not own.beyond, "beyond_materiality", BEYOND)
    advance(
        period,
        PeriodState.VERIFIED,
        by=by,
        reason=reason,
        allowed={(PeriodState.VERIFYING, PeriodState.VERIFIED)},
        verified_mg=figure,
        verified_by=by,
        verified_at=clock.now(),
    )
    return period


@verb("projects.apply_issue")
def apply_issue(period: MonitoringPeriod, *, by: User, reason: str = "") -> MonitoringPeriod:
    """The owner's maker applies for issue of exactly the verified quantity."""
    period = lock(period)
    advance(period, PeriodState.CONFIRMING, by=by, reason=reason, applied_by=by)
    return period


@verb("projects.confirm_issue")
def confirm_issue(period: MonitoringPeriod, *, by: User, reason: str = "") -> MonitoringPeriod:
    """The owner's checker confirms the application; another person than the maker (``same_person``)."""
    period = lock(period)
    require(by.pk != period.applied_by_id, "same_person", _("发起的人不能自己确认，请确认代表登录办理"))
    advance(period, PeriodState.APPLIED, by=by, reason=reason, confirmed_by=by)
    return period


@verb("projects.return_issue")
def return_issue(period: MonitoringPeriod, *, by: User, reason: str) -> MonitoringPeriod:
    """The reviewer gives the application back to the owner with the reason."""
    period = lock(period)
    require(bool(reason.strip()), "no_reason", _("请写明退回的理由"))
    # Two ways lead to VERIFIED: giving an application back is no verification.
    given_back = {(PeriodState.APPLIED, PeriodState.VERIFIED)}
    advance(period, PeriodState.VERIFIED, by=by, reason=reason, allowed=given_back, applied_by=None, confirmed_by=None)
    return period


@verb("projects.approve_issue")
def approve_issue(period: MonitoringPeriod, *, by: User, reason: str = "") -> MonitoringPeriod:
    """The reviewer approves; the second officer then issues. The verifier may not review (``same_person``)."""
    period = lock(period)
    require(by.pk != period.verified_by_id, "same_person", _("核证人不得审核自己核证的减排量"))
    advance(period, PeriodState.APPROVED, by=by, reason=reason, approved_by=by)
    return period
