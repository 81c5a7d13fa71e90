"""Guards of what came from another registry: it comes by an opening that two officers took in, and in no other way."""

from __future__ import annotations

from typing import Any

import pytest

from carbon_portal.story import World
from registry.services.opening import moving
from tests.database.rows import again, person, refuses
from tests.moving import officers, submitted, tables

FIRST, SECOND = person("registrar-one"), person("registrar-two")
WAITING = "(SELECT id FROM projects_opening WHERE state = 'SUBMITTED')"
TAKEN = "(SELECT id FROM projects_opening WHERE state = 'ACCEPTED')"
NOW = "pg_current_xact_id()::text::bigint"
ACCEPTS = (
    f"UPDATE projects_opening SET state = 'ACCEPTED', accepted_by_id = {SECOND}, answered_at = now(), txid = {NOW}"
)
# As if it had been taken in by a transaction of yesterday.
YESTERDAY = (
    "SET LOCAL session_replication_role = replica; UPDATE projects_opening SET txid = 1 WHERE txid IS NOT NULL; "
    "SET LOCAL session_replication_role = origin"
)
HELD = (
    "(SELECT k.id FROM registry_block k JOIN registry_journal j ON j.id = k.opened_by_id"
    " WHERE j.kind = 'MOVE_IN' AND k.state = '{}' LIMIT 1)"
)
MOVED = "(SELECT b.id FROM registry_batch b JOIN registry_journal j ON j.id = b.journal_id WHERE j.kind = 'MOVE_IN')"
PERIOD = {"starts_on": "'2024-01-01'", "ends_on": "'2024-12-31'", "vintage": "2024"}
OF_MOVED = "opening_id IS NOT NULL"


def opening(**values: str) -> str:
    """Return the SQL of another opening of the same file."""
    table = again("accounts_tablein", f"id = (SELECT table_id FROM projects_opening WHERE id = {TAKEN})")
    fresh = {
        "table_id": "-1",
        "sha256": "'x'",
        "state": "'SUBMITTED'",
        "accepted_by_id": "NULL",
        "answered_at": "NULL",
        "txid": "NULL",
    }
    return f"{table}; {again('projects_opening', f'id = {TAKEN}', **{**fresh, **values})}"


def period(**values: str) -> str:
    """Return the SQL of another year of the project that moved in."""
    return again("projects_monitoringperiod", OF_MOVED, **{**PERIOD, **values})


def project(**values: str) -> str:
    """Return the SQL of another project that moved in."""
    return again(
        "projects_project", OF_MOVED, **{"name": "'另一个'", "project_no": "'PHC-440100-2023-00099'", **values}
    )


def batch(kind: str, opening_id: str, proof: str = "SELECT 1") -> str:
    """Return the SQL of a batch of 5 t of another year, whole in itself."""
    run = {"period_id": "-1", "journal_id": "900001", "number": "9", "serial_from": "900001", "serial_to": "900005"}
    return (
        f"{period(opening_id=opening_id, issued_t='5', claimed_mg='5000000000', verified_mg='5000000000')};"
        "INSERT INTO registry_journal (id, kind, by_id, reason, business_at, real_at)"
        f" VALUES (900001, '{kind}', {FIRST}, '', now(), now());"
        f"{again('registry_batch', f'id = {MOVED}', **run)};"
        "INSERT INTO registry_block (series_id, batch_id, serials, holder_id, state, opened_by_id)"
        " SELECT series_id, -1, int8range(900001, 900006), holder_id, 'AVAILABLE', 900001 FROM registry_block"
        f" WHERE id = {HELD.format('AVAILABLE')};{proof}"
    )


def proof(**values: str) -> str:
    """Return the SQL of what is taken down of the batch above."""
    said = {"batch_id": "-1", "issued_t": "5", "held_t": "5", "retired_t": "0", **values}
    return again("registry_movedbatch", "true", **said)


