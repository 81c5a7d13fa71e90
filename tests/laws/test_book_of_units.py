"""Whatever people do and in whatever order, the book of units holds: after every single step."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Batch, Block, HoldingAccount, Journal, Retirement, Transfer
from registry.services import retirements, transfers
from registry.services.checking import check_books
from registry.states import OrderState, RetirementState

SIDES = ("owner", "buyer")
STEPS = st.tuples(
    st.sampled_from(
        [
            "sell",
            "sell",
            "confirm sale",
            "accept",
            "refuse",
            "cancel sale",
            "retire",
            "confirm end",
            "review",
            "approve",
            "deny",
        ]
    ),
    st.sampled_from(SIDES),
    st.integers(min_value=1, max_value=450),
)


def _other(side: str) -> str:
    return "buyer" if side == "owner" else "owner"


def _sale(state: str) -> Transfer | None:
    return Transfer.objects.filter(state=state).first()


def _end(state: str) -> Retirement | None:
    return Retirement.objects.filter(state=state).first()


def _side_of(account: HoldingAccount, world: World) -> str:
    return next(side for side in SIDES if world.accounts[side] == account)


def sell(world: World, side: str, tonnes: int) -> None:
    """Set tonnes aside for the other side."""
    target = world.accounts[_other(side)].number
    transfers.initiate(world.accounts[side], target_number=target, quantity_t=tonnes, by=world.people[f"{side}-maker"])


def retire(world: World, side: str, tonnes: int) -> None:
    """Set tonnes aside to be retired."""
    by = world.people[f"{side}-maker"]
    words = {"kind": "CHARITY", "beneficiary": "青岚市民", "purpose": "公益"}
    retirements.initiate(world.accounts[side], quantity_t=tonnes, by=by, **words)


def on_sale(verb: Callable[..., Any], state: str, whose: str, role: str) -> Callable[[World, str, int], None]:
    """Return the step that takes the newest transfer in a state one further."""

    def act(world: World, side: str, tonnes: int) -> None:
        order = _sale(state)
        if order is not None:
            by = world.people[f"{_side_of(getattr(order, whose), world)}-{role}"]
            verb(order, by=by, reason="按合同")

    return act


def on_end(verb: Callable[..., Any], state: str, who: str) -> Callable[[World, str, int], None]:
    """Return the step that takes the newest retirement in a state one further."""

    def act(world: World, side: str, tonnes: int) -> None:
        order = _end(state)
        if order is not None:
            name = who if who in ("registrar", "leader") else f"{_side_of(order.account, world)}-{who}"
            verb(order, by=world.people[name], reason="核对无误")

    return act


ACTS: dict[str, Callable[[World, str, int], None]] = {
    "sell": sell,
    "confirm sale": on_sale(transfers.confirm, OrderState.CONFIRMING, "source", "checker"),
    "accept": on_sale(transfers.accept, OrderState.OFFERED, "target", "maker"),
    "refuse": on_sale(transfers.refuse, OrderState.OFFERED, "target", "checker"),
    "cancel sale": on_sale(transfers.cancel, OrderState.CONFIRMING, "source", "maker"),
    "retire": retire,
    "confirm end": on_end(retirements.confirm, RetirementState.CONFIRMING, "checker"),
    "review": on_end(retirements.review, RetirementState.PENDING, "registrar"),
    "approve": on_end(retirements.approve, RetirementState.REVIEWED, "leader"),
    "deny": on_end(retirements.refuse, RetirementState.PENDING, "registrar"),
}


def balances(as_of: int) -> dict[tuple[int, str], int]:
    """Return tonnes by holder and state as the book stood after a journal."""
    rows = Block.objects.filter(Q(closed_by=None) | Q(closed_by__gt=as_of), opened_by__lte=as_of)
    return {
        (holder, state): t
        for holder, state, t in rows.order_by().values_list("holder", "state").annotate(t=Sum("quantity_t"))
    }


def assert_the_book_holds(past: dict[int, dict[tuple[int, str], int]]) -> None:
    """Issued = held + retired per batch, serials disjoint and whole, journals balanced, the past unchanged."""
    for batch in Batch.objects.all():
        blocks = list(Block.objects.open().filter(batch=batch).order_by("serials"))
        assert sum(block.quantity_t for block in blocks) == batch.quantity_t
        assert all(left.last + 1 == right.first for left, right in pairwise(blocks))
        assert (blocks[0].first, blocks[-1].last) == (batch.serial_from, batch.serial_to)
    assert check_books().differences == []
    for journal, then in past.items():
        assert balances(journal) == then


def _refusal(name: str, world: World, side: str, tonnes: int) -> str | None:
    try:
        ACTS[name](world, side, tonnes)
    except RuleViolation as refusal:
        return refusal.code
    return None


@pytest.mark.usefixtures("world")
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=6, max_size=18))
def test_the_book_holds_after_every_step_of_any_story(world: World, steps: list[tuple[str, str, int]]) -> None:
    with transaction.atomic():
        past: dict[int, dict[tuple[int, str], int]] = {}
        for name, side, tonnes in steps:
            last = Journal.objects.latest("pk").pk
            past[last] = balances(last)
            if (code := _refusal(name, world, side, tonnes)) is not None:
                assert (code, Journal.objects.latest("pk").pk) == ("not_enough", last)
            assert_the_book_holds(past)
        transaction.set_rollback(True)
