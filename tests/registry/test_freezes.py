"""Judicial freeze: two officers and a document; a queue; renewal, release, enforcement, expiry. What is refused changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.services.deputies import name_deputy
from carbon_portal.story import World
from office.models import JobRun
from office.services.clock import move_clock
from registry.models import Block, Deed, Freeze, Journal
from registry.services import confirming, deeds, freezes, retirements, transfers
from registry.states import DeedKind, DeedState, FreezeState, JournalKind, OrderState, UnitState
from registry.tasks import follow_holds
from tests.holding import assert_books_hold, document, done, freeze_deed, frozen, held, in_days, paper, released
from tests.refusals import forbidden, refused
from tests.stages import block_of, office_in, retirement_in, transfer_in

FROZEN = UnitState.JUDICIAL_FROZEN


@pytest.fixture(scope="module")
def with_722(module_world: World) -> World:
    """The owner sold what the story left it, and holds one batch of 722 t."""
    transfer_in(module_world, "COMPLETED", 423)
    module_world.periods["fresh"] = block_of(module_world, 722)
    return module_world


@pytest.fixture
def world(with_722: World, db: None) -> World:
    """The owner with 722 t, nothing frozen."""
    return with_722


def sell(world: World, quantity_t: int, **changed: Any) -> Any:
    return {
        "target_number": world.accounts["buyer"].number,
        "quantity_t": quantity_t,
        "by": world.people["owner-maker"],
    }


def moved(world: World, quantity_t: int) -> None:
    transfer_in(world, "COMPLETED", quantity_t)


def fresh(freeze: Freeze) -> Freeze:
    freeze.refresh_from_db()
    return freeze


def test_200_of_722_are_frozen_a_second_court_waits_and_takes_what_there_is(world: World) -> None:
    """The sentence of the law, to the tonne."""
    owner = world.accounts["owner"]
    first = frozen(world, 200)
    second = frozen(world, 300, behind=first, authority="江北市中级人民法院", document_no="（2026）江02执7号")
    assert (first.held_t, first.missing_t, second.held_t, second.missing_t) == (200, 0, 0, 300)
    assert (held(owner), held(owner, FROZEN)) == (522, 200)

    refusal = refused(transfers.initiate, owner, **sell(world, 523), code="not_enough")
    assert "可用 522 t，不够 523 t" in refusal.message
    moved(world, 522)
    assert held(owner) == 0
    assert_books_hold()

    assert released(world, first).state == FreezeState.RELEASED
    assert (fresh(second).held_t, second.missing_t) == (200, 100)
    assert (held(owner), held(owner, FROZEN)) == (0, 200)
    assert_books_hold()

    back = transfers.initiate(
        world.accounts["buyer"], target_number=owner.number, quantity_t=130, by=world.people["buyer-maker"]
    )
    transfers.confirm(back, by=world.people["buyer-checker"])
    transfers.accept(back, by=world.people["owner-maker"])
    assert held(owner) == 130
    assert freezes.follow() == 1
    assert (fresh(second).held_t, second.missing_t) == (300, 0)
    assert (held(owner), held(owner, FROZEN)) == (30, 300)
    assert [entry.journal.kind for entry in second.entries.all()] == [JournalKind.FREEZE] * 2
    assert freezes.follow() == 0
    assert_books_hold()


def test_what_arrives_for_a_waiting_freeze_cannot_be_promised_before_the_sweep(world: World) -> None:
    owner = world.accounts["owner"]
    frozen(world, 1000)
    transfer = transfers.initiate(
        world.accounts["buyer"], target_number=owner.number, quantity_t=300, by=world.people["buyer-maker"]
    )
    transfers.accept(transfers.confirm(transfer, by=world.people["buyer-checker"]), by=world.people["owner-maker"])

    refusal = refused(transfers.initiate, owner, **sell(world, 23), code="not_enough")
    assert "可用 22 t" in refusal.message
    assert freezes.follow() == 1
    assert (held(owner), held(owner, FROZEN)) == (22, 1000)


def test_freezes_take_in_the_order_they_were_confirmed(world: World) -> None:
    late = freeze_deed(world, 500, document_no="（2026）江02执7号")
    early = freeze_deed(world, 500)
    first, second = done(world, early).made_freeze, done(world, late).made_freeze

    assert (first.held_t, second.held_t, second.missing_t) == (500, 222, 278)
    assert held(world.accounts["owner"]) == 0
    released(world, first)
    assert (fresh(second).held_t, second.missing_t) == (500, 0)
    assert held(world.accounts["owner"]) == 222
    assert_books_hold()


def test_a_freeze_of_one_batch_takes_nothing_else(world: World) -> None:
    """Of the meter's one tonne, which the owner sold, nothing is there."""
    freeze = frozen(world, 10, batch=world.periods["meter"].batch)

    assert (freeze.held_t, freeze.missing_t) == (0, 10)
    assert freezes.follow() == 0
    assert held(world.accounts["owner"]) == 722


