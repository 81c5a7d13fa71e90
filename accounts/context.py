"""Where a verb was called from: kept beside the call, so that no verb has to carry a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Caller(NamedTuple):
    """The door (page, admin, api, task, command), the network address and the number of the request."""

    door: str = "command"
    ip: str | None = None
    request_id: str = ""


_caller: ContextVar[Caller] = ContextVar("caller", default=Caller())  # noqa: B039  a named tuple cannot change


def caller() -> Caller:
    """Return the caller of the running code."""
    return _caller.get()


@contextmanager
def called_from(door: str, *, ip: str | None = None, request_id: str = "") -> Iterator[None]:
    """Mark everything inside as called through this door."""
    token = _caller.set(Caller(door, ip, request_id))
    try:
        yield
    finally:
        _caller.reset(token)
