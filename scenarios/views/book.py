"""The account book: home, the list of acts, one act, and what was not counted."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kernel import clock
from scenarios.models import Citizen
from scenarios.services import claims
from scenarios.states import Reason
from scenarios.views import figures
from scenarios.views.access import citizen_only

RECENT, PAGE = 4, 30
# What a rider can do about each reason.
REMEDIES = {
    Reason.BAD_ROW: _("这是平台上报的格式问题，请平台更正后重新上报。"),
    Reason.BAD_DISTANCE: _("请平台核对里程后重新上报。"),
    Reason.BAD_DATE: _("请平台核对时间后重新上报。"),
    Reason.UNKNOWN_SUBJECT: _("请在“授权”页取绑定码，到平台里绑定。"),
    Reason.BEFORE_CONSENT: _("授权之前的骑行按授权书不记入；以后的骑行请保持授权。"),
    Reason.STALE: _("平台报得太晚，请向平台反映；期限在场景说明里。"),
    Reason.ZERO_DURATION: _("多半是没有开锁成功，不用处理。"),
    Reason.TOO_SHORT: _("按方法学，不足 100 米的不计。"),
    Reason.TOO_FAST: _("多半是定位漂移，或车在车上运输；确实骑了请申请复核。"),
    Reason.TOO_LONG: _("多半是忘了还车；确实骑了请申请复核。"),
    Reason.ACCOUNT_CLOSED: _("账户注销后不再记入。"),
    Reason.DUPLICATE: _("已在另一条记录里，减排量没有少。"),
    Reason.OVERLAP: _("同一时间只能骑一辆车；如果是替别人租车，那一次不计。"),
}


@never_cache
@require_safe
@citizen_only()
def home(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Balance, today, a week of columns, the latest acts, and how many were not counted."""
    recent = list(figures.acts_of(citizen)[:RECENT])
    latest = recent[0] if recent else None
    today = clock.now().astimezone(figures.zone_of(latest)).date()
    # Without a ride within the last seven days the chart shows the last week in which there was one.
    current = latest is None or (today - latest.on_day).days < 7
    week = figures.week_of(citizen, today if current or latest is None else latest.on_day, current)
    months = figures.months_of(citizen)
    context: dict[str, Any] = {
        "citizen": citizen,
        "today": today,
        "today_mg": sum(mg for day, mg in week.days if day == today),
        "week": week,
        "rings": figures.rings(months),
        "heart": figures.HEART,
        "edge": figures.EDGE,
        "recent": [figures.line(act) for act in recent],
        "refused": citizen.refusals.count(),
        "demo_scene": next((act.upload.scene for act in recent if act.upload.scene.history_allowed), None),
        "tab": "home",
    }
    return render(request, "scenarios/home.html", context)


@never_cache
@require_safe
@citizen_only()
def acts(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """List the acts, of one month or all, thirty a page."""
    months = figures.months_of(citizen)[::-1]
    chosen = next((month for month in months if month.code == request.GET.get("month", "")), None)
    rows = figures.acts_of(citizen)
    if chosen is not None:
        following = [month.first for month in months if month.first > chosen.first]
        rows = rows.filter(on_day__gte=chosen.first)
        rows = rows.filter(on_day__lt=min(following)) if following else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "citizen": citizen,
        "months": months,
        "chosen": chosen,
        "total": chosen.saved_mg if chosen else citizen.carbon.balance_mg,
        "count": chosen.acts if chosen else citizen.carbon.acts,
        "page_obj": page,
        "query": f"month={chosen.code}&" if chosen else "",
        "lines": [figures.line(act) for act in page],
        "tab": "acts",
    }
    return render(request, "scenarios/acts.html", context)


@never_cache
@require_safe
@citizen_only()
def act(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Show one act: how its grams came about, who reported it, where it went."""
    row = figures.acts_of(citizen).filter(pk=pk).first()
    if row is None:
        raise Http404
    context = {
        **figures.line(row),
        "citizen": citizen,
        "upload": row.upload,
        "scene": row.upload.scene,
        "sum": figures.computation(row),
        "claim": claims.claim_of(row),
        "back": "me-acts",
    }
    return render(request, "scenarios/act.html", context)


@never_cache
@require_safe
@citizen_only()
def act_proof(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Hand out the proof that one's act is in a claim; ``docs/verify-offline.md`` says how to check it."""
    row = figures.acts_of(citizen).filter(pk=pk).first()
    proof = claims.proof(row) if row is not None else None
    if proof is None:
        raise Http404
    content = {
        "claim": proof.claim.number,
        "root": proof.claim.merkle_root,
        "leaf": {"content": proof.content.decode(), "position": proof.place},
        "size": proof.size,
        "inclusion": proof.path,
    }
    return JsonResponse(
        content,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{proof.claim.number}-{pk}-proof.json"'},
    )


@never_cache
@require_safe
@citizen_only()
def refusals(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """List the acts that were not counted, each with its reason and what can be done."""
    page = Paginator(figures.refusals_of(citizen), PAGE).get_page(request.GET.get("page"))
    lines = []
    for row in page:
        zone = figures.ZoneInfo(row.upload.partner.zone)
        at = row.started_at.astimezone(zone) if row.started_at else None
        lines.append(
            {
                "row": row,
                "day": at.date() if at else None,
                "time": at.strftime("%H:%M") if at else "",
                "remedy": REMEDIES[Reason(row.code)],
            }
        )
    context = {"citizen": citizen, "page_obj": page, "lines": lines, "query": "", "back": "me-home"}
    return render(request, "scenarios/refusals.html", context)
