"""Who is to be told what, and when: each app declares its occasions in its own ``occasions.py``, as data.

An occasion names what it follows (a verb, or a row that came into a state), whom it concerns, and the words. The words are Chinese
inside gettext with places like ``%(name)s``; every occasion has an example, and a test fills it into both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import formats, translation
from django.utils.functional import Promise

from accounts.models import Deputy, Division, Event, Organisation, RoleGrant, User
from accounts.roles import ACT_FOR_ACCOUNTS, DEPUTISED, VERBS, Role
from office.states import Channel

Words = str | Promise
EVERY_WAY = frozenset({Channel.EMAIL, Channel.SMS})
ANY = ""  # for ``of``: whatever table the case is of
HERE_ONLY: frozenset[Channel] = frozenset()
BY_EMAIL = frozenset({Channel.EMAIL})
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Told:
    """The words of one message in one language."""

    subject: str
    text: str
    sms: str


def nothing_due(_event: Event | None, _row: Any) -> date | None:
    """No day until which something is to be done."""
    return None


def nobody(_event: Event | None, _row: Any) -> Iterable[User]:
    """Nobody with an account."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """One kind of message.

    It follows the events of rows of the table ``of``: of the ``verbs`` or of an arrival in one of the ``states``; of neither when a
    sweep tells. ``who``, ``facts`` (values of the places), ``link`` (address in the portal), ``due`` and ``about`` (the row, when it
    is another than the event's; None: not this time) are asked with the event and the row. ``action``: it is the person's turn, so
    it is necessary too; ``own``: also whoever did it is told; ``contact``: the row names somebody without an account, whose sealed
    contact this returns.
    """

    code: str
    subject: Words
    text: Words
    example: Mapping[str, Any]
    sms: Words = ""
    of: str
    verbs: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    who: Callable[[Any, Any], Iterable[User]] = nobody
    facts: Callable[[Any, Any], Mapping[str, Any]]
    link: Callable[[Any, Any], str]
    due: Callable[[Any, Any], date | None] = nothing_due
    about: Callable[[Any, Any], Any] | None = None
    contact: Callable[[Any], str] | None = None
    action: bool = False
    necessary: bool = False
    own: bool = False
    channels: frozenset[Channel] = EVERY_WAY

    @property
    def must(self) -> bool:
        """It goes out by every way there is, whatever the person chose for general messages."""
        return self.action or self.necessary

    def places(self) -> set[str]:
        """Return the names the words ask for."""
        return {name for words in (self.subject, self.text, self.sms) for name in _PLACE.findall(str(words))}

    def told(self, facts: Mapping[str, Any], language: str) -> Told:
        """Fill the words; the SMS begins with the signature the operator knows."""
        with translation.override(language):
            values = {name: shown(value) for name, value in facts.items()}
            sms = f"【{settings.SITE_NAME}】{str(self.sms) % values}" if self.sms else ""
            return Told(str(self.subject) % values, str(self.text) % values, sms)


def shown(value: Any) -> str:
    """Return a value as the running language writes it: days in words, whole numbers with separators."""
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    return f"{value:,}" if isinstance(value, int) else str(value)


_declared: dict[str, Occasion] = {}
_of: dict[str, list[Occasion]] = {}


def declare(*occasions: Occasion) -> None:
    """Take an app's occasions in, at the start of the programme. A code stands for one occasion."""
    for occasion in occasions:
        if occasion.code in _declared:
            raise ValueError(f"occasion {occasion.code} is declared twice")
        _declared[occasion.code] = occasion
        _of.setdefault(occasion.of, []).append(occasion)


def declared() -> Mapping[str, Occasion]:
    """Return every occasion by its code."""
    return _declared


def following(event: Event) -> Iterator[Occasion]:
    """Yield the occasions that follow an event: those of its verb, and those of the state its row came into."""
    for occasion in (*_of.get(event.object_type, ()), *_of.get(ANY, ())):
        if event.verb in occasion.verbs or (event.to_state and event.to_state in occasion.states):
            yield occasion


def _in_force() -> Any:
    return RoleGrant.objects.in_force().filter(user__is_active=True)


def people_of(organisation: Organisation | int, *roles: str) -> list[User]:
    """Return who acts for an organisation now, in the given roles or as its two representatives."""
    wanted = set(roles) or ACT_FOR_ACCOUNTS
    if Role.MAKER in wanted:  # a natural person is told what a maker is, and not of what waits for a second person
        wanted = wanted | {Role.HOLDER}
    held = _in_force().filter(organisation=organisation, role__in=wanted)
    return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))


def officers(division: Division, verb: str) -> list[User]:
    """Return the officers who may call a verb on a row of a division, and who stands in for them today."""
    roles = [role for role in DEPUTISED if verb in VERBS[role]]
    held = _in_force().reaching(division).filter(role__in=roles)
    return with_deputies(User.objects.filter(pk__in=held.values("user")).order_by("pk"))


def with_deputies(people: Iterable[User | None]) -> list[User]:
    """Return people of the bureau and whoever stands in for them today; None is nobody."""
    there = {user.pk: user for user in people if user is not None}
    standing = Deputy.objects.in_force().filter(absent__in=there).select_related("deputy")
    return list(({row.deputy_id: row.deputy for row in standing} | there).values())


def desk_link(row: Any, desk: str = "") -> str:
    """Return where an officer finds a row: at a desk (``app_model``), else where the bureau looks at such rows, else my work."""
    name = desk or row._meta.concrete_model._meta.label_lower.replace(".", "_")
    try:
        return reverse(f"admin:{name}_change", args=[row.pk])
    except NoReverseMatch:
        return reverse("admin:index")
