"""Guards of exchanges outside the portal: which account stands where, and whose journals move what is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from carbon_portal.story import World
from kernel import clock
from registry.models import VenueReport
from registry.services import venues
from tests.database.rows import again, person, refuses
from tests.database.test_registry import journal
from tests.venues import connected, settled, taken_in

THERE = "(SELECT max(id) FROM registry_venue)"
SELLER = "(SELECT seller_id FROM registry_trade ORDER BY id LIMIT 1)"
BUYER = "(SELECT buyer_id FROM registry_trade ORDER BY id LIMIT 1)"
TRADING = (
    f"(SELECT min(id) FROM registry_block WHERE closed_by_id IS NULL AND state = 'TRADING' AND holder_id = {SELLER})"
)
WAITS = "state = 'CONFIRMING'"
IN, OUT = "state = 'DONE' AND way = 'IN'", "state = 'DONE' AND way = 'OUT'"
SIGNED = f"signed_by_id = {person('registrar')}"


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """Two exchanges; at one of them the owner has units, of which some were sold and some taken back; books of a day."""
    venue = connected(module_world)
    connected(module_world, "elsewhere")
    taken_in(module_world, venue, 100)
    settled(module_world, venue)
    account, by = module_world.accounts["owner"], module_world.people["exchange"]
    venues.take_out(venue, number="O-1", account=account.number, quantity_t=5, by=by)
    venues.initiate(account, venue=venue, quantity_t=1, by=module_world.people["owner-maker"])
    VenueReport.objects.create(
        venue=venue, on=clock.today() - timedelta(days=1), rows={}, accounts=0, ours_t=0, theirs_t=0, reported_by=by
    )
    with connection.cursor() as cursor:  # a table with checks that still wait cannot lose a guard
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return module_world


def moved(kind: str, state: str, holder: str = SELLER) -> str:
    """Return the SQL that takes one block of the seller at the exchange whole to a state, under a journal of a kind."""
    return (
        f"{journal(kind)}; UPDATE registry_block SET closed_by_id = 900001 WHERE id = {TRADING}; "
        "INSERT INTO registry_block (series_id, batch_id, serials, holder_id, state, opened_by_id) "
        f"SELECT series_id, batch_id, serials, {holder}, '{state}', 900001 FROM registry_block WHERE closed_by_id = 900001"
    )


def taken() -> str:
    """Return the SQL that puts a block of the seller at the exchange under a journal nobody ordered."""
    one = f"(SELECT min(id) FROM registry_block WHERE closed_by_id IS NULL AND state = 'AVAILABLE' AND holder_id = {SELLER})"
    return moved("TO_VENUE", "TRADING").replace(TRADING, one)


def reported(**values: str) -> str:
    """Return the SQL of a trade under the journal 900001, of all it moved."""
    t = "(SELECT sum(quantity_t) FROM registry_block WHERE opened_by_id = 900001)"
    told = {"number": "'T-9'", "journal_id": "900001", "quantity_t": t, **values}
    return again("registry_trade", "number = 'T-1'", **told)


BORN_SIGNED = again(
    "registry_venuereport",
    "state = 'RECEIVED'",
    state="'SIGNED'",
    signed_by_id=person("registrar"),
    on='r."on" - 9',
)
SETTLE = moved("SETTLE", "TRADING", BUYER)
GUARDS = {
    "venue_append_only": ("UPDATE registry_venue SET approval_no = 'x'", "DELETE FROM registry_venue"),
    "seat_at_one_venue": (again("registry_seat", "closed_at IS NULL", venue_id=THERE),),
    "seat_append_only": ("DELETE FROM registry_seat", f"UPDATE registry_seat SET venue_id = {THERE}"),
    "seat_left_empty": (f"UPDATE registry_seat SET closed_at = now() WHERE account_id = {SELLER}",),
    "venue_order_confirmed_by_another": (f"UPDATE registry_venueorder SET confirmed_by_id = made_by_id WHERE {WAITS}",),
    "venue_order_number_once": (
        again("registry_venueorder", OUT, journal_id="(SELECT min(id) FROM registry_journal)"),
    ),
    "venue_order_positive": (f"UPDATE registry_venueorder SET quantity_t = 0 WHERE {WAITS}",),
    "venue_order_done_with_journal": (
        f"UPDATE registry_venueorder SET state = 'DONE', confirmed_by_id = {person('owner-checker')} WHERE {WAITS}",
        f"UPDATE registry_venueorder SET confirmed_by_id = NULL WHERE {IN}",
        f"UPDATE registry_venueorder SET number = '' WHERE {OUT}",
        f"UPDATE registry_venueorder SET journal_id = (SELECT min(id) FROM registry_journal) WHERE {WAITS}",
    ),
    "venue_order_moves": (f"UPDATE registry_venueorder SET state = 'CONFIRMING', journal_id = NULL WHERE {IN}",),
    "trade_once": (again("registry_trade", "number = 'T-1'", journal_id="(SELECT min(id) FROM registry_journal)"),),
    "trade_in_whole_figures": (
        reported(quantity_t="0"),
        reported(price_fen="-1", quantity_t="1"),
        reported(number="''", quantity_t="1"),
        reported(to_state="'RETIRED'", quantity_t="1"),
    ),
    "trade_between_two": (reported(buyer_id="r.seller_id", quantity_t="1"),),
    "trade_append_only": ("UPDATE registry_trade SET price_fen = 1", "DELETE FROM registry_trade"),
    "venue_report_once_a_day": (again("registry_venuereport", "state = 'RECEIVED'"),),
    "venue_report_signed_by_somebody": (
        "UPDATE registry_venuereport SET state = 'SIGNED'",
        f"UPDATE registry_venuereport SET {SIGNED}",
    ),
    "venue_report_moves": (BORN_SIGNED,),
    "venue_report_as_sent": ("UPDATE registry_venuereport SET rows = '[]'", "DELETE FROM registry_venuereport"),
}  # fmt: skip
AT_COMMIT = {
    "trading_units_move_by_their_venue": (
        moved("FROM_VENUE", "AVAILABLE"),
        SETTLE,
        taken(),
        f"{SETTLE}; {reported(venue_id=THERE)}",
    ),
    "trade_is_its_journal": (
        f"{SETTLE}; {reported(quantity_t='1')}",
        f"""{SETTLE}; {reported(to_state="'AVAILABLE'")}""",
        f"{SETTLE}; {reported(buyer_id='r.seller_id', seller_id='r.buyer_id')}",
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", GUARDS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *GUARDS[guard])


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """What only the whole act shows: who moved what is at an exchange, and that the trade says what the journal did."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)
