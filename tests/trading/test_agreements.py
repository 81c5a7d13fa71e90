"""Agreements, step by step: who may take it, when, and that what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from accounts.roles import Role
from accounts.services.people import end_role, portal_user
from carbon_portal.story import World
from kernel import clock
from office.services.calendar import calendar
from office.services.clock import move_clock
from registry.services import retirements, transfers
from registry.services.checking import check_books
from registry.states import UnitState
from tests.holding import held
from tests.refusals import forbidden, refused
from tests.stages import give, person
from tests.trading.stages import agreement_in, bank_says, lapsed, live
from tests.worlds import last_event
from trading.models import Agreement, CashEntry
from trading.services import agreements
from trading.states import AGREEMENT_MOVES, AgreementState, InstructionState

Step = tuple[Callable[..., Any], set[str], str]  # verb, who, state it leads to
STEPS: dict[str, Step] = {
    "confirm": (agreements.confirm, {"owner-checker"}, "OFFERED"),
    "accept": (agreements.accept, {"buyer-maker"}, "ACCEPTED"),
    "order": (agreements.order_payment, {"buyer-checker"}, "AWAITING_PAYMENT"),
    "refuse": (agreements.refuse, {"buyer-maker", "buyer-checker"}, "REFUSED"),
    "cancel": (agreements.cancel, {"owner-maker", "owner-checker"}, "CANCELLED"),
}


def offer(world: World, **changed: Any) -> dict[str, Any]:
    """Return what an agreement with the buyer is proposed with."""
    return {
        "buyer_number": world.accounts["buyer"].number,
        "quantity_t": 10,
        "price_fen": 4000,
        "by": world.people["owner-maker"],
        **changed,
    }


def test_an_agreement_sets_the_units_aside_and_says_what_they_cost(world: World) -> None:
    agreement = agreement_in(world, "CONFIRMING", 137, 450)

    assert (agreement.amount_fen, agreement.fee_fen, agreement.payable_fen) == (61_650, 0, 61_650)
    assert held(world.accounts["owner"], UnitState.TRANSFER_PENDING) == 137
    assert agreement.due_on == calendar().add_workdays(clock.today(), 10)
    assert last_event(verb="trading.propose_agreement").data == {"quantity_t": 137, "amount_fen": 61_650}


@override_settings(TRADE_FEE_PPM=6000)
def test_the_fee_is_taken_from_what_the_seller_receives_and_everything_is_booked(world: World) -> None:
    agreement = agreement_in(world, "DELIVERED", 137, 450)

    assert (agreement.fee_fen, agreement.payable_fen) == (370, 61_280)
    lines = CashEntry.objects.filter(journal__instruction__agreement=agreement).values_list(
        "party__name", "purpose", "amount_fen"
    )
    assert list(lines) == [
        (world.organisations["buyer"].name, "PRICE", -61_650),
        (world.organisations["owner"].name, "PRICE", 61_280),
        (None, "FEE", 370),
    ]


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"buyer_number": "CH990100999999"}, "unknown_account", "CH990100999999"),
        ({"quantity_t": 0}, "bad_quantity", "大于 0"),
        ({"quantity_t": -1}, "bad_quantity", "大于 0"),
        ({"quantity_t": 424}, "not_enough", "可用 423 t，不够 424 t"),
        ({"price_fen": 0}, "bad_price", "大于 0"),
        ({"price_fen": -4000}, "bad_price", "大于 0"),
        ({"price_fen": 10**9 + 1}, "bad_price", "最高"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str, said: str) -> None:
    """The owner holds 423 t: an agreement for more than held is refused."""
    refusal = refused(agreements.propose, world.accounts["owner"], **offer(world, **changed), code=code)

    assert said in refusal.message


def test_an_agreement_with_oneself_is_refused(world: World) -> None:
    own = world.accounts["owner"].number.lower()

    refused(agreements.propose, world.accounts["owner"], **offer(world, buyer_number=own), code="same_account")


def test_what_is_agreed_cannot_be_sold_retired_or_agreed_again(world: World) -> None:
    agreement_in(world, "OFFERED", 420)
    owner, maker = world.accounts["owner"], world.people["owner-maker"]

    refused(agreements.propose, owner, **offer(world, quantity_t=4), code="not_enough")
    buyer = world.accounts["buyer"].number
    refused(transfers.initiate, owner, target_number=buyer, quantity_t=4, by=maker, code="not_enough")
    words = {"kind": "CHARITY", "beneficiary": "青岚", "purpose": "公益"}
    refused(retirements.initiate, owner, quantity_t=4, by=maker, code="not_enough", **words)


def test_only_the_makers_of_the_seller_propose(world: World) -> None:
    both = person(world, "both", Role.MAKER, organisation=world.organisations["buyer"])
    give(world, both, Role.CHECKER, organisation=world.organisations["owner"])
    for by in (both, *(one for name, one in sorted(world.people.items()) if name != "owner-maker")):
        forbidden(agreements.propose, world.accounts["owner"], **offer(world, by=by))


def test_an_agreement_goes_from_the_offer_to_the_payment_and_the_units_stay_until_it_is_confirmed(
    world: World,
) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT", 11)

    assert held(world.accounts["owner"], UnitState.TRANSFER_PENDING) == 11
    assert held(world.accounts["buyer"]) == 200
    instruction = live(agreement)
    assert (instruction.payer, instruction.payee) == (world.organisations["buyer"], world.organisations["owner"])
    assert (instruction.amount_fen, instruction.state, instruction.bank) == (44_000, "PENDING", "DEMO")


def test_a_delivered_agreement_has_moved_the_oldest_serials_and_says_which(world: World) -> None:
    agreement = agreement_in(world, "DELIVERED", 11)

    assert held(world.accounts["owner"]) == 412
    assert held(world.accounts["buyer"]) == 211
    assert (agreement.amount_fen, agreement.fee_fen) == (44_000, 0)
    moved = [(block.series.project, block.quantity_t) for block in agreement.delivered_blocks()]
    assert moved == [(world.projects["meter"], 1), (world.projects["yearly"], 10)]
    later = agreement_in(world, "DELIVERED", 2)
    agreement_in(world, "AWAITING_PAYMENT")
    assert list(Agreement.objects.delivered()) == [agreement, later]
    assert check_books().differences == []


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("CONFIRMING", "cancel"),
        ("OFFERED", "cancel"),
        ("ACCEPTED", "cancel"),
        ("OFFERED", "refuse"),
        ("ACCEPTED", "refuse"),
    ],
)
def test_an_agreement_that_comes_to_nothing_gives_the_units_back(world: World, state: str, to: str) -> None:
    verb, who, reached = STEPS[to]

    agreement = verb(agreement_in(world, state, 100), by=world.people[min(who)], reason="价格有变")

    assert agreement.state == reached
    assert held(world.accounts["owner"]) == 423
    assert list(agreement.delivered_blocks()) == []
    assert check_books().differences == []


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to = STEPS[name]
    allowed = {was for was, reached in AGREEMENT_MOVES if reached == to}
    for state in [*sorted(set(AgreementState) - allowed - {AgreementState.EXPIRED}), AgreementState.EXPIRED]:
        agreement, by = agreement_in(world, state), world.people[min(who)]
        if state == AgreementState.CONFIRMING:
            forbidden(verb, agreement, by=by, reason="试")  # the other side does not even see it yet
        elif state == AgreementState.EXPIRED and name in {"confirm", "accept", "order"}:
            refused(verb, agreement, by=by, reason="试", code="expired")
        else:
            refused(verb, agreement, by=by, reason="试", code="wrong_state")


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_only_by_the_side_and_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, to = STEPS[name]
    agreement = agreement_in(world, max(was for was, reached in AGREEMENT_MOVES if reached == to))
    for other in sorted(world.people.keys() - who):
        forbidden(verb, agreement, by=world.people[other], reason="试")


@pytest.mark.parametrize("name", ["refuse", "cancel"])
def test_going_back_needs_a_written_reason(world: World, name: str) -> None:
    verb, who, _to = STEPS[name]
    refused(verb, agreement_in(world, "OFFERED"), by=world.people[min(who)], reason=" ", code="no_reason")


@pytest.mark.parametrize(
    ("state", "verb", "side"),
    [("CONFIRMING", agreements.confirm, "owner"), ("ACCEPTED", agreements.order_payment, "buyer")],
)
def test_the_second_step_is_taken_by_a_second_person_even_after_changing_roles(
    world: World, state: str, verb: Callable[..., Any], side: str
) -> None:
    agreement, maker = agreement_in(world, state), world.people[f"{side}-maker"]
    end_role(maker.grants.get(), by=world.people["security"])
    give(world, maker, Role.CHECKER, organisation=world.organisations[side])

    refused(verb, agreement, by=maker, code="same_person")


def test_after_its_last_day_an_agreement_can_only_expire(world: World) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT", 100)
    refused(agreements.expire, agreement, by=portal_user(), reason="过期", code="not_due")

    agreement = lapsed(world, agreement)

    assert agreement.state == AgreementState.EXPIRED
    assert live(agreement).state == InstructionState.CANCELLED
    assert held(world.accounts["owner"]) == 423
    late = bank_says(live(agreement))
    assert (late.state, late.code) == ("REFUSED", "instruction_ended")
    assert held(world.accounts["buyer"]) == 200
    forbidden(agreements.expire, agreement, by=world.people["owner-maker"], reason="过期")


def test_the_sweep_expires_what_is_due_and_nothing_else(world: World) -> None:
    old = agreement_in(world, "OFFERED")
    move_clock(forward=timedelta(days=(old.due_on - clock.today()).days), by=world.system, reason="最后一天")
    assert agreements.expire_due() == 0
    fresh = agreement_in(world, "OFFERED")
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")

    assert agreements.expire_due() == 1
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == (AgreementState.EXPIRED, AgreementState.OFFERED)
    assert agreements.expire_due() == 0


def test_on_the_day_after_nobody_can_still_order_the_payment(world: World) -> None:
    agreement = agreement_in(world, "ACCEPTED")
    days = (agreement.due_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="过了有效期")

    refused(agreements.order_payment, agreement, by=world.people["buyer-checker"], code="expired")


@override_settings(DEMO=False, TESTING=False)
def test_without_a_settlement_bank_nobody_is_told_to_pay(world: World) -> None:
    agreement = agreement_in(world, "ACCEPTED")

    refused(agreements.order_payment, agreement, by=world.people["buyer-checker"], code="no_bank")


def test_after_a_failure_the_bank_may_be_told_again_but_not_twice_at_once(world: World) -> None:
    agreement, checker = agreement_in(world, "AWAITING_PAYMENT"), world.people["buyer-checker"]
    refused(agreements.pay_again, agreement, by=checker, code="already_ordered")
    assert bank_says(live(agreement), status="FAILED").state == "ACCEPTED"
    assert live(agreement).state == InstructionState.FAILED
    assert held(world.accounts["owner"], UnitState.TRANSFER_PENDING) == 10
    forbidden(agreements.pay_again, agreement, by=world.people["buyer-maker"])
    forbidden(agreements.pay_again, agreement, by=world.people["owner-checker"])

    agreements.pay_again(agreement, by=checker)

    assert bank_says(live(agreement)).state == "ACCEPTED"
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.DELIVERED
    refused(agreements.pay_again, agreement, by=checker, code="wrong_state")


def test_the_same_key_gives_the_same_agreement_and_another_body_is_refused(world: World) -> None:
    first = agreements.propose(world.accounts["owner"], **offer(world, key="agree-0001"))
    again = agreements.propose(world.accounts["owner"], **offer(world, key="agree-0001"))
    assert (first, Agreement.objects.count()) == (again, 1)

    told = offer(world, key="agree-0001", price_fen=3999)
    refused(agreements.propose, world.accounts["owner"], **told, code="key_reused")
