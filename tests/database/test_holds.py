"""Guards of deeds and of what they make of units, against their journals."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from registry.services import deeds, freezes
from tests.database.rows import again, person, refuses
from tests.database.test_registry import journal
from tests.holding import document, freeze_deed, frozen, in_days, released

ENTERED = "kind = 'FREEZE' AND state = 'ENTERED'"
ENFORCE = "kind = 'ENFORCE' AND state = 'ENTERED'"
DONE = "kind = 'FREEZE' AND state = 'DONE'"
HOLDS = "state = 'IN_FORCE' AND held_t > 0"
AVAILABLE, FROZEN = "state = 'AVAILABLE'", "state = 'JUDICIAL_FROZEN'"
WAITS = "state = 'IN_FORCE' AND held_t = 0"
ENDED = "state = 'RELEASED'"
SECOND = f"confirmed_by_id = {person('registrar')}, confirmed_at = now()"
OTHER = "'另一份'"
# What makes of a deed that was carried out one that was not.
AGAIN = {"state": "'ENTERED'", "confirmed_by_id": "NULL", "confirmed_at": "NULL", "journal_id": "NULL"}


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """A freeze that holds, one that was released, and documents entered, carried out and withdrawn."""
    freeze = frozen(module_world, 100)
    released(module_world, frozen(module_world, 10, document_no="解除的"))
    frozen(module_world, 5, document_no="轮候的", batch=module_world.periods["meter"].batch)
    freeze_deed(module_world, 50, document_no="待办的")
    withdrawn = freeze_deed(module_world, 50, document_no="不办的")
    deeds.withdraw(withdrawn, by=module_world.people["registrar"], reason="录错")
    about = {"target_number": module_world.accounts["buyer"].number, "quantity_t": 5}
    freezes.enter_enforcement(freeze, **document(module_world, document_no="执行"), **about)
    freezes.enter_renewal(freeze, **document(module_world, document_no="续冻"), until=in_days(60))
    return module_world


def deed(where: str, **values: str) -> str:
    """Return the SQL of another deed like one there is."""
    return again("registry_deed", where, **{"document_no": OTHER, **values})


def corrects(key: int) -> str:
    """Return the SQL of a deed that takes the first journal back."""
    about = {"corrects_id": "(SELECT min(id) FROM registry_journal)", "quantity_t": "NULL", "until": "NULL"}
    other = "(SELECT max(id) FROM registry_holdingaccount)"
    return deed(ENTERED, id=str(key), kind="'CORRECT'", document_no=f"'更正{key}'", target_id=other, **about)


def set_deed(where: str, assignment: str) -> str:
    return f"UPDATE registry_deed SET {assignment} WHERE {where}"


def set_freeze(where: str, assignment: str) -> str:
    return f"UPDATE registry_freeze SET {assignment} WHERE {where}"


def block_moved(where: str, state: str, kind: str) -> str:
    """Return the SQL that takes one open block whole into a state, under a journal of a kind."""
    one = f"(SELECT min(id) FROM registry_block WHERE closed_by_id IS NULL AND {where})"
    return (
        f"{journal(kind)}; UPDATE registry_block SET closed_by_id = 900001 WHERE id = {one}; "
        "INSERT INTO registry_block (series_id, batch_id, serials, holder_id, state, opened_by_id) "
        f"SELECT series_id, batch_id, serials, holder_id, '{state}', 900001 FROM registry_block WHERE closed_by_id = 900001"
    )


def entered_for(label: str, where: str, verb: str, column: str) -> str:
    """Return the SQL of the event that says the person in a column took a step in the registrar's name."""
    return (
        "INSERT INTO accounts_event (verb, outcome, code, said, actor_id, actor_name, acted_for_id, object_type, object_id, "
        "object_label, from_state, to_state, reason, data, business_at, real_at, door, request_id) "
        f"SELECT '{verb}', 'DONE', '', '', {column}, 'x', {person('registrar')}, '{label}', id, "
        f"'x', '', '', '', '{{}}', now(), now(), 'task', '' FROM {label.replace('.', '_')} WHERE {where}"
    )


