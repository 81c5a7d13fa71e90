"""The owner's verbs on an application and the bureau's: what works, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Division, Organisation
from accounts.roles import Role
from accounts.services.people import end_role
from carbon_portal.story import World, application
from certificates.models import Certificate
from kernel import clock
from methodologies.models import Method
from methodologies.services import publishing
from office.models import Profile
from office.services.calendar import calendar
from office.services.clock import move_clock
from projects.forms import ProjectForm
from projects.models import Project
from projects.services import applications, reviews
from projects.states import PROJECT_EDITABLE, PROJECT_MOVES, ProjectState
from tests.refusals import forbidden, refused
from tests.stages import ROOF, give, grounds, office_in, person, project_in
from tests.worlds import last_event

STATES = [state for state in ProjectState if state not in ("REGISTERED", "REVOKED")]
# verb, who presses it, the state it leads to, whether a reason has to be written
STEPS: dict[str, tuple[Callable[..., Project], str, str, bool]] = {
    "submit": (applications.submit, "owner-maker", "CONFIRMING", False),
    "confirm": (applications.confirm, "owner-checker", "SUBMITTED", False),
    "send_back": (applications.send_back, "owner-checker", "DRAFT", True),
    "withdraw": (applications.withdraw, "owner-maker", "WITHDRAWN", True),
    "accept": (reviews.accept, "officer", "ACCEPTED", False),
    "ask_correction": (reviews.ask_correction, "officer", "CORRECTION", True),
    "refuse_acceptance": (reviews.refuse_acceptance, "officer", "NOT_ACCEPTED", True),
    "approve": (reviews.approve, "reviewer", "PUBLIC_NOTICE", False),
    "reject": (reviews.reject, "reviewer", "REJECTED", True),
    "register": (reviews.register, "registrar", "REGISTERED", False),
    "revoke": (reviews.revoke, "registrar", "REVOKED", True),
}


def place(world: World, state: str) -> Project:
    """Return a project in a state; a registered one is the demo's."""
    if state == "REGISTERED":
        return world.projects["yearly"]
    return project_in(world, state)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, to, _reason = STEPS[name]
    # Straight from the owner's hands an application arrives on paper only, which is another verb.
    allowed = {"CONFIRMING"} if name == "confirm" else {was for was, reached in PROJECT_MOVES if reached == to}
    for number, state in enumerate([*STATES, ProjectState.REGISTERED]):
        if state in allowed or (name == "register" and state == "PUBLIC_NOTICE"):
            continue
        project = (
            world.projects["yearly"]
            if state == "REGISTERED"
            else project_in(world, state, name=f"屋顶 {number} 号", meter_no=f"9901-PV-{number}")
        )
        refusal = refused(verb, project, by=world.people[who], reason="试", code="wrong_state")
        assert project.get_state_display() in str(refusal.message)


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step[3]])
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_step_against_the_other_side_needs_a_written_reason(world: World, name: str, reason: str) -> None:
    verb, who, to, _reason = STEPS[name]
    project = place(world, next(was for was, reached in sorted(PROJECT_MOVES) if reached == to))

    refused(verb, project, by=world.people[who], reason=reason, code="no_reason")


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_only_by_the_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, to, _reason = STEPS[name]
    project = place(world, next(was for was, reached in sorted(PROJECT_MOVES) if reached == to))
    strangers = {"buyer-maker", "buyer-checker", "verifier", "other-officer", "admin"}
    staff = {"officer", "reviewer", "registrar"}
    for other in sorted(strangers | staff | {"owner-maker", "owner-checker"} - {who}):
        if other != who:
            forbidden(verb, project, by=world.people[other], reason="试")


def test_a_draft_belongs_to_the_organisation_and_says_so(world: World) -> None:
    project = application(world, **ROOF)

    assert (project.state, project.owner) == (ProjectState.DRAFT, world.organisations["owner"])
    assert last_event(verb="projects.draft").object_label == ROOF["name"]


