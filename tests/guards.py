"""Guards: every named constraint and trigger, with the test that turns red without it (``guards.toml``).

A guard's test goes round the verbs, as the database's owner, and tries each act twice: with the guard it is ``refused``, and
``let_through`` once the guard is gone; a test that does not see both is red. ``PORTAL_DROP_GUARD=NAME`` runs that one test with
the guard dropped from the start, which leaves it plainly red; ``all`` runs the tests of all guards.
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


# The guards that were seen to be missed, in this process.
MISSED: set[str] = set()


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
        by = _refused_by(error)
        if by != guard:
            raise AssertionError(f"refused by {by} and not by {guard}: {error}") from error


@contextmanager
def let_through(guard: str, *, at_commit: bool = False) -> Iterator[None]:
    """Expect the database to do what the block does when this guard is gone; one that another shadows guards nothing.

    Neither the missing guard nor what the block did is kept.
    """
    try:
        with transaction.atomic():
            _execute("SET ROLE NONE")
            with connection.cursor() as cursor:
                drop(cursor, guard)
            yield
            if at_commit:
                _execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise LetThrough
    except LetThrough:
        MISSED.add(guard)
    except DatabaseError as error:
        raise AssertionError(f"refused without {guard} too, by {_refused_by(error)}: {error}") from error


def _refused_by(error: DatabaseError) -> str | None:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@cache
def listed() -> dict[str, str]:
    """Return guard → node id of its test."""
    with FILE.open("rb") as file:
        return {guard: str(test) for guard, test in tomllib.load(file)["guards"].items()}


@cache
def _tests() -> dict[str, str]:
    return {test: guard for guard, test in listed().items()}


@cache
def _chosen() -> dict[str, str]:
    """Return test → guard of this run."""
    if CHOICE == ALL:
        return _tests()
    return {listed()[CHOICE]: CHOICE} if CHOICE else {}


def guard_of(item: pytest.Item) -> str | None:
    """Return the guard this test is to run without from its start: the one that was named."""
    return None if CHOICE == ALL else _chosen().get(item.nodeid)


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests of the chosen guards; refuse a guard nobody listed, and a list of tests that are not there."""
    if not CHOICE:
        return
    if CHOICE != ALL and CHOICE not in listed():
        raise pytest.UsageError(f"tests/guards.toml has no guard {CHOICE!r}")
    kept = [item for item in items if item.nodeid in _chosen()]
    missing = _chosen().keys() - {item.nodeid for item in kept}
    if missing:
        raise pytest.UsageError(f"tests/guards.toml names tests that were not collected: {', '.join(sorted(missing))}")
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def drop(cursor: Any, guard: str) -> None:
    """Take a guard away, over a cursor of the owner."""
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
        drop(cursor, guard)
        cursor.execute("SET ROLE portal_app")


def drop_for(item: pytest.Item, database: str) -> None:
    """Take the guard of one test away in a database of its own."""
    guard = guard_of(item)
    if guard is not None:
        with psycopg.connect(databases.url(database), autocommit=True) as conn, conn.cursor() as cursor:
            drop(cursor, guard)


def sees_both(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """Fail the test of a guard that passed without having seen what happens when the guard is gone."""
    guard = _tests().get(item.nodeid)
    if guard and report.when == "call" and report.passed and guard not in MISSED:
        report.outcome, report.longrepr = "failed", f"never tried without the guard {guard}"
