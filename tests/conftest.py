"""The test world: one template database built by the verbs once per state of the code, cloned for each worker and race.

``db`` tests run inside a transaction on the worker's clone; ``committed`` gives a clone of its own in which everything really
commits (races, servers, workers). ``--drop-guard`` takes a guard away, and the test named in ``guards.toml`` must turn red.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation

from office.services import clock
from tests import databases, guards
from tests.databases import pointing_at

pytest_plugins = ["tests.worlds", "tests.servers"]


@contextmanager
def _own(blocker: Any, kind: str, template: str = "world", node: Any = None) -> Iterator[str]:
    """Give a fresh copy of a template to one worker, without the guard ``node`` is to miss; the name of the database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with blocker.unblock():
        name = databases.clone(f"{kind}_{worker}", template)
        if node is not None:
            guards.drop_for(node, name)
        with pointing_at(name):
            yield name
        databases.drop(name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """Clone the world for this worker."""
    with _own(django_db_blocker, "worker"):
        yield


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all tests of a file, in which a fixture of the file builds once what they all start from.

    What a single test with ``db`` does is rolled back after it, the rest at the end of the file. Not for files with ``committed``.
    """
    with django_db_blocker.unblock(), transaction.atomic(), _process_afresh():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of its own, in which transactions commit and other processes see what was written; gives its URL."""
    marker = request.node.get_closest_marker("template")
    template = marker.args[0] if marker else "world"
    with _own(django_db_blocker, "committed", template, node=request.node) as name:
        yield databases.url(name)


@pytest.fixture
def city(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The whole story in a database of its own, riders, points and a meeting, where everything commits; gives its URL."""
    with _own(django_db_blocker, "city", "city") as name:
        yield databases.url(name)


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    with _process_afresh():
        yield


@contextmanager
def _process_afresh() -> Iterator[None]:
    """Start in Chinese and with the clock of the database in use: both are remembered by the process."""
    clock.forget()
    with translation.override("zh-hans"):
        yield


@pytest.fixture(autouse=True)
def _force_login_shows_a_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``client.force_login`` count as both factors: the one way round the doors, and it is in the tests only.

    ``tests/site/test_doors.py`` goes through the doors themselves and uses ``client.login`` where the second factor is missing.
    """
    through = Client.force_login

    def force_login(client: Client, user: Any, backend: str | None = None) -> None:
        through(client, user, backend)
        session = client.session
        session["second_factor_of"] = user.pk  # accounts.visitor.SHOWN; imported late it would need the apps
        session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture(autouse=True)
def _guard_of_this_test(request: pytest.FixtureRequest) -> None:
    """When one guard is named, take it away before its test."""
    guard = guards.guard_of(request.node)
    if guard is not None and "committed" not in request.fixturenames:
        request.getfixturevalue("db")
        guards.drop_in_transaction(guard)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests the chosen guards name, and begin with what takes longest: else it is begun when the other worker has
    nothing left. While the first worker builds the templates of the databases, the other does what needs none."""
    guards.select(config, items)
    if hasattr(config, "workerinput"):
        with_database = {item.path for item in items if _needs_database(item)}
        items.sort(key=lambda item: _turn(item.path, item.path in with_database))


# The file that needs the last of the templates and takes longest; then folders of tests that start servers, browsers or whole
# cities, also without a fixture of ours, the longest files first.
FIRST = databases.ROOT / "tests" / "browser" / "test_access.py"
LONG = ("browser", "architecture", "operations", "flows", "races", "laws", "site")


def _needs_database(item: pytest.Item) -> bool:
    return "django_db_setup" in getattr(item, "fixturenames", ()) or item.get_closest_marker("django_db") is not None


def _turn(path: Path, with_database: bool) -> int:
    """Return when a file is begun, the lowest number first."""
    folder = path.relative_to(databases.ROOT / "tests").parts[0]
    if path == FIRST:
        return -2
    if folder in LONG:
        return LONG.index(folder)
    return len(LONG) if with_database else -1


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """The test of a guard must also have seen the act go through without it."""
    outcome = yield
    guards.sees_both(item, call, outcome.get_result())  # type: ignore[attr-defined]
