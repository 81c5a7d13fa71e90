"""Guards of events, their inventories, and the serials that neutralise them."""

from __future__ import annotations

import pytest

from carbon_portal.story import World, meeting
from carbon_portal.story.meeting import NAME, inventory
from tests.database.rows import again, person, refuses
from trading.models import NeutralEvent
from trading.services import events

NEW = {"number": "'HD-990100-2026-99999'"}
EMPTY = {"total_mg": "NULL", "needed_t": "NULL", "closed_by_id": "NULL", "closed_at": "NULL", "neutral_at": "NULL"}
OPEN = "(SELECT id FROM trading_neutralevent WHERE state = 'PLANNED')"
COUNTED = "(SELECT id FROM trading_neutralevent WHERE state = 'INVENTORIED')"
NEUTRAL = "(SELECT id FROM trading_neutralevent WHERE state = 'NEUTRAL')"
# The retirement of the roofs' story, which served no event; and the block it retired.
OTHER = "(SELECT id FROM registry_retirement WHERE kind = 'CORP')"


def set_event(state: str, assignment: str) -> str:
    return f"UPDATE trading_neutralevent SET {assignment} WHERE state = '{state}'"


def event(**values: str) -> str:
    """Return the SQL of one more event, in its first state."""
    return again("trading_neutralevent", "state = 'PLANNED'", **{**NEW, **values})


def item(**values: str) -> str:
    """Return the SQL of one more line of an inventory."""
    return again("trading_emissionitem", "true", **{"event_id": OPEN, **values})


def order(**values: str) -> str:
    """Return the SQL that lets a retirement serve another event."""
    return again("trading_eventretirement", "true", **{"event_id": COUNTED, **values})


def another_retirement(**values: str) -> str:
    """Return the SQL of one more retirement like the event's, on its way."""
    fresh = {
        "state": "'CONFIRMING'",
        "reserved_id": "(SELECT id FROM registry_journal WHERE kind = 'ISSUE' ORDER BY id LIMIT 1)",
        "journal_id": "NULL",
        "retired_at": "NULL",
    }
    return again("registry_retirement", "kind = 'EVENT'", **{**fresh, **values})


def offset(**values: str) -> str:
    """Return the SQL that ties a run of serials to another event, whose retirement has been forged."""
    return again("trading_eventoffset", "true", **{"event_id": COUNTED, **values})


EVENTS = {
    "event_closed_by_another": (set_event("INVENTORIED", "closed_by_id = made_by_id"),),
    "event_days": (event(starts_on="r.ends_on + 1"),),
    "event_needs_whole_tonnes": (
        set_event("INVENTORIED", "needed_t = 2"),
        set_event("INVENTORIED", "needed_t = 4"),
        set_event("INVENTORIED", "total_mg = 0, needed_t = 0"),
        set_event("INVENTORIED", "total_mg = NULL, needed_t = NULL"),
        set_event("INVENTORIED", "closed_by_id = NULL"),
        set_event("PLANNED", "total_mg = 1, needed_t = 1"),
        event(closed_by_id=person("host-checker")),
    ),
    "event_fixed": (
        set_event("NEUTRAL", "name = '另一个活动'"),
        set_event("INVENTORIED", "boundary = '会场'"),
        set_event("PLANNED", "ends_on = ends_on + 1"),
        event() + "; DELETE FROM trading_neutralevent WHERE id = -1",
    ),
    "event_moves": (
        again("trading_neutralevent", "state = 'INVENTORIED'", **NEW),
        set_event("INVENTORIED", "state = 'NEUTRAL'"),
        set_event("NEUTRAL", "state = 'CANCELLED'"),
        set_event("NEUTRAL", "state = 'OFFSETTING'"),
    ),
}
ITEMS = {
    "emission_item_not_negative": (item(emission_mg="-1"),),
    "emission_item_frozen": (
        item(event_id=COUNTED),
        item(event_id=NEUTRAL),
        f"UPDATE trading_emissionitem SET emission_mg = emission_mg - 1 WHERE event_id = {COUNTED}",
        f"UPDATE trading_emissionitem SET emission_mg = emission_mg - 1 WHERE event_id = {OPEN}",
        f"UPDATE trading_emissionitem SET event_id = {OPEN} WHERE event_id = {COUNTED}",
        f"DELETE FROM trading_emissionitem WHERE event_id = {COUNTED}",
    ),
}
ORDERS = {
    "event_retirement_once": (order(),),
    "event_retirement_append_only": (
        f"UPDATE trading_eventretirement SET event_id = {COUNTED}",
        "DELETE FROM trading_eventretirement",
    ),
    "event_retirement_fits": (
        order(retirement_id=OTHER),
        another_retirement(quantity_t="2") + "; " + order(retirement_id="-1"),
        another_retirement(kind="'CHARITY'") + "; " + order(retirement_id="-1"),
        another_retirement(account_id="(SELECT account_id FROM registry_retirement WHERE kind = 'CORP')")
        + "; "
        + order(retirement_id="-1"),
        another_retirement() + "; " + order(retirement_id="-1", event_id=OPEN),
    ),
}
OFFSETS = {
    # The same serials for a second event: also when its retirement has been forged, and also in part.
    "event_offset_serials_once": (
        again("trading_eventoffset", "true"),
        "INSERT INTO trading_eventoffset (event_id, block_id, series_id, serials) "
        f"SELECT {NEUTRAL}, block_id, series_id, serials FROM trading_eventoffset",
    ),
    "event_offset_append_only": (
        f"UPDATE trading_eventoffset SET event_id = {COUNTED}",
        "DELETE FROM trading_eventoffset",
    ),
    "event_offset_is_retired": (
        offset(
            block_id=f"(SELECT id FROM registry_block WHERE opened_by_id = (SELECT journal_id FROM registry_retirement "
            f"WHERE id = {OTHER}) LIMIT 1)",
            serials="int8range(1, 101)",
            event_id=NEUTRAL,
        ),
        offset(),
        again("trading_eventoffset", "true", serials="int8range(700, 703)"),
    ),
}
ACTS = EVENTS | ITEMS | ORDERS | OFFSETS


@pytest.fixture(scope="module")
def season(module_world: World) -> None:
    """One event neutral, one counted, one still being counted, with a line each."""
    assert meeting(module_world).name == NAME
    inventory(module_world)
    events.reopen_inventory(inventory(module_world), by=module_world.people["host-checker"], reason="漏了燃气")
    assert NeutralEvent.objects.count() == 3


@pytest.mark.usefixtures("season")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.usefixtures("season")
def test_an_event_without_its_serials_is_not_neutral_when_it_commits() -> None:
    """Moved along the states as they lead, but nothing retired for it."""
    away = set_event("INVENTORIED", "state = 'OFFSETTING'")
    declared = set_event("OFFSETTING", "state = 'NEUTRAL', neutral_at = now()")
    refuses("event_neutral_is_offset", f"{away}; {declared}", at_commit=True)
