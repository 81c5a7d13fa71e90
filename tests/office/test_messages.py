"""What people are told: with the verb or not at all, once, by the ways they chose, and nobody else's to read."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Event, Reach, SmsCode, User
from accounts.personal import seal
from accounts.services.clients import issue_api_key
from accounts.services.codes import send_code
from accounts.services.deputies import name_deputy
from accounts.services.reach import choose_channels, phone_of, set_address
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from office.announcing import declared
from office.digest import counted, tell_officers
from office.models import Delivery, Digest, JobRun, Message
from office.services import hands, objections
from office.services.clock import move_clock
from office.services.jobs import job_run
from office.services.messages import after_quiet, mark_read, send_again, send_waiting
from office.states import Channel, DeliveryState
from projects.services import applications, reviews
from projects.states import ProjectState
from scenarios.services import consents
from scenarios.services import people as citizens
from tests.architecture.names import verbs
from tests.citizens import PHONE, consented, operator, partner_of, verified
from tests.refusals import forbidden, refused
from tests.stages import period_in, project_in, retirement_in, transfer_in
from tests.trading.stages import agreement_in

SENDS = "accounts.sms.DemoSms.send"
HERE = "/messages/"


def told(user: User, code: str = "") -> list[Message]:
    """Return a person's messages of a kind, the newest first."""
    rows = Message.objects.filter(person=user)
    return list(rows.filter(template=code) if code else rows)


