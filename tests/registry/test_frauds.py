"""A case of fraud: what is suspended, what is cancelled, what is replaced, and who waits for it. The books hold at every step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from carbon_portal.story import World
from office.models import Message, Profile
from office.services.clock import move_clock
from registry.models import FraudCase, Journal
from registry.services import frauds, freezes, retirements, transfers
from registry.states import CaseState, JournalKind, OrderState, RetirementKind, UnitState
from tests.holding import (
    assert_books_hold,
    decided,
    done,
    fraud_case,
    freeze_deed,
    frozen,
    held,
    in_days,
    paper,
    released,
    replaced,
)
from tests.refusals import forbidden, refused
from tests.stages import block_of, grounds, office_in, person, retirement_in, transfer_in
from trading.services import agreements
from trading.states import AgreementState

REVOCATION = "registry.revocation_to_decide"
SUSPENDED, CANCELLED = UnitState.SUSPENDED, UnitState.CANCELLED


def fresh(case: FraudCase) -> FraudCase:
    case.refresh_from_db()
    return case


def amounts(case: FraudCase) -> tuple[int, int, int, int]:
    """Return what is suspended, cancelled of the owner's, replaced, and missing."""
    fresh(case)
    return case.held_t, case.cancelled_t, case.replaced_t, case.missing_t


def test_of_722_issued_500_are_false_and_the_buyer_waits_until_78_are_replaced(world: World) -> None:
    """722 issued, 300 sold, 100 of them retired by the buyer: 622 suspended; 422 cancelled, 78 replaced in two parts, 200 back."""
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    block_of(world, 100)
    assert (held(owner), held(buyer), held(buyer, UnitState.RETIRED)) == (523, 200, 100)

    case = fraud_case(world)
    assert amounts(case) == (622, 0, 0, 0)
    assert (held(owner, SUSPENDED), held(buyer, SUSPENDED), held(buyer, UnitState.RETIRED)) == (422, 200, 100)
    assert (held(owner), held(buyer)) == (101, 0)
    assert_books_hold()

    decided(world, case, 500)
    assert fresh(case).state == CaseState.REPLACING
    assert amounts(case) == (200, 422, 0, 78)
    assert (held(owner, CANCELLED), held(owner, SUSPENDED), held(buyer, SUSPENDED)) == (422, 0, 200)
    assert case.decision.article == "演示机制第四十三条"
    assert_books_hold()

    first = replaced(world, case, 30)
    assert (first.kind, first.case) == (RetirementKind.SUBSTITUTE, case)
    assert amounts(case) == (200, 422, 30, 48)
    assert (held(buyer, SUSPENDED), held(buyer)) == (200, 0)
    assert_books_hold()

    replaced(world, case, 48)
    assert (fresh(case).state, amounts(case)) == (CaseState.SETTLED, (0, 422, 78, 0))
    assert (held(buyer, SUSPENDED), held(buyer), held(buyer, UnitState.RETIRED)) == (0, 200, 100)
    assert (held(owner), held(owner, CANCELLED), held(owner, UnitState.RETIRED)) == (23, 422, 78)
    kinds = Journal.objects.filter(hold__fraudcase=case).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [JournalKind.SUSPEND, JournalKind.CANCEL, JournalKind.RESUME]
    assert_books_hold()


def test_when_nothing_was_false_everything_is_given_back(world: World) -> None:
    case = fraud_case(world)

    frauds.clear(case, by=world.people["registrar"], reason="供电公司结算单与读数一致")

    assert (fresh(case).state, case.held_t) == (CaseState.CLEARED, 0)
    assert (held(world.accounts["owner"]), held(world.accounts["buyer"])) == (423, 200)
    assert_books_hold()
    assert fraud_case(world).pk != case.pk


def test_what_the_owner_still_has_covers_a_small_fraud_at_once(world: World) -> None:
    case = decided(world, fraud_case(world), 400)

    assert (case.state, amounts(case)) == (CaseState.SETTLED, (0, 400, 0, 0))
    assert (held(world.accounts["owner"]), held(world.accounts["buyer"])) == (23, 200)
    assert_books_hold()


