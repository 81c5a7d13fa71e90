"""Units at an exchange outside the portal: taken there, traded there in one call each, taken back, and both sides' books compared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.scope import scope
from carbon_portal.story import World
from kernel import clock
from office.models import Message
from registry.models import Block, HoldingAccount, Seat, Venue, VenueReport
from registry.services import books, reconciling, venues
from registry.services.checking import check_books
from registry.services.statements import balance
from registry.states import JournalKind, UnitState, VenueOrderState, VenueReportState
from tests.holding import frozen, held
from tests.refusals import forbidden, refused
from tests.venues import connected, settled, taken_in, trade


@pytest.fixture
def venue(world: World) -> Venue:
    """An exchange at which the owner has 100 t."""
    made = connected(world)
    taken_in(world, made, 100)
    return made


def test_units_go_to_the_venue_when_the_second_person_confirms(world: World) -> None:
    made, owner = connected(world), world.accounts["owner"]
    order = venues.initiate(owner, venue=made, quantity_t=100, by=world.people["owner-maker"])
    assert (held(owner), held(owner, UnitState.TRADING)) == (423, 0)
    forbidden(venues.confirm, order, by=world.people["buyer-checker"])
    order = venues.confirm(order, by=world.people["owner-checker"])
    assert (order.state, order.journal.kind if order.journal else "") == (VenueOrderState.DONE, JournalKind.TO_VENUE)
    assert (held(owner), held(owner, UnitState.TRADING)) == (323, 100)
    assert check_books().differences == []


def test_an_order_to_the_venue_can_be_taken_back_before(world: World) -> None:
    made, maker = connected(world), world.people["owner-maker"]
    order = venues.initiate(world.accounts["owner"], venue=made, quantity_t=100, by=maker)
    refused(venues.cancel, order, by=maker, reason=" ", code="no_reason")
    assert venues.cancel(order, by=maker, reason="不挂了").state == VenueOrderState.CANCELLED
    refused(venues.confirm, order, by=world.people["owner-checker"], code="wrong_state")
    refused(venues.cancel, order, by=maker, reason="再取消", code="wrong_state")


@pytest.mark.parametrize(("quantity_t", "code"), [(0, "bad_quantity"), (-5, "bad_quantity")])
def test_no_order_is_made_for_less_than_a_tonne(world: World, quantity_t: int, code: str) -> None:
    made = connected(world)
    refused(
        venues.initiate,
        world.accounts["owner"],
        venue=made,
        quantity_t=quantity_t,
        by=world.people["owner-maker"],
        code=code,
    )


def test_more_than_is_available_does_not_go_to_the_venue(world: World) -> None:
    order = venues.initiate(
        world.accounts["owner"], venue=connected(world), quantity_t=424, by=world.people["owner-maker"]
    )
    refusal = refused(venues.confirm, order, by=world.people["owner-checker"], code="not_enough")
    assert "可用 423 t，不够 424 t" in refusal.message


def test_a_trade_moves_units_under_one_journal_in_one_call(world: World, venue: Venue) -> None:
    made = settled(world, venue)
    assert (made.journal.kind, made.journal.number[:3]) == (JournalKind.SETTLE, "JS-")
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    assert (held(owner, UnitState.TRADING), held(buyer, UnitState.TRADING), held(buyer)) == (90, 10, 200)
    assert Seat.objects.get(account=buyer, closed_at=None).venue == venue
    settled(world, venue, number="T-2", to_state=UnitState.AVAILABLE)
    assert (held(owner, UnitState.TRADING), held(buyer, UnitState.TRADING), held(buyer)) == (80, 10, 210)
    assert check_books().differences == []


def test_the_same_trade_again_answers_the_same_and_another_under_its_number_is_refused(
    world: World, venue: Venue
) -> None:
    told = trade(world)
    made = venues.settle(venue, **told)
    assert venues.settle(venue, **told) == made
    assert held(world.accounts["owner"], UnitState.TRADING) == 90
    for changed in ({"quantity_t": 11}, {"price_fen": 1}, {"to_state": UnitState.AVAILABLE}):
        refused(venues.settle, venue, **{**told, **changed}, code="trade_known")


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"quantity_t": 101}, "not_enough", "交易账户持有 100 t，不够 101 t"),
        ({"quantity_t": 0}, "bad_quantity", "大于 0"),
        ({"price_fen": -1}, "bad_trade", "整分"),
        ({"number": " "}, "bad_trade", "成交号"),
        ({"to_state": UnitState.RETIRED}, "bad_trade", "交收到"),
        ({"buyer": "CH990100999999"}, "unknown_account", "CH990100999999"),
        ({"traded_at": datetime(2199, 1, 1, tzinfo=UTC)}, "future_trade", "还没有到"),
    ],
)
def test_a_trade_that_cannot_be_is_refused(
    world: World, venue: Venue, changed: dict[str, Any], code: str, said: str
) -> None:
    assert said in refused(venues.settle, venue, **trade(world, **changed), code=code).message


def test_parties_must_be_two_and_the_seller_at_this_venue(world: World, venue: Venue) -> None:
    owner, buyer = world.accounts["owner"].number, world.accounts["buyer"].number
    refused(venues.settle, venue, **trade(world, buyer=owner.lower()), code="same_account")
    refused(venues.settle, venue, **trade(world, seller=buyer, buyer=owner), code="not_at_venue")


def test_another_venue_moves_nothing_that_is_here(world: World, venue: Venue) -> None:
    other = connected(world, "elsewhere")
    theirs = world.people["elsewhere"]
    refused(venues.settle, other, **trade(world, by=theirs), code="not_at_venue")
    account = world.accounts["owner"].number
    refused(venues.take_out, other, number="O-1", account=account, quantity_t=1, by=theirs, code="not_at_venue")
    forbidden(venues.settle, venue, **trade(world, by=theirs))
    about = {"venue": other, "quantity_t": 1, "by": world.people["owner-maker"]}
    refused(venues.initiate, world.accounts["owner"], **about, code="at_another_venue")


def test_a_holder_who_took_everything_out_may_go_elsewhere(world: World, venue: Venue) -> None:
    owner = world.accounts["owner"]
    about = {"number": "O-1", "account": owner.number, "quantity_t": 100, "by": world.people["exchange"]}
    order = venues.take_out(venue, **about)
    assert (order.state, held(owner), held(owner, UnitState.TRADING)) == (VenueOrderState.DONE, 423, 0)
    assert venues.take_out(venue, **about) == order
    refused(venues.take_out, venue, **{**about, "quantity_t": 1}, code="number_used")
    refused(venues.take_out, venue, **{**about, "number": "O-2"}, code="not_enough")
    refused(venues.take_out, venue, **{**about, "number": ""}, code="bad_trade")
    taken_in(world, connected(world, "elsewhere"), 5)
    assert [seat.closed_at is None for seat in Seat.objects.filter(account=owner).order_by("pk")] == [False, True]
    refused(venues.settle, venue, **trade(world), code="not_at_venue")
    assert check_books().differences == []


def test_only_the_venue_settles_and_only_the_holder_sends(world: World, venue: Venue) -> None:
    for who in ("owner-maker", "registrar", "officer"):
        forbidden(venues.settle, venue, **trade(world, by=world.people[who]))
    forbidden(venues.initiate, world.accounts["owner"], venue=venue, quantity_t=1, by=world.people["buyer-maker"])


def test_a_court_reaches_what_is_at_the_venue(world: World, venue: Venue) -> None:
    """What was frozen there cannot be traded; the rest can."""
    freeze = frozen(world, 420)
    assert held(world.accounts["owner"], UnitState.TRADING) + freeze.held_t <= 423
    left = held(world.accounts["owner"], UnitState.TRADING)
    refused(venues.settle, venue, **trade(world, quantity_t=left + 1), code="not_enough")


@pytest.fixture
def next_day(world: World, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The day of the venue's first units, seen from the day after."""
    today = clock.today()
    later = clock.offset() + timedelta(days=1)
    monkeypatch.setattr(clock, "_source", lambda: later)
    return today


