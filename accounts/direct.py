"""Rows read and written straight, where a call is made many times a second: signed requests, and the verbs of an exchange.

The query builder takes longer to say such a statement than PostgreSQL to answer it. Here a statement is said once for a model and
kept; columns, defaults and conversions are the model's own, so a new column needs no line here. Everything else asks by querysets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
# What the driver takes as it is; other values go through their field.
_AS_THEY_ARE = (
    models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.DateTimeField, models.ForeignKey,
)  # fmt: skip


class _Part(NamedTuple):
    """A model in a row of an answer: where its columns stand, and what turns them into values."""

    model: type[models.Model]
    relation: str  # of the first model; nothing for that one itself
    names: tuple[str, ...]
    start: int
    key: int
    conversions: tuple[tuple[int, Callable[..., Any]], ...]

    def instance(self, row: Sequence[Any]) -> Any:
        """Return the model's instance, None where a relation is empty."""
        values = list(row[self.start : self.start + len(self.names)])
        if values[self.key] is None:
            return None
        for at, convert in self.conversions:
            values[at] = convert(values[at], None, connection)
        return self.model.from_db("default", self.names, values)


def read(model: type[Row], tail: str, values: Sequence[Any], *, also: tuple[str, ...] = ()) -> list[Row]:
    """Return the rows of a model that the rest of a statement asks for (``WHERE t.state = %s ORDER BY t.id``).

    The model's table is ``t``; ``also`` names relations read along, each a table under the relation's name.
    """
    begin, parts = _selection(model, also)
    found = []
    for row in ask(begin + tail, values):
        first, *others = [part.instance(row) for part in parts]
        for part, other in zip(parts[1:], others, strict=True):
            first._state.fields_cache[part.relation] = other
        found.append(first)
    return found


def first(model: type[Row], tail: str, values: Sequence[Any], *, also: tuple[str, ...] = ()) -> Row | None:
    """Return the first row that :func:`read` would, None when there is none."""
    return next(iter(read(model, tail, values, also=also)), None)


def along(rows: Sequence[models.Model], *relations: str) -> None:
    """Read what rows point at by relations, each row of it once, and let them point at it."""
    wanted: dict[Any, set[Any]] = {}
    fields: list[Any] = [rows[0]._meta.get_field(relation) for relation in relations] if rows else []
    for field in fields:
        wanted.setdefault(field.related_model, set()).update(getattr(row, field.attname) for row in rows)
    known = {
        (of, one.pk): one for of, keys in wanted.items() for one in read(of, "WHERE t.id = ANY(%s)", [[*keys - {None}]])
    }
    for row in rows:
        for field in fields:
            row._state.fields_cache[field.name] = known.get((field.related_model, getattr(row, field.attname)))


def ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the lines a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def add(model: type[Row], **given: Any) -> Row:
    """Write one row and return it; what is not given has the default of its field, and the key is the database's."""
    statement, fields, answered = _insertion(model)
    values = [given.pop(f.name) if f.name in given else f.get_default() for f in fields]
    if given:
        raise TypeError(f"{model.__name__} has no {', '.join(given)}")
    row = model(**{field.name: value for field, value in zip(fields, values, strict=True)})
    sent = [_sent(field, value) for field, value in zip(fields, values, strict=True)]
    (made,) = ask(statement, sent)
    for name, value in zip(answered, made, strict=True):
        setattr(row, name, value)
    row._state.adding, row._state.db = False, "default"
    return row


def _sent(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value if isinstance(field, _AS_THEY_ARE) else field.get_db_prep_save(value, connection)


@cache
def _selection(model: type[models.Model], also: tuple[str, ...]) -> tuple[str, tuple[_Part, ...]]:
    parts: list[_Part] = []
    columns: list[str] = []
    joins = [f'"{model._meta.db_table}" t']
    for relation in ("", *also):
        field: Any = model._meta.get_field(relation) if relation else None
        of, table = (field.related_model, f'"{relation}"') if relation else (model, "t")
        if relation:
            target = of._meta.pk.column
            joins.append(f'LEFT JOIN "{of._meta.db_table}" {table} ON {table}."{target}" = t."{field.column}"')
        fields = of._meta.concrete_fields
        conversions = tuple(
            (at, convert) for at, one in enumerate(fields) for convert in one.get_db_converters(connection)
        )
        names, key = tuple(one.attname for one in fields), fields.index(of._meta.pk)
        parts.append(_Part(of, relation, names, len(columns), key, conversions))
        columns += [f'{table}."{one.column}"' for one in fields]
    return f"SELECT {', '.join(columns)} FROM {' '.join(joins)} ", tuple(parts)  # noqa: S608  names of the model


@cache
def _insertion(model: type[models.Model]) -> tuple[str, tuple[models.Field[Any, Any], ...], tuple[str, ...]]:
    of = model._meta
    made = [field for field in of.concrete_fields if field.db_returning]  # the key, and what the database fills in
    fields = tuple(field for field in of.concrete_fields if field not in made and not field.generated)
    columns, marks = ", ".join(f'"{one.column}"' for one in fields), ", ".join(["%s"] * len(fields))
    answers = ", ".join(f'"{one.column}"' for one in made)
    statement = f'INSERT INTO "{of.db_table}" ({columns}) VALUES ({marks}) RETURNING {answers}'  # noqa: S608  names of the model
    return statement, fields, tuple(one.attname for one in made)
