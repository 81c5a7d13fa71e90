"""Agreements over HTTP, and the settlement bank at its door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Event
from carbon_portal.story import World
from registry.models import Block
from registry.states import UnitState
from tests.refusals import nothing_changed
from tests.trading.stages import agreement_in, live, message
from tests.worlds import last_event
from trading.models import Agreement, BankMessage, CashInstruction
from trading.services.bank import demo_bank

SIGNED_IN = {"accounts_user"}  # signing in is written on the person's row
KEPT = {"trading_bankmessage", "accounts_verbkey"}


def _post(who: Any, path: str, body: dict[str, Any], key: str = "") -> Any:
    client = Client()
    client.force_login(who)
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def _body(world: World, **changed: Any) -> dict[str, Any]:
    return {
        "seller": world.accounts["owner"].number,
        "buyer": world.accounts["buyer"].number,
        "quantity_t": 40,
        "price_fen": 4_180,
        "terms": "合同 9",
        **changed,
    }


def _callback(body: bytes, message_id: str = "M-1", **changed: str) -> Any:
    headers = {
        "X-Bank": "DEMO",
        "X-Bank-Message": message_id,
        "X-Bank-Signature": demo_bank().sign(message_id, body),
        **changed,
    }
    return Client(enforce_csrf_checks=True).post(
        "/api/v1/bank/callbacks", body, content_type="application/json", headers=headers
    )


def test_an_agreement_goes_all_the_way_over_http(world: World) -> None:
    people = world.people
    made = _post(people["owner-maker"], "agreements", _body(world), "made-0001")
    assert (made.status_code, made.json()["state"]) == (201, "CONFIRMING")
    assert (made.json()["amount_fen"], made.json()["payable_fen"]) == (167_200, 167_200)
    pk = made.json()["id"]
    steps = (("owner-checker", "confirm", "OFFERED"), ("buyer-maker", "accept", "ACCEPTED"),
             ("buyer-checker", "pay", "AWAITING_PAYMENT"))  # fmt: skip
    for i, (who, step, state) in enumerate(steps):
        assert _post(people[who], f"agreements/{pk}/{step}", {}, f"step-000{i}").json()["state"] == state
    instruction = CashInstruction.objects.get(agreement=pk)

    answer = _callback(message(instruction))

    assert (answer.status_code, answer.json()["accepted"]) == (200, True)
    assert answer.json()["instruction"] == instruction.number
    listed = Client()
    listed.force_login(people["buyer-maker"])
    row = listed.get("/api/v1/agreements").json()["results"][0]
    assert (row["number"], row["state"], row["journal"][:3]) == (made.json()["number"], "DELIVERED", "ZY-")
    held = Block.objects.open().filter(holder=world.accounts["buyer"], state=UnitState.AVAILABLE)
    assert held.tonnes() == 240


def test_going_back_over_http_says_why(world: World) -> None:
    refused, cancelled = agreement_in(world, "OFFERED"), agreement_in(world, "OFFERED")
    told = {"reason": "价格不符"}
    answer = _post(world.people["buyer-checker"], f"agreements/{refused.pk}/refuse", told, "step-0001")
    assert answer.json()["state"] == "REFUSED"
    answer = _post(world.people["owner-checker"], f"agreements/{cancelled.pk}/cancel", told, "step-0002")
    assert answer.json()["state"] == "CANCELLED"


def test_more_than_held_is_409_and_says_what_is_held(world: World) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _post(world.people["owner-maker"], "agreements", _body(world, quantity_t=424), "much-0001")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_enough")
    assert "423" in answer.json()["title"]
    event = last_event(verb="trading.propose_agreement")
    assert (event.outcome, event.code, event.door) == (Event.Outcome.REFUSED, "not_enough", "api")


def test_the_same_key_gives_the_same_answer_and_another_body_is_422(world: World) -> None:
    maker = world.people["owner-maker"]
    first = _post(maker, "agreements", _body(world), "same-0001")
    again = _post(maker, "agreements", _body(world), "same-0001")
    assert (again.status_code, again.json()) == (201, first.json())
    other = _post(maker, "agreements", _body(world, price_fen=4_181), "same-0001")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity_t", 0),
        ("quantity_t", 1.5),
        ("price_fen", 0),
        ("price_fen", 41.8),
        ("price_fen", 10**9 + 1),
        ("seller", "CH0"),
    ],
)
def test_a_wrong_shape_names_the_field(world: World, field: str, value: Any) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _post(world.people["owner-maker"], "agreements", _body(world, **{field: value}), "shape-001")
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} & {field, "number"}


def test_a_booking_without_a_key_and_a_stranger_are_refused(world: World) -> None:
    with nothing_changed(but=SIGNED_IN):
        assert _post(world.people["owner-maker"], "agreements", _body(world)).status_code == 400
        assert _post(world.people["buyer-maker"], "agreements", _body(world), "steal-001").status_code == 403
    assert last_event(verb="trading.propose_agreement").outcome == Event.Outcome.REFUSED
    agreement = agreement_in(world, "CONFIRMING")
    with nothing_changed(but=SIGNED_IN):
        answer = _post(world.people["buyer-maker"], f"agreements/{agreement.pk}/accept", {}, "step-0001")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_bank_calls_twice_and_hears_the_same_answer(world: World) -> None:
    body = message(live(agreement_in(world, "AWAITING_PAYMENT")))
    first = _callback(body)

    with nothing_changed():
        again = _callback(body)

    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, first.json())
    assert BankMessage.objects.count() == 1


def test_the_bank_with_a_wrong_amount_hears_409_and_the_message_waits_on_the_desk(world: World) -> None:
    body = message(live(agreement_in(world, "AWAITING_PAYMENT")), amount_fen=39_999)

    with nothing_changed(but=KEPT):
        first = _callback(body)
    with nothing_changed():
        again = _callback(body)

    assert (first.status_code, first.json()["code"], first.json()["accepted"]) == (409, "wrong_amount", False)
    assert again.json() == first.json()
    assert BankMessage.objects.get().state == "REFUSED"


@pytest.mark.parametrize(
    "changed",
    [{"X-Bank-Signature": "0" * 64}, {"X-Bank-Signature": ""}, {"X-Bank": "OTHER"}, {"X-Bank-Message": "M-2"},
     {"X-Bank-Message": ""}],
)  # fmt: skip
def test_whoever_is_not_the_bank_is_refused_and_nothing_is_kept(world: World, changed: dict[str, str]) -> None:
    body = message(live(agreement_in(world, "AWAITING_PAYMENT")))

    with nothing_changed():
        answer = _callback(body, **changed)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    event = last_event(verb="trading.receive_bank_message")
    assert (event.outcome, event.code, event.door) == (Event.Outcome.REFUSED, "bad_signature", "api")


def test_an_unknown_instruction_and_rubbish_are_answered_and_kept(world: World) -> None:
    unknown = message(live(agreement_in(world, "AWAITING_PAYMENT")), instruction="ZF-20200101-000001")
    with nothing_changed(but=KEPT):
        answers = [_callback(unknown, "M-1"), _callback(b"\x00\xff", "M-2")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "unknown_instruction"),
        (409, "bad_message"),
    ]
    assert bytes(BankMessage.objects.get(message_id="M-2").body) == b"\x00\xff"


def test_the_id_of_a_message_with_another_body_is_422(world: World) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))
    _callback(message(instruction))
    with nothing_changed():
        answer = _callback(message(instruction, amount_fen=1))
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
