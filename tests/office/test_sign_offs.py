"""经办→审核→签发: three people where the profile wants them, the verb itself where it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Division, User
from accounts.roles import Role
from accounts.services.deputies import name_deputy
from carbon_portal.story import World
from kernel import clock
from office.models import Profile, SignOff
from office.services import signoffs
from projects.models import Project
from projects.services import reviews
from projects.states import PeriodState, ProjectState
from registry.services import issuing
from tests.refusals import forbidden, refused
from tests.stages import period_in, person, project_in
from tests.worlds import last_event


@pytest.fixture
def leader(world: World) -> User:
    """Who signs."""
    return person(world, "the-leader", Role.LEADER, division=Division.objects.get(code="9901"))


@pytest.fixture
def second(world: World) -> User:
    """A second reviewer."""
    return person(world, "second", Role.REVIEWER, division=Division.objects.get(code="9901"))


@pytest.fixture
def case(world: World) -> Project:
    """An accepted application under a profile that wants three people."""
    profile = Profile.objects.get(code="GD-2022")
    return project_in(world, ProjectState.ACCEPTED, name="广东机制的屋顶", meter_no="9901-PV-S1", profile=profile)


def drafted(case: Project, by: User, opinion: str = "符合适用条件，拟同意公示") -> SignOff:
    return signoffs.draft(case, name="projects.approve", by=by, reason=opinion)


def test_three_people_and_the_last_ones_signature_runs_the_verb(
    world: World, case: Project, second: User, leader: User
) -> None:
    chain = drafted(case, world.people["reviewer"])
    chain = signoffs.review(chain, by=second, reason="同意")
    case.refresh_from_db()
    assert case.state == ProjectState.ACCEPTED, "nothing has been decided yet"
    chain = signoffs.sign(chain, by=leader)
    case.refresh_from_db()
    assert (case.state, case.approved_by, chain.state) == (ProjectState.PUBLIC_NOTICE, leader, "SIGNED")
    event = last_event(verb="projects.approve")
    assert (event.actor, event.reason) == (leader, "符合适用条件，拟同意公示")
    assert event.data["sign_off"] == chain.pk
    assert (event.data["drafted_by"], event.data["reviewed_by"]) == (world.people["reviewer"].pk, second.pk)


def test_the_verb_alone_is_refused_where_the_profile_wants_the_chain(world: World, case: Project) -> None:
    refused(reviews.approve, case, by=world.people["reviewer"], reason="直接办", code="needs_sign_off")
    refused(reviews.reject, case, by=world.people["reviewer"], reason="直接办", code="needs_sign_off")


def test_a_profile_without_a_chain_works_as_before(world: World) -> None:
    project = project_in(world, ProjectState.ACCEPTED, name="演示机制的屋顶", meter_no="9901-PV-S2")
    assert reviews.approve(project, by=world.people["reviewer"]).state == ProjectState.PUBLIC_NOTICE


def test_nobody_takes_two_steps(world: World, case: Project, second: User, leader: User) -> None:
    chain = drafted(case, leader)
    refused(signoffs.review, chain, by=leader, code="same_person")
    chain = signoffs.review(chain, by=second)
    refused(signoffs.sign, chain, by=leader, code="same_person")


def test_for_somebody_counts_as_that_somebody(world: World, case: Project, second: User, leader: User) -> None:
    """The drafter goes on leave; who stands in for him may not review his draft in his name."""
    drafter = world.people["reviewer"]
    chain = drafted(case, drafter)
    officer = world.people["officer"]
    today = clock.today()
    name_deputy(drafter, officer, from_on=today, to_on=today + timedelta(days=3), by=drafter, reason="出差")
    refused(signoffs.review, chain, by=officer, code="same_person")
    chain = signoffs.review(chain, by=second)
    assert signoffs.sign(chain, by=leader).state == "SIGNED"


def test_the_accepter_does_not_sign(world: World, second: User, leader: User) -> None:
    """The two-person rule of the verb stays, whoever drafted; and when it is refused nothing is signed."""
    project = project_in(
        world,
        ProjectState.SUBMITTED,
        name="领导受理的屋顶",
        meter_no="9901-PV-S3",
        profile=Profile.objects.get(code="GD-2022"),
    )
    leader.grants.create(role=Role.OFFICER, division=Division.objects.get(code="9901"))
    project = reviews.accept(project, by=leader)
    chain = signoffs.review(drafted(project, world.people["reviewer"]), by=second)
    refused(signoffs.sign, chain, by=leader, code="same_person")
    chain.refresh_from_db()
    assert chain.state == "REVIEWED"


def test_sent_back_with_a_reason_and_drafted_again(world: World, case: Project, second: User, leader: User) -> None:
    drafter = world.people["reviewer"]
    chain = drafted(case, drafter)
    refused(signoffs.send_back, chain, by=second, reason=" ", code="no_reason")
    refused(signoffs.draft, case, name="projects.reject", by=drafter, reason="另拟", code="in_sign_off")
    chain = signoffs.send_back(chain, by=second, reason="请补写适用条件第 2 条")
    refused(signoffs.review, chain, by=second, code="wrong_state")
    assert drafted(case, drafter, "已补写，拟同意公示").pk != chain.pk


def test_who_may_not_decide_may_not_draft(world: World, case: Project) -> None:
    forbidden(signoffs.draft, case, name="projects.approve", by=world.people["officer"], reason="越权")
    refused(
        signoffs.draft, case, name="projects.approve", by=world.people["registrar"], reason="越权", code="not_yours"
    )
    forbidden(signoffs.sign, drafted(case, world.people["reviewer"]), by=world.people["registrar"])


def test_units_are_issued_by_three_people(world: World, second: User, leader: User) -> None:
    guangdong = Profile.objects.get(code="GD-2022")
    Project.objects.filter(pk=world.projects["yearly"].pk).update(profile=guangdong)
    period = period_in(world, PeriodState.APPROVED)
    refused(issuing.issue, period, by=world.people["registrar"], key="alone", code="needs_sign_off")
    chain = signoffs.draft(period, name="registry.issue", by=world.people["registrar"], reason="数量与核证一致")
    chain = signoffs.review(chain, by=second)
    signoffs.sign(chain, by=leader)
    period.refresh_from_db()
    assert (period.state, period.issued_by) == (PeriodState.ISSUED, leader)
    assert period.batch.journal.by == leader
