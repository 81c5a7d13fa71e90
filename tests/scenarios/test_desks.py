"""The operator's desks: partners and scenes, citizens masked, consents and refusals to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Event, User
from carbon_portal.story import World
from kernel import clock
from scenarios.models import Partner, Scene
from tests.citizens import IDENTITY_NO, NAME, PHONE, operator, rider, verified
from tests.scenarios.test_partners import company
from tests.stages import person

DESKS = ("scenedeskrow", "partner", "citizendeskrow", "consent", "refusal")


def at_the_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("desk", DESKS)
def test_the_operator_opens_every_desk_and_others_none(world: World, desk: str) -> None:
    citizen, _partner = rider(world, [(clock.now() - timedelta(days=1), 20, 5_200), (clock.now(), 0, 5)])
    path = f"/manage/scenarios/{desk}/"
    page = at_the_desk(operator(world)).get(path)
    assert page.status_code == 200
    assert not [word for word in (NAME, PHONE, IDENTITY_NO) if word in page.content.decode()]
    if desk != "scenedeskrow":
        assert citizen.number in page.content.decode() or desk == "partner"
    assert at_the_desk(world.people["officer"]).get(path).status_code == 403


def test_an_operator_of_another_city_sees_nobody_of_this_one(world: World) -> None:
    citizen, _partner = rider(world)
    city = type(citizen.division).objects.get(code="9902")
    client = at_the_desk(person(world, "operator-there", "OPERATOR", division=city))
    for desk in ("citizendeskrow", "consent", "partner"):
        page = client.get(f"/manage/scenarios/{desk}/").content.decode()
        assert citizen.number not in page
        assert "青岚单车" not in page
    assert client.get(f"/manage/scenarios/citizendeskrow/{citizen.pk}/press/unmask/").status_code == 404


def test_a_partner_is_taken_in_at_the_desk(world: World) -> None:
    organisation, client = company(world), at_the_desk(operator(world))
    scene = Scene.objects.get(code="ebike")
    path = "/manage/scenarios/partner/add/"
    assert "骑行公司" in client.get(path).content.decode()
    body = {"organisation": organisation.pk, "name": "青岚单车", "zone": "Asia/Nowhere", "scenes": [scene.pk]}
    refused = client.post(path, body)
    assert (refused.status_code, "没有时区" in refused.content.decode()) == (409, True)
    assert client.post(path, {**body, "zone": "Asia/Shanghai", "reason": "协议 3 号"}).status_code == 302
    assert Partner.objects.get().name == "青岚单车"
    assert Event.objects.get(verb="scenarios.add_partner", outcome="DONE").reason == "协议 3 号"
    assert at_the_desk(world.people["officer"]).get(path).status_code == 403


def test_a_scene_is_switched_off_at_the_desk(world: World) -> None:
    client, scene = at_the_desk(operator(world)), Scene.objects.get(code="ebike")
    assert "停用场景" in client.get(f"/manage/scenarios/scenedeskrow/{scene.pk}/change/").content.decode()
    path = f"/manage/scenarios/scenedeskrow/{scene.pk}/press/close_scene/"
    assert client.post(path, {"reason": ""}).status_code == 409
    assert client.post(path, {"reason": "方法学修订"}).status_code == 302
    assert not Scene.objects.get(pk=scene.pk).active


def test_who_it_is_stands_on_the_answer_to_the_press_and_nowhere_else(world: World) -> None:
    citizen, client = verified(), at_the_desk(operator(world))
    row = f"/manage/scenarios/citizendeskrow/{citizen.pk}"
    assert "林*华" in client.get(f"{row}/change/").content.decode()
    assert client.post(f"{row}/press/unmask/", {"reason": ""}).status_code == 409
    seen = client.post(f"{row}/press/unmask/", {"reason": "来电找回账户"})
    assert "no-store" in seen["Cache-Control"]
    assert all(word in seen.content.decode() for word in (NAME, PHONE, IDENTITY_NO))
    assert NAME not in client.get(f"{row}/change/").content.decode()
    assert Event.objects.filter(verb="scenarios.unmask", outcome="DONE").count() == 1
    assert at_the_desk(world.people["officer"]).post(f"{row}/press/unmask/", {"reason": "x"}).status_code == 403
