"""Sign-in by a code on the telephone, page by page and without script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Event, SmsCode, User
from accounts.personal import blind
from accounts.roles import Role
from carbon_portal.story import World
from kernel import clock
from tests.refusals import nothing_changed
from tests.stages import give, person
from tests.worlds import last_event

PAGE = "/login/phone/"
PHONE = "13800001234"


@pytest.fixture
def rider(world: World) -> User:
    """Somebody of the public with a telephone."""
    user = person(world, "rider", Role.CITIZEN)
    user.phone_blind = blind("phone", PHONE)
    user.save(update_fields=["phone_blind"])
    return user


def ask(client: Client, phone: str = PHONE, **more: str) -> Any:
    """Ask for a code."""
    return client.post(PAGE, {"phone": phone, **more})


def enter(client: Client, code: str, phone: str = PHONE, **more: str) -> Any:
    """Type the code."""
    return client.post(PAGE, {"phone": phone, "code": code, **more})


def shown(answer: Any) -> str:
    """Return the code the demo's page shows."""
    code = str(answer.context["shown"])
    assert f'id="shown-code">{code}<' in answer.content.decode()
    return code


def signed_in(client: Client) -> bool:
    """Tell whether the client has a session of somebody."""
    return "_auth_user_id" in client.session


def test_a_person_signs_in_with_the_code_and_goes_where_they_wanted(rider: User) -> None:
    client = Client()
    assert f"{PAGE}?next=/methods/" in client.get("/login/?next=/methods/").content.decode()

    page = ask(client, "138 0000 1234", next="/methods/")

    assert "138****1234" in page.content.decode() or "演示" in page.content.decode()
    assert page.context["next"] == "/methods/"
    answer = enter(client, shown(page), "138 0000 1234", next="/methods/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/methods/")
    assert client.session["_auth_user_id"] == str(rider.pk)
    event = last_event(verb="accounts.enter_by_code")
    assert (event.actor, event.outcome, event.door) == (rider, Event.Outcome.DONE, "page")
    assert client.get(PAGE).status_code == 302


def test_nobody_is_sent_to_another_site(rider: User) -> None:
    client = Client()
    answer = enter(client, shown(ask(client)), next="https://elsewhere.example/")

    assert answer.headers["Location"] == "/"


def test_an_unknown_number_and_a_wrong_code_are_told_the_same(rider: User) -> None:
    client, other = Client(), "13900001234"
    code, for_other = shown(ask(client)), shown(ask(client, other))
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    answers = [enter(client, wrong), enter(client, for_other, other), enter(client, for_other, other)]

    texts = {str(answer.context["refusal"].message) for answer in answers}
    assert len(texts) == 1
    assert {(answer.status_code, answer.context["refusal"].code) for answer in answers} == {(409, "bad_login")}
    assert not signed_in(client)
    codes = Event.objects.filter(verb="accounts.enter_by_code").values_list("code", flat=True)
    assert list(codes) == ["bad_code", "phone_unknown", "bad_code"]
    assert all(PHONE not in str(vars(event)) and other not in str(vars(event)) for event in Event.objects.all()[:10])


def test_the_pages_for_a_known_and_an_unknown_number_look_alike(rider: User) -> None:
    pages = [ask(Client(), phone) for phone in (PHONE, "13900001234")]

    texts = set()
    for page, phone in zip(pages, (PHONE, "13900001234"), strict=True):
        main = page.content.decode().partition("<main")[2].partition("</main>")[0]  # above it the demo's clock ticks
        text = re.sub(r'(csrfmiddlewaretoken" value=)"[^"]+"', r"\1", main)
        for own in (shown(page), phone, f"{phone[:3]}****{phone[-4:]}"):
            text = text.replace(own, "")
        texts.add(text)
    assert len(texts) == 1
    assert "form" in texts.pop()
    assert {page.status_code for page in pages} == {200}


def test_after_five_wrong_codes_the_right_one_is_refused(rider: User) -> None:
    client = Client()
    code = shown(ask(client))
    for _try in range(5):
        enter(client, f"{(int(code) + 1) % 10**6:06d}")

    answer = enter(client, code)

    assert (answer.status_code, answer.context["refusal"].code) == (409, "too_many_tries")
    assert not signed_in(client)


def test_a_second_code_within_a_minute_leaves_the_first_to_be_typed(rider: User) -> None:
    client = Client()
    code = shown(ask(client))

    again = ask(client)

    assert (again.status_code, again.context["refusal"].code) == (409, "too_soon")
    assert again.content.decode().count('role="alert"') == 1
    assert 'name="code"' in again.content.decode()
    assert enter(client, code).status_code == 302


@pytest.mark.parametrize("phone", ["12345", "", "x" * 31])
def test_a_number_that_is_none_is_sent_nothing(world: World, phone: str) -> None:
    with nothing_changed():
        answer = ask(Client(), phone)
    assert answer.status_code in {400, 409}
    assert 'role="alert"' in answer.content.decode()


def test_an_old_code_is_told_to_be_old(rider: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    code = shown(ask(client))
    later = clock.real_now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "real_now", lambda: later)

    answer = enter(client, code)

    assert answer.context["refusal"].code == "code_expired"


@pytest.mark.parametrize("role", [Role.MAKER, Role.OFFICER])
def test_a_code_alone_opens_no_company_and_no_office(world: World, rider: User, role: Role) -> None:
    user = rider
    if role == Role.MAKER:
        give(world, user, role, organisation=world.organisations["owner"])
    else:
        rider.phone_blind = None
        rider.save(update_fields=["phone_blind"])
        user = world.people["officer"]
        User.objects.filter(pk=user.pk).update(phone_blind=blind("phone", PHONE))
    client = Client()

    answer = enter(client, shown(ask(client)))

    assert answer.context["refusal"].code == "bad_login"
    assert not signed_in(client)


def test_outside_a_demo_the_page_shows_no_code(rider: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SMS_ADAPTER = "tests.accounts.test_codes.Gateway"

    answer = ask(Client())

    assert answer.context["shown"] == ""
    assert "shown-code" not in answer.content.decode()
    assert SmsCode.objects.count() == 1


def test_the_person_who_left_does_not_come_in(rider: User) -> None:
    client = Client()
    code = shown(ask(client))
    User.objects.filter(pk=rider.pk).update(is_active=False)

    assert enter(client, code).context["refusal"].code == "bad_login"
