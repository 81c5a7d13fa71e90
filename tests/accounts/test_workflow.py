"""What every verb goes through, whichever door it was called by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from accounts.context import called_from
from accounts.models import Division, Event, Organisation, RoleGrant, User
from accounts.roles import Role
from accounts.workflow import PermissionDenied, RuleViolation, Unavailable, advance, lock, require, verb
from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import applications, reviews
from projects.states import ProjectState
from registry.models import HoldingAccount
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give, person, project_in
from tests.worlds import last_event


def database_says(sqlstate: str, constraint: str = "") -> None:
    """Let the database raise an error of a state, naming a constraint."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DO $$ BEGIN RAISE EXCEPTION 'made' USING ERRCODE = '{sqlstate}', CONSTRAINT = '{constraint}'; END $$"
        )


def toy(*steps: Callable[[Project], None]) -> Any:
    """Return a verb that renames a project and then takes one step a call; ``tried`` counts the calls."""

    @verb("projects.edit")
    def rename(project: Project, *, by: User, reason: str = "") -> Project:
        rename.tried += 1
        project.name = f"改名{rename.tried}"
        project.save(update_fields=["name"])
        if rename.tried <= len(steps):
            steps[rename.tried - 1](project)
        return project

    rename.tried = 0
    return rename


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"])
def test_a_deadlock_is_tried_once_more_and_nobody_notices(world: World, sqlstate: str) -> None:
    rename = toy(lambda project: database_says(sqlstate))

    renamed = rename(world.projects["yearly"], by=world.people["owner-maker"])

    assert rename.tried == 2
    assert Project.objects.get(pk=renamed.pk).name == "改名2"
    assert not Event.objects.filter(verb="projects.edit", outcome=Event.Outcome.REFUSED).exists()


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"])
def test_a_second_deadlock_says_busy_and_changes_nothing(world: World, sqlstate: str) -> None:
    rename = toy(*[lambda project: database_says(sqlstate)] * 2)

    refusal = refused(rename, world.projects["yearly"], by=world.people["owner-maker"], code="busy", error=Unavailable)

    assert rename.tried == 2
    assert "再试一次" in str(refusal)


def test_another_mistake_of_the_database_is_not_hidden_as_a_refusal(world: World) -> None:
    rename = toy(lambda project: database_says("23505", "nobody_named_this"))

    with nothing_changed(), pytest.raises(IntegrityError):
        rename(world.projects["yearly"], by=world.people["owner-maker"])
    assert rename.tried == 1


def test_a_constraint_becomes_its_sentence(world: World) -> None:
    rename = toy(lambda project: database_says("23514", "project_capacity_positive"))

    refusal = refused(rename, world.projects["yearly"], by=world.people["owner-maker"], code="bad_capacity")

    assert str(refusal.message) == "装机容量要大于 0 kW"


def test_a_deferred_trigger_becomes_its_sentence_before_the_verb_ends(world: World) -> None:
    from registry.models import Journal

    @verb("projects.edit")
    def empty_journal(project: Project, *, by: User) -> Project:
        Journal.objects.create(kind="ISSUE", by=by)
        return project

    refused(empty_journal, world.projects["yearly"], by=world.people["owner-maker"], code="unbalanced")


def test_a_rule_a_shape_and_a_missing_right_each_leave_their_event(world: World) -> None:
    def shape(project: Project) -> None:
        raise ValidationError({"name": [_("名称太长")]})

    def rule(project: Project) -> None:
        require(False, "no_such_day", "没有这一天")

    project, maker = world.projects["yearly"], world.people["owner-maker"]
    refused(toy(rule), project, by=maker, reason="试一试", code="no_such_day")
    refused(toy(shape), project, by=maker, code="invalid", error=ValidationError)
    forbidden(toy(), project, by=world.people["owner-checker"])
    assert last_event(code="invalid").said == "名称太长"


