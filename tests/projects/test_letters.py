"""Letters to other bureaus: the clock of the case stands still for exactly the working days, and nobody decides meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from kernel import clock
from office.services.calendar import calendar
from office.services.clock import move_clock
from projects.models import OpinionLetter, Project
from projects.services import applications, letters, reviews
from projects.views.progress import limit
from tests.papers import picture
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import project_in

QUESTION = "该屋面是否在已规划的拆除范围内？"
PNG = picture()


def sent(
    world: World, project: Project | None = None, addressee: str = "住房和城乡建设局", workdays: int = 5
) -> OpinionLetter:
    """Ask a bureau about a case in review."""
    project = project or project_in(world, "ACCEPTED")
    return letters.ask_opinion(
        project, addressee=addressee, question=QUESTION, workdays=workdays, by=world.people["reviewer"]
    )


def go_on(world: World, workdays: int) -> None:
    """Let so many working days pass."""
    to = calendar().add_workdays(clock.today(), workdays)
    if workdays:
        move_clock(forward=timedelta(days=(to - clock.today()).days), by=world.system, reason="过几天")


def replied(world: World, letter: OpinionLetter, **about: Any) -> OpinionLetter:
    """Write down the reply."""
    return letters.record_opinion(letter, reply="不在拆除范围内。", by=world.people["reviewer"], **about)


def due(project: Project) -> date:
    """Return the due date as it is stored."""
    project.refresh_from_db()
    assert project.due_on is not None
    return project.due_on


@pytest.mark.parametrize("stood", [0, 1, 3, 12])
def test_the_due_date_moves_by_exactly_the_working_days_of_the_pause(world: World, stood: int) -> None:
    project = project_in(world, "ACCEPTED")
    before = due(project)
    go_on(world, 2)
    letter = sent(world, project)
    go_on(world, stood)

    replied(world, letter, file=("复函.png", PNG))

    assert due(project) == calendar().add_workdays(before, stood)
    running = limit(project)
    assert running is not None
    assert (running.spent, running.total, running.paused_on) == (2, project.profile.review_workdays, None)
    letter.refresh_from_db()
    assert letter.reply_file is not None
    assert letter.reply_file.name == "复函.png"


def test_the_clock_stands_still_while_it_waits(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    go_on(world, 2)
    letter = sent(world, project)
    go_on(world, 4)
    project.refresh_from_db()
    running = limit(project)
    assert running is not None
    assert (running.spent, running.tone, running.paused_on) == (2, "paused", letter.sent_on)


def test_two_letters_are_one_pause(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    before = due(project)
    first = sent(world, project, "林业局")
    go_on(world, 2)
    second = sent(world, project, "供电公司")
    go_on(world, 3)
    replied(world, first)
    assert due(project) == before
    go_on(world, 4)
    replied(world, second)
    assert due(project) == calendar().add_workdays(before, 9)


def test_a_second_pause_adds_to_the_first(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    before = due(project)
    for stood in (2, 3):
        letter = sent(world, project)
        go_on(world, stood)
        replied(world, letter)
    project.refresh_from_db()
    assert (due(project), project.paused_workdays) == (calendar().add_workdays(before, 5), 5)


def test_nobody_decides_while_a_letter_waits(world: World) -> None:
    letter = sent(world)
    for verb in (reviews.approve, reviews.reject):
        refusal = refused(verb, letter.project, by=world.people["reviewer"], reason="试", code="opinion_waiting")
        assert letter.number in str(refusal.message)
    replied(world, letter)
    assert reviews.approve(letter.project, by=world.people["reviewer"]).state == "PUBLIC_NOTICE"


def test_a_letter_without_a_reply_lapses_the_day_after_its_deadline(world: World) -> None:
    letter = sent(world, workdays=3)
    before = due(letter.project)
    go_on(world, 3)
    about: dict[str, Any] = {"by": world.people["reviewer"], "reason": "电话催过两次"}
    refused(letters.lapse_opinion, letter, code="letter_running", **about)
    go_on(world, 1)
    refused(letters.lapse_opinion, letter, code="no_reason", by=about["by"], reason=" ")
    letter = letters.lapse_opinion(letter, **about)
    assert letter.state == "LAPSED"
    assert due(letter.project) == calendar().add_workdays(before, 4)
    refused(letters.record_opinion, letter, reply="迟到的复函", by=about["by"], code="wrong_state")


def test_a_case_that_is_withdrawn_meanwhile_has_no_clock(world: World) -> None:
    letter = sent(world)
    project = applications.withdraw(letter.project, by=world.people["owner-maker"], reason="改装组件")
    replied(world, letter)
    project.refresh_from_db()
    assert project.due_on is None


@pytest.mark.parametrize("state", ["SUBMITTED", "PUBLIC_NOTICE", "CORRECTION"])
def test_only_a_case_in_review_asks(world: World, state: str) -> None:
    project = project_in(world, state)
    refused(
        letters.ask_opinion, project, addressee="林业局", question=QUESTION, workdays=5, by=world.people["reviewer"],
        code="not_in_review",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("about", "code"),
    [({"addressee": " "}, "no_question"), ({"question": ""}, "no_question"), ({"workdays": 0}, "bad_deadline"),
     ({"workdays": 31}, "bad_deadline")],
)  # fmt: skip
def test_a_letter_says_to_whom_what_and_until_when(world: World, about: dict[str, Any], code: str) -> None:
    told = {"addressee": "林业局", "question": QUESTION, "workdays": 5, **about}
    refused(letters.ask_opinion, project_in(world, "ACCEPTED"), by=world.people["reviewer"], code=code, **told)


def test_a_letter_is_the_reviewers_of_the_place(world: World) -> None:
    letter = sent(world)
    for who in ("officer", "owner-maker", "verifier", "registrar"):
        forbidden(letters.record_opinion, letter, reply="不在范围内", by=world.people[who])
    refused(letters.record_opinion, letter, reply=" ", by=world.people["reviewer"], code="no_reply")


def at(world: World, who: str) -> Client:
    """Return the client of a person."""
    client = Client()
    client.force_login(world.people[who])
    return client


def test_the_owner_reads_question_pause_and_reply(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    letter = sent(world, project)
    address = reverse("project-case", args=[project.pk])
    page = at(world, "owner-maker").get(address).content.decode()
    for said in (QUESTION, "计时暂停，等复函", "起计时暂停", "住房和城乡建设局", 'class="paused"'):
        assert said in page, said
    go_on(world, 2)
    replied(world, letter)
    page = at(world, "owner-maker").get(address).content.decode()
    assert "不在拆除范围内。" in page
    assert "不占办理时限" in page
    assert "起计时暂停" not in page


def test_the_desk_sends_a_letter_and_takes_the_reply(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    reviewer, desk = at(world, "reviewer"), "/manage/projects/letterdeskrow/"
    form = {"project": project.pk, "addressee": "林业局", "question": QUESTION, "workdays": 5}
    assert reviewer.get(f"{desk}add/").status_code == 200
    assert reviewer.post(f"{desk}add/", {**form, "question": ""}).status_code == 400
    assert at(world, "officer").post(f"{desk}add/", form).status_code == 403
    assert reviewer.post(f"{desk}add/", form).status_code == 302
    letter = OpinionLetter.objects.get(project=project)
    assert letter.number in reviewer.get(desk).content.decode()
    press = f"{desk}{letter.pk}/press/record_opinion/"
    assert QUESTION in reviewer.get(f"{desk}{letter.pk}/change/").content.decode()
    assert reviewer.get(press).status_code == 200
    with nothing_changed():
        bad = reviewer.post(press, {"reply": "同意", "file": SimpleUploadedFile("x.exe", b"MZ" + b"0" * 64)})
    assert bad.status_code == 400
    assert reviewer.post(press, {"reply": "同意", "file": SimpleUploadedFile("复函.png", PNG)}).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "ANSWERED"
    assert reviewer.post(press, {"reply": "再登记一次"}).status_code == 409