def reach(user: User, phone: str = PHONE, email: str = "", **chosen: Any) -> None:
    """Let a person be reached by telephone and e-mail."""
    Reach.objects.create(user=user, phone=seal(phone) if phone else "", **chosen)
    user.email = email
    user.save(update_fields=["email"])


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the gateway of short messages was given, number and text, by day; what the story left is out already."""
    Delivery.objects.waiting().update(state=DeliveryState.SENT, sent_at=clock.real_now())
    taken: list[tuple[str, str]] = []
    monkeypatch.setattr(SENDS, lambda _self, phone, text: taken.append((phone, text)) or text)
    monkeypatch.setattr(clock, "real_now", _by_day)
    return taken


_real_now = clock.real_now


def _by_day() -> datetime:
    return _real_now().astimezone(clock.SHANGHAI).replace(hour=10)


# The words


@pytest.mark.parametrize("code", sorted(declared()))
def test_every_template_is_filled_by_its_example_in_both_languages(code: str) -> None:
    occasion = declared()[code]
    assert occasion.places() <= occasion.example.keys()
    filled = {language: occasion.told(occasion.example, language) for language, _name in settings.LANGUAGES}
    for language, words in filled.items():
        assert words.subject
        assert words.text
        assert len(words.subject) <= 200
        assert "%(" not in f"{words.subject}{words.text}{words.sms}", language
        if words.sms:
            assert words.sms.startswith(f"【{settings.SITE_NAME}】")
            assert len(words.sms) <= (70 if language == "zh-hans" else 160), words.sms
    assert filled["en"].subject != filled["zh-hans"].subject, "not translated"
    assert bool(occasion.sms) == (Channel.SMS in occasion.channels)


def test_a_promise_of_an_app_is_kept_by_a_verb_or_a_state_that_exists() -> None:
    known = verbs().keys()
    for occasion in declared().values():
        assert set(occasion.verbs) <= known, occasion.code
        if occasion.of:
            states: set[str] = set(getattr(getattr(apps.get_model(occasion.of), "State", None), "values", ()))
            assert set(occasion.states) <= states, occasion.code


# With the verb, or not at all


def test_an_owner_is_asked_to_correct_until_a_day_and_no_longer_when_it_is_done(world: World) -> None:
    maker, checker = world.people["owner-maker"], world.people["owner-checker"]
    project = project_in(world, ProjectState.CORRECTION)
    (message,) = told(maker, "projects.correction")
    assert "缺并网验收单" in message.text
    assert message.asks
    assert message.due_on is not None
    assert message.due_on > clock.today()
    assert message.link == f"/owner/projects/{project.pk}/"
    assert [one.pk for one in told(checker, "projects.correction")] != [message.pk]
    applications.submit(project, by=maker)
    message.refresh_from_db()
    assert not message.asks
    assert told(checker, "projects.to_confirm")[0].asks
    assert not told(maker, "projects.to_confirm"), "who did it knows"


def test_a_verb_that_is_rolled_back_tells_nobody(world: World) -> None:
    project = project_in(world, ProjectState.SUBMITTED)
    before = Message.objects.count(), Delivery.objects.count()

    def accept_and_fall() -> None:
        with transaction.atomic():
            reviews.accept(project, by=world.people["officer"])
            assert told(world.people["owner-maker"], "projects.accepted")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        accept_and_fall()
    assert (Message.objects.count(), Delivery.objects.count()) == before
    refused(reviews.register, project, by=world.people["registrar"], code="wrong_state")
    assert (Message.objects.count(), Delivery.objects.count()) == before


def test_both_sides_of_an_order_and_the_bureau_are_told_whose_turn_it_is(world: World) -> None:
    people = world.people
    transfer_in(world, "OFFERED", 1)
    assert told(people["owner-checker"], "registry.transfer_to_confirm")[0].settled_at is not None
    assert told(people["buyer-maker"], "registry.transfer_offered")[0].asks
    retirement_in(world, "RETIRED", 1)
    assert told(people["owner-maker"], "registry.retired")
    agreement = agreement_in(world, "OFFERED", 1)
    (offered,) = told(people["buyer-maker"], "trading.offered")[:1]
    assert offered.due_on == agreement.due_on
    period_in(world, "VERIFYING")
    assert told(people["verifier"], "projects.to_verify")[0].asks
    assert told(people["owner-checker"], "projects.issued"), "the story's own units"
    project = project_in(world, ProjectState.SUBMITTED)
    hands.assign(project, to=people["reviewer"], by=people["officer"])
    (given,) = told(people["reviewer"], "office.assigned")
    assert given.object_id == project.pk
    (hand,) = hands.in_hand(people["reviewer"])
    hands.hand_over(people["reviewer"], to=people["reviewer-two"], rows=[hand], by=people["reviewer"], reason="休假")
    given.refresh_from_db()
    assert not given.asks, "it is in another hand"
    assert told(people["reviewer-two"], "office.assigned")[0].asks
    name_deputy(
        people["officer"],
        people["reviewer"],
        from_on=clock.today(),
        to_on=clock.today(),
        by=people["officer"],
        reason="开会",
    )
    assert told(people["reviewer"], "accounts.deputy_named")


def test_who_objects_is_told_at_the_contact_given_and_the_owner_and_the_publisher_are_told(
    world: World, sent: list[tuple[str, str]]
) -> None:
    project, people = project_in(world, ProjectState.PUBLIC_NOTICE), world.people
    assert project.notice is not None
    given = {"name": "刘明", "text": "公示的项目地点和现场看到的不一致，那里没有光伏板，请核实。", "by": world.system}
    made = objections.file_objection(project.notice, contact="13900139001", key="o1", **given)
    assert told(people["owner-maker"], "projects.objected")
    assert told(people["reviewer"], "office.objection_filed")
    assert told(people["officer"], "office.objection_to_accept")[0].due_on == made.due_on
    objections.dismiss_objection(made, by=people["officer"], reason="与公示内容无关")
    (message,) = Message.objects.filter(person=None, object_id=made.pk, template="office.objection_answered")
    assert "13900139001" not in f"{message.text}{message.sms}{message.subject}"
    send_waiting()
    assert [phone for phone, _text in sent] == ["13900139001"]
    assert made.number in sent[0][1]
    other = objections.file_objection(project.notice, contact="门卫室老刘", key="o2", **given)
    objections.dismiss_objection(other, by=people["officer"], reason="与公示内容无关")
    send_waiting()
    parked = Delivery.objects.parked().get()
    assert (parked.state, parked.attempts) == (DeliveryState.FAILED, 1)
    assert "不是手机号也不是邮箱" in parked.last_error
    assert "老刘" not in parked.last_error


def test_a_citizen_is_told_of_consents_and_of_who_looked(world: World, sent: list[tuple[str, str]]) -> None:
    citizen = verified()
    consent = consented(citizen, partner_of(world))
    assert told(citizen.user, "scenarios.consented")
    consents.withdraw(consent, by=citizen.user)
    assert told(citizen.user, "scenarios.withdrawn")
    citizens.unmask(citizen, by=operator(world), reason="本人来电核对")
    (seen,) = told(citizen.user, "scenarios.looked_at")
    assert "本人来电核对" in seen.text
    sent.clear()  # the code of the log-in
    send_waiting()
    assert [phone for phone, _text in sent] == [PHONE], "one short message, of the look"
    assert "核对" not in sent[0][1], "the reason is for the account only"


# Ways out


def test_what_is_necessary_comes_by_every_way_and_the_rest_as_it_was_chosen(world: World) -> None:
    maker, checker = world.people["owner-maker"], world.people["owner-checker"]
    reach(maker, email="maker@example.cn")
    reach(checker, phone="13900139001")
    project = project_in(world, ProjectState.PUBLIC_NOTICE)

    def ways(user: User, code: str) -> set[str]:
        return set(told(user, code)[0].deliveries.values_list("channel", flat=True))

    assert project.notice is not None
    assert ways(maker, "projects.accepted") == {"EMAIL", "SMS"}
    assert ways(maker, "projects.on_notice") == {"EMAIL"}, "general: by e-mail where there is one"
    assert ways(checker, "projects.on_notice") == {"SMS"}, "the owner in the village has a telephone only"
    choose_channels(by=maker, language="en", email_on=False, sms_on=False)
    other = project_in(world, ProjectState.PUBLIC_NOTICE, name="城西粮库", meter_no="9901-PV-M2")
    assert ways(maker, "projects.on_notice") == set()
    assert ways(maker, "projects.accepted") == {"EMAIL", "SMS"}
    assert told(maker, "projects.on_notice")[0].language == "en"
    assert other.name in told(maker, "projects.on_notice")[0].text


def test_general_short_messages_keep_the_night(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    night = datetime(2026, 11, 25, 23, 30, tzinfo=clock.SHANGHAI)
    morning = datetime(2026, 11, 26, 8, 0, tzinfo=clock.SHANGHAI)
    assert after_quiet(night) == morning
    assert after_quiet(night.replace(day=26, hour=6)) == morning
    assert after_quiet(morning) == morning
    assert after_quiet(night.replace(hour=22, minute=0)) == morning
    checker = world.people["owner-checker"]
    reach(checker)
    monkeypatch.setattr(clock, "real_now", lambda: night)
    project_in(world, ProjectState.PUBLIC_NOTICE)
    first = {one.template: one.deliveries.get().next_at for one in told(checker) if one.deliveries.exists()}
    assert first["projects.on_notice"] == morning
    assert first["projects.accepted"] == night, "what is necessary does not wait"


def test_a_letter_and_a_short_message_go_out_once(world: World, sent: list[tuple[str, str]], caplog: Any) -> None:
    maker = world.people["owner-maker"]
    reach(maker, email="maker@example.cn")
    project_in(world, ProjectState.ACCEPTED)
    with caplog.at_level("INFO"):
        assert send_waiting() == 2
    assert send_waiting() == 0
    assert mail.outbox[0].subject.startswith("申请已受理")
    assert f"{settings.PUBLIC_URL}/owner/projects/" in mail.outbox[0].body
    assert sent == [(PHONE, told(maker, "projects.accepted")[0].sms)]
    logged = "".join(record.getMessage() for record in caplog.records)
    assert "delivery" in logged
    assert PHONE not in logged
    assert "maker@" not in logged


def _failing(*_args: object) -> str:
    raise RuleViolation("sms_failed", f"网关拒收 {PHONE}")


def test_what_will_not_go_out_is_parked_on_a_desk_and_sent_again_by_a_person(
    world: World, sent: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, checker = world.people["admin"], world.people["owner-checker"]
    reach(checker)
    project_in(world, ProjectState.ACCEPTED)
    delivery = told(checker, "projects.accepted")[0].deliveries.get()
    with monkeypatch.context() as down:
        down.setattr(SENDS, _failing)
        for attempt in range(1, 6):
            Delivery.objects.filter(pk=delivery.pk).update(next_at=clock.real_now())
            send_waiting()
            delivery.refresh_from_db()
            assert delivery.attempts == attempt
            assert (delivery.state == DeliveryState.FAILED) == (attempt == 5)
    assert PHONE not in delivery.last_error
    assert list(Delivery.objects.parked()) == [delivery]
    forbidden(send_again, delivery, by=world.people["officer"])
    desk = Client()
    desk.force_login(admin)
    page = desk.get("/manage/office/deliverydeskrow/").content.decode()
    assert "网关拒收" in page
    assert 'portal_queue_parked{queue="office.delivery"} 1.0' in Client().get("/metrics").content.decode()
    again = desk.post(
        f"/manage/office/deliverydeskrow/{delivery.pk}/press/send_message_again/", {"reason": "网关已恢复"}
    )
    assert again.status_code == 302
    send_waiting()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    assert sent[-1][0] == PHONE
    refused(send_again, delivery, by=admin, code="not_parked")


def test_two_sweeps_at_once_send_once(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second sweep runs while the first one's message is with the gateway, and finds nothing to send."""
    checker = committed_world.people["owner-checker"]
    reach(checker)
    project_in(committed_world, ProjectState.ACCEPTED)
    one = told(checker, "projects.accepted")[0].deliveries.get()
    Delivery.objects.exclude(pk=one.pk).update(state=DeliveryState.SENT, sent_at=clock.real_now())
    taken: list[str] = []

    def other() -> None:
        try:
            taken.append(f"other sweep: {send_waiting()}")
        finally:
            connection.close()

    def slow(_self: object, phone: str, text: str) -> str:
        taken.append(phone)
        second = threading.Thread(target=other)
        second.start()
        second.join(20)
        return text

    monkeypatch.setattr(SENDS, slow)
    assert send_waiting() == 1
    assert taken == [PHONE, "other sweep: 0"]


