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


def template(kind: str = "world") -> str:
    """Return the name of a template database, built by the verbs if this state of the code has none yet."""
    with admin() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            return _found_or_built(conn, kind)
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _found_or_built(conn: psycopg.Connection, kind: str) -> str:
    name = f"{kind}_{schema_hash() if kind == 'schema' else code_hash()}"
    names = [row[0] for row in conn.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}_%'")]
    if name in names:
        return name
    for old in names:
        conn.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
    made = TEMPLATES[kind]
    start = _found_or_built(conn, made.start) if made.start else "template0"
    building = f"{name}_building"
    conn.execute(f'CREATE DATABASE "{building}" TEMPLATE "{start}" ENCODING \'UTF8\' STRATEGY FILE_COPY')
    for command in made.commands:
        _run(command, url(building))
    conn.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


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
    with admin() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # a template may have one reader at a time
        try:
            conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
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
