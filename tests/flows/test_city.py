"""The whole public story as the demo tells it: its figures are the ones the sources give, and every book agrees."""

from __future__ import annotations

from django.db.models import Sum

from accounts.models import User
from projects.models import MonitoringPeriod
from registry.models import Block
from registry.services.checking import check_books
from registry.states import UnitState
from rewards.models import PointAccount, PointLot, ProceedsPool
from rewards.services.riders import grams_behind, open_riders_pool, share_among_riders
from scenarios.models import Act, CarbonAccount, ClaimBatch, Refusal, Upload
from tests.refusals import refused
from trading.models import Agreement, NeutralEvent


def test_the_figures_of_the_public_story(city: str) -> None:
    """Clarification 8, domain T35 and clarification 12, from the partner's file to the fen in a rider's hand."""
    rides_are_counted_once()
    the_winter_makes_a_tonne()
    the_meeting_is_neutral()
    the_riders_get_what_it_sold_for()
    assert check_books().differences == []


def rides_are_counted_once() -> None:
    """2,893 sent, 2,381 counted; the second platform's report of the same rides counts nothing."""
    first, second = Upload.objects.order_by("pk")
    assert (first.sent, first.accepted, first.saved_mg) == (2893, 2381, 1_678_017_656)
    assert second.accepted == 0
    assert Refusal.objects.filter(upload=second, code="duplicate").count() > 400
    assert Act.objects.aggregate(mg=Sum("saved_mg"))["mg"] == 1_678_017_656
    assert CarbonAccount.objects.aggregate(mg=Sum("balance_mg"))["mg"] == 1_678_017_656
    balance = PointAccount.objects.aggregate(points=Sum("balance_points"))["points"]
    assert balance == PointLot.objects.aggregate(points=Sum("left_points"))["points"] > 100_000


def the_winter_makes_a_tonne() -> None:
    """1 t and a carry of 678,017,656 mg over the months."""
    periods = MonitoringPeriod.objects.filter(claim__isnull=False).order_by("starts_on")
    assert sum(period.issued_t or 0 for period in periods) == 1
    assert periods.last().carry_mg == 678_017_656  # type: ignore[union-attr]
    assert ClaimBatch.objects.aggregate(mg=Sum("saved_mg"), acts=Sum("acts")) == {"mg": 1_678_017_656, "acts": 2381}


def the_meeting_is_neutral() -> None:
    """2,409.680 kg are 3 t: one of the riders', two of the roof's, all retired."""
    event = NeutralEvent.objects.get()
    assert (event.state, event.needed_t) == (NeutralEvent.State.NEUTRAL, 3)
    assert event.items.aggregate(mg=Sum("emission_mg"))["mg"] == 2_409_680_000
    retired = Block.objects.open().filter(state=UnitState.RETIRED, holder__organisation=event.organiser)
    assert retired.tonnes() == 3
    assert {block.series.project.scene_id is not None for block in retired} == {True, False}


def the_riders_get_what_it_sold_for() -> None:
    """Every fen of the riders' tonne is somebody's, and nobody shares it twice."""
    pool = ProceedsPool.objects.get()
    assert pool.agreement is not None
    grams = grams_behind(pool.agreement)
    assert sum(grams.values()) == 1_453_595_300  # November to January, whose carry completed the tonne
    assert pool.shares.aggregate(fen=Sum("amount_fen"))["fen"] == pool.distributable_fen == pool.agreement.payable_fen
    assert dict(pool.shares.values_list("citizen_id", "grams_mg")) == grams
    operators = User.objects.filter(username__startswith="operator").order_by("username")
    roofs = Agreement.objects.delivered().exclude(pk=pool.agreement_id).get()
    refused(open_riders_pool, pool.agreement, by=operators[0], code="pool_known")
    refused(open_riders_pool, roofs, by=operators[0], code="not_of_riders")
    refused(share_among_riders, pool, by=operators[1], code="wrong_state")