def told(world: World, **changed: Any) -> dict[str, Any]:
    """Return the fields of an application."""
    return {
        **ROOF,
        "division": Division.objects.get(code="9901"),
        "profile": Profile.objects.get(code="DEMO"),
        "method": Method.objects.get(code="GD-2022-002", version=2),
        "description": "屋面光伏",
        "crediting_from": date(2024, 1, 1),
        "crediting_to": date(2034, 1, 1),
        **changed,
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "城南污水厂屋顶分布式光伏项目"}, "project_known"),
        ({"meter_no": "9901-PV-001000"}, "meter_taken"),
        ({"capacity_kw": Decimal(0)}, "bad_capacity"),
        ({"capacity_kw": Decimal(-5)}, "bad_capacity"),
        ({"crediting_from": date(2023, 12, 31)}, "bad_crediting_period"),
        ({"crediting_to": date(2024, 1, 1)}, "bad_crediting_period"),
    ],
)
def test_a_draft_against_a_rule_of_the_table_is_refused_in_words(
    world: World, changed: dict[str, Any], code: str
) -> None:
    fields = told(world, **changed)

    refused(applications.draft, world.organisations["owner"], by=world.people["owner-maker"], code=code, **fields)
    if "crediting_from" not in changed and "crediting_to" not in changed:
        draft = application(world, **ROOF)
        refused(applications.edit, draft, by=world.people["owner-maker"], code=code, **changed)


@pytest.mark.parametrize("changed", [{"name": "长" * 49}, {"meter_no": ""}, {"capacity_kw": Decimal("1.23456")}])
def test_a_draft_of_a_wrong_shape_is_refused_as_such(world: World, changed: dict[str, Any]) -> None:
    refused(
        applications.draft,
        world.organisations["owner"],
        by=world.people["owner-maker"],
        code="invalid",
        error=ValidationError,
        **told(world, **changed),
    )


def test_an_application_is_drafted_only_by_the_owners_maker(world: World) -> None:
    fields = told(world)
    both = person(world, "both", Role.MAKER, organisation=world.organisations["buyer"])
    give(world, both, Role.CHECKER, organisation=world.organisations["owner"])

    for by in (both, *(world.people[who] for who in ("buyer-maker", "owner-checker", "officer", "verifier"))):
        forbidden(applications.draft, world.organisations["owner"], by=by, **fields)


def test_name_and_meter_are_free_again_when_an_application_ended_without_registration(world: World) -> None:
    project_in(world, "WITHDRAWN")

    assert application(world, **ROOF).state == ProjectState.DRAFT


def test_an_edit_keeps_old_and_new_values(world: World) -> None:
    project = project_in(world, "CORRECTION")

    applications.edit(project, location="青岚市城北区仓前路 7 号", name=ROOF["name"], by=world.people["owner-maker"])

    changed = last_event(verb="projects.edit").data
    assert changed == {"location": ["青岚市城北区仓前路 5 号", "青岚市城北区仓前路 7 号"]}


@pytest.mark.parametrize("state", [state for state in STATES if state not in PROJECT_EDITABLE])
def test_what_was_submitted_cannot_be_edited(world: World, state: str) -> None:
    refused(
        applications.edit,
        project_in(world, state),
        location="别处",
        by=world.people["owner-maker"],
        code="not_editable",
    )


@pytest.mark.parametrize(
    ("changed", "code"), [({"unique_elsewhere": False}, "not_unique"), ({"truth_promised": False}, "no_promise")]
)
def test_an_application_without_its_promises_is_not_submitted(world: World, changed: dict[str, Any], code: str) -> None:
    maker = world.people["owner-maker"]
    project = applications.edit(project_in(world, "DRAFT"), by=maker, **changed)

    refused(applications.submit, project, by=maker, code=code)


def test_a_mechanism_that_ended_takes_no_application(world: World) -> None:
    """Wuhan's rules of 2023 ended on 2025-09-21; the refusal names them and the day (clarification 22)."""
    ended, maker = Profile.objects.get(code="WH-2023"), world.people["owner-maker"]
    assert (ended.valid_from, ended.valid_to) == (date(2023, 9, 22), date(2025, 9, 21))
    project = project_in(world, "DRAFT", profile=ended)

    refusal = refused(applications.submit, project, by=maker, code="profile_closed")
    assert "武汉市碳普惠管理办法（试行）（武环规〔2023〕3号）" in refusal.message
    assert "2025-09-21" in refusal.message
    Profile.objects.filter(pk=ended.pk).update(valid_to=clock.today())
    assert applications.submit(project, by=maker).state == ProjectState.CONFIRMING


