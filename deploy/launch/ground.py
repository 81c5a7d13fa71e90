"""The ground the portal stands on: database and broker of one folder, shared by every launcher that works there.

``./portal demo`` in one terminal and ``./portal manage shell`` in another use the same server. Each holds a shared lock while
it needs it; the last one out stops what was started.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.launch.broker import Broker
from deploy.launch.database import OLDEST, Cluster
from deploy.launch.places import Places
from deploy.launch.processes import last_line
from deploy.launch.progress import Refusal, step

DATABASE = "portal"
# Read by the packages' interpreter, because only that one has the drivers.
_ASK_DATABASE = (
    "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL'], connect_timeout=5).info.server_version)"
)
_ASK_BROKER = "import os, redis; redis.from_url(os.environ['REDIS_URL'], socket_connect_timeout=5).ping()"


@contextmanager
def locked(path: Path, kind: int) -> Iterator[int]:
    """Hold a file lock of ``fcntl.flock``'s ``kind``; yields the open file. A killed process gives it back by dying."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _shared(base: Path, name: str, start: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Have a service up while the block runs; whoever leaves last stops it."""
    door, users = base / "run" / f"{name}.door", base / "run" / f"{name}.users"
    with locked(users, fcntl.LOCK_SH) as handle:
        try:
            with locked(door, fcntl.LOCK_EX):
                start()
            yield
        finally:
            with locked(door, fcntl.LOCK_EX):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else is still using it
                else:
                    stop()


@contextmanager
def own_database(places: Places, base: Path, settings: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """Yield a running server of our own under ``base``."""
    cluster = Cluster(places, base, settings)
    with _shared(base, "postgres", cluster.start, cluster.stop):
        yield cluster


@contextmanager
def own_broker(places: Places, base: Path) -> Iterator[Broker]:
    """Yield a running broker of our own under ``base``."""
    broker = Broker(places, base)
    with _shared(base, "broker", broker.start, broker.stop):
        yield broker


@dataclass
class Ground:
    """Where database and broker answer, and the processes of ours behind them: (what it is in two languages, its log, its id)."""

    database_url: str = ""
    redis_url: str = ""
    own: list[tuple[str, str, Path, Callable[[], int | None]]] = field(default_factory=list)

    def check(self) -> None:
        """Refuse to go on when a server of ours has died."""
        for chinese, english, log, pid in self.own:
            if pid() is None:
                raise Refusal(
                    f"{chinese}意外退出，其余已停止，日志在 {log}（{last_line(log)}）。",
                    f"The {english} died and the rest was stopped; its log is {log}.",
                )


@contextmanager
def portal_ground(places: Places) -> Iterator[Ground]:
    """Yield the portal's running database and broker.

    ``DATABASE_URL`` and ``REDIS_URL`` win when they are set; the tests and benches never look at them.
    """
    with ExitStack() as stack:
        with step("数据库与消息服务", "database and broker"):
            found = Ground(os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", ""))
            if found.database_url:
                _require_outside_database(places)
            else:
                cluster = stack.enter_context(own_database(places, places.var))
                cluster.create(DATABASE)
                found.database_url = cluster.url(DATABASE)
                found.own.append(("数据库", "database", cluster.log, cluster.pid))
            if found.redis_url:
                _require_outside_broker(places)
            else:
                broker = stack.enter_context(own_broker(places, places.var))
                found.redis_url = broker.url
                found.own.append(("消息服务", "broker", broker.log, broker.pid))
        yield found


def _require_outside_database(places: Places) -> None:
    version = _asked(places, _ASK_DATABASE)
    if version is None:
        raise Refusal("DATABASE_URL 指向的数据库没有应答。", "The database at DATABASE_URL does not answer.")
    if int(version) < OLDEST * 10_000:
        raise Refusal(
            f"DATABASE_URL 指向的 PostgreSQL 版本过低，需要 {OLDEST} 或更高。",
            f"The PostgreSQL at DATABASE_URL is too old: {OLDEST} or newer is needed.",
        )


def _require_outside_broker(places: Places) -> None:
    if _asked(places, _ASK_BROKER) is None:
        raise Refusal("REDIS_URL 指向的消息服务没有应答。", "The broker at REDIS_URL does not answer.")


def _asked(places: Places, question: str) -> str | None:
    answer = subprocess.run([places.python, "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None
