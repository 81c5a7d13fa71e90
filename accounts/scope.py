"""Row scope: a division sees what lies below it, an organisation its own. Every ``visible_to`` is built from this."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q
from django.utils.functional import cached_property

from accounts.roles import STAFF, VERBS, Role


class _Keys(ArraySubquery):
    template = "(ARRAY(%(subquery)s))"


class _Within(Func):
    """``column = ANY (ARRAY(…))``: how many rows lie in the divisions is then guessed from the column's own values. Behind a join
    to the tree of divisions the planner takes a city for a three-thousandth of everything, and reads it all in the worst order."""

    template, arg_joiner = "%(expressions)s", " = ANY "
    output_field = BooleanField()


class Scope(NamedTuple):
    """What a person's grants in force open: everything, division paths, organisations by role; and the roles themselves."""

    everything: bool
    paths: tuple[str, ...]
    organisations: tuple[int, ...]
    roles: frozenset[str] = frozenset()

    def rows(self, *, division: str = "", organisations: tuple[str, ...] = ()) -> Q:
        """Return the filter: ``division`` is the lookup of a Division, ``organisations`` are lookups of organisation keys."""
        if self.everything:
            return ~Q(pk__in=[])  # an empty Q would vanish where another filter is added with "or"
        reach = Q(pk__in=[])
        if division and self.paths:
            reach |= Q(_Within(F(division), _Keys(self._divisions().values("pk"))))
        for lookup in organisations if self.organisations else ():
            reach |= Q(**{f"{lookup}__in": self.organisations})
        return reach

    def _divisions(self) -> Any:
        """Return the divisions of the scope as a query."""
        found = Q(pk__in=[])
        for path in self.paths:
            found |= Q(path=path) | Q(path__startswith=f"{path}.")
        return apps.get_model("accounts", "Division").objects.filter(found)

    def covers(self, division: Any) -> bool:
        """Tell whether a division lies in the scope."""
        return self.everything or any(f"{division.path}.".startswith(f"{path}.") for path in self.paths)


class Acting:
    """A person in those roles only that have one of some verbs: what is seen in another role is out of the verbs' reach.

    Without verbs, in all roles. ``among`` are the grants in force where they are known already.
    """

    def __init__(self, user: Any, *names: str, among: Iterable[Any] | None = None) -> None:
        self.pk, self.is_active = user.pk, user.is_active
        self._user, self._among = user, among
        self._roles = [role for role, verbs in VERBS.items() if not names or not verbs.isdisjoint(names)]

    @cached_property
    def grants(self) -> list[Any]:
        """The grants in force that give a verb, asked for once: an instance lives as long as a call of the verb or a page."""
        if self._among is not None:
            return [grant for grant in self._among if grant.role in self._roles]
        return [grant for grant in self._user.grants_held() if grant.role in self._roles]


def scope(user: Any) -> Scope:
    """Return the scope of a person now; an anonymous visitor sees nothing through it."""
    if not getattr(user, "pk", None) or not user.is_active:
        return Scope(False, (), ())
    grants = user.grants if isinstance(user, Acting) else user.grants_held()
    return Scope(
        # The portal itself, and an auditor, who may press no button: a verb looks at the roles that have it only.
        everything=any(grant.role in {Role.SYSTEM, Role.AUDITOR} for grant in grants),
        paths=tuple({grant.division.path for grant in grants if grant.role in STAFF and grant.division}),
        organisations=tuple({grant.organisation_id for grant in grants if grant.organisation_id}),
        roles=frozenset(grant.role for grant in grants),
    )
