"""Guards of holding accounts and of what is asked of them."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from tests.applying import applied, newcomer, ordered
from tests.database.rows import again, person, refuses
from tests.database.test_registry import FREE, journal, leg

OPENING, COURT = "kind = 'OPEN'", "kind = 'FREEZE'"
DECIDED = f"decided_by_id = {person('registrar')}, decided_at = now(), txid = pg_current_xact_id()::text::bigint"
ACCOUNT = "account_id = (SELECT max(id) FROM registry_holdingaccount)"
# The buyer holds units; the second of the two below is the newest account, which holds none.
BUYER = "(SELECT a.id FROM registry_holdingaccount a JOIN registry_retirement r ON r.account_id = a.id LIMIT 1)"
WITHOUT_ACCOUNT = """(SELECT id FROM accounts_organisation
    WHERE id NOT IN (SELECT organisation_id FROM registry_holdingaccount) LIMIT 1)"""
EMPTY = "(SELECT -1)"
OPENED, RESTRICTED, FROZEN, CLOSED = (f"state = '{state}'" for state in ("OPEN", "RESTRICTED", "FROZEN", "CLOSED"))
REFUSED, LATER = f"state = 'REFUSED', {DECIDED}", "decided_at = now() + interval '1 day'"


@pytest.fixture(scope="module")
def asked(module_world: World) -> World:
    """An application that waits for the registrar, and a court's document about the owner's account."""
    newcomer(module_world)
    applied(module_world)
    ordered(module_world, module_world.accounts["owner"], "FREEZE", by=module_world.people["registrar"])
    return module_world


def set_request(where: str, assignment: str) -> str:
    return f"UPDATE registry_accountrequest SET {assignment} WHERE {where}"


def set_account(assignment: str, key: str = BUYER) -> str:
    return f"UPDATE registry_holdingaccount SET {assignment} WHERE id = {key}"


def empty_account() -> str:
    """Return the SQL of an account without units, of the organisation that verifies."""
    return again(
        "registry_holdingaccount", "true", number="'CH999999999999'",
        organisation_id=WITHOUT_ACCOUNT,
    )  # fmt: skip


def closed(kind: str = "CORRECT") -> str:
    """Return the SQL of an account that was closed, and a journal of a kind."""
    return f"{empty_account()}; {set_account(CLOSED, EMPTY)}; {journal(kind)}"


ACTS = {
    "account_moves": (
        f"{empty_account()}; {set_account(CLOSED, EMPTY)}; {set_account(OPENED, EMPTY)}",
        again("registry_holdingaccount", "true", number="'CH999999999999'", state="'FROZEN'"),
    ),
    "account_closed_is_empty": (set_account("state = 'CLOSED'"),),
    "block_of_an_account_in_use": (
        f"{closed()}; {leg(FREE, holder=EMPTY)}",
        f"{set_account(RESTRICTED)}; {journal('RESERVE')}; {leg(FREE, holder=BUYER, state='TRANSFER_PENDING')}",
        f"{set_account(FROZEN)}; {journal('PLEDGE')}; {leg(FREE, holder=BUYER, state='PLEDGED')}",
    ),
    "request_confirmed_by_another": (set_request(OPENING, "confirmed_by_id = made_by_id"),),
    "request_not_decided_by_maker": (set_request(COURT, "decided_by_id = made_by_id"),),
    "request_decided_by_another": (set_request(OPENING, "decided_by_id = confirmed_by_id"),),
    "request_approved_whole": (
        set_request(OPENING, f"state = 'APPROVED', {DECIDED}"),
        set_request(OPENING, f"state = 'APPROVED', {ACCOUNT}, {DECIDED}, confirmed_by_id = NULL"),
    ),
    "request_has_its_paper": (
        again("registry_accountrequest", OPENING, kind="'CHANGE'", state="'CONFIRMING'", paper_id="NULL"),
        again("registry_accountrequest", COURT, kind="'UNFREEZE'", document_no="''"),
    ),
    "request_one_open": (again("registry_accountrequest", OPENING, state="'CONFIRMING'"),),
    "request_moves": (
        set_request(OPENING, "state = 'CONFIRMING'"),
        again("registry_accountrequest", OPENING, kind="'CHANGE'", state="'APPLIED'"),
    ),
    "request_as_made": (
        set_request(OPENING, "legal_representative = '别人'"),
        set_request(OPENING, "licence_valid_until = licence_valid_until + 1"),
        f"DELETE FROM registry_accountrequest WHERE {OPENING}",
    ),
    "request_decided_once": (
        f"{set_request(OPENING, REFUSED)}; {set_request(OPENING, LATER)}",
        set_request(
            OPENING,
            f"state = 'APPROVED', {ACCOUNT}, decided_by_id = {person('registrar')}, decided_at = now(), txid = 1",
        ),
    ),
}
AT_COMMIT = {
    "account_moved_by_request": (
        set_account("state = 'FROZEN'"),
        f"{empty_account()}; {set_account(CLOSED, EMPTY)}",
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """An account moves with an approved request, in one transaction."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)


@pytest.mark.django_db
@pytest.mark.usefixtures("asked")
def test_whoever_decides_for_somebody_is_that_somebody() -> None:
    """The registrar entered the court's document; who stands in for her does not decide on it."""
    told = (
        "INSERT INTO accounts_event (verb, outcome, code, said, actor_id, actor_name, acted_for_id, object_type, object_id, "
        "object_label, from_state, to_state, reason, data, business_at, real_at, door, request_id) "
        f"SELECT 'registry.approve_request', 'DONE', '', '', {person('leader')}, 'x', {person('registrar')}, "
        f"'registry.accountrequest', id, 'x', '', '', '', '{{}}', now(), now(), 'task', '' FROM registry_accountrequest WHERE {COURT}"
    )
    refuses(
        "request_decided_for_another",
        f"{told}; {set_request(COURT, 'decided_by_id = ' + person('leader'))}",
        at_commit=True,
    )
