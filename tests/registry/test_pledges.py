"""Pledge and its disposal, and transfers without a sale. What is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from carbon_portal.story import World
from registry.models import Deed
from registry.services import confirming, frauds, freezes, nontrade, pledges, transfers
from registry.states import PLEDGE_MOVES, JournalKind, PledgeState, UnitState
from tests.holding import (
    assert_books_hold,
    document,
    done,
    fraud_case,
    frozen,
    held,
    pledge_in,
)
from tests.refusals import forbidden, refused
from tests.stages import retirement_in, transfer_in

PLEDGED = UnitState.PLEDGED
Step = tuple[Callable[..., Any], str, str]
STEPS: dict[str, Step] = {
    "confirm": (pledges.confirm, "owner-checker", "OFFERED"),
    "accept": (pledges.accept, "buyer-maker", "IN_FORCE"),
    "refuse": (pledges.refuse, "buyer-checker", "REFUSED"),
    "cancel": (pledges.cancel, "owner-maker", "CANCELLED"),
    "release": (pledges.release, "buyer-checker", "RELEASED"),
}


def offer(world: World, **changed: Any) -> dict[str, Any]:
    told = {"creditor_number": world.accounts["buyer"].number, "contract_no": "QLZY-2026-003", "quantity_t": 10}
    return {**told, "by": world.people["owner-maker"], **changed}


def test_pledged_units_stay_with_the_holder_and_cannot_be_sold(world: World) -> None:
    owner = world.accounts["owner"]
    offered = pledge_in(world, "OFFERED", 400)
    assert (held(owner), held(owner, PLEDGED)) == (423, 0)

    pledges.accept(offered, by=world.people["buyer-checker"])
    assert (held(owner), held(owner, PLEDGED)) == (23, 400)
    told = {"target_number": world.accounts["buyer"].number, "quantity_t": 24, "by": world.people["owner-maker"]}
    refused(transfers.initiate, owner, **told, code="not_enough")
    assert_books_hold()

    offered.refresh_from_db()
    pledges.release(offered, by=world.people["buyer-checker"])
    assert (held(owner), held(owner, PLEDGED)) == (423, 0)
    assert_books_hold()


def test_what_is_gone_by_then_cannot_be_accepted(world: World) -> None:
    pledge = pledge_in(world, "OFFERED", 400)
    transfer_in(world, "CONFIRMING", 100)

    refused(pledges.accept, pledge, by=world.people["buyer-maker"], code="not_enough")


def test_a_debtor_in_default_loses_the_units_by_document_in_parts(world: World) -> None:
    pledge, buyer, people = pledge_in(world, "IN_FORCE", 100), world.accounts["buyer"], world.people
    told = document(world, document_no="仲裁裁决 9 号")
    refused(pledges.enter_disposal, pledge, quantity_t=60, **told, code="not_asked")
    refused(pledges.ask_disposal, pledge, by=people["buyer-checker"], reason=" ", code="no_reason")
    pledges.ask_disposal(pledge, by=people["buyer-checker"], reason="逾期未还")
    pledge.refresh_from_db()
    refused(pledges.enter_disposal, pledge, quantity_t=101, **told, code="not_enough")
    before = held(buyer)

    deed = done(world, pledges.enter_disposal(pledge, quantity_t=60, **told))
    assert deed.journal is not None
    assert deed.journal.kind == JournalKind.ENFORCE
    pledge.refresh_from_db()
    assert (pledge.state, pledge.held_t, held(buyer) - before) == (PledgeState.IN_FORCE, 40, 60)
    assert_books_hold()
    rest = pledges.enter_disposal(pledge, quantity_t=40, **document(world, document_no="仲裁裁决 10 号"))
    done(world, rest)
    pledge.refresh_from_db()
    assert (pledge.state, held(buyer) - before) == (PledgeState.ENFORCED, 100)
    assert_books_hold()


def test_a_court_and_a_case_leave_what_is_pledged_and_have_it_afterwards(world: World) -> None:
    pledge, owner = pledge_in(world, "IN_FORCE", 100), world.accounts["owner"]
    freeze = frozen(world, 423)
    assert (freeze.held_t, freeze.missing_t) == (323, 100)
    pledges.release(pledge, by=world.people["buyer-checker"])
    assert freezes.follow() == 1
    freeze.refresh_from_db()
    assert (freeze.held_t, held(owner)) == (423, 0)

    other = pledge_in(world, "CANCELLED")
    assert other.held_t == 0
    assert_books_hold()


def test_released_into_a_case_of_fraud_units_are_suspended(world: World) -> None:
    pledge = pledge_in(world, "IN_FORCE", 100)
    case = fraud_case(world)
    assert case.held_t == 622 - 99  # the one tonne of the meter's batch was pledged first

    pledges.release(pledge, by=world.people["buyer-checker"])
    case.refresh_from_db()
    assert case.held_t == 622
    assert frauds.follow() == 0
    assert_books_hold()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to = STEPS[name]
    allowed = {was for was, reached in PLEDGE_MOVES if reached == to}
    for state in PledgeState:
        if state in allowed:
            continue
        pledge, by = pledge_in(world, state, 5), world.people[who]
        if state == PledgeState.CONFIRMING and who.startswith("buyer"):  # the other side does not even see it yet
            forbidden(verb, pledge, by=by, reason="试")
        else:
            refused(verb, pledge, by=by, reason="试", code="wrong_state")


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_only_by_the_side_and_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, to = STEPS[name]
    pledge = pledge_in(world, max(was for was, reached in PLEDGE_MOVES if reached == to))
    both = {"accept": {"buyer-checker"}, "refuse": {"buyer-maker"}, "cancel": {"owner-checker"}}
    for other in sorted(world.people.keys() - {who} - both.get(name, set())):
        forbidden(verb, pledge, by=world.people[other], reason="试")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"creditor_number": "CH990100999999"}, "unknown_account"),
        ({"contract_no": " "}, "no_contract"),
        ({"quantity_t": 0}, "bad_quantity"),
    ],
)
def test_a_pledge_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str) -> None:
    refused(pledges.propose, world.accounts["owner"], **offer(world, **changed), code=code)


def test_a_pledge_is_not_to_oneself_and_goes_back_with_a_reason(world: World) -> None:
    own = world.accounts["owner"].number
    refused(pledges.propose, world.accounts["owner"], **offer(world, creditor_number=own), code="same_account")
    pledge = pledge_in(world, "OFFERED")
    refused(pledges.refuse, pledge, by=world.people["buyer-maker"], reason="", code="no_reason")
    refused(pledges.cancel, pledge, by=world.people["owner-maker"], reason=" ", code="no_reason")
    refused(pledges.ask_disposal, pledge, by=world.people["buyer-checker"], reason="违约", code="wrong_state")


def passing(world: World, **changed: Any) -> Deed:
    told = {"kind": "MERGER", "target_number": world.accounts["buyer"].number, **changed}
    return nontrade.enter_nontrade(world.accounts["owner"], **document(world, document_no="合并协议 3 号", **told))


def test_in_a_merger_all_units_pass_without_a_sale(world: World) -> None:
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    deed = done(world, passing(world))

    assert deed.journal is not None
    assert (deed.journal.kind, deed.journal.number[:2]) == (JournalKind.NONTRADE, "GH")
    assert (held(owner), held(buyer), held(buyer, UnitState.RETIRED)) == (0, 623, 100)
    assert_books_hold()


def test_a_judgment_passes_some_of_one_batch(world: World) -> None:
    batch = world.periods["yearly"].batch
    done(world, passing(world, kind="RULING", quantity_t=22, batch=batch))

    assert (held(world.accounts["owner"]), held(world.accounts["buyer"])) == (401, 222)
    assert_books_hold()


def test_all_units_pass_only_when_none_is_bound(world: World) -> None:
    deed = passing(world)
    retirement_in(world, "PENDING", 7)

    refusal = refused(confirming.confirm, deed, by=world.people["registrar"], code="not_free")
    assert "还有 7 t" in refusal.message
    some = passing(world, kind="INHERIT", quantity_t=417)
    refused(confirming.confirm, some, by=world.people["registrar"], code="not_enough")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "SALE"}, "bad_kind"),
        ({"kind": "FREEZE"}, "bad_kind"),
        ({"target_number": "CH990100999999"}, "unknown_account"),
        ({"quantity_t": 0}, "bad_quantity"),
        ({"document_no": " "}, "no_document"),
    ],
)
def test_a_passing_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str) -> None:
    told = {"kind": "MERGER", "target_number": world.accounts["buyer"].number, "document_no": "3 号", **changed}

    refused(nontrade.enter_nontrade, world.accounts["owner"], **document(world, **told), code=code)


def test_units_do_not_pass_to_where_they_are_nor_by_one_officer(world: World) -> None:
    told = document(world, kind="MERGER", target_number=world.accounts["owner"].number)
    refused(nontrade.enter_nontrade, world.accounts["owner"], **told, code="same_account")
    deed = passing(world, by=world.people["registrar"])
    refused(confirming.confirm, deed, by=world.people["registrar"], code="same_person")
    forbidden(nontrade.enter_nontrade, world.accounts["owner"], **{**told, "by": world.people["owner-maker"]})
