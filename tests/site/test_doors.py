"""The way in: both factors for people of the bureau, five tries, one's sessions, idle people, registering, the demo's click."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import SignInTry, SmsCode, User
from accounts.passwords import kinds_in
from accounts.services.entering import demo_person
from carbon_portal.story import World
from kernel import clock
from kernel.rules import RuleViolation
from tests.codes import app_code
from tests.worlds import last_event

SECRET = re.compile(r'id="secret">([A-Z2-7]{32})<')


def sign_in(client: Client, username: str, password: str = "") -> Any:
    """Type name and password."""
    return client.post("/login/", {"username": username, "password": password or settings.DEMO_PASSWORD})


def enrol(client: Client) -> str:
    """Read the secret off the page and type the app's first code; gives the secret."""
    found = SECRET.search(client.get("/account/2fa/totp/activate/").content.decode())
    assert found is not None
    answer = client.post("/account/2fa/totp/activate/", {"code": app_code(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def test_a_password_alone_opens_no_desk_no_page_and_no_address_of_the_api(world: World, client: Client) -> None:
    assert sign_in(client, "officer").status_code == 302
    for path in ("/manage/", "/", "/owner/", "/registry/"):
        assert client.get(path)["Location"].startswith("/account/2fa/start/"), path
    answer = client.get("/api/v1/holdings")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_missing")
    assert "先设置第二因素" in client.get("/account/2fa/start/").content.decode()


def test_a_post_without_the_second_factor_does_nothing(world: World, client: Client) -> None:
    sign_in(client, "officer")
    before = world.people["officer"].grants_now().count()
    answer = client.post("/manage/projects/acceptancedeskrow/1/press/accept/", {"reason": "x"})
    assert answer["Location"] == "/account/2fa/start/"
    assert world.people["officer"].grants_now().count() == before


def test_an_officer_sets_up_an_app_and_has_codes_for_paper(world: World, client: Client) -> None:
    sign_in(client, "officer")
    secret = enrol(client)
    codes = client.get("/account/2fa/recovery-codes/").content.decode()
    assert codes.count('<li class="mono">') == 10
    assert client.get("/manage/").status_code == 200
    assert last_event(verb="accounts.set_up_second_factor").actor == world.people["officer"]
    kept = Authenticator.objects.get(user=world.people["officer"], type="totp").data["secret"]
    assert secret not in kept
    assert kept.startswith("1.")


def test_the_second_day_asks_for_the_code_and_takes_it_once(world: World) -> None:
    first = Client()
    sign_in(first, "officer")
    secret = enrol(first)
    second, code = Client(), app_code(secret, later=1)
    assert sign_in(second, "officer")["Location"] == "/account/2fa/authenticate/"
    assert second.get("/manage/")["Location"].startswith("/manage/login/")
    assert second.post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    assert second.get("/manage/").status_code == 200
    assert last_event(verb="accounts.sign_in").data["steps"] == ["mfa", "password"]
    third = Client()
    sign_in(third, "officer")
    assert "验证码不对" in third.post("/account/2fa/authenticate/", {"code": code}).content.decode()
    assert third.get("/manage/").status_code == 302


def test_a_recovery_code_opens_once(world: World) -> None:
    first = Client()
    sign_in(first, "officer")
    enrol(first)
    paper = re.findall(r'<li class="mono">(\w+)</li>', first.get("/account/2fa/recovery-codes/").content.decode())
    for client, works in ((Client(), True), (Client(), False)):
        sign_in(client, "officer")
        client.post("/account/2fa/authenticate/", {"code": paper[0]})
        assert (client.get("/manage/").status_code == 200) is works


def test_an_officer_cannot_switch_the_second_factor_off(world: World, client: Client) -> None:
    sign_in(client, "officer")
    enrol(client)
    said = client.post("/account/2fa/totp/deactivate/").content.decode()
    assert "主管部门人员和个人持有人必须有第二因素" in said
    assert Authenticator.objects.filter(user=world.people["officer"], type="totp").exists()


def test_five_wrong_passwords_close_the_door_for_half_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for the right one, and the page says when it opens; every refusal is an event."""
    for _try in range(5):
        assert "用户名或密码不对" in sign_in(Client(), "officer", "wrong").content.decode()
    closed = sign_in(Client(), "officer").content.decode()
    assert re.search(r"连续 5 次输错.*\d\d:\d\d 以后可以再试", closed)
    assert last_event(verb="accounts.sign_in").code == "locked_out"
    assert sign_in(Client(), "owner-maker").status_code == 302  # others come in
    now = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(minutes=30, seconds=1))
    assert sign_in(Client(), "officer").status_code == 302
    assert not SignInTry.objects.filter(at__gt=now - timedelta(seconds=1)).exists()


def test_a_name_nobody_has_is_closed_alike(world: World) -> None:
    """So that nobody learns who there is; and the name typed is kept nowhere."""
    for _try in range(5):
        assert "用户名或密码不对" in sign_in(Client(), "nobody", "wrong").content.decode()
    assert "连续 5 次输错" in sign_in(Client(), "nobody", "wrong").content.decode()
    assert not SignInTry.objects.filter(name_blind__contains="nobody").exists()


def test_a_right_password_starts_the_count_afresh(world: World) -> None:
    for _round in range(2):
        for _try in range(4):
            sign_in(Client(), "owner-maker", "wrong")
        assert sign_in(Client(), "owner-maker").status_code == 302


def test_five_wrong_codes_close_the_door_too(world: World) -> None:
    first = Client()
    sign_in(first, "officer")
    secret = enrol(first)
    second = Client()
    sign_in(second, "officer")
    for _try in range(5):
        assert "验证码不对" in second.post("/account/2fa/authenticate/", {"code": "000000"}).content.decode()
    said = second.post("/account/2fa/authenticate/", {"code": app_code(secret, later=1)}).content.decode()
    assert "连续 5 次输错" in said
    assert second.get("/manage/").status_code == 302


def test_the_admins_own_log_in_leads_to_ours(world: World, client: Client) -> None:
    """It would ask for the password only, and count nothing."""
    answer = client.post("/manage/login/", {"username": "officer", "password": settings.DEMO_PASSWORD})
    assert answer.status_code == 405
    assert client.get("/manage/login/?next=/manage/")["Location"] == "/login/?next=%2Fmanage%2F"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("who", "minutes"), [("officer", 30), ("owner-maker", 480)])
def test_who_does_nothing_is_logged_out(world: World, client: Client, who: str, minutes: int) -> None:
    client.force_login(world.people[who])
    for idle, still_in in ((minutes * 60 - 5, True), (minutes * 60 + 5, False)):
        client.get("/about/")
        session = client.session
        session["seen_at"] = session["seen_at"] - idle
        session.save()
        page = client.get("/about/").content.decode()
        assert ("_auth_user_id" in client.session) is still_in
    assert f"{minutes} 分钟没有操作" in page


def test_one_sees_where_one_is_signed_in_and_ends_a_session(world: World) -> None:
    here, there = Client(headers={"user-agent": "Desk"}), Client(headers={"user-agent": "Elsewhere"})
    for client in (here, there):
        sign_in(client, "owner-maker")
    page = here.get("/account/sessions/").content.decode()
    assert "Desk" in page
    assert "Elsewhere" in page
    other = UserSession.objects.get(user_agent="Elsewhere")
    here.post("/account/sessions/", {"session": other.pk})
    assert there.get("/owner/")["Location"].startswith("/login/")
    assert here.get("/owner/").status_code == 200
    stranger = Client()
    sign_in(stranger, "owner-checker")
    stranger.post("/account/sessions/", {"session": UserSession.objects.get(user_agent="Desk").pk})
    assert here.get("/owner/").status_code == 200


def test_a_demo_person_comes_in_by_one_click(world: World, client: Client) -> None:
    client.post("/login/demo/", {"username": "officer"})
    assert client.get("/manage/").status_code == 200
    assert last_event(verb="accounts.sign_in").data["steps"] == ["demo"]


def test_outside_a_demo_there_is_no_such_door(world: World, client: Client, settings: Any) -> None:
    settings.DEMO = settings.TESTING = False
    assert client.post("/login/demo/", {"username": "officer"}).status_code == 404
    assert "_auth_user_id" not in client.session
    with pytest.raises(RuleViolation):
        demo_person("officer")


@pytest.mark.parametrize("address", ["13900139123", "Wang@example.cn"])
def test_somebody_registers_by_telephone_or_e_mail_and_may_do_nothing_yet(
    world: World, client: Client, address: str
) -> None:
    page = client.post("/register/", {"address": address}).content.decode()
    code = re.search(r'id="shown-code">.*?(\d{6})', page)
    assert code is not None
    about = {
        "address": address,
        "code": code[1],
        "username": "wang-new",
        "full_name": "王新",
        "password": "long enough 7",
    }
    short = client.post("/register/", about | {"password": "12345678"})
    assert short.status_code == 400
    assert not User.objects.filter(username="wang-new").exists()
    assert client.post("/register/", about).status_code == 302
    user = User.objects.get(username="wang-new")
    assert not user.verbs()
    assert bool(user.phone_blind) is ("@" not in address)
    assert user.email == (address.casefold() if "@" in address else "")
    assert len(mail.outbox) == ("@" in address)
    assert client.get("/owner/").status_code == 403
    again = Client()
    SmsCode.objects.all().delete()
    page = again.post("/register/", {"address": address}).content.decode()
    code = re.search(r'id="shown-code">.*?(\d{6})', page)
    assert code is not None
    assert again.post("/register/", about | {"code": code[1], "username": "wang-two"}).status_code == 409
    assert not User.objects.filter(username="wang-two").exists()


def test_a_bad_address_is_said(world: World, client: Client) -> None:
    for address in ("wang@", "12345"):
        assert client.post("/register/", {"address": address}).status_code == 409
    assert not SmsCode.objects.exists()


@pytest.mark.parametrize(
    ("password", "kinds"), [("abcdefgh", 1), ("Abcdefgh", 2), ("Abcdefg1", 3), ("Abcdef 1", 4), ("密码abcdefg", 1)]
)
def test_kinds_of_characters(password: str, kinds: int) -> None:
    assert kinds_in(password) == kinds


def test_staff_need_three_kinds_and_others_eight_characters(world: World) -> None:
    for who, password, good in (
        ("officer", "qinglan harbour", False),
        ("officer", "Qinglan-harbour", True),
        ("owner-maker", "qinglan harbour", True),
        ("owner-maker", "qing-7b", False),
    ):
        client = Client()
        client.force_login(User.objects.get(username=who))
        old = settings.DEMO_PASSWORD
        form = {"oldpassword": old, "password1": password, "password2": password}
        client.post("/account/password/", form)
        person = User.objects.get(username=who)
        assert person.check_password(password) is good, password
        person.set_password(old)
        person.save()


def test_pages_of_ones_account_have_no_code_inline(world: World, client: Client) -> None:
    sign_in(client, "officer")
    assert "script-src 'self'" in client.get("/account/2fa/totp/activate/")["Content-Security-Policy"]
    enrol(client)
    names = ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "usersessions_list")
    for name in (*names, "account_change_password", "account_reauthenticate", "mfa_reauthenticate"):
        page = client.get(reverse(name)).content.decode()
        assert "<script" not in page
        assert " style=" not in page
        assert "<h1>" in page
