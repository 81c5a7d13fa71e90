"""The settlement bank speaks: paid means delivered, once; everything else is kept and moves nothing."""

from __future__ import annotations

import pytest

from accounts.models import Event
from accounts.services.people import portal_user
from accounts.workflow import PermissionDenied
from carbon_portal.story import World
from kernel import clock
from registry.models import Block
from registry.services.checking import check_books
from registry.states import UnitState
from tests.refusals import forbidden, nothing_changed, refused
from tests.trading.stages import agreement_in, bank_says, heard, live, message
from trading.models import Agreement, BankMessage, CashEntry, CashInstruction, CashJournal
from trading.services import bank, payments
from trading.services.bank import DemoBank, demo_bank
from trading.states import AgreementState, InstructionState

# A refused message leaves itself and the answer under its id.
KEPT = {"trading_bankmessage", "accounts_verbkey"}


def test_when_the_bank_confirms_money_and_units_change_hands_together(world: World) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT")

    message = bank_says(live(agreement))

    agreement.refresh_from_db()
    instruction = live(agreement)
    assert (message.state, message.instruction) == ("ACCEPTED", instruction)
    assert (instruction.state, instruction.bank_reference) == ("PAID", f"DEMO-{instruction.number}")
    assert (agreement.state, instruction.confirmed_at) == ("DELIVERED", agreement.delivered_at)
    entries = list(instruction.journals.get().entries.values_list("party", "amount_fen"))
    buyer, owner = world.organisations["buyer"].pk, world.organisations["owner"].pk
    assert entries == [(buyer, -40_000), (owner, 40_000)]
    assert Block.objects.open().filter(holder=world.accounts["buyer"], state=UnitState.AVAILABLE).tonnes() == 210
    assert check_books().differences == []


def test_the_same_message_again_gives_the_same_answer_and_moves_nothing(world: World) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))
    first = heard("M-1", message(instruction))

    with nothing_changed():
        again = heard("M-1", message(instruction))

    assert again == first
    assert CashJournal.objects.count() == 1


def test_the_id_of_a_message_with_another_body_is_refused(world: World) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))
    heard("M-1", message(instruction))

    told = {"bank": "DEMO", "message_id": "M-1", "body": message(instruction, amount_fen=1), "key": "DEMO:M-1"}
    refused(payments.receive, by=portal_user(), code="key_reused", **told)


@pytest.mark.parametrize("amount_fen", [39_999, 40_001, 0, -40_000])
def test_a_wrong_amount_is_kept_for_the_desk_and_moves_nothing(world: World, amount_fen: int) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))

    with nothing_changed(but=KEPT):
        kept = bank_says(instruction, amount_fen=amount_fen)

    assert (kept.state, kept.code, kept.instruction) == ("REFUSED", "wrong_amount", instruction)
    assert f"到账 {amount_fen} 分，应为 40000 分" in kept.said
    assert f'"amount_fen": {amount_fen}' in kept.text
    event = Event.objects.filter(verb="trading.receive_bank_message").latest("pk")
    assert (event.outcome, event.code, event.object_id) == ("REFUSED", "wrong_amount", kept.pk)
    assert bank_says(instruction).state == "ACCEPTED"  # the right one may still come


@pytest.mark.parametrize(
    "number", ["ZF-20200101-000001", "ZF-20261125-999999", "ZF", "000001", "ZF-20261125-一", "-9" * 25]
)
def test_an_instruction_we_never_gave_is_kept_and_moves_nothing(world: World, number: str) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))

    with nothing_changed(but=KEPT):
        kept = bank_says(instruction, instruction=number)

    assert (kept.state, kept.code, kept.instruction) == ("REFUSED", "unknown_instruction", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"x"',
        b'{"instruction": "ZF-1", "status": "PAID", "amount_fen": 1.5, "reference": "r"}',
        b'{"instruction": "ZF-1", "status": "PAID", "amount_fen": true, "reference": "r"}',
        b'{"instruction": "ZF-1", "status": "paid", "amount_fen": 1, "reference": "r"}',
        b'{"instruction": "ZF-1", "status": "PAID", "amount_fen": 1, "reference": ""}',
        b'{"instruction": 7, "status": "PAID", "amount_fen": 1, "reference": "r"}',
    ],
)
def test_a_message_nobody_can_read_is_kept_byte_for_byte(world: World, body: bytes) -> None:
    with nothing_changed(but=KEPT):
        kept = heard("M-1", body)

    assert (kept.state, kept.code) == ("REFUSED", "bad_message")
    kept.refresh_from_db()
    assert bytes(kept.body) == body


def test_a_second_confirmation_under_another_id_pays_nothing_twice(world: World) -> None:
    agreement = agreement_in(world, "DELIVERED")

    with nothing_changed(but=KEPT):
        kept = bank_says(live(agreement))

    assert kept.code == "already_paid"


