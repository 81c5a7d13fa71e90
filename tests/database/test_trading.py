"""Guards of agreements and of the book of money."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from tests.database.rows import again, person, refuses
from tests.trading.stages import agreement_in, bank_says, live

OFFERED = "trading_agreement WHERE state = 'OFFERED'"
# A journal no agreement has set units aside with.
ISSUE = "(SELECT id FROM registry_journal WHERE kind = 'ISSUE' ORDER BY id DESC LIMIT 1)"
JOURNAL = "(SELECT max(id) FROM trading_cashjournal)"
PAID = "(SELECT id FROM trading_cashinstruction WHERE state = 'PAID')"
PENDING = "(SELECT id FROM trading_cashinstruction WHERE state = 'PENDING')"


def agreement(**values: str) -> str:
    """Return the SQL of one more agreement, just proposed."""
    fresh = {"state": "'CONFIRMING'", "reserved_id": ISSUE, "journal_id": "NULL", "delivered_at": "NULL"}
    return again("trading_agreement", "state = 'OFFERED'", **{**fresh, **values})


def set_agreement(state: str, assignment: str) -> str:
    return f"UPDATE trading_agreement SET {assignment} WHERE state = '{state}'"


def instruction(where: str = "state = 'PAID'", **values: str) -> str:
    """Return the SQL of one more instruction for the agreement of another."""
    fresh = {"state": "'PENDING'", "bank_reference": "''", "confirmed_at": "NULL"}
    return again("trading_cashinstruction", where, **{**fresh, **values})


def set_instruction(state: str, assignment: str) -> str:
    return f"UPDATE trading_cashinstruction SET {assignment} WHERE state = '{state}'"


def message(**values: str) -> str:
    """Return the SQL of one more message of the bank."""
    return again("trading_bankmessage", "state = 'REFUSED'", **{"message_id": "'M-NEW'", **values})


def cash(amounts: tuple[int, ...], *, key: int = -1) -> str:
    """Return the SQL of a cash journal for the pending instruction with entries of so many fen."""
    head = (
        f"INSERT INTO trading_cashjournal (id, instruction_id, by_id, business_at, real_at) "
        f"VALUES ({key}, {PENDING}, {person('system')}, now(), now())"
    )
    return "; ".join([head, *(entry(amount, journal=str(key)) for amount in amounts)])


def entry(amount_fen: int, *, journal: str = JOURNAL, party: str = "payer_id", purpose: str = "PRICE") -> str:
    """Return the SQL of one line of a cash journal."""
    return (
        "INSERT INTO trading_cashentry (journal_id, party_id, purpose, amount_fen) "
        f"SELECT {journal}, {party}, '{purpose}', {amount_fen} FROM trading_cashinstruction WHERE state = 'PENDING'"
    )


AGREEMENTS = {
    "agreement_confirmed_by_another": (set_agreement("OFFERED", "confirmed_by_id = made_by_id"),),
    "agreement_ordered_by_another": (set_agreement("AWAITING_PAYMENT", "ordered_by_id = accepted_by_id"),),
    "agreement_between_two": (agreement(buyer_id="r.seller_id"),),
    "agreement_amount": (
        agreement(amount_fen="r.amount_fen + 1"),
        agreement(quantity_t="0", amount_fen="0"),
        agreement(price_fen="0", amount_fen="0"),
        agreement(price_fen="-r.price_fen", amount_fen="-r.amount_fen"),
    ),
    "agreement_fee": (agreement(fee_fen="-1"), agreement(fee_fen="r.amount_fen + 1")),
    "agreement_delivered_by_four": (
        set_agreement("DELIVERED", "confirmed_by_id = NULL"),
        set_agreement("DELIVERED", "accepted_by_id = NULL"),
        set_agreement("DELIVERED", "ordered_by_id = NULL"),
        set_agreement("DELIVERED", "journal_id = NULL"),
        set_agreement("DELIVERED", "delivered_at = NULL"),
    ),
    "agreement_fixed": (
        set_agreement("OFFERED", "price_fen = price_fen + 1, amount_fen = amount_fen + quantity_t"),
        set_agreement("OFFERED", "due_on = due_on + 1"),
        set_agreement("OFFERED", "buyer_id = seller_id, seller_id = buyer_id"),
        "DELETE FROM trading_agreement WHERE state = 'OFFERED'",
    ),
    "agreement_moves": (
        agreement(state="'OFFERED'"),
        set_agreement("OFFERED", "state = 'AWAITING_PAYMENT'"),
        set_agreement("DELIVERED", "state = 'CANCELLED'"),
        set_agreement("AWAITING_PAYMENT", "state = 'CANCELLED'"),
    ),
}
INSTRUCTIONS = {
    "instruction_one_live": (instruction(), instruction("state = 'PENDING'")),
    "instruction_reference_once": (
        set_instruction(
            "PENDING", "bank_reference = (SELECT bank_reference FROM trading_cashinstruction WHERE state = 'PAID')"
        ),
    ),
    "instruction_paid_says_when": (
        set_instruction("PAID", "confirmed_at = NULL"),
        set_instruction("PAID", "bank_reference = ''"),
        set_instruction("PENDING", "confirmed_at = now()"),
    ),
    "instruction_fixed": (
        set_instruction("PENDING", "amount_fen = amount_fen + 1"),
        set_instruction("PENDING", "payee_id = payer_id"),
        "DELETE FROM trading_cashinstruction WHERE state = 'PENDING'",
    ),
    "instruction_moves": (
        set_instruction("PAID", "state = 'PENDING', confirmed_at = NULL"),
        set_instruction("PENDING", "state = 'CANCELLED'") + "; " + set_instruction("CANCELLED", "state = 'PENDING'"),
        set_instruction("PENDING", "state = 'CANCELLED'") + "; " + instruction("state = 'CANCELLED'", state="'FAILED'"),
    ),
    "instruction_as_agreed": (
        set_instruction("PENDING", "state = 'FAILED'")
        + "; "
        + instruction("state = 'FAILED'", amount_fen="r.amount_fen - 1"),
        set_instruction("PENDING", "state = 'FAILED'")
        + "; "
        + instruction("state = 'FAILED'", payer_id="r.payee_id", payee_id="r.payer_id"),
    ),
}
MESSAGES = {
    "bank_message_once": (message(message_id="r.message_id"),),
    "bank_message_says_why": (
        message(code="''"),
        message(state="'ACCEPTED'"),
        message(state="'ACCEPTED'", code="''", instruction_id="NULL"),
    ),
    "bank_message_closed_says_how": (
        "UPDATE trading_bankmessage SET state = 'CLOSED' WHERE state = 'REFUSED'",
        f"UPDATE trading_bankmessage SET state = 'CLOSED', closed_by_id = {person('officer')} WHERE state = 'REFUSED'",
        f"UPDATE trading_bankmessage SET closed_by_id = {person('officer')} WHERE state = 'REFUSED'",
    ),
    "bank_message_fixed": (
        "UPDATE trading_bankmessage SET body = 'x'",
        "UPDATE trading_bankmessage SET code = 'other' WHERE state = 'REFUSED'",
        "DELETE FROM trading_bankmessage",
    ),
    "bank_message_moves": (
        message(state="'CLOSED'", closed_by_id=person("officer"), finding="'已查'"),
        f"UPDATE trading_bankmessage SET state = 'CLOSED', closed_by_id = {person('officer')}, finding = '已查' "
        "WHERE state = 'REFUSED'; UPDATE trading_bankmessage SET state = 'REFUSED', closed_by_id = NULL "
        "WHERE state = 'CLOSED'",
    ),
}
CASH = {
    "cash_journal_once": (again("trading_cashjournal", "true"),),
    "cash_journal_append_only": (
        "UPDATE trading_cashjournal SET business_at = business_at - interval '1 day'",
        "DELETE FROM trading_cashjournal",
    ),
    "cash_entry_not_nothing": (cash((0,)),),
    "cash_entry_has_party": (
        f"{cash(())}; {entry(5, journal='-1', party='NULL')}",
        f"{cash(())}; {entry(5, journal='-1', purpose='FEE')}",
    ),
    "cash_entry_append_only": (
        "UPDATE trading_cashentry SET amount_fen = amount_fen + 1",
        "DELETE FROM trading_cashentry",
    ),
}
ACTS = AGREEMENTS | INSTRUCTIONS | MESSAGES | CASH
# What only the whole transaction shows is refused when it commits.
TOGETHER = {
    "agreement_delivered_is_paid": (
        f"UPDATE trading_agreement SET state = 'DELIVERED', journal_id = {ISSUE}, delivered_at = now() "
        "WHERE state = 'AWAITING_PAYMENT'",
    ),
    "instruction_paid_delivers": (
        f"{cash((-40_000, 40_000))}; "
        + set_instruction("PENDING", "state = 'PAID', bank_reference = 'X', confirmed_at = now()"),
    ),
    "cash_journal_balances": (
        cash(()),
        cash((-40_000, 39_999)),
        cash((-40_001, 40_001)),
        cash((40_000,)),
        cash((-40_000, 40_000, 1, -1)),
    ),
}


@pytest.fixture(scope="module")
def market(module_world: World) -> None:
    """One agreement offered, one paid and delivered, one whose payment was tried with a wrong amount."""
    trade(module_world)


def trade(world: World) -> None:
    """Bring three agreements about."""
    agreement_in(world, "OFFERED")
    agreement_in(world, "DELIVERED")
    bank_says(live(agreement_in(world, "AWAITING_PAYMENT")), amount_fen=1)


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("guard", TOGETHER)
def test_refuses_when_it_commits(guard: str) -> None:
    """Money without units, units without money, a journal that is not the instruction's."""
    refuses(guard, *TOGETHER[guard], at_commit=True)
