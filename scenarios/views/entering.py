"""Four short steps to an account: phone, code, real name, first consent. The first two also let people in again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.context import caller
from accounts.models import User
from accounts.services.codes import send_code
from accounts.services.entering import enter_by_code
from accounts.services.people import portal_user
from accounts.visitor import let_in
from kernel.rules import RuleViolation
from scenarios.forms import CodeForm, NameForm, PhoneForm
from scenarios.identity import identity_service
from scenarios.models import Citizen
from scenarios.services import people
from scenarios.states import CitizenState
from scenarios.views.access import citizen_only

WRONG_CODE = {"bad_code", "bad_login"}
PHONE_STEP, CODE_STEP, NAME_STEP, CONSENT_STEP = 1, 2, 3, 4


@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the phone and send a code; nothing is said about whether the phone is known."""
    if request.user.is_authenticated and Citizen.objects.filter(user_id=request.user.pk).exists():
        return redirect("me-home")
    form, refusal = PhoneForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            shown = send_code(phone=form.cleaned_data["phone"], purpose=people.ENTERING, ip=caller().ip)
        except RuleViolation as refused:
            refusal = refused
        else:
            return _code_page(request, CodeForm(initial={"phone": form.cleaned_data["phone"]}), shown=shown)
    context = {"form": form, "refusal": refusal, "step": PHONE_STEP, "next": _next(request)}
    return render(request, "scenarios/enter.html", context, status=_status(form, refusal))


def _code_page(
    request: HttpRequest, form: CodeForm, *, shown: str = "", refusal: RuleViolation | None = None
) -> HttpResponse:
    phone = str(form["phone"].value() or "")
    context = {
        "form": form,
        "refusal": refusal,
        "step": CODE_STEP,
        "phone": phone,
        "shown": shown,
        "next": _next(request),
    }
    return render(
        request, "scenarios/code.html", context, status=_status(form, refusal) if request.POST.get("code") else 200
    )


def _status(form: PhoneForm | CodeForm | NameForm, refusal: RuleViolation | None) -> int:
    return 409 if refusal else 400 if form.errors else 200


@never_cache
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Take the code: whoever has an account is let in, whoever has none opens one."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form)
    phone, typed = form.cleaned_data["phone"], form.cleaned_data["code"].strip()
    try:
        if people.is_known(phone):
            user = enter_by_code(phone=phone, code=typed)
        else:
            user = people.register(phone=phone, code=typed, by=portal_user()).user
    except RuleViolation as refusal:
        # Said alike whether the phone is known or not, so that nobody learns who has an account.
        wrong = RuleViolation("bad_code", _("验证码不对，请核对最近一条短信"))
        return _code_page(request, form, refusal=wrong if refusal.code in WRONG_CODE else refusal)
    let_in(request, User.objects.get(pk=user.pk), by="code")
    if Citizen.objects.filter(user=user, state=CitizenState.UNVERIFIED).exists():
        return redirect("me-name")
    return redirect(_next(request) or "me-home")


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else ""


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only(verified=False)
def name(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Ask for the real name, once; the number typed is never shown again."""
    if citizen.state != CitizenState.UNVERIFIED:
        return redirect("me-home")
    form, refusal = NameForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            people.verify_identity(citizen, by=citizen.user, **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            return redirect("me-consent-new")
    service = identity_service()
    label = service.label if service else _("未接通")
    context = {"form": form, "refusal": refusal, "step": NAME_STEP, "service": label}
    return render(request, "scenarios/name.html", context, status=_status(form, refusal))
