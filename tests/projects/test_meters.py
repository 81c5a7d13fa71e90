"""A meter is free again when its project is revoked; what it has measured and somebody verified is not (domain §1.4.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import periods, reviews
from tests.racing import hold_open
from tests.refusals import refused
from tests.stages import grounds, period_in, project_in


def successor(world: World, old: Project) -> Project:
    """Revoke a project and register another one on its meter."""
    reviews.revoke(old, by=world.people["registrar"], reason="弄虚作假", grounds=grounds())
    project = project_in(world, "PUBLIC_NOTICE", name="接手的屋顶光伏项目", meter_no=old.meter_no, capacity_kw=1000)
    assert project.notice is not None
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完公示期")
    return reviews.register(project, by=world.people["registrar"])


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2025, 12, 31), date(2025, 12, 31)),
        (date(2025, 3, 1), date(2025, 3, 31)),
    ],
)
def test_what_a_revoked_project_counted_is_not_claimed_by_its_successor(
    world: World, starts_on: date, ends_on: date
) -> None:
    project, maker = successor(world, world.projects["yearly"]), world.people["owner-maker"]
    refused(periods.open_period, project, starts_on=starts_on, ends_on=ends_on, by=maker, code="meter_counted")


def test_the_days_before_and_after_are_the_successors(world: World) -> None:
    project = successor(world, world.projects["yearly"])
    before = period_in(world, "VERIFIED", project=project, starts_on=date(2024, 12, 1), ends_on=date(2024, 12, 31))
    assert before.verified_mg is not None
    day = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 1)}
    assert periods.open_period(project, by=world.people["owner-maker"], **day).state == "DRAFT"


def test_of_two_open_claims_on_a_meter_only_the_first_is_verified(world: World) -> None:
    march: dict[str, Any] = {"starts_on": date(2024, 3, 1), "ends_on": date(2024, 3, 31)}
    old = period_in(world, "VERIFYING", **march)
    new = period_in(world, "VERIFYING", project=successor(world, world.projects["yearly"]), **march)
    assert periods.verify(new, by=world.people["verifier"]).state == "VERIFIED"
    refusal = refused(periods.verify, old, by=world.people["verifier"], code="meter_counted")
    assert "同一度电不能签发两次" in str(refusal.message)


def test_two_verifiers_at_once_do_not_count_a_meter_twice(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, march = committed_world, {"starts_on": date(2024, 3, 1), "ends_on": date(2024, 3, 31)}
    old = period_in(world, "VERIFYING", **march)  # type: ignore[arg-type]
    new = period_in(world, "VERIFYING", project=successor(world, world.projects["yearly"]), **march)  # type: ignore[arg-type]
    by = world.people["verifier"]
    first, second = hold_open(
        lambda: periods.verify(new, by=by), lambda: periods.verify(old, by=by), monkeypatch=monkeypatch
    )
    assert first.state == "VERIFIED"
    assert getattr(second, "code", second) == "meter_counted"
    assert list(MonitoringPeriod.objects.filter(vintage=2024).order_by("pk").values_list("state", flat=True)) == [
        "VERIFYING",
        "VERIFIED",
    ]
