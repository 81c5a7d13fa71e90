"""The registry over HTTP: what account holders' systems send, and the problem documents they get back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Event
from carbon_portal.story import World
from registry.models import Block, Journal, Retirement, Transfer
from registry.states import OrderState, UnitState
from tests.refusals import nothing_changed
from tests.worlds import last_event


def _post(who: Any, path: str, body: dict[str, Any], key: str = "") -> Any:
    client = Client()
    client.force_login(who)
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def _body(world: World, quantity_t: int = 40) -> dict[str, Any]:
    return {
        "source": world.accounts["owner"].number,
        "target": world.accounts["buyer"].number,
        "quantity_t": quantity_t,
        "reason": "合同 9",
    }


def _counts() -> tuple[int, int, int]:
    return Journal.objects.count(), Transfer.objects.count(), Block.objects.count()


def test_a_transfer_goes_all_the_way_over_http(world: World) -> None:
    people = world.people
    made = _post(people["owner-maker"], "transfers", _body(world), "made-0001")
    assert (made.status_code, made.json()["state"]) == (201, "CONFIRMING")
    order = made.json()["id"]
    assert _post(people["owner-checker"], f"transfers/{order}/confirm", {}, "step-0001").json()["state"] == "OFFERED"
    done = _post(people["buyer-maker"], f"transfers/{order}/accept", {}, "step-0002").json()
    assert done["state"] == "COMPLETED"
    assert done["journal"].startswith("ZY-")
    held = Block.objects.open().filter(holder=world.accounts["buyer"], state=UnitState.AVAILABLE)
    assert held.tonnes() == 240


def test_a_retirement_goes_all_the_way_over_http(world: World) -> None:
    people = world.people
    body = {
        "account": world.accounts["buyer"].number,
        "quantity_t": 5,
        "kind": "CHARITY",
        "beneficiary": "城南小学",
        "purpose": "公益注销",
    }
    made = _post(people["buyer-maker"], "retirements", body, "made-0002")
    assert made.status_code == 201
    order = made.json()["id"]
    assert _post(people["buyer-checker"], f"retirements/{order}/confirm", {}, "step-0003").json()["state"] == "PENDING"
    assert _post(people["registrar"], f"retirements/{order}/review", {}, "step-0004").json()["state"] == "REVIEWED"
    assert _post(people["registrar"], f"retirements/{order}/approve", {}, "step-0005").json()["code"] == "same_person"
    done = _post(people["leader"], f"retirements/{order}/approve", {}, "step-0006").json()
    assert done["state"] == "RETIRED"
    listed = Client()
    listed.force_login(people["buyer-maker"])
    assert listed.get("/api/v1/retirements").json()["results"][0]["id"] == order
    assert any(row["state"] == "RETIRED" for row in listed.get("/api/v1/holdings").json()["results"])


def test_a_booking_without_a_key_is_refused_in_words(world: World) -> None:
    before = _counts()
    answer = _post(world.people["owner-maker"], "transfers", _body(world))
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert _counts() == before


def test_the_same_key_gives_the_same_answer_and_another_body_is_422(world: World) -> None:
    maker = world.people["owner-maker"]
    first = _post(maker, "transfers", _body(world), "same-0001")
    after = _counts()
    again = _post(maker, "transfers", _body(world), "same-0001")
    assert (again.status_code, again.json()) == (201, first.json())
    other = _post(maker, "transfers", _body(world, 41), "same-0001")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert _counts() == after


def test_more_than_held_is_409_and_says_what_is_held(world: World) -> None:
    before = _counts()
    answer = _post(world.people["owner-maker"], "transfers", _body(world, 424), "much-0001")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_enough")
    assert "423" in answer.json()["title"]
    assert _counts() == before
    event = last_event(verb="registry.initiate_transfer")
    assert (event.outcome, event.code, event.door) == (Event.Outcome.REFUSED, "not_enough", "api")


@pytest.mark.parametrize("who", ["buyer-maker", "other-officer", "verifier"])
def test_nobody_moves_another_account(world: World, who: str) -> None:
    retirement = {"account": world.accounts["owner"].number, "quantity_t": 1, "kind": "CORP"}
    retirement |= {"beneficiary": "城南小学", "purpose": "公益注销", "basis": "办公楼，2026 年度"}
    for path, body, verb in (
        ("transfers", _body(world), "initiate_transfer"),
        ("retirements", retirement, "initiate_retirement"),
    ):
        with nothing_changed(but={"accounts_user"}):
            answer = _post(world.people[who], path, body, "steal-0001")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "屋顶能源" not in answer.content.decode()
        event = last_event()
        assert (event.verb, event.outcome, event.code) == (f"registry.{verb}", Event.Outcome.REFUSED, "forbidden")
        assert (event.actor, event.object_id) == (world.people[who], world.accounts["owner"].pk)


@pytest.mark.parametrize(("field", "path"), [("source", "transfers"), ("account", "retirements")])
def test_an_account_nobody_has_names_the_field(world: World, field: str, path: str) -> None:
    body = {"beneficiary": "城南小学", "purpose": "公益注销", "kind": "CHARITY", field: "CH000000000000"}
    answer = _post(world.people["owner-maker"], path, {**_body(world), **body}, "nobody-001")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"row": None, "field": field, "message": "没有 CH000000000000，请核对"}]


def test_a_stranger_does_not_step_into_an_order_and_is_written_down(world: World) -> None:
    made = _post(world.people["owner-maker"], "transfers", _body(world), "made-0003").json()["id"]
    answer = _post(world.people["buyer-checker"], f"transfers/{made}/confirm", {}, "step-0005")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Transfer.objects.get(pk=made).state == OrderState.CONFIRMING
    assert last_event(verb="registry.confirm_transfer").outcome == Event.Outcome.REFUSED


def test_without_a_log_in_nothing_is_told() -> None:
    answer = Client().get("/api/v1/holdings")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Signature realm="api"')
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("field", "value"), [("quantity_t", 0), ("quantity_t", "x"), ("quantity_t", 1.5), ("source", "")]
)
def test_a_wrong_shape_names_the_field(world: World, field: str, value: Any) -> None:
    answer = _post(world.people["owner-maker"], "transfers", {**_body(world), field: value}, "shape-001")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Retirement.objects.count() == 1