def test_orders_and_agreements_under_way_are_taken_back_first(world: World) -> None:
    buyer, people = world.accounts["buyer"], world.people
    agreement = agreements.propose(
        world.accounts["owner"],
        buyer_number=buyer.number,
        quantity_t=50,
        price_fen=4500,
        by=people["owner-maker"],
    )
    sale, end = transfer_in(world, "OFFERED", 100), retirement_in(world, "PENDING", 20)

    case = fraud_case(world)

    for order in (agreement, sale, end):
        order.refresh_from_db()
    assert (agreement.state, sale.state, end.state) == (AgreementState.EXPIRED, OrderState.CANCELLED, "CANCELLED")
    assert amounts(case)[0] == 622
    refused(transfers.accept, sale, by=people["buyer-maker"], code="wrong_state")
    assert_books_hold()


def test_suspended_units_are_neither_sold_nor_retired(world: World) -> None:
    fraud_case(world)
    told = {"target_number": world.accounts["buyer"].number, "quantity_t": 2, "by": world.people["owner-maker"]}

    refusal = refused(transfers.initiate, world.accounts["owner"], **told, code="not_enough")
    assert "可用 1 t" in refusal.message


def test_what_a_court_lets_go_the_case_has_and_the_owner_answers_with_it(world: World) -> None:
    """The court keeps what it holds while the case runs; released, the owner's units are cancelled for what is missing."""
    freeze = frozen(world, 60, batch=world.periods["yearly"].batch)
    case = fraud_case(world)
    assert amounts(case) == (562, 0, 0, 0)
    decided(world, case, 500)
    assert amounts(case) == (200, 362, 0, 138)

    released(world, freeze)
    assert amounts(case) == (260, 362, 0, 138)
    assert held(world.accounts["owner"]) == 1
    assert_books_hold()
    assert frauds.follow() == 1
    assert amounts(case) == (200, 422, 0, 78)
    assert frauds.follow() == 0
    assert_books_hold()


def test_a_waiting_freeze_takes_what_a_case_gives_back(world: World) -> None:
    case = fraud_case(world)
    freeze = done(world, freeze_deed(world, 100)).made_freeze
    assert (freeze.held_t, freeze.missing_t) == (1, 99)

    frauds.clear(case, by=world.people["registrar"], reason="一致")
    assert freezes.follow() == 1
    freeze.refresh_from_db()
    assert freeze.held_t == 100
    assert_books_hold()


def test_later_holders_answer_only_where_the_profile_says_so_and_after_the_owners_time(world: World) -> None:
    case = decided(world, fraud_case(world), 500)
    second = person(world, "registrar-two", "REGISTRAR", division=world.organisations["owner"].division)
    refused(frauds.charge, case, by=second, reason="业主没有补足", code="no_article")
    Profile.objects.filter(code="DEMO").update(second_liability="演示机制第四十四条")
    refused(frauds.charge, case, by=second, reason="业主没有补足", code="not_due")
    move_clock(forward=timedelta(days=31), by=world.system, reason="补足期限过后")
    refused(frauds.charge, case, by=world.people["registrar"], reason="业主没有补足", code="same_person")
    refused(frauds.charge, case, by=second, reason=" ", code="no_reason")

    frauds.charge(case, by=second, reason="业主没有补足")
    assert (fresh(case).state, case.charged_t, case.cancelled_t) == (CaseState.SETTLED, 78, 422)
    assert (held(world.accounts["buyer"]), held(world.accounts["buyer"], CANCELLED)) == (122, 78)
    assert_books_hold()