# One's own box


def test_ones_own_messages_are_listed_opened_and_nobody_elses(world: World) -> None:
    maker, other = world.people["owner-maker"], world.people["buyer-maker"]
    project = project_in(world, ProjectState.CORRECTION)
    (message,) = told(maker, "projects.correction")
    client = Client()
    client.force_login(maker)
    home = client.get("/owner/").content.decode()
    assert "条未读" in home
    with CaptureQueriesContext(connection) as queries:
        page = client.get(HERE)
    assert len(queries) <= 20
    assert page.context["show"] == "todo"
    assert message.subject in page.content.decode()
    opened = client.post(HERE, {"message": message.pk, "do": "open"})
    assert (opened.status_code, opened.headers["Location"]) == (302, f"/owner/projects/{project.pk}/")
    message.refresh_from_db()
    assert message.read_at is not None
    stranger = Client()
    stranger.force_login(other)
    assert stranger.post(HERE, {"message": message.pk}).status_code == 404
    assert message.subject not in stranger.get(f"{HERE}?show=all").content.decode()
    assert Client().get(HERE).status_code == 302
    assert mark_read([message.pk], by=other) == 0
    assert Message.objects.visible_to(world.people["auditor"]).filter(pk=message.pk).count() == 0
    client.post(HERE, {"message": "all"})
    assert not Message.objects.filter(person=maker).unread().exists()


