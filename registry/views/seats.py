"""The holder's side of an exchange: where the account stands, what was taken there and back, and what was traded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from kernel.rules import RuleViolation
from projects.views.access import acting, must_see
from projects.views.progress import Action, Verbs, offered, verbs_of
from projects.views.story import Told, story
from registry.forms import VenueForm
from registry.models import Block, HoldingAccount, Seat, Trade, VenueOrder
from registry.services import books, venues
from registry.services.persons import name_for
from registry.states import UnitState, VenueOrderState
from registry.views.alone import ALONE
from registry.views.holdings import begin_of, fresh_key, own_account
from registry.views.pressing import press

SHOWN = 50
TOLD: Told = {
    "accounts.show_second_factor": (gettext_lazy("本人输入了动态验证码"), ""),
    "registry.initiate_venue_order": (gettext_lazy("发起代表申请划转"), ""),
    "registry.confirm_venue_order": (gettext_lazy("确认代表确认，已划转"), ""),
    "registry.cancel_venue_order": (gettext_lazy("取消，减排量没有动"), ""),
    "registry.take_out_of_venue": (gettext_lazy("交易机构转出，减排量可用"), ""),
}
CONFIRM = Action("registry.confirm_venue_order", gettext_lazy("确认划转"), "venue-order-confirm")
CANCEL = Action(
    "registry.cancel_venue_order", gettext_lazy("取消划转"), "venue-order-cancel", posts=False, style="plain"
)


def _actions(order: VenueOrder, verbs: Verbs) -> list[Action]:
    waits = order.state == VenueOrderState.CONFIRMING
    own = verbs.get(order.account.organisation_id, ())
    return [action for action in (CONFIRM, CANCEL) if waits and action.verb in own]


@login_required
@require_GET
def seat(request: HttpRequest) -> HttpResponse:
    """The account's seat with what it holds there, its orders (those that wait for the visitor first) and its last trades."""
    account, verbs = own_account(request), verbs_of(acting(request))
    rows = account.venue_orders.select_related("venue__organisation", "account__organisation")[:SHOWN]
    orders = [(order, CONFIRM in _actions(order, verbs)) for order in rows]
    context = {
        "account": account,
        "holder": name_for(account.organisation, acting(request)),
        "seat": Seat.objects.filter(account=account, closed_at=None).select_related("venue__organisation").first(),
        "trading_t": Block.objects.open().filter(holder=account, state=UnitState.TRADING).tonnes(),
        "available_t": books.available(account),
        "orders": sorted(orders, key=lambda line: not line[1]),
        "trades": _trades(account),
        "begins": "registry.initiate_venue_order" in verbs.get(account.organisation_id, ()),
        "trail": _above(),
    }
    return render(request, "registry/seat.html", context)


def _trades(account: HoldingAccount) -> list[dict[str, Any]]:
    """Return the last trades as the account sees them. The other side stands in the statement, with the serials."""
    rows = Trade.objects.filter(Q(seller=account) | Q(buyer=account)).select_related("journal", "venue__organisation")
    return [
        {"trade": trade, "sold": trade.seller_id == account.pk, "sum_fen": trade.quantity_t * trade.price_fen}
        for trade in rows[:SHOWN]
    ]


def _above() -> list[tuple[Any, str]]:
    return [(_("持有账户"), reverse("holdings"))]


@login_required
@require_http_methods(["GET", "POST"])
def new_order(request: HttpRequest) -> HttpResponse:
    """Ask to take units to an exchange: nothing moves before the second person confirms."""
    account = own_account(request)
    form = VenueForm(request.POST or None, account=account, initial=fresh_key())
    return begin_of(
        request,
        account,
        form,
        title=_("划转至交易账户"),
        warning=_("确认后这些减排量在交易机构可以卖出；没有卖出的由交易机构转出后才能另用。"),
        verb=venues.initiate,
        url_name="venue-order",
    )


def _page(request: HttpRequest, order: VenueOrder, refusal: RuleViolation | None = None) -> HttpResponse:
    must_see(request, order)
    user = acting(request)
    buttons = _actions(order, verbs_of(user))
    context = {
        "order": order,
        "turn": _turn(order),
        **offered(buttons),
        "blocks": _moved(order),
        "story": story(order, TOLD),
        "trail": [*_above(), (_("交易账户"), reverse("seat"))] if user.organisations().exists() else [],
        "refusal": refusal,
    }
    return render(request, "registry/venueorder.html", context, status=409 if refusal else 200)


def _turn(order: VenueOrder) -> Any:
    if order.state != VenueOrderState.CONFIRMING:
        return gettext_lazy("办完了")
    return ALONE if order.account.organisation.is_person else gettext_lazy("贵单位 确认代表")


def _moved(order: VenueOrder) -> list[Block]:
    """Return the runs an order moved; the rest of a run that was split stayed where it was."""
    opened = books.opened(order.journal) if order.journal else []
    into = UnitState.TRADING if order.way == "IN" else UnitState.AVAILABLE
    return [block for block in opened if block.state == into]


@login_required
@require_GET
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an order."""
    return _page(request, get_object_or_404(VenueOrder, pk=pk))


def step(verb: Any, title: str, *, reason: bool = False) -> Any:
    """Return the view of a button of an order."""
    return press(
        VenueOrder,
        "venue-order",
        _page,
        verb,
        title=title,
        about=lambda row: [(_("编号"), str(row)), (_("数量"), f"{row.quantity_t:,} t")],
        above=lambda row: [*_above(), (_("交易账户"), reverse("seat"))],
        reason=reason,
    )
