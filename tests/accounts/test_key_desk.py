"""The desk for keys of partner systems: who opens it, what it issues once, what it ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.roles import Role
from accounts.services.clients import IssuedKey, issue_api_key
from accounts.signing import sign
from carbon_portal.story import World
from kernel import clock
from tests.refusals import nothing_changed
from tests.stages import person
from tests.worlds import last_event

DESK = "/manage/accounts/apikeydeskrow/"
HOLDINGS = "/api/v1/holdings"


def at(world: World, who: str) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(world.people[who])
    return client


def grant(world: World, who: str) -> int:
    """Return the key of a person's role."""
    return int(world.people[who].grants.get().pk)


@pytest.fixture
def key(world: World) -> IssuedKey:
    """A key of the owner."""
    return issue_api_key(world.organisations["owner"], world.people["owner-maker"], by=world.people["security"])


def test_the_administrator_issues_a_key_and_sees_its_secret_once(world: World) -> None:
    admin = at(world, "security")
    assert f"{DESK}issue/" in admin.get(DESK).content.decode()
    assert "青岚屋顶能源有限公司：王启（发起代表）" in admin.get(f"{DESK}issue/").content.decode()

    answer = admin.post(
        f"{DESK}issue/", {"grant": grant(world, "owner-maker"), "ends_on": "2099-12-31", "reason": "上报接口"}
    )

    key = ApiKey.objects.get()
    secret = answer.context["issued"].secret
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret in answer.content.decode()
    assert key.valid_to == datetime(2099, 12, 31, 16, tzinfo=clock.real_now().tzinfo)  # midnight in Shanghai
    assert (key.user, key.organisation) == (world.people["owner-maker"], world.organisations["owner"])
    assert last_event(verb="accounts.issue_api_key").reason == "上报接口"
    assert Client().get(HOLDINGS, headers=sign(key.key_id, secret, "GET", HOLDINGS)).status_code == 200
    for page in (
        DESK,
        f"{DESK}{key.pk}/change/",
        f"/manage/accounts/apikey/{key.pk}/change/",
        "/manage/accounts/event/",
    ):
        text = admin.get(page).content.decode()
        assert secret not in text
        assert key.sealed not in text


@pytest.mark.parametrize(
    "wrong",
    [{"grant": ""}, {"grant": "999999"}, {"reason": ""}, {"ends_on": "some day"}, {"ends_on": "2001-01-01"}],
)
def test_nothing_is_issued_on_a_wrong_form(world: World, wrong: dict[str, Any]) -> None:
    form = {"grant": grant(world, "owner-maker"), "reason": "上报接口"} | wrong
    admin = at(world, "security")
    with nothing_changed():
        answer = admin.post(f"{DESK}issue/", form)
    assert answer.status_code in {200, 409}
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize("who", ["officer", "registrar"])
def test_other_staff_neither_see_nor_use_the_desk(world: World, key: IssuedKey, who: str) -> None:
    client = at(world, who)
    assert client.get(DESK).status_code == 403
    with nothing_changed():
        assert client.post(f"{DESK}issue/", {"grant": grant(world, "owner-maker"), "reason": "x"}).status_code == 403
        assert client.post(f"{DESK}{key.key.pk}/press/end_api_key/", {"reason": "x"}).status_code == 403


def test_an_operator_elsewhere_is_offered_nobody_here(world: World, key: IssuedKey) -> None:
    division = world.people["other-officer"].grants.get().division
    world.people["operator-there"] = person(world, "operator-there", Role.OPERATOR, division=division)
    there = at(world, "operator-there")

    assert key.key.key_id not in there.get(DESK).content.decode()
    with nothing_changed():
        answer = there.post(f"{DESK}issue/", {"grant": grant(world, "owner-maker"), "reason": "x"})
    assert "王启" not in answer.content.decode()


def test_a_key_is_ended_with_a_reason_and_leaves_the_desk(world: World, key: IssuedKey) -> None:
    admin = at(world, "security")
    press = f"{DESK}{key.key.pk}/press/end_api_key/"
    assert "停用" in admin.get(f"{DESK}{key.key.pk}/change/").content.decode()
    assert admin.get(press).status_code == 200
    with nothing_changed():
        assert admin.post(press, {"reason": " "}).status_code == 409

    assert admin.post(press, {"reason": "密钥泄露"}).status_code == 302

    assert key.key.key_id not in admin.get(DESK).content.decode()
    listed = admin.get("/manage/accounts/apikey/").content.decode()
    assert key.key.key_id in listed
    assert last_event(verb="accounts.end_api_key").reason == "密钥泄露"
    assert Client().get(HOLDINGS, headers=sign(key.key.key_id, key.secret, "GET", HOLDINGS)).status_code == 401


def test_a_key_lasts_through_its_last_day(world: World) -> None:
    admin = at(world, "security")
    tomorrow = clock.today() + timedelta(days=1)

    admin.post(f"{DESK}issue/", {"grant": grant(world, "owner-maker"), "ends_on": tomorrow, "reason": "试运行"})

    ends = ApiKey.objects.get().valid_to
    assert ends is not None
    assert clock.local(ends).date() == date.fromordinal(tomorrow.toordinal() + 1)
