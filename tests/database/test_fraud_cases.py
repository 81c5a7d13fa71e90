"""Guards of cases of fraud, against the books and the decision."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from registry.services import frauds
from tests.database.rows import again, person, refuses
from tests.database.test_holds import block_moved, entered_for
from tests.holding import decided, fraud_case, paper, replaced
from tests.stages import block_of

OPEN, REPLACING = "state = 'OPEN'", "state = 'REPLACING'"
REPLACED = "kind = 'SUBSTITUTE' AND state = 'RETIRED'"
THIRD = "(SELECT max(id) FROM registry_batch)"
OF_THE_THIRD = f"state = 'AVAILABLE' AND batch_id = {THIRD}"
OF_THE_OPEN = "state = 'SUSPENDED' AND batch_id = (SELECT batch_id FROM registry_fraudcase WHERE state = 'OPEN')"
ENTRY = "INSERT INTO registry_holdentry (journal_id, fraudcase_id) VALUES (900001, (SELECT id FROM registry_fraudcase WHERE {}))"


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """A case that waits for 78 t, of which 30 were replaced, an open one of one tonne, and a batch under none."""
    block_of(module_world, 100)
    batch, by = module_world.periods["meter"].batch, module_world.people["officer"]
    frauds.open_case(batch, facts="复查", paper=paper(module_world), by=by)
    case = decided(module_world, fraud_case(module_world), 500)
    replaced(module_world, case, 30)
    return module_world


def set_case(where: str, assignment: str) -> str:
    return f"UPDATE registry_fraudcase SET {assignment} WHERE {where}"


def case(where: str, **values: str) -> str:
    """Return the SQL of another case like one there is."""
    return again("registry_fraudcase", where, **{"number": "'NX-2'", **values})


def decision(**values: str) -> str:
    """Return the SQL of a decision on the open case."""
    own = {"number": "'JD-2'", "case_id": f"(SELECT id FROM registry_fraudcase WHERE {OPEN})"}
    return again("registry_frauddecision", "true", **{**own, **values})


TEXTS = ("facts", "article", "review_body", "court", "served_to", "issuer")
ACTS = {
    "hold_entry_of_one": (
        "INSERT INTO registry_holdentry (journal_id) SELECT min(id) FROM registry_journal",
        "INSERT INTO registry_holdentry (journal_id, fraudcase_id, freeze_id) SELECT min(id), 1, 1 FROM registry_journal",
    ),
    "retirement_replaces_for_a_case": (
        "UPDATE registry_retirement SET kind = 'CORP' WHERE kind = 'SUBSTITUTE'",
        "UPDATE registry_retirement SET kind = 'SUBSTITUTE' WHERE kind <> 'SUBSTITUTE'",
        f"UPDATE registry_retirement SET case_id = (SELECT id FROM registry_fraudcase WHERE {OPEN}) WHERE kind = 'CORP'",
    ),
    "case_decided_by_another": (set_case(OPEN, "decided_by_id = opened_by_id"),),
    "case_charged_by_another": (set_case(REPLACING, "charged_by_id = decided_by_id"),),
    "case_one_open": (case(OPEN),),
    "case_adds_up": (
        set_case(REPLACING, "replaced_t = replaced_t + 48"),
        set_case(REPLACING, "replaced_t = replaced_t + 49"),
        set_case(REPLACING, "replaced_t = -1"),
        set_case(REPLACING, "replace_by = NULL"),
        set_case(REPLACING, "state = 'SETTLED', held_t = 0, closed_at = now()"),
        set_case(OPEN, "false_t = 1"),
        set_case(OPEN, f"state = 'SETTLED', held_t = 0, closed_at = now(), decided_by_id = {person('registrar')}"),
    ),
    "case_closed_holds_nothing": (
        set_case(OPEN, f"state = 'CLEARED', closed_at = now(), decided_by_id = {person('registrar')}"),
        set_case(OPEN, "state = 'CLEARED', closed_at = now(), held_t = 0"),
        set_case(OPEN, f"state = 'CLEARED', held_t = 0, decided_by_id = {person('registrar')}"),
    ),
    "case_moves": (
        case(REPLACING, batch_id=THIRD),
        set_case(REPLACING, "state = 'OPEN', false_t = NULL, cancelled_t = 0, replaced_t = 0"),
    ),
    "case_as_opened": (
        set_case(OPEN, "facts = '别的'"),
        set_case(OPEN, f"batch_id = {THIRD}"),
        f"DELETE FROM registry_fraudcase WHERE {OPEN}",
    ),
    "case_charged_by_article": (set_case(REPLACING, "charged_t = 1"),),
    "fraud_decision_is_whole": (
        *(decision(**{column: "''"}) for column in TEXTS),
        decision(false_t="0"),
        decision(review_days="0"),
        decision(served_on="'2020-01-01'"),
    ),
    "fraud_decision_append_only": (
        "UPDATE registry_frauddecision SET facts = '别的'",
        "DELETE FROM registry_frauddecision",
    ),
}
AT_COMMIT = {
    "retirement_counts_to_case": (f"UPDATE registry_retirement SET quantity_t = quantity_t + 1 WHERE {REPLACED}",),
    "case_has_decision": (
        set_case(
            OPEN,
            f"state = 'REPLACING', false_t = 1, replace_by = now(), decided_by_id = {person('registrar')}",
        ),
        set_case(REPLACING, f"decided_by_id = {person('leader')}"),
        set_case(REPLACING, "false_t = false_t + 1"),
    ),
    "case_suspends_all": (case(OPEN, batch_id=THIRD, held_t="0"),),
    "case_made_good": (
        set_case(REPLACING, "replaced_t = replaced_t + 1"),
        set_case(REPLACING, "cancelled_t = cancelled_t - 1"),
    ),
    "case_has_its_units": (set_case(REPLACING, "held_t = held_t - 1"), set_case(OPEN, "held_t = 2")),
    "suspended_units_have_their_case": (
        block_moved(OF_THE_THIRD, "SUSPENDED", "SUSPEND"),
        f"{block_moved(OF_THE_THIRD, 'SUSPENDED', 'SUSPEND')}; {ENTRY.format(REPLACING)}",
    ),
    "case_nothing_free": (
        f"{block_moved(OF_THE_OPEN, 'AVAILABLE', 'RESUME')}; {ENTRY.format(OPEN)}; {set_case(OPEN, 'held_t = 0')}",
    ),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """What only the whole act shows: the case, its decision, its retirements and the books say the same."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)


@pytest.mark.django_db
@pytest.mark.usefixtures("told")
def test_who_opened_a_case_for_somebody_is_that_somebody() -> None:
    """Opened in the registrar's name, it is not the registrar who decides."""
    opened = entered_for("registry.fraudcase", OPEN, "registry.open_fraud_case", "opened_by_id")
    act = "; ".join((opened, set_case(OPEN, f"decided_by_id = {person('registrar')}")))
    refuses("case_decided_for_another", act, at_commit=True)
