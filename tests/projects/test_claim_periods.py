"""A project of a scene: applied for by the partner who reports it, its periods made of claims, each verified by a sample."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Division
from accounts.workflow import ValidationError
from carbon_portal.story import World
from certificates.models import Certificate
from methodologies.models import Method
from office.models import Profile
from projects.models import Project, Quantification, SampleCheck
from projects.services import applications, periods, sampling
from projects.services.claim_periods import open_claim_period
from projects.states import PERIOD_EDITABLE
from registry.services import issuing
from registry.services.checking import check_books
from scenarios.models import ActUse, ClaimBatch
from scenarios.services.reading import raw_rows
from tests.gathering import Riding, claim_period_in, claimed, gathering, scene_project
from tests.refusals import forbidden, refused
from tests.stages import kept, readings
from tests.worlds import last_event

JANUARY = date(2021, 1, 1)


@pytest.fixture
def made(world: World) -> Riding:
    """Forty rides of January by three people, one of February."""
    made = gathering(world)
    rides = [
        (subject, f"2021-01-{day:02d}T08:00:00+08:00", 1000 + 10 * day)
        for day in range(1, 15)
        for subject in ("ada", "bo", "cy")
    ]
    made.rides(*rides[:40], ("ada", "2021-02-05T08:00:00+08:00", 5200))
    return made


@pytest.fixture
def claim(made: Riding) -> ClaimBatch:
    """January, gathered."""
    return claimed(made, JANUARY)


@pytest.fixture
def project(made: Riding, claim: ClaimBatch) -> Project:
    """The partner's registered project."""
    return scene_project(made)


def told(made: Riding, **changed: Any) -> dict[str, Any]:
    """Return an application of the scene."""
    filled = {
        "name": "骑行项目",
        "division": Division.objects.get(code="9901"),
        "profile": Profile.objects.get(code="DEMO"),
        "method": made.scene.method,
        "scene": made.scene,
        "location": "青岚市",
        "description": "骑行。",
        "commissioned_on": date(2020, 1, 1),
        "crediting_from": date(2020, 1, 1),
        "crediting_to": date(2030, 1, 1),
        "unique_elsewhere": True,
        "truth_promised": True,
    }
    return filled | changed


def test_only_who_reports_a_scene_applies_with_it(made: Riding) -> None:
    maker = made.world.people["owner-maker"]
    refused(applications.draft, made.world.organisations["owner"], by=maker, code="not_your_scene", **told(made))
    mine = made.partner.organisation
    by = made.world.people["platform-maker"]
    refused(applications.draft, mine, by=by, code="kind_unclear", **told(made, meter_no="M-1"))
    refused(
        applications.draft, mine, by=by, code="invalid", error=ValidationError, **told(made, scene=None, meter_no="M-1")
    )
    project = applications.draft(mine, by=by, **told(made))
    assert (project.scene, project.capacity_kw, project.meter_no) == (made.scene, None, None)
    refused(applications.draft, mine, by=by, code="scene_taken", **told(made, name="又一个"))


def test_a_scene_is_applied_for_with_the_method_its_acts_are_counted_by(made: Riding) -> None:
    by, solar = made.world.people["platform-maker"], Method.objects.get(code="GD-2022-002", version=2)
    project = applications.draft(made.partner.organisation, by=by, **told(made, method=solar))

    refused(applications.submit, project, by=by, code="other_method")

    project = applications.edit(project, by=by, method=made.scene.method)
    assert applications.submit(project, by=by).state == "CONFIRMING"


def test_notice_and_certificate_speak_of_the_scene_and_of_no_capacity(project: Project) -> None:
    assert project.notice is not None
    assert "场景：骑行" in project.notice.text
    assert "装机容量" not in project.notice.text
    assert "capacity_kw" not in Certificate.objects.for_subject(project).get().snapshot


def test_a_period_takes_the_claim_to_the_milligram(made: Riding, project: Project, claim: ClaimBatch) -> None:
    period = open_claim_period(project, claim, by=made.world.people["platform-maker"])

    assert (period.starts_on, period.ends_on, period.vintage) == (JANUARY, date(2021, 1, 31), 2021)
    assert (
        period.claimed_mg
        == claim.saved_mg
        == sum((1000 + 10 * day) * 193 for day in range(1, 14) for _ in "abc") + 1140 * 193
    )
    figure = Quantification.objects.get(period=period)
    assert (figure.method, figure.reduction_mg) == (claim.method, claim.saved_mg)
    assert figure.inputs == {
        "claim": claim.number,
        "acts": 40,
        "merkle_root": claim.merkle_root,
        "distance_km": str(claim.amount),
    }
    assert figure.parameters[0]["value"] == "0.193"
    assert last_event(verb="projects.open_claim_period").data == {"claim": claim.number}


