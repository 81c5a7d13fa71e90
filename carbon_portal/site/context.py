"""What every page knows: names, look and language chosen, where the visitor is, whose desks, the moved clock."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import STAFF, Role
from accounts.visitor import roles_now
from carbon_portal.site.words import english
from kernel import clock
from office.inbox import unread

THEMES = ("light", "dark", "contrast")
SIZES = ("", "l", "xl", "xxl")
THEME_COOKIE, SIZE_COOKIE = "theme", "size"

# Name of the address, words, and the paths below which the item is the current one.
SECTIONS = (
    ("home", _("首页"), ()),
    ("owner-home", _("项目办理"), ("/owner/", "/verifier/")),
    ("notices", _("公示公告"), ("/notices/",)),
    ("registry", _("登记簿"), ("/registry/", "/events/")),
    ("methods", pgettext_lazy("导航", "方法学"), ("/methods/",)),
    ("verify", _("凭证核验"), ("/verify/", "/certificates/")),
)


class Item(NamedTuple):
    """One item of the main navigation."""

    words: Any
    url: str
    current: bool


def chosen(request: HttpRequest, cookie: str, allowed: tuple[str, ...]) -> str:
    """Return a choice kept in a cookie, or the first allowed one."""
    value = request.COOKIES.get(cookie, "")
    return value if value in allowed else allowed[0]


def _navigation(request: HttpRequest) -> list[Item]:
    here = request.path
    return [
        Item(words, reverse(name), here.startswith(paths) if paths else here == reverse(name))
        for name, words, paths in SECTIONS
    ]


def _desks(request: HttpRequest) -> list[tuple[Any, str]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    roles = roles_now(request)
    desks = []
    if roles & {Role.MAKER, Role.CHECKER}:
        desks += [
            (_("我的项目"), reverse("owner-home")),
            (_("持有账户"), reverse("holdings")),
            (_("协议转让"), reverse("agreements")),
            (_("活动碳中和"), reverse("events")),
        ]
    if Role.HOLDER in roles:
        desks += [(_("持有账户"), reverse("holdings")), (_("协议转让"), reverse("agreements"))]
    if roles & {Role.MAKER, Role.OFFICER, Role.EXPERT}:
        desks.append((_("编制方法学"), reverse("workshop")))
    if Role.VERIFIER in roles:
        desks.append((_("核证工作台"), reverse("verifier-home")))
    if Role.CITIZEN in roles:
        desks.append((_("我的碳账本"), reverse("me-home")))
    if Role.AUDITOR in roles:
        desks.append((_("审计"), reverse("audit")))
    if Role.AUDIT_ADMIN in roles:
        desks.append((_("审计"), reverse("audit-pairs")))
    if roles & STAFF:
        desks.append((_("办公后台"), reverse("admin:index")))
    if roles & {Role.OFFICER, Role.REVIEWER}:
        desks.append((_("现场核实"), reverse("field-home")))
    if Role.SYSADMIN in roles:
        desks.append((_("运行状况"), reverse("health")))
    return desks


class Box(NamedTuple):
    """The way to a person's messages, and how many nobody has opened."""

    url: str
    new: int


def _inbox(request: HttpRequest) -> Box | None:
    """Return the visitor's own box: in the office, on the phone pages, or on the pages of owners; a visitor has none."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    roles = roles_now(request)
    name = "admin:inbox" if roles & STAFF else "me-inbox" if roles == {Role.CITIZEN} else "inbox"
    return Box(reverse(name), unread(user))


def business_clock() -> dict[str, Any]:
    """Return whether the business clock is moved and the business time; only a demo can move it."""
    return {"moved": bool(clock.offset()), "now": clock.now(), "real_now": clock.real_now()}


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor of all pages. Desks and clock are looked up only where a template shows them."""
    in_english = english()
    return {
        "lang": "en" if in_english else "zh-Hans",
        "site_name": settings.SITE_NAME_EN if in_english else settings.SITE_NAME,
        "site_name_other": settings.SITE_NAME if in_english else settings.SITE_NAME_EN,
        "bureau": settings.BUREAU_NAME,
        "issuer": settings.ISSUER_NAME,
        "hotline": getattr(settings, "HOTLINE", "0990-1234-5678"),
        "demo": settings.DEMO,
        "theme": chosen(request, THEME_COOKIE, THEMES),
        "size": chosen(request, SIZE_COOKIE, SIZES),
        "navigation": SimpleLazyObject(lambda: _navigation(request)),
        "desks": SimpleLazyObject(lambda: _desks(request)),
        "inbox": SimpleLazyObject(lambda: _inbox(request)),
        "business_clock": SimpleLazyObject(business_clock),
    }