def test_a_mechanism_takes_applications_from_its_first_to_its_last_day(world: World) -> None:
    """Guangdong's measures run from 2022-05-06 for five years (clarification 22)."""
    guangdong = Profile.objects.get(code="GD-2022")
    for day, taken in ((5, False), (6, True)):
        assert guangdong.in_force(date(2022, 5, day)) is taken
        assert (guangdong in Profile.objects.in_force(date(2022, 5, day))) is taken
    for day, taken in ((5, True), (6, False)):
        assert guangdong.in_force(date(2027, 5, day)) is taken
        assert (guangdong in Profile.objects.in_force(date(2027, 5, day))) is taken
    project = project_in(world, "DRAFT", profile=guangdong)
    assert applications.submit(project, by=world.people["owner-maker"]).state == ProjectState.CONFIRMING


def test_a_mechanism_that_has_not_begun_says_from_when(world: World) -> None:
    project = project_in(world, "DRAFT")
    Profile.objects.filter(code="DEMO").update(valid_from=clock.today() + timedelta(days=1), instrument="新办法")
    refusal = refused(applications.submit, project, by=world.people["owner-maker"], code="profile_closed")
    assert f"“新办法”自 {clock.today() + timedelta(days=1)} 起施行" in refusal.message


def test_the_form_offers_only_mechanisms_in_force(world: World) -> None:
    offered = set(ProjectForm(owner=world.organisations["owner"]).fields["profile"].queryset)  # type: ignore[attr-defined]
    assert offered == {Profile.objects.get(code=code) for code in ("CCER-2023", "DEMO", "GD-2022")}


def test_a_method_that_is_no_longer_in_force_takes_no_application(world: World) -> None:
    project = project_in(world, "DRAFT")
    old = Method.objects.create(
        code="GD-2022-009",
        version=1,
        title="已废止的方法学",
        kind=project.method.kind,
        evidence=project.method.evidence,
        document=project.method.document,
        digest=project.method.digest,
        division=project.division,
    )
    publishing.repeal_method(old, by=world.people["leader"], reason="省厅公告")
    project = applications.edit(project, method=old, by=world.people["owner-maker"])

    refusal = refused(applications.submit, project, by=world.people["owner-maker"], code="method_not_published")
    assert "已废止的方法学" in refusal.message


def test_an_organisation_whose_code_is_wrong_cannot_apply(world: World) -> None:
    """However the wrong code came into the table."""
    Organisation.objects.filter(pk=world.organisations["owner"].pk).update(uscc="91990100MA5C00016U")

    refused(applications.submit, project_in(world, "DRAFT"), by=world.people["owner-maker"], code="bad_credit_code")


def test_an_application_is_submitted_once(world: World) -> None:
    project = project_in(world, "CONFIRMING")

    refused(applications.submit, project, by=world.people["owner-maker"], code="wrong_state")
    confirmed = applications.confirm(project, by=world.people["owner-checker"])
    refused(applications.confirm, confirmed, by=world.people["owner-checker"], code="wrong_state")


def test_who_submitted_cannot_confirm_even_after_changing_roles(world: World) -> None:
    project, maker = project_in(world, "CONFIRMING"), world.people["owner-maker"]
    end_role(maker.grants.get(), by=world.people["security"])
    give(world, maker, Role.CHECKER, organisation=world.organisations["owner"])

    refused(applications.confirm, project, by=maker, code="same_person")


def test_who_accepted_cannot_approve(world: World) -> None:
    officer, city = world.people["officer"], Division.objects.get(code="9901")
    give(world, officer, Role.REVIEWER, division=city)

    refused(reviews.approve, project_in(world, "ACCEPTED"), by=officer, code="same_person")