ACTS = {
    "opening_file_once": (opening(sha256="r.sha256"),),
    "opening_adds_up": (opening(held_t="r.held_t - 1"),),
    "opening_accepted_by_another": (f"{ACCEPTS.replace(SECOND, FIRST)} WHERE id = {WAITING}",),
    "opening_accepted_by_somebody": (
        f"{ACCEPTS.replace(SECOND, 'NULL')} WHERE id = {WAITING}",
        f"{ACCEPTS.replace('now()', 'NULL')} WHERE id = {WAITING}",
    ),
    "opening_moves": (opening(state="'REFUSED'", answered_at="now()"),),
    "opening_as_sent": (
        f"UPDATE projects_opening SET issued_t = issued_t + 1, held_t = held_t + 1 WHERE id = {WAITING}",
        f"UPDATE projects_opening SET sha256 = 'y' WHERE id = {WAITING}",
    ),
    "opening_answered_once": (
        f"{YESTERDAY}; UPDATE projects_opening SET txid = {NOW} WHERE id = {TAKEN}",
        f"{ACCEPTS.replace(NOW, '7')} WHERE id = {WAITING}",
    ),
    "project_moved_in_by_opening": (
        f"{YESTERDAY}; {project()}",
        project(opening_id=WAITING),
        f"UPDATE projects_project SET opening_id = NULL, capacity_kw = 1, meter_no = 'x' WHERE {OF_MOVED}",
        f"UPDATE projects_project SET opening_id = {TAKEN} WHERE opening_id IS NULL",
    ),
    "period_moved_in_by_opening": (
        f"{YESTERDAY}; {period()}",
        period(opening_id=WAITING),
        f"UPDATE projects_monitoringperiod SET opening_id = {TAKEN} WHERE opening_id IS NULL",
    ),
    "period_moved_in_whole": (
        period(carry_mg="1"),
        period(claimed_mg="r.claimed_mg + 1", verified_mg="r.verified_mg + 1"),
        period(state="'DRAFT'"),
    ),
    "moved_batch_whole": (again("registry_movedbatch", "true", batch_id="(SELECT min(id) FROM registry_batch)", held_t="r.held_t - 1"),),
    "moved_batch_append_only": (
        "UPDATE registry_movedbatch SET document = '别的'",
        "DELETE FROM registry_movedbatch",
    ),
    "moved_retirement_append_only": (
        "UPDATE registry_movedretirement SET beneficiary = '别人'",
        "DELETE FROM registry_movedretirement",
    ),
    "moved_retirement_of_its_block": (
        again("registry_movedretirement", "true", block_id=HELD.format("AVAILABLE"), quantity_t="4000"),
    ),
}  # fmt: skip
AT_COMMIT = {
    "journal_moved_in_by_opening": (
        batch("MOVE_IN", "r.opening_id"),
        batch("ISSUE", "r.opening_id"),
    ),
    "moved_batch_adds_up": (
        batch("MOVE_IN", "r.opening_id", proof(held_t="4", retired_t="1")),
        batch("MOVE_IN", "r.opening_id", proof(issued_t="4", held_t="4")),
    ),
    "opening_accepted_for_another": (
        again("accounts_event", f"verb = 'registry.submit_opening' AND object_id = {WAITING}", acted_for_id=SECOND)
        + f"; {ACCEPTS} WHERE id = {WAITING}",
    ),
}


@pytest.fixture(scope="module")
def moved(module_world: World) -> None:
    """One registry that moved in, and another file that waits."""
    first, second = officers(module_world)
    moving.accept(submitted(first), by=second)
    fresh: Any = tables()
    for rows in fresh.values():
        for row in rows:
            row.update({"项目编号": "PHC-440100-2022-00005"} if "项目编号" in row else {})
    fresh["项目"][0]["项目名称"] = "第五个项目"
    submitted(first, fresh)


@pytest.mark.parametrize("guard", ACTS)
def test_refuses(moved: None, db: None, guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(moved: None, db: None, guard: str) -> None:
    """What only the whole shows."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)
