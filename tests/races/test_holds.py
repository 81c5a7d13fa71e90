"""A court or a case of fraud against a sale, and two courts against each other: each tonne goes one way."""

from __future__ import annotations

import pytest

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Block, Deed, FraudCase, Transfer
from registry.services import confirming, frauds, transfers
from registry.states import OrderState, UnitState
from tests.holding import assert_books_hold, freeze_deed, held, paper
from tests.racing import hold_open, without_row_locks
from tests.stages import transfer_in

FROZEN = UnitState.JUDICIAL_FROZEN


@pytest.mark.parametrize("first", ["accept", "freeze"])
def test_a_sale_accepted_while_a_court_stops_it_has_one_winner(
    committed_world: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, owner = committed_world.people, committed_world.accounts["owner"]
    sale, deed = transfer_in(committed_world, "OFFERED", 400), freeze_deed(committed_world, 423, stops_orders=True)
    acts = {
        "accept": lambda: transfers.accept(sale, by=people["buyer-maker"]),
        "freeze": lambda: confirming.confirm(deed, by=people["registrar"]),
    }
    second = next(name for name in acts if name != first)

    answers = dict(zip((first, second), hold_open(acts[first], acts[second], monkeypatch=monkeypatch), strict=True))

    assert isinstance(answers["freeze"], Deed)
    sale.refresh_from_db()
    if first == "accept":
        assert isinstance(answers["accept"], Transfer)
        assert (sale.state, held(owner, FROZEN), held(owner)) == (OrderState.COMPLETED, 23, 0)
    else:
        assert answers["accept"].code == "wrong_state"
        assert (sale.state, held(owner, FROZEN), held(owner)) == (OrderState.CANCELLED, 423, 0)
    assert_books_hold()


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])
def test_two_courts_never_freeze_the_same_tonne(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = freeze_deed(committed_world, 400)
    two = freeze_deed(committed_world, 300, document_no="（2026）江02执7号")
    if not locked:
        without_row_locks(monkeypatch)
    by = committed_world.people["registrar"]

    answers = hold_open(
        lambda: confirming.confirm(one, by=by), lambda: confirming.confirm(two, by=by), monkeypatch=monkeypatch
    )

    assert isinstance(answers[0], Deed)
    owner = committed_world.accounts["owner"]
    if locked:
        assert isinstance(answers[1], Deed)
        assert (two.made_freeze.held_t, two.made_freeze.missing_t) == (23, 277)
        assert (held(owner, FROZEN), held(owner)) == (423, 0)
    else:
        assert isinstance(answers[1], RuleViolation)
        assert (held(owner, FROZEN), held(owner)) == (400, 23)
    assert Block.objects.open().filter(holder=owner).tonnes() == 423
    assert_books_hold()


@pytest.mark.parametrize("first", ["accept", "case"])
def test_a_case_opened_while_a_sale_is_accepted_leaves_nothing_of_the_batch_free(
    committed_world: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes first: the tonnes are suspended, with the buyer or with the owner."""
    people, accounts = committed_world.people, committed_world.accounts
    batch, kept = committed_world.periods["yearly"].batch, paper(committed_world)
    sale = transfer_in(committed_world, "OFFERED", 400)
    acts = {
        "accept": lambda: transfers.accept(sale, by=people["buyer-maker"]),
        "case": lambda: frauds.open_case(batch, facts="群众举报", paper=kept, by=people["officer"]),
    }
    second = next(name for name in acts if name != first)

    answers = dict(zip((first, second), hold_open(acts[first], acts[second], monkeypatch=monkeypatch), strict=True))

    assert isinstance(answers["case"], FraudCase)
    if first == "case":
        assert answers["accept"].code == "wrong_state"
    suspended = {name: held(accounts[name], UnitState.SUSPENDED) for name in ("owner", "buyer")}
    assert suspended == ({"owner": 23, "buyer": 599} if first == "accept" else {"owner": 422, "buyer": 200})
    assert Block.objects.open().filter(batch=batch, state=UnitState.AVAILABLE).tonnes() == 0
    assert_books_hold()
