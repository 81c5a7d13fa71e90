"""Child processes: run one to its end, keep a family alive together, and find what a killed launcher left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.launch.progress import Refusal

POLITE_SECONDS = 10.0
LARGE_LOG_BYTES = 20 * 2**20


def born(pid: int) -> str | None:
    """Return a token of when a process began, or None when it is gone or a zombie.

    A bare process id is no proof: it may have been given to another process since, and a zombie still answers signal 0.
    """
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    seen = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, since = seen.stdout.strip().partition(" ")
    return since.strip() if state and not state.startswith("Z") else None


def end(pid: int, first: signal.Signals = signal.SIGTERM, seconds: float = POLITE_SECONDS) -> None:
    """Ask the leader of a process group to stop, wait, then kill what is left of the group."""
    with suppress(ProcessLookupError):
        os.kill(pid, first)
    await_end(pid, seconds)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def await_end(pid: int, seconds: float) -> bool:
    """Wait until a process is gone; return False when it outlived ``seconds``."""
    deadline = time.monotonic() + seconds
    while born(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def run(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path | None = None, **options: Any) -> int:
    """Run a command to its end and return its exit code; it does not outlive an interrupted launcher.

    With ``log`` its output is appended there, else it goes where ours goes.
    """
    with ExitStack() as stack:
        if log is not None:
            options |= {"stdout": stack.enter_context(log.open("ab")), "stderr": subprocess.STDOUT}
        child: subprocess.Popen[bytes] = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, start_new_session=True, **options
        )
        try:
            return child.wait()
        except BaseException:
            _end_group(child)
            raise


def _end_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def last_line(log: Path, mark: str = "") -> str:
    """Return the last line of a log that says something, of those with ``mark`` when there are any."""
    try:
        spoken = [
            line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()
        ]
    except FileNotFoundError:
        return ""
    marked = [line for line in spoken if mark in line]
    return (marked or spoken or [""])[-1][:300]


def turn_over(log: Path) -> None:
    """Put a log that has grown large aside, over the one before it, so that a demo of months does not fill the disk."""
    if log.exists() and log.stat().st_size > LARGE_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


@dataclass
class Child:
    """One running member of the family; ``title`` is what the reader calls it."""

    title: str
    process: subprocess.Popen[bytes]
    log: Path


class Family:
    """Processes that live and die together. Their ids are on disk, so that a later start can end what a crash left."""

    def __init__(self, record: Path, logs: Path, cwd: Path) -> None:
        self.record, self.logs, self.cwd = record, logs, cwd
        self.children: list[Child] = []

    def clear_leftovers(self) -> None:
        """End the children of a launcher that was killed before it could do so itself."""
        try:
            rows = json.loads(self.record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return
        for pid, since in rows:
            if born(pid) == since:
                end(pid)
        self.record.unlink(missing_ok=True)

    def start(self, title: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a member in its own process group, so that Ctrl-C reaches the launcher alone and the order of stopping is ours."""
        log = self.logs / f"{title}.log"
        turn_over(log)
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env=env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children.append(Child(title, process, log))
        rows = [(child.process.pid, born(child.process.pid)) for child in self.children]
        self.record.write_text(json.dumps(rows))

    def check(self) -> None:
        """Refuse to go on when a member has died."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise Refusal(
                    f"{child.title} 意外退出（代码 {code}），其余已停止，日志在 {child.log}（{last_line(child.log)}）。",
                    f"{child.title} died (exit code {code}) and the rest was stopped; its log is {child.log}.",
                )

    def stop(self) -> None:
        """Stop everybody: all are asked at once, then waited for, then what is left of their groups is killed."""
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + POLITE_SECONDS
        for child in reversed(self.children):
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()
        self.record.unlink(missing_ok=True)
