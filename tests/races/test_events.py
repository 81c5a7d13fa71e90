"""One serial for two events: only one of them gets it, with the row locks and without them, by either way to ask."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from accounts.services.people import portal_user
from accounts.workflow import RuleViolation
from carbon_portal.story import Seller, World
from carbon_portal.story.meeting import HOSTS, ORGANISER, buy, inventory
from carbon_portal.story.world import introduce
from registry.models import Block, Retirement
from registry.services import retirements
from registry.services.checking import check_books
from registry.states import UnitState
from tests.racing import hold_open, without_row_locks
from tests.stages import retire
from trading.models import EventOffset, EventRetirement, NeutralEvent
from trading.services import events, offsets
from trading.states import EventState

LOCKS = pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])


@pytest.fixture
def hosted(committed_world: World) -> World:
    """The world with an organiser who holds 3 t, enough for one meeting."""
    introduce(committed_world, ORGANISER, HOSTS, accounts=("host",))
    buy(committed_world, Seller("owner", 3, 4_000))
    return committed_world


def retiring(world: World, event: NeutralEvent) -> Callable[[], Retirement]:
    """Return a caller who retires 3 t for an event."""
    return lambda: offsets.retire(event, quantity_t=3, by=world.people["host-maker"])


def declaring(event: NeutralEvent) -> Callable[[], NeutralEvent]:
    """Return a worker who declares an event."""
    portal = portal_user()
    return lambda: offsets.declare_neutral(event, by=portal)


def retired(world: World, event: NeutralEvent) -> NeutralEvent:
    """Take an event to where it only has to be declared."""
    order = retirements.confirm(retiring(world, event)(), by=world.people["host-checker"])
    retire(order, world)
    event.refresh_from_db()
    return event


@LOCKS
def test_two_events_ask_for_the_same_three_tonnes(hosted: World, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = inventory(hosted), inventory(hosted)
    if not locked:
        without_row_locks(monkeypatch)

    won, lost = hold_open(retiring(hosted, one), retiring(hosted, other), monkeypatch=monkeypatch)

    assert isinstance(won, Retirement)
    assert (type(lost), lost.code) == (RuleViolation, "not_enough" if locked else "units_taken")
    assert list(EventRetirement.objects.values_list("event", "retirement")) == [(one.pk, won.pk)]
    other.refresh_from_db()
    assert other.state == EventState.INVENTORIED
    pending = Block.objects.open().filter(holder=hosted.accounts["host"], state=UnitState.RETIRE_PENDING)
    assert pending.tonnes() == 3
    assert check_books().differences == []


@LOCKS
def test_one_event_asks_twice_at_once(hosted: World, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    event = inventory(hosted)
    buy(hosted, Seller("owner", 3, 4_000))
    if not locked:
        without_row_locks(monkeypatch)

    won, lost = hold_open(retiring(hosted, event), retiring(hosted, event), monkeypatch=monkeypatch)

    assert isinstance(won, Retirement)
    assert isinstance(lost, RuleViolation)
    if locked:
        assert lost.code == "wrong_state"
    assert EventRetirement.objects.count() == 1


@LOCKS
def test_two_workers_declare_one_event_once(hosted: World, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    event = retired(hosted, inventory(hosted))
    if not locked:
        without_row_locks(monkeypatch)

    won, lost = hold_open(declaring(event), declaring(event), monkeypatch=monkeypatch)

    assert won.state == EventState.NEUTRAL
    assert (type(lost), lost.code) == (RuleViolation, "wrong_state" if locked else "already_used")
    assert sum(offset.block.quantity_t for offset in EventOffset.objects.all()) == 3


@LOCKS
def test_two_events_that_were_given_one_retirement_are_not_both_declared(
    hosted: World, committed: str, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with the owner's password has tied the retirement of one event to another: the serials still serve one."""
    one, other = retired(hosted, inventory(hosted)), inventory(hosted)
    with psycopg.connect(committed, autocommit=True) as owner:
        owner.execute("ALTER TABLE trading_eventretirement DROP CONSTRAINT event_retirement_once")
        owner.execute(
            "INSERT INTO trading_eventretirement (event_id, retirement_id) "
            "SELECT %s, retirement_id FROM trading_eventretirement",
            [other.pk],
        )
        owner.execute("UPDATE trading_neutralevent SET state = 'OFFSETTING' WHERE id = %s", [other.pk])
    if not locked:
        without_row_locks(monkeypatch)

    won, lost = hold_open(declaring(one), declaring(other), monkeypatch=monkeypatch)

    assert won.state == EventState.NEUTRAL
    assert (type(lost), lost.code) == (RuleViolation, "already_used")
    assert set(EventOffset.objects.values_list("event", flat=True)) == {one.pk}


@pytest.mark.parametrize("first", ["retire", "cancel", "reopen"])
def test_retiring_against_cancelling_or_reopening_has_one_winner(
    hosted: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, checker = inventory(hosted), hosted.people["host-checker"]
    callers: dict[str, Callable[[], object]] = {
        "retire": retiring(hosted, event),
        "cancel": lambda: events.cancel(event, by=checker, reason="延期"),
        "reopen": lambda: events.reopen_inventory(event, by=checker, reason="漏了燃气"),
    }
    other = "cancel" if first == "retire" else "retire"

    won, lost = hold_open(callers[first], callers[other], monkeypatch=monkeypatch)

    assert isinstance(won, Retirement | NeutralEvent)
    assert (type(lost), lost.code) == (RuleViolation, "wrong_state")
    assert EventRetirement.objects.count() == (1 if first == "retire" else 0)