DEEDS = {
    "deed_confirmed_by_another": (
        set_deed(ENTERED, "state = 'DONE', confirmed_by_id = entered_by_id, confirmed_at = now()"),
    ),
    "deed_says_what": (
        deed(ENTERED, quantity_t="NULL"),
        deed(ENTERED, quantity_t="0"),
        deed(ENTERED, until="NULL"),
        deed(ENTERED, authority="''"),
        deed(ENTERED, document_no="''"),
        deed(ENFORCE, freeze_id="NULL"),
        deed(ENFORCE, target_id="NULL"),
        deed("kind = 'RELEASE'", freeze_id="NULL", **AGAIN),
    ),
    "deed_to_another_account": (deed(ENFORCE, target_id="r.account_id"),),
    "deed_done_by_two": (
        set_deed(ENTERED, "state = 'DONE'"),
        set_deed(ENTERED, f"state = 'WITHDRAWN', {SECOND}"),
    ),
    "deed_once": (deed(ENTERED, document_no="r.document_no"), deed(ENFORCE, document_no="r.document_no")),
    "deed_corrects_once": (f"{corrects(-1)}; {corrects(-2)}",),
    "deed_moves": (deed(DONE, journal_id="NULL"), deed("state = 'WITHDRAWN'")),
    "deed_as_entered": (
        set_deed(ENTERED, "quantity_t = quantity_t + 1"),
        set_deed(ENTERED, "until = until + 1"),
        set_deed(ENTERED, f"entered_by_id = {person('registrar')}"),
        f"DELETE FROM registry_deed WHERE {ENTERED}",
    ),
    "deed_stays": (set_deed(DONE, "confirmed_at = now()"),),
}
FREEZES = {
    "freeze_within_its_quantity": (
        set_freeze(HOLDS, "held_t = quantity_t + 1"),
        set_freeze(HOLDS, "enforced_t = 1"),
        set_freeze(HOLDS, "held_t = -1"),
    ),
    "freeze_ended_holds_nothing": (
        set_freeze(HOLDS, "state = 'RELEASED', ended_at = now()"),
        set_freeze(HOLDS, "state = 'EXPIRED', held_t = 0"),
    ),
    "freeze_moves": (
        set_freeze(ENDED, "state = 'IN_FORCE', ended_at = NULL"),
        set_freeze(ENDED, "state = 'EXPIRED'"),
    ),
    "freeze_as_ordered": (
        set_freeze(HOLDS, "quantity_t = quantity_t + 1"),
        set_freeze(HOLDS, "account_id = account_id + 1"),
        f"DELETE FROM registry_freeze WHERE {HOLDS}",
    ),
    "hold_entry_append_only": (
        "UPDATE registry_holdentry SET journal_id = journal_id",
        "DELETE FROM registry_holdentry",
    ),
}
NEW_FREEZE = again(
    "registry_freeze",
    ENDED,
    state="'IN_FORCE'",
    ended_at="NULL",
    deed_id="(SELECT id FROM registry_deed WHERE document_no = '待办的')",
)
AT_COMMIT = {
    "freeze_by_deed": (NEW_FREEZE, f"{set_deed(ENTERED, f'''state = 'DONE', {SECOND}''')}; {NEW_FREEZE}"),
    "freeze_changed_by_deed": (
        set_freeze(HOLDS, "until = until + 30"),
        set_freeze(HOLDS, "until = until - 1"),
        set_freeze(WAITS, "state = 'RELEASED', ended_at = now()"),
    ),
    "freeze_has_its_units": (set_freeze(HOLDS, "held_t = held_t - 1"), set_freeze(WAITS, "held_t = 1")),
    "frozen_units_have_their_freeze": (
        block_moved(AVAILABLE, "JUDICIAL_FROZEN", "FREEZE"),
        f"{block_moved(AVAILABLE, 'JUDICIAL_FROZEN', 'FREEZE')}; INSERT INTO registry_holdentry (journal_id, freeze_id) "
        f"VALUES (900001, (SELECT id FROM registry_freeze WHERE {HOLDS}))",
        block_moved(FROZEN, "AVAILABLE", "UNFREEZE"),
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", [*DEEDS, *FREEZES])
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *(DEEDS | FREEZES)[guard])


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """What only the whole act shows: a hold and its units are the same tonnes, and a document stands behind each."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
def test_who_entered_a_deed_for_somebody_is_that_somebody() -> None:
    """The officer enters it for the registrar, whose deputy the officer is; the registrar cannot be the second."""
    entered = entered_for("registry.deed", ENTERED, "registry.enter_freeze", "entered_by_id")
    act = "; ".join((entered, set_deed(ENTERED, f"state = 'DONE', {SECOND}")))
    refuses("deed_confirmed_for_another", act, at_commit=True)
