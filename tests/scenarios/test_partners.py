"""Partners and scenes as the operator runs them, and the reference scenes."""

from __future__ import annotations

import pytest

from accounts.models import Event, Organisation
from accounts.services.people import register_organisation
from carbon_portal.story import World
from scenarios import seeds
from scenarios.models import Partner, Scene
from scenarios.services.partners import add_partner, close_scene, open_scene
from tests.citizens import interface, operator, partner_of, verified
from tests.refusals import forbidden, refused


def company(world: World, uscc: str = "91440101MA5C000154", division: str = "") -> Organisation:
    place = world.organisations["owner"].division
    if division:
        place = type(place).objects.get(code=division)
    return register_organisation(uscc=uscc, name="骑行公司", kind="COMPANY", division=place, by=world.system)


def test_the_scenes_of_the_catalogue_have_the_bounds_of_the_rules(world: World) -> None:
    normal, old = Scene.objects.get(code="ebike"), Scene.objects.get(code="ebike-demo")
    assert (normal.title, normal.late_window_days, normal.history_allowed) == ("共享电动助力单车", 35, False)
    assert (old.late_window_days, old.history_allowed) == (3650, True)
    for scene in (normal, old):
        assert (scene.shortest_m, scene.fastest_kmh, scene.input_name) == (100, 30, "distance_km")
        assert scene.method.number == "QD-2021-004-V01"
    assert "演示" in old.title
    assert "ValleyBike" in old.consent_text


def test_seeding_again_changes_no_scene_people_agreed_to(world: World) -> None:
    Scene.objects.filter(code="ebike").update(title="改过的名字")
    seeds.seed()
    assert Scene.objects.get(code="ebike").title == "改过的名字"
    assert Scene.objects.count() == 2


def test_the_operator_lets_an_organisation_report(world: World) -> None:
    organisation, scene = company(world), Scene.objects.get(code="ebike")
    partner = add_partner(
        organisation, name="青岚单车", zone="America/New_York", scenes=[scene], by=operator(world), reason="协议 12 号"
    )
    assert (partner.name, partner.zone, list(partner.scenes.all())) == ("青岚单车", "America/New_York", [scene])
    assert Event.objects.get(verb="scenarios.add_partner").data == {"zone": "America/New_York", "scenes": ["ebike"]}


def test_a_partner_needs_a_name_a_zone_and_a_scene_and_comes_once(world: World) -> None:
    organisation, scene, by = company(world), Scene.objects.get(code="ebike"), operator(world)
    good = {"name": "青岚单车", "zone": "Asia/Shanghai", "scenes": [scene]}
    for code, wrong in (
        ("bad_zone", {"zone": "Asia/Qinglan"}),
        ("no_scene", {"scenes": []}),
        ("bad_name", {"name": " "}),
        ("bad_name", {"name": "长" * 61}),
    ):
        refused(add_partner, organisation, by=by, code=code, **{**good, **wrong})
    add_partner(organisation, by=by, **good)
    refused(add_partner, organisation, by=by, code="partner_known", **good)


def test_an_operator_works_in_the_own_division(world: World) -> None:
    organisation, scene = company(world, division="9902"), Scene.objects.get(code="ebike")
    forbidden(add_partner, organisation, name="别处", zone="Asia/Shanghai", scenes=[scene], by=operator(world))
    forbidden(close_scene, scene, by=world.people["officer"], reason="x")


def test_a_scene_is_switched_off_and_on_with_its_events(world: World) -> None:
    scene, by = Scene.objects.get(code="ebike"), operator(world)
    refused(open_scene, scene, by=by, code="wrong_state")
    assert not close_scene(scene, by=by, reason="方法学修订").active
    refused(close_scene, scene, by=by, reason="再关", code="wrong_state")
    assert open_scene(scene, by=by).active
    moves = Event.objects.filter(object_type="scenarios.scene", outcome="DONE").values_list("from_state", "to_state")
    assert sorted(moves) == [("OFF", "ON"), ("ON", "OFF")]


def test_a_citizen_chooses_among_the_active_partners_and_a_partner_sees_itself(world: World) -> None:
    citizen, partner, other = verified(), partner_of(world), partner_of(world, uscc="91440101MA5C000154")
    Partner.objects.filter(pk=other.pk).update(active=False)
    assert list(Partner.objects.visible_to(citizen.user)) == [partner]
    assert list(Partner.objects.visible_to(interface(other))) == [Partner.objects.get(pk=other.pk)]
    assert not Partner.objects.visible_to(world.people["other-officer"]).exists()


@pytest.mark.parametrize("code", ["ebike", "ebike-demo"])
def test_the_demo_says_so_where_history_is_allowed(world: World, code: str) -> None:
    scene = Scene.objects.get(code=code)
    assert ("演示" in scene.title) == scene.history_allowed