def test_who_approved_cannot_register(world: World) -> None:
    reviewer, project = world.people["reviewer"], project_in(world, "PUBLIC_NOTICE")
    give(world, reviewer, Role.REGISTRAR, division=Division.objects.get(code="9901"))
    after_notice(world, project)

    refused(reviews.register, project, by=reviewer, code="same_person")


def after_notice(world: World, project: Project) -> None:
    """Move to the first morning after the notice."""
    assert project.notice is not None
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完公示期")


def test_the_clock_of_each_stage_counts_working_days(world: World) -> None:
    profile = Profile.objects.get(code="DEMO")
    days = calendar()

    submitted = project_in(world, "SUBMITTED")
    assert submitted.due_on == days.add_workdays(clock.today(), profile.acceptance_workdays)
    accepted = reviews.accept(submitted, by=world.people["officer"])
    assert accepted.due_on == days.add_workdays(clock.today(), profile.review_workdays)
    assert accepted.acceptance_no == f"990100-SL-{clock.today():%Y%m%d}-0001"
    asked = project_in(world, "CORRECTION", name="城南小学屋顶光伏项目", meter_no="9901-PV-7")
    assert asked.due_on is None


def test_nothing_is_registered_before_the_notice_has_ended(world: World) -> None:
    project, registrar = project_in(world, "PUBLIC_NOTICE"), world.people["registrar"]
    assert project.notice is not None
    assert project.notice.workdays == 7

    refusal = refused(reviews.register, project, by=registrar, code="notice_running")
    assert str(project.notice.ends_on) in refusal.message
    days = (project.notice.ends_on - clock.today()).days
    move_clock(forward=timedelta(days=days), by=world.system, reason="公示最后一天")
    refused(reviews.register, project, by=registrar, code="notice_running")
    move_clock(forward=timedelta(days=1), by=world.system, reason="公示次日")
    registered = reviews.register(project, by=registrar)
    assert registered.project_no == f"PHC-990100-{clock.today().year}-00003"
    certificate = Certificate.objects.for_subject(registered).get()
    assert certificate.snapshot["project_no"] == registered.project_no


def test_a_registration_is_revoked_with_its_certificate(world: World) -> None:
    project = reviews.revoke(
        world.projects["yearly"], by=world.people["registrar"], reason="查实重复登记", grounds=grounds()
    )

    assert project.state == ProjectState.REVOKED
    certificate = Certificate.objects.for_subject(project).get()
    assert (certificate.state, certificate.revoked_reason) == ("REVOKED", "查实重复登记")


def test_numbers_of_two_cities_run_apart(world: World) -> None:
    other = office_in(world, "9902")
    project = project_in(other, "PUBLIC_NOTICE", division=Division.objects.get(code="9902"))
    after_notice(other, project)

    forbidden(reviews.register, project, by=world.people["registrar"])
    registered = reviews.register(project, by=other.people["registrar"])
    assert registered.project_no == f"PHC-990200-{clock.today().year}-00001"


def test_a_method_that_does_not_compute_from_the_meter_takes_no_application(world: World) -> None:
    """A trip's method knows no megawatt-hours: it is not offered, and the verb refuses it too."""
    metro = Method.objects.get(code="QD-2021-001")
    project = applications.edit(project_in(world, "DRAFT"), method=metro, by=world.people["owner-maker"])

    refusal = refused(applications.submit, project, by=world.people["owner-maker"], code="method_not_metered")
    assert "不是按发电量核算的" in refusal.message
    offered = ProjectForm(owner=world.organisations["owner"]).fields["method"].queryset  # type: ignore[attr-defined]
    assert [method.number for method in offered] == ["GD-2022-002-V02"]


def test_a_method_that_counts_emissions_takes_no_application(world: World) -> None:
    """Else what an event burns could be issued as units."""
    counting = Method.objects.get(code="CN-2019-902")
    project = applications.edit(project_in(world, "DRAFT"), method=counting, by=world.people["owner-maker"])

    refused(applications.submit, project, by=world.people["owner-maker"], code="method_not_metered")
