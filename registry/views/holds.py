"""A pledge and its steps, and the public record of a case of fraud with the owner's way to make good."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from kernel.rules import RuleViolation
from projects.views.access import acting, must_see
from projects.views.progress import Action, Verbs, Words, offered, verbs_of
from projects.views.story import Told, story
from registry.forms import PledgeForm, ReplacementForm
from registry.models import FraudCase, FraudDecision, Pledge
from registry.services import frauds, pledges
from registry.states import CaseState, PledgeState, RetirementState
from registry.views.holdings import begin, begin_of, fresh_key, own_account
from registry.views.pressing import press

_P = PledgeState
OF_HOLDS: Told = {
    "registry.enter_freeze": (gettext_lazy("录入司法冻结文书"), ""),
    "registry.enter_renewal": (gettext_lazy("录入续冻文书"), ""),
    "registry.enter_release": (gettext_lazy("录入解冻文书"), ""),
    "registry.enter_enforcement": (gettext_lazy("录入强制执行文书"), ""),
    "registry.enter_disposal": (gettext_lazy("录入质押处置文书"), ""),
    "registry.enter_nontrade": (gettext_lazy("录入非交易过户文书"), ""),
    "registry.confirm_deed": (gettext_lazy("第二位人员复核，依文书办理"), ""),
    "registry.withdraw_deed": (gettext_lazy("文书不予办理"), "you"),
    "registry.serve_freezes": (gettext_lazy("冻结了可用的减排量"), ""),
    "registry.expire_freeze": (gettext_lazy("冻结到期，已解除"), ""),
    "registry.open_fraud_case": (gettext_lazy("立案，暂停交易"), "you"),
    "registry.decide_fraud_case": (gettext_lazy("认定虚假，作出决定"), "you"),
    "registry.clear_fraud_case": (gettext_lazy("没有发现虚假，全部恢复"), ""),
    "registry.charge_holders": (gettext_lazy("由后手承担未补足的部分"), "you"),
    "registry.follow_fraud_case": (gettext_lazy("恢复的减排量按决定注销"), ""),
    "registry.propose_pledge": (gettext_lazy("发起代表发起质押"), ""),
    "registry.confirm_pledge": (gettext_lazy("确认代表确认"), ""),
    "registry.accept_pledge": (gettext_lazy("质权人接受，已质押"), ""),
    "registry.refuse_pledge": (gettext_lazy("质权人不接受"), "you"),
    "registry.cancel_pledge": (gettext_lazy("取消质押"), ""),
    "registry.release_pledge": (gettext_lazy("质权人解押，减排量可以使用"), ""),
    "registry.ask_disposal": (gettext_lazy("质权人称违约，申请处置"), "you"),
}
OF_A_CASE: Told = OF_HOLDS | {"registry.approve_retirement": (gettext_lazy("业主等量注销，计入补足"), "")}
TURNS: dict[str, Words] = {
    _P.CONFIRMING: gettext_lazy("出质方 确认代表"),
    _P.OFFERED: gettext_lazy("质权人"),
    _P.IN_FORCE: gettext_lazy("质权人，可以解押或申请处置"),
}
_CANCEL = Action("registry.cancel_pledge", gettext_lazy("取消质押"), "pledge-cancel", posts=False, style="plain")
BUTTONS: dict[str, tuple[tuple[str, Action], ...]] = {
    _P.CONFIRMING: (
        ("account", Action("registry.confirm_pledge", gettext_lazy("确认质押"), "pledge-confirm")),
        ("account", _CANCEL),
    ),
    _P.OFFERED: (
        ("creditor", Action("registry.accept_pledge", gettext_lazy("接受质押"), "pledge-accept")),
        (
            "creditor",
            Action("registry.refuse_pledge", gettext_lazy("不接受"), "pledge-refuse", posts=False, style="quiet"),
        ),
        ("account", _CANCEL),
    ),
    _P.IN_FORCE: (
        ("creditor", Action("registry.release_pledge", gettext_lazy("解押"), "pledge-release")),
        (
            "creditor",
            Action("registry.ask_disposal", gettext_lazy("申请处置"), "pledge-dispose", posts=False, style="quiet"),
        ),
    ),
}


def _actions(row: Pledge, verbs: Verbs) -> list[Action]:
    return [
        action
        for side, action in BUTTONS.get(row.state, ())
        if action.verb in verbs.get(getattr(row, side).organisation_id, ())
    ]


def _page(request: HttpRequest, row: Pledge, refusal: RuleViolation | None = None) -> HttpResponse:
    must_see(request, row)
    user = acting(request)
    buttons = _actions(row, verbs_of(user))
    context = {
        "pledge": row,
        "turn": TURNS.get(row.state, gettext_lazy("办完了")),
        **offered(buttons),
        "blocks": row.blocks(),
        "story": story(row, OF_HOLDS),
        "trail": [(_("持有账户"), reverse("holdings"))] if user.organisations().exists() else [],
        "refusal": refusal,
    }
    return render(request, "registry/pledge.html", context, status=409 if refusal else 200)


@login_required
@require_GET
def pledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a pledge."""
    return _page(request, get_object_or_404(Pledge, pk=pk))


