"""Guards of claims, of the projects and periods made of them, and of their samples."""

from __future__ import annotations

from datetime import date

import pytest

from carbon_portal.story import World
from projects.models import MonitoringPeriod
from projects.services.sampling import draw_sample
from tests.database.rows import again, person, refuses
from tests.gathering import claim_period_in, claimed, gathering, scene_project

CLAIM = "scenarios_claimbatch"
JANUARY = "month = '2021-01-01'"
NEW = {"number": "'GJ-990100-202103-001'"}
PERIOD = "projects_monitoringperiod"
OF_CLAIM = f"claim_id = (SELECT id FROM {CLAIM} WHERE {JANUARY})"
SAMPLE = "projects_samplecheck"


def set_claim(assignment: str) -> str:
    return f"UPDATE {CLAIM} SET {assignment}"


def new_claim(**values: str) -> str:
    return again(CLAIM, JANUARY, **{**NEW, **values})


def use(act: str, claim: str) -> str:
    return f"INSERT INTO scenarios_actuse (act_id, on_day, claim_id) SELECT id, on_day, {claim} FROM scenarios_act WHERE {act}"


WHOLE_JANUARY = "on_day < '2021-02-01'"
UNUSED = "id = (SELECT min(id) FROM scenarios_act WHERE on_day >= '2021-03-01')"
OF_MARCH = "on_day >= '2021-03-01'"
ITS_SUMS = {
    "month": "'2021-03-01'::date",
    "acts": "2",
    "citizens": "1",
    "saved_mg": "386000",
    "amount_millionths": "2000000",
}

CLAIMS = {
    "claim_of_a_month": (new_claim(month="'2021-03-02'::date"),),
    "claim_not_empty": (
        new_claim(acts="0", citizens="0"),
        new_claim(citizens="r.acts + 1"),
        new_claim(citizens="0"),
        new_claim(saved_mg="-1"),
        new_claim(consents="r.citizens - 1"),
    ),
    "claim_digest_shape": (
        new_claim(merkle_root="upper(r.merkle_root)"),
        new_claim(consent_digest="''"),
        new_claim(salt="left(r.salt, 63)"),
    ),
    "claim_append_only": (
        set_claim("saved_mg = saved_mg + 1"),
        set_claim("merkle_root = salt"),
        f"DELETE FROM {CLAIM}",
    ),
    "act_used_once": (f"{new_claim()}; {use(WHOLE_JANUARY, '-1')}",),
    "act_use_append_only": (
        f"UPDATE scenarios_actuse SET claim_id = (SELECT max(id) FROM {CLAIM})",
        "UPDATE scenarios_actuse SET act_id = -act_id",
        "DELETE FROM scenarios_actuse",
    ),
    "act_use_adds_up": (
        use(UNUSED, f"(SELECT id FROM {CLAIM} WHERE {JANUARY})"),
        "INSERT INTO scenarios_actuse (act_id, on_day, claim_id) "
        f"VALUES (1, '2021-01-01', (SELECT id FROM {CLAIM} WHERE {JANUARY}))",
        f"{new_claim(**ITS_SUMS | {'saved_mg': '386001'})}; {use(OF_MARCH, '-1')}",
        f"{new_claim(**ITS_SUMS | {'amount_millionths': '2000001'})}; {use(OF_MARCH, '-1')}",
        f"{new_claim(**ITS_SUMS | {'citizens': '2'})}; {use(OF_MARCH, '-1')}",
        f"{new_claim(**ITS_SUMS | {'month': '$$2021-04-01$$::date'})}; {use(OF_MARCH, '-1')}",
    ),
}
PROJECTS = {
    "project_scene_once_per_owner": (
        again(
            "projects_project",
            "scene_id IS NOT NULL",
            name="'另一个项目'",
            acceptance_no="NULL",
            project_no="NULL",
            notice_id="NULL",
            state="'DRAFT'",
        ),
    ),
    "project_of_one_kind": (
        "UPDATE projects_project SET capacity_kw = 5 WHERE scene_id IS NOT NULL",
        "UPDATE projects_project SET meter_no = 'M' WHERE scene_id IS NOT NULL",
        "UPDATE projects_project SET scene_id = NULL WHERE scene_id IS NOT NULL",
        "UPDATE projects_project SET meter_no = NULL WHERE scene_id IS NULL",
        "UPDATE projects_project SET capacity_kw = NULL WHERE scene_id IS NULL",
    ),
    "period_claim_once": (again(PERIOD, OF_CLAIM, state="'DRAFT'"),),
    "period_claim_fits": (
        f"UPDATE {PERIOD} SET claim_id = NULL WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET claimed_mg = claimed_mg + 1 WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET claimed_mg = NULL WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET starts_on = starts_on + 1 WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET ends_on = ends_on - 1 WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET claim_id = (SELECT id FROM {CLAIM} WHERE NOT {JANUARY}) WHERE {OF_CLAIM}",
        f"UPDATE {PERIOD} SET claim_id = (SELECT id FROM {CLAIM} WHERE NOT {JANUARY}) WHERE vintage = 2025",
        again(PERIOD, OF_CLAIM, state="'DRAFT'", claim_id="NULL"),
    ),
    "period_claim_sampled": (
        f"UPDATE {PERIOD} SET state = 'VERIFIED', verified_mg = claimed_mg, verified_by_id = {person('verifier')} "
        f"WHERE {OF_CLAIM}",
    ),
}
FEBRUARY = f"(SELECT id FROM {CLAIM} WHERE month = '2021-02-01')"
# What a sample of the other claim, which has one act, would be.
OF_FEBRUARY = {
    "period_id": f"(SELECT id FROM {PERIOD} WHERE claim_id = {FEBRUARY})",
    "seed": f"(SELECT merkle_root FROM {CLAIM} WHERE id = {FEBRUARY})",
    "population": "1",
    "size": "1",
    "rows": "jsonb_build_array(1)",
}