def test_one_reference_of_the_bank_pays_one_instruction(world: World) -> None:
    paid, other = live(agreement_in(world, "DELIVERED")), live(agreement_in(world, "AWAITING_PAYMENT"))

    with nothing_changed(but=KEPT):
        kept = bank_says(other, reference=paid.bank_reference)

    assert kept.code == "reference_used"


def test_a_failure_after_the_payment_undoes_nothing(world: World) -> None:
    agreement = agreement_in(world, "DELIVERED")

    assert bank_says(live(agreement), status="FAILED").code == "already_paid"
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.DELIVERED


def test_only_the_portal_itself_takes_messages_in(world: World) -> None:
    for person in sorted(world.people.values(), key=lambda person: person.pk):
        told = {"bank": "DEMO", "message_id": "M-1", "body": b"{}", "key": "DEMO:M-1"}
        forbidden(payments.receive, by=person, **told)


def test_a_message_is_believed_only_under_the_banks_signature(world: World) -> None:
    body = message(live(agreement_in(world, "AWAITING_PAYMENT")))
    true, system = demo_bank().sign("M-1", body), portal_user()

    assert bank.authenticated("DEMO", "M-1", body, true, by=system).code == "DEMO"
    wrong = [
        ("DEMO", "M-1", body, ""),
        ("DEMO", "M-1", body, true[:-1]),
        ("DEMO", "M-1", body, true.upper() if true.upper() != true else "0" * 64),
        ("DEMO", "M-1", body, "签名"),
        ("DEMO", "M-2", body, true),
        ("DEMO", "M-1", body + b" ", true),
        ("OTHER", "M-1", body, true),
        ("DEMO", "M-1", body, DemoBank("another secret").sign("M-1", body)),
    ]
    for told in wrong:
        with nothing_changed(), pytest.raises(PermissionDenied):
            bank.authenticated(*told, by=system)
    refusals = Event.objects.filter(verb="trading.receive_bank_message", code="bad_signature")
    assert refusals.count() == len(wrong)


def test_a_refused_message_is_closed_with_what_was_found(world: World, operator: object) -> None:
    kept = bank_says(live(agreement_in(world, "AWAITING_PAYMENT")), amount_fen=1)
    refused(payments.close_message, kept, by=operator, reason=" ", code="no_reason")
    for name in sorted(world.people):
        forbidden(payments.close_message, kept, by=world.people[name], reason="已查")

    closed = payments.close_message(kept, by=operator, reason="银行录入错误，已退回")  # type: ignore[arg-type]

    assert (closed.state, closed.closed_by, closed.finding) == ("CLOSED", operator, "银行录入错误，已退回")
    refused(payments.close_message, closed, by=operator, reason="再查", code="wrong_state")


def test_the_bank_is_told_of_each_instruction_once(world: World) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))

    assert payments.send_waiting() == (1, 0)
    instruction.refresh_from_db()
    assert instruction.sent_at is not None
    assert payments.send_waiting() == (0, 0)


def test_a_bank_that_cannot_be_reached_is_tried_again_later_and_then_left_to_an_operator(
    world: World, operator: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    instruction = live(agreement_in(world, "AWAITING_PAYMENT"))
    refused(payments.send_again, instruction, by=operator, code="not_parked")
    monkeypatch.setattr(DemoBank, "send", _unreachable)
    for _attempt in range(5):
        assert payments.send_waiting() == (0, 1)
        CashInstruction.objects.update(next_at=clock.real_now())

    assert payments.send_waiting() == (0, 0)
    instruction.refresh_from_db()
    assert (instruction.state, "no route" in instruction.last_error) == (InstructionState.PENDING, True)
    for name in sorted(world.people):
        forbidden(payments.send_again, instruction, by=world.people[name])
    monkeypatch.undo()
    payments.send_again(instruction, by=operator)  # type: ignore[arg-type]
    assert payments.send_waiting() == (1, 0)


def _unreachable(self: DemoBank, instruction: CashInstruction) -> None:
    raise OSError("no route to the bank")


def test_no_money_is_confirmed_without_units_and_no_units_move_without_money(world: World) -> None:
    """Whatever states agreements are brought to: paid, booked and delivered are the same ones."""
    for state in AgreementState:
        if state != AgreementState.EXPIRED:
            agreement_in(world, state)

    paid = set(CashInstruction.objects.filter(state="PAID").values_list("agreement", flat=True))
    booked = set(CashJournal.objects.values_list("instruction__agreement", flat=True))
    delivered = [agreement for agreement in map(_of, sorted(paid)) if agreement.delivered_blocks()]
    assert paid == booked == {agreement.pk for agreement in delivered}
    assert sum(CashEntry.objects.values_list("amount_fen", flat=True)) == 0
    assert BankMessage.objects.count() == 1


def _of(pk: int) -> Agreement:
    return Agreement.objects.get(pk=pk, state="DELIVERED")
