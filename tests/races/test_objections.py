"""An objection filed in the last minute and the registrar of the morning after never pass each other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from office.models import Objection
from office.services.clock import move_clock
from office.services.objections import file_objection
from projects.models import Project
from projects.services import reviews
from tests.racing import hold_open, without_row_locks
from tests.stages import project_in

TEXT = "这块屋面的并网验收单与公示的容量不一致，请核对现场的组件数量。"


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])
def test_the_registrar_waits_for_an_objection_that_is_being_filed(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    project = project_in(world, "PUBLIC_NOTICE")
    notice = project.notice
    assert notice is not None
    move_clock(forward=timedelta(days=(notice.ends_on - clock.today()).days), by=world.system, reason="最后一天")
    if not locked:
        without_row_locks(monkeypatch)

    def next_morning() -> Project:
        move_clock(forward=timedelta(days=1), by=world.system, reason="次日")
        return reviews.register(project, by=world.people["registrar"])

    answers = hold_open(
        lambda: file_objection(notice, name="郑明远", contact="x@y.cn", text=TEXT, by=world.system, key="last-minute"),
        next_morning,
        monkeypatch=monkeypatch,
    )

    assert isinstance(answers[0], Objection)
    assert isinstance(answers[1], RuleViolation), answers[1]
    assert answers[1].code == "objection_open"
    project.refresh_from_db()
    assert (project.state, project.project_no) == ("PUBLIC_NOTICE", None)
