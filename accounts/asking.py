"""A page of the admin for a verb that asks more than a reason: a form, what is decided on, and the refusal where it was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.refusals import REFUSALS
from accounts.workflow import sentence


def ask(
    desk: Any,
    request: HttpRequest,
    form: forms.Form,
    call: Callable[[dict[str, Any]], object],
    *,
    label: Any,
    back: str,
    facts: Iterable[tuple[Any, Any]] = (),
    note: Any = "",
    harm: bool = False,
    key: str = "",
    done: Any = "",
    template: str = "admin/verb_form.html",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show the form; posted and in order, call the verb with its fields. ``label`` is the button, ``back`` an address.

    ``done`` is said afterwards instead of the button's words; ``more`` is for a ``template`` of the caller's own.
    A refusal is shown above the form with 409, a form that is not in order with 400; PermissionDenied goes on.
    """
    refusal: Exception | None = None
    if request.method == "POST" and form.is_valid():
        try:
            call(form.cleaned_data)
        except REFUSALS as refused:
            refusal = refused
        else:
            messages.success(request, done or _("已办理：%s") % label)
            return redirect(back)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": label,
        "form": form,
        "label": label,
        "said": sentence(refusal) if refusal else "",
        "rows": getattr(refusal, "rows", ()),
        "facts": list(facts),
        "note": note,
        "harm": harm,
        "key": key,
        "back": back,
        **(more or {}),
    }
    return TemplateResponse(request, template, context, status=409 if refusal else 400 if form.errors else 200)