def test_what_a_refused_verb_did_before_is_taken_back_whole(world: World) -> None:
    def late(project: Project) -> None:
        raise RuleViolation("too_late", "已截止")

    refused(toy(late), world.projects["yearly"], by=world.people["owner-maker"], code="too_late")
    assert Project.objects.get(pk=world.projects["yearly"].pk).name == "城南污水厂屋顶分布式光伏项目"


def test_the_event_of_a_refusal_outlives_the_rollback(committed_world: World) -> None:
    """With real transactions: the verb's is gone, the event's is there, seen by another connection."""
    maker = committed_world.people["owner-maker"]
    with pytest.raises(RuleViolation):
        applications.submit(committed_world.projects["yearly"], by=maker)
    connection.close()

    event = Event.objects.first()
    assert event is not None
    assert (event.verb, event.code, event.actor) == ("projects.submit", "wrong_state", maker)


def test_a_verb_inside_a_verb_is_one_act(world: World) -> None:
    """The inner one needs its own right; its refusal takes the outer one back and leaves one event, the outer one's."""

    @verb("projects.edit")
    def edit_and_submit(project: Project, *, by: User, reason: str = "") -> Project:
        project.location = "青岚市城北区仓前路 6 号"
        project.save(update_fields=["location"])
        return applications.submit(project, by=by, reason=reason)

    @verb("projects.edit")
    def edit_and_accept(project: Project, *, by: User) -> Project:
        return reviews.accept(applications.submit(project, by=by), by=by)

    project, maker = project_in(world, "DRAFT"), world.people["owner-maker"]
    forbidden(edit_and_accept, project, by=maker)
    assert edit_and_submit(project, by=maker).state == ProjectState.CONFIRMING
    assert last_event(to_state="CONFIRMING").verb == "projects.edit"
    refused(edit_and_submit, project, by=maker, code="wrong_state")


def test_the_event_says_who_did_what_when_and_from_where(world: World) -> None:
    with called_from("page", ip="198.51.100.4", request_id="abc"):
        project = project_in(world, "CONFIRMING")

    event = last_event(verb="projects.submit")
    assert (event.actor_name, event.object_type, event.object_id) == ("王启", "projects.project", project.pk)
    assert (event.from_state, event.to_state, event.outcome) == ("DRAFT", "CONFIRMING", "DONE")
    assert (event.door, event.ip, event.request_id) == ("page", "198.51.100.4", "abc")
    assert event.business_at - event.real_at == pytest.approx(clock.offset(), abs=timedelta(seconds=5))


def test_a_right_holds_only_while_the_role_does(world: World) -> None:
    project, officer = project_in(world, "SUBMITTED"), world.people["officer"]
    grant = officer.grants.get()
    grant.valid_to = clock.now() + timedelta(hours=2)
    grant.save()
    move_clock(forward=timedelta(hours=3), by=world.system, reason="下班")

    forbidden(reviews.accept, project, by=officer)
    RoleGrant.objects.create(
        user=officer, role=Role.OFFICER, division=grant.division, valid_from=clock.now() + timedelta(hours=1)
    )
    forbidden(reviews.accept, project, by=officer)
    move_clock(forward=timedelta(hours=2), by=world.system, reason="上班")
    assert reviews.accept(project, by=officer).state == ProjectState.ACCEPTED


def test_a_right_reaches_down_the_tree_of_divisions_and_nowhere_else(world: World) -> None:
    district = Division.objects.get(code="990101")
    local, country = (
        person(world, name, Role.OFFICER, division=Division.objects.get(code=code))
        for name, code in (("local", "990101"), ("province", "99"))
    )
    here = project_in(world, "SUBMITTED")
    there = project_in(world, "SUBMITTED", division=district, name="城南小学屋顶光伏项目", meter_no="9901-PV-7")

    forbidden(reviews.accept, here, by=local)
    forbidden(reviews.accept, here, by=world.people["other-officer"])
    forbidden(reviews.accept, there, by=world.people["other-officer"])
    assert reviews.accept(there, by=local).state == ProjectState.ACCEPTED
    assert reviews.accept(here, by=country).state == ProjectState.ACCEPTED