def test_the_list_comes_in_pages_and_the_number_of_queries_stays(world: World) -> None:
    maker = world.people["owner-maker"]
    client = Client()
    client.force_login(maker)
    Message.objects.bulk_create(
        Message(person=maker, template="x", language="zh-hans", subject=f"第 {n} 条", text="", object_type="x", object_id=n,
                object_label="", occasion="e")
        for n in range(45)
    )  # fmt: skip
    first = client.get(f"{HERE}?show=all")
    assert len(first.context["rows"]) == 20
    second = client.get(f"{HERE}?show=all&before={first.context['older']}")
    assert second.context["rows"][0].pk < first.context["rows"][-1].pk
    assert client.get(f"{HERE}?show=all&before=x").status_code == 200


def test_an_address_is_kept_only_when_a_code_proves_it(world: World) -> None:
    maker = world.people["owner-maker"]
    client = Client()
    client.force_login(maker)
    page = client.post("/account/messages/", {"address": PHONE})
    code = page.context["shown"]
    assert client.post("/account/messages/", {"address": PHONE, "code": "000000"}).status_code == 409
    assert phone_of(maker) == ""
    assert client.post("/account/messages/", {"address": PHONE, "code": code}).status_code == 302
    assert phone_of(maker) == PHONE
    row = Reach.objects.get(user=maker)
    assert PHONE not in row.phone
    shown = client.get("/account/messages/").content.decode()
    assert "138****8000" in shown
    assert PHONE not in shown
    saved = client.post("/account/messages/", {"language": "en", "sms_on": "on"})
    assert saved.status_code == 302
    row.refresh_from_db()
    assert (row.language, row.email_on, row.sms_on) == ("en", False, True)
    assert client.post("/account/messages/", {"language": "fr"}).status_code == 400
    assert PHONE not in "".join(str(event.data) for event in Event.objects.filter(actor=maker))


