"""Two leaders sign one draft at the same time: it is signed once and the verb runs once, with the row locks and without them."""

from __future__ import annotations

import pytest

from accounts.models import Division, Event
from accounts.roles import Role
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from office.models import Profile, SignOff
from office.services import signoffs
from projects.models import Project
from projects.states import ProjectState
from tests.racing import hold_open, without_row_locks
from tests.stages import person, project_in


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])
def test_two_signers_sign_once(committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    world, city = committed_world, Division.objects.get(code="9901")
    leaders = [person(world, f"leader-{n}", Role.LEADER, division=city) for n in (1, 2)]
    profile = Profile.objects.get(code="GD-2022")
    case = project_in(world, ProjectState.ACCEPTED, name="两人同签", meter_no="9901-PV-R1", profile=profile)
    chain = signoffs.draft(case, name="projects.approve", by=world.people["reviewer"], reason="拟同意")
    chain = signoffs.review(chain, by=world.people["registrar"])
    if not locked:
        without_row_locks(monkeypatch)
    first, second = hold_open(
        lambda: signoffs.sign(chain, by=leaders[0]),
        lambda: signoffs.sign(chain, by=leaders[1]),
        monkeypatch=monkeypatch,
    )
    assert isinstance(first, SignOff)
    assert isinstance(second, RuleViolation), second
    assert second.code in {"wrong_state", "already_done"}
    assert Project.objects.get(pk=case.pk).approved_by == leaders[0]
    assert Event.objects.filter(verb="projects.approve", outcome="DONE", object_id=case.pk).count() == 1
