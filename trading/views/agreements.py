"""Agreements on pages: the list, one agreement with its turn, its money and its story, and the buttons of both sides."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.services.people import portal_user
from kernel.rules import RuleViolation
from projects.views.access import acting, must_see
from projects.views.progress import Action, Verbs, Words, offered, verbs_of
from projects.views.story import Told, story
from registry.models import Block
from registry.services import books
from registry.views.holdings import begun, confirms, own_account
from registry.views.public import tonnes
from trading.forms import AgreementForm
from trading.models import Agreement, CashInstruction
from trading.services import agreements, payments
from trading.services.bank import authenticated, demo_bank, settlement_bank
from trading.states import AgreementState, InstructionState

_A = AgreementState
TOLD: Told = {
    "trading.propose_agreement": (gettext_lazy("出让方发起代表发起协议转让"), ""),
    "trading.confirm_agreement": (gettext_lazy("出让方确认代表确认"), ""),
    "trading.accept_agreement": (gettext_lazy("受让方发起代表接受"), ""),
    "trading.order_payment": (gettext_lazy("受让方确认代表确认付款"), ""),
    "trading.pay_again": (gettext_lazy("重新通知银行付款"), ""),
    "trading.receive_bank_message": (gettext_lazy("银行确认到账，已交割"), ""),
    "trading.refuse_agreement": (gettext_lazy("受让方拒绝，减排量已退回"), "you"),
    "trading.cancel_agreement": (gettext_lazy("出让方取消，减排量已退回"), ""),
    "trading.expire_agreement": (gettext_lazy("过了有效期，减排量已退回"), ""),
    "trading.close_bank_message": (gettext_lazy("银行报文查清"), ""),
    "trading.send_again": (gettext_lazy("付款指令重发"), ""),
}
TURNS: dict[str, Words] = {
    _A.CONFIRMING: gettext_lazy("出让方 确认代表"),
    _A.OFFERED: gettext_lazy("受让方 发起代表"),
    _A.ACCEPTED: gettext_lazy("受让方 确认代表"),
    _A.AWAITING_PAYMENT: gettext_lazy("结算银行"),
}
_CANCEL = Action("trading.cancel_agreement", gettext_lazy("取消协议"), "agreement-cancel", posts=False, style="plain")
_REFUSE = Action("trading.refuse_agreement", gettext_lazy("拒绝"), "agreement-refuse", posts=False, style="quiet")
# Who may press: the side whose representative it takes, then the button.
BUTTONS: dict[str, tuple[tuple[str, Action], ...]] = {
    _A.CONFIRMING: (
        ("seller", Action("trading.confirm_agreement", gettext_lazy("确认协议"), "agreement-confirm")),
        ("seller", _CANCEL),
    ),
    _A.OFFERED: (
        ("buyer", Action("trading.accept_agreement", gettext_lazy("接受"), "agreement-accept")),
        ("buyer", _REFUSE),
        ("seller", _CANCEL),
    ),
    _A.ACCEPTED: (
        ("buyer", Action("trading.order_payment", gettext_lazy("确认付款"), "agreement-pay")),
        ("buyer", _REFUSE),
        ("seller", _CANCEL),
    ),
    # Shown only after the bank reported a failure.
    _A.AWAITING_PAYMENT: (
        ("buyer", Action("trading.pay_again", gettext_lazy("重新通知银行付款"), "agreement-pay-again")),
    ),
}


def turn(agreement: Agreement) -> Words:
    """Return who has the agreement."""
    whose = {_A.CONFIRMING: "seller", _A.OFFERED: "buyer", _A.ACCEPTED: "buyer"}.get(AgreementState(agreement.state))
    if whose and getattr(agreement, whose).organisation.is_person:
        return gettext_lazy("出让方 本人") if whose == "seller" else gettext_lazy("受让方 本人")
    return TURNS.get(agreement.state, gettext_lazy("办完了"))


def actions(agreement: Agreement, verbs: Verbs) -> list[Action]:
    """Return the buttons that the verbs of a person give on an agreement now."""
    if agreement.state == _A.AWAITING_PAYMENT and _live(agreement):
        return []
    return [
        action
        for side, action in BUTTONS.get(agreement.state, ())
        if action.verb in verbs.get(getattr(agreement, side).organisation_id, ())
    ]


def _live(agreement: Agreement) -> CashInstruction | None:
    # Asked of the rows and not of the database, so that a list can bring them along.
    return next((one for one in agreement.instructions.all() if one.state == InstructionState.PENDING), None)


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The agreements of one's account, those that wait for the visitor first."""
    account, verbs = own_account(request), verbs_of(acting(request))
    rows = Agreement.objects.filter(Q(seller=account) | Q(~Q(state=_A.CONFIRMING), buyer=account))
    rows = rows.select_related("seller__organisation", "buyer__organisation").prefetch_related("instructions")[:100]
    lines = [
        {
            "agreement": row,
            "selling": row.seller_id == account.pk,
            "turn": turn(row),
            "mine": any(action.style == "" for action in actions(row, verbs)),
        }
        for row in rows
    ]
    context = {
        "account": account,
        "lines": sorted(lines, key=lambda line: not line["mine"]),
        "verbs": verbs.get(account.organisation_id, ()),
    }
    return render(request, "trading/agreements.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Propose an agreement: the units are set aside at once."""
    account = own_account(request)
    form = AgreementForm(request.POST or None, account=account, initial={"key": uuid.uuid4().hex})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            agreement = agreements.propose(account, by=acting(request), **form.fields_for_verb())
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, begun(agreement))
            return redirect("agreement", pk=agreement.pk)
    available = tonnes(Block.objects.open().filter(holder=account))["available"]
    context = {
        "title": _("发起协议转让"),
        "rows": [(_("账户"), str(account)), (_("可用"), f"{available:,} t")],
        "warning": _("发起后这些减排量先预留；%s确认、对方接受并付款、结算银行确认到账后交割。") % confirms(account),
        "form": form,
        "action": request.path,
        "label": _("发起协议转让"),
        "back": reverse("agreements"),
        "trail": [(_("协议转让"), reverse("agreements"))],
        "refusal": refusal,
    }
    return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)


