"""Monitored periods: opened inside their limits, filled, verified by somebody else, applied for by two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Division, Organisation
from accounts.roles import Role
from accounts.services.people import end_role
from carbon_portal.story import READINGS_MWH, World
from kernel import clock
from office.models import Profile
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import periods, reviews
from projects.states import PERIOD_MOVES, PeriodState
from registry.services import issuing
from tests.refusals import forbidden, refused
from tests.stages import give, kept, period_in, person, project_in, readings
from tests.worlds import last_event

Verb = Callable[..., MonitoringPeriod]
STEPS: dict[str, tuple[Verb, str, str]] = {
    "submit_report": (periods.submit_report, "owner-maker", "VERIFYING"),
    "ask_rectification": (periods.ask_rectification, "verifier", "RECTIFY"),
    "verify": (periods.verify, "verifier", "VERIFIED"),
    "apply_issue": (periods.apply_issue, "owner-maker", "CONFIRMING"),
    "confirm_issue": (periods.confirm_issue, "owner-checker", "APPLIED"),
    "return_issue": (periods.return_issue, "reviewer", "VERIFIED"),
    "approve_issue": (periods.approve_issue, "reviewer", "APPROVED"),
    "issue": (issuing.issue, "registrar", "ISSUED"),
}
FROM = {
    "submit_report": {"DRAFT", "RECTIFY"},
    "ask_rectification": {"VERIFYING"},
    "verify": {"VERIFYING"},
    "apply_issue": {"VERIFIED"},
    "confirm_issue": {"CONFIRMING"},
    "return_issue": {"APPLIED"},
    "approve_issue": {"APPLIED"},
    "issue": {"APPROVED"},
}


def test_the_steps_of_this_file_are_all_the_moves_there_are() -> None:
    assert {(was, STEPS[name][2]) for name, states in FROM.items() for was in states} == PERIOD_MOVES


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_refused_in_every_state_it_does_not_belong_to(world: World, name: str) -> None:
    verb, who, _to = STEPS[name]
    for month, state in enumerate((state for state in PeriodState if state not in FROM[name]), start=1):
        first = date(2024, month, 1)
        period = period_in(world, state, starts_on=first, ends_on=first + timedelta(days=27), mwh="30")
        if name == "ask_rectification" or who == "verifier":
            MonitoringPeriod.objects.filter(pk=period.pk).update(verifier=world.organisations["verifier"])
        refusal = refused(verb, period, by=world.people[who], reason="试", code="wrong_state")
        assert "不能办这一步" in str(refusal.message)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_only_by_the_role_it_belongs_to(world: World, name: str) -> None:
    verb, who, _to = STEPS[name]
    period = period_in(world, sorted(FROM[name])[0])
    stands_in = {"reviewer": {"reviewer-two", "leader"}, "registrar": {"leader"}}.get(who, set())
    for other in sorted(world.people.keys() - {who} - stands_in):
        forbidden(verb, period, by=world.people[other], reason="试")


@pytest.mark.parametrize("name", ["ask_rectification", "return_issue"])
def test_giving_back_needs_a_written_reason(world: World, name: str) -> None:
    verb, who, _to = STEPS[name]

    refused(verb, period_in(world, min(FROM[name])), by=world.people[who], reason=" ", code="no_reason")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "code"),
    [
        (date(2023, 2, 1), date(2023, 12, 31), "outside_crediting"),
        (date(2038, 1, 1), date(2038, 6, 1), "outside_crediting"),
        (date(2024, 6, 2), date(2024, 6, 1), "outside_crediting"),
        (date(2024, 12, 1), date(2025, 1, 1), "period_years"),
        (date(2025, 12, 31), date(2025, 12, 31), "period_overlap"),
        (date(2025, 3, 1), date(2025, 3, 31), "period_overlap"),
    ],
)
def test_a_period_outside_its_limits_is_not_opened(world: World, starts_on: date, ends_on: date, code: str) -> None:
    refused(
        periods.open_period,
        world.projects["yearly"],
        starts_on=starts_on,
        ends_on=ends_on,
        by=world.people["owner-maker"],
        code=code,
    )


def test_a_period_that_has_not_ended_is_not_opened(world: World) -> None:
    first = clock.today().replace(month=1, day=1)
    told = {"starts_on": first, "by": world.people["owner-maker"]}

    refused(periods.open_period, world.projects["yearly"], ends_on=clock.today(), code="not_over", **told)
    yesterday = clock.today() - timedelta(days=1)
    assert periods.open_period(world.projects["yearly"], ends_on=yesterday, **told).state == PeriodState.DRAFT


def test_only_a_registered_project_has_periods(world: World) -> None:
    refused(
        periods.open_period,
        project_in(world, "PUBLIC_NOTICE"),
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 2, 1),
        by=world.people["owner-maker"],
        code="not_registered",
    )


def registered_under(world: World, profile: Profile, commissioned_on: date) -> Project:
    """Register a roof under another mechanism."""
    project = project_in(
        world, "PUBLIC_NOTICE", profile=profile, commissioned_on=commissioned_on, capacity_kw=Decimal(7)
    )
    assert project.notice is not None
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完公示期")
    return reviews.register(project, by=world.people["registrar"])


def test_the_file_of_2016_is_refused_under_ccer_with_the_gate_named(world: World) -> None:
    """Clarification 4: the demo takes the file of 2016, the national mechanism does not, and says which gate is shut."""
    project = registered_under(world, Profile.objects.get(code="CCER-2023"), date(2016, 1, 15))
    told = {"ends_on": date(2016, 10, 13), "by": world.people["owner-maker"]}

    refusal = refused(periods.open_period, project, starts_on=date(2016, 7, 1), code="generated_before", **told)
    for words in ("CCER-2023", "产生时间", "2020-09-22", "2016-07-01"):
        assert words in refusal.message
    assert project.notice is not None
    assert project.notice.workdays == 20


def test_a_period_is_not_older_than_the_mechanism_looks_back(world: World) -> None:
    project = registered_under(world, Profile.objects.get(code="CCER-2023"), date(2016, 1, 15))
    told = {"by": world.people["owner-maker"]}

    refusal = refused(
        periods.open_period,
        project,
        starts_on=date(2020, 10, 1),
        ends_on=date(2020, 12, 31),
        code="look_back",
        **told,
    )
    assert "追溯年限" in refusal.message
    assert "5" in refusal.message
    opened = periods.open_period(project, starts_on=date(2024, 1, 1), ends_on=date(2024, 2, 1), **told)
    assert opened.vintage == 2024


def test_twelve_readings_become_exact_months_and_a_claim(world: World) -> None:
    period = world.periods["yearly"]

    months = list(period.months.order_by("month").values_list("energy_kwh", flat=True))
    assert months == [Decimal(mwh) * 1000 for mwh in READINGS_MWH]
    assert period.claimed_mg == period.verified_mg == 722_177_500_000
    figure = period.quantifications.get()
    assert Decimal(figure.inputs["generation_mwh"]) == 1100
    assert figure.reduction_mg == period.claimed_mg


@pytest.mark.parametrize(
    ("changed", "row", "said"),
    [
        ({date(2024, 2, 1): None}, "2024-02", "缺这个月"),
        ({date(2024, 4, 1): Decimal(1)}, "2024-04", "不在核算期内"),
        ({date(2024, 1, 15): Decimal(1)}, "2024-01", "不在核算期内"),
        ({date(2024, 3, 1): Decimal("-0.001")}, "2024-03", "不能是负数"),
        ({date(2024, 2, 1): Decimal("696.001")}, "2024-02", "满发 696 小时"),
    ],
)
def test_a_wrong_reading_is_named_by_its_month(world: World, changed: dict[date, Any], row: str, said: str) -> None:
    """1,000 kW at full power for the 696 hours of February 2024 is 696 MWh and no more."""
    period, maker = period_in(world, "DRAFT"), world.people["owner-maker"]
    told = {k: v for k, v in {**readings(period, Decimal(90)), **changed}.items() if v is not None}

    refusal = refused(periods.enter_readings, period, readings=told, by=maker, code="bad_rows")

    assert [(error.row, error.field) for error in refusal.rows] == [(None, row)]
    assert said in refusal.rows[0].message


def test_full_power_all_month_is_still_accepted(world: World) -> None:
    period = period_in(world, "DRAFT")
    told = {**readings(period, Decimal(90)), date(2024, 2, 1): Decimal(696)}

    periods.enter_readings(period, readings=told, by=world.people["owner-maker"])

    assert period.months.get(month=date(2024, 2, 1)).energy_kwh == 696_000


@pytest.mark.parametrize("state", [state for state in PeriodState if state not in ("DRAFT", "RECTIFY")])
def test_data_under_verification_cannot_be_changed(world: World, state: str) -> None:
    period, maker = period_in(world, state), world.people["owner-maker"]
    file = kept(world, b"measured_on,ac_power\n")

    refused(periods.enter_readings, period, readings={}, by=maker, code="data_frozen")
    refused(periods.upload_series, period, file, by=maker, code="data_frozen")


def test_data_are_put_right_when_the_verifier_asks_and_go_back_to_the_same_verifier(world: World) -> None:
    period, maker = period_in(world, "RECTIFY"), world.people["owner-maker"]

    period = periods.enter_readings(period, readings=readings(period, Decimal(80)), by=maker)
    assert period.claimed_mg == 52_522_000_000
    assert period.quantifications.count() == 2
    assert periods.submit_report(period, by=maker).verifier == world.organisations["verifier"]


def test_a_report_needs_data_and_a_verifier_that_is_not_the_owner(world: World) -> None:
    maker, owner = world.people["owner-maker"], world.organisations["owner"]
    empty = periods.open_period(
        world.projects["yearly"], starts_on=date(2024, 7, 1), ends_on=date(2024, 7, 31), by=maker
    )
    refused(periods.submit_report, empty, verifier=world.organisations["verifier"], by=maker, code="no_data")

    period = period_in(world, "DRAFT")
    refused(periods.submit_report, period, by=maker, code="not_a_verifier")
    refused(periods.submit_report, period, verifier=world.organisations["buyer"], by=maker, code="not_a_verifier")
    Organisation.objects.filter(pk=owner.pk).update(kind=Organisation.Kind.VERIFIER)
    owner.refresh_from_db()
    refused(periods.submit_report, period, verifier=owner, by=maker, code="own_verifier")


def test_a_file_of_another_organisation_is_not_taken(world: World) -> None:
    both = person(world, "both", Role.MAKER, organisation=world.organisations["owner"])
    give(world, both, Role.MAKER, organisation=world.organisations["buyer"])
    theirs = kept(world, b"measured_on,ac_power\n", whose="buyer")

    refused(periods.upload_series, period_in(world, "DRAFT"), theirs, by=both, code="not_yours")
    forbidden(periods.upload_series, period_in_april(world), theirs, by=world.people["owner-maker"])


def period_in_april(world: World) -> MonitoringPeriod:
    """Another period of the same roof."""
    return period_in(world, "DRAFT", starts_on=date(2024, 4, 1), ends_on=date(2024, 4, 30), mwh="30")


def test_no_more_is_verified_than_was_claimed(world: World) -> None:
    period, verifier = period_in(world, "VERIFYING"), world.people["verifier"]
    assert period.claimed_mg == 59_087_250_000

    refused(periods.verify, period, verified_mg=59_087_250_001, by=verifier, code="above_claim")
    verified = periods.verify(period, verified_mg=50_000_000_000, by=verifier, reason="扣除站用电")
    assert (verified.claimed_mg, verified.verified_mg) == (59_087_250_000, 50_000_000_000)
    assert last_event(verb="projects.verify").reason == "扣除站用电"


def test_who_handed_in_the_report_cannot_verify_it(world: World) -> None:
    maker = world.people["owner-maker"]
    give(world, maker, Role.VERIFIER, organisation=world.organisations["verifier"])

    refused(periods.verify, period_in(world, "VERIFYING"), by=maker, code="same_person")


def test_only_the_verifier_that_was_commissioned_verifies(world: World) -> None:
    """Not another one, not even by a person who can see the period as the owner's checker."""
    another = person(world, "another", Role.CHECKER, organisation=world.organisations["owner"])
    Organisation.objects.filter(pk=world.organisations["buyer"].pk).update(kind=Organisation.Kind.VERIFIER)
    give(world, another, Role.VERIFIER, organisation=world.organisations["buyer"])
    period = period_in(world, "VERIFYING")

    forbidden(periods.verify, period, by=another)
    forbidden(periods.ask_rectification, period, by=another, reason="试")


