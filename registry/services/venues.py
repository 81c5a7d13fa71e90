"""Exchanges outside the portal: units taken to one, trades settled there in one call each, and units taken back.

The exchange matches and holds the money; the registry moves the units. An account stands at one exchange at a time.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.direct import add, ask, read
from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.workflow import RuleViolation, advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import normalise
from registry.models import Batch, Block, HoldingAccount, Seat, Trade, Venue, VenueOrder
from registry.services.books import reserve, take
from registry.services.transfers import acts_for, by_another
from registry.states import JournalKind, UnitState, VenueOrderState, VenueWay

# What may still come back to the venue keeps the account there.
_BOUND = (UnitState.TRADING, UnitState.JUDICIAL_FROZEN, UnitState.SUSPENDED)
STANDING = """
    SELECT account_id, venue_id, NULL::bigint FROM registry_seat WHERE account_id = ANY(%s) AND closed_at IS NULL
    UNION ALL SELECT NULL, NULL, id FROM registry_trade WHERE venue_id = %s AND number = %s
"""


@verb("registry.open_venue")
def open_venue(
    organisation: Organisation, *, approved_by: str, approval_no: str, approved_on: date, by: User, reason: str = ""
) -> Venue:
    """Connect an approved exchange. Raises RuleViolation ``no_approval``, ``future_approval`` or ``venue_open``."""
    approved_by, approval_no = approved_by.strip(), approval_no.strip()
    require(bool(approved_by and approval_no), "no_approval", _("请写明批准单位和批准文号"))
    require(approved_on <= clock.today(), "future_approval", _("批准日期还没有到"))
    known = Venue.objects.filter(organisation=organisation).exists()
    require(not known, "venue_open", _("这家交易机构已经接入"))
    venue = Venue.objects.create(
        organisation=organisation,
        approved_by=approved_by,
        approval_no=approval_no,
        approved_on=approved_on,
        opened_by=by,
    )
    record("registry.open_venue", venue, by=by, reason=reason, data={"approval_no": approval_no})
    return venue


@verb("registry.initiate_venue_order")
def initiate(
    account: HoldingAccount,
    *,
    venue: Venue,
    quantity_t: int,
    by: User,
    batch: Batch | None = None,
    reason: str = "",
    key: str = "",
) -> VenueOrder:
    """The maker asks to take available units to a venue. They move when the checker confirms, and are counted then.

    Raises RuleViolation ``bad_quantity``, ``at_another_venue``.
    """
    acts_for(account, by, Role.MAKER)
    account = lock(account)
    require(quantity_t > 0, "bad_quantity", _("数量是大于 0 的整吨"))
    _free_for(account, venue)
    order = VenueOrder.objects.create(
        venue=venue, account=account, way=VenueWay.IN, quantity_t=quantity_t, batch=batch, reason=reason, made_by=by
    )
    record("registry.initiate_venue_order", order, by=by, reason=reason, data={"quantity_t": quantity_t})
    return order


@verb("registry.confirm_venue_order")
def confirm(order: VenueOrder, *, by: User, reason: str = "", key: str = "") -> VenueOrder:
    """The checker of the same organisation confirms: the units are at the venue from now on.

    Raises RuleViolation ``same_person``, ``at_another_venue``, ``not_enough``.
    """
    order, account = lock(order, order.account)
    acts_for(account, by, Role.CHECKER)
    factor = by_another(order, order.made_by_id, lambda: account.organisation, "registry.confirm_venue_order", by=by)
    require(order.state == VenueOrderState.CONFIRMING, "wrong_state", _("这笔划转已经办结，请刷新页面"))
    _seat(account, order.venue)
    journal = reserve(
        account,
        order.quantity_t,
        state=UnitState.TRADING,
        kind=JournalKind.TO_VENUE,
        by=by,
        reason=order.reason,
        batch=order.batch,
    )
    advance(order, VenueOrderState.DONE, by=by, reason=reason, confirmed_by=by, journal=journal, factor=factor)
    return order


@verb("registry.cancel_venue_order")
def cancel(order: VenueOrder, *, by: User, reason: str, key: str = "") -> VenueOrder:
    """The holder takes the order back before it is confirmed; nothing had moved."""
    order, account = lock(order, order.account)
    acts_for(account, by, Role.MAKER, Role.CHECKER)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(order, VenueOrderState.CANCELLED, by=by, reason=reason)
    return order


def _free_for(account: HoldingAccount, venue: Venue) -> Seat | None:
    """Return the open seat at this venue, or refuse what is bound to another (``at_another_venue``); None when there is none."""
    seat = Seat.objects.filter(account=account, closed_at=None).first()
    if seat is None or seat.venue_id == venue.pk:
        return seat
    bound = Block.objects.open().filter(holder=account, state__in=_BOUND).exists()
    require(not bound, "at_another_venue", _("这个账户在%s还有减排量，全部转出以后才能换") % seat.venue)
    return None


def _seat(account: HoldingAccount, venue: Venue) -> None:
    """Let a locked account stand at a venue, and at no other."""
    if _free_for(account, venue) is None:
        for left in Seat.objects.filter(account=account, closed_at=None):
            left.closed_at = clock.now()
            left.save(update_fields=["closed_at"])
        Seat.objects.create(account=account, venue=venue)


@verb("registry.settle_trade")
def settle(
    venue: Venue,
    *,
    number: str,
    seller: str,
    buyer: str,
    quantity_t: int,
    price_fen: int,
    traded_at: datetime,
    by: User,
    to_state: str = UnitState.TRADING,
    batch: Batch | None = None,
    reason: str = "",
) -> Trade:
    """Settle a trade the venue reports: the seller's oldest units at the venue become the buyer's, under one journal.

    ``seller`` and ``buyer`` are account numbers, the price is in fen a tonne. The trade's number is its idempotency key: the same
    trade again answers as before. Raises RuleViolation ``bad_trade``, ``future_trade``, ``same_account``, ``unknown_account``,
    ``trade_known``, ``not_at_venue``, ``at_another_venue``, ``bad_quantity``, ``not_enough``.
    """
    _plausible(number, price_fen, traded_at, to_state)
    seller, buyer = normalise(seller), normalise(buyer)
    require(seller != buyer, "same_account", _("买方和卖方不能是同一个账户"))
    sells, buys = _locked(seller, buyer)
    said = (sells.pk, buys.pk, quantity_t, price_fen, batch.pk if batch else None, to_state, traded_at)
    at, known = _known(venue, number, sells, buys)
    if known is not None:
        told = (known.seller_id, known.buyer_id, known.quantity_t, known.price_fen)
        again = (*told, known.batch_id, known.to_state, known.traded_at) == said
        require(again, "trade_known", _("成交号 %s 已经交收过，内容不同；没有再办") % number)
        return known
    require(at.get(sells.pk) == venue.pk, "not_at_venue", _("卖方 %s 不在这家交易机构") % sells.number)
    if to_state == UnitState.TRADING and at.get(buys.pk) != venue.pk:
        _seat(buys, venue)
    journal = take(
        sells,
        quantity_t,
        state=to_state,
        kind=JournalKind.SETTLE,
        by=by,
        reason=reason,
        batch=batch,
        held=UnitState.TRADING,
        to=buys,
    )
    trade = add(
        Trade,
        venue=venue,
        number=number,
        seller=sells,
        buyer=buys,
        quantity_t=quantity_t,
        price_fen=price_fen,
        batch=batch,
        to_state=to_state,
        traded_at=traded_at,
        journal=journal,
        reported_by=by,
    )
    record("registry.settle_trade", trade, by=by, reason=reason, data={"quantity_t": quantity_t})
    return trade


def _plausible(number: str, price_fen: int, traded_at: datetime, to_state: str) -> None:
    whole = bool(number.strip()) and price_fen >= 0 and to_state in (UnitState.TRADING, UnitState.AVAILABLE)
    require(whole, "bad_trade", _("成交要有成交号和不小于 0 的整分单价，交收到交易账户或可用"))
    require(traded_at <= clock.now(), "future_trade", _("成交时间还没有到"))


def _locked(*numbers: str) -> list[HoldingAccount]:
    """Lock the accounts with these numbers in one order for everybody; return them in the order asked."""
    rows = read(HoldingAccount, "WHERE t.number = ANY(%s) ORDER BY t.id FOR NO KEY UPDATE", [list(numbers)])
    found = {account.number: account for account in rows}
    for number in numbers:
        if number not in found:
            raise RuleViolation("unknown_account", _("没有账户号 %s，请与对方核对") % number)
    return [found[number] for number in numbers]


def _known(venue: Venue, number: str, *accounts: HoldingAccount) -> tuple[dict[int, int], Trade | None]:
    """Return at which venue each of the locked accounts stands, and the trade that has this number already."""
    lines = ask(STANDING, [[account.pk for account in accounts], venue.pk, number])
    at = {account: where for account, where, _trade in lines if account is not None}
    return at, next((Trade.objects.get(pk=trade) for *_seat, trade in lines if trade is not None), None)


@verb("registry.take_out_of_venue")
def take_out(
    venue: Venue,
    *,
    number: str,
    account: str,
    quantity_t: int,
    by: User,
    batch: Batch | None = None,
    reason: str = "",
) -> VenueOrder:
    """The venue gives units back to the account: available again. Its number counts once and answers the same again.

    Raises RuleViolation ``bad_trade``, ``unknown_account``, ``number_used``, ``not_at_venue``, ``bad_quantity``, ``not_enough``.
    """
    require(bool(number.strip()), "bad_trade", _("转出要有交易机构的单号"))
    (holder,) = _locked(normalise(account))
    if (known := VenueOrder.objects.filter(venue=venue, number=number).first()) is not None:
        again = (known.account_id, known.quantity_t, known.batch_id) == (
            holder.pk,
            quantity_t,
            batch.pk if batch else None,
        )
        require(again, "number_used", _("交易机构单号 %s 已用于内容不同的一笔") % number)
        return known
    here = Seat.objects.filter(account=holder, venue=venue, closed_at=None).exists()
    require(here, "not_at_venue", _("账户 %s 不在这家交易机构") % holder.number)
    journal = take(
        holder,
        quantity_t,
        state=UnitState.AVAILABLE,
        kind=JournalKind.FROM_VENUE,
        by=by,
        reason=reason,
        batch=batch,
        held=UnitState.TRADING,
    )
    order = VenueOrder.objects.create(
        venue=venue,
        account=holder,
        way=VenueWay.OUT,
        number=number,
        quantity_t=quantity_t,
        batch=batch,
        reason=reason,
        state=VenueOrderState.DONE,
        journal=journal,
        made_by=by,
    )
    record("registry.take_out_of_venue", order, by=by, reason=reason, data={"quantity_t": quantity_t})
    return order
