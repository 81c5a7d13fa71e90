"""Compliance offset on pages: which markets take filings, what one has used of one's cap, and the form that asks for more."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel import clock
from kernel.rules import RuleViolation
from projects.views.access import acting
from projects.views.progress import verbs_of
from registry.models import Block
from registry.views.holdings import own_account
from registry.views.public import tonnes
from trading.forms import ComplianceForm
from trading.models import ComplianceFiling, ComplianceRule
from trading.services import compliance


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The rules of the markets, the visitor's own filings with their orders, and what is left of cap and quota."""
    account, today = own_account(request), clock.today()
    filings = {
        filing.rule_id: filing
        for filing in ComplianceFiling.objects.filter(emitter=account.organisation).prefetch_related(
            "orders__retirement"
        )
    }
    lines = [
        {
            "rule": rule,
            "open": rule.open_on(today),
            "filing": filings.get(rule.pk),
            "left_t": None if rule.quota_t is None else rule.quota_t - rule.used_t,
        }
        for rule in ComplianceRule.objects.select_related("division")
    ]
    verbs = verbs_of(acting(request)).get(account.organisation_id, ())
    context = {"account": account, "lines": lines, "may_file": "trading.file_compliance" in verbs}
    return render(request, "trading/compliance.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for an offset under a rule."""
    account, rule = own_account(request), get_object_or_404(ComplianceRule, code=code)
    filing = ComplianceFiling.objects.filter(rule=rule, emitter=account.organisation).first()
    known = {"allowance_t": filing.allowance_t, "emission_t": filing.emission_t} if filing else {}
    form = ComplianceForm(request.POST or None, initial={"key": uuid.uuid4().hex, **known})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            order = compliance.file(account, rule=rule, by=acting(request), **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已发起，请贵单位确认代表登录确认。"))
            return redirect("retirement", pk=order.pk)
    available = tonnes(Block.objects.open().filter(holder=account))["available"]
    context = {
        "title": _("申请履约抵销"),
        "label": _("申请履约抵销"),
        "rows": [(_("市场"), str(rule)), (_("账户"), str(account)), (_("可用"), f"{available:,} t")],
        "warning": _("批准后这些减排量注销，不能恢复；上限按申报的配额和排放量计算，一个年度只申报一次。"),
        "form": form,
        "action": request.path,
        "back": reverse("compliance"),
        "trail": [(_("履约抵销"), reverse("compliance"))],
        "refusal": refusal,
    }
    return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)
