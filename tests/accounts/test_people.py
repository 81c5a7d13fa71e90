"""Organisations, people and roles: who may be registered as what, and for how long it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Division, Organisation, RoleGrant
from accounts.roles import Role
from accounts.services.people import (
    end_role,
    grant_proposed_role,
    grant_role,
    propose_role,
    register_organisation,
    register_person,
)
from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from tests.refusals import forbidden, refused
from tests.stages import give, person
from tests.worlds import last_event

NEW = {"uscc": "91420100MA4K00002Y", "name": "江滩光伏有限公司", "kind": Organisation.Kind.COMPANY}


@pytest.fixture
def city(db: None) -> Division:
    """The demo city."""
    return Division.objects.get(code="9901")


def test_an_organisation_is_registered_under_its_normalised_credit_code(world: World, city: Division) -> None:
    made = register_organisation(**{**NEW, "uscc": " 91420100ma4k00002y "}, division=city, by=world.people["admin"])

    assert (made.uscc, made.name) == ("91420100MA4K00002Y", "江滩光伏有限公司")
    event = last_event(verb="accounts.register_organisation")
    assert (event.actor, event.object_label) == (world.people["admin"], "江滩光伏有限公司")


@pytest.mark.parametrize(
    ("uscc", "said"),
    [
        ("91420100MA4K00002X", "校验"),
        ("91420100MI4K00002Y", "I"),
        ("91420100MA4K0002Y", "18"),
        ("", "18"),
        ("N2441823MF0000128D", "校验"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_what_is_wrong(world: World, city: Division, uscc: str, said: str) -> None:
    refusal = refused(
        register_organisation, **{**NEW, "uscc": uscc}, division=city, by=world.people["admin"], code="bad_credit_code"
    )

    assert said in str(refusal.message)


def test_a_code_of_a_farmers_cooperative_is_accepted(world: World, city: Division) -> None:
    made = register_organisation(**{**NEW, "uscc": "N2441823MF0000128C"}, division=city, by=world.system)

    assert made.uscc == "N2441823MF0000128C"


def test_an_organisation_is_registered_once_however_its_code_is_typed(world: World, city: Division) -> None:
    known = world.organisations["owner"].uscc.lower()

    refused(
        register_organisation,
        **{**NEW, "uscc": f" {known} "},
        division=city,
        by=world.people["admin"],
        code="organisation_known",
    )


def test_a_person_signs_in_under_a_name_nobody_else_has(world: World) -> None:
    made = register_person(username="new-one", full_name="何新", password="long-enough-1", by=world.people["admin"])

    assert made.check_password("long-enough-1")
    assert made.verbs() == set()
    refused(
        register_person,
        username="new-one",
        full_name="何二",
        password="long-enough-1",
        by=world.people["admin"],
        code="username_taken",
    )


@pytest.mark.parametrize("who", ["officer", "registrar", "owner-maker", "verifier"])
def test_only_the_administrator_registers_and_grants(world: World, city: Division, who: str) -> None:
    by = world.people[who]

    if who == "officer":  # who registers whoever brings paper to the counter, in his own division
        forbidden(register_organisation, **NEW, division=Division.objects.get(code="9902"), by=by)
    else:
        forbidden(register_organisation, **NEW, division=city, by=by)
    forbidden(register_person, username="new-one", full_name="何新", password="long-enough-1", by=by)
    forbidden(grant_role, by, Role.SYSADMIN, division=city, by=by)
    forbidden(end_role, world.people["reviewer"].grants.get(), by=by)


def test_a_role_holds_from_its_start_to_its_end_in_business_time(world: World) -> None:
    officer = world.people["officer"]
    grant = end_role(officer.grants.get(), by=world.people["security"])

    assert grant.valid_to is not None
    assert officer.verbs() == set()
    later = RoleGrant.objects.create(
        user=officer, role=Role.OFFICER, division=grant.division, valid_from=clock.now() + timedelta(days=3)
    )
    assert officer.verbs() == set()
    assert not officer.is_staff
    move_clock(forward=timedelta(days=3, minutes=1), by=world.system, reason="到岗")
    assert "projects.accept" in officer.verbs()
    assert officer.is_staff
    later.valid_to = clock.now() + timedelta(hours=1)
    later.save()
    move_clock(forward=timedelta(hours=1), by=world.system, reason="离岗")
    assert officer.verbs() == set()


def test_a_role_ends_once(world: World) -> None:
    grant = end_role(world.people["officer"].grants.get(), by=world.people["security"], reason="调离")

    assert last_event(verb="accounts.end_role").reason == "调离"
    refused(end_role, grant, by=world.people["security"], code="role_ended")


def test_a_person_without_an_account_in_use_can_do_nothing(world: World, city: Division) -> None:
    admin = world.people["admin"]
    admin.is_active = False
    admin.save()

    forbidden(register_organisation, **NEW, division=city, by=admin)


@pytest.mark.parametrize(
    ("who", "role", "place"),
    [
        ("officer", Role.MAKER, "owner"),
        ("registrar", Role.VERIFIER, "verifier"),
        ("owner-maker", Role.OFFICER, "9901"),
        ("verifier", Role.REVIEWER, "9901"),
    ],
)
def test_people_of_the_bureau_and_people_who_trade_or_verify_are_kept_apart(
    world: World, who: str, role: str, place: str
) -> None:
    where = (
        {"division": Division.objects.get(code=place)}
        if place.isdigit()
        else {"organisation": world.organisations[place]}
    )

    refused(grant_role, world.people[who], role, **where, by=world.system, code="official_may_not_trade")


def test_nobody_is_maker_and_checker_of_one_organisation(world: World) -> None:
    owner, maker = world.organisations["owner"], world.people["owner-maker"]

    refused(grant_role, maker, Role.CHECKER, organisation=owner, by=world.system, code="same_person")
    give(world, maker, Role.CHECKER, organisation=world.organisations["buyer"])


def test_a_role_is_held_once_and_can_be_given_again_after_its_end(world: World, city: Division) -> None:
    officer = world.people["officer"]

    refused(grant_role, officer, Role.OFFICER, division=city, by=world.system, code="role_held")
    end_role(officer.grants.get(), by=world.people["security"])
    grant_role(officer, Role.OFFICER, division=city, by=world.system)
    assert "projects.accept" in officer.verbs()


@pytest.mark.parametrize(
    ("role", "where"),
    [(Role.OFFICER, "organisation"), (Role.OFFICER, ""), (Role.MAKER, "division"), (Role.VERIFIER, "")],
)
def test_a_role_has_the_kind_of_place_that_belongs_to_it(world: World, city: Division, role: str, where: str) -> None:
    newcomer = register_person(username="new-one", full_name="何新", password="long-enough-1", by=world.system)
    places = {"organisation": {"organisation": world.organisations["owner"]}, "division": {"division": city}, "": {}}

    refused(grant_role, newcomer, role, **places[where], by=world.system, code="role_without_place")


def test_an_administrator_proposes_roles_only_inside_the_own_division(world: World, city: Division) -> None:
    other, district = Division.objects.get(code="9902"), Division.objects.get(code="990101")
    admin = world.people["admin"]
    newcomer = register_person(username="new-one", full_name="何新", password="long-enough-1", by=world.system)
    abroad = register_organisation(**NEW, division=other, by=world.system)

    forbidden(propose_role, newcomer, Role.OFFICER, division=other, by=admin, reason="任命")
    forbidden(propose_role, newcomer, Role.OFFICER, division=city.parent, by=admin, reason="任命")
    forbidden(propose_role, newcomer, Role.MAKER, organisation=abroad, by=admin, reason="任命")
    forbidden(end_role, world.people["other-officer"].grants.get(), by=world.people["security"])
    forbidden(register_organisation, **{**NEW, "uscc": "91440101MA5C000154"}, division=other, by=admin)
    proposal = propose_role(newcomer, Role.OFFICER, division=district, by=admin, reason="任命")
    grant_proposed_role(proposal, by=world.people["security"])
    assert RoleGrant.objects.get(user=newcomer).division == district


def test_a_new_person_with_a_role_sees_only_the_own_place(world: World) -> None:
    stranger = person(world, "east", Role.OFFICER, division=Division.objects.get(code="990101"))

    seen = Organisation.objects.visible_to(stranger)
    assert not seen.exists()
    assert Organisation.objects.visible_to(world.people["officer"]).filter(pk=world.organisations["owner"].pk).exists()
