"""Codes by short message: who gets one, how often, how long it opens, and how many wrong tries there are."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts import sms
from accounts.models import Event, SmsCode, User
from accounts.personal import blind
from accounts.services.codes import check_code, send_code, sweep_codes
from accounts.services.people import user_of_phone
from accounts.workflow import RuleViolation, verb
from carbon_portal.story import World
from kernel import clock
from tests.racing import hold_open, together
from tests.refusals import nothing_changed
from tests.worlds import last_event

PHONE = "13800001234"
HERE = "203.0.113.7"


def send(phone: str = PHONE, ip: str = HERE) -> str:
    """Ask for a code to register."""
    return send_code(phone=phone, purpose="REGISTER", ip=ip)


def check(code: str, phone: str = PHONE, purpose: str = "REGISTER") -> None:
    """Use a code."""
    check_code(phone=phone, purpose=purpose, code=code)


def other(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def refused(code: str, function: Any, *args: Any, **kwargs: Any) -> RuleViolation:
    """Call and expect a refusal with a sentence."""
    with pytest.raises(RuleViolation) as refusal:
        function(*args, **kwargs)
    assert refusal.value.code == code
    assert str(refusal.value.message)
    return refusal.value


class Watch:
    """Real time that a test moves."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._real = clock.real_now

    def now(self) -> Any:
        """Return real time and what was moved."""
        return self._real() + self.ahead

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.ahead += timedelta(**by)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A watch in the place of real time."""
    made = Watch()
    monkeypatch.setattr(clock, "real_now", made.now)
    return made


@pytest.mark.django_db
def test_a_code_opens_once(watch: Watch) -> None:
    code = send("+86 138-0000-1234")

    assert len(code) == 6
    assert code.isdigit()
    check(f" {code} ")
    refused("bad_code", check, code)


@pytest.mark.django_db
def test_neither_number_nor_code_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        code = send()
        refused("bad_phone", send, "23800001234")

    row = SmsCode.objects.get()
    assert PHONE not in str(vars(row))
    assert code not in f"{row.phone_blind} {row.code_hash} {row}".replace(str(row.pk), "")
    for event in Event.objects.filter(verb="accounts.send_code"):
        assert PHONE not in str(vars(event))
        assert event.actor is None
    assert "138****1234" in caplog.text
    assert PHONE not in caplog.text
    assert code not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["", "1380000123", "138000012345", "12800001234", "1380000123x", "١٣٨٠٠٠٠١٢٣٤"])
def test_only_a_mainland_mobile_number_is_sent_a_code(phone: str) -> None:
    with nothing_changed():
        refused("bad_phone", send, phone)

    event = last_event(verb="accounts.send_code")
    assert (event.outcome, event.code) == (Event.Outcome.REFUSED, "bad_phone")


@pytest.mark.django_db
def test_one_a_minute_and_ten_a_day_to_a_number(watch: Watch) -> None:
    send()
    watch.forward(seconds=59)
    refused("too_soon", send, ip="203.0.113.8")
    for _more in range(9):
        watch.forward(seconds=61)
        send(ip="203.0.113.9")
    watch.forward(seconds=61)
    refused("too_many_codes", send, ip="203.0.113.10")
    send("13900001234")
    watch.forward(hours=24)
    send()


@pytest.mark.django_db
def test_thirty_an_hour_from_one_address(watch: Watch) -> None:
    for i in range(30):
        send(f"139000000{i:02d}")
    refused("too_many_codes", send, "13900000030")
    send("13900000030", ip="203.0.113.8")
    watch.forward(minutes=61)
    send("13900000031")


@pytest.mark.django_db
def test_a_code_expires_after_five_minutes(watch: Watch) -> None:
    code = send()
    watch.forward(minutes=5)
    refused("code_expired", check, code)


@pytest.mark.django_db
def test_a_code_opens_for_its_number_and_purpose_only_and_a_newer_one_replaces_it(watch: Watch) -> None:
    first = send()
    refused("bad_code", check, first, phone="13900001234")
    refused("bad_code", check, first, purpose="LOGIN")
    watch.forward(seconds=61)
    second = send()
    if first != second:
        refused("bad_code", check, first)
    check(second)


@pytest.mark.django_db
def test_after_five_wrong_tries_the_right_code_is_refused() -> None:
    code = send()
    for _try in range(5):
        refused("bad_code", check, other(code))
    refused("too_many_tries", check, code)
    assert SmsCode.objects.get().attempts == 5


@verb("office.move_clock")
def _around(code: str, *, by: User, fail: str = "") -> None:
    """A verb that asks for a code, and may be refused afterwards for something else."""
    check(code)
    if fail:
        raise RuleViolation(fail, "另有原因")


def test_a_wrong_try_counts_although_the_verb_around_it_is_rolled_back(committed_world: World) -> None:
    code = send()
    for _try in range(5):
        refused("bad_code", _around, other(code), by=committed_world.system)
    assert SmsCode.objects.get().attempts == 5
    refused("too_many_tries", _around, code, by=committed_world.system)


def test_a_code_is_not_used_up_by_a_verb_refused_for_another_reason(committed_world: World) -> None:
    code = send()
    refused("other_reason", _around, code, by=committed_world.system, fail="other_reason")
    _around(code, by=committed_world.system)
    refused("bad_code", _around, code, by=committed_world.system)
    assert SmsCode.objects.get().attempts == 2


def test_the_right_code_twice_in_one_transaction_is_used_once(committed: str) -> None:
    code = send()
    with transaction.atomic():
        check(code)
        refused("bad_code", check, code)


def test_two_verbs_with_one_code_have_one_winner(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = send()

    answers = hold_open(
        lambda: _around(code, by=committed_world.system),
        lambda: _around(code, by=committed_world.system),
        monkeypatch=monkeypatch,
    )

    assert answers[0] is None
    assert (type(answers[1]), answers[1].code) == (RuleViolation, "bad_code")


def test_eight_who_ask_at_once_are_sent_one_code(committed: str) -> None:
    answers = together(*[send] * 8)

    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, RuleViolation)} == {"too_soon"}
    assert SmsCode.objects.count() == 1


class Gateway:
    """A gateway that keeps what it was given."""

    sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str) -> str:
        """Take a message."""
        self.sent.append((phone, text))
        return ""


@pytest.mark.django_db
def test_a_real_gateway_gets_the_code_and_the_page_does_not(settings: Any) -> None:
    settings.SMS_ADAPTER = f"{__name__}.Gateway"

    assert send() == ""

    (phone, text) = Gateway.sent.pop()
    assert phone == PHONE
    check(next(word for word in text.replace("，", " ").split() if word.isdigit() and len(word) == 6))


@pytest.mark.django_db
@pytest.mark.parametrize("adapter", ["", "accounts.sms.DemoSms"])
def test_outside_a_demo_nothing_is_sent_without_a_gateway(settings: Any, adapter: str) -> None:
    settings.SMS_ADAPTER, settings.DEMO, settings.TESTING = adapter, False, False

    refused("sms_off", sms.send, PHONE, "验证码")


@pytest.mark.django_db
def test_a_person_is_found_by_the_number_in_any_spelling(world: World) -> None:
    person = world.people["officer"]
    assert user_of_phone(PHONE) is None
    User.objects.filter(pk=person.pk).update(phone_blind=blind("phone", PHONE))

    assert user_of_phone("+86 138 0000 1234") == person
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert user_of_phone(PHONE) is None


@pytest.mark.django_db
def test_codes_are_forgotten_after_two_days(watch: Watch) -> None:
    send()
    assert sweep_codes() == 0
    watch.forward(hours=49)
    send()
    assert sweep_codes() == 1
    assert SmsCode.objects.count() == 1
