"""The workshop: where an officer or an outside developer writes a method, sees it computed while typing, and hands it in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Event, Organisation, User
from accounts.roles import Role
from accounts.visitor import may, roles_now
from kernel.rules import RuleViolation
from methodologies.document import parse, preview, sheet_of
from methodologies.forms import NewDraftForm, parts_of, sheet_of_post
from methodologies.models import Draft
from methodologies.services import drafting, publishing
from methodologies.states import DraftState, Verdict
from methodologies.views.drawing import looked, whole
from methodologies.views.public import version_named

WRITE = "methodologies.draft"
MOST_TEXT = 200_000


def _acting(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _company(request: HttpRequest) -> Organisation | None:
    """The company the visitor writes for; None for an officer, who writes for the bureau."""
    if Role.OFFICER in roles_now(request):
        return None
    return _acting(request).organisations(Role.MAKER).first()


def _seen(request: HttpRequest, pk: int) -> Draft:
    """Return a draft within the visitor's scope. A POST takes any draft and lets the verb decide, so that its refusal is kept."""
    rows = Draft.objects.all() if request.method == "POST" else Draft.objects.visible_to(_acting(request))
    return get_object_or_404(rows.select_related("developer", "division", "derived_from", "notice", "method"), pk=pk)


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The drafts one writes, was asked about, or has in one's place; newest first."""
    user = _acting(request)
    rows = Draft.objects.visible_to(user).select_related("developer", "division").defer("sheet", "document")
    waiting = Draft.objects.filter(
        state=DraftState.EVALUATION, evaluations__expert=user, evaluations__given_at=None
    ).values_list("pk", flat=True)
    context = {"rows": rows, "may_write": may(request, WRITE), "waiting": set(waiting)}
    return render(request, "methodologies/workshop.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft: of a new method, or with ``of`` the next version of a published one."""
    if not may(request, WRITE):
        raise PermissionDenied(_("起草方法学的是主管部门的受理人员和单位的发起代表"))
    by, company, refusal = _acting(request), _company(request), None
    form = NewDraftForm(request.POST or None, office=company is None)
    if request.method == "POST" and form.is_valid():
        try:
            made = drafting.draft(developer=company, by=by, **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            return redirect("draft-edit", made.pk)
    context = {"form": form, "refusal": refusal, "trail": _trail()}
    return render(
        request, "methodologies/draft_new.html", context, status=409 if refusal else 400 if form.errors else 200
    )


@login_required
@require_POST
def new_version(request: HttpRequest, number: str) -> HttpResponse:
    """Begin the next version of a published method with its text."""
    method = version_named(number)
    adopted = request.POST.get("adopted_from", "")
    try:
        made = drafting.draft(method, developer=_company(request), adopted_from=adopted, by=_acting(request))
    except RuleViolation as refused:
        messages.error(request, str(refused))
        return redirect("method", method.number)
    return redirect("draft-edit", made.pk)


@login_required
@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft as it stands: what it amounts to, where it is, what was said of it."""
    return _page(request, _seen(request, pk))


def _page(request: HttpRequest, row: Draft, refusal: Exception | None = None, said: str = "") -> HttpResponse:
    user = _acting(request)
    mine = row.evaluations.filter(expert=user, round=row.round, given_at=None).exists()
    context: dict[str, Any] = {
        **whole(row),
        "draft": row,
        "may_write": row.writable and may(request, WRITE) and _writes(request, row),
        "asked": mine and row.state == DraftState.EVALUATION,
        "verdicts": Verdict.choices,
        "evaluations": row.evaluations.exclude(given_at=None).select_related("expert"),
        "awaited": row.evaluations.filter(round=row.round, given_at=None).count(),
        "comments": row.notice.objections.order_by("pk") if row.notice else (),
        "events": Event.objects.filter(object_type="methodologies.draft", object_id=row.pk, outcome="DONE")[:50],
        "refusal": refusal,
        "said": said,
        "trail": _trail(),
    }
    return render(request, "methodologies/draft.html", context, status=409 if refusal else 200)


def _writes(request: HttpRequest, row: Draft) -> bool:
    return (row.developer is None) == (_company(request) is None)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a draft. Whatever is typed is saved; what is wrong with it stands beside it."""
    row, refusal = _seen(request, pk), None
    if request.method == "GET" and not row.writable:
        return redirect("draft", pk)
    sheet = row.sheet
    if request.method == "POST":
        sheet = sheet_of_post(request.POST) | {"code": row.code, "version": str(row.version)}
        try:
            drafting.save_draft(row, sheet=sheet, by=_acting(request))
        except RuleViolation as refused:
            refusal = refused
        else:
            return _saved(request, pk)
    context = {
        **looked(preview(sheet)),
        "draft": row,
        "page": parts_of(sheet),
        "refusal": refusal,
        "trail": [*_trail(), (row.number, reverse("draft", args=[pk]))],
    }
    return render(request, "methodologies/draft_edit.html", context, status=409 if refusal else 200)


def _saved(request: HttpRequest, pk: int) -> HttpResponse:
    act, _colon, rest = request.POST.get("act", "").partition(":")
    if act == "done":
        messages.success(request, _("已保存"))
        return redirect("draft", pk)
    if act == "save":
        messages.success(request, _("已保存"))
    anchor = f"#{rest.partition(':')[0]}" if rest else ""
    return redirect(reverse("draft-edit", args=[pk]) + anchor)


@login_required
@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft as text: whoever has a TOML puts it in here. Only a text that can be read whole takes the place of the sheet."""
    row, refusal = _seen(request, pk), None
    typed = request.POST.get("text", row.document)[:MOST_TEXT]
    if request.method == "POST":
        try:
            sheet = sheet_of(parse(typed)) | {"code": row.code, "version": str(row.version)}
            drafting.save_draft(row, sheet=sheet, by=_acting(request))
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已保存"))
            return redirect("draft-edit", pk)
    trail = [*_trail(), (row.number, reverse("draft", args=[pk]))]
    context = {"draft": row, "typed": typed, "refusal": refusal, "trail": trail}
    return render(request, "methodologies/draft_paste.html", context, status=409 if refusal else 200)


@login_required
@require_POST
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """What the sheet somebody is typing amounts to; nothing is kept. For the page itself, while one types."""
    if not Draft.objects.visible_to(_acting(request)).filter(pk=pk).exists():
        raise PermissionDenied
    number = {"code": request.POST.get("code", ""), "version": request.POST.get("version", "")}
    return render(request, "methodologies/preview.html", looked(preview(sheet_of_post(request.POST) | number)))


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the draft in."""
    row = _seen(request, pk)
    try:
        drafting.submit_draft(row, by=_acting(request))
    except RuleViolation as refused:
        return _page(request, row, refused)
    messages.success(request, _("已申报，等主管部门受理。"))
    return redirect("draft", pk)


@login_required
@require_POST
def evaluate(request: HttpRequest, pk: int) -> HttpResponse:
    """Say, as an expert who was asked, what one thinks of the draft."""
    row, said = _seen(request, pk), request.POST.get("said", "")[:10_000]
    try:
        publishing.evaluate_draft(row, verdict=request.POST.get("verdict", ""), by=_acting(request), reason=said)
    except RuleViolation as refused:
        return _page(request, row, refused, said)
    messages.success(request, _("意见已提交。"))
    return redirect("draft", pk)


@login_required
@require_GET
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """The text the draft amounts to, as a file."""
    row = _seen(request, pk)
    response = HttpResponse(row.document, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.number}-draft.toml"'
    return response


def _trail() -> list[tuple[str, str]]:
    return [(_("方法学"), reverse("methods")), (_("编制"), reverse("workshop"))]