def test_no_more_is_replaced_than_is_missing(world: World) -> None:
    block_of(world, 100)
    case, maker = decided(world, fraud_case(world), 500), world.people["owner-maker"]
    refused(frauds.initiate_replacement, case, quantity_t=79, by=maker, code="too_much")
    first = frauds.initiate_replacement(case, quantity_t=70, by=maker)
    refused(frauds.initiate_replacement, case, quantity_t=9, by=maker, code="too_much")
    retirements.cancel(first, by=maker, reason="换批次")

    assert frauds.initiate_replacement(case, quantity_t=78, by=maker).quantity_t == 78


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"false_t": 0}, "bad_quantity"),
        ({"false_t": 723}, "bad_quantity"),
        ({"reason": " "}, "no_reason"),
        ({"days": 0}, "past_date"),
        ({"article": " "}, "no_article"),
        ({"served_to": ""}, "not_served"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused(world: World, changed: dict[str, Any], code: str) -> None:
    case, about = fraud_case(world), dict(changed)
    told = {
        "false_t": about.pop("false_t", 500),
        "reason": about.pop("reason", "多报"),
        "replace_by": in_days(about.pop("days", 30)),
        "grounds": grounds(**about),
    }

    refused(frauds.decide, case, by=world.people["registrar"], **told, code=code)


def test_a_case_is_opened_with_facts_and_once(world: World) -> None:
    batch = world.periods["yearly"].batch
    refused(frauds.open_case, batch, facts=" ", paper=paper(world), by=world.people["officer"], code="no_facts")
    fraud_case(world)
    refused(frauds.open_case, batch, facts="又一件", paper=paper(world), by=world.people["officer"], code="case_open")


def test_who_opened_a_case_does_not_decide_it(world: World) -> None:
    case, registrar = fraud_case(world, by=world.people["registrar"]), world.people["registrar"]
    told = {"false_t": 5, "replace_by": in_days(3), "grounds": grounds(), "reason": "多报"}

    refused(frauds.decide, case, by=registrar, **told, code="same_person")
    refused(frauds.clear, case, by=registrar, reason="没有问题", code="same_person")


def test_what_is_decided_is_decided(world: World) -> None:
    case, by = decided(world, fraud_case(world), 500), world.people["registrar"]
    told = {"false_t": 5, "replace_by": in_days(3), "grounds": grounds(), "reason": "多报"}

    refused(frauds.decide, case, by=by, **told, code="wrong_state")
    refused(frauds.clear, case, by=by, reason="没有问题", code="wrong_state")
    settled = frauds.clear(
        frauds.open_case(world.periods["meter"].batch, facts="复查", paper=paper(world), by=world.people["officer"]),
        by=by,
        reason="一致",
    )
    refused(frauds.charge, settled, by=by, reason="试", code="wrong_state")
    refused(frauds.initiate_replacement, settled, quantity_t=1, by=world.people["owner-maker"], code="wrong_state")


def test_only_the_office_of_the_place_opens_and_decides(world: World) -> None:
    elsewhere = office_in(world, "9902")
    batch, kept = world.periods["yearly"].batch, paper(world)
    for by in (elsewhere.people["officer"], world.people["owner-maker"], world.people["reviewer"]):
        forbidden(frauds.open_case, batch, facts="举报", paper=kept, by=by)
    case = fraud_case(world)
    for by in (elsewhere.people["registrar"], world.people["officer-two"], world.people["owner-maker"]):
        forbidden(frauds.clear, case, by=by, reason="试")
    decided(world, case, 500)
    for name in ("buyer-maker", "owner-checker", "registrar"):
        forbidden(frauds.initiate_replacement, case, quantity_t=1, by=world.people[name])


def test_who_may_revoke_the_registration_is_told_of_a_decision_and_not_of_a_case_cleared(world: World) -> None:
    case = fraud_case(world)
    project = case.batch.series.project
    assert not Message.objects.filter(template=REVOCATION).exists()
    decided(world, case, 5)
    message = Message.objects.get(template=REVOCATION, person=world.people["registrar"])
    assert (message.object_type, message.object_id) == ("projects.project", project.pk)
    assert f"/manage/projects/registrationdeskrow/{project.pk}/change/" in message.link