@login_required
@require_http_methods(["GET", "POST"])
def new_pledge(request: HttpRequest) -> HttpResponse:
    """Begin a pledge: nothing is held until the creditor accepts."""
    account = own_account(request)
    form = PledgeForm(request.POST or None, account=account, initial=fresh_key())
    return begin_of(
        request,
        account,
        form,
        title=_("发起质押"),
        warning=_("质权人接受后这些减排量才质押；质押期间不能转让和注销。"),
        verb=pledges.propose,
        url_name="pledge",
    )


def step(verb: Any, title: str, warning: str = "", *, reason: bool = False) -> Any:
    """Return the view of a button of a pledge."""
    return press(
        Pledge,
        "pledge",
        _page,
        verb,
        title=title,
        about=lambda row: [(_("编号"), str(row)), (_("数量"), f"{row.quantity_t:,} t")],
        above=lambda row: [(_("持有账户"), reverse("holdings"))],
        warning=warning,
        reason=reason,
    )


@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The public record of a case: facts, decision with its remedies, what became of every tonne."""
    row = get_object_or_404(
        FraudCase.objects.select_related("batch__series__project", "account__organisation"), number=number
    )
    known = request.user.is_authenticated
    verbs = verbs_of(acting(request)) if known else {}
    concerned = known and FraudCase.objects.visible_to(acting(request)).filter(pk=row.pk).exists()
    can = "registry.initiate_replacement" in verbs.get(row.account.organisation_id, ())
    project = row.batch.series.project
    context = {
        "case": row,
        "project": project,
        "decision": getattr(row, "decision", None),
        "concerned": concerned,
        "replacements": row.replacements.filter(state=RetirementState.RETIRED).order_by("pk"),
        "article": project.profile.second_liability,
        "story": story(row, OF_A_CASE) if concerned else [],
        "replaces": can and row.state == CaseState.REPLACING,
        "trail": [
            (_("登记簿"), reverse("registry")),
            (str(row.batch), reverse("registry-batch", args=[str(row.batch)])),
        ],
    }
    return render(request, "registry/case.html", context)


@login_required
@require_GET
def decision(request: HttpRequest, number: str) -> HttpResponse:
    """The decision of a case as a PDF, for the office and the owner."""
    from projects.views.papers import drawn  # the drawing is heavy, and few pages need it

    row = get_object_or_404(FraudCase.objects.select_related("batch", "account__organisation"), number=number)
    must_see(request, row)
    text = get_object_or_404(FraudDecision, case=row)
    pdf = drawn(
        text,
        title="弄虚作假处理决定书",
        owner=row.account.organisation,
        about=f"你单位项目签发的批次 {row.batch}（案件 {row.number}）。",
        conclusion=(
            f"认定上述批次 {text.false_t} 吨减排量虚假。先注销你单位持有的该批次减排量；不足的部分，"
            f"你单位应当在 {row.replace_by} 前（含当日）以其他减排量等量注销补足。"
        ),
    )
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{text.number}.pdf"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, number: str) -> HttpResponse:
    """The owner retires other units for the false ones."""
    row = get_object_or_404(FraudCase, number=number)
    must_see(request, row)
    form = ReplacementForm(request.POST or None, account=row.account, initial=fresh_key())
    return begin(
        request,
        form,
        lambda fields: frauds.initiate_replacement(row, by=acting(request), **fields),
        title=_("等量注销"),
        warning=_("注销后不能恢复，也不能再转让；可以分几次补足。"),
        url_name="retirement",
        rows=lambda: [(_("案件"), number), (_("还要补足"), f"{row.missing_t:,} t")],
        above=(number, reverse("fraud-case", args=[number])),
    )
