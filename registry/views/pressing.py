"""The view behind a button: a second look with a reason where the other side must read one, then exactly one verb."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.keys import posted_key
from kernel.rules import RuleViolation
from projects.forms import ReasonForm
from projects.views.access import acting, must_see
from registry.views.alone import is_alone, with_code

Page = Callable[[HttpRequest, Any, RuleViolation | None], HttpResponse]
Lines = Callable[[Any], list[tuple[Any, str]]]


def press(
    model: Any,
    name: str,
    page: Page,
    verb: Callable[..., Any],
    *,
    title: str,
    about: Lines,
    above: Lines,
    warning: str = "",
    reason: bool = False,
    harm: bool = False,
) -> Callable[..., HttpResponse]:
    """Return the view of a button of the row's page ``name``.

    With ``reason`` a written reason is asked on a page of its own first, which shows what is ``about`` the row and the pages
    ``above`` it; else the button posts at once, and asks a natural person for the code where that is needed. A refusal is shown
    where the button was pressed. ``warning`` says what it does.
    """

    @login_required
    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(model, pk=pk)
        if request.method == "POST" and is_alone(row, verb):
            must_see(request, row)
            return with_code(
                request, row, verb, lambda: _done(request, name, pk), key=posted_key(request.POST),
                title=_(title) if title else _("用动态验证码确认"), rows=about(row), warning=_(warning) if warning else "",
                back=reverse(name, args=[pk]), trail=above(row),
            )  # fmt: skip
        form = ReasonForm(request.POST or None, hint=_("写明原因，对方会看到原文")) if reason else None
        key, refusal = posted_key(request.POST) if request.method == "POST" else uuid.uuid4().hex, None
        if request.method == "POST" and (form is None or form.is_valid()):
            told = form.cleaned_data["reason"] if form else ""
            try:
                verb(row, by=acting(request), reason=told, key=key)
            except RuleViolation as refused:
                refusal = refused
            else:
                return _done(request, name, pk)
        must_see(request, row)
        if form is None:
            return page(request, get_object_or_404(model, pk=pk), refusal)
        back = reverse(name, args=[pk])
        context = {
            "title": _(title),
            "rows": about(row),
            "warning": _(warning) if warning else "",
            "harm": harm,
            "form": form,
            "key": key,
            "action": request.path,
            "label": _(title),
            "back": back,
            "trail": [*above(row), (str(row), back)],
            "refusal": refusal,
        }
        return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)

    return view


def _done(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    messages.success(request, _("已办理。"))
    return redirect(name, pk=pk)
