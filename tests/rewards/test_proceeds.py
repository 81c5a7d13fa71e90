"""Proceeds of a sale are shared by grams, every fen accounted for (domain §4.8, T38)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Division
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel.shares import share
from rewards.models import ProceedsPool, ProceedsShare
from rewards.services.proceeds import amounts_of, open_pool, share_proceeds
from rewards.states import PoolState
from scenarios.models import Citizen
from tests.refusals import forbidden, refused
from tests.shopping import citizen, operator
from tests.stages import person

pytestmark = pytest.mark.django_db
KG = 10**6


def pool(world: World, total_fen: int = 30_000_000, **about: object) -> ProceedsPool:
    """Open a pool of the demo city."""
    city = world.organisations["owner"].division
    given: dict[str, object] = {"division": city, "reference": "QL-2026-07 骑行减排量", "total_fen": total_fen}
    return open_pool(by=operator(world), **{**given, **about})  # type: ignore[arg-type]


def _amounts(made: ProceedsPool) -> list[int]:
    return list(made.shares.order_by("pk").values_list("amount_fen", flat=True))


def test_three_hundred_thousand_yuan_among_10_20_and_70_kg(world: World) -> None:
    """T38."""
    people = [citizen(world) for _ in range(3)]
    weights = {who.pk: kg * KG for who, kg in zip(people, (10, 20, 70), strict=True)}
    made = share_proceeds(pool(world), weights=weights, by=operator(world, "operator-2"), key="share-t38")
    assert made.state == PoolState.SHARED
    assert _amounts(made) == [3_000_000, 6_000_000, 21_000_000]
    assert [one.amount_fen for one in amounts_of(people[2])] == [21_000_000]
    again = share_proceeds(made, weights=weights, by=operator(world, "operator-2"), key="share-t38")
    assert again == made
    refused(share_proceeds, made, code="wrong_state", weights=weights, by=operator(world, "operator-2"))


def test_what_flooring_leaves_goes_to_the_largest_and_among_equals_to_the_oldest_account(world: World) -> None:
    people = [citizen(world) for _ in range(3)]
    by = operator(world, "operator-2")
    one = share_proceeds(pool(world, 100), weights={who.pk: KG for who in people}, by=by)
    assert _amounts(one) == [34, 33, 33]
    weights = {people[0].pk: 1, people[1].pk: 1, people[2].pk: 3}
    other = share_proceeds(pool(world, 101, reference="另一笔"), weights=weights, by=by)
    assert _amounts(other) == [20, 20, 61]


def test_fees_are_taken_off_first(world: World) -> None:
    made = pool(world, 61_650, fee_fen=370)
    assert made.distributable_fen == 61_280
    refused(
        open_pool, code="bad_amount", division=made.division, reference="x", total_fen=5, fee_fen=5, by=operator(world)
    )
    refused(open_pool, code="bad_text", division=made.division, reference=" ", total_fen=5, by=operator(world))
    refused(
        open_pool, code="pool_known", division=made.division, reference=made.reference, total_fen=5, by=operator(world)
    )


def test_who_wrote_it_down_does_not_share_it(world: World) -> None:
    made, one = pool(world), citizen(world)
    refused(share_proceeds, made, code="same_person", weights={one.pk: KG}, by=operator(world))
    forbidden(share_proceeds, made, weights={one.pk: KG}, by=world.people["officer"])
    there = Division.objects.get(code="9902")
    stranger = person(world, "operator-there", "OPERATOR", division=there)
    forbidden(share_proceeds, made, weights={one.pk: KG}, by=stranger)
    forbidden(open_pool, division=made.division, reference="别处", total_fen=5, by=stranger)


@pytest.mark.parametrize("weights", [{}, {-1: KG}, {0: 0}])
def test_weights_name_accounts_and_grams(world: World, weights: dict[int, int]) -> None:
    one = citizen(world)
    given = {one.pk if who == 0 else who: mg for who, mg in weights.items()}
    refused(share_proceeds, pool(world), code="bad_weights", weights=given, by=operator(world, "operator-2"))


def test_a_closed_account_keeps_what_it_gave(world: World) -> None:
    """Who pays it out is a later matter; the share is written down all the same."""
    one = citizen(world)
    Citizen.objects.filter(pk=one.pk).update(state="CLOSED", closed_at=one.opened_at + timedelta(days=1))
    made = share_proceeds(pool(world), weights={one.pk: KG}, by=operator(world, "operator-2"))
    assert ProceedsShare.objects.get(pool=made).status == ProceedsShare.Status.DUE


def test_a_share_in_an_unknown_way_is_refused(world: World) -> None:
    made, one = pool(world), citizen(world)
    with pytest.raises(RuleViolation, match="发放方式"):
        share_proceeds(made, weights={one.pk: KG}, by=operator(world, "operator-2"), channel="CASH")


@given(st.integers(0, 10**11), st.lists(st.integers(1, 10**10), min_size=1, max_size=40))
def test_shares_add_up_to_the_fen_and_nobody_but_the_largest_gets_more_than_his_part(total: int, mg: list[int]) -> None:
    parts = share(total, mg)
    assert sum(parts) == total
    largest = mg.index(max(mg))
    assert all(
        part == total * weight // sum(mg)
        for i, (part, weight) in enumerate(zip(parts, mg, strict=True))
        if i != largest
    )
    assert 0 <= parts[largest] - total * mg[largest] // sum(mg) < len(mg)
