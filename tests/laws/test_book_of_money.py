"""Whatever is agreed, paid, refused or sent twice: every journal sums to nothing, and money is confirmed where units moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Block
from registry.services.checking import check_books
from tests.trading.stages import bank_says, heard, message
from trading.models import Agreement, BankMessage, CashEntry, CashInstruction, CashJournal
from trading.services import agreements
from trading.states import AgreementState

FEES_PPM = st.sampled_from([0, 1, 6_000, 333_333, 1_000_000])
STEPS = st.tuples(
    st.sampled_from(["propose", "propose", "confirm", "accept", "order", "again", "pay", "pay wrong", "fail", "repeat",
                     "refuse", "cancel"]),
    st.integers(min_value=1, max_value=450),
    st.integers(min_value=1, max_value=10_000),
)  # fmt: skip


def propose(world: World, tonnes: int, price_fen: int) -> None:
    """Offer units of the owner to the buyer."""
    agreements.propose(
        world.accounts["owner"],
        buyer_number=world.accounts["buyer"].number,
        quantity_t=tonnes,
        price_fen=price_fen,
        by=world.people["owner-maker"],
    )


def on_agreement(verb: Callable[..., Any], state: str, who: str) -> Callable[[World, int, int], None]:
    """Return the step that takes the newest agreement in a state one further."""

    def act(world: World, tonnes: int, price_fen: int) -> None:
        agreement = Agreement.objects.filter(state=state).first()
        if agreement is not None:
            verb(agreement, by=world.people[who], reason="按约定")

    return act


def from_bank(**changed: Any) -> Callable[[World, int, int], None]:
    """Return the step in which the bank says something about the newest instruction, paid or not, right or wrong."""

    def act(world: World, tonnes: int, price_fen: int) -> None:
        instruction = CashInstruction.objects.first()
        if instruction is not None:
            bank_says(instruction, **{name: change(instruction, tonnes) for name, change in changed.items()})

    return act


def repeat(world: World, tonnes: int, price_fen: int) -> None:
    """The bank sends its last message again, and once more about the oldest instruction."""
    last = BankMessage.objects.first()
    if last is not None:
        assert heard(last.message_id, bytes(last.body)).pk == last.pk
    oldest = CashInstruction.objects.last()
    if oldest is not None:
        heard(f"R-{BankMessage.objects.count():08d}", message(oldest))


ACTS: dict[str, Callable[[World, int, int], None]] = {
    "propose": propose,
    "confirm": on_agreement(agreements.confirm, AgreementState.CONFIRMING, "owner-checker"),
    "accept": on_agreement(agreements.accept, AgreementState.OFFERED, "buyer-maker"),
    "order": on_agreement(agreements.order_payment, AgreementState.ACCEPTED, "buyer-checker"),
    "again": on_agreement(agreements.pay_again, AgreementState.AWAITING_PAYMENT, "buyer-checker"),
    "refuse": on_agreement(agreements.refuse, AgreementState.OFFERED, "buyer-checker"),
    "cancel": on_agreement(agreements.cancel, AgreementState.ACCEPTED, "owner-maker"),
    "pay": from_bank(),
    "pay wrong": from_bank(amount_fen=lambda instruction, tonnes: instruction.amount_fen + tonnes),
    "fail": from_bank(status=lambda instruction, tonnes: "FAILED"),
    "repeat": repeat,
}


def assert_the_book_holds() -> None:
    """Each journal sums to nothing, amount = quantity × price = fee + payable, money confirmed exactly where units moved."""
    for journal in CashJournal.objects.select_related("instruction__agreement"):
        amounts = list(journal.entries.values_list("amount_fen", flat=True))
        assert sum(amounts) == 0
        assert sum(amount for amount in amounts if amount > 0) == journal.instruction.amount_fen
    for agreement in Agreement.objects.all():
        assert agreement.amount_fen == agreement.quantity_t * agreement.price_fen
        assert agreement.amount_fen == agreement.fee_fen + agreement.payable_fen
        paid = agreement.instructions.filter(state="PAID").count()
        moved = agreement.delivered_blocks().aggregate(t=Sum("quantity_t"))["t"] or 0
        assert (paid, moved) == ((1, agreement.quantity_t) if agreement.state == "DELIVERED" else (0, 0))
    assert CashJournal.objects.count() == CashInstruction.objects.filter(state="PAID").count()
    assert (CashEntry.objects.aggregate(fen=Sum("amount_fen"))["fen"] or 0) == 0
    assert check_books().differences == []


def _refusal(name: str, world: World, tonnes: int, price_fen: int) -> str | None:
    try:
        ACTS[name](world, tonnes, price_fen)
    except RuleViolation as refusal:
        return refusal.code
    return None


@pytest.mark.usefixtures("world")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(fee_ppm=FEES_PPM, steps=st.lists(STEPS, min_size=6, max_size=20))
def test_the_book_of_money_holds_after_every_step_of_any_story(
    world: World, fee_ppm: int, steps: list[tuple[str, int, int]]
) -> None:
    with override_settings(TRADE_FEE_PPM=fee_ppm), transaction.atomic():
        held = Block.objects.open().tonnes()
        for name, tonnes, price_fen in steps:
            assert _refusal(name, world, tonnes, price_fen) in {None, "not_enough", "already_ordered"}
            assert_the_book_holds()
        assert Block.objects.open().tonnes() == held
        transaction.set_rollback(True)
