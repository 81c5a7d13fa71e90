"""Three administrators who share nothing: one proposes people, one grants, one looks on."""

from __future__ import annotations

from itertools import combinations

import pytest
from django.test import Client

from accounts.models import Division, RoleGrant, RoleProposal, User
from accounts.roles import ADMINISTRATORS, VERBS, Role
from accounts.services.people import (
    end_role,
    grant_proposed_role,
    grant_role,
    propose_role,
    refuse_proposed_role,
    register_person,
)
from accounts.states import ProposalState
from carbon_portal.story import World
from tests.refusals import forbidden, refused
from tests.stages import give
from tests.worlds import last_event


@pytest.fixture
def city(db: None) -> Division:
    """The demo city."""
    return Division.objects.get(code="9901")


@pytest.fixture
def newcomer(world: World) -> User:
    """Somebody without a role."""
    return register_person(username="new-one", full_name="何新", password="long-enough-1", by=world.people["admin"])


@pytest.mark.parametrize("pair", list(combinations(sorted(ADMINISTRATORS), 2)))
def test_no_two_administrators_share_a_verb(pair: tuple[str, str]) -> None:
    assert VERBS[pair[0]] & VERBS[pair[1]] == frozenset()
    assert all(VERBS[role] for role in pair)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_no_administrator_decides_a_case_or_moves_a_unit(role: str) -> None:
    """Administrators keep the system; the office's work is other people's."""
    assert {verb.partition(".")[0] for verb in VERBS[role]} <= {"accounts", "office", "certificates"}


@pytest.mark.parametrize("pair", list(combinations(sorted(ADMINISTRATORS), 2)))
def test_nobody_is_two_administrators_at_once(
    world: World, city: Division, newcomer: User, pair: tuple[str, str]
) -> None:
    grant_role(newcomer, pair[0], division=city, by=world.system)
    refused(grant_role, newcomer, pair[1], division=city, by=world.system, code="one_administrator")
    end_role(RoleGrant.objects.get(user=newcomer), by=world.people["security"])
    grant_role(newcomer, pair[1], division=city, by=world.system)


def test_a_role_proposed_is_no_role_until_it_is_granted(world: World, city: Division, newcomer: User) -> None:
    proposal = propose_role(newcomer, Role.OFFICER, division=city, by=world.people["admin"], reason="任命文件 1 号")
    assert newcomer.verbs() == set()

    granted = grant_proposed_role(proposal, by=world.people["security"])

    assert "projects.accept" in newcomer.verbs()
    assert (granted.state, granted.grant) == (ProposalState.GRANTED, newcomer.grants.get())
    assert granted.grant is not None
    assert granted.grant.granted_by == world.people["security"]
    event = last_event(verb="accounts.grant_role")
    assert (event.actor, event.reason) == (world.people["security"], "任命文件 1 号")
    refused(grant_proposed_role, proposal, by=world.people["security"], code="wrong_state")


def test_who_proposes_does_not_grant_and_who_grants_does_not_propose(
    world: World, city: Division, newcomer: User
) -> None:
    admin, security = world.people["admin"], world.people["security"]
    proposal = propose_role(newcomer, Role.OFFICER, division=city, by=admin, reason="任命")
    forbidden(grant_proposed_role, proposal, by=admin)
    forbidden(grant_role, newcomer, Role.OFFICER, division=city, by=security)
    forbidden(grant_role, newcomer, Role.OFFICER, division=city, by=admin)
    forbidden(propose_role, newcomer, Role.REVIEWER, division=city, by=security, reason="任命")
    admin.grants.get().delete()
    give(world, admin, Role.SECURITY_ADMIN, division=city)
    refused(grant_proposed_role, proposal, by=admin, code="same_person")


def test_nobody_proposes_himself_without_a_reason_or_twice(world: World, city: Division, newcomer: User) -> None:
    admin = world.people["admin"]
    refused(propose_role, admin, Role.OFFICER, division=city, by=admin, reason="任命", code="own_role")
    refused(propose_role, newcomer, Role.OFFICER, division=city, by=admin, reason=" ", code="no_reason")
    refused(propose_role, newcomer, Role.OFFICER, by=admin, reason="任命", code="role_without_place")
    propose_role(newcomer, Role.OFFICER, division=city, by=admin, reason="任命")
    refused(propose_role, newcomer, Role.OFFICER, division=city, by=admin, reason="任命", code="role_proposed")
    refused(
        propose_role, world.people["officer"], Role.OFFICER, division=city, by=admin, reason="任命", code="role_held"
    )


def test_a_refused_proposal_gives_nothing(world: World, city: Division, newcomer: User) -> None:
    proposal = propose_role(newcomer, Role.OFFICER, division=city, by=world.people["admin"], reason="任命")
    refuse_proposed_role(proposal, by=world.people["security"], reason="没有任命文件")
    assert not newcomer.grants.exists()
    refused(grant_proposed_role, proposal, by=world.people["security"], code="wrong_state")


def test_the_rules_of_roles_hold_when_a_proposal_is_granted(world: World, city: Division) -> None:
    admin, security = world.people["admin"], world.people["security"]
    for who, role, code in (
        ("owner-maker", Role.OFFICER, "official_may_not_trade"),
        ("auditor", Role.OFFICER, "auditor_alone"),
        ("officer", Role.AUDITOR, "auditor_alone"),
    ):
        proposal = propose_role(world.people[who], role, division=city, by=admin, reason="任命")
        refused(grant_proposed_role, proposal, by=security, code=code)
        assert RoleProposal.objects.get(pk=proposal.pk).state == ProposalState.PROPOSED


def test_the_desks_lead_from_proposing_to_granting(world: World, newcomer: User) -> None:
    admin, security, officer = Client(), Client(), Client()
    for client, who in ((admin, "admin"), (security, "security"), (officer, "officer")):
        client.force_login(world.people[who])
    desk = "/manage/accounts/roleproposal/"
    form = {"username": "new-one", "role": "OFFICER", "division": "9901", "reason": "任命文件"}
    assert officer.get(desk).status_code == security.get(f"{desk}propose/").status_code == 403
    assert "没有这个用户名" in admin.post(f"{desk}propose/", form | {"username": "nobody"}).content.decode()
    assert "没有这个区划代码" in admin.post(f"{desk}propose/", form | {"division": "0"}).content.decode()
    assert admin.post(f"{desk}propose/", form | {"division": "9902"}).status_code == 403
    assert admin.post(f"{desk}propose/", form).status_code == 302
    proposal = RoleProposal.objects.get()
    assert "何新" in security.get(desk).content.decode()
    assert admin.post(f"{desk}{proposal.pk}/press/grant_proposed_role/").status_code == 403
    assert security.post(f"{desk}{proposal.pk}/press/grant_proposed_role/").status_code == 302
    assert newcomer.grants.get().role == "OFFICER"
    grants = "/manage/accounts/rolegrantdeskrow/"
    assert admin.get(grants).status_code == 403
    press = f"{grants}{newcomer.grants.get().pk}/press/end_role/"
    assert security.post(press, {"reason": "调离"}).status_code == 302
    assert newcomer.verbs() == set()
