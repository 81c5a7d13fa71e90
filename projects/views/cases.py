"""The owner's projects: list, application, case page and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.roles import Role
from certificates.models import Certificate
from kernel.rules import RuleViolation
from office.services.objections import holding
from projects.forms import ClaimPeriodForm, PeriodForm, ProjectForm, ReasonForm, SceneProjectForm
from projects.models import Decision, MonitoringPeriod, Project
from projects.services import applications, claim_periods, periods
from projects.states import PERIOD_EDITABLE, PROJECT_EDITABLE, ProjectState
from projects.views import progress
from projects.views.access import acting, must_see, owner_organisation
from projects.views.story import story
from scenarios.models import Scene


@login_required
@require_GET
def owner_home(request: HttpRequest) -> HttpResponse:
    """All projects and periods of one's organisations, those that wait for the visitor first."""
    user = acting(request)
    organisations = user.organisations(Role.MAKER, Role.CHECKER)
    if not organisations:
        return _other_desk(user)
    projects = Project.objects.filter(owner__in=organisations).select_related("owner", "notice", "profile", "method")
    verbs, days = progress.verbs_of(user), progress.calendars()
    cases = [
        {
            "case": row,
            "turn": progress.turn(row),
            "limit": progress.limit(row, days),
            "mine": progress.mine(progress.project_actions(row, verbs)),
        }
        for row in projects
    ]
    claims = [
        {"case": row, "turn": progress.turn(row), "mine": _waits(row, verbs)}
        for row in MonitoringPeriod.objects.filter(project__owner__in=organisations).select_related(
            "project__owner", "verifier"
        )
    ]
    context = {
        "cases": sorted(cases, key=lambda case: not case["mine"]),
        "claims": sorted(claims, key=lambda claim: not claim["mine"]),
        "organisations": organisations,
        "may_apply": user.organisations(Role.MAKER).exists(),
        "has_scene": Scene.objects.filter(partners__organisation__in=user.organisations(Role.MAKER)).exists(),
    }
    return render(request, "projects/owner_home.html", context)


def _waits(period: MonitoringPeriod, verbs: progress.Verbs) -> bool:
    mine = verbs.get(period.project.owner_id, ())
    writes = period.state in PERIOD_EDITABLE and "projects.submit_report" in mine
    return writes or progress.mine(progress.period_actions(period, verbs))


def _other_desk(user: User) -> HttpResponse:
    if user.organisations(Role.VERIFIER).exists():
        return redirect("verifier-home")
    if user.is_staff:
        return redirect("admin:index")
    raise PermissionDenied(_("您还不是任何单位的代表。请单位管理员联系我们办理授权。"))


def _page(request: HttpRequest, project: Project, refusal: RuleViolation | None = None) -> HttpResponse:
    must_see(request, project)
    actions = progress.project_actions(project, progress.verbs_of(acting(request)))
    context = {
        "project": project,
        "turn": progress.turn(project),
        "held": holding(project.notice) if project.notice and project.state == ProjectState.PUBLIC_NOTICE else None,
        "limit": progress.limit(project),
        "actions": [action for action in actions if action.style != "plain"],
        "asides": [action for action in actions if action.style == "plain"],
        "story": story(project),
        "ahead": progress.ahead(project),
        "decision": Decision.objects.filter(project=project).first(),
        "letters": project.letters.order_by("pk"),
        "entries": project.counter_entries.select_related("entered_by", "entered_for").order_by("pk"),
        "periods": project.periods.select_related("series"),
        "certificate": Certificate.objects.for_subject(project).first(),
        "trail": [(_("我的项目"), reverse("owner-home"))],
        "refusal": refusal,
    }
    return render(request, "projects/case.html", context, status=409 if refusal else 200)


