"""The counter: a paper application is entered for its owner on the owner's own form, with the scan of what was signed (代录)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.content import download
from accounts.forms import AskedForm
from accounts.models import Attachment, Division, Organisation, User
from accounts.refusals import sentence
from accounts.scope import Acting, scope
from accounts.services.people import register_organisation
from accounts.visitor import may
from kernel.identifiers import check_uscc, normalise
from kernel.rules import RuleViolation
from office.forms import FilesField
from projects.forms import ProjectForm, SceneProjectForm
from projects.models import CounterEntry, Project
from projects.services import counter
from projects.services.counter import Signed
from projects.states import ProjectState
from projects.views.access import acting
from projects.widgets import DayField

ENTER = "projects.enter_for_owner"
APPLICANTS = [
    (kind.value, kind.label)
    for kind in Organisation.Kind
    if kind not in (Organisation.Kind.BUREAU, Organisation.Kind.VERIFIER)
]


class ApplicantForm(AskedForm):
    """The credit code on the paper."""

    uscc = forms.CharField(
        label=gettext_lazy("申请单位的统一社会信用代码"),
        help_text=gettext_lazy("18 位，照营业执照或登记证书填；N 开头的是农村集体经济组织"),
        max_length=40,
    )

    def clean_uscc(self) -> str:
        """Return the code with both check characters right."""
        try:
            return check_uscc(normalise(self.cleaned_data["uscc"]))
        except RuleViolation as refusal:
            raise ValidationError(sentence(refusal)) from refusal


class NewApplicantForm(ApplicantForm):
    """An organisation that is not registered yet: what its certificate says."""

    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("单位性质"), choices=APPLICANTS, initial=Organisation.Kind.COLLECTIVE)
    division = forms.ModelChoiceField(
        Division.objects.none(), label=gettext_lazy("所在区划"), empty_label=gettext_lazy("请选择")
    )
    legal_representative = forms.CharField(label=gettext_lazy("法定代表人或负责人"), max_length=60)
    contact_phone = forms.CharField(label=gettext_lazy("联系电话"), max_length=20, required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach, inside = scope(Acting(by, ENTER)), Division.objects.none()
        for path in reach.paths:
            inside |= Division.objects.filter(path__startswith=path)
        self.fields["division"].queryset = inside  # type: ignore[attr-defined]


class Paper(forms.Form):
    """Who signed the paper, when, and its scan."""

    signed_by = forms.CharField(
        label=gettext_lazy("签字人"),
        help_text=gettext_lazy("在纸质申请表上签字的人，一般是法定代表人或负责人"),
        max_length=60,
    )
    signed_on = DayField(label=gettext_lazy("签字日期"), help_text=gettext_lazy("纸上写的日期"))
    scan = FilesField(
        label=gettext_lazy("签字原件扫描件"),
        help_text=gettext_lazy("全部页扫成一个 PDF，或一张 JPG、PNG，不超过 10 MB；没有扫描件不能代录"),
    )

    def clean_scan(self) -> tuple[str, bytes]:
        """Return name and content of the one file."""
        files = self.cleaned_data["scan"]
        if len(files) != 1:
            raise ValidationError(_("请只传一个文件"))
        return files[0]

    def paper(self) -> Signed:
        """Return what the verbs take."""
        return Signed(self.cleaned_data["scan"], self.cleaned_data["signed_by"], self.cleaned_data["signed_on"])


class PaperProjectForm(Paper, ProjectForm):
    """The owner's form with the paper it was written on."""

    field_order = [*ProjectForm.field_order, "signed_by", "signed_on", "scan"]


class PaperSceneProjectForm(Paper, SceneProjectForm):
    """The owner's form of a scene with the paper it was written on."""

    field_order = [*SceneProjectForm.field_order, "signed_by", "signed_on", "scan"]


def _officer(request: HttpRequest) -> User:
    if not may(request, ENTER):
        raise PermissionDenied(_("代录由受理人员办理"))
    return acting(request)


