"""A phone that sends the same record twice at once makes one visit of it, and both get its number."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from projects.models import SiteVisit, VisitPhoto
from projects.services import visits
from tests.projects.test_visits import told
from tests.racing import hold_open, without_row_locks
from tests.stages import project_in


def test_the_same_record_sent_twice_at_once_is_one_visit(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, given = project_in(committed_world, "ACCEPTED"), told(committed_world)
    without_row_locks(monkeypatch)
    monkeypatch.setattr("projects.services.visits.lock", lambda row: type(row)._base_manager.get(pk=row.pk))
    first, second = hold_open(
        lambda: visits.record_visit(case, key="field-twice", **given),
        lambda: visits.record_visit(case, key="field-twice", **given),
        monkeypatch=monkeypatch,
    )
    assert isinstance(first, SiteVisit), first
    assert second == first
    assert (SiteVisit.objects.count(), VisitPhoto.objects.count()) == (1, 1)
