"""The verbs of the books: account, transfer, retirement. What is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Division
from accounts.roles import Role
from accounts.services.deputies import name_deputy
from accounts.services.people import end_role, register_organisation
from carbon_portal.story import World
from certificates.models import Certificate
from kernel import clock
from office.services.clock import move_clock
from registry.models import Block, Journal
from registry.services import retirements, transfers
from registry.services.accounts import open_account
from registry.services.checking import check_books
from registry.states import (
    RETIREMENT_MOVES,
    TRANSFER_MOVES,
    JournalKind,
    OrderState,
    RetirementState,
    UnitState,
)
from tests.holding import held
from tests.refusals import forbidden, refused
from tests.stages import give, person, retirement_in, transfer_in
from tests.worlds import last_event

Step = tuple[Callable[..., Any], str, str, bool]  # verb, who, state it leads to, needs a reason
TRANSFER_STEPS: dict[str, Step] = {
    "confirm": (transfers.confirm, "owner-checker", "OFFERED", False),
    "accept": (transfers.accept, "buyer-maker", "COMPLETED", False),
    "refuse": (transfers.refuse, "buyer-maker", "REFUSED", True),
    "cancel": (transfers.cancel, "owner-maker", "CANCELLED", True),
}
RETIREMENT_STEPS: dict[str, Step] = {
    "confirm": (retirements.confirm, "owner-checker", "PENDING", False),
    "review": (retirements.review, "registrar", "REVIEWED", False),
    "approve": (retirements.approve, "leader", "RETIRED", False),
    "refuse": (retirements.refuse, "registrar", "REFUSED", True),
    "cancel": (retirements.cancel, "owner-maker", "CANCELLED", True),
}


def test_an_organisation_has_one_holding_account(world: World) -> None:
    newcomer = register_organisation(
        uscc="91420100MA4K00002Y",
        name="江滩光伏有限公司",
        kind="COMPANY",
        division=Division.objects.get(code="9901"),
        by=world.system,
    )

    account = open_account(newcomer, by=world.people["registrar"])
    assert account.number == "CH990100000003"
    refused(open_account, newcomer, by=world.people["registrar"], code="account_open")
    forbidden(open_account, newcomer, by=world.people["officer"])


def test_an_account_is_opened_only_in_the_own_division(world: World) -> None:
    elsewhere = register_organisation(
        uscc="91420100MA4K00002Y",
        name="江滩光伏有限公司",
        kind="COMPANY",
        division=Division.objects.get(code="9902"),
        by=world.system,
    )

    forbidden(open_account, elsewhere, by=world.people["registrar"])


def offer(world: World, **changed: Any) -> dict[str, Any]:
    """Return what a transfer to the buyer is made with."""
    return {
        "target_number": world.accounts["buyer"].number,
        "quantity_t": 10,
        "by": world.people["owner-maker"],
        **changed,
    }


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"target_number": "CH990100999999"}, "unknown_account", "CH990100999999"),
        ({"target_number": ""}, "unknown_account", "核对"),
        ({"quantity_t": 0}, "bad_quantity", "大于 0"),
        ({"quantity_t": -1}, "bad_quantity", "大于 0"),
        ({"quantity_t": 424}, "not_enough", "可用 423 t，不够 424 t"),
        ({"quantity_t": 10**18}, "not_enough", "可用 423 t"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str, said: str) -> None:
    """The owner holds 722 − 300 t of 2025 and 1 t of 2016."""
    refusal = refused(transfers.initiate, world.accounts["owner"], **offer(world, **changed), code=code)

    assert said in refusal.message


def test_a_transfer_to_oneself_is_refused(world: World) -> None:
    own = world.accounts["owner"].number.lower()

    refused(transfers.initiate, world.accounts["owner"], **offer(world, target_number=own), code="same_account")


def test_no_more_is_taken_from_a_batch_than_it_has_left(world: World) -> None:
    """423 t are held, of the meter's batch only 1 t."""
    told = offer(world, batch=world.periods["meter"].batch, quantity_t=2)

    refusal = refused(transfers.initiate, world.accounts["owner"], **told, code="not_enough")
    assert "可用 1 t，不够 2 t" in refusal.message


