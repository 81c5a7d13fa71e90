"""Two operators gather the same month at once: each act is in one claim, with the row lock and without it."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.services.checking import check_books
from scenarios.models import ActUse, ClaimBatch
from scenarios.services import claims
from scenarios.services.claims import close_claim
from tests.gathering import gathering
from tests.racing import hold_open
from tests.stages import person

JANUARY = date(2021, 1, 1)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])
def test_two_operators_gather_the_same_month_at_once(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gathering(committed_world)
    made.rides(*((subject, "2021-01-05T08:00:00+08:00", 5200) for subject in ("ada", "bo", "cy")))
    first = committed_world.people["operator"]
    second = person(committed_world, "operator-2", "OPERATOR", division=made.partner.organisation.division)
    if not locked:
        monkeypatch.setattr(claims, "lock", lambda row: type(row)._base_manager.get(pk=row.pk))

    answers = hold_open(
        *(lambda by=by: close_claim(made.scene, made.partner, JANUARY, by=by) for by in (first, second)),
        monkeypatch=monkeypatch,
    )

    assert isinstance(answers[0], ClaimBatch)
    assert isinstance(answers[1], RuleViolation)
    # With the lock the second waits and finds nothing left; without it the key of the uses refuses it.
    assert answers[1].code == ("nothing_to_claim" if locked else "act_used")
    assert (ClaimBatch.objects.get().acts, ActUse.objects.count()) == (3, 3)
    assert check_books(roots=True).differences == []
