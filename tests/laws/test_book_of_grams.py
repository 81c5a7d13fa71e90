"""Whatever rides come in and whichever months are gathered in between, every gram is claimed once and none is lost."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.services.checking import check_books
from scenarios.models import Act, ActUse, CarbonAccount, ClaimBatch
from scenarios.services import claims
from tests.gathering import Riding, claimed, gathering

RIDERS = ("ada", "bo", "cy")
MONTHS = st.sampled_from([date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1)])
RIDES = st.lists(
    st.tuples(
        st.sampled_from(RIDERS),
        MONTHS,
        st.integers(min_value=1, max_value=28),
        st.integers(min_value=0, max_value=22),
        st.integers(min_value=50, max_value=9000),  # some are too short and are refused
    ),
    min_size=1,
    max_size=6,
)
STEPS = st.lists(
    st.one_of(st.tuples(st.just("ride"), RIDES), st.tuples(st.just("gather"), MONTHS)), min_size=3, max_size=8
)


def _ride(made: Riding, rides: list[tuple[str, date, int, int, int]], second: int) -> None:
    made.rides(
        *(
            (subject, f"{month:%Y-%m}-{day:02d}T{hour:02d}:{second:02d}:00+08:00", metres)
            for subject, month, day, hour, metres in rides
        )
    )


def _gather(made: Riding, month: date) -> None:
    left = _unused().filter(on_day__year=month.year, on_day__month=month.month)
    if left.exists():
        assert claimed(made, month).acts
    else:
        with pytest.raises(RuleViolation) as refusal:
            claimed(made, month)
        assert refusal.value.code == "nothing_to_claim"
    assert not left.all().exists()


def _unused() -> Any:
    return Act.objects.exclude(pk__in=ActUse.objects.values("act_id"))


def _sum(rows: Any, field: str = "saved_mg") -> int:
    return rows.aggregate(mg=Sum(field))["mg"] or 0


def assert_the_book_holds(roots: dict[int, str]) -> None:
    """Claims state what they hold; what is credited is claimed or open; what was stated before is stated still."""
    for claim in ClaimBatch.objects.all():
        held = Act.objects.filter(pk__in=claim.uses.values("act_id"))
        assert (_sum(held), held.count()) == (claim.saved_mg, claim.acts)
        assert {day.replace(day=1) for day in held.values_list("on_day", flat=True)} == {claim.month}
        assert roots.setdefault(claim.pk, claim.merkle_root) == claim.merkle_root == claims.root(claim)
    per_act = ActUse.objects.values("act_id").annotate(n=Count("claim")).values_list("n", flat=True)
    assert set(per_act) <= {1}
    assert _sum(ClaimBatch.objects) + _sum(_unused()) == _sum(Act.objects) == _sum(CarbonAccount.objects, "balance_mg")
    assert check_books(roots=True).differences == []


@pytest.fixture
def made(world: World) -> Riding:
    """Three riders who sent nothing yet."""
    return gathering(world, RIDERS)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_every_gram_is_claimed_once_after_every_step_of_any_story(made: Riding, steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        roots: dict[int, str] = {}
        minute = count()
        for name, about in steps:
            if name == "ride":
                _ride(made, about, next(minute))
            else:
                _gather(made, about)
            assert_the_book_holds(roots)
        transaction.set_rollback(True)
