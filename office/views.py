"""Objecting to a notice and following it, for anybody; and one's own messages.

Every POST of an objection calls one verb, in the name of the portal.
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import posted
from accounts.keys import posted_key
from accounts.services.people import portal_user
from kernel import clock
from kernel.rules import RuleViolation
from office import inbox as pages
from office.forms import FollowForm, ObjectionForm
from office.models import Notice, Objection
from office.services import objections
from office.states import ObjectionState

SESSION = "objections"  # numbers this browser filed or opened by their code, with the codes


def _remember(request: HttpRequest, number: str, code: str) -> None:
    request.session[SESSION] = {**request.session.get(SESSION, {}), number: code}


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of an objection to a notice; a receipt with number and code comes back."""
    notice = get_object_or_404(Notice.objects.select_related("division"), pk=pk)
    form, refusal = posted(ObjectionForm, request), None
    key = posted_key(request.POST) if request.method == "POST" else uuid.uuid4().hex
    if request.method == "POST" and form.is_valid():
        try:
            made = objections.file_objection(notice, by=portal_user(), key=key, **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            _remember(request, made.number, objections.code_of(key))
            return redirect("objection", number=made.number)
    back = reverse("notice", args=[pk])
    context = {
        "notice": notice,
        "over": notice.is_over,
        "form": form,
        "key": key,
        "refusal": refusal,
        "trail": [(_("公示公告"), reverse("notices")), (notice.title, back)],
        "back": back,
    }
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "office/objection_new.html", context, status=status)


@require_GET
def objection(request: HttpRequest, number: str) -> HttpResponse:
    """One objection: what was said, where it stands, the answer. For the browser that filed it or gave the code."""
    codes = request.session.get(SESSION, {})
    if number not in codes:
        return redirect("objection-follow")
    row = get_object_or_404(Objection.objects.select_related("notice"), number=number)
    context = {
        "row": row,
        "papers": row.papers.select_related("attachment"),
        "code": codes[number],
        "steps": _steps(row),
        "answered": row.state == ObjectionState.ANSWERED,
        "late": row.state in ("RECEIVED", "ACCEPTED", "INVESTIGATING") and clock.today() > row.due_on,
        "trail": [(_("公示公告"), reverse("notices")), (row.notice.title, reverse("notice", args=[row.notice_id]))],
    }
    return render(request, "office/objection.html", context)


def _steps(row: Objection) -> list[tuple[str, str]]:
    """The way of an objection, each step ``done``, ``now`` or ahead."""
    if row.state == ObjectionState.DISMISSED:
        return [(_("收到"), "done"), (_("不予受理"), "done")]
    order = [ObjectionState.RECEIVED, ObjectionState.ACCEPTED, ObjectionState.INVESTIGATING, ObjectionState.UPHELD]
    words = [_("收到"), _("受理"), _("调查"), _("作出结论"), _("答复")]
    if row.state in (ObjectionState.ANSWERED, ObjectionState.CLOSED):
        at = len(words)
    else:
        at = (
            order.index(ObjectionState.UPHELD if row.state == ObjectionState.NOT_UPHELD else ObjectionState(row.state))
            + 1
        )
    return [(word, "done" if place < at else "now" if place == at else "") for place, word in enumerate(words)]


@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Open an objection by number and code."""
    form, refusal = posted(FollowForm, request), None
    if request.method == "POST" and form.is_valid():
        row = objections.followed(form.cleaned_data["number"], form.cleaned_data["code"])
        if row is not None:
            _remember(request, row.number, form.cleaned_data["code"])
            return redirect("objection", number=row.number)
        refusal = RuleViolation("not_found", _("没有这件异议，请核对编号和查询码"))
    context = {"form": form, "refusal": refusal, "trail": [(_("公示公告"), reverse("notices"))]}
    return render(
        request, "office/objection_follow.html", context, status=404 if refusal else 400 if form.errors else 200
    )


@require_POST
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Who objected has read the answer."""
    if number not in request.session.get(SESSION, {}):
        return redirect("objection-follow")
    row = get_object_or_404(Objection, number=number)
    try:
        objections.close_objection(row, by=portal_user(), reason=_("异议人已阅"))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已记下您看过答复。"))
    return redirect("objection", number=number)


@login_required
@require_http_methods(["GET", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages of the person who is signed in."""
    return pages.inbox(request, pages.SITE)


@login_required
@require_http_methods(["GET", "POST"])
def inbox_settings(request: HttpRequest) -> HttpResponse:
    """How messages come to the person who is signed in."""
    return pages.settings(request, pages.SITE)
