"""Guards of the books of units and of the orders that move them."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

YEARLY = "(SELECT id FROM registry_series WHERE vintage = 2025)"
BATCH = f"(SELECT id FROM registry_batch WHERE series_id = {YEARLY} AND id > 0)"
OTHER_PROJECT = "(SELECT id FROM projects_project WHERE capacity_kw = 7)"
OWNER = "(SELECT id FROM registry_holdingaccount ORDER BY id LIMIT 1)"
ISSUE = "(SELECT id FROM registry_journal WHERE kind = 'ISSUE' ORDER BY id DESC LIMIT 1)"
# An open block of the yearly batch that is neither pending nor retired.
AVAILABLE = f"closed_by_id IS NULL AND state = 'AVAILABLE' AND batch_id = {BATCH}"
ONE = f"id = (SELECT min(id) FROM registry_block WHERE {AVAILABLE})"
WHAT_WAS_AVAILABLE = "(SELECT serials FROM registry_block WHERE closed_by_id = 900001)"
BUYER = f"(SELECT id FROM registry_holdingaccount WHERE id <> {OWNER} ORDER BY id LIMIT 1)"
# Free serials: far behind what the batch has.
FREE = "int8range(900001, 900011)"
STANDS = "state = 'AVAILABLE'"
RETIRED = "state = 'RETIRED'"
LAST_JOURNAL = "(SELECT max(id) FROM registry_journal)"
LOGGED = f"INSERT INTO registry_loggedjournal (id, journal_id, leaf_id) VALUES (-1, {LAST_JOURNAL}, 900001)"
CHECKED = (
    "INSERT INTO registry_bookcheck (id, at, batches, issued_t, held_t, retired_t, differences) "
    "VALUES (-1, now(), 0, 0, 0, 0, '[\"x\"]')"
)


def journal(kind: str = "CORRECT", key: int = 900_001) -> str:
    """Return the SQL of a journal's header, in this transaction; a correction leaves units available and may change their holder."""
    values = f"{key}, '{kind}', {person('registrar')}, '', now(), now()"
    return f"INSERT INTO registry_journal (id, kind, by_id, reason, business_at, real_at) VALUES ({values})"


def leg(
    serials: str,
    *,
    opened_by: str = "900001",
    closed_by: str = "NULL",
    batch: str = BATCH,
    state: str = "AVAILABLE",
    holder: str = "",
) -> str:
    """Return the SQL of a block, of the yearly batch unless another is named."""
    return (
        "INSERT INTO registry_block (series_id, batch_id, serials, holder_id, state, opened_by_id, closed_by_id) "
        f"VALUES ({YEARLY}, {batch}, {serials}, {holder or OWNER}, '{state}', {opened_by}, {closed_by})"
    )


def close(where: str, closed_by: str = "900001") -> str:
    """Return the SQL that closes blocks."""
    return f"UPDATE registry_block SET closed_by_id = {closed_by} WHERE {where}"


def batch(**values: str) -> str:
    """Return the SQL of a batch with a period and a journal of its own."""
    period = again(
        "projects_monitoringperiod",
        "vintage = 2025",
        state="'DRAFT'",
        vintage="2024",
        starts_on="'2024-03-01'",
        ends_on="'2024-04-30'",
    )
    own = {"period_id": "-1", "journal_id": "900001", "number": "50", "serial_from": "900001", "serial_to": "900010"}
    return f"{period}; {journal('ISSUE')}; " + again("registry_batch", f"series_id = {YEARLY}", **{**own, **values})


def set_transfer(assignment: str) -> str:
    return f"UPDATE registry_transfer SET {assignment}"


def set_retirement(assignment: str) -> str:
    return f"UPDATE registry_retirement SET {assignment}"