def test_books_that_agree_are_signed_without_words(world: World, venue: Venue, next_day: Any) -> None:
    rows = [(world.accounts["owner"].number, 100)]
    report = reconciling.report(venue, on=next_day, rows=rows, by=world.people["exchange"])
    assert (report.differences, report.ours_t, report.theirs_t) == ([], 100, 100)
    assert reconciling.report(venue, on=next_day, rows=rows, by=world.people["exchange"]) == report
    signed = reconciling.sign(report, by=world.people["registrar"])
    assert (signed.state, signed.signed_by) == (VenueReportState.SIGNED, world.people["registrar"])
    refused(reconciling.sign, report, by=world.people["registrar"], code="wrong_state")


def test_every_difference_is_listed_and_takes_words_to_sign(world: World, venue: Venue, next_day: Any) -> None:
    owner, buyer = world.accounts["owner"].number, world.accounts["buyer"].number
    rows = [(owner, 90), (buyer, 10)]
    report = reconciling.report(venue, on=next_day, rows=rows, by=world.people["exchange"])
    assert report.differences == sorted([[owner, 100, 90], [buyer, 0, 10]])
    asked = Message.objects.filter(template="registry.venue_books_differ")
    assert [(one.person, one.settled_at) for one in asked] == [(world.people["registrar"], None)]
    refused(reconciling.sign, report, by=world.people["registrar"], code="no_reason")
    forbidden(reconciling.sign, report, by=world.people["officer"], reason="没关系")
    refused(
        reconciling.report, venue, on=next_day, rows=[(owner, 100)], by=world.people["exchange"], code="day_reported"
    )
    reconciling.send_back(report, by=world.people["registrar"], reason="漏了当日成交")
    assert not asked.filter(settled_at=None).exists()
    returned = Message.objects.get(template="registry.venue_report_returned")
    assert returned.person == world.people["exchange"]
    again = reconciling.report(venue, on=next_day, rows=[(owner, 100)], by=world.people["exchange"])
    assert (again.differences, VenueReport.objects.count(), asked.count()) == ([], 2, 1)