def test_a_claim_has_one_period_and_only_its_owner_s(made: Riding, project: Project, claim: ClaimBatch) -> None:
    maker = made.world.people["platform-maker"]
    solar = made.world.projects["yearly"]
    forbidden(open_claim_period, solar, claim, by=maker)
    forbidden(open_claim_period, solar, claim, by=made.world.people["owner-maker"])
    open_claim_period(project, claim, by=maker)
    refused(open_claim_period, project, claim, by=maker, code="claim_in_period")


def test_a_meter_s_project_takes_no_claim_and_a_scene_s_no_readings(
    made: Riding, project: Project, claim: ClaimBatch
) -> None:
    world, maker = made.world, made.world.people["platform-maker"]
    span = {"starts_on": JANUARY, "ends_on": date(2021, 1, 31)}
    refused(periods.open_period, project, by=maker, code="needs_claim", **span)
    period = open_claim_period(project, claim, by=maker)
    refused(periods.enter_readings, period, readings=readings(period, Decimal(1)), by=maker, code="from_claim")
    refused(periods.upload_series, period, kept(world, b"x", whose="platform"), by=maker, code="from_claim")
    metered = world.projects["yearly"]
    Project.objects.filter(pk=metered.pk).update(owner=made.partner.organisation)
    refused(open_claim_period, metered, claim, by=maker, code="no_scene")


def test_what_came_late_has_a_period_of_its_own_in_the_same_month(
    made: Riding, project: Project, claim: ClaimBatch
) -> None:
    maker = made.world.people["platform-maker"]
    open_claim_period(project, claim, by=maker)
    made.rides(("bo", "2021-01-30T08:00:00+08:00", 5200))

    late = open_claim_period(project, claimed(made, JANUARY), by=maker)

    assert (late.starts_on, late.claimed_mg) == (JANUARY, 1_003_600)


def test_a_claim_outside_the_crediting_period_is_refused(made: Riding, project: Project, claim: ClaimBatch) -> None:
    Project.objects.filter(pk=project.pk).update(
        commissioned_on=date(2021, 1, 2), crediting_from=date(2021, 1, 2), crediting_to=date(2031, 1, 1)
    )
    refused(open_claim_period, project, claim, by=made.world.people["platform-maker"], code="outside_crediting")


@pytest.mark.parametrize(
    ("acts", "drawn"), [(1, 1), (30, 30), (31, 30), (900, 30), (901, 31), (2381, 49), (10**6, 1000)]
)
def test_a_sample_is_the_root_of_the_acts_at_least_thirty_and_at_most_all(acts: int, drawn: int) -> None:
    assert sampling.size(acts) == drawn


def test_anybody_draws_the_same_sample_from_the_root_and_the_numbers(made: Riding, claim: ClaimBatch) -> None:
    acts = ActUse.objects.filter(claim=claim).values_list("act_id", flat=True)
    by_hand = sorted(acts, key=lambda act: hashlib.sha256(f"{claim.merkle_root}{act}".encode()).digest())

    assert sampling.draw(claim) == by_hand[:30]


def test_verifying_waits_for_the_sample_and_the_sample_agrees_with_the_raw_rows(
    made: Riding, project: Project, claim: ClaimBatch
) -> None:
    verifier = made.world.people["verifier"]
    period = claim_period_in(made, project, claim, "VERIFYING")
    refused(periods.verify, period, by=verifier, code="no_sample")

    sample = sampling.draw_sample(period, by=verifier)

    assert (sample.seed, sample.population, sample.size) == (claim.merkle_root, 40, 30)
    assert (sample.wrong, sample.over_mg, sample.suggested_mg) == (0, 0, 0)
    assert sample.booked_mg == sample.recomputed_mg == sum(row["booked_mg"] for row in sample.rows)
    assert [row["act"] for row in sample.rows] == sampling.draw(claim)
    assert all(citizen.number not in str(sample.rows) for citizen in made.citizens.values())
    refused(sampling.draw_sample, period, by=verifier, code="sample_drawn")
    assert periods.verify(period, by=verifier).verified_mg == claim.saved_mg


