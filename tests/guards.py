"""Guards: every constraint and trigger on a book with the test that turns red without it (``guards.toml``)."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import databases

FILE = Path(__file__).parent / "guards.toml"
CHOICE = os.environ.get("PORTAL_DROP_GUARD", "")

_FIND = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
    WHERE conname = %(name)s AND conrelid <> 0
    UNION ALL
    SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger
    WHERE NOT tgisinternal AND (tgname = %(name)s OR tgname LIKE 'pgtrigger\\_' || %(name)s || '\\______%%')
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = %(name)s)
    UNION ALL
    SELECT format('DROP INDEX %%s', indexrelid::regclass) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE c.relname = %(name)s AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = %(name)s)
"""


@cache
def listed() -> dict[str, str]:
    """Return guard → node id of its test."""
    with FILE.open("rb") as file:
        return {guard: str(test) for guard, test in tomllib.load(file)["guards"].items()}


def _chosen() -> dict[str, str]:
    """Return test → guard of this run."""
    if CHOICE == "all":
        return {test: guard for guard, test in listed().items()}
    return {listed()[CHOICE]: CHOICE} if CHOICE else {}


def guard_of(item: pytest.Item) -> str | None:
    """Return the guard this test must be red without, in a run that drops guards."""
    return _chosen().get(item.nodeid)


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests of the chosen guards; refuse a guard nobody listed."""
    if not CHOICE:
        return
    if CHOICE != "all" and CHOICE not in listed():
        raise pytest.UsageError(f"tests/guards.toml has no guard {CHOICE!r}")
    kept = [item for item in items if guard_of(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _drop(cursor: Any, guard: str) -> None:
    cursor.execute(_FIND, {"name": guard})
    statements = [row[0] for row in cursor.fetchall()]
    if not statements:
        raise AssertionError(f"the database has no guard {guard}")
    for statement in statements:
        cursor.execute(statement)


def drop_in_transaction(connection: Any, guard: str) -> None:
    """Take a guard away inside the test's transaction, as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        _drop(cursor, guard)
        cursor.execute("SET ROLE portal_app")


def drop_for(item: pytest.Item, database: str) -> None:
    """Take the guard of one test away in a database of its own."""
    guard = guard_of(item)
    if guard is not None:
        _drop_in(database, guard)


def _drop_in(database: str, guard: str) -> None:
    with psycopg.connect(databases.url(database), autocommit=True) as conn, conn.cursor() as cursor:
        _drop(cursor, guard)


def turn_round(item: pytest.Item, report: pytest.TestReport) -> None:
    """With ``all``, red without the guard is the verdict wanted; a single guard stays plainly red."""
    if CHOICE != "all" or report.when != "call" or guard_of(item) is None:
        return
    if report.passed:
        report.outcome = "failed"
        report.longrepr = f"still green without the guard {guard_of(item)}"
    elif report.failed:
        report.outcome = "passed"
        report.longrepr = None
