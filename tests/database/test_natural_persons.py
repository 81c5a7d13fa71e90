"""Guards of natural persons: one person, one row, one user; and a second factor in place of the second person, of theirs alone."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from registry.services import pledges, retirements, transfers, venues
from tests.alone import confirmed, opened, proven, received
from tests.applying import newcomer
from tests.citizens import OTHER, verified
from tests.database.rows import again, person, refuses
from tests.trading.stages import agreement_in
from tests.venues import connected
from trading.services import agreements

PERSON = "(SELECT id FROM accounts_organisation WHERE kind = 'PERSON')"
UNIT = "(SELECT min(id) FROM accounts_organisation WHERE kind <> 'PERSON')"
ACCOUNT = f"(SELECT id FROM registry_holdingaccount WHERE organisation_id = {PERSON})"
HOLDER = "(SELECT user_id FROM accounts_rolegrant WHERE role = 'HOLDER')"
MAKER, BLIND = person("owner-maker"), "repeat('0a', 32)"
# Table, label, verb, the columns of account, first step, second step and factor.
ALONE = {
    "transfer_alone_with_factor": (
        "transfer",
        "registry.confirm_transfer",
        "source_id",
        "made_by_id",
        "confirmed_by_id",
    ),
    "retirement_alone_with_factor": (
        "retirement",
        "registry.confirm_retirement",
        "account_id",
        "made_by_id",
        "confirmed_by_id",
    ),
    "pledge_alone_with_factor": ("pledge", "registry.confirm_pledge", "account_id", "made_by_id", "confirmed_by_id"),
    "venue_order_alone_with_factor": (
        "venueorder",
        "registry.confirm_venue_order",
        "account_id",
        "made_by_id",
        "confirmed_by_id",
    ),
    "request_alone_with_factor": (
        "accountrequest",
        "registry.confirm_request",
        "account_id",
        "made_by_id",
        "confirmed_by_id",
    ),
    "agreement_sold_alone_with_factor": (
        "agreement",
        "trading.confirm_agreement",
        "seller_id",
        "made_by_id",
        "confirmed_by_id",
    ),
    "agreement_bought_alone_with_factor": (
        "agreement",
        "trading.order_payment",
        "buyer_id",
        "accepted_by_id",
        "ordered_by_id",
    ),
}
FACTORS = {
    "agreement_sold_alone_with_factor": "seller_factor_id",
    "agreement_bought_alone_with_factor": "buyer_factor_id",
}


@pytest.fixture(scope="module")
def asked(module_world: World) -> World:
    """A natural person with units, one order of each kind that waits for its second factor, and the same of a company."""
    world = module_world
    account = opened(world)
    received(world, 30)
    holder, buyer = world.people["holder"], world.accounts["buyer"].number
    venue = connected(world)
    transfers.initiate(account, target_number=buyer, quantity_t=1, by=holder)
    told = {"quantity_t": 1, "beneficiary": "林*华", "purpose": "抵消出行", "kind": "PERSONAL"}
    retirements.initiate(account, by=holder, **told)
    pledges.propose(account, creditor_number=buyer, quantity_t=1, contract_no="ZY-1", by=holder)
    venues.initiate(account, venue=venue, quantity_t=1, by=holder)
    agreements.propose(account, buyer_number=buyer, quantity_t=1, price_fen=100, by=holder)
    owner, maker = world.accounts["owner"], world.people["owner-maker"]
    transfers.initiate(owner, target_number=buyer, quantity_t=1, by=maker)
    retirements.initiate(owner, by=maker, **{**told, "kind": "CHARITY"})
    pledges.propose(owner, creditor_number=buyer, quantity_t=1, contract_no="ZY-2", by=maker)
    venues.initiate(owner, venue=venue, quantity_t=1, by=maker)
    newcomer(world)
    agreement_in(world, "CONFIRMING")
    agreement_in(world, "ACCEPTED")
    bought = agreements.propose(owner, buyer_number=account.number, quantity_t=1, price_fen=100, by=maker)
    agreements.accept(agreements.confirm(bought, by=world.people["owner-checker"]), by=holder)
    verified(*OTHER)
    return world


def _shown(act: str, label: str, row: str, who: str = HOLDER, at: str = "now()") -> str:
    """Return the SQL of an event -1: a second factor given for an act on a row."""
    return (
        "INSERT INTO accounts_event (id, verb, outcome, code, said, actor_id, actor_name, object_type, object_id, object_label, "
        "from_state, to_state, reason, data, business_at, real_at, door, request_id) "
        f"SELECT -1, 'accounts.show_second_factor', 'DONE', '', '', {who}, 'x', '{label}', {row}, 'x', '', '', '', "
        f"jsonb_build_object('act', '{act}'), now(), {at}, 'page', ''"
    )


def _alone(guard: str) -> tuple[str, ...]:
    """Return what a factor must not do: a company's order, another act, another row, a stale code, another's confirmation."""
    name, act, account, one, other = ALONE[guard]
    app = "trading" if name == "agreement" else "registry"
    table, label, factor = f"{app}_{name}", f"{app}.{name}", FACTORS.get(guard, "factor_id")
    if name == "accountrequest":
        return _alone_request(table, label, act)
    waits = "state = 'CONFIRMING'" if one == "made_by_id" else "state = 'ACCEPTED'"
    mine = f"(SELECT max(id) FROM {table} WHERE {account} = {ACCOUNT} AND {waits})"
    theirs = f"(SELECT max(id) FROM {table} WHERE {account} <> {ACCOUNT} AND {waits})"
    maker = f"(SELECT {one} FROM {table} WHERE id = {theirs})"

    def confirm(row: str, by: str = one) -> str:
        return f"UPDATE {table} SET {other} = {by}, {factor} = -1 WHERE id = {row}"

    return (
        f"{_shown(act, label, theirs, maker)}; {confirm(theirs)}",
        f"{_shown('registry.cancel_transfer', label, mine)}; {confirm(mine)}",
        f"{_shown(act, label, theirs)}; {confirm(mine)}",
        f"{_shown(act, 'registry.batch', mine)}; {confirm(mine)}",
        f"{_shown(act, label, mine, MAKER)}; {confirm(mine)}",
        f"""{_shown(act, label, mine, at="now() - interval '7 minutes'")}; {confirm(mine)}""",
        f"{_shown(act, label, mine)}; {confirm(mine, MAKER)}",
    )


def _alone_request(table: str, label: str, act: str) -> tuple[str, ...]:
    unit = "(SELECT id FROM accounts_organisation WHERE name = '青岚新材料有限公司')"
    asked = again(
        table,
        "kind = 'OPEN'",
        kind="'CLOSE'",
        organisation_id=unit,
        citizen_id="NULL",
        account_id="NULL",
        factor_id="NULL",
        state="'CONFIRMING'",
        confirmed_by_id="NULL",
        decided_by_id="NULL",
        decided_at="NULL",
        txid="NULL",
    )
    return (
        f"{asked}; {_shown(act, label, '-1')}; UPDATE {table} SET confirmed_by_id = made_by_id, factor_id = -1 WHERE id = -1",
    )


PAPER = "(SELECT min(id) FROM accounts_attachment)"


def _asked(**values: str) -> str:
    """Return the SQL of another request like the person's opening, that nobody has confirmed."""
    fresh = {
        "confirmed_by_id": "NULL",
        "factor_id": "NULL",
        "decided_by_id": "NULL",
        "decided_at": "NULL",
        "txid": "NULL",
    }
    fresh |= {"state": "'CONFIRMING'", "account_id": "NULL", **values}
    return again("registry_accountrequest", "citizen_id IS NOT NULL", **fresh)


