"""The auditor's pages: as of a day, who held what and who was authorised; what people did by hand; books to take away.

Nothing here changes anything but the queue of exports. Every page an auditor opens leaves an event (``accounts.middleware``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import wraps
from itertools import combinations
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import content
from accounts.models import Event, RoleGrant, User
from accounts.roles import ADMINISTRATORS, STAFF, Role
from accounts.visitor import may
from accounts.workflow import RuleViolation, sentence
from kernel import clock
from office.models import ExportJob
from office.services.exports import ask_export
from office.services.list_exports import download_export
from office.states import ExportBook
from registry.services.statements import as_of
from registry.states import UnitState

P = ParamSpec("P")
EVENTS_A_PAGE, LIST_MOST = 100, 500
# What people did by hand where the portal would have gone its own way.
BY_HAND = (
    "trading.close_bank_message", "trading.send_again", "trading.pay_again", "scenarios.try_again", "scenarios.close_claim",
    "certificates.revoke", "certificates.render_again", "projects.revoke", "rewards.refund_coupon", "rewards.undo_use",
    "accounts.reset_second_factor", "accounts.end_api_key", "office.move_clock",
)  # fmt: skip
RULES = (
    "rewards.set_rule", "rewards.draft_offer", "rewards.restock", "scenarios.open_scene", "scenarios.close_scene",
    "office.edit_calendar", "office.move_clock", "accounts.grant_role", "accounts.end_role",
)  # fmt: skip
KINDS: dict[str, tuple[Any, Q]] = {
    "all": (gettext_lazy("全部"), Q()),
    "hand": (gettext_lazy("人工干预"), Q(verb__in=BY_HAND)),
    "unmask": (gettext_lazy("查看个人信息"), Q(verb="scenarios.unmask")),
    "rules": (gettext_lazy("规则变更"), Q(verb__in=RULES)),
    "refused": (gettext_lazy("被拒绝"), Q(outcome=Event.Outcome.REFUSED)),
    "access": (gettext_lazy("审计人员自己的查阅"), Q(verb="accounts.read_as_auditor")),
}


def reader(
    verb: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Open a page to people whose roles have a right to read."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @never_cache
        @login_required
        @wraps(view)
        def shown(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request, verb):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return shown

    return decorate


def day_asked(request: HttpRequest, name: str = "on") -> date:
    """Return the day of the address, or today; a day that is none is today too."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return clock.today()


def end_of(day: date) -> datetime:
    """Return the instant a day ends in office time (24:00)."""
    return datetime.combine(day + timedelta(days=1), time(), clock.SHANGHAI)


def grants_on(day: date) -> Any:
    """Return the grants that were in force at the end of a day."""
    at = end_of(day)
    rows = RoleGrant.objects.filter(Q(valid_to=None) | Q(valid_to__gte=at), valid_from__lt=at).exclude(
        role=Role.CITIZEN
    )
    return rows.select_related("user", "organisation", "division", "granted_by").order_by("user__username", "pk")


@require_GET
@reader("accounts.read_everything")
def home(request: HttpRequest) -> HttpResponse:
    """What was held at the end of a day, by account and state."""
    day = day_asked(request)
    held = (
        as_of(end_of(day)).values("holder__number", "holder__organisation__name", "state").annotate(t=Sum("quantity_t"))
    )
    rows: list[dict[str, Any]] = [
        {
            "number": row["holder__number"],
            "name": row["holder__organisation__name"],
            "t": row["t"],
            "state": UnitState(row["state"]).label,
        }
        for row in held.order_by("holder__number", "state")
    ]
    total = sum(row["t"] for row in rows)
    return render(request, "site/audit_holdings.html", {"on": day, "rows": rows, "total_t": total})


@require_GET
@reader("accounts.read_events")
def grants(request: HttpRequest) -> HttpResponse:
    """Who was authorised for what on a day, and by whom."""
    day, wanted = day_asked(request), request.GET.get("q", "").strip()
    rows = grants_on(day)
    if wanted:
        rows = rows.filter(Q(user__username__icontains=wanted) | Q(user__full_name__icontains=wanted))
    return render(request, "site/audit_grants.html", {"on": day, "q": wanted, "rows": rows[:LIST_MOST]})


@require_GET
@reader("accounts.read_events")
def pairs(request: HttpRequest) -> HttpResponse:
    """Who held which pair of roles on a day; pairs that the rules forbid stand first."""
    day = day_asked(request)
    by_person: dict[User, list[RoleGrant]] = {}
    for grant in grants_on(day):
        by_person.setdefault(grant.user, []).append(grant)
    rows: list[dict[str, Any]] = [
        {"user": user, "one": one, "other": other, "forbidden": forbidden(one, other)}
        for user, held in by_person.items()
        for one, other in combinations(held, 2)
    ]
    rows.sort(key=lambda row: (not row["forbidden"], row["user"].username))
    return render(request, "site/audit_pairs.html", {"on": day, "rows": rows, "people": len(by_person)})


def forbidden(one: RoleGrant, other: RoleGrant) -> bool:
    """Tell whether nobody may hold both: two administrators, auditor and anything, bureau and company, maker and checker of one."""
    roles = {one.role, other.role}
    return bool(
        (len(roles) == 2 and roles <= ADMINISTRATORS)
        or (len(roles) == 2 and Role.AUDITOR in roles)
        or (roles & STAFF and roles - STAFF)
        or (roles == {Role.MAKER, Role.CHECKER} and one.organisation_id == other.organisation_id)
    )


@require_GET
@reader("accounts.read_events")
def events(request: HttpRequest) -> HttpResponse:
    """Acts and refusals up to the end of a day, newest first, of one kind."""
    day, kind = day_asked(request), request.GET.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    rows = Event.objects.filter(KINDS[kind][1], business_at__lt=end_of(day))
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=min(int(before), 2**62))
    shown = list(rows[: EVENTS_A_PAGE + 1])
    more = shown[EVENTS_A_PAGE - 1].pk if len(shown) > EVENTS_A_PAGE else None
    words = [(name, label) for name, (label, _filter) in KINDS.items()]
    context = {"on": day, "kind": kind, "kinds": words, "rows": shown[:EVENTS_A_PAGE], "more": more}
    return render(request, "site/audit_events.html", context)


@require_GET
@reader("office.ask_export")
def exports(request: HttpRequest) -> HttpResponse:
    """Exports made and waiting, and a form to ask for one."""
    this_year = clock.today().year
    context = {
        "rows": ExportJob.objects.filter(desk="").select_related("asked_by")[:100],
        "books": ExportBook.choices,
        "years": range(this_year, this_year - 8, -1),
    }
    return render(request, "site/audit_exports.html", context)


@require_POST
@reader("office.ask_export")
def ask(request: HttpRequest) -> HttpResponse:
    """Queue an export."""
    year: Any = request.POST.get("year", "")
    try:
        ask_export(book=request.POST.get("book", ""), year=int(year) if year.isdecimal() else 0, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("已排队，生成以后在下面下载"))
    except (RuleViolation, ValidationError) as refusal:
        messages.error(request, sentence(refusal))
    return redirect("audit-exports")


@require_GET
@reader("office.ask_export")
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of an export."""
    job = ExportJob.objects.filter(pk=pk, desk="").exclude(file="").first()
    if job is None:
        raise Http404
    download_export(job, by=request.user)  # type: ignore[arg-type]
    return content.download(job.file, str(job.file.name))
