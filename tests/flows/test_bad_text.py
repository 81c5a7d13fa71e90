"""Text the database cannot hold, and bookings without a usable key: 400 with a sentence, and nothing changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from registry.models import Retirement, Transfer
from tests.refusals import nothing_changed
from tests.stages import period_in, retirement_in, transfer_in
from tests.worlds import last_event

NUL = "a\0b"
INVISIBLE, NO_KEY = "看不见的空字符", "没有带上有效的防重复编号"
SIGNED_IN = frozenset({"accounts_user"})  # signing in writes down when


def _client(world: World, who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.people[who])
    return client


def _refused(answer: Any, said: str) -> None:
    assert answer.status_code == 400
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/registry/?q=", "/registry/?page=", "/notices/?page=", "/methods/?q=", "/verify/?number=", "/?next="]
)
def test_an_invisible_character_in_a_public_query_is_refused_in_words(world: World, path: str) -> None:
    _refused(Client(raise_request_exception=False).get(f"{path}{quote(NUL)}"), INVISIBLE)


@pytest.mark.parametrize("path", ["/methods/{}/", "/verify/{}/", "/registry/projects/{}/", "/certificates/{}.pdf"])
def test_an_invisible_character_in_an_address_is_refused_in_words(world: World, path: str) -> None:
    _refused(Client(raise_request_exception=False).get(path.format(quote(NUL))), INVISIBLE)


def test_an_invisible_character_in_the_session_cookie_is_refused_in_words(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = f"12345678{NUL}"
    _refused(client.get("/owner/"), INVISIBLE)


def test_an_invisible_character_in_a_form_changes_nothing(world: World) -> None:
    order = transfer_in(world, "CONFIRMING")
    form = {"key": f"12345678{NUL}", "target_number": NUL, "quantity_t": 1, "reason": NUL}
    with nothing_changed(but=SIGNED_IN):
        _refused(_client(world, "owner-maker").post("/owner/transfers/new/", form), INVISIBLE)
        _refused(_client(world, "owner-checker").post(f"/owner/transfers/{order.pk}/confirm/", form), INVISIBLE)
        _refused(Client(raise_request_exception=False).post("/login/", {"username": NUL, "password": NUL}), INVISIBLE)


@pytest.mark.parametrize("query", ["q", "state", "o"])
def test_an_invisible_character_at_a_desk_is_refused_in_words(world: World, query: str) -> None:
    _refused(_client(world, "officer").get(f"/manage/projects/project/?{query}={quote(NUL)}"), INVISIBLE)
    _refused(_client(world, "officer").get(f"/manage/projects/project/{quote(NUL)}/change/"), INVISIBLE)


def _api(world: World, key: str, **changed: Any) -> Any:
    body = {"source": world.accounts["owner"].number, "target": world.accounts["buyer"].number, "quantity_t": 1}
    return _client(world, "owner-maker").post(
        "/api/v1/transfers", body | changed, content_type="application/json", headers={"Idempotency-Key": key}
    )


@pytest.mark.parametrize(
    ("key", "changed", "field"),
    [
        (f"12345678{NUL}", {}, "Idempotency-Key"),
        ("k" * 101, {}, "Idempotency-Key"),
        ("nul-00001", {"reason": NUL}, "reason"),
        ("nul-00001", {"source": NUL}, "source"),
        ("nul-00001", {"target": NUL}, "target"),
        ("nul-00001", {"quantity_t": "1\0"}, "quantity_t"),
        ("nul-00001", {"batch": NUL}, "batch"),
        ("nul-00001", {"reason": "\ud800"}, "reason"),
    ],
)
def test_the_api_names_the_field_with_an_invisible_character(
    world: World, key: str, changed: dict[str, str], field: str
) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _api(world, key, **changed)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_api_tells_a_problem_when_the_query_has_an_invisible_character(world: World) -> None:
    answer = _client(world, "owner-maker").get(f"/api/v1/holdings?q={quote(NUL)}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert INVISIBLE in answer.json()["title"]
    assert answer.json()["instance"] == answer.headers["X-Request-Id"]


KEYS = [{}, {"key": ""}, {"key": "short"}, {"key": "k" * 101}, {"key": "12345678\u200b"}]
STEPS = {
    "transfer-confirm": (Transfer, "CONFIRMING", "owner-checker"),
    "transfer-accept": (Transfer, "OFFERED", "buyer-maker"),
    "transfer-refuse": (Transfer, "OFFERED", "buyer-maker"),
    "transfer-cancel": (Transfer, "OFFERED", "owner-maker"),
    "retirement-confirm": (Retirement, "CONFIRMING", "owner-checker"),
    "retirement-cancel": (Retirement, "PENDING", "owner-maker"),
}


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_an_order_without_a_usable_key_is_refused(world: World, step: str, key: dict[str, str]) -> None:
    model, state, who = STEPS[step]
    order = transfer_in(world, state) if model is Transfer else retirement_in(world, state)
    with nothing_changed(but=SIGNED_IN):
        _refused(_client(world, who).post(reverse(step, args=[order.pk]), {"reason": "试一次", **key}), NO_KEY)


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("verb", ["issue", "review_retirement", "refuse_retirement"])
def test_a_keyed_verb_of_a_desk_without_a_usable_key_is_refused(world: World, verb: str, key: dict[str, str]) -> None:
    row = period_in(world, "APPROVED") if verb == "issue" else retirement_in(world, "PENDING")
    desk = "issuedeskrow" if verb == "issue" else "retirementdeskrow"
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "registrar").post(
            f"/manage/registry/{desk}/{row.pk}/press/{verb}/", {"reason": "试一次", **key}
        )
    _refused(answer, NO_KEY)


def test_the_page_that_asks_for_a_reason_brings_a_key_of_its_own(world: World) -> None:
    order = transfer_in(world, "OFFERED")
    client, address = _client(world, "buyer-maker"), reverse("transfer-refuse", args=[order.pk])
    key = client.get(address).content.decode().partition('name="key" value="')[2].partition('"')[0]
    assert client.post(address, {"key": key, "reason": "数量不符"}).status_code == 302
    assert last_event(verb="registry.refuse_transfer").outcome == "DONE"
