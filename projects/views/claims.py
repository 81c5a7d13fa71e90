"""Monitored periods: data, figures, report, verification, application for issue. Owner and verifier see the same facts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.content import XLSX
from accounts.roles import Role
from accounts.services.attachments import keep_file
from accounts.sheets import SheetOf
from accounts.taking import template
from certificates.models import Certificate
from kernel.rules import RuleViolation
from methodologies.document import parse
from projects.forms import BillsForm, OwnFigureForm, ReadingsForm, ReasonForm, ReportForm, SeriesForm, VerifyForm
from projects.models import MonitoringPeriod, PowerMonth, Quantification
from projects.services import bills, own_figures, periods, sampling
from projects.states import PERIOD_EDITABLE, PeriodState
from projects.views import progress, samples
from projects.views.access import acting, must_see
from projects.views.computation import computation
from projects.views.story import story
from scenarios.models import ClaimBatch


def facts(period: MonitoringPeriod) -> dict[str, Any]:
    """Return what owner, verifier and officer all look at: months, chart, gaps, the computation."""
    months = list(period.months.order_by("month"))
    totals = period.months.aggregate(
        kwh=Sum("energy_kwh"), samples=Sum("samples"), clipped=Sum("clipped"), missing=Sum("missing")
    )
    sampled = period.samples.first()
    figure = period.quantifications.select_related("method", "period__claim").first()
    return {
        "period": period,
        "project": period.project,
        "months": months,
        "chart": [(_month(row), row.energy_kwh, not row.complete) for row in months],
        "totals": totals | {"mwh": (totals["kwh"] or Decimal(0)) / 1000},
        "incomplete": [row for row in months if not row.complete],
        "claim": period.claim,
        "claim_unit": _unit(period.claim) if period.claim else "",
        "sample": sampled,
        "sample_lines": samples.lines(sampled),
        "figure": figure,
        "computation": computation(figure) if figure else [],
    }


def _unit(claim: ClaimBatch) -> str:
    return str(parse(claim.method.document).inputs[claim.scene.input_name].unit)


def _month(row: PowerMonth) -> str:
    return row.month.strftime("%b") if (get_language() or "").startswith("en") else f"{row.month.month}月"


def _page(
    request: HttpRequest, period: MonitoringPeriod, refusal: RuleViolation | None = None, **forms: Form
) -> HttpResponse:
    must_see(request, period)
    verbs = progress.verbs_of(acting(request))
    editable = period.state in PERIOD_EDITABLE
    batch = getattr(period, "batch", None)  # made by the registry when the period is issued
    context = facts(period) | {
        "turn": progress.turn(period),
        "steps": progress.steps(period),
        "actions": progress.period_actions(period, verbs),
        "may_edit": editable and "projects.upload_series" in verbs.get(period.project.owner_id, ()),
        "series_form": forms.get("series") or SeriesForm(),
        "readings_form": forms.get("readings") or ReadingsForm(period=period),
        "bills_form": forms.get("bills") or BillsForm(),
        "report_form": forms.get("report") or ReportForm(initial={"verifier": period.verifier}),
        "story": story(period),
        "certificate": Certificate.objects.for_subject(batch).first() if batch else None,
        "trail": [
            (_("我的项目"), reverse("owner-home")),
            (period.project.name, reverse("project-case", args=[period.project_id])),
        ],
        "refusal": refusal,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "projects/period.html", context, status=409 if refusal else 400 if wrong else 200)


@login_required
@require_GET
def period(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a monitored period."""
    return _page(request, get_object_or_404(MonitoringPeriod, pk=pk))