def test_a_past_day_is_compared_with_the_books_of_that_day(world: World, venue: Venue, next_day: Any) -> None:
    settled(world, venue)
    owner = world.accounts["owner"]
    report = reconciling.report(venue, on=next_day, rows=[(owner.number, 100)], by=world.people["exchange"])
    assert report.differences == []
    assert balance(owner, clock.now()).tonnes[UnitState.TRADING] == 90


def test_a_report_that_cannot_be_read_names_every_row(world: World, venue: Venue, next_day: Any) -> None:
    owner = world.accounts["owner"].number
    rows = [(owner, 1), (owner, 1), ("CH990100999999", 1), (world.accounts["buyer"].number, -1)]
    refusal = refused(reconciling.report, venue, on=next_day, rows=rows, by=world.people["exchange"], code="bad_rows")
    assert [row.row for row in refusal.rows] == [2, 3, 4]
    early = next_day + timedelta(days=1)
    refused(reconciling.report, venue, on=early, rows=[], by=world.people["exchange"], code="day_not_over")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"approval_no": " "}, "no_approval"),
        ({"approved_by": ""}, "no_approval"),
        ({"approved_on": date(2199, 1, 1)}, "future_approval"),
        ({}, "venue_open"),
    ],
)
def test_an_exchange_without_an_approval_is_not_connected(
    world: World, venue: Venue, changed: dict[str, Any], code: str
) -> None:
    about = {"approved_by": "市政府", "approval_no": "9 号", "approved_on": clock.today(), **changed}
    refused(venues.open_venue, venue.organisation, **about, by=world.people["registrar"], code=code)


def test_what_a_venue_knows_of_its_scope_is_what_the_database_says(world: World) -> None:
    venue, other = connected(world), connected(world, "elsewhere")
    people = [world.people[name] for name in ("exchange", "elsewhere", "owner-maker", "registrar", "auditor")]
    for person in people:
        for one in (venue, other):
            within = Venue.objects.visible_to(person).filter(pk=one.pk).exists()
            assert within or not one.surely_within(scope(person))
    assert venue.surely_within(scope(world.people["exchange"]))


def test_runs_beside_each_other_grow_together_when_they_are_sold_or_come_back(world: World, venue: Venue) -> None:
    taken_in(world, venue, 40)
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    batch = runs(owner)[-1].batch
    assert [block.quantity_t for block in runs(owner) if block.batch == batch] == [99, 40]
    settled(world, venue, quantity_t=120, batch=batch)
    assert [block.quantity_t for block in runs(buyer)] == [120]
    settled(world, venue, number="T-2", quantity_t=10, batch=batch)
    assert [block.quantity_t for block in runs(buyer)] == [120, 10]
    back = venues.take_out(venue, number="OUT-1", account=buyer.number, quantity_t=130, by=world.people["exchange"])
    assert back.journal is not None
    assert [block.quantity_t for block in books.opened(back.journal)] == [130]
    assert not check_books().differences


def runs(account: HoldingAccount) -> list[Block]:
    return list(Block.objects.open().filter(holder=account, state=UnitState.TRADING).order_by("series", "serials"))
