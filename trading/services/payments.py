"""What the settlement bank says, and the one place where money and units change hands together."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import RuleViolation, advance, lock, record, require, sentence, verb
from kernel import clock
from office.models import MAX_ATTEMPTS
from office.services.retries import claim, start_again
from registry.services.books import shift
from registry.states import JournalKind, UnitState
from trading.models import Agreement, BankMessage, CashEntry, CashInstruction, CashJournal
from trading.services.bank import Told, settlement_bank
from trading.states import AgreementState, InstructionState, MessageState

BACKOFF_S = 60  # doubled with every attempt, then the instruction is parked on an operator's desk
logger = logging.getLogger(__name__)


@verb("trading.receive_bank_message")
def receive(*, bank: str, message_id: str, body: bytes, by: User, key: str) -> BankMessage:
    """Take in a message the bank has signed, and answer it: ACCEPTED when it moved something, else REFUSED with the reason.

    The message is kept either way, because the bank has said it. ``key`` is the message's id, so the same message again gives
    the same answer, and its id with another body is refused (``key_reused``). Reasons: ``bad_message``,
    ``unknown_instruction``, ``wrong_amount``, ``already_paid``, ``instruction_ended``, ``reference_used``.
    """
    instruction, code, said = None, "", ""
    try:
        told = settlement_bank().read(body)
        instruction = _instruction(bank, told)
        with transaction.atomic():
            _act(instruction, told, by=by)
    except RuleViolation as refusal:
        code, said = refusal.code, sentence(refusal)
    message = BankMessage.objects.create(
        bank=bank,
        message_id=message_id,
        body=body,
        instruction=instruction,
        state=MessageState.REFUSED if code else MessageState.ACCEPTED,
        code=code,
        said=said,
    )
    record("trading.receive_bank_message", message, by=by, refused=code, said=said)
    return message


def _instruction(bank: str, told: Told) -> CashInstruction:
    tail = told.instruction.rpartition("-")[2]
    number = int(tail) if tail.isascii() and tail.isdigit() and len(tail) < 19 else 0
    found = CashInstruction.objects.filter(pk=number, bank=bank).first()
    if found is None or found.number != told.instruction:
        raise RuleViolation("unknown_instruction", _("没有付款指令 %s，什么都没有改动") % told.instruction)
    return found


def _act(instruction: CashInstruction, told: Told, *, by: User) -> None:
    agreement = instruction.agreement
    instruction, agreement, *_accounts = lock(instruction, agreement, agreement.seller, agreement.buyer)
    require(instruction.state != InstructionState.PAID, "already_paid", _("这条付款指令已经到账，不再入账"))
    ended = _("这条付款指令已经结束（%s），不能再入账；款项请银行退回") % instruction.get_state_display()
    require(instruction.state == InstructionState.PENDING, "instruction_ended", ended)
    if not told.paid:
        advance(instruction, InstructionState.FAILED, by=by, reason=_("结算银行通知付款失败"))
        return
    require(
        told.amount_fen == instruction.amount_fen,
        "wrong_amount",
        _("到账 %(told)d 分，应为 %(wanted)d 分，什么都没有改动")
        % {"told": told.amount_fen, "wanted": instruction.amount_fen},
    )
    used = CashInstruction.objects.filter(bank=instruction.bank, bank_reference=told.reference).exists()
    require(not used, "reference_used", _("银行流水号 %s 已用于另一条付款指令") % told.reference)
    _deliver(instruction, agreement, told.reference, by=by)


def _deliver(instruction: CashInstruction, agreement: Agreement, reference: str, *, by: User) -> None:
    """Delivery versus payment: the money is confirmed and the units move, or neither."""
    now = clock.now()
    advance(instruction, InstructionState.PAID, by=by, bank_reference=reference, confirmed_at=now)
    _book(instruction, agreement, by=by)
    journal = shift(
        agreement.reserved,
        JournalKind.TRANSFER,
        holder=agreement.buyer,
        state=UnitState.AVAILABLE,
        by=by,
        reason=agreement.number,
    )
    advance(agreement, AgreementState.DELIVERED, by=by, journal=journal, delivered_at=now)


def _book(instruction: CashInstruction, agreement: Agreement, *, by: User) -> CashJournal:
    journal = CashJournal.objects.create(instruction=instruction, by=by)
    price, fee = CashEntry.Purpose.PRICE, CashEntry.Purpose.FEE
    lines = (
        (instruction.payer, price, -agreement.amount_fen),
        (instruction.payee, price, agreement.payable_fen),
        (None, fee, agreement.fee_fen),
    )
    CashEntry.objects.bulk_create(
        CashEntry(journal=journal, party=party, purpose=purpose, amount_fen=amount)
        for party, purpose, amount in lines
        if amount
    )
    return journal


@verb("trading.close_bank_message")
def close_message(message: BankMessage, *, by: User, reason: str, key: str = "") -> BankMessage:
    """The operator has looked into a message that moved nothing, and writes what was found. Raises ``no_reason``."""
    message = lock(message)
    require(bool(reason.strip()), "no_reason", _("请写明查到了什么、怎么处理"))
    advance(message, MessageState.CLOSED, by=by, reason=reason, closed_by=by, finding=reason.strip())
    return message


@verb("trading.send_again")
def send_again(instruction: CashInstruction, *, by: User, reason: str = "", key: str = "") -> CashInstruction:
    """The operator gives an instruction that could not be sent its five attempts again. Raises ``not_parked``."""
    instruction = lock(instruction)
    parked = CashInstruction.objects.parked().filter(pk=instruction.pk).exists()
    require(parked, "not_parked", _("这条付款指令没有停在出错处，不用重发"))
    start_again(instruction)
    record("trading.send_again", instruction, by=by, reason=reason)
    return instruction


def send_waiting(limit: int = 100) -> tuple[int, int]:
    """Tell the bank of waiting instructions; return how many it took and how many it did not. The sweep's body.

    An attempt is counted before it is made, and the bank takes a number twice as one, so a worker that dies loses nothing.
    """
    done = failed = 0
    for _turn in range(limit):
        instruction = claim(CashInstruction.objects.waiting(), backoff_s=BACKOFF_S)
        if instruction is None:
            break
        try:
            settlement_bank().send(instruction)
        except (OSError, RuleViolation) as error:
            instruction.last_error = f"{type(error).__name__}: {error}"
            instruction.save(update_fields=["last_error"])
            logger.warning(
                "instruction %s not sent, attempt %d of %d", instruction.number, instruction.attempts, MAX_ATTEMPTS
            )
            failed += 1
        else:
            instruction.sent_at, instruction.last_error = clock.now(), ""
            instruction.save(update_fields=["sent_at", "last_error"])
            done += 1
    return done, failed