def test_a_right_in_one_place_and_sight_of_another_do_not_add_up(world: World) -> None:
    """Maker for the buyer and checker for the owner: as the owner's checker one sees the draft, but may not submit it."""
    project = project_in(world, "DRAFT")
    both = person(world, "both", Role.MAKER, organisation=world.organisations["buyer"])
    give(world, both, Role.CHECKER, organisation=world.organisations["owner"])

    forbidden(applications.submit, project, by=both)
    two_cities = person(world, "two-cities", Role.REVIEWER, division=Division.objects.get(code="9902"))
    give(world, two_cities, Role.OFFICER, division=Division.objects.get(code="9901"))
    accepted = project_in(world, "ACCEPTED", name="城南小学屋顶光伏项目", meter_no="9901-PV-7")
    forbidden(reviews.approve, accepted, by=two_cities)


def test_the_scope_is_checked_however_the_row_is_passed(world: World) -> None:
    project, stranger = project_in(world, "SUBMITTED"), world.people["other-officer"]

    with nothing_changed(), pytest.raises(PermissionDenied):
        reviews.accept(project=project, by=stranger)
    assert last_event(code="forbidden").object_id == project.pk


def test_locks_are_taken_in_one_order_and_given_back_in_the_order_asked(world: World) -> None:
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    period, project = world.periods["yearly"], world.projects["yearly"]
    asked = (buyer, period, owner, project)
    taken: list[str] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if "FOR NO KEY UPDATE" in sql:
            taken.append(sql.split('FROM "')[1].split('"')[0])
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        fresh = lock(*asked)

    assert fresh == list(asked)
    assert [type(row) for row in fresh] == [HoldingAccount, MonitoringPeriod, HoldingAccount, Project]
    tables = ["projects_project", "projects_monitoringperiod", "registry_holdingaccount", "registry_holdingaccount"]
    assert taken == tables


def test_a_lock_gives_the_row_as_it_is_now(world: World) -> None:
    stale = Project.objects.get(pk=world.projects["yearly"].pk)
    Project.objects.filter(pk=stale.pk).update(location="搬走了")

    assert lock(stale).location == "搬走了"
    with pytest.raises(Project.DoesNotExist):
        lock(Project(pk=10**9))


def test_a_partitioned_table_cannot_be_locked_row_by_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Organisation, "partitioned", True, raising=False)

    with pytest.raises(TypeError, match="partitioned"):
        lock(world.projects["yearly"], world.organisations["owner"])


def test_allowed_moves_narrow_the_law_and_never_widen_it(world: World) -> None:
    project, maker = project_in(world, "DRAFT"), world.people["owner-maker"]
    submitting = (ProjectState.DRAFT, ProjectState.CONFIRMING)
    inventing = (ProjectState.DRAFT, ProjectState.REGISTERED)

    for to, allowed in (
        (ProjectState.CONFIRMING, {(ProjectState.DRAFT, ProjectState.WITHDRAWN)}),
        (ProjectState.REGISTERED, {inventing}),
        (ProjectState.CONFIRMING, set()),
    ):
        with nothing_changed(), pytest.raises(RuleViolation) as caught:
            advance(project, to, by=maker, allowed=allowed)
        assert caught.value.code == "wrong_state"
        assert "草稿" in str(caught.value.message)
        assert project.state == ProjectState.DRAFT
    advance(project, ProjectState.CONFIRMING, by=maker, allowed={submitting, inventing}, submitted_by=maker)
    assert Project.objects.get(pk=project.pk).state == ProjectState.CONFIRMING


def test_a_move_writes_only_the_state_and_the_fields_named(world: World) -> None:
    project = project_in(world, "DRAFT")
    project.commissioned_on = date(1999, 1, 1)

    advance(project, ProjectState.WITHDRAWN, by=world.people["owner-maker"])

    assert Project.objects.get(pk=project.pk).commissioned_on == date(2024, 1, 1)
