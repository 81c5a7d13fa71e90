"""Agreements brought to a stage by the verbs, and the demo bank's messages about them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from accounts.services.people import portal_user
from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from trading.models import Agreement, BankMessage, CashInstruction
from trading.services import agreements, payments
from trading.services.bank import demo_bank
from trading.states import AgreementState


def agreement_in(world: World, state: str, quantity_t: int = 10, price_fen: int = 4000) -> Agreement:
    """Sell units of the owner to the buyer, 10 t at 40.00 yuan, and take the agreement to a state."""
    people, to = world.people, AgreementState(state)
    agreement = agreements.propose(
        world.accounts["owner"],
        buyer_number=world.accounts["buyer"].number,
        quantity_t=quantity_t,
        price_fen=price_fen,
        terms="购销合同 QL-2026-050",
        by=people["owner-maker"],
    )
    if to == AgreementState.CONFIRMING:
        return agreement
    if to == AgreementState.CANCELLED:
        return agreements.cancel(agreement, by=people["owner-maker"], reason="合同作废")
    if to == AgreementState.EXPIRED:
        return lapsed(world, agreement)
    agreement = agreements.confirm(agreement, by=people["owner-checker"])
    if to == AgreementState.OFFERED:
        return agreement
    if to == AgreementState.REFUSED:
        return agreements.refuse(agreement, by=people["buyer-maker"], reason="价格不符")
    agreement = agreements.accept(agreement, by=people["buyer-maker"])
    if to == AgreementState.ACCEPTED:
        return agreement
    agreement = agreements.order_payment(agreement, by=people["buyer-checker"])
    if to == AgreementState.AWAITING_PAYMENT:
        return agreement
    assert bank_says(live(agreement)).state == "ACCEPTED"
    agreement.refresh_from_db()
    return agreement


def lapsed(world: World, agreement: Agreement) -> Agreement:
    """Let the last day of an agreement pass."""
    days = (agreement.due_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完有效期")
    return agreements.expire(agreement, by=portal_user(), reason="过了有效期")


def live(agreement: Agreement) -> CashInstruction:
    """Return the newest instruction of an agreement."""
    instruction = agreement.instructions.first()
    assert instruction is not None
    return instruction


def message(instruction: CashInstruction, /, **changed: Any) -> bytes:
    """Return a message of the bank about an instruction, paid in full unless something is changed."""
    told = {
        "instruction": instruction.number,
        "status": "PAID",
        "amount_fen": instruction.amount_fen,
        "reference": f"DEMO-{instruction.number}",
    }
    return json.dumps({**told, **changed}).encode()


def bank_says(instruction: CashInstruction, /, *, message_id: str = "", **changed: Any) -> BankMessage:
    """Let the demo bank say something about an instruction; gives what became of it."""
    message_id = message_id or f"M-{BankMessage.objects.count():08d}"
    return heard(message_id, message(instruction, **changed))


def heard(message_id: str, body: bytes) -> BankMessage:
    """Let the portal take in a message as it is."""
    bank = demo_bank().code
    return payments.receive(bank=bank, message_id=message_id, body=body, by=portal_user(), key=f"{bank}:{message_id}")