def test_who_applied_for_issue_cannot_confirm_even_after_changing_roles(world: World) -> None:
    period, maker = period_in(world, "CONFIRMING"), world.people["owner-maker"]
    end_role(maker.grants.get(), by=world.people["security"])
    give(world, maker, Role.CHECKER, organisation=world.organisations["owner"])

    refused(periods.confirm_issue, period, by=maker, code="same_person")


def test_who_verified_can_neither_review_nor_issue_even_after_changing_roles(world: World) -> None:
    applied = period_in(world, "APPLIED")
    verifier, city = world.people["verifier"], Division.objects.get(code="9901")
    end_role(verifier.grants.get(), by=world.people["security"])
    give(world, verifier, Role.REVIEWER, division=city)
    give(world, verifier, Role.REGISTRAR, division=city)

    refused(periods.approve_issue, applied, by=verifier, code="same_person")
    approved = periods.approve_issue(applied, by=world.people["reviewer"])
    refused(issuing.issue, approved, by=verifier, code="same_person")


def test_an_application_given_back_starts_again_with_two_people(world: World) -> None:
    period = periods.return_issue(period_in(world, "APPLIED"), by=world.people["reviewer"], reason="请附合同")

    assert (period.state, period.applied_by, period.confirmed_by) == (PeriodState.VERIFIED, None, None)
    assert periods.apply_issue(period, by=world.people["owner-maker"]).state == PeriodState.CONFIRMING
