"""Writing rows past the verbs, in SQL, the way somebody with the owner's password would."""

from __future__ import annotations

from django.db import connection

from tests.guards import let_through, refused


def again(table: str, where: str, **values: str) -> str:
    """Return the SQL that adds a copy of a row ``r`` with the key -1 and other values, each an SQL expression."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in {"id": "-1", **values}.items())
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object({pairs}))).* "
        f"FROM {table} r WHERE {where} ORDER BY 1 LIMIT 1"
    )


def person(username: str) -> str:
    """Return the SQL for a person's key."""
    return f"(SELECT id FROM accounts_user WHERE username = '{username}')"


def refuses(guard: str, *acts: str, at_commit: bool = False) -> None:
    """Try each act, one or more statements: the guard refuses its last. The first would go through if the guard were gone;
    the others may meet a second guard then."""
    for act in acts:
        with refused(guard, at_commit=at_commit):
            _execute(act)
    with let_through(guard, at_commit=at_commit):
        _execute(acts[0])


def _execute(act: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(act)