@login_required
@require_http_methods(["GET", "POST"])
def applicant(request: HttpRequest) -> HttpResponse:
    """Find the organisation by its credit code; one that is not known is registered first, by the verb."""
    by, refusal = _officer(request), None
    form: ApplicantForm = ApplicantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        known = Organisation.objects.filter(uscc=form.cleaned_data["uscc"]).first()
        if known is not None:
            return redirect("counter-new", owner=known.pk)
        form = NewApplicantForm(request.POST if "name" in request.POST else None, by=by, initial=request.POST.dict())
        if form.is_bound and form.is_valid():
            try:
                owner = register_organisation(by=by, **form.cleaned_data)
            except RuleViolation as refused:
                refusal = refused
            else:
                messages.success(request, _("已登记单位：%s") % owner.name)
                return redirect("counter-new", owner=owner.pk)
    context = {"form": form, "refusal": refusal, "trail": _trail(), "unknown": isinstance(form, NewApplicantForm)}
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "projects/counter.html", context, status=status)


def _trail(*more: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(_("代录台"), reverse("admin:projects_counterdeskrow_changelist")), *more]


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, owner: int) -> HttpResponse:
    """The owner's form, filled in from the paper; sent, the application is before the office."""
    by = _officer(request)
    organisation = get_object_or_404(Organisation, pk=owner)
    if (
        request.method == "GET"
        and not Organisation.objects.visible_to(Acting(by, ENTER)).units().filter(pk=owner).exists()
    ):
        raise PermissionDenied(_("这家单位不在您的辖区，请它所在地的主管部门代录"))
    form = PaperProjectForm(request.POST or None, request.FILES or None, owner=organisation)
    return _save(
        request,
        form,
        lambda fields: counter.enter_for_owner(organisation, paper=form.paper(), by=by, **fields),
    )


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner's form of an application under correction, with the paper the correction was brought on."""
    by, project = _officer(request), get_object_or_404(Project, pk=pk)
    waits = Project.objects.visible_to(Acting(by, ENTER)).filter(pk=pk, state=ProjectState.CORRECTION).exists()
    if request.method == "GET" and not waits:
        raise PermissionDenied(_("只有辖区内待补正的申请能代录补正"))
    kind = PaperProjectForm if project.scene_id is None else PaperSceneProjectForm
    row = get_object_or_404(Project, pk=pk)
    form = kind(request.POST or None, request.FILES or None, owner=project.owner, instance=row)
    return _save(request, form, lambda fields: counter.correct_for_owner(project, paper=form.paper(), by=by, **fields))


def _save(request: HttpRequest, form: Any, verb: Callable[[dict[str, Any]], Project]) -> HttpResponse:
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            project = verb(form.fields_for_verb())
        except RuleViolation as refused:
            refusal = refused
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已代录，申请送达受理台；请把回执打印给申请人。"))
            return redirect("counter-receipt", pk=project.counter_entries.latest("pk").pk)
    of_scene = "scene" in form.fields
    parts = [
        ("owner", _("业主")),
        *([("scene", _("场景"))] if of_scene else []),
        ("project", _("项目")),
        *([] if of_scene else [("meter", _("装机和计量"))]),
        ("promise", _("承诺")),
        ("paper", _("签字原件")),
    ]
    context = {
        "form": form,
        "owner": form.owner,
        "project": form.instance if form.instance.pk else None,
        "parts": parts,
        "trail": _trail(),
        "refusal": refusal,
    }
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "projects/counter_entry.html", context, status=status)


@login_required
@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What the applicant takes home: what was received, from which paper, by whom, until when it is decided whether to accept."""
    rows = CounterEntry.objects.visible_to(acting(request))
    entry = get_object_or_404(rows.select_related("project__owner", "scan", "entered_by"), pk=pk)
    project = entry.project
    waits = project.state == ProjectState.SUBMITTED
    context = {"entry": entry, "project": project, "due_on": project.due_on if waits else None}
    return render(request, "projects/counter_receipt.html", context)


@login_required
@require_GET
def scan(request: HttpRequest, pk: int) -> FileResponse:
    """Send the scan of the signed paper, always as a download, to the owner and to the bureau of the place."""
    entries = CounterEntry.objects.visible_to(acting(request)).filter(pk=pk)
    kept = get_object_or_404(Attachment, pk__in=entries.values("scan"))
    return download(kept.file, kept.name)
