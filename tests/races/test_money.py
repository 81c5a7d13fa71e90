"""The bank speaks twice at once, and an agreement meets a transfer over the same tonnes: with the row locks and without them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.services.people import portal_user
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Block
from registry.services import transfers
from registry.services.checking import check_books
from registry.states import UnitState
from tests.racing import hold_open, without_row_locks
from tests.trading.stages import agreement_in, live, message
from trading.models import Agreement, BankMessage, CashEntry, CashInstruction, CashJournal
from trading.services import agreements, payments
from trading.states import AgreementState

LOCKS = pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])


def says(instruction: CashInstruction, message_id: str, **changed: object) -> Callable[[], BankMessage]:
    """Return a caller who brings a message of the bank."""
    body, by = message(instruction, **changed), portal_user()
    return lambda: payments.receive(bank="DEMO", message_id=message_id, body=body, by=by, key=f"DEMO:{message_id}")


def assert_paid_once(world: World, agreement: Agreement) -> None:
    """One journal of money, the units moved once, all books whole."""
    agreement.refresh_from_db()
    assert (agreement.state, CashJournal.objects.count()) == (AgreementState.DELIVERED, 1)
    assert sum(CashEntry.objects.values_list("amount_fen", flat=True)) == 0
    held = Block.objects.open().filter(holder=world.accounts["buyer"], state=UnitState.AVAILABLE)
    assert held.tonnes() == 210
    assert check_books().differences == []


@LOCKS
def test_one_message_twice_at_once_is_one_payment_and_one_answer(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        without_row_locks(monkeypatch)
    agreement = agreement_in(committed_world, "AWAITING_PAYMENT")
    caller = says(live(agreement), "M-1")

    answers = hold_open(caller, caller, caller, monkeypatch=monkeypatch)

    assert [answer.state for answer in answers] == ["ACCEPTED"] * 3
    assert len({answer.pk for answer in answers}) == 1
    assert_paid_once(committed_world, agreement)


def test_without_the_advisory_lock_the_table_still_takes_a_message_once(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row locks, no waiting for the key: what is left is that one instruction has one journal."""
    without_row_locks(monkeypatch)
    monkeypatch.setattr("accounts.workflow.remembered", lambda *_args: None)
    agreement = agreement_in(committed_world, "AWAITING_PAYMENT")
    caller = says(live(agreement), "M-1")

    first, second = hold_open(caller, caller, monkeypatch=monkeypatch)

    assert first.state == "ACCEPTED"
    assert (type(second), second.code) == (RuleViolation, "already_paid")
    assert BankMessage.objects.count() == 1
    assert_paid_once(committed_world, agreement)


@LOCKS
def test_two_messages_about_one_payment_pay_once(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        without_row_locks(monkeypatch)
    agreement = agreement_in(committed_world, "AWAITING_PAYMENT")
    instruction = live(agreement)

    first, second = hold_open(says(instruction, "M-1"), says(instruction, "M-2"), monkeypatch=monkeypatch)

    assert first.state == "ACCEPTED"
    if locked:
        assert (second.state, second.code) == ("REFUSED", "already_paid")
    else:
        assert (type(second), second.code) == (RuleViolation, "already_paid")
    assert_paid_once(committed_world, agreement)


@LOCKS
@pytest.mark.parametrize("first", ["agreement", "transfer"])
def test_the_same_tonnes_are_agreed_or_transferred_but_not_both(
    committed_world: World, first: str, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner holds 423 t and promises 300 t twice at once."""
    if not locked:
        without_row_locks(monkeypatch)
    world = committed_world
    owner, buyer, maker = world.accounts["owner"], world.accounts["buyer"].number, world.people["owner-maker"]
    callers: dict[str, Callable[[], object]] = {
        "agreement": lambda: agreements.propose(owner, buyer_number=buyer, quantity_t=300, price_fen=4000, by=maker),
        "transfer": lambda: transfers.initiate(owner, target_number=buyer, quantity_t=300, by=maker),
    }
    other = next(name for name in callers if name != first)

    won, lost = hold_open(callers[first], callers[other], monkeypatch=monkeypatch)

    assert type(won).__name__ == first.capitalize()
    assert isinstance(lost, RuleViolation)
    assert lost.code == ("not_enough" if locked else "units_taken")
    assert Block.objects.open().filter(holder=owner, state=UnitState.TRANSFER_PENDING).tonnes() == 300
    assert check_books().differences == []


@pytest.mark.parametrize("first", ["pay", "cancel"])
def test_a_payment_against_the_sellers_cancelling_has_one_winner(
    committed_world: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, agreement = committed_world.people, agreement_in(committed_world, "ACCEPTED")
    callers: dict[str, Callable[[], Agreement]] = {
        "pay": lambda: agreements.order_payment(agreement, by=people["buyer-checker"]),
        "cancel": lambda: agreements.cancel(agreement, by=people["owner-maker"], reason="改签合同"),
    }
    other = next(name for name in callers if name != first)

    won, lost = hold_open(callers[first], callers[other], monkeypatch=monkeypatch)

    assert isinstance(won, Agreement)
    assert (type(lost), lost.code) == (RuleViolation, "wrong_state")
    assert CashInstruction.objects.count() == (1 if first == "pay" else 0)
    assert check_books().differences == []
