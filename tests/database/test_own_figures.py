"""Guards of the verifier's own figures, and of the verification they stop."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from accounts.services.attachments import keep_file
from carbon_portal.story import World
from projects.services.own_figures import enter_own_figure
from tests.database.rows import again, person, refuses
from tests.stages import period_in

FIGURE, PERIOD = "projects_ownfigure", "projects_monitoringperiod"
VERIFYING = "state = 'VERIFYING'"


def new(**values: str) -> str:
    return again(FIGURE, "true", **values)


GUARDS = {
    "own_figure_has_limit": (
        "UPDATE office_profile SET materiality_percent = 0; " + new(limit_percent="0"),
        "UPDATE office_profile SET materiality_percent = 101; " + new(limit_percent="101"),
    ),
    "own_figure_append_only": (f"UPDATE {FIGURE} SET figure_mg = 1", f"DELETE FROM {FIGURE}"),
    "own_figure_of_its_period": (
        new(portal_mg="r.portal_mg + 1"),
        new(limit_percent="r.limit_percent + 1"),
        new(file_id=f"(SELECT series_id FROM {PERIOD} WHERE series_id IS NOT NULL LIMIT 1)"),
        new(period_id=f"(SELECT id FROM {PERIOD} WHERE state = 'ISSUED' LIMIT 1)"),
    ),
    "own_figure_by_another": (new(entered_by_id=f"(SELECT submitted_by_id FROM {PERIOD} WHERE {VERIFYING})"),),
    "period_within_materiality": (
        f"UPDATE {PERIOD} SET state = 'VERIFIED', verified_mg = claimed_mg, verified_by_id = {person('verifier')} WHERE {VERIFYING}",
    ),
}


@pytest.fixture(scope="module")
def computed(module_world: World) -> World:
    """A period of 90 MWh with the verifier, whose own figure is half of the claim."""
    period = period_in(module_world, "VERIFYING")
    verifier = module_world.people["verifier"]
    file = keep_file(module_world.organisations["verifier"], ContentFile(b"1,2", name="own.csv"), by=verifier)
    enter_own_figure(period, figure_mg=(period.claimed_mg or 0) // 2, file=file, by=verifier)
    return module_world


@pytest.mark.usefixtures("computed")
@pytest.mark.parametrize("guard", GUARDS)
def test_refuses(guard: str) -> None:
    refuses(guard, *GUARDS[guard])