def test_what_is_set_aside_cannot_be_promised_twice(world: World) -> None:
    transfer_in(world, "CONFIRMING", 400)

    refused(transfers.initiate, world.accounts["owner"], **offer(world, quantity_t=24), code="not_enough")
    assert held(world.accounts["owner"]) == 23
    assert held(world.accounts["owner"], UnitState.TRANSFER_PENDING) == 400


def test_only_the_makers_of_the_holder_offer_units(world: World) -> None:
    both = person(world, "both", Role.MAKER, organisation=world.organisations["buyer"])
    give(world, both, Role.CHECKER, organisation=world.organisations["owner"])
    for by in (both, *(one for name, one in sorted(world.people.items()) if name != "owner-maker")):
        forbidden(transfers.initiate, world.accounts["owner"], **offer(world, by=by))


def test_a_transfer_moves_the_oldest_serials_and_splits_the_last_block(world: World) -> None:
    before = {journal.pk for journal in Journal.objects.all()}

    transfer = transfer_in(world, "COMPLETED", 11)

    assert held(world.accounts["owner"]) == 412
    assert held(world.accounts["buyer"]) == 200 + 11
    kinds = list(Journal.objects.exclude(pk__in=before).order_by("pk").values_list("kind", flat=True))
    assert kinds == [JournalKind.RESERVE, JournalKind.TRANSFER]
    moved = Block.objects.open().filter(opened_by=transfer.journal).order_by("series_id", "serials")
    assert [(block.batch.period, block.quantity_t) for block in moved] == [
        (world.periods["meter"], 1),
        (world.periods["yearly"], 10),
    ]
    assert (moved[1].first, moved[1].last) == (301, 310)
    assert last_event(verb="registry.accept_transfer").to_state == "COMPLETED"
    assert check_books().differences == []


@pytest.mark.parametrize(("state", "to"), [("CONFIRMING", "cancel"), ("OFFERED", "cancel"), ("OFFERED", "refuse")])
def test_a_transfer_that_comes_to_nothing_gives_the_units_back(world: World, state: str, to: str) -> None:
    verb, who, reached, _reason = TRANSFER_STEPS[to]

    transfer = verb(transfer_in(world, state, 100), by=world.people[who], reason="合同作废")

    assert transfer.state == reached
    assert held(world.accounts["owner"]) == 423
    assert held(world.accounts["owner"], UnitState.TRANSFER_PENDING) == 0
    assert check_books().differences == []


@pytest.mark.parametrize("name", TRANSFER_STEPS)
def test_a_step_of_a_transfer_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to, _reason = TRANSFER_STEPS[name]
    allowed = {was for was, reached in TRANSFER_MOVES if reached == to}
    for state in OrderState:
        if state in allowed:
            continue
        transfer, by = transfer_in(world, state), world.people[who]
        if state == OrderState.CONFIRMING:  # the other side does not even see it yet
            forbidden(verb, transfer, by=by, reason="试")
        else:
            refused(verb, transfer, by=by, reason="试", code="wrong_state")


@pytest.mark.parametrize("name", RETIREMENT_STEPS)
def test_a_step_of_a_retirement_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to, _reason = RETIREMENT_STEPS[name]
    allowed = {was for was, reached in RETIREMENT_MOVES if reached == to}
    for state in RetirementState:
        if state not in allowed:
            refused(verb, retirement_in(world, state), by=world.people[who], reason="试", code="wrong_state")


@pytest.mark.parametrize("name", TRANSFER_STEPS)
def test_a_step_of_a_transfer_is_taken_only_by_the_side_and_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, to, _reason = TRANSFER_STEPS[name]
    transfer = transfer_in(world, max(was for was, reached in TRANSFER_MOVES if reached == to))
    may = {who} | {"cancel": {"owner-checker"}, "accept": {"buyer-checker"}, "refuse": {"buyer-checker"}}.get(
        name, set()
    )
    for other in sorted(world.people.keys() - may):
        forbidden(verb, transfer, by=world.people[other], reason="试")