def test_a_sample_is_drawn_by_the_verifier_and_only_while_it_verifies(
    made: Riding, project: Project, claim: ClaimBatch
) -> None:
    period = open_claim_period(project, claim, by=made.world.people["platform-maker"])
    forbidden(sampling.draw_sample, period, by=made.world.people["verifier"])  # nobody commissioned it yet
    verifier = made.world.organisations["verifier"]
    period = periods.submit_report(period, verifier=verifier, by=made.world.people["platform-maker"])
    for name, user in made.world.people.items():
        if name != "verifier":
            forbidden(sampling.draw_sample, period, by=user)
    period = periods.ask_rectification(period, by=made.world.people["verifier"], reason="请说明")
    assert period.state in PERIOD_EDITABLE
    refused(sampling.draw_sample, period, by=made.world.people["verifier"], code="wrong_state")
    metered = made.world.periods["yearly"]
    refused(sampling.draw_sample, metered, by=made.world.people["verifier"], code="wrong_state")


def _told_otherwise(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    def changed(*args: Any) -> Any:
        found = raw_rows(*args)
        first = min(found)
        return found | {first: change(found[first])}

    monkeypatch.setattr(sampling, "raw_rows", changed)


@pytest.mark.parametrize(
    ("change", "codes", "backed"),
    [
        (lambda row: None, ["row", "reduction"], False),
        (lambda row: ("nobody", *row[1:]), ["citizen", "reduction"], False),
        (lambda row: (*row[:2], "2021-01-01T00:00:01Z", *row[3:]), ["time", "reduction"], False),
        (lambda row: (*row[:4], "500.0"), ["amount", "reduction"], True),
        (lambda row: (*row[:4], "kilometres"), ["amount", "reduction"], False),
        (lambda row: (*row[:4], "NaN"), ["amount", "reduction"], False),
        (lambda row: (*row[:4], "9000000"), ["amount", "reduction"], False),
    ],
)
def test_a_raw_row_that_says_otherwise_is_found_and_gives_the_deduction(
    made: Riding,
    project: Project,
    claim: ClaimBatch,
    monkeypatch: pytest.MonkeyPatch,
    change: Any,
    codes: list[str],
    backed: bool,
) -> None:
    period = claim_period_in(made, project, claim, "VERIFYING")
    _told_otherwise(monkeypatch, change)

    sample = sampling.draw_sample(period, by=made.world.people["verifier"])

    wrong = [row for row in sample.rows if row["wrong"]]
    assert [row["wrong"] for row in wrong] == [codes]
    assert wrong[0]["recomputed_mg"] == (96_500 if backed else 0)
    over = wrong[0]["booked_mg"] - wrong[0]["recomputed_mg"]
    assert (sample.wrong, sample.over_mg) == (1, over)
    # Rounded against the claimant, and exactly the sample's share of the claim.
    assert (
        (sample.suggested_mg - 1) * sample.booked_mg < claim.saved_mg * over <= sample.suggested_mg * sample.booked_mg
    )


def test_rides_booked_too_low_give_nothing_back(
    made: Riding, project: Project, claim: ClaimBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = claim_period_in(made, project, claim, "VERIFYING")
    _told_otherwise(monkeypatch, lambda row: (*row[:4], "9000.0"))

    sample = sampling.draw_sample(period, by=made.world.people["verifier"])

    assert sample.recomputed_mg > sample.booked_mg
    assert (sample.wrong, sample.over_mg, sample.suggested_mg) == (1, 0, 0)


def test_a_lower_verified_figure_flows_on(made: Riding, project: Project, claim: ClaimBatch) -> None:
    people = made.world.people
    period = claim_period_in(made, project, claim, "VERIFYING")
    sampling.draw_sample(period, by=people["verifier"])
    period = periods.verify(period, by=people["verifier"], reason="核减", verified_mg=claim.saved_mg - 1000)
    period = periods.apply_issue(period, by=people["platform-maker"])
    period = periods.confirm_issue(period, by=people["platform-checker"])
    period = periods.approve_issue(period, by=people["reviewer"])

    period = issuing.issue(period, by=people["registrar"], key="issue-lower-one")

    assert (period.issued_t, period.carry_mg) == (0, claim.saved_mg - 1000)
    assert check_books(roots=True).differences == []


def test_without_the_file_as_it_was_sent_there_is_no_sample(made: Riding, project: Project, claim: ClaimBatch) -> None:
    period = claim_period_in(made, project, claim, "VERIFYING")
    upload = made.partner.uploads.get()
    path, content = upload.file.file.path, upload.file.file.read()
    verifier = made.world.people["verifier"]
    try:
        upload.file.file.storage.delete(upload.file.file.name)
        refused(sampling.draw_sample, period, by=verifier, code="raw_file_gone")
        with open(path, "wb") as other:
            other.write(content + b"\n")
        refused(sampling.draw_sample, period, by=verifier, code="raw_file_changed")
    finally:
        with open(path, "wb") as restored:
            restored.write(content)
    assert not SampleCheck.objects.exists()
