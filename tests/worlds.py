"""Who and what the world holds, by short names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.models import Event
from carbon_portal.story import PEOPLE, World
from carbon_portal.story.recalling import recall

# Everybody of the city's office: what lies in the division is theirs to read.
BUREAU = {username for username, _name, _role, place in PEOPLE if place == "9901"}


@pytest.fixture
def world(db: None) -> World:
    """The demo story as it stands, inside a transaction."""
    return recall()


@pytest.fixture(scope="module")
def module_world(module_db: None) -> World:
    """The demo story as it stands, inside the one transaction of a file's tests."""
    return recall()


@pytest.fixture
def committed_world(committed: str) -> World:
    """The demo story in a database of its own, where everything commits."""
    return recall()


@contextmanager
def as_owner() -> Iterator[None]:
    """Act as the owner of the database, for tampering: the application role is refused before a trigger sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE portal_app")


def last_event(**where: Any) -> Event:
    """Return the newest event."""
    event = Event.objects.filter(**where).first()
    assert event is not None, f"no event {where}"
    return event
