"""Writing rows past the verbs, in SQL, the way somebody with the owner's password would."""

from __future__ import annotations

from django.db import connection

from tests.guards import refused


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


def everything() -> dict[str, tuple[int, int]]:
    """Return, per table, how many rows there are and a sum over their content."""
    tables = [name for name in connection.introspection.table_names() if not name.startswith("django_")]
    parts = " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {name} t"
        for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return {name: (rows, int(content)) for name, rows, content in cursor.fetchall()}


def refuses(guard: str, *acts: str, at_commit: bool = False) -> None:
    """Try each act, one or more statements, and expect the last to be refused by the guard and nothing to have changed."""
    before = everything()
    for act in acts:
        with refused(guard, at_commit=at_commit), connection.cursor() as cursor:
            cursor.execute(act)
    assert everything() == before
