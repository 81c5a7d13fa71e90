"""Guards of pledges, and of the documents behind journals that give units to another without a sale."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from tests.database.rows import again, person, refuses
from tests.database.test_holds import AVAILABLE, block_moved
from tests.holding import done, pledge_in
from tests.registry.test_pledges import passing

IN_FORCE, OFFERED, CONFIRMING = "state = 'IN_FORCE'", "state = 'OFFERED'", "state = 'CONFIRMING'"
PLEDGED = "state = 'PLEDGED'"  # the first block is the one tonne of the meter's batch


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """Pledges in force, offered, proposed and refused, and a document by which units passed."""
    for state in ("CONFIRMING", "OFFERED", "IN_FORCE", "REFUSED"):
        pledge_in(module_world, state, 10)
    done(module_world, passing(module_world, quantity_t=3))
    return module_world


def set_pledge(where: str, assignment: str) -> str:
    return f"UPDATE registry_pledge SET {assignment} WHERE {where}"


ACTS = {
    "pledge_confirmed_by_another": (set_pledge(CONFIRMING, "confirmed_by_id = made_by_id"),),
    "pledge_to_another": (
        again("registry_pledge", CONFIRMING, creditor_id="r.account_id"),
        again("registry_pledge", CONFIRMING, contract_no="''"),
    ),
    "pledge_holds_what_it_says": (
        set_pledge(IN_FORCE, "held_t = held_t - 1"),
        set_pledge(OFFERED, "held_t = 10"),
        set_pledge(OFFERED, f"state = 'IN_FORCE', held_t = quantity_t, answered_by_id = {person('buyer-maker')}"),
        set_pledge(IN_FORCE, "state = 'RELEASED', ended_at = now()"),
        again("registry_pledge", CONFIRMING, quantity_t="0"),
    ),
    "pledge_moves": (
        again("registry_pledge", OFFERED),
        set_pledge("state = 'REFUSED'", "state = 'OFFERED'"),
    ),
    "pledge_as_made": (
        set_pledge(CONFIRMING, "quantity_t = quantity_t + 1"),
        set_pledge(CONFIRMING, "contract_no = '别的'"),
        f"DELETE FROM registry_pledge WHERE {CONFIRMING}",
    ),
}
ENTRY = (
    f"INSERT INTO registry_holdentry (journal_id, pledge_id) SELECT 900001, id FROM registry_pledge WHERE {IN_FORCE}"
)
AT_COMMIT = {
    "pledge_enforced_by_deed": (
        f"{block_moved(PLEDGED, 'AVAILABLE', 'UNPLEDGE')}; {ENTRY}; "
        + set_pledge(IN_FORCE, "held_t = held_t - 1, enforced_t = 1"),
    ),
    "pledge_has_its_units": (
        set_pledge(IN_FORCE, "state = 'RELEASED', held_t = 0, ended_at = now()"),
        set_pledge(
            OFFERED,
            f"state = 'IN_FORCE', held_t = quantity_t, accepted_at = now(), answered_by_id = {person('buyer-maker')}",
        ),
    ),
    "pledged_units_have_their_pledge": (
        block_moved(AVAILABLE, "PLEDGED", "PLEDGE"),
        block_moved(PLEDGED, "AVAILABLE", "UNPLEDGE"),
    ),
    "journal_has_its_deed": (
        block_moved(AVAILABLE, "AVAILABLE", "NONTRADE"),
        f"{block_moved(PLEDGED, 'AVAILABLE', 'ENFORCE')}; {ENTRY}; "
        + set_pledge(IN_FORCE, "held_t = held_t - 1, enforced_t = 1"),
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """What only the whole act shows: a pledge and its units are the same tonnes, and a document stands behind each passing."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)
