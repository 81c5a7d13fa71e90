"""Sign-in by a code on the telephone: the number, then the code, a page each and no script."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.context import caller
from accounts.models import SmsCode
from accounts.services.codes import send_code
from accounts.services.entering import enter_by_code
from carbon_portal.site.forms import CodeForm, PhoneForm
from carbon_portal.site.views import safe_next
from kernel.identifiers import mask_phone
from kernel.rules import RuleViolation

STILL_GOOD = {"too_soon", "bad_login"}  # the code sent before can be typed


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the number and send a code, whoever the number belongs to; with a code, let the person in."""
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    if request.method == "GET":
        return _page(request, PhoneForm())
    if "code" in request.POST:
        return _enter(request, CodeForm(request.POST))
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    phone = form.cleaned_data["phone"]
    try:
        shown = send_code(phone=phone, purpose=SmsCode.Purpose.LOGIN, ip=caller().ip)
    except RuleViolation as refusal:
        again = CodeForm(initial={"phone": phone}) if refusal.code in STILL_GOOD else form
        return _page(request, again, refusal=refusal, status=409)
    return _page(request, CodeForm(initial={"phone": phone}), shown=shown)


def _enter(request: HttpRequest, form: CodeForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        user = enter_by_code(**form.cleaned_data)
    except RuleViolation as refusal:
        again = form if refusal.code in STILL_GOOD else PhoneForm(initial={"phone": form.cleaned_data["phone"]})
        return _page(request, again, refusal=refusal, status=409)
    record_authentication(request, user, "code")
    # Whoever set up a second factor is asked for it here too.
    return perform_login(request, user, redirect_url=safe_next(request))


def _page(request: HttpRequest, form: PhoneForm | CodeForm, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show the step the form is for. The number is in the page and nowhere else; in words it is masked."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    context = {"form": form, "next": safe_next(request) if wanted else "", "here": reverse("login-phone"), **more}
    if isinstance(form, CodeForm):
        context["masked"] = mask_phone(str(form["phone"].value() or ""))
    return render(request, "registration/phone.html", context, status=status)
