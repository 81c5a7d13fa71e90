"""Health for a load balancer, for the launcher, and for the administrator without a shell."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.roles import Role
from carbon_portal.health import findings


def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and has every migration (else 503); worker and disk are told in one word each, since they keep
    nobody from being served."""
    for finding in (findings.database(), findings.structure()):
        if finding.tone != "good":
            return JsonResponse({"ready": False, "why": finding.name}, status=503)
    return JsonResponse({"ready": True, "worker": findings.broker().tone, "disk": findings.disk().tone})


@require_GET
@never_cache
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Everything on one screen, in words, for the system administrator."""
    user = request.user
    if not (isinstance(user, User) and user.grants_now().filter(role=Role.SYSADMIN).exists()):
        raise PermissionDenied(_("运行状况只给系统管理员看"))
    found = findings.all_findings()
    worst = next((tone for tone in ("bad", "hold") if any(one.tone == tone for one in found)), "good")
    words = {"good": _("正常"), "hold": _("请留意"), "bad": _("请处理")}
    lines = [(finding, words[finding.tone]) for finding in found]
    return render(
        request,
        "site/health.html",
        {"lines": lines, "worst": worst, "worst_words": words[worst], "runs": findings.last_runs()},
    )
