"""Compliance offset on pages: which markets take filings, what one has used of one's cap, and the form that asks for more."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel import clock
from projects.views.access import acting
from projects.views.progress import verbs_of
from registry.views.holdings import about, begin, fresh_key, own_account
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
    return begin(
        request,
        ComplianceForm(request.POST or None, initial={**fresh_key(), **known}),
        lambda fields: compliance.file(account, rule=rule, by=acting(request), **fields),
        title=_("申请履约抵销"),
        warning=_("批准后这些减排量注销，不能恢复；上限按申报的配额和排放量计算，一个年度只申报一次。"),
        url_name="retirement",
        rows=lambda: [(_("市场"), str(rule)), *about(account)],
        above=(_("履约抵销"), reverse("compliance")),
    )