def test_frozen_units_are_neither_sold_nor_retired(world: World) -> None:
    frozen(world, 722)
    owner = world.accounts["owner"]

    refused(transfers.initiate, owner, **sell(world, 1), code="not_enough")
    about = {"kind": "CORP", "beneficiary": "甲", "purpose": "乙", "basis": "办公区，2025 年"}
    by = world.people["owner-maker"]
    refused(retirements.initiate, owner, quantity_t=1, by=by, **about, code="not_enough")


def test_orders_under_way_are_left_alone_unless_the_document_stops_them(world: World) -> None:
    owner, sale, end = world.accounts["owner"], transfer_in(world, "OFFERED", 400), retirement_in(world, "PENDING", 100)

    soft = frozen(world, 700)
    assert (soft.held_t, soft.missing_t) == (222, 478)
    hard = frozen(world, 100, stops_orders=True, document_no="（2026）江02执7号")

    sale.refresh_from_db(), end.refresh_from_db()
    assert (sale.state, end.state) == (OrderState.CANCELLED, "CANCELLED")
    assert (fresh(soft).held_t, hard.held_t, hard.missing_t) == (700, 22, 78)
    assert held(owner, FROZEN) == 722
    assert_books_hold()


def test_a_freeze_is_renewed_before_its_end_and_never_shortened(world: World) -> None:
    freeze = frozen(world)
    told = document(world, document_no="（2026）青01执保12号之一")

    refused(freezes.enter_renewal, freeze, until=freeze.until, **told, code="not_later")
    deed = freezes.enter_renewal(freeze, until=in_days(90), **told)
    assert fresh(freeze).until == in_days(30)
    done(world, deed)
    assert fresh(freeze).until == in_days(90)
    assert held(world.accounts["owner"], FROZEN) == 200


def test_a_freeze_expires_at_the_end_of_its_last_day(world: World) -> None:
    freeze = frozen(world)
    move_clock(forward=timedelta(days=30), by=world.system, reason="最后一天")
    refused(freezes.expire, freeze, by=world.system, reason="到期", code="not_due")
    assert freezes.follow() == 0
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")
    told = document(world)
    refused(freezes.enter_renewal, freeze, until=in_days(60), **told, code="not_in_force")

    follow_holds()
    assert JobRun.objects.filter(name="registry.follow_holds").latest("pk").done == 1
    assert (fresh(freeze).state, freeze.held_t) == (FreezeState.EXPIRED, 0)
    assert held(world.accounts["owner"]) == 722
    refused(freezes.expire, freeze, by=world.system, reason="到期", code="wrong_state")
    assert_books_hold()


def test_a_court_transfers_frozen_units_and_the_rest_stays_frozen(world: World) -> None:
    freeze, buyer = frozen(world), world.accounts["buyer"]
    before = held(buyer)
    told = document(world, document_no="（2026）青01执31号", target_number=buyer.number)

    refused(freezes.enter_enforcement, freeze, quantity_t=201, **told, code="not_enough")
    own = {**told, "target_number": world.accounts["owner"].number}
    refused(freezes.enter_enforcement, freeze, quantity_t=1, **own, code="same_account")
    nobody = {**told, "target_number": "CH990100999999"}
    refused(freezes.enter_enforcement, freeze, quantity_t=1, **nobody, code="unknown_account")
    deed = done(world, freezes.enter_enforcement(freeze, quantity_t=120, **told))

    assert deed.journal is not None
    assert deed.journal.kind == JournalKind.ENFORCE
    assert (fresh(freeze).held_t, freeze.enforced_t, freeze.missing_t) == (80, 120, 0)
    assert (held(buyer) - before, held(world.accounts["owner"], FROZEN)) == (120, 80)
    done(
        world,
        freezes.enter_enforcement(
            freeze, quantity_t=80, **{**told, **document(world, document_no="（2026）青01执32号")}
        ),
    )
    assert fresh(freeze).state == FreezeState.ENFORCED
    assert_books_hold()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"authority": " "}, "no_document"),
        ({"document_no": ""}, "no_document"),
        ({"quantity_t": 0}, "bad_quantity"),
        ({"quantity_t": -5}, "bad_quantity"),
    ],
)
def test_a_freeze_that_cannot_be_is_refused(world: World, changed: dict[str, Any], code: str) -> None:
    told = document(world, **{"quantity_t": 5, "until": in_days(3), **changed})

    refused(freezes.enter_freeze, world.accounts["owner"], **told, code=code)