@login_required
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The case page: whose turn, the clock, what the visitor must do, the story, what comes next, papers."""
    return _page(request, get_object_or_404(Project, pk=pk))


@login_required
@require_GET
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """The decision against the applicant as a PDF, for the owner and the bureau."""
    row = get_object_or_404(Decision.objects.visible_to(acting(request)).select_related("project__owner"), project=pk)
    from projects.views.papers import paper  # the drawing is heavy, and few pages need it

    try:
        content = paper(row)
    except RuleViolation as refusal:
        return _page(request, row.project, refusal)
    name = f'inline; filename="{row.number}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


def _form_page(request: HttpRequest, form: ProjectForm, refusal: RuleViolation | None = None) -> HttpResponse:
    project = form.instance if form.instance.pk else None
    trail = [(_("我的项目"), reverse("owner-home"))]
    if project:
        must_see(request, project)
        trail.append((project.name, reverse("project-case", args=[project.pk])))
    of_scene = "scene" in form.fields
    parts = [
        ("owner", _("业主")),
        *([("scene", _("场景"))] if of_scene else []),
        ("project", _("项目")),
        *([] if of_scene else [("meter", _("装机和计量"))]),
        ("promise", _("承诺")),
    ]
    context = {
        "form": form,
        "owner": form.owner,
        "project": project,
        "parts": parts,
        "trail": trail,
        "refusal": refusal,
    }
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "projects/application.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, kind: type[ProjectForm] = ProjectForm) -> HttpResponse:
    """The application form, of a meter or of a scene; saving makes a draft."""
    user = acting(request)
    form = kind(request.POST or None, owner=owner_organisation(user))
    return _save(request, form, lambda fields: applications.draft(form.owner, by=user, **fields))


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The application form of a draft or of an application under correction."""
    user, project = acting(request), get_object_or_404(Project, pk=pk)
    if request.method == "GET" and project.state not in PROJECT_EDITABLE:
        return redirect("project-case", pk=pk)
    kind = ProjectForm if project.scene_id is None else SceneProjectForm
    form = kind(request.POST or None, owner=project.owner, instance=get_object_or_404(Project, pk=pk))
    return _save(request, form, lambda fields: applications.edit(project, by=user, **fields))


def _save(request: HttpRequest, form: ProjectForm, verb: Callable[[dict[str, Any]], Project]) -> HttpResponse:
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form)
    try:
        project = verb(form.fields_for_verb())
    except RuleViolation as refusal:
        return _form_page(request, form, refusal)
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form)
    messages.success(request, _("已保存。核对无误后请提交。"))
    return redirect("project-case", pk=project.pk)


def press(verb: Callable[..., Project], done: str) -> Callable[..., HttpResponse]:
    """Return the view of a button that calls one verb of a project at once."""

    @login_required
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        project = get_object_or_404(Project, pk=pk)
        try:
            verb(project, by=acting(request))
        except RuleViolation as refusal:
            return _page(request, project, refusal)
        messages.success(request, _(done))
        return redirect("project-case", pk=pk)

    return view


def ask_reason(
    verb: Callable[..., Project], title: str, warning: str, harm: bool = False
) -> Callable[..., HttpResponse]:
    """Return the view of a button that asks for a reason first and then calls one verb of a project."""

    @login_required
    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        project = get_object_or_404(Project, pk=pk)
        form = ReasonForm(request.POST or None, hint=_("写明原因，对方会看到原文"))
        refusal = None
        if request.method == "POST" and form.is_valid():
            try:
                verb(project, by=acting(request), reason=form.cleaned_data["reason"])
            except RuleViolation as refused:
                refusal = refused
            else:
                messages.success(request, _("已办理。"))
                return redirect("project-case", pk=pk)
        must_see(request, project)
        back = reverse("project-case", args=[pk])
        context = {
            "title": _(title),
            "rows": [(_("项目"), project.name), (_("业主"), project.owner.name)],
            "warning": _(warning),
            "harm": harm,
            "form": form,
            "action": request.path,
            "label": _(title),
            "back": back,
            "trail": [(_("我的项目"), reverse("owner-home")), (project.name, back)],
            "refusal": refusal,
        }
        return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)

    return view


@login_required
@require_http_methods(["GET", "POST"])
def open_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a monitored period of a registered project."""
    project, refusal = get_object_or_404(Project, pk=pk), None
    form = PeriodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            period = periods.open_period(project, by=acting(request), **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            return redirect("period", pk=period.pk)
    must_see(request, project)
    trail = [(_("我的项目"), reverse("owner-home")), (project.name, reverse("project-case", args=[pk]))]
    context = {"form": form, "project": project, "refusal": refusal, "trail": trail}
    return render(request, "projects/period_new.html", context, status=409 if refusal else 400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def open_claim_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the monitored period of a claim: its month and its figures come with it."""
    project, refusal = get_object_or_404(Project, pk=pk), None
    form = ClaimPeriodForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            period = claim_periods.open_claim_period(project, form.cleaned_data["claim"], by=acting(request))
        except RuleViolation as refused:
            refusal = refused
        else:
            return redirect("period", pk=period.pk)
    must_see(request, project)
    trail = [(_("我的项目"), reverse("owner-home")), (project.name, reverse("project-case", args=[pk]))]
    context = {"form": form, "project": project, "refusal": refusal, "trail": trail}
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "projects/claim_period_new.html", context, status=status)
