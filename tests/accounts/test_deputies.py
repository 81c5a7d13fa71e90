"""An absent officer's deputy: the same roles for those days, every event in both names, and never the absent one's second person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import Deputy, Division, User
from accounts.roles import Role
from accounts.services.deputies import end_deputy, name_deputy
from accounts.workflow import PermissionDenied
from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from projects.models import Project
from projects.services import reviews
from projects.states import ProjectState
from tests.refusals import forbidden, refused
from tests.stages import give, person, project_in
from tests.worlds import last_event


@pytest.fixture
def colleague(world: World) -> User:
    """An officer of the same city who registers only."""
    return person(world, "colleague", Role.REGISTRAR, division=Division.objects.get(code="9901"))


def days(first: int = 0, last: int = 2) -> dict[str, date]:
    today = clock.today()
    return {"from_on": today + timedelta(days=first), "to_on": today + timedelta(days=last)}


def stand_in(world: World, deputy: User, absent: str = "officer", **span: date) -> Deputy:
    by = world.people[absent]
    return name_deputy(by, deputy, by=by, reason="年休假", **(span or days()))


def waiting(world: World, number: int = 1) -> Project:
    return project_in(world, ProjectState.SUBMITTED, name=f"{number} 号屋顶", meter_no=f"9901-PV-D{number}")


def test_a_deputy_acts_for_the_absent_officer_and_the_event_says_both(world: World, colleague: User) -> None:
    project = waiting(world)
    forbidden(reviews.accept, project, by=colleague)
    stand_in(world, colleague)
    project = reviews.accept(project, by=colleague, reason="材料齐全")
    event = last_event(verb="projects.accept")
    assert project.accepted_by == colleague
    assert (event.actor, event.acted_for) == (colleague, world.people["officer"])
    assert event.actor_name == "演示colleague 代 陈立"


def test_what_a_deputy_may_himself_he_does_in_his_own_name(world: World, colleague: User) -> None:
    stand_in(world, colleague, absent="registrar")
    project = project_in(world, ProjectState.PUBLIC_NOTICE, name="9 号屋顶", meter_no="9901-PV-D9")
    move_clock(
        forward=timedelta(days=(project.notice.ends_on - clock.today()).days + 1), by=world.system, reason="公示"
    )  # type: ignore[union-attr]
    reviews.register(project, by=colleague)
    event = last_event(verb="projects.register")
    assert (event.actor, event.acted_for, event.actor_name) == (colleague, None, colleague.full_name)


def test_the_last_day_counts_and_the_day_after_is_refused(world: World, colleague: User) -> None:
    first, second = waiting(world, 2), waiting(world, 3)
    stand_in(world, colleague, **days(0, 2))
    move_clock(forward=timedelta(days=2), by=world.system, reason="最后一天")
    reviews.accept(first, by=colleague)
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")
    forbidden(reviews.accept, second, by=colleague)


def test_not_before_the_first_day_and_not_after_an_early_end(world: World, colleague: User) -> None:
    project = waiting(world, 4)
    row = stand_in(world, colleague, **days(1, 3))
    forbidden(reviews.accept, project, by=colleague)
    move_clock(forward=timedelta(days=1), by=world.system, reason="首日")
    assert "projects.accept" in colleague.verbs()
    end_deputy(row, by=world.people["officer"], reason="提前回来")
    forbidden(reviews.accept, project, by=colleague)
    refused(end_deputy, row, by=world.people["officer"], reason="再结束一次", code="deputy_over")


def test_for_somebody_is_that_somebody_in_every_two_person_rule(world: World, colleague: User) -> None:
    """The officer accepted; whoever stands in for her may not approve in her name, and what he did for her she did."""
    city = Division.objects.get(code="9901")
    officer = world.people["officer"]
    give(world, officer, Role.REVIEWER, division=city)
    stand_in(world, colleague)
    accepted = reviews.accept(waiting(world, 5), by=officer)
    refused(reviews.approve, accepted, by=colleague, reason="代她审核", code="same_person")
    by_deputy = reviews.accept(waiting(world, 6), by=colleague)
    refused(reviews.approve, by_deputy, by=officer, reason="代办人已受理", code="same_person")
    refused(reviews.approve, by_deputy, by=colleague, reason="同一个人", code="same_person")
    assert reviews.approve(by_deputy, by=world.people["reviewer"]).state == ProjectState.PUBLIC_NOTICE


def test_two_deputies_of_one_officer_are_not_two_people(world: World, colleague: User) -> None:
    city = Division.objects.get(code="9901")
    give(world, world.people["officer"], Role.REVIEWER, division=city)
    another = person(world, "another", Role.REGISTRAR, division=city)
    row = stand_in(world, colleague)
    project = reviews.accept(waiting(world, 7), by=colleague)
    end_deputy(row, by=world.people["officer"], reason="换人")
    stand_in(world, another)
    refused(reviews.approve, project, by=another, code="same_person")


def test_only_the_officer_or_a_superior_names_and_only_a_colleague(world: World, colleague: User) -> None:
    officer, elsewhere = world.people["officer"], world.people["other-officer"]
    leader = person(world, "the-leader", Role.LEADER, division=Division.objects.get(code="9901"))
    span = days()
    forbidden(name_deputy, officer, colleague, by=world.people["reviewer"], reason="代她定", **span)
    refused(name_deputy, officer, elsewhere, by=officer, reason="别的市", code="other_office", **span)
    refused(name_deputy, officer, officer, by=officer, reason="自己", code="same_person", **span)
    refused(name_deputy, officer, colleague, by=officer, reason=" ", code="no_reason", **span)
    refused(name_deputy, officer, colleague, by=officer, reason="补", code="past_days", **days(-1, 1))
    refused(name_deputy, officer, colleague, by=officer, reason="倒着", code="deputy_period", **days(3, 1))
    refused(name_deputy, officer, colleague, by=officer, reason="一年", code="too_long", **days(0, 400))
    assert name_deputy(officer, colleague, by=leader, reason="因病", **span).named_by == leader
    refused(name_deputy, officer, leader, by=officer, reason="又一个", code="deputy_known", **days(1, 5))


def test_a_deputys_deputy_gets_nothing(world: World, colleague: User) -> None:
    stand_in(world, colleague)
    refused(
        name_deputy,
        colleague,
        world.people["reviewer"],
        by=colleague,
        reason="我也休假",
        code="deputy_away",
        **days(1, 4),
    )


def test_nobody_stands_in_for_an_administrator(world: World, colleague: User) -> None:
    admin = world.people["admin"]
    with pytest.raises(PermissionDenied):
        name_deputy(admin, colleague, by=admin, reason="休假", **days())
    assert "accounts.grant_role" not in colleague.verbs()