GUARDS = {
    "organisation_uscc_once": (again("accounts_organisation", "kind = 'COMPANY'"),),
    "organisation_is_person_or_unit": (
        again("accounts_organisation", "kind = 'COMPANY'", uscc="''"),
        again("accounts_organisation", "kind = 'COMPANY'", uscc="'91990100MA5C00058K'", person_token=BLIND),
        again("accounts_organisation", "kind = 'COMPANY'", uscc="'91990100MA5C00058K'", ended_at="now()"),
        again("accounts_organisation", "kind = 'PERSON'", uscc="'91990100MA5C00058K'", person_token=BLIND),
        again("accounts_organisation", "kind = 'PERSON'", person_token="'420106199003070016'"),
        again("accounts_organisation", "kind = 'PERSON'", person_token="NULL"),
        f"UPDATE accounts_organisation SET kind = 'COMPANY' WHERE id = {PERSON}",
        f"UPDATE accounts_organisation SET kind = 'PERSON' WHERE id = {UNIT}",
    ),
    "person_once": (again("accounts_organisation", "kind = 'PERSON'"),),
    "organisation_stays_who_it_is": (
        f"UPDATE accounts_organisation SET person_token = {BLIND} WHERE id = {PERSON}",
        f"UPDATE accounts_organisation SET ended_at = now() WHERE id = {PERSON}; "
        f"UPDATE accounts_organisation SET ended_at = NULL WHERE id = {PERSON}",
    ),
    "holder_is_one_person": (
        again("accounts_rolegrant", "role = 'HOLDER'", user_id=MAKER),
        again(
            "accounts_rolegrant",
            "role = 'HOLDER'",
            user_id=MAKER,
            valid_from="now() - interval '9 days'",
            valid_to="now() - interval '8 days'",
        ),
    ),
    "holder_of_one_account": (
        f"{again('accounts_organisation', 'kind = $$PERSON$$', person_token=BLIND)}; "
        f"{again('accounts_rolegrant', 'role = $$HOLDER$$', organisation_id='-1')}",
    ),
    "role_of_a_person": (
        again("accounts_rolegrant", "role = 'MAKER'", organisation_id=PERSON),
        again(
            "accounts_rolegrant",
            "role = 'HOLDER'",
            organisation_id=UNIT,
            user_id=person("auditor"),
            valid_to="r.valid_from",
        ),
        f"UPDATE accounts_rolegrant SET role = 'MAKER' WHERE organisation_id = {PERSON}",
    ),
    "api_key_of_no_person": (
        "INSERT INTO accounts_apikey (id, key_id, user_id, created_by_id, valid_from, organisation_id, sealed) "
        f"SELECT -1, 'akdb', {HOLDER}, {MAKER}, now(), {PERSON}, '1.demo.' || repeat('Ab_-', 20)",
    ),
    "account_of_a_person_trades": (
        f"UPDATE registry_holdingaccount SET kind = 'OWNER' WHERE id = {ACCOUNT}",
        f"{again('accounts_organisation', 'kind = $$PERSON$$', person_token=BLIND)}; "
        f"{again('registry_holdingaccount', 'true', number='$$CH1$$', kind='$$EMITTER$$', organisation_id='-1')}",
    ),
    "request_in_ones_own_name": (
        _asked(citizen_id="r.citizen_id + 1"),
        _asked(made_by_id=MAKER),
        _asked(organisation_id=UNIT),
        _asked(citizen_id="NULL", paper_id=PAPER),
        _asked(
            kind="'DECEASED'",
            organisation_id=UNIT,
            citizen_id="NULL",
            authority="'x'",
            document_no="'x'",
            paper_id=PAPER,
        ),
    ),
    "citizen_closes_without_units": (
        f"UPDATE scenarios_citizen SET state = 'CLOSED', closed_at = now() WHERE user_id = {HOLDER}",
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("guard", [*GUARDS, *ALONE])
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *(GUARDS.get(guard) or _alone(guard)))


@pytest.mark.django_db
def test_the_checks_for_two_people_let_only_a_factor_by(asked: World) -> None:
    """What the second factor stands in for: the same person twice, with it, on the own order and on no other."""
    order = transfers.initiate(
        asked.accounts["holder"],
        target_number=asked.accounts["buyer"].number,
        quantity_t=1,
        by=asked.people["holder"],
    )
    order = confirmed(order, transfers.confirm, by=asked.people["holder"])
    assert order.factor is not None
    assert order.made_by == order.confirmed_by == order.factor.actor
    assert order.factor.data["act"] == "registry.confirm_transfer"
    proven(order, transfers.cancel, by=asked.people["holder"])
