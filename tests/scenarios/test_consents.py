"""Consents given and withdrawn, and the code by which a partner's user becomes a citizen without a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts.models import Event
from accounts.services.clients import issue_api_key
from accounts.signing import sign
from carbon_portal.story import World
from kernel import clock
from kernel.digest import sha256
from scenarios.models import Binding, Consent, Partner, PartnerLink, Scene
from scenarios.services import consents, people
from scenarios.services.partners import close_scene
from scenarios.states import Reason
from tests.citizens import OTHER, consented, interface, linked, operator, partner_of, registered, rides, verified
from tests.refusals import forbidden, refused

SECOND_USCC = "91440101MA5C000154"


def with_code(verb: Callable[..., Any], code: str) -> Any:
    """Return a verb with the typed code filled in."""
    call = partial(verb, code=code)
    call.verb_name = verb.verb_name  # type: ignore[attr-defined]
    return call


def scene(code: str = "ebike") -> Scene:
    return Scene.objects.get(code=code)


def test_a_consent_keeps_the_version_and_the_digest_of_what_was_read(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    given = consents.consent(citizen, scene(), partner, by=citizen.user)
    assert (given.version, given.text_digest) == ("EBIKE-1", sha256(scene().consent_text.encode()))
    assert given.covers_from == given.granted_at
    assert Event.objects.get(verb="scenarios.consent").data["version"] == "EBIKE-1"


def test_the_text_says_whose_the_reduction_is_and_how_to_withdraw(world: World) -> None:
    text = scene().consent_text
    for said in (
        "减排量归您所有",
        "按各人的克数返还",
        "撤回",
        "用户号、行程编号、开始和结束时间、里程",
        "不做信用评价",
    ):
        assert said in text


def test_without_a_real_name_there_is_no_consent(world: World) -> None:
    citizen, partner = registered(), partner_of(world)
    refused(consents.consent, citizen, scene(), partner, by=citizen.user, code="not_verified")
    refused(consents.binding_code, citizen, partner, by=citizen.user, code="not_verified")


def test_a_scene_that_is_closed_or_not_reported_takes_no_consent(world: World) -> None:
    citizen, partner = verified(), partner_of(world, "ebike-demo")
    refused(consents.consent, citizen, scene(), partner, by=citizen.user, code="scene_not_reported")
    close_scene(scene("ebike-demo"), by=operator(world), reason="演示结束")
    refused(consents.consent, citizen, scene("ebike-demo"), partner, by=citizen.user, code="scene_closed")
    Partner.objects.filter(pk=partner.pk).update(active=False)
    forbidden(consents.consent, citizen, scene(), Partner.objects.get(pk=partner.pk), by=citizen.user)


def test_only_a_scene_that_says_so_covers_history(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    before = clock.now() - timedelta(days=10)
    refused(consents.consent, citizen, scene(), partner, covers_from=before, by=citizen.user, code="no_history")
    ahead = clock.now() + timedelta(days=1)
    refused(
        consents.consent,
        citizen,
        scene("ebike-demo"),
        partner,
        covers_from=ahead,
        by=citizen.user,
        code="consent_period",
    )
    given = consents.consent(citizen, scene("ebike-demo"), partner, covers_from=before, by=citizen.user)
    assert given.covers_from == before


def test_a_scene_is_consented_to_once_until_it_is_withdrawn(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    given = consents.consent(citizen, scene(), partner, by=citizen.user)
    refused(consents.consent, citizen, scene(), partner, by=citizen.user, code="consent_given")
    consents.withdraw(given, by=citizen.user)
    refused(consents.withdraw, given, by=citizen.user, code="already_withdrawn")
    assert consents.consent(citizen, scene(), partner, by=citizen.user).pk != given.pk


def test_nobody_consents_or_withdraws_for_somebody_else(world: World) -> None:
    citizen, other, partner = verified(), verified(*OTHER), partner_of(world)
    given = consents.consent(citizen, scene(), partner, by=citizen.user)
    forbidden(consents.withdraw, given, by=other.user)
    forbidden(consents.withdraw, given, by=operator(world))
    forbidden(consents.consent, citizen, scene("ebike-demo"), partner, by=other.user)


def test_rides_after_the_withdrawal_are_refused_and_those_before_stay(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    now = clock.now()
    given = consented(citizen, partner, since=now - timedelta(days=30))
    assert rides(partner, [(now - timedelta(days=3), 20, 5_000)]).accepted == 1
    consents.withdraw(given, by=citizen.user)
    late = rides(partner, [(clock.now() + timedelta(minutes=1), 20, 5_000)])
    assert (late.accepted, late.refusals.get().code) == (0, Reason.BEFORE_CONSENT)
    citizen.carbon.refresh_from_db()
    assert citizen.carbon.acts == 1


def test_a_code_links_a_partners_user_once(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    assert len(code) == 8
    assert code not in Binding.objects.get().code_blind
    made = consents.link(partner, code=f" {code[:4].lower()}-{code[4:]}", subject="ride-77", by=interface(partner))
    assert (made.citizen, made.subject) == (citizen, "ride-77")
    refused(with_code(consents.link, code), partner, subject="ride-78", by=interface(partner), code="code_used")
    refused(consents.binding_code, citizen, partner, by=citizen.user, code="citizen_linked")


def test_a_code_ends_after_a_quarter_of_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    later = clock.real_now() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    refused(with_code(consents.link, code), partner, subject="a", by=interface(partner), code="code_expired")


def test_a_code_for_another_partner_or_a_guess_links_nobody(world: World) -> None:
    citizen, partner, second = verified(), partner_of(world), partner_of(world, uscc=SECOND_USCC)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    refused(with_code(consents.link, code), second, subject="a", by=interface(second), code="code_unknown")
    refused(with_code(consents.link, "AAAAAAAA"), partner, subject="a", by=interface(partner), code="code_unknown")
    forbidden(with_code(consents.link, code), partner, subject="a", by=interface(second))
    assert not PartnerLink.objects.exists()


def test_who_guesses_too_often_has_to_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    monkeypatch.setattr(consents, "TRIES_PER_HOUR", 2)
    for guess in ("AAAAAAAA", "BBBBBBBB"):
        refused(with_code(consents.link, guess), partner, subject="a", by=interface(partner), code="code_unknown")
    refused(with_code(consents.link, code), partner, subject="a", by=interface(partner), code="too_many_tries")


def test_a_partners_number_stands_for_one_citizen(world: World) -> None:
    citizen, other, partner = verified(), verified(*OTHER), partner_of(world)
    linked(citizen, partner, "ride-77")
    code = consents.binding_code(other, partner, by=other.user)
    refused(with_code(consents.link, code), partner, subject="ride-77", by=interface(partner), code="subject_linked")
    people.close_account(other, by=other.user)
    refused(with_code(consents.link, code), partner, subject="b", by=interface(partner), code="not_verified")


@pytest.mark.parametrize("subject", ["", "x" * 81, "a\x00b", "a\nb"])
def test_a_number_that_cannot_be_printed_is_refused(world: World, subject: str) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    refused(with_code(consents.link, code), partner, subject=subject, by=interface(partner), code="bad_subject")


def post(user: Any, body: Any) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.post("/api/v1/links", body, content_type="application/json")


def test_a_partner_links_over_http_and_learns_no_name_and_no_account(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    answer = post(interface(partner), {"code": code, "subject": "ride-77"})
    assert (answer.status_code, answer.json()["subject"]) == (201, "ride-77")
    assert answer.json().keys() == {"subject", "linked_at"}
    again = post(interface(partner), {"code": code, "subject": "ride-78"})
    assert (again.status_code, again.json()["code"]) == (409, "code_used")


def test_who_is_no_partner_links_nobody(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    code = consents.binding_code(citizen, partner, by=citizen.user)
    for user in (None, citizen.user, world.people["owner-maker"]):
        assert post(user, {"code": code, "subject": "x"}).status_code in (401, 403)
    assert post(interface(partner), {"code": code}).status_code == 400
    assert not PartnerLink.objects.exists()
    assert not Consent.objects.exists()


def test_a_signed_request_links_for_the_organisation_its_key_was_issued_to(world: World) -> None:
    citizen, partner = verified(), partner_of(world)
    issued = issue_api_key(partner.organisation, interface(partner), by=world.people["security"])
    body = json.dumps({"code": consents.binding_code(citizen, partner, by=citizen.user), "subject": "ride-9"}).encode()
    path = "/api/v1/links"
    headers = sign(issued.key.key_id, issued.secret, "POST", path, body)
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["subject"]) == (201, "ride-9")
    assert PartnerLink.objects.get().citizen == citizen
    replayed = Client().post(path, body, content_type="application/json", headers=headers)
    assert replayed.status_code == 401