@login_required
@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the file, then read it into the period."""
    row, user = get_object_or_404(MonitoringPeriod, pk=pk), acting(request)
    form = SeriesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, series=form)
    try:
        kept = keep_file(row.project.owner, form.cleaned_data["file"], by=user)
        periods.upload_series(row, kept, by=user, unit=form.cleaned_data["unit"])
    except RuleViolation as refusal:
        row.refresh_from_db()
        return _page(request, row, refusal, series=form)
    messages.success(request, _("已读入。请核对每月电量、缺数和减排量。"))
    return redirect("period", pk=pk)


@login_required
@require_POST
def readings(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the monthly readings."""
    row = get_object_or_404(MonitoringPeriod, pk=pk)
    form = ReadingsForm(request.POST, period=row)
    if not form.is_valid():
        return _page(request, row, readings=form)
    try:
        periods.enter_readings(row, readings=form.readings(), by=acting(request))
    except RuleViolation as refusal:
        return _page(request, row, refusal, readings=form)
    messages.success(request, _("已保存。请核对每月电量和减排量。"))
    return redirect("period", pk=pk)


@login_required
@require_GET
def bills_template(request: HttpRequest, pk: int) -> HttpResponse:
    """A workbook to fill the bills in."""
    must_see(request, get_object_or_404(MonitoringPeriod, pk=pk))
    return template((SheetOf(_("填写"), bills.COLUMNS),), "bills")


@login_required
@require_POST
def upload_bills(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a table of bills and put its figures into the form of readings, for the owner to look at before saving them."""
    row = get_object_or_404(MonitoringPeriod, pk=pk)
    form = BillsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, bills=form)
    file, empty = form.cleaned_data["file"], ReadingsForm(period=row)
    try:
        keep_file(row.project.owner, file, by=acting(request))
        file.seek(0)
        found = bills.read_bills(file.name, file.read(), months=empty.months)
    except RuleViolation as refusal:
        return _page(request, row, refusal, bills=form)
    initial = {f"m{month.month}": f"{energy.normalize():f}" for month, energy in found.items()}
    messages.success(request, _("已从表格读入 %d 个月，还没有保存；请核对下面的数字，再按“保存并计算”。") % len(found))
    return _page(request, row, readings=ReadingsForm(period=row, initial=initial))


@login_required
@require_POST
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the report to the verifier chosen."""
    row = get_object_or_404(MonitoringPeriod, pk=pk)
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, row, report=form)
    try:
        periods.submit_report(row, verifier=form.cleaned_data["verifier"], by=acting(request))
    except RuleViolation as refusal:
        return _page(request, row, refusal, report=form)
    messages.success(request, _("已提交核证机构。核证前数据不能再改。"))
    return redirect("period", pk=pk)


def press(verb: Callable[..., MonitoringPeriod], done: str) -> Callable[..., HttpResponse]:
    """Return the view of a button that calls one verb of a period at once."""

    @login_required
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(MonitoringPeriod, pk=pk)
        try:
            verb(row, by=acting(request))
        except RuleViolation as refusal:
            return _page(request, row, refusal)
        messages.success(request, _(done))
        return redirect("period", pk=pk)

    return view


@login_required
@require_GET
def verifier_home(request: HttpRequest) -> HttpResponse:
    """The reports an organisation was asked to verify: those that wait first, then what it has done."""
    organisations = acting(request).organisations(Role.VERIFIER)
    if not organisations:
        raise PermissionDenied(_("这一页给核证机构的核证人员用。"))
    rows = MonitoringPeriod.objects.filter(verifier__in=organisations).select_related(
        "project__owner", "project__method"
    )
    context = {
        "waiting": rows.filter(state=PeriodState.VERIFYING),
        "others": rows.exclude(state=PeriodState.VERIFYING),
        "organisations": organisations,
    }
    return render(request, "projects/verifier_home.html", context)


@login_required
@require_GET
def verifier_period(request: HttpRequest, pk: int) -> HttpResponse:
    """A report under verification, with every figure and the two decisions."""
    return _verifier_page(request, get_object_or_404(MonitoringPeriod, pk=pk))


