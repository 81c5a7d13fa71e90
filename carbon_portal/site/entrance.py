"""The way in by name and password, the second factor, one's sessions, registering, and the demo's one click."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.context import caller
from accounts.events import record
from accounts.models import SecondFactorReset, SmsCode, User
from accounts.services.codes import send_code
from accounts.services.entering import demo_person
from accounts.services.registering import register_by_code
from accounts.states import ResetState
from accounts.visitor import has_second_factor, is_staff, let_in, show_second_factor
from carbon_portal.site.forms import AddressForm, RegisterForm
from carbon_portal.site.views import safe_next
from kernel.rules import RuleViolation


class SignIn(LoginView):
    """Sign in with name and password; a demo shows who there is."""

    template_name = "registration/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo log-ins, in a demo only."""
        context = super().get_context_data(**kwargs)
        context.pop("site", None)  # the host, which would hide the portal's own name
        context["next"] = self.request.POST.get("next") or self.request.GET.get("next") or ""
        if settings.DEMO:
            context["demo_logins"] = [_who(user) for user in User.objects.order_by("pk") if user.has_usable_password()]
            context["demo_password"] = getattr(settings, "DEMO_PASSWORD", "")
        return context


def _who(user: User) -> dict[str, str]:
    grants = user.grants_now().select_related("organisation", "division")
    words = [f"{grant.organisation or grant.division or ''} {grant.get_role_display()}".strip() for grant in grants]
    return {"username": user.username, "full_name": user.full_name, "roles": "，".join(words)}


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """Let a demo person in by one click, which counts as both factors; outside a demo there is no such page."""
    try:
        user = demo_person(request.POST.get("username", ""))
    except RuleViolation as refusal:
        raise Http404 from refusal
    let_in(request, user, by="demo")
    return redirect(safe_next(request))


@require_GET
def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead from the admin's own log-in page, which asks for no second factor, to ours."""
    wanted = safe_next(request)
    if request.user.is_authenticated and not is_staff(request):
        return redirect("home")
    return redirect(f"{reverse('login')}?{urlencode({'next': reverse('admin:index') if wanted == '/' else wanted})}")


@never_cache
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Say why a second factor is needed and what became of the last one; then set one up, or sign in again with it."""
    if has_second_factor(request):
        return redirect(safe_next(request))
    user: Any = request.user
    has_one = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    reset = SecondFactorReset.objects.filter(user=user, state=ResetState.DONE).select_related("closed_by").first()
    context = {"has_one": has_one, "reset": reset, "next": safe_next(request)}
    return render(request, "mfa/start.html", context)


class SetUp(ActivateTOTPView):
    """Read the secret with an app, type its first code; the session then counts as shown."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the secret, write the event, and go on to the recovery codes."""
        response = super().form_valid(form)
        user: Any = self.request.user
        record_authentication(self.request, user, method="mfa", type="totp", reauthenticated=True)
        show_second_factor(self.request.session, user)
        record("accounts.set_up_second_factor", user, by=user)
        return response


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List where one is signed in, and end a session, or all but this one."""
    rows = sorted(UserSession.objects.purge_and_list(request.user), key=lambda row: row.created_at, reverse=True)
    if request.method == "POST":
        wanted = request.POST.get("session", "")
        ended = [row for row in rows if not row.is_current() and wanted in ("others", str(row.pk))]
        for row in ended:
            row.end()
        if ended:
            record("accounts.end_session", request.user, by=request.user, data={"sessions": len(ended)})
            messages.success(request, _("已退出 %d 处登录") % len(ended))
        return redirect("usersessions_list")
    return render(request, "usersessions/usersession_list.html", {"sessions": rows})


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Ask for a telephone or e-mail address, send a code; with the code, name and password the person is registered."""
    if request.user.is_authenticated:
        return redirect(safe_next(request))
    if request.method == "GET":
        return _register_page(request, AddressForm())
    if "code" in request.POST:
        return _registered(request, RegisterForm(request.POST))
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _register_page(request, form, status=400)
    address = form.cleaned_data["address"]
    try:
        shown = send_code(phone=address, purpose=SmsCode.Purpose.REGISTER, ip=caller().ip)
    except RuleViolation as refusal:
        again = RegisterForm(initial={"address": address}) if refusal.code == "too_soon" else form
        return _register_page(request, again, refusal=refusal, status=409)
    return _register_page(request, RegisterForm(initial={"address": address}), shown=shown)


def _registered(request: HttpRequest, form: RegisterForm) -> HttpResponse:
    if not form.is_valid():
        return _register_page(request, form, status=400)
    try:
        user = register_by_code(**form.cleaned_data)
    except RuleViolation as refusal:
        return _register_page(request, form, refusal=refusal, status=409)
    let_in(request, user, by="code")
    messages.success(request, _("已注册。现在请单位管理员或主管部门给您授权，授权后就能替单位办事"))
    return redirect("home")


def _register_page(request: HttpRequest, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        request,
        "account/register.html",
        {"form": form, "second": isinstance(form, RegisterForm), **more},
        status=status,
    )
