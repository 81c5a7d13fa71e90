"""Objections: anybody files one in time, two people deal with it, the case waits, the answer stands on the notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.content import checked
from accounts.models import Event
from accounts.personal import unseal
from carbon_portal.story import World
from kernel import clock
from office.models import Notice, Objection
from office.services import objections
from office.services.calendar import calendar
from office.services.clock import move_clock
from office.states import OBJECTION_MOVES, ObjectionState
from projects.models import Project
from projects.services import reviews
from tests.papers import picture
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give, grounds, project_in

NAME, CONTACT = "郑明远", "13800000042"
TEXT = "公示的装机容量与现场组件数量不一致，请到现场核对后再登记。"
PNG = checked("现场.png", picture()).content
VERBS: dict[str, tuple[Callable[..., Objection], str, ObjectionState]] = {
    "accept": (objections.accept_objection, "officer", ObjectionState.ACCEPTED),
    "dismiss": (objections.dismiss_objection, "officer", ObjectionState.DISMISSED),
    "investigate": (objections.investigate_objection, "officer", ObjectionState.INVESTIGATING),
    "uphold": (objections.uphold_objection, "registrar", ObjectionState.UPHELD),
    "overrule": (objections.overrule_objection, "registrar", ObjectionState.NOT_UPHELD),
    "answer": (objections.answer_objection, "officer", ObjectionState.ANSWERED),
    "close": (objections.close_objection, "officer", ObjectionState.CLOSED),
}


def case(world: World) -> tuple[Project, Notice]:
    """Return a project on notice and its notice."""
    project = project_in(world, "PUBLIC_NOTICE")
    assert project.notice is not None
    return project, project.notice


def filed(world: World, notice: Notice | None = None, **about: Any) -> Objection:
    """File an objection to a notice."""
    about = {"name": NAME, "contact": CONTACT, "text": TEXT, "key": "key-of-the-form", **about}
    return objections.file_objection(notice or case(world)[1], by=world.system, **about)


def objection_in(world: World, state: str, notice: Notice | None = None) -> Objection:
    """File an objection and take it to a state; an answered one was not upheld."""
    row = filed(world, notice)
    if state == ObjectionState.DISMISSED:
        return objections.dismiss_objection(row, by=world.people["officer"], reason="与公示无关")
    way = ["accept", "investigate", "uphold" if state == ObjectionState.UPHELD else "overrule", "answer", "close"]
    for name in way:
        if row.state == state:
            break
        verb, who, _to = VERBS[name]
        row = verb(row, by=world.people[who], reason=f"{name}：写明")
    assert row.state == state
    return row


def after(world: World, notice: Notice) -> None:
    """Go to the morning after the notice."""
    days = (notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="公示结束次日")


def test_anybody_objects_and_gets_a_number_and_a_code(world: World) -> None:
    row = filed(world, papers=[("现场.png", PNG)])

    assert re.fullmatch(r"990100-YY-\d{4}-\d{4}", row.number)
    assert row.due_on == calendar().add_workdays(clock.today(), 10)
    assert (row.name_masked, unseal(row.name_sealed), unseal(row.contact_sealed)) == ("郑*远", NAME, CONTACT)
    assert row.papers.get().attachment.organisation is None
    code = objections.code_of("key-of-the-form")
    assert objections.followed(row.number, f" {code[:5]} {code[5:].lower()} ") == row
    assert objections.followed(row.number, "A" * 10) is None
    assert objections.followed("990100-YY-2026-9999", code) is None


def test_the_same_form_sent_twice_is_one_objection(world: World) -> None:
    notice = case(world)[1]
    assert filed(world, notice) == filed(world, notice)
    refused(
        objections.file_objection, notice, name=NAME, contact=CONTACT, text=TEXT + "补充", by=world.system,
        key="key-of-the-form", code="key_reused",
    )  # fmt: skip


def test_who_objected_is_nowhere_in_clear(world: World) -> None:
    row = filed(world)
    for table in ("office_objection", "accounts_event", "accounts_verbkey"):
        rows = Objection.objects.raw(f"SELECT id, t::text AS said FROM {table} t")
        assert not [r for r in rows if NAME in r.said or CONTACT in r.said], table
    assert row.name_sealed.startswith("1.")


def test_the_last_day_counts_and_the_day_after_does_not(world: World) -> None:
    _project, notice = case(world)
    days = (notice.ends_on - clock.today()).days
    move_clock(forward=timedelta(days=days), by=world.system, reason="最后一天")
    assert filed(world, notice, key="on-the-last-day").filed_on == notice.ends_on
    after(world, notice)
    refusal = refused(
        objections.file_objection, notice, name=NAME, contact=CONTACT, text=TEXT, by=world.system, key="too-late-1",
        code="notice_over",
    )  # fmt: skip
    assert str(notice.ends_on) in str(refusal.message)


@pytest.mark.parametrize(
    ("about", "code"),
    [({"name": " "}, "nobody"), ({"contact": ""}, "nobody"), ({"text": "不同意，请重新核对"}, "too_short")],
)
def test_an_objection_says_who_and_what(world: World, about: dict[str, str], code: str) -> None:
    told = {"name": NAME, "contact": CONTACT, "text": TEXT, "key": "key-of-the-form", **about}
    refused(objections.file_objection, case(world)[1], by=world.system, code=code, **told)


@pytest.mark.parametrize("name", VERBS)
def test_a_step_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to = VERBS[name]
    _project, notice = case(world)
    row = filed(world, notice)
    for step in ("", "accept", "investigate", "overrule", "answer", "close"):
        if step:
            row = VERBS[step][0](row, by=world.people[VERBS[step][1]], reason="写明")
        if (row.state, to) not in OBJECTION_MOVES:
            refused(verb, row, by=world.people[who], reason="写明", code="wrong_state")


@pytest.mark.parametrize("name", ["dismiss", "uphold", "overrule", "answer"])
def test_a_step_against_somebody_says_why(world: World, name: str) -> None:
    verb, who, _to = VERBS[name]
    was = {"dismiss": "RECEIVED", "answer": "NOT_UPHELD"}.get(name, "INVESTIGATING")
    refused(verb, objection_in(world, was), by=world.people[who], reason=" ", code="no_reason")


@pytest.mark.parametrize("name", VERBS)
def test_a_step_is_for_the_office_of_the_place(world: World, name: str) -> None:
    verb, _who, _to = VERBS[name]
    row = filed(world)
    for other in ("owner-maker", "verifier", "admin", "other-officer"):
        forbidden(verb, row, by=world.people[other], reason="写明")
    forbidden(objections.read_filer, row, by=world.people["other-officer"], reason="好奇")


def test_who_published_does_not_deal_with_objections_to_it(world: World) -> None:
    row = objection_in(world, "INVESTIGATING")
    give(world, world.people["reviewer"], "OFFICER", division=row.notice.division)
    for verb in (objections.uphold_objection, objections.overrule_objection):
        refused(verb, row, by=world.people["reviewer"], reason="写明", code="own_notice")
    fresh = filed(world, row.notice, key="another-form")
    for verb in (objections.accept_objection, objections.dismiss_objection):
        refused(verb, fresh, by=world.people["reviewer"], reason="写明", code="own_notice")


def test_who_investigated_does_not_decide(world: World) -> None:
    row = objection_in(world, "INVESTIGATING")
    give(world, world.people["officer"], "REGISTRAR", division=row.notice.division)
    for verb in (objections.uphold_objection, objections.overrule_objection):
        refused(verb, row, by=world.people["officer"], reason="写明", code="same_person")


def test_the_answer_may_be_put_off_once(world: World) -> None:
    row = objection_in(world, "ACCEPTED")
    before = row.due_on
    refused(objections.extend_objection, row, by=world.people["officer"], reason="", code="no_reason")
    row = objections.extend_objection(row, by=world.people["officer"], reason="等待供电公司复函")
    assert row.due_on == calendar().add_workdays(before, 10)
    refused(objections.extend_objection, row, by=world.people["officer"], reason="还要等", code="extended_once")
    refused(
        objections.extend_objection,
        filed(world, row.notice, key="another-form"),
        by=world.people["officer"],
        reason="等",
        code="wrong_state",
    )


@pytest.mark.parametrize("state", ["RECEIVED", "ACCEPTED", "INVESTIGATING", "UPHELD", "NOT_UPHELD"])
def test_the_case_waits_while_an_objection_is_open(world: World, state: str) -> None:
    project, notice = case(world)
    row = objection_in(world, state, notice)
    after(world, notice)
    refusal = refused(reviews.register, project, by=world.people["registrar"], code="objection_open")
    assert row.number in str(refusal.message)
    refused(reviews.reject, project, by=world.people["reviewer"], reason="异议", code="objection_open")


@pytest.mark.parametrize("state", ["DISMISSED", "ANSWERED", "CLOSED"])
def test_the_case_goes_on_when_it_is_answered(world: World, state: str) -> None:
    project, notice = case(world)
    objection_in(world, state, notice)
    after(world, notice)
    refused(reviews.reject, project, by=world.people["reviewer"], reason="改主意", code="no_upheld_objection")
    assert reviews.register(project, by=world.people["registrar"]).state == "REGISTERED"


def test_an_upheld_objection_leaves_rejection_only(world: World) -> None:
    project, notice = case(world)
    row = objections.answer_objection(objection_in(world, "UPHELD", notice), by=world.people["officer"], reason="属实")
    after(world, notice)
    refusal = refused(reviews.register, project, by=world.people["registrar"], code="objection_upheld")
    assert row.number in str(refusal.message)
    assert (
        reviews.reject(project, by=world.people["reviewer"], reason="容量不实", grounds=grounds()).state == "REJECTED"
    )
    assert Notice.objects.get(pk=notice.pk).settled


def test_looking_at_who_objected_leaves_an_event_that_does_not_say_who(world: World) -> None:
    row, officer = filed(world), world.people["officer"]
    refused(objections.read_filer, row, by=officer, reason=" ", code="no_reason")
    assert objections.read_filer(row, by=officer, reason="电话核实") == (NAME, CONTACT)
    event = Event.objects.get(verb="office.read_filer", outcome="DONE")
    assert (event.actor, event.reason, event.object_label) == (officer, "电话核实", row.number)


# Pages and desks


def form(**changed: Any) -> dict[str, Any]:
    """Return what the form of an objection sends."""
    return {"key": "0123456789abcdef", "name": NAME, "contact": CONTACT, "text": TEXT, **changed}


def test_a_visitor_objects_on_the_page_and_follows_it_from_another_device(world: World) -> None:
    _project, notice = case(world)
    visitor, address = Client(), reverse("objection-new", args=[notice.pk])
    assert (
        reverse("objection-new", args=[notice.pk]) in visitor.get(reverse("notice", args=[notice.pk])).content.decode()
    )
    assert visitor.get(address).status_code == 200
    picture = SimpleUploadedFile("现场.png", PNG)
    answer = visitor.post(address, form(papers=picture), follow=True)
    row = Objection.objects.get(notice=notice)
    page, code = answer.content.decode(), objections.code_of("0123456789abcdef")
    assert row.number in page
    assert code in page
    assert "郑*远" in page
    assert NAME not in page

    other = Client()
    assert other.get(reverse("objection", args=[row.number])).url == reverse("objection-follow")
    wrong = other.post(reverse("objection-follow"), {"number": row.number, "code": "ABCDEFGHIJ"})
    assert wrong.status_code == 404
    assert "请核对编号和查询码" in wrong.content.decode()
    right = other.post(reverse("objection-follow"), {"number": row.number, "code": code.lower()}, follow=True)
    assert TEXT in right.content.decode()

    public = visitor.get(reverse("notice", args=[notice.pk])).content.decode()
    assert row.number in public
    assert TEXT not in public
    assert "郑" not in public


def test_the_answer_stands_on_the_notice_and_is_acknowledged(world: World) -> None:
    notice = case(world)[1]
    visitor = Client()
    visitor.post(reverse("objection-new", args=[notice.pk]), form())
    row = Objection.objects.get(notice=notice)
    for name in ("accept", "investigate", "overrule", "answer"):
        row = VERBS[name][0](row, by=world.people[VERBS[name][1]], reason=f"{name}：现场数得 920 块")
    assert "answer：现场数得 920 块" in Client().get(reverse("notice", args=[notice.pk])).content.decode()
    assert "answer：现场数得 920 块" in visitor.get(reverse("objection", args=[row.number])).content.decode()
    assert Client().post(reverse("objection-close", args=[row.number])).url == reverse("objection-follow")
    visitor.post(reverse("objection-close", args=[row.number]))
    assert Objection.objects.get(pk=row.pk).state == "CLOSED"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"text": ""}, 400, "请填写"),
        ({"text": "太短"}, 409, "至少 20 个字"),
        ({"papers": SimpleUploadedFile("x.exe", b"MZ" + b"0" * 64)}, 400, "不是 PDF、JPG 或 PNG"),
        ({"papers": [SimpleUploadedFile(f"{n}.png", PNG) for n in range(4)]}, 400, "最多 3 个文件"),
        ({"key": ""}, 400, "防重复编号"),
    ],
)
def test_a_form_that_is_not_in_order_is_refused_in_words(
    world: World, changed: dict[str, Any], status: int, said: str
) -> None:
    address = reverse("objection-new", args=[case(world)[1].pk])
    with nothing_changed():
        answer = Client().post(address, form(**changed))
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_a_late_visitor_reads_when_it_ended(world: World) -> None:
    notice = case(world)[1]
    after(world, notice)
    address = reverse("objection-new", args=[notice.pk])
    page = Client().get(address).content.decode()
    assert "不能再提出异议" in page
    assert '<form class="card flow" method="post"' not in page
    late = Client().post(address, form())
    assert late.status_code == 409
    assert str(notice.ends_on) in late.content.decode()
    assert address not in Client().get(reverse("notice", args=[notice.pk])).content.decode()


def at(world: World, who: str) -> Client:
    """Return the client of a person."""
    client = Client()
    client.force_login(world.people[who])
    return client


def test_the_desk_takes_an_objection_to_its_answer(world: World) -> None:
    _project, notice = case(world)
    row = filed(world, notice, papers=[("现场.png", PNG)])
    desk = "/manage/office/objectiondeskrow/"
    for name in ("accept", "investigate", "overrule", "answer", "close"):
        verb, who, to = VERBS[name]
        press = f"{desk}{row.pk}/press/{verb.verb_name.partition('.')[2]}/"
        client = at(world, who)
        assert row.number in client.get(desk).content.decode()
        assert client.get(press).status_code == 200
        assert client.post(press, {"reason": "写明"}).status_code == 302
        row.refresh_from_db()
        assert row.state == to


def test_the_desk_masks_who_objected_and_sends_the_papers(world: World) -> None:
    row = filed(world, papers=[("现场.png", PNG)])
    officer, other = at(world, "officer"), at(world, "other-officer")
    page = officer.get(f"/manage/office/objectiondeskrow/{row.pk}/change/").content.decode()
    assert "郑*远" in page
    assert NAME not in page
    paper = f"/manage/office/objectiondeskrow/papers/{row.papers.get().pk}/"
    assert paper in page
    assert b"".join(officer.get(paper).streaming_content) == PNG
    assert other.get(paper).status_code == 404
    press = f"/manage/office/objectiondeskrow/{row.pk}/press/read_filer/"
    assert NAME not in officer.post(press, {"reason": ""}).content.decode()
    seen = officer.post(press, {"reason": "电话核实"}).content.decode()
    assert NAME in seen
    assert CONTACT in seen
    assert other.post(press, {"reason": "好奇"}).status_code == 403


def test_the_reviewer_finds_what_an_upheld_objection_left(world: World) -> None:
    project, notice = case(world)
    objections.answer_objection(objection_in(world, "UPHELD", notice), by=world.people["officer"], reason="属实")
    page = at(world, "reviewer").get("/manage/projects/objecteddeskrow/").content.decode()
    assert project.name in page