def _verifier_page(
    request: HttpRequest, row: MonitoringPeriod, refusal: RuleViolation | None = None, **forms: Form
) -> HttpResponse:
    must_see(request, row)
    verbs = progress.verbs_in(acting(request), row.verifier)
    context = facts(row) | {
        "may_draw": row.claim is not None and row.state == PeriodState.VERIFYING and "projects.draw_sample" in verbs,
        "may_decide": row.state == PeriodState.VERIFYING and "projects.verify" in verbs,
        "may_compute": row.state == PeriodState.VERIFYING and "projects.enter_own_figure" in verbs,
        "own_form": forms.get("own") or OwnFigureForm(prefix="own"),
        "own_figures": row.own_figures.select_related("file", "entered_by"),
        "limit_percent": row.project.profile.materiality_percent,
        "verify_form": forms.get("verify") or VerifyForm(),
        "reason_form": forms.get("rectify") or ReasonForm(prefix="rectify", hint=_("逐条写明要改什么，业主会看到原文")),
        "story": story(row),
        "trail": [(_("核证工作台"), reverse("verifier-home"))],
        "refusal": refusal,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "projects/verifier_period.html", context, status=409 if refusal else 400 if wrong else 200)


@login_required
@require_POST
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the sample of a claim and compute it again."""
    row = get_object_or_404(MonitoringPeriod, pk=pk)
    try:
        sampling.draw_sample(row, by=acting(request))
    except RuleViolation as refusal:
        return _verifier_page(request, row, refusal)
    messages.success(request, _("已抽样并按原始记录重算，结果见下。"))
    return redirect("verifier-period", pk=pk)


@login_required
@require_POST
def own_figure(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the verifier's file, then its figure."""
    row, user = get_object_or_404(MonitoringPeriod, pk=pk), acting(request)
    form = OwnFigureForm(request.POST, request.FILES, prefix="own")
    if not form.is_valid():
        return _verifier_page(request, row, own=form)
    try:
        if row.verifier is None:
            raise RuleViolation("wrong_state", _("报告在核证中才能填报计算"))
        kept = keep_file(row.verifier, form.cleaned_data["file"], by=user)
        own_figures.enter_own_figure(
            row, figure_mg=form.figure_mg(), file=kept, by=user, reason=form.cleaned_data["note"]
        )
    except RuleViolation as refusal:
        return _verifier_page(request, row, refusal, own=form)
    messages.success(request, _("已留存您的计算，并与平台的数作了比较。"))
    return redirect("verifier-period", pk=pk)


@login_required
@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """A stored computation as a workbook that computes again."""
    figure = get_object_or_404(Quantification.objects.select_related("period__project__owner", "method"), pk=pk)
    must_see(request, figure.period)
    from projects.views.workbook import period_workbook  # the writer is heavy, and few pages need it

    try:
        content = period_workbook(figure)
    except RuleViolation as refusal:
        return _page(request, figure.period, refusal)
    name = f"{figure.method.number}-{figure.pk}.xlsx"
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@login_required
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify the claim as it is or a lower figure."""
    row, form = get_object_or_404(MonitoringPeriod, pk=pk), VerifyForm(request.POST)
    if not form.is_valid():
        return _verifier_page(request, row, verify=form)
    try:
        periods.verify(row, by=acting(request), reason=form.cleaned_data["reason"], verified_mg=form.verified_mg())
    except RuleViolation as refusal:
        return _verifier_page(request, row, refusal, verify=form)
    messages.success(request, _("已核证。业主可以申请签发。"))
    return redirect("verifier-period", pk=pk)


@login_required
@require_POST
def rectify(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the report back with what has to be put right."""
    row, form = get_object_or_404(MonitoringPeriod, pk=pk), ReasonForm(request.POST, prefix="rectify")
    if not form.is_valid():
        return _verifier_page(request, row, rectify=form)
    try:
        periods.ask_rectification(row, by=acting(request), reason=form.cleaned_data["reason"])
    except RuleViolation as refusal:
        return _verifier_page(request, row, refusal, rectify=form)
    messages.success(request, _("已退回业主整改。"))
    return redirect("verifier-period", pk=pk)
