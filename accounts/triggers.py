"""The kinds of trigger the tables use. Each refuses with its own name, to which a code and a sentence belong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.db import connections, models
from django.utils.translation import gettext_lazy as _


class Refusing(pgtrigger.Trigger):
    """A trigger that raises a check violation under its own name; ``code`` and ``message`` are what people are told."""

    when = pgtrigger.Before
    code = "refused_by_database"
    message: Any = _("数据库拒绝了这次改动")

    def __init__(self, *, code: str = "", message: Any = "", **kwargs: Any) -> None:
        if code:
            self.code, self.message = code, message
        super().__init__(**kwargs)

    def refuse(self) -> str:
        """Return the statement that refuses."""
        return f"RAISE EXCEPTION 'refused by {self.name}' USING ERRCODE = '23514', CONSTRAINT = '{self.name}';"


class AppendOnly(Refusing):
    """Rows are written once; only the columns in ``may_change`` may be updated. Truncation needs the owner's role."""

    operation = pgtrigger.Update | pgtrigger.Delete
    code = "append_only"
    message = _("这是账页，只能追加，不能改写或删除；有错请用新的一笔更正")

    def __init__(self, *, may_change: Iterable[str] = (), **kwargs: Any) -> None:
        self.may_change = tuple(may_change)
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Compare old and new row without the columns that may change."""
        if not self.may_change:
            return self.refuse()
        # A generated column is not computed yet when the trigger looks.
        computed = [field.name for field in model._meta.fields if isinstance(field, models.GeneratedField)]
        names = (*self.may_change, *computed)
        columns = ", ".join(f"'{model._meta.get_field(name).column}'" for name in names)
        return f"""
            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY[{columns}] IS DISTINCT FROM to_jsonb(NEW) - ARRAY[{columns}] THEN
                {self.refuse()}
            END IF;
            RETURN NEW;
        """


class Once(Refusing):
    """A column that may be filled once and then never changes."""

    operation = pgtrigger.Update
    code = "already_done"
    message = _("这一步已经办过，不能再办一次")

    def __init__(self, *, field: str, **kwargs: Any) -> None:
        self.field = field
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Refuse when the old value is there and the new one differs."""
        column = model._meta.get_field(self.field).column
        return f"""
            IF OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column} THEN
                {self.refuse()}
            END IF;
            RETURN NEW;
        """


class Moves(Refusing):
    """The state column follows the app's ``MOVES``, whoever writes it; a new row starts in one of ``start``.

    ``also`` is what a new row may be besides, as a condition over ``NEW``; who widens the start there guards it elsewhere.
    """

    operation = pgtrigger.Insert | pgtrigger.Update
    code = "wrong_state"
    message = _("现在的状态不能办这一步，请刷新页面看看是否已被别人办理")

    def __init__(
        self, *, moves: Iterable[tuple[str, str]], start: Iterable[str], also: str = "", **kwargs: Any
    ) -> None:
        self.moves, self.start, self.also = tuple(moves), tuple(start), also
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Generate the check from the moves."""
        pairs = ", ".join(f"('{a}', '{b}')" for a, b in sorted((str(a), str(b)) for a, b in self.moves))
        start = ", ".join(f"'{state!s}'" for state in self.start)
        unless = f" AND NOT ({self.also})" if self.also else ""
        return f"""
            IF TG_OP = 'INSERT' THEN
                IF NEW.state NOT IN ({start}){unless} THEN {self.refuse()} END IF;
            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN ({pairs}) THEN
                {self.refuse()}
            END IF;
            RETURN NEW;
        """


class Guard(Refusing):
    """A trigger with a body of its own; ``{refuse}`` in the body stands for the refusal."""

    def __init__(self, *, body: str, **kwargs: Any) -> None:
        self.body = body
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Fill the refusal into the body."""
        return self.body.replace("{refuse}", self.refuse())


# Every trigger asks this function of the library whether the session has set it aside: a name in a setting that any session may
# write would open every book. Ours never does, and costs nothing, which the other did at every row.
_NEVER = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT false'
"""


def bind_everybody(using: str) -> None:
    """Take away the setting by which a session could step round the guards. Each migration of a trigger brings it back."""
    with connections[using].cursor() as cursor:
        cursor.execute(_NEVER)


# Who stands behind a column: the person, and whoever the person filled it in for.
_BEHIND = """(
    SELECT {column} UNION
    SELECT acted_for_id FROM accounts_event WHERE object_type = '{label}' AND object_id = NEW.id
        AND verb IN ({verbs}) AND outcome = 'DONE' AND actor_id = {column} AND acted_for_id IS NOT NULL
)"""


class NotForEachOther(Refusing):
    """Two columns of people who must be two people, also where one acted as a deputy: "B for A" counts as B and as A.

    ``one`` and ``other`` are (column, verbs that fill it); who acted for whom is in the verb's event. Looked at when the
    transaction commits, because the event is written after the row.
    """

    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update
    timing = pgtrigger.Deferred
    code = "same_person"

    def __init__(self, *, one: tuple[str, ...], other: tuple[str, ...], **kwargs: Any) -> None:
        self.one, self.other = one, other
        super().__init__(code="same_person", **kwargs)

    def get_func(self, model: Any) -> str:
        """Compare who stands behind the one column with who stands behind the other."""
        label = model._meta.label_lower
        behind = []
        for name, *verbs in (self.one, self.other):
            column = f"NEW.{model._meta.get_field(name).column}"
            behind.append(_BEHIND.format(column=column, label=label, verbs=", ".join(f"'{verb}'" for verb in verbs)))
        filled = " AND ".join(
            f"NEW.{model._meta.get_field(name).column} IS NOT NULL" for name, *_verbs in (self.one, self.other)
        )
        return f"""
            IF {filled} AND EXISTS ({behind[0]} INTERSECT {behind[1]}) THEN {self.refuse()} END IF;
            RETURN NULL;
        """
