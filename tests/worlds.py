"""Who and what the world holds, by short names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.models import Event, Organisation, User
from carbon_portal.story import ORGANISATIONS, PEOPLE, PROJECTS, World
from projects.models import Project
from registry.models import HoldingAccount, Retirement, Transfer


def load_world() -> World:
    """Find again what ``demo_story`` made."""
    world = World(system=User.objects.get(username="system"))
    world.people = {username: User.objects.get(username=username) for username, *_rest in PEOPLE}
    world.organisations = {name: Organisation.objects.get(uscc=uscc) for name, (uscc, *_rest) in ORGANISATIONS.items()}
    world.accounts = {
        name: HoldingAccount.objects.get(organisation=world.organisations[name]) for name in ("owner", "buyer")
    }
    world.projects = {name: Project.objects.get(name=about["name"]) for name, about in PROJECTS.items()}
    world.periods = {name: project.periods.get() for name, project in world.projects.items()}
    world.transfer = Transfer.objects.get()
    world.retirement = Retirement.objects.get()
    return world


@pytest.fixture
def world(db: None) -> World:
    """The demo story as it stands, inside a transaction."""
    return load_world()


@pytest.fixture
def committed_world(committed: str) -> World:
    """The demo story in a database of its own, where everything commits."""
    return load_world()


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
