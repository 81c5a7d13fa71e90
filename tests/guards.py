"""Guards: every named constraint and trigger, with the test that turns red without it (``guards.toml``).

A guard's test says ``with refused(guard):`` and goes round the verbs, as the database's owner. ``PORTAL_DROP_GUARD=NAME`` runs
that one test without its guard and leaves it plainly red. With ``all`` every guard is dropped in turn for its own test, and
the verdicts are turned round: good is a test in which the database let through what it was to refuse.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests import databases

FILE = Path(__file__).parent / "guards.toml"
CHOICE = os.environ.get("PORTAL_DROP_GUARD", "")
ALL = "all"

# A named constraint, else a trigger (pgtrigger adds five characters), else an index (a unique constraint with a condition).
_FIND = r"""
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
    WHERE conname = %(name)s AND conrelid <> 0 AND coninhcount = 0
    UNION ALL
    SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger
    WHERE NOT tgisinternal AND tgparentid = 0 AND tgname ~ ('^pgtrigger_' || %(name)s || '_[0-9a-f]{5}$')
    UNION ALL
    SELECT format('DROP INDEX %%s', indexrelid::regclass) FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE c.relname = %(name)s AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = %(name)s)
"""


class LetThrough(AssertionError):
    """The database did what its guard is there to refuse."""


@contextmanager
def refused(guard: str, *, at_commit: bool = False) -> Iterator[None]:
    """Expect the database to refuse what the block does, by exactly this guard, whoever asks: the block runs as its owner.

    ``at_commit`` sets deferred constraints immediate at the end of the block. Nothing of the block is kept in any case.
    """
    try:
        with transaction.atomic():
            _execute("SET ROLE NONE")
            yield
            if at_commit:
                _execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise LetThrough(f"the database let it through: {guard}")
    except DatabaseError as error:
        by = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if by != guard:
            raise AssertionError(f"refused by {by} and not by {guard}: {error}") from error


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@cache
def listed() -> dict[str, str]:
    """Return guard → node id of its test."""
    with FILE.open("rb") as file:
        return {guard: str(test) for guard, test in tomllib.load(file)["guards"].items()}


@cache
def _chosen() -> dict[str, str]:
    """Return test → guard of this run."""
    if CHOICE == ALL:
        return {test: guard for guard, test in listed().items()}
    return {listed()[CHOICE]: CHOICE} if CHOICE else {}


def guard_of(item: pytest.Item) -> str | None:
    """Return the guard this test must be red without, in a run that drops guards."""
    return _chosen().get(item.nodeid)


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests of the chosen guards; refuse a guard nobody listed, and a list of tests that are not there."""
    if not CHOICE:
        return
    if CHOICE != ALL and CHOICE not in listed():
        raise pytest.UsageError(f"tests/guards.toml has no guard {CHOICE!r}")
    kept = [item for item in items if guard_of(item)]
    missing = _chosen().keys() - {item.nodeid for item in kept}
    if missing:
        raise pytest.UsageError(f"tests/guards.toml names tests that were not collected: {', '.join(sorted(missing))}")
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _drop(cursor: Any, guard: str) -> None:
    cursor.execute(_FIND, {"name": guard})
    statements = [row[0] for row in cursor.fetchall()]
    if not statements:
        raise AssertionError(f"the database has no guard {guard}")
    for statement in statements:
        cursor.execute(statement)


def drop_in_transaction(guard: str) -> None:
    """Take a guard away inside the test's transaction, as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        _drop(cursor, guard)
        cursor.execute("SET ROLE portal_app")


def drop_for(item: pytest.Item, database: str) -> None:
    """Take the guard of one test away in a database of its own."""
    guard = guard_of(item)
    if guard is not None:
        with psycopg.connect(databases.url(database), autocommit=True) as conn, conn.cursor() as cursor:
            _drop(cursor, guard)


def turn_round(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """With ``all``, a test in which the database let the act through is as it should be; any other ending is a failure."""
    if CHOICE != ALL or report.when != "call":
        return
    guard = guard_of(item)
    if call.excinfo is not None and call.excinfo.errisinstance(LetThrough):
        report.outcome, report.longrepr = "passed", None
    elif report.passed:
        report.outcome, report.longrepr = "failed", f"still green without the guard {guard}"
