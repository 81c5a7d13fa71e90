"""Registering, the real name, coming back, and an account that is closed for good."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts.models import Event, User
from accounts.services.people import portal_user
from carbon_portal.story import World
from kernel import clock
from kernel.rules import RuleViolation
from scenarios import identity
from scenarios.models import Act, CarbonAccount, Citizen, Consent, Identity
from scenarios.services import people
from scenarios.states import CitizenState
from tests.citizens import (
    IDENTITY_NO,
    NAME,
    OTHER,
    PHONE,
    code_for,
    identity_no,
    operator,
    registered,
    rider,
    rides,
    verified,
)
from tests.refusals import forbidden, refused


def with_code(verb: Callable[..., Any], code: str) -> Any:
    """Return a verb with the code from the phone filled in."""
    call = partial(verb, code=code)
    call.verb_name = verb.verb_name  # type: ignore[attr-defined]
    return call


def test_a_phone_opens_an_account_that_waits_for_the_real_name(world: World) -> None:
    citizen = registered()
    assert (citizen.state, citizen.number) == (CitizenState.UNVERIFIED, f"GR{citizen.pk:08d}")
    assert (citizen.carbon.balance_mg, citizen.carbon.acts) == (0, 0)
    assert people.person(citizen).phone == PHONE
    assert not citizen.user.has_usable_password()
    assert citizen.user.grants.get().role == "CITIZEN"
    event = Event.objects.get(verb="scenarios.register_citizen")
    assert (event.actor, event.object_label) == (portal_user(), citizen.number)


def test_one_phone_has_one_account(world: World) -> None:
    registered()
    code = code_for(PHONE)
    refused(with_code(people.register, code), phone=PHONE, by=portal_user(), code="phone_known")


def test_a_wrong_code_opens_nothing(world: World) -> None:
    code = code_for(PHONE)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(RuleViolation):
        people.register(phone=PHONE, code=wrong, by=portal_user())
    assert not Citizen.objects.filter(user__phone_blind__isnull=False).exists()


@pytest.mark.parametrize("phone", ["1380013800", "23800138000", "138001380000", "１３８００１３８０００x", ""])
def test_what_is_no_mobile_number_is_refused_in_words(world: World, phone: str) -> None:
    refusal = refused(with_code(people.register, "123456"), phone=phone, by=portal_user(), code="bad_phone")
    assert "11" in str(refusal.message)


def test_nobody_but_the_portal_registers_people(world: World) -> None:
    forbidden(with_code(people.register, code_for(PHONE)), phone=PHONE, by=world.people["officer"])


def test_only_an_open_account_is_known_by_its_phone(world: World) -> None:
    citizen = registered()
    assert people.is_known("+86 138-0013-8000")
    assert not people.is_known(OTHER[0])
    people.close_account(citizen, by=citizen.user)
    assert not people.is_known(PHONE)


def test_the_real_name_opens_the_account_and_is_kept_sealed(world: World) -> None:
    citizen = verified()
    kept = citizen.identity
    assert citizen.state == CitizenState.ACTIVE
    assert people.person(citizen) == (NAME, PHONE, IDENTITY_NO)
    assert (citizen.user.full_name, kept.service) == ("林*华", "演示核验")
    assert not {NAME, IDENTITY_NO} & {kept.name, kept.identity_no}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM accounts_event e")
        told = cursor.fetchone()[0]
    assert NAME not in told
    assert IDENTITY_NO not in told


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        ("林", IDENTITY_NO, "bad_name"),
        ("**", IDENTITY_NO, "bad_name"),
        (NAME, "420106199003070017", "bad_identity_no"),
        (NAME, "42010619900307001", "bad_identity_no"),
        ("名字不符", IDENTITY_NO, "identity_differs"),
    ],
)
def test_a_name_that_does_not_belong_is_refused(world: World, name: str, number: str, code: str) -> None:
    citizen = registered()
    refused(people.verify_identity, citizen, name=name, identity_no=number, by=citizen.user, code=code)
    assert Citizen.objects.get(pk=citizen.pk).state == CitizenState.UNVERIFIED


def test_a_child_under_14_needs_a_guardian_and_the_birthday_itself_does_not(world: World) -> None:
    today = clock.today()
    fourteen = today.replace(year=today.year - 14)
    citizen = registered()
    young = identity_no(f"420106{fourteen + timedelta(days=1):%Y%m%d}001")
    refusal = refused(
        people.verify_identity, citizen, name="小明明", identity_no=young, by=citizen.user, code="needs_guardian"
    )
    assert "监护人" in str(refusal.message)
    old_enough = identity_no(f"420106{fourteen:%Y%m%d}001")
    citizen = people.verify_identity(citizen, name="小明明", identity_no=old_enough, by=citizen.user)
    assert citizen.state == CitizenState.ACTIVE


def test_one_person_has_one_account(world: World) -> None:
    verified()
    second = registered(OTHER[0])
    refusal = refused(
        people.verify_identity, second, name=NAME, identity_no=IDENTITY_NO, by=second.user, code="identity_known"
    )
    assert IDENTITY_NO not in str(refusal.message)


def test_nobody_is_verified_twice_or_for_somebody_else(world: World) -> None:
    citizen, other = verified(), registered(OTHER[0])
    refused(people.verify_identity, citizen, name=OTHER[1], identity_no=OTHER[2], by=citizen.user, code="wrong_state")
    forbidden(people.verify_identity, other, name=OTHER[1], identity_no=OTHER[2], by=citizen.user)


def test_without_an_identity_service_nobody_is_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "identity_service", lambda: None)
    citizen = registered()
    refused(
        people.verify_identity,
        citizen,
        name=NAME,
        identity_no=IDENTITY_NO,
        by=citizen.user,
        code="no_identity_service",
    )


def test_outside_a_demo_there_is_no_demo_service(settings: Any) -> None:
    settings.DEMO = settings.TESTING = False
    assert identity.identity_service() is None


def everything_stored() -> str:
    """Return the text of every row of every table, and what the sessions hold."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM {table} t")
            texts.append(cursor.fetchone()[0] or "")
    for session in Session.objects.all():
        head = session.session_data.split(":")[0]
        packed = base64.urlsafe_b64decode(head.lstrip(".") + "=" * (-len(head.lstrip(".")) % 4))
        texts.append((zlib.decompress(packed) if head.startswith(".") else packed).decode())
    return "\n".join(texts)