@pytest.mark.parametrize("name", RETIREMENT_STEPS)
def test_a_step_of_a_retirement_is_taken_only_by_the_side_and_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, to, _reason = RETIREMENT_STEPS[name]
    retirement = retirement_in(world, max(was for was, reached in RETIREMENT_MOVES if reached == to))
    officers = {"registrar", "leader"}
    may = {who} | {"cancel": {"owner-checker"}, "approve": officers, "refuse": officers}.get(name, set())
    for other in sorted(world.people.keys() - may):
        forbidden(verb, retirement, by=world.people[other], reason="试")


@pytest.mark.parametrize("name", ["refuse", "cancel"])
def test_going_back_needs_a_written_reason(world: World, name: str) -> None:
    transfer, retirement = transfer_in(world, "OFFERED"), retirement_in(world, "PENDING")

    verb, who, _to, _reason = TRANSFER_STEPS[name]
    refused(verb, transfer, by=world.people[who], reason=" ", code="no_reason")
    verb, who, _to, _reason = RETIREMENT_STEPS[name]
    refused(verb, retirement, by=world.people[who], reason=" ", code="no_reason")


def test_who_made_an_order_cannot_confirm_it_even_after_changing_roles(world: World) -> None:
    transfer, retirement = transfer_in(world, "CONFIRMING"), retirement_in(world, "CONFIRMING")
    maker = world.people["owner-maker"]
    end_role(maker.grants.get(), by=world.people["security"])
    give(world, maker, Role.CHECKER, organisation=world.organisations["owner"])

    refused(transfers.confirm, transfer, by=maker, code="same_person")
    refused(retirements.confirm, retirement, by=maker, code="same_person")


@pytest.mark.parametrize("who", ["owner-maker", "owner-checker"])
def test_who_made_or_confirmed_a_retirement_cannot_approve_it_even_after_changing_sides(world: World, who: str) -> None:
    pending, reviewed, party = retirement_in(world, "PENDING"), retirement_in(world, "REVIEWED"), world.people[who]
    end_role(party.grants.get(), by=world.people["security"])
    give(world, party, Role.REGISTRAR, division=Division.objects.get(code="9901"))

    refused(retirements.review, pending, by=party, code="same_person")
    refused(retirements.refuse, pending, by=party, reason="试", code="same_person")
    refused(retirements.approve, reviewed, by=party, code="same_person")


def test_a_retirement_takes_two_officers_of_the_registry(world: World) -> None:
    reviewed = retirement_in(world, "REVIEWED")

    refused(retirements.approve, reviewed, by=world.people["registrar"], code="same_person")
    assert retirements.approve(reviewed, by=world.people["leader"]).state == "RETIRED"


def test_a_deputy_is_not_the_second_officer_of_whom_he_stands_in_for(world: World) -> None:
    """B acts for A, who reviewed: B is A then. And what B reviewed for A, A has reviewed."""
    registrar, leader = world.people["registrar"], world.people["leader"]
    deputy = person(world, "stand-in", Role.REVIEWER, division=Division.objects.get(code="9901"))
    reviewed, pending = retirement_in(world, "REVIEWED", 1), retirement_in(world, "PENDING", 1)
    today = clock.today()
    name_deputy(registrar, deputy, by=registrar, reason="年休假", from_on=today, to_on=today)

    refused(retirements.approve, reviewed, by=deputy, code="same_person")
    by_deputy = retirements.review(pending, by=deputy)
    refused(retirements.approve, by_deputy, by=registrar, code="same_person")
    assert retirements.approve(by_deputy, by=leader).state == "RETIRED"


def test_a_transfer_nobody_answers_in_time_goes_back(world: World) -> None:
    """Fourteen days, the last one included; the sweep ends what is left, and says so once."""
    late, answered = transfer_in(world, "OFFERED", 5), transfer_in(world, "OFFERED", 6)
    unconfirmed = transfer_in(world, "CONFIRMING", 7)
    before = held(world.accounts["owner"])
    move_clock(forward=timedelta(days=(late.answer_by - clock.today()).days), by=world.system, reason="最后一天")
    assert transfers.expire_due() == 0
    refused(transfers.expire, late, by=world.system, reason="早了", code="not_due")
    assert transfers.accept(answered, by=world.people["buyer-maker"]).state == "COMPLETED"
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")

    refused(transfers.accept, late, by=world.people["buyer-maker"], code="expired")
    refused(transfers.confirm, unconfirmed, by=world.people["owner-checker"], code="expired")
    assert (transfers.expire_due(), transfers.expire_due()) == (2, 0)
    late.refresh_from_db()
    assert (late.state, held(world.accounts["owner"])) == ("EXPIRED", before + 12)
    assert last_event(verb="registry.expire_transfer").outcome == "DONE"
    refused(transfers.expire, answered, by=world.system, reason="已办完", code="wrong_state")
    forbidden(transfers.expire, answered, by=world.people["registrar"], reason="人工")


