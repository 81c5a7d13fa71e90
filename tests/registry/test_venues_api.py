"""An exchange reports over HTTP with its signed key; holders ask with theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.services.clients import IssuedKey, issue_api_key
from accounts.signing import sign
from carbon_portal.story import World
from kernel import clock
from kernel.digest import canonical
from registry.models import Block, Trade, Venue, VenueOrder
from registry.states import UnitState
from tests.refusals import nothing_changed
from tests.venues import connected, taken_in


@pytest.fixture
def venue(world: World) -> Venue:
    """An exchange at which the owner has 100 t."""
    made = connected(world)
    taken_in(world, made, 100)
    return made


def call(key: IssuedKey, method: str, path: str, body: dict[str, Any] | None = None, once: str = "") -> Any:
    """Send a signed request as a partner's system does."""
    path, content = f"/api/v1/{path}", canonical(body) if body is not None else b""
    headers = sign(key.key.key_id, key.secret, method, path, content) | ({"Idempotency-Key": once} if once else {})
    return Client().generic(method, path, content, content_type="application/json", headers=headers)


@pytest.fixture
def key(world: World, venue: Venue) -> IssuedKey:
    """The exchange's key."""
    return issue_api_key(venue.organisation, world.people["exchange"], by=world.people["security"])


def _trade(world: World, **changed: Any) -> dict[str, Any]:
    return {
        "number": "T-1",
        "seller": world.accounts["owner"].number,
        "buyer": world.accounts["buyer"].number,
        "quantity_t": 10,
        "price_fen": 4_050,
        "traded_at": (clock.now() - timedelta(seconds=1)).isoformat(),
        **changed,
    }


def test_a_trade_is_settled_by_one_signed_request_and_answers_the_same_again(world: World, key: IssuedKey) -> None:
    body = _trade(world)
    made = call(key, "POST", "venue/trades", body)
    assert (made.status_code, made.json()["journal"][:3]) == (201, "JS-")
    assert call(key, "POST", "venue/trades", body).json() == made.json()
    assert (Trade.objects.count(), Trade.objects.get().reported_by) == (1, world.people["exchange"])
    other = call(key, "POST", "venue/trades", {**body, "quantity_t": 11})
    assert (other.status_code, other.json()["code"]) == (409, "trade_known")
    listed = call(key, "GET", "venue/trades").json()["results"]
    assert [row["number"] for row in listed] == ["T-1"]


def test_each_trade_of_a_list_is_settled_or_not_and_says_so(world: World, key: IssuedKey) -> None:
    rows = [
        _trade(world, number="A"),
        _trade(world, number="B", quantity_t=1_000),
        _trade(world, number="C", buyer="CH990100999999"),
        _trade(world, number="D", to_state="AVAILABLE"),
        _trade(world, number="E", batch=70_707),
    ]
    answer = call(key, "POST", "venue/trades/list", {"trades": rows}).json()["trades"]
    said = [(row["number"], row["settled"], row["code"]) for row in answer]
    assert said == [
        ("A", True, ""), ("B", False, "not_enough"), ("C", False, "unknown_account"), ("D", True, ""), ("E", False, "invalid"),
    ]  # fmt: skip
    held = Block.objects.open().filter(holder=world.accounts["owner"], state=UnitState.TRADING)
    assert held.tonnes() == 80


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"quantity_t": 0}, "quantity_t"), ({"price_fen": "1.5"}, "price_fen"), ({"traded_at": "gestern"}, "traded_at"),
     ({"to_state": "RETIRED"}, "to_state"), ({"number": ""}, "number")],
)  # fmt: skip
def test_a_wrong_shape_names_the_field(world: World, key: IssuedKey, changed: dict[str, Any], field: str) -> None:
    answer = call(key, "POST", "venue/trades", _trade(world, **changed))
    assert (answer.status_code, [row["field"] for row in answer.json()["errors"]]) == (400, [field])


def test_who_is_no_exchange_is_let_nowhere(world: World, venue: Venue) -> None:
    theirs = issue_api_key(world.organisations["owner"], world.people["owner-maker"], by=world.people["security"])
    out = {"number": "O-1", "account": world.accounts["owner"].number, "quantity_t": 1}
    for path, body in (
        ("venue/trades", _trade(world)),
        ("venue/trades/list", {"trades": [_trade(world)]}),
        ("venue/transfers-out", out),
        ("venue/balances", {"on": "2026-01-01", "rows": []}),
    ):
        with nothing_changed(but={"accounts_apinonce"}):
            answer = call(theirs, "POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_units_go_there_and_back_over_http(world: World, key: IssuedKey, venue: Venue) -> None:
    keys = {
        who: issue_api_key(world.organisations["owner"], world.people[who], by=world.people["security"])
        for who in ("owner-maker", "owner-checker")
    }
    body = {"account": world.accounts["owner"].number, "venue": venue.pk, "quantity_t": 20}
    made = call(keys["owner-maker"], "POST", "venue-orders", body, "ask-00001")
    assert (made.status_code, made.json()["state"]) == (201, "CONFIRMING")
    step = f"venue-orders/{made.json()['id']}/confirm"
    done = call(keys["owner-checker"], "POST", step, {}, "step-0001").json()
    assert (done["state"], done["journal"][:3]) == ("DONE", "HZ-")
    out = {"number": "O-1", "account": body["account"], "quantity_t": 120}
    given = call(key, "POST", "venue/transfers-out", out)
    assert (given.status_code, given.json()["journal"][:3]) == (201, "ZC-")
    assert {row["way"] for row in call(key, "GET", "venue-orders").json()["results"]} == {"IN", "OUT"}
    assert VenueOrder.objects.count() == 3


def test_the_books_of_a_day_are_answered_with_every_difference(
    world: World, venue: Venue, key: IssuedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    today, ahead = clock.today(), clock.offset() + timedelta(days=1)
    early = call(key, "POST", "venue/balances", {"on": today.isoformat(), "rows": []})
    assert (early.status_code, early.json()["code"]) == (409, "day_not_over")
    monkeypatch.setattr(clock, "_source", lambda: ahead)
    number = world.accounts["owner"].number
    sent = {"on": today.isoformat(), "rows": [{"account": number, "quantity_t": 99}]}
    answer = call(key, "POST", "venue/balances", sent)
    assert answer.status_code == 201
    assert answer.json()["differences"] == [{"account": number, "ours_t": 100, "theirs_t": 99}]
    assert call(key, "GET", "venue/balances").json()["results"][0]["state"] == "RECEIVED"
    bad = call(key, "POST", "venue/balances", {**sent, "rows": [{"account": "CH1", "quantity_t": 1}]})
    assert (bad.json()["code"], bad.json()["errors"][0]["row"]) == ("bad_rows", 1)
