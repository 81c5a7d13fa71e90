"""One order: what it is, whose turn, its story, and the buttons the visitor has. Every POST calls exactly one verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from certificates.models import Certificate
from kernel.rules import RuleViolation
from projects.views.access import acting, must_see
from projects.views.progress import Action, Verbs, Words, offered, verbs_of
from projects.views.story import Told, story
from registry.models import HoldingAccount, Retirement, Transfer
from registry.services import books
from registry.states import OrderState, RetirementState
from registry.views.alone import ALONE
from registry.views.pressing import press

Order = Transfer | Retirement
_T, _R = OrderState, RetirementState
_CHECKER = gettext_lazy("转出方 确认代表")

TOLD: Told = {
    "accounts.show_second_factor": (gettext_lazy("本人输入了动态验证码"), ""),
    "registry.initiate_transfer": (gettext_lazy("发起代表发起转移"), ""),
    "registry.confirm_transfer": (gettext_lazy("确认代表确认"), ""),
    "registry.accept_transfer": (gettext_lazy("受让方接收，已转移"), ""),
    "registry.refuse_transfer": (gettext_lazy("受让方拒收，已退回"), "you"),
    "registry.cancel_transfer": (gettext_lazy("取消，减排量已退回"), ""),
    "registry.expire_transfer": (gettext_lazy("过了接收期限，减排量已退回"), ""),
    "registry.initiate_retirement": (gettext_lazy("发起代表发起注销"), ""),
    "registry.confirm_retirement": (gettext_lazy("确认代表确认"), ""),
    "registry.review_retirement": (gettext_lazy("登记机构审核同意"), ""),
    "registry.approve_retirement": (gettext_lazy("第二位人员复核同意，已注销"), ""),
    "registry.refuse_retirement": (gettext_lazy("不予注销，减排量已退回"), "you"),
    "registry.cancel_retirement": (gettext_lazy("取消，减排量已退回"), ""),
    "registry.confirm_deed": (gettext_lazy("依法律文书停办，减排量已退回"), "you"),
    "registry.open_fraud_case": (gettext_lazy("批次立案，停办，减排量已退回"), "you"),
}
# The same of a natural person, who is no representative of anybody.
TOLD_ALONE: Told = TOLD | {
    "registry.initiate_transfer": (gettext_lazy("本人发起转移"), ""),
    "registry.confirm_transfer": (gettext_lazy("本人确认"), ""),
    "registry.initiate_retirement": (gettext_lazy("本人发起注销"), ""),
    "registry.confirm_retirement": (gettext_lazy("本人确认"), ""),
}
TURNS: dict[tuple[type[Order], str], Words] = {
    (Transfer, _T.CONFIRMING): _CHECKER,
    (Transfer, _T.OFFERED): gettext_lazy("受让方"),
    (Retirement, _R.CONFIRMING): gettext_lazy("贵单位 确认代表"),
    (Retirement, _R.PENDING): gettext_lazy("登记机构 审核"),
    (Retirement, _R.REVIEWED): gettext_lazy("登记机构 第二位人员复核"),
}
_CANCEL_T = Action("registry.cancel_transfer", gettext_lazy("取消转移"), "transfer-cancel", posts=False, style="plain")
_CANCEL_R = Action(
    "registry.cancel_retirement", gettext_lazy("取消注销"), "retirement-cancel", posts=False, style="plain"
)
# Who may press: the side whose representative it takes, then the button.
BUTTONS: dict[tuple[type[Order], str], tuple[tuple[str, Action], ...]] = {
    (Transfer, _T.CONFIRMING): (
        ("source", Action("registry.confirm_transfer", gettext_lazy("确认转移"), "transfer-confirm")),
        ("source", _CANCEL_T),
    ),
    (Transfer, _T.OFFERED): (
        ("target", Action("registry.accept_transfer", gettext_lazy("接收"), "transfer-accept")),
        (
            "target",
            Action("registry.refuse_transfer", gettext_lazy("拒收"), "transfer-refuse", posts=False, style="quiet"),
        ),
        ("source", _CANCEL_T),
    ),
    (Retirement, _R.CONFIRMING): (
        ("account", Action("registry.confirm_retirement", gettext_lazy("确认注销"), "retirement-confirm")),
        ("account", _CANCEL_R),
    ),
    (Retirement, _R.PENDING): (("account", _CANCEL_R),),
    (Retirement, _R.REVIEWED): (("account", _CANCEL_R),),
}


def turn(order: Order) -> Words:
    """Return who has the order."""
    if order.state in (_T.CONFIRMING, _R.CONFIRMING) and _of_a_person(order):
        return ALONE
    return TURNS.get((type(order), order.state), gettext_lazy("办完了"))


def _of_a_person(order: Order) -> bool:
    account = order.account if isinstance(order, Retirement) else order.source
    return account.organisation.is_person


def actions(order: Order, verbs: Verbs) -> list[Action]:
    """Return the buttons that the verbs of a person give on an order now."""
    pressed = []
    for side, action in BUTTONS.get((type(order), order.state), ()):
        account: HoldingAccount = getattr(order, side)
        if action.verb in verbs.get(account.organisation_id, ()):
            pressed.append(action)
    return pressed


def _page(request: HttpRequest, order: Order, refusal: RuleViolation | None = None) -> HttpResponse:
    must_see(request, order)
    user, retiring = acting(request), isinstance(order, Retirement)
    buttons = actions(order, verbs_of(user))
    blocks = books.opened(order.journal) if order.journal else books.reserved(order.reserved)
    context = {
        "order": order,
        "retiring": retiring,
        "title": _("注销") if retiring else _("转移"),
        "turn": turn(order),
        **offered(buttons),
        "blocks": blocks,
        "story": story(order, TOLD_ALONE if _of_a_person(order) else TOLD),
        "certificate": Certificate.objects.for_subject(order).first() if retiring else None,
        "trail": [(_("持有账户"), reverse("holdings"))] if user.organisations().exists() else [],
        "refusal": refusal,
    }
    return render(request, "registry/order.html", context, status=409 if refusal else 200)


@login_required
@require_GET
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a transfer."""
    return _page(request, get_object_or_404(Transfer, pk=pk))


@login_required
@require_GET
def retirement(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a retirement."""
    return _page(request, get_object_or_404(Retirement, pk=pk))


def step(
    model: type[Order],
    verb: Callable[..., Any],
    title: str,
    warning: str = "",
    *,
    reason: bool = False,
    harm: bool = False,
) -> Callable[..., HttpResponse]:
    """Return the view of a button of an order."""
    return press(
        model,
        "retirement" if model is Retirement else "transfer",
        _page,
        verb,
        title=title,
        about=lambda order: [(_("编号"), str(order)), (_("数量"), f"{order.quantity_t:,} t")],
        above=lambda order: [(_("持有账户"), reverse("holdings"))],
        warning=warning,
        reason=reason,
        harm=harm,
    )