def new_sample(**values: str) -> str:
    return again(SAMPLE, "true", **{**OF_FEBRUARY, **values})


SAMPLES = {
    "sample_once": (again(SAMPLE, "true"),),
    "sample_adds_up": (
        new_sample(size="0", rows="'[]'::jsonb"),
        new_sample(size="2", rows="jsonb_build_array(1, 2)"),
        new_sample(wrong="2"),
        new_sample(over_mg="1"),
        new_sample(over_mg="r.booked_mg + 1", suggested_mg="r.booked_mg + 2"),
        new_sample(recomputed_mg="-1"),
    ),
    "sample_append_only": (
        f"UPDATE {SAMPLE} SET wrong = 0",
        f"UPDATE {SAMPLE} SET rows = '[]'",
        f"DELETE FROM {SAMPLE}",
    ),
    "sample_of_its_claim": (
        new_sample(seed="r.seed"),
        new_sample(population="2"),
        new_sample(rows="'[]'::jsonb"),
        new_sample(period_id=f"(SELECT id FROM {PERIOD} WHERE vintage = 2025)"),
    ),
}
ACTS = CLAIMS | PROJECTS | SAMPLES


@pytest.fixture(scope="module")
def gathered(module_world: World) -> World:
    """Two months gathered, a third with two rides of one person open; both claims are with the verifier."""
    made = gathering(module_world)
    made.rides(
        ("ada", "2021-01-05T08:00:00+08:00", 1000),
        ("bo", "2021-01-06T08:00:00+08:00", 2000),
        ("cy", "2021-02-06T08:00:00+08:00", 2000),
        ("ada", "2021-03-05T08:00:00+08:00", 1000),
        ("ada", "2021-03-06T08:00:00+08:00", 1000),
    )
    claims = claimed(made, date(2021, 1, 1)), claimed(made, date(2021, 2, 1))
    project = scene_project(made)
    for claim in claims:
        claim_period_in(made, project, claim, "VERIFYING")
    return module_world


@pytest.fixture(scope="module")
def sampled(gathered: World) -> World:
    """The same with the sample drawn."""
    draw_sample(MonitoringPeriod.objects.get(claim__month=date(2021, 1, 1)), by=gathered.people["verifier"])
    return gathered


@pytest.mark.usefixtures("gathered")
@pytest.mark.parametrize("guard", CLAIMS | PROJECTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.usefixtures("sampled")
@pytest.mark.parametrize("guard", SAMPLES)
def test_a_sample_refuses(guard: str) -> None:
    """Nor with a sample."""
    refuses(guard, *ACTS[guard])


@pytest.mark.usefixtures("gathered")
def test_a_claim_without_its_acts_is_refused_when_it_commits() -> None:
    refuses("claim_holds_its_acts", new_claim(), at_commit=True)
