"""Home, sign-in, preferences, about, and the pages for what went wrong."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.context import caller
from accounts.problems import plain_problem
from carbon_portal.site import home as figures
from carbon_portal.site.context import SIZE_COOKIE, SIZES, THEME_COOKIE, THEMES, chosen
from carbon_portal.site.words import english

YEAR = 365 * 24 * 3600


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Three doors, the state of the ledger, what is on notice, what was retired last."""
    return render(request, "site/home.html", figures.overview())


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """What this site is, and the accessibility statement."""
    return render(request, "site/about.html")


def safe_next(request: HttpRequest) -> str:
    """Return the address of ours that was asked for, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("home")


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show the choices of size, colours and language; a POST keeps those it names in cookies and goes back.

    Unknown values are ignored, so that an old form never leaves a page without colours.
    """
    if request.method == "POST":
        answer = redirect(safe_next(request))
        allowed = {
            THEME_COOKIE: THEMES,
            SIZE_COOKIE: SIZES,
            "language": tuple(code for code, _name in settings.LANGUAGES),
        }
        for name, values in allowed.items():
            value = request.POST.get(name)
            if value in values:
                cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
                answer.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.HTTPS)
        return answer
    sizes = [("", _("标准")), ("l", _("大（关怀版）")), ("xl", _("特大（关怀版）")), ("xxl", _("超大（关怀版）"))]
    themes = [("light", _("浅色")), ("dark", _("深色")), ("contrast", _("高对比"))]
    groups = [
        (SIZE_COOKIE, _("字号"), chosen(request, SIZE_COOKIE, SIZES), sizes),
        (THEME_COOKIE, _("颜色"), chosen(request, THEME_COOKIE, THEMES), themes),
        ("language", _("语言"), "en" if english() else settings.LANGUAGE_CODE, settings.LANGUAGES),
    ]
    return render(request, "site/preferences.html", {"groups": groups, "next": safe_next(request)})


API = "/api/v1/"
DEFAULT_REFUSAL = gettext_lazy("这一页要由有权限的人打开。")


DEFAULT_BAD_REQUEST = gettext_lazy("这次提交的内容读不出来，什么都没有改动；请返回上一页，刷新后再试一次")


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what was sent is no request of a page of ours; the API is told in a problem document."""
    said = str(exception) if isinstance(exception, BadRequest) else str(DEFAULT_BAD_REQUEST)
    if request.path.startswith(API):
        return plain_problem(400, "invalid", said)
    return render(request, "400.html", {"said": said}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: who can open the page, and where to go."""
    if request.path.startswith(API):
        return plain_problem(403, "forbidden", str(exception or "") or str(DEFAULT_REFUSAL))
    return render(request, "403.html", {"said": str(exception or "") or DEFAULT_REFUSAL}, status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing at this address, or nothing that this visitor may see."""
    if request.path.startswith(API):
        return plain_problem(404, "not_found", _("没有这一项"))
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our mistake, with a number to quote. Asks neither session nor database, which may be what broke."""
    if request.path.startswith(API):
        return plain_problem(500, "broken", _("系统出错了，什么都没有改动；请稍后再试，或把请求号告诉我们"))
    words = {
        "number": caller().request_id,
        "hotline": getattr(settings, "HOTLINE", ""),
        "lang": "en" if english() else "zh-Hans",
    }
    return HttpResponse(render_to_string("500.html", words), status=500)
