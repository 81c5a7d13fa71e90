"""My work: every row that waits for the person, the most urgent first, and nothing that does not."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Division
from carbon_portal.story import World
from kernel import clock
from office.services import clock as business_clock
from office.services.calendar import calendar
from office.services.clock import move_clock
from projects.states import ProjectState
from tests.office.test_objections import objection_in
from tests.stages import give, period_in, project_in, retirement_in

MOST_QUERIES = 45  # of which the skin asks for roles some twenty times


def start_page(world: World, username: str) -> Client:
    client = Client()
    client.force_login(world.people[username])
    return client


def titles(world: World, username: str) -> list[str]:
    """Return what waits for somebody, in the order of the page."""
    return [one.title for one in start_page(world, username).get("/manage/").context["waiting"]]


def test_an_officer_finds_what_waits_for_her_and_not_what_waits_for_others(world: World) -> None:
    before = titles(world, "officer")
    mine = project_in(world, ProjectState.SUBMITTED, name="等受理的项目", meter_no="9901-PV-1")
    others = project_in(world, ProjectState.ACCEPTED, name="等审核的项目", meter_no="9901-PV-2")
    assert sorted([*before, mine.name]) == sorted(titles(world, "officer"))
    assert others.name in titles(world, "reviewer")
    assert mine.name not in titles(world, "reviewer")
    assert mine.name not in titles(world, "other-officer"), "another district's"


def test_the_most_urgent_comes_first_and_what_is_overdue_is_red(world: World) -> None:
    later = project_in(world, ProjectState.SUBMITTED, name="后到的项目", meter_no="9901-PV-3")
    first = calendar().add_workdays(clock.today(), 1)
    type(later).objects.filter(pk=later.pk).update(due_on=calendar().add_workdays(clock.today(), 9))
    urgent = project_in(world, ProjectState.SUBMITTED, name="先到期的项目", meter_no="9901-PV-4")
    type(urgent).objects.filter(pk=urgent.pk).update(due_on=first)
    order = [title for title in titles(world, "officer") if title in {later.name, urgent.name}]
    assert order == [urgent.name, later.name]
    move_clock(forward=timedelta(days=7), by=world.system, reason="过一周")
    page = start_page(world, "officer").get("/manage/")
    assert page.context["waiting"][0].title == urgent.name
    assert page.context["late"] >= 1
    assert 'class="work-limit late"' in page.content.decode()


def test_an_answered_objection_waits_to_be_closed_and_is_not_late(world: World) -> None:
    objection = objection_in(world, "ANSWERED")
    move_clock(forward=timedelta(days=60), by=world.system, reason="过两个月")
    waiting = start_page(world, "officer").get("/manage/").context["waiting"]
    assert [one.limit for one in waiting if one.title == objection.number] == [None]


def test_a_notice_that_runs_waits_for_nobody(world: World) -> None:
    project = project_in(world, ProjectState.PUBLIC_NOTICE, name="公示中的项目", meter_no="9901-PV-5")
    assert project.name not in titles(world, "registrar")
    assert project.notice is not None
    move_clock(
        forward=timedelta(days=(project.notice.ends_on - clock.today()).days + 1), by=world.system, reason="走完公示"
    )
    assert project.name in titles(world, "registrar")


def test_the_page_takes_few_queries_whoever_looks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(business_clock, "FRESH_S", math.inf)  # else the clock is asked again in the middle of a page
    for number in range(3):
        project_in(world, ProjectState.SUBMITTED, name=f"{number} 号", meter_no=f"9901-PV-6{number}")
    period_in(world, "APPLIED")
    retirement_in(world, "PENDING", 1)
    city = Division.objects.get(code="9901")
    for role in ("REVIEWER", "REGISTRAR", "LEADER"):  # all the posts of a small office in one person
        give(world, world.people["officer"], role, division=city)
    client = start_page(world, "officer")
    client.get("/manage/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/manage/")
    assert len(page.context["counts"]) >= 8
    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:120] for query in queries)


def test_the_menu_puts_desks_first_in_the_order_of_the_work(world: World) -> None:
    groups = start_page(world, "reviewer").get("/manage/").context["sidebar_navigation"]
    desks = [item["title"] for item in groups[0]["items"]]
    assert desks[:4] == ["我的工作", "签批台", "审核台", "签发审核台"]
    assert desks.index("承办台") > desks.index("签发审核台")
    assert "减排项目" in [item["title"] for item in groups[1]["items"]]


@pytest.mark.parametrize("words", ["Select action", "No results found", "Type to search", "Return to site"])
def test_the_admins_skin_speaks_chinese(words: str) -> None:
    """Its own catalogue has no Chinese, so ours has."""
    with translation.override("zh-hans"):
        assert translation.gettext(words) != words
