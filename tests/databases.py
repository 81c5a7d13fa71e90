"""Databases of the test cluster: the world by code hash, clones, and where Django looks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "accounts",
    "carbon_portal",
    "certificates",
    "kernel",
    "methodologies",
    "office",
    "projects",
    "registry",
    "rewards",
    "scenarios",
    "trading",
)
LOCK = 7_203_001


def url(name: str) -> str:
    """Return the address of a database of the cluster ``DATABASE_URL`` names."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextmanager
def admin() -> Iterator[psycopg.Connection]:
    """Give a connection to the cluster, outside any transaction."""
    with psycopg.connect(url("postgres"), autocommit=True) as conn:
        yield conn


def code_hash() -> str:
    """Return a digest of everything the world is made of."""
    return _digest(lambda path: path.suffix in {".py", ".toml", ".css", ".html"})


def schema_hash() -> str:
    """Return a digest of what the tables are made of, which changes more seldom."""
    return _digest(lambda path: path.suffix == ".py" and {"migrations", "models", "models.py"} & {*path.parts})


def _digest(wanted: Callable[[Path], object]) -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if wanted(path):
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


class Template(NamedTuple):
    """A database that is made once and copied: from which other it starts, and by which commands."""

    start: str
    commands: tuple[tuple[str, ...], ...]


TEMPLATES = {
    "schema": Template("", (("migrate",),)),
    "world": Template("schema", (("seed",), ("demo_story", "--until", "roofs"))),
    "riders": Template("world", (("demo_story", "--until", "riders"),)),
    "city": Template("riders", (("demo_story", "--until", "city"),)),
}


@contextmanager
def _held(conn: psycopg.Connection, kind: str) -> Iterator[None]:
    """Be the only one who builds or copies a template; another kind is built meanwhile. Taken from the last kind to the first."""
    key = [LOCK, list(TEMPLATES).index(kind)]
    conn.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        conn.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def template(kind: str = "world") -> str:
    """Return the name of a template database, built by the verbs if this state of the code has none yet."""
    with admin() as conn:
        return _found_or_built(conn, kind)


def _found_or_built(conn: psycopg.Connection, kind: str) -> str:
    name = f"{kind}_{schema_hash() if kind == 'schema' else code_hash()}"
    with _held(conn, kind):
        names = [row[0] for row in conn.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}_%'")]
        if name not in names:
            for old in names:
                conn.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
            _build(conn, kind, name)
    return name


def _build(conn: psycopg.Connection, kind: str, name: str) -> None:
    made, building = TEMPLATES[kind], f"{name}_building"
    if made.start:
        start = _found_or_built(conn, made.start)
        with _held(conn, made.start):
            conn.execute(f'CREATE DATABASE "{building}" TEMPLATE "{start}" STRATEGY FILE_COPY')
    else:
        conn.execute(f"CREATE DATABASE \"{building}\" TEMPLATE template0 ENCODING 'UTF8'")
    for command in made.commands:
        _run(command, url(building))
    conn.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')


def _run(command: tuple[str, ...], database: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env={**os.environ, "DATABASE_URL": database, "PORTAL_DEMO": "1", "PORTAL_TESTING": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the world could not be built ({command}):\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}")


def clone(name: str, kind: str = "world") -> str:
    """Return a fresh copy of a template (46 ms for a small one)."""
    source, name = template(kind), f"test_{name}"
    with admin() as conn, _held(conn, kind):  # a template may have one reader at a time
        conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
    return name


def drop(name: str) -> None:
    """Remove a clone."""
    with admin() as conn:
        conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def pointing_at(name: str) -> Iterator[None]:
    """Let Django's default connection, in this and in new threads, use a database."""
    default = connections["default"]
    before = default.settings_dict["NAME"]
    default.close()
    connections.settings["default"]["NAME"] = default.settings_dict["NAME"] = name
    try:
        yield
    finally:
        default.close()
        connections.settings["default"]["NAME"] = default.settings_dict["NAME"] = before
