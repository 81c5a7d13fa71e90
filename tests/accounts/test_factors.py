"""A second factor that was lost: who asks, who confirms, what is gone afterwards, and who is told."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from accounts.models import SecondFactorReset, User
from accounts.services.factors import ask_second_factor_reset, refuse_second_factor_reset, reset_second_factor
from accounts.states import ResetState
from carbon_portal.story import World
from office.services.messages import send_waiting
from tests.refusals import forbidden, refused
from tests.stages import give, person
from tests.worlds import last_event

ASKED, RESETS = "/manage/accounts/persondeskrow/", "/manage/accounts/secondfactorreset/"


@pytest.fixture
def officer(world: World) -> User:
    """An officer with an app and codes on paper."""
    user = world.people["officer"]
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "s", "used_mask": 0})
    return user


def asked(world: World, user: User) -> SecondFactorReset:
    """The security administrator asks."""
    return ask_second_factor_reset(user, by=world.people["security"], reason="手机丢失，已当面核对证件")


def test_another_administrator_takes_it_away_and_the_person_is_told(world: World, officer: User) -> None:
    officer.email = "officer@example.cn"
    officer.save(update_fields=["email"])
    there = Client()
    there.post("/login/demo/", {"username": "officer"})
    assert there.get("/manage/").status_code == 200

    done = reset_second_factor(asked(world, officer), by=world.people["admin"])

    assert (done.state, done.closed_by) == (ResetState.DONE, world.people["admin"])
    assert not Authenticator.objects.filter(user=officer).exists()
    assert not UserSession.objects.filter(user=officer).exists()
    assert there.get("/manage/").status_code == 302
    event = last_event(verb="accounts.reset_second_factor", object_type="accounts.user")
    assert (event.actor, event.object_id) == (world.people["admin"], officer.pk)
    send_waiting()
    assert "已由管理员重置" in mail.outbox[0].body
    again = Client()
    again.post("/login/", {"username": "officer", "password": "Qinglan-demo-1"})
    assert "由 钟岚 重置" in again.get("/account/2fa/start/").content.decode()


def test_nobody_resets_alone(world: World, officer: User) -> None:
    reset = asked(world, officer)
    system = person(world, "system-two", "SYSADMIN", division=world.people["admin"].grants.get().division)
    forbidden(reset_second_factor, reset, by=world.people["security"])
    forbidden(ask_second_factor_reset, officer, by=system, reason="x")


def test_one_who_moved_to_the_other_desk_does_not_confirm_what_he_asked(world: World, officer: User) -> None:
    reset, security = asked(world, officer), world.people["security"]
    grant = security.grants.get()
    grant.delete()
    give(world, security, "SYSADMIN", division=grant.division)
    refused(reset_second_factor, reset, by=security, code="same_person")


def test_nobody_asks_for_himself_without_a_reason_twice_or_for_nothing(world: World, officer: User) -> None:
    security = world.people["security"]
    refused(ask_second_factor_reset, world.people["reviewer"], by=security, reason="x", code="no_second_factor")
    refused(ask_second_factor_reset, officer, by=security, reason=" ", code="no_reason")
    Authenticator.objects.create(user=security, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    refused(ask_second_factor_reset, security, by=security, reason="x", code="own_reset")
    asked(world, officer)
    refused(ask_second_factor_reset, officer, by=security, reason="x", code="reset_asked")


def test_it_is_asked_for_people_of_the_division_only(world: World) -> None:
    elsewhere = world.people["other-officer"]
    Authenticator.objects.create(user=elsewhere, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    forbidden(ask_second_factor_reset, elsewhere, by=world.people["security"], reason="x")


def test_a_refused_request_leaves_the_second_factor(world: World, officer: User) -> None:
    reset = refuse_second_factor_reset(asked(world, officer), by=world.people["admin"], reason="身份没有核实")
    assert reset.state == ResetState.REFUSED
    assert Authenticator.objects.filter(user=officer).count() == 2
    refused(reset_second_factor, reset, by=world.people["admin"], code="wrong_state")


def test_the_desks_lead_from_asking_to_confirming(world: World, officer: User) -> None:
    security, admin = Client(), Client()
    security.force_login(world.people["security"])
    admin.force_login(world.people["admin"])
    assert "other-officer" not in security.get(ASKED).content.decode()
    assert admin.get(ASKED).status_code == 403
    assert (
        security.post(f"{ASKED}{officer.pk}/press/ask_second_factor_reset/", {"reason": "手机丢失"}).status_code == 302
    )
    reset = SecondFactorReset.objects.get()
    assert security.get(RESETS).status_code == 403
    assert "陈立" in admin.get(RESETS).content.decode()
    assert admin.post(f"{RESETS}{reset.pk}/press/reset_second_factor/").status_code == 302
    assert not Authenticator.objects.filter(user=officer).exists()
