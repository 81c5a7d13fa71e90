"""Where a verb was called from: kept beside the call, so that no verb has to carry a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.utils.functional import SimpleLazyObject


class Caller(NamedTuple):
    """The door (page, admin, api, task, command), the network address and the number of the request."""

    door: str = "command"
    ip: str | None = None
    request_id: str = ""


_caller: ContextVar[Caller] = ContextVar("caller", default=Caller())  # noqa: B039  a named tuple cannot change
_request: ContextVar[Any] = ContextVar("request", default=None)


def caller() -> Caller:
    """Return the caller of the running code."""
    return _caller.get()


class Standing(NamedTuple):
    """Who acts, and for whom: a deputy in the name of an absent officer."""

    by: Any
    absent: Any


_standing: ContextVar[Standing | None] = ContextVar("standing", default=None)
_noted: ContextVar[dict[str, Any] | None] = ContextVar("noted", default=None)


def stand_in(by: Any, absent: Any) -> None:
    """Mark the running verb as taken by a deputy for an absent officer, or by the person alone (``absent`` None)."""
    _standing.set(Standing(by.pk, absent) if absent is not None else None)


def stands_in_for(by: Any) -> Any:
    """Return the absent officer in whose name a person acts now, or None."""
    standing = _standing.get()
    return standing.absent if standing is not None and by is not None and standing.by == by.pk else None


@contextmanager
def own_standing() -> Iterator[None]:
    """Give what runs inside a standing of its own."""
    token = _standing.set(None)
    try:
        yield
    finally:
        _standing.reset(token)


@contextmanager
def noting(**data: Any) -> Iterator[None]:
    """Add these facts to every event written inside."""
    token = _noted.set({**noted(), **data})
    try:
        yield
    finally:
        _noted.reset(token)


def noted() -> dict[str, Any]:
    """Return the facts that every event is to carry now."""
    return _noted.get() or {}


@contextmanager
def called_from(door: str, *, ip: str | None = None, request_id: str = "", request: Any = None) -> Iterator[None]:
    """Mark everything inside as called through this door; ``request`` is only asked who is signed in, for the log."""
    token, other = _caller.set(Caller(door, ip, request_id)), _request.set(request)
    try:
        yield
    finally:
        _caller.reset(token)
        _request.reset(other)


def actor_pk() -> int | None:
    """Return the number of the person who asks, where that is known already: a line of the log never asks the database."""
    request = _request.get()
    user = getattr(request, "_cached_user", None) or getattr(request, "user", None)
    return None if isinstance(user, SimpleLazyObject) else getattr(user, "pk", None)
