"""The page that asks a natural person for the code before a step that takes two people of a company (clarification 18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.keys import posted_key
from accounts.models import User, VerbKey
from accounts.second_factor import NUMBERS, demo_code, has_one, prove
from kernel.rules import RuleViolation
from projects.forms import PlainForm
from projects.views.access import acting

# Which of a row's accounts a verb goes out of, where it takes a second person or the code; apps above add theirs.
WHOSE = {
    "registry.confirm_transfer": "source",
    "registry.confirm_retirement": "account",
    "registry.confirm_pledge": "account",
    "registry.confirm_venue_order": "account",
}


# Whose turn an order is that waits for its natural person.
ALONE = gettext_lazy("本人 用动态验证码确认")


def is_alone(row: Any, verb: Callable[..., Any]) -> bool:
    """Tell whether the verb asks for the code: its account on this row is a natural person's."""
    account = WHOSE.get(verb.verb_name)  # type: ignore[attr-defined]
    return account is not None and getattr(row, account).organisation.is_person


class CodeForm(PlainForm):
    """The code of the app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("动态验证码"),
        max_length=20,
        help_text=gettext_lazy("验证器应用现在显示的六位数字；手机不在身边时用一个恢复码"),
        widget=forms.TextInput(attrs=NUMBERS),
    )


def with_code(
    request: HttpRequest,
    row: Any,
    verb: Callable[..., Any],
    done: Callable[[], HttpResponse],
    *,
    key: str,
    title: str,
    rows: list[tuple[Any, str]],
    back: str,
    warning: str = "",
    trail: list[tuple[Any, str]] | None = None,
) -> HttpResponse:
    """Ask for the code; with it call the verb and return what ``done`` does. A press without a code only opens the page.

    The verb finds by itself that the code was given. Sent twice, it answers twice and the code is taken once.
    """
    user, refusal = acting(request), None
    typed = request.method == "POST" and "code" in request.POST
    form = CodeForm(request.POST if typed else None)
    if typed and form.is_valid():
        try:
            _prove_and_call(row, verb, form.cleaned_data["code"], by=user, key=posted_key(request.POST))
        except RuleViolation as refused:
            refusal = refused
        else:
            return done()
    context = {
        "title": title, "rows": rows, "warning": warning, "form": form, "key": key, "action": request.path, "label": title,
        "back": back, "trail": [*(trail or []), (str(row), back)], "refusal": refusal, "has_one": has_one(user),
        "set_up": reverse("mfa_activate_totp"), "demo_code": demo_code(user), "again": _("设置第二因素"),
    }  # fmt: skip
    return render(request, "registry/with_code.html", context, status=409 if refusal else 400 if form.errors else 200)


def _prove_and_call(row: Any, verb: Callable[..., Any], code: str, *, by: User, key: str) -> None:
    name = verb.verb_name  # type: ignore[attr-defined]
    if not VerbKey.objects.filter(actor=by, verb=name, key=key).exists():
        prove(row, name, code, by=by)
    verb(row, by=by, key=key)
