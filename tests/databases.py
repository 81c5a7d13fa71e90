"""Databases of the test cluster: the world by code hash, clones, and where Django looks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
    digest = hashlib.sha256()
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix in {".py", ".toml", ".css", ".html"}:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


# What a template holds: the roofs, which most tests need, or the whole story with riders, points and a meeting.
STORIES = {"world": ("demo_story", "--roofs-only"), "city": ("demo_story",)}


def template(kind: str = "world") -> str:
    """Return the name of a template database, built by the verbs if this state of the code has none yet."""
    name = f"{kind}_{code_hash()}"
    with admin() as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            names = [row[0] for row in conn.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}_%'")]
            if name not in names:
                for old in names:
                    conn.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
                _build(conn, name, STORIES[kind])
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _build(conn: psycopg.Connection, name: str, story: tuple[str, ...]) -> None:
    building = f"{name}_building"
    conn.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
    conn.execute(f"CREATE DATABASE \"{building}\" TEMPLATE template0 ENCODING 'UTF8'")
    for command in (("migrate",), ("seed",), story):
        env = {**os.environ, "DATABASE_URL": url(building), "PORTAL_DEMO": "1", "PORTAL_TESTING": "1"}
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *command],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"the world could not be built ({command}):\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
            )
    conn.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')


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