def test_after_closing_nothing_stored_says_who_it_was_and_the_books_stand(world: World) -> None:
    citizen, partner = rider(world)
    client = Client()
    client.force_login(citizen.user)
    client.get("/me/")
    acts = list(Act.objects.order_by("pk").values())
    balance = CarbonAccount.objects.filter(citizen=citizen).values().get()

    closed = people.close_account(citizen, by=citizen.user, reason="搬家")
    stored = everything_stored()
    assert not [word for word in (PHONE, NAME, IDENTITY_NO) if word in stored]
    for sealed in (citizen.identity.phone, citizen.identity.name, citizen.identity.identity_no):
        assert sealed not in stored
    assert (closed.state, closed.closed_at is not None) == (CitizenState.CLOSED, True)
    user = User.objects.get(pk=citizen.user_id)
    assert (user.full_name, user.is_active, user.phone_blind) == ("已注销用户", False, None)
    assert not user.grants_now().exists()
    assert not Consent.objects.open().filter(citizen=citizen).exists()
    assert list(Act.objects.order_by("pk").values()) == acts
    assert CarbonAccount.objects.filter(citizen=citizen).values().get() == balance
    assert client.get("/me/").status_code == 302  # the session opens nothing any more

    late = rides(partner, [(clock.now() - timedelta(days=2), 20, 3_000)])
    assert (late.accepted, late.refusals.get().code) == (0, "account_closed")


def test_the_scan_of_everything_would_find_an_open_account(world: World) -> None:
    citizen = verified()
    User.objects.filter(pk=citizen.user_id).update(full_name=NAME)
    assert NAME in everything_stored()


def test_a_closed_account_stays_closed_and_the_person_may_open_a_new_one(world: World) -> None:
    citizen = verified()
    people.close_account(citizen, by=citizen.user)
    forbidden(people.close_account, citizen, by=User.objects.get(pk=citizen.user_id))
    again = verified()
    assert again.pk != citizen.pk
    assert Identity.objects.get(citizen=citizen).erased_at is not None


def test_nobody_closes_somebody_elses_account(world: World) -> None:
    citizen, other = verified(), registered(OTHER[0])
    forbidden(people.close_account, citizen, by=other.user)
    forbidden(people.close_account, citizen, by=operator(world))


def test_whoever_looks_at_a_person_leaves_who_and_why(world: World) -> None:
    citizen, staff = verified(), operator(world)
    refused(people.unmask, citizen, by=staff, reason=" ", code="no_reason")
    assert people.unmask(citizen, by=staff, reason="来电找回账户") == (NAME, PHONE, IDENTITY_NO)
    event = Event.objects.filter(verb="scenarios.unmask", outcome="DONE").get()
    assert (event.actor, event.reason, event.object_label) == (staff, "来电找回账户", citizen.number)
    assert PHONE not in str(event.data)
    forbidden(people.unmask, citizen, by=world.people["officer"], reason="好奇")
    people.close_account(citizen, by=citizen.user)
    refused(people.unmask, Citizen.objects.get(pk=citizen.pk), by=staff, reason="来电", code="account_closed")