SERIES = {
    "series_once": (again("registry_series", "vintage = 2025", proj6="'P99999'"),),
    "series_parts_once": (again("registry_series", "vintage = 2025", project_id=OTHER_PROJECT),),
    "batch_number_once": (batch(number="r.number"),),
    "batch_not_empty": (
        batch(serial_from="0", serial_to="0"),
        batch(serial_to="1000000000"),
        batch(number="100"),
        batch(serial_to="900000"),
    ),
    "batch_serials_once": (
        batch(serial_from="r.serial_to"),
        batch(serial_from="r.serial_from", serial_to="r.serial_from"),
    ),
    "batch_append_only": (
        "UPDATE registry_batch SET serial_to = serial_to + 1",
        "UPDATE registry_batch SET number = number + 1",
        "DELETE FROM registry_batch",
    ),
}
BLOCKS = {
    "block_whole_run": (
        f"{journal()}; {leg('int8range(0, 1)')}",
        f"{journal()}; {leg('int8range(5, 5)')}",
        f"{journal()}; {leg('int8range(900001, NULL)')}",
        f"{journal()}; {leg('int8range(NULL, 1)')}",
    ),
    "block_serials_held_once": (
        f"{journal()}; {leg('int8range(722, 723)')}",
        f"{journal()}; {leg(FREE)}; {leg('int8range(900010, 900020)')}",
    ),
    # Else two journals could vouch for each other, and units would come out of nothing.
    "block_closed_later": (
        f"{journal()}; {leg(FREE)}; {close('opened_by_id = 900001')}",
        f"{journal()}; {leg(FREE, closed_by='900001')}",
        f"{journal()}; {journal(key=900_002)}; {leg(FREE, opened_by='900002')}; {close('opened_by_id = 900002')}",
    ),
    "block_append_only": (
        f"{journal()}; UPDATE registry_block SET closed_by_id = 900001, holder_id = holder_id + 1 WHERE {AVAILABLE}",
        f"{journal()}; UPDATE registry_block SET closed_by_id = 900001, serials = {FREE} WHERE {AVAILABLE}",
        f"DELETE FROM registry_block WHERE {AVAILABLE}",
        "DELETE FROM registry_block WHERE closed_by_id IS NOT NULL",
    ),
    "block_closed_once": (
        f"{journal()}; {close(f'closed_by_id IS NOT NULL AND {STANDS}')}",
        f"{journal()}; {close(AVAILABLE)}; {journal(key=900_002)}; {close('closed_by_id = 900001', '900002')}",
    ),
    "block_retired_stays": (f"{journal()}; {close(RETIRED)}",),
    "block_state_follows_journal": (
        f"{journal('RELEASE')}; {close(AVAILABLE)}",
        f"{journal('TRANSFER')}; {close(AVAILABLE)}",
        f"{journal('UNFREEZE')}; {close(AVAILABLE)}",
        f"{journal('SUSPEND')}; {leg(FREE)}",
        f"{journal('RETIRE')}; {leg(FREE)}",
        f"{journal('RELEASE')}; {leg(FREE, state='RETIRED')}",
        f"{journal('TRANSFER')}; {leg(FREE, state='JUDICIAL_FROZEN')}",
        f"{journal('RESERVE')}; {leg(FREE, state='CANCELLED')}",
    ),
    "block_leg_of_this_transaction": (
        leg(FREE, opened_by=ISSUE),
        close(AVAILABLE, LAST_JOURNAL),
    ),
}
JOURNALS = {
    "journal_append_only": (
        "UPDATE registry_journal SET reason = '改写'",
        "UPDATE registry_journal SET business_at = business_at - interval '1 day'",
        "DELETE FROM registry_journal",
    ),
    "logged_journal_append_only": (
        f"{LOGGED}; UPDATE registry_loggedjournal SET journal_id = journal_id + 1 WHERE id = -1",
        f"{LOGGED}; DELETE FROM registry_loggedjournal",
    ),
    "book_check_append_only": (
        f"{CHECKED}; UPDATE registry_bookcheck SET differences = '[]'",
        f"{CHECKED}; DELETE FROM registry_bookcheck",
    ),
}
TRANSFERS = {
    "transfer_confirmed_by_another": (set_transfer("confirmed_by_id = made_by_id"),),
    "transfer_to_another_account": (set_transfer("target_id = source_id"),),
    "transfer_positive": (set_transfer("quantity_t = 0"), set_transfer("quantity_t = -300")),
    "transfer_completed_by_two": (
        set_transfer("journal_id = NULL"),
        set_transfer("confirmed_by_id = NULL"),
        set_transfer("answered_by_id = NULL"),
    ),
    "transfer_answered_in_time": (set_transfer("answer_by = answer_by - 400"),),
    "transfer_moves": (
        again("registry_transfer", "true", state="'OFFERED'", reserved_id=ISSUE, journal_id="NULL"),
        set_transfer("state = 'OFFERED'"),
        set_transfer("state = 'CANCELLED'"),
    ),
}
RETIREMENTS = {
    "retirement_confirmed_by_another": (set_retirement("confirmed_by_id = made_by_id"),),
    "retirement_not_approved_by_maker": (set_retirement("approved_by_id = made_by_id"),),
    "retirement_approved_by_another": (set_retirement("approved_by_id = confirmed_by_id"),),
    "retirement_positive": (set_retirement("quantity_t = 0"), set_retirement("quantity_t = -100")),
    "retirement_not_reviewed_by_maker": (set_retirement("reviewed_by_id = made_by_id"),),
    "retirement_not_reviewed_by_checker": (set_retirement("reviewed_by_id = confirmed_by_id"),),
    "retirement_second_officer": (set_retirement("approved_by_id = reviewed_by_id"),),
    "retirement_has_basis": (set_retirement("basis = ''"), set_retirement("basis = '', kind = 'ECO_DAMAGE'")),
    "retirement_done_by_four": (
        set_retirement("journal_id = NULL"),
        set_retirement("confirmed_by_id = NULL"),
        set_retirement("reviewed_by_id = NULL"),
        set_retirement("approved_by_id = NULL"),
        set_retirement("retired_at = NULL"),
    ),
    "retirement_moves": (
        again("registry_retirement", "true", state="'PENDING'", reserved_id=ISSUE, journal_id="NULL"),
        set_retirement("state = 'PENDING'"),
        set_retirement("state = 'CANCELLED'"),
    ),
}
ACTS = SERIES | BLOCKS | JOURNALS | TRANSFERS | RETIREMENTS
# What only the whole journal shows is refused when it commits.
UNBALANCED = (
    journal("RESERVE"),
    f"{journal()}; {close(AVAILABLE)}",
    f"{journal()}; {leg(FREE)}",
    f"{journal()}; {close(AVAILABLE)}; {leg('int8range(301, 400)')}",
    f"{journal()}; {close(AVAILABLE)}; {leg('int8range(301, 724)')}",
    f"{journal()}; {close(AVAILABLE)}; {leg(FREE)}",
    # Whole, but for another holder, by a journal that gives nothing to anybody.
    f"{journal('RESERVE')}; {close(ONE)}; {leg(WHAT_WAS_AVAILABLE, holder=BUYER, state='TRANSFER_PENDING')}",
    f"{journal('ISSUE')}; {leg(FREE)}",
    f"{batch()}; {leg('int8range(900001, 900010)', batch='-1')}",
    f"{batch()}; {leg(FREE)}",
)


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
def test_a_correction_without_a_document_is_refused_when_it_commits() -> None:
    whole = leg(WHAT_WAS_AVAILABLE, holder=BUYER)
    refuses("journal_corrects_by_deed", f"{journal()}; {close(ONE)}; {whole}", at_commit=True)


@pytest.mark.django_db
def test_a_journal_that_does_not_balance_is_refused_when_it_commits() -> None:
    """Nothing opened, less, more or other serials than were closed, an issue without or beside its batch."""
    refuses("journal_balances", *UNBALANCED, at_commit=True)