def page(request: HttpRequest, agreement: Agreement, refusal: RuleViolation | None = None) -> HttpResponse:
    """Show an agreement to its two sides and the bureau."""
    must_see(request, agreement)
    user = acting(request)
    buttons, waiting = actions(agreement, verbs_of(user)), _live(agreement)
    bank = settlement_bank() if waiting else None
    parties = (agreement.seller.organisation_id, agreement.buyer.organisation_id)
    own = user.organisations().filter(pk__in=parties).exists()
    context: dict[str, Any] = {
        "agreement": agreement,
        "turn": turn(agreement),
        **offered(buttons),
        "blocks": agreement.delivered_blocks() if agreement.journal else books.reserved(agreement.reserved),
        "instructions": agreement.instructions.select_related("payer", "payee"),
        "bank": bank,
        "plays_bank": bank is not None and bank.demo and own,
        "story": story(agreement, TOLD),
        "trail": [(_("协议转让"), reverse("agreements"))] if own else [],
        "refusal": refusal,
    }
    return render(request, "trading/agreement.html", context, status=409 if refusal else 200)


@login_required
@require_GET
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an agreement."""
    return page(request, get_object_or_404(Agreement, pk=pk))


@login_required
@require_POST
def play_bank(request: HttpRequest, pk: int) -> HttpResponse:
    """In a demo only: let the demo bank confirm the payment, through the door the bank itself would use."""
    row = get_object_or_404(Agreement, pk=pk)
    must_see(request, row)
    waiting = _live(row)
    if waiting is None or not settlement_bank().demo:
        raise Http404
    bank, portal = demo_bank(), portal_user()
    message_id, body, signature = bank.pays(waiting)
    authenticated(bank.code, message_id, body, signature, by=portal)
    message = payments.receive(
        bank=bank.code, message_id=message_id, body=body, by=portal, key=f"{bank.code}:{message_id}"
    )
    if message.code:
        return page(request, row, RuleViolation(message.code, message.said))
    messages.success(request, _("演示清算行已确认到账，减排量已交割。"))
    return redirect("agreement", pk=pk)
