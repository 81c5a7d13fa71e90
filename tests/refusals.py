"""Negative tests: a verb is refused, nothing changed, and exactly one event says who was refused what, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from django.db import connection, models

from accounts.context import called_from
from accounts.models import Event
from accounts.workflow import PermissionDenied, RuleViolation, sentence

# Events are the one thing a refusal leaves; a session, and what was counted at the door, belongs to the visitor.
NOT_COUNTED = frozenset({"accounts_event", "django_session", "portal_cache"})


@cache
def _tables() -> tuple[str, ...]:
    """Return our tables; what lies in a partition is read through its parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition ORDER BY 1"
        )
        return tuple(name for (name,) in cursor.fetchall() if name not in NOT_COUNTED)


def digests(*, but: frozenset[str] | set[str] = frozenset()) -> dict[str, tuple[int, str]]:
    """Return, for every table but events, sessions and those named, how many rows it has and a digest of them."""
    query = " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(sum(hash_record_extended(t, 0)::numeric), 0)::text FROM {name} AS t"
        for name in _tables()
        if name not in but
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name: (rows, digest) for name, rows, digest in cursor.fetchall()}


@contextmanager
def nothing_changed(*, but: frozenset[str] | set[str] = frozenset()) -> Iterator[None]:
    """Fail when any table but events and those named differs afterwards."""
    before = digests(but=but)
    yield
    after = digests(but=but)
    assert {name: pair for name, pair in after.items() if before.get(name) != pair} == {}


def refused(
    verb: Callable[..., Any], *args: Any, code: str, error: type[Exception] = RuleViolation, **kwargs: Any
) -> Any:
    """Call a verb that must be refused with ``code``; check sentence, event and that nothing changed; return the refusal."""
    newest = Event.objects.values_list("pk", flat=True).first() or 0
    door = called_from("api", ip="203.0.113.7", request_id="refused-here")
    with nothing_changed(), pytest.raises(error) as caught, door:
        verb(*args, **kwargs)
    refusal = caught.value
    if isinstance(refusal, RuleViolation):
        assert refusal.code == code, f"{refusal.code}: {refusal.message}"
    event = Event.objects.get(pk__gt=newest)
    subject = next((arg for arg in args if isinstance(arg, models.Model)), None)
    assert (event.verb, event.outcome, event.code) == (verb.verb_name, Event.Outcome.REFUSED, code)  # type: ignore[attr-defined]
    assert event.said == sentence(refusal) != ""
    name = (
        kwargs["by"].full_name
        if event.acted_for is None
        else f"{kwargs['by'].full_name} 代 {event.acted_for.full_name}"
    )
    assert (event.actor, event.actor_name) == (kwargs["by"], name)
    assert event.object_id == (subject.pk if subject is not None else None)
    assert event.object_type == (subject._meta.label_lower if subject is not None else "")
    assert event.reason == kwargs.get("reason", "")
    assert (event.door, event.ip, event.request_id) == ("api", "203.0.113.7", "refused-here")
    return refusal


def forbidden(verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a verb the person may not call, here or at all: refused as ``forbidden``."""
    return refused(verb, *args, code="forbidden", error=PermissionDenied, **kwargs)