def test_a_citizens_messages_go_to_the_telephone_of_the_account(world: World) -> None:
    citizen = verified()
    send_code(phone="13900139001", purpose=SmsCode.Purpose.CONTACT)
    with pytest.raises(RuleViolation, match="开户的手机号"):
        set_address(by=citizen.user, address="13900139001", code="000000")
    client = Client()
    client.force_login(citizen.user)
    assert client.get("/me/messages/").status_code == 200
    assert "138****8000" in client.get("/me/messages/settings/").content.decode()
    citizens.close_account(citizen, by=citizen.user)
    assert phone_of(citizen.user) == ""


def test_a_key_in_ones_name_is_told(world: World) -> None:
    maker = world.people["owner-maker"]
    key, _secret = issue_api_key(world.organisations["owner"], maker, by=world.people["security"])
    (message,) = told(maker, "accounts.key_issued")
    assert key.key_id in message.text
    assert message.necessary


# The morning


@pytest.fixture
def morning(world: World) -> World:
    """A Wednesday at nine, with work of the officer's: one overdue, one due in two working days."""
    for number, days in ((1, -2), (2, 1)):
        project = project_in(world, ProjectState.SUBMITTED, name=f"{number} 号屋顶", meter_no=f"9901-PV-D{number}")
        type(project).objects.filter(pk=project.pk).update(due_on=clock.today() + timedelta(days=days))
    return world


def _at(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    there = clock.local(clock.now())
    monkeypatch.setattr(clock, "now", lambda: there.replace(hour=hour))


def test_the_digest_says_what_my_work_says_once_a_day_and_only_to_who_has_work(
    morning: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, admin = morning.people["officer"], morning.people["audit"]
    monkeypatch.setattr("kernel.workdays.Calendar.is_workday", lambda _self, _day: True)
    _at(7, monkeypatch)
    assert tell_officers() == 0
    _at(9, monkeypatch)
    reach(officer, phone="", email="officer@example.cn")
    assert tell_officers() > 0
    desk = Client()
    desk.force_login(officer)
    page = desk.get("/manage/").context
    digest = Digest.objects.get(person=officer)
    assert digest.waiting == len(page["waiting"]) == counted(officer).waiting
    assert digest.overdue == page["late"] >= 1
    assert digest.soon >= 1
    assert digest.message is not None
    assert f"{digest.waiting} 件" in digest.message.subject
    assert "1 号屋顶（受理台）" in digest.message.text
    assert digest.message.deliveries.get().channel == Channel.EMAIL
    assert not told(admin, "office.digest")
    empty = Digest.objects.filter(waiting=0)
    assert empty.exists()
    assert {one.message for one in empty} == {None}
    before = Digest.objects.count()
    assert tell_officers() == 0
    assert Digest.objects.count() == before


def test_no_digest_on_a_day_off(morning: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.workdays.Calendar.is_workday", lambda _self, _day: False)
    _at(9, monkeypatch)
    assert tell_officers() == 0
    assert not Digest.objects.exists()


# One number


def test_a_job_its_events_and_its_log_carry_one_number(world: World, caplog: Any) -> None:
    with caplog.at_level("INFO", logger="portal.jobs"), job_run("probe") as run:
        move_clock(forward=timedelta(minutes=1), by=world.system, reason="试")
        run.done = 1
    row = JobRun.objects.get(name="probe")
    assert len(row.request_id) == 12
    assert Event.objects.filter(request_id=row.request_id, verb="office.move_clock").exists()


def test_a_gate_for_every_kind_of_reader(world: World) -> None:
    """The office's pages stand in the admin, with the way there in its head."""
    desk = Client()
    desk.force_login(world.people["officer"])
    assert 'href="/manage/office/delivery/inbox/"' in desk.get("/manage/").content.decode()
    assert desk.get("/manage/office/delivery/inbox/").status_code == 200
    assert desk.get("/manage/office/delivery/inbox/settings/").status_code == 200
    assert desk.get("/manage/office/delivery/").status_code in {302, 403}, "deliveries are the administrator's"