def test_the_second_officer_may_refuse(world: World) -> None:
    refused_order = retirements.refuse(retirement_in(world, "REVIEWED"), by=world.people["leader"], reason="编号有误")

    assert refused_order.state == "REFUSED"
    assert held(world.accounts["owner"], UnitState.RETIRE_PENDING) == 0


def test_the_other_side_is_bound_by_its_own_representatives_only(world: World) -> None:
    """The sender cannot accept for the receiver, nor the receiver take the offer back."""
    transfer = transfer_in(world, "OFFERED")

    forbidden(transfers.accept, transfer, by=world.people["owner-maker"])
    forbidden(transfers.cancel, transfer, by=world.people["buyer-maker"], reason="试")


def retire(world: World, **changed: Any) -> dict[str, Any]:
    """Return what a retirement is made with."""
    return {
        "quantity_t": 10,
        "kind": "CORP",
        "beneficiary": "青岚屋顶能源有限公司",
        "purpose": "抵销办公用电的排放",
        "basis": "办公用电，2025 年度",
        "by": world.people["owner-maker"],
        **changed,
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "COMPLIANCE"}, "bad_kind"),
        ({"kind": ""}, "bad_kind"),
        ({"basis": " "}, "no_basis"),
        ({"kind": "ECO_DAMAGE", "basis": ""}, "no_basis"),
        ({"kind": "POINTS", "basis": ""}, "no_basis"),
        ({"basis": "字" * 101}, "no_basis"),
        ({"kind": "EVENT"}, "bad_kind"),
        ({"beneficiary": " "}, "no_beneficiary"),
        ({"beneficiary": "长" * 49}, "name_too_long"),
        ({"purpose": " "}, "no_purpose"),
        ({"purpose": "长" * 101}, "no_purpose"),
        ({"quantity_t": 0}, "bad_quantity"),
        ({"quantity_t": -10}, "bad_quantity"),
        ({"quantity_t": 424}, "not_enough"),
    ],
)
def test_a_retirement_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str) -> None:
    refused(retirements.initiate, world.accounts["owner"], **retire(world, **changed), code=code)


def test_only_the_makers_of_the_holder_ask_to_retire(world: World) -> None:
    for name in sorted(world.people.keys() - {"owner-maker"}):
        forbidden(retirements.initiate, world.accounts["owner"], **retire(world, by=world.people[name]))


def test_a_retirement_is_final_and_certified(world: World) -> None:
    retirement = retirement_in(world, "RETIRED", 11)

    assert held(world.accounts["owner"]) == 412
    assert held(world.accounts["owner"], UnitState.RETIRED) == 11
    certificate = Certificate.objects.for_subject(retirement).get()
    assert certificate.snapshot["quantity_t"] == 11
    assert len(certificate.snapshot["serials"]) == 2
    refused(retirements.cancel, retirement, by=world.people["owner-maker"], reason="反悔", code="wrong_state")
    assert check_books().differences == []


def test_retired_units_are_no_longer_for_sale(world: World) -> None:
    retirement_in(world, "RETIRED", 423)

    refused(transfers.initiate, world.accounts["owner"], **offer(world, quantity_t=1), code="not_enough")


@pytest.mark.parametrize("state", ["REFUSED", "CANCELLED"])
def test_a_retirement_that_comes_to_nothing_gives_the_units_back(world: World, state: str) -> None:
    retirement = retirement_in(world, state, 100)

    assert held(world.accounts["owner"]) == 423
    assert not Certificate.objects.for_subject(retirement).exists()
    assert check_books().differences == []
