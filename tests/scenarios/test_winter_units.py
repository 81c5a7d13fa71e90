"""The winter's rides as they were sent become one tonne, to the milligram (clarification 8)."""

from __future__ import annotations

from carbon_portal.story import World
from carbon_portal.story.units import units_of_riders
from projects.models import MonitoringPeriod
from registry.models import Batch
from registry.services.checking import check_books
from scenarios.models import ActUse, ClaimBatch
from tests.gathering import winter

WINTER_MG = 1_678_017_656


def test_the_winter_gives_one_tonne_and_carries_the_rest(world: World) -> None:
    made = winter(world)
    world.accounts.pop("platform", None)

    project = units_of_riders(world, made.scene, made.partner, whose="platform")

    claims = ClaimBatch.objects.order_by("month")
    assert [f"{claim.month:%Y-%m}" for claim in claims] == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert sum(claim.saved_mg for claim in claims) == WINTER_MG
    assert sum(claim.acts for claim in claims) == ActUse.objects.count() == 2381
    periods = MonitoringPeriod.objects.filter(project=project).order_by("starts_on")
    assert [period.state for period in periods] == ["ISSUED"] * 4
    assert sum(period.issued_t or 0 for period in periods) == 1
    assert periods.last().carry_mg == WINTER_MG - 10**9 == 678_017_656
    batch = Batch.objects.get(series__project=project)
    assert (batch.quantity_t, batch.series.meth7) == (1, "QD21004")
    assert check_books().differences == []
