"""The holder's account: what it holds, its orders, and the two forms that begin one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.roles import ACT_FOR_ACCOUNTS
from kernel.rules import RuleViolation
from projects.views.access import acting
from projects.views.progress import Verbs, verbs_of
from registry.forms import RetirementForm, TransferForm
from registry.models import Block, HoldingAccount, Retirement, Transfer
from registry.services import books, retirements, transfers
from registry.services.persons import name_for
from registry.states import OrderState, RetirementKind
from registry.views.bound import holds_of
from registry.views.orders import actions, turn
from registry.views.public import tonnes

Rows = list[tuple[str, str]]


def own_account(request: HttpRequest) -> HoldingAccount:
    """Return the visitor's account; PermissionDenied says what is missing."""
    organisations = acting(request).organisations(*ACT_FOR_ACCOUNTS)
    account = HoldingAccount.objects.filter(organisation__in=organisations).select_related("organisation").first()
    if account is None:
        raise PermissionDenied(_("您或您的单位还没有持有账户，请先申请开户。"))
    return account


@login_required
@require_GET
def holdings(request: HttpRequest) -> HttpResponse:
    """Balance, blocks with serials, orders; those that wait for the visitor come first."""
    account, verbs = own_account(request), verbs_of(acting(request))
    blocks = Block.objects.open().filter(holder=account).select_related("series__project", "batch__moved")
    outgoing_or_incoming = Transfer.objects.filter(
        Q(source=account) | Q(~Q(state=OrderState.CONFIRMING), target=account)
    ).select_related("source__organisation", "target__organisation")
    orders = [_line(order, verbs) for order in (*outgoing_or_incoming[:50], *_retirements(account)[:50])]
    context = {
        "account": account,
        "sums": tonnes(Block.objects.open().filter(holder=account)),
        "blocks": blocks.order_by("series_id", "serials")[:200],
        "orders": sorted(orders, key=lambda line: (not line["mine"], -line["order"].made_at.timestamp())),
        "verbs": verbs.get(account.organisation_id, ()),
        "holds": holds_of(account),
        "holder": name_for(account.organisation, acting(request)),
    }
    return render(request, "registry/holdings.html", context)


def _retirements(account: HoldingAccount) -> Any:
    return Retirement.objects.filter(account=account).select_related("account__organisation")


def _line(order: Transfer | Retirement, verbs: Verbs) -> dict[str, Any]:
    retiring = isinstance(order, Retirement)
    return {
        "order": order,
        "words": _("注销，受益方 %s") % order.beneficiary
        if isinstance(order, Retirement)
        else _("%(source)s 转给 %(target)s")
        % {"source": order.source.organisation.name, "target": order.target.organisation.name},
        "url": reverse("retirement" if retiring else "transfer", args=[order.pk]),
        "turn": turn(order),
        "mine": any(action.style == "" for action in actions(order, verbs)),
    }


@login_required
@require_http_methods(["GET", "POST"])
def new_transfer(request: HttpRequest) -> HttpResponse:
    """Begin a transfer: the units are set aside until the checker confirms."""
    account = own_account(request)
    form = TransferForm(request.POST or None, account=account, initial=fresh_key())
    return begin_of(
        request,
        account,
        form,
        title=_("发起转移"),
        warning=_("发起后这些减排量先预留，由%s确认、对方接收后转出。") % confirms(account),
        verb=transfers.initiate,
        url_name="transfer",
    )


@login_required
@require_http_methods(["GET", "POST"])
def new_retirement(request: HttpRequest) -> HttpResponse:
    """Begin a retirement: the units are set aside until the checker confirms and the registrar approves."""
    account = own_account(request)
    form = RetirementForm(request.POST or None, account=account, initial=fresh_key() | _for_oneself(account))
    return begin_of(
        request,
        account,
        form,
        title=_("发起注销"),
        warning=_("审批后这些减排量不能恢复，也不能再转让。"),
        verb=retirements.initiate,
        url_name="retirement",
    )


def _for_oneself(account: HoldingAccount) -> dict[str, str]:
    """Return what a natural person's retirement begins with: the masked name, which the certificate then shows."""
    person = account.organisation
    return {"beneficiary": person.name, "kind": RetirementKind.PERSONAL} if person.is_person else {}


def begun(order: Any) -> str:
    """Return what is said when an order was begun: who confirms it now."""
    account: HoldingAccount = next(
        getattr(order, side) for side in ("source", "seller", "account") if hasattr(order, side)
    )
    if account.organisation.is_person:
        return _("已发起，还要您用动态验证码确认。")
    return _("已发起，请贵单位确认代表登录确认。")


def confirms(account: HoldingAccount) -> str:
    """Return who confirms what goes out of an account."""
    return _("您用动态验证码") if account.organisation.is_person else _("贵单位确认代表")


def fresh_key() -> dict[str, str]:
    """Return what a form of an order begins with: the key under which it is made once."""
    return {"key": uuid.uuid4().hex}


def begin(
    request: HttpRequest,
    form: Form,
    call: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    warning: str,
    url_name: str,
    rows: Callable[[], Rows],
    above: tuple[str, str],
) -> HttpResponse:
    """Ask for what begins an order, ``call`` its verb with the fields and go to the order's page. ``rows`` say what it is about;
    ``above`` names the page one came from and its address.
    """
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            order = call(form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, begun(order))
            return redirect(url_name, pk=order.pk)
    context = {
        "title": title,
        "rows": rows(),
        "warning": warning,
        "form": form,
        "action": request.path,
        "label": title,
        "back": above[1],
        "trail": [above],
        "refusal": refusal,
    }
    return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)


def begin_of(
    request: HttpRequest, account: HoldingAccount, form: Form, *, title: str, warning: str, verb: Any, url_name: str
) -> HttpResponse:
    """Ask for what begins an order of an account, from the page of what it holds."""
    return begin(
        request,
        form,
        lambda fields: verb(account, by=acting(request), **fields),
        title=title,
        warning=warning,
        url_name=url_name,
        rows=lambda: about(account),
        above=(_("持有账户"), reverse("holdings")),
    )


def about(account: HoldingAccount) -> Rows:
    """Return what a form says of the account: which it is, and what it could use now."""
    return [(_("账户"), str(account)), (_("可用"), f"{books.available(account):,} t")]