def test_a_freeze_does_not_begin_in_the_past_nor_behind_anothers(world: World) -> None:
    told = document(world, quantity_t=5)
    refused(freezes.enter_freeze, world.accounts["owner"], until=in_days(-1), **told, code="past_date")
    other = frozen(world, 5, whose="buyer")
    refused(freezes.enter_freeze, world.accounts["owner"], until=in_days(3), behind=other, **told, code="other_account")


def test_the_same_document_is_entered_once(world: World) -> None:
    told = document(world, quantity_t=5, until=in_days(3))
    deed = freezes.enter_freeze(world.accounts["owner"], **told)
    refused(freezes.enter_freeze, world.accounts["owner"], **told, code="deed_twice")
    deeds.withdraw(deed, by=world.people["registrar"], reason="录错账户")

    assert freezes.enter_freeze(world.accounts["owner"], **told).state == DeedState.ENTERED


def test_who_entered_a_document_does_not_carry_it_out_not_as_a_deputy_either(world: World) -> None:
    registrar, officer = world.people["registrar"], world.people["officer"]
    mine = freeze_deed(world, 5, by=registrar)
    refused(confirming.confirm, mine, by=registrar, code="same_person")

    theirs = freeze_deed(world, 5, document_no="（2026）青01执保13号")
    name_deputy(registrar, officer, from_on=in_days(0), to_on=in_days(0), reason="休假", by=registrar)
    refused(confirming.confirm, theirs, by=officer, code="same_person")


def test_only_registrars_of_the_place_carry_documents_out(world: World) -> None:
    deed = freeze_deed(world, 5)
    for name in sorted(world.people.keys() - {"registrar"}):
        forbidden(confirming.confirm, deed, by=world.people[name])
    elsewhere = office_in(world, "9902")
    forbidden(confirming.confirm, deed, by=elsewhere.people["registrar"])
    forbidden(freezes.enter_freeze, world.accounts["owner"], **document(elsewhere, quantity_t=5, until=in_days(3)))


def test_a_document_is_handled_once(world: World) -> None:
    deed = done(world, freeze_deed(world, 5))
    refused(confirming.confirm, deed, by=world.people["registrar"], code="wrong_state")
    refused(deeds.withdraw, deed, by=world.people["registrar"], reason="反悔", code="wrong_state")
    open_one = freeze_deed(world, 5, document_no="另一份")
    refused(deeds.withdraw, open_one, by=world.people["registrar"], reason=" ", code="no_reason")


def test_what_was_entered_before_a_freeze_ended_is_not_carried_out_after(world: World) -> None:
    freeze = frozen(world)
    told = document(world, document_no="（2026）青01执31号")
    late = freezes.enter_enforcement(freeze, target_number=world.accounts["buyer"].number, quantity_t=5, **told)
    released(world, freeze)

    refused(confirming.confirm, late, by=world.people["registrar"], code="not_in_force")
    refused(freezes.enter_release, freeze, **told, code="not_in_force")
    assert Deed.objects.filter(kind=DeedKind.ENFORCE, state=DeedState.ENTERED).count() == 1


def test_retired_units_are_never_frozen(world: World) -> None:
    retirement_in(world, "RETIRED", 722)

    freeze = frozen(world, 10)
    assert (freeze.held_t, held(world.accounts["owner"], UnitState.RETIRED)) == (0, 722)
    assert Journal.objects.filter(kind=JournalKind.FREEZE).count() == 0
    assert Block.objects.open().filter(state=FROZEN).tonnes() == 0


def test_a_paper_is_kept_with_the_deed(world: World) -> None:
    kept = paper(world)

    assert freeze_deed(world, 5, paper=kept).paper == kept
