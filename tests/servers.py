"""A real web server and a real worker on a database of the test's own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(*arguments: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python module as a process group of its own and stop it afterwards."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(10)


@contextlib.contextmanager
def running(database_url: str, log: Path) -> Iterator[str]:
    """Run gunicorn on a database; gives its address once it is ready."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    env = environment(database_url, PUBLIC_URL=address)
    with process(
        "gunicorn", "carbon_portal.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--timeout", "60", env=env, log=log
    ):  # fmt: skip
        for _ in range(150):
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{address}/health/ready", timeout=5).close()  # noqa: S310
                break
            time.sleep(0.2)
        else:
            raise AssertionError(log.read_text()[-3000:])
        yield address


@pytest.fixture
def server(committed: str, tmp_path: Path) -> Iterator[str]:
    """Gunicorn on the committed database; gives its address."""
    with running(committed, tmp_path / "web.log") as address:
        yield address


@pytest.fixture
def worker(committed: str, tmp_path: Path) -> Iterator[None]:
    """A Celery worker with its beat on the committed database and the test broker; sweeps come every two seconds."""
    env = environment(committed, SWEEP_SECONDS="2")
    schedule = tmp_path / "beat"
    with process(
        "celery", "-A", "carbon_portal", "worker", "-B", "-s", str(schedule), "-c", "1", "--pool", "prefork", "-l", "warning",
        env=env, log=tmp_path / "worker.log",
    ):  # fmt: skip
        yield


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a process of the portal on a test database, as a demo with its own broker database."""
    return {**os.environ, "DATABASE_URL": database_url, "PORTAL_TESTING": "1", "PORTAL_DEMO": "1", **more}
