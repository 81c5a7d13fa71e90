"""What the whole stack keeps in memory while nobody does anything: ``./portal bench memory [--rest 60]``.

The demo is told and started on a database of its own; after a rest the proportional set sizes (PSS, which parts shared pages
fairly) of every process of it are added up. Linux only. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")

from deploy.launch.broker import free_port  # noqa: E402

LIMIT_MB = 1200
_TITLES = (
    ("postgres", "postgres"),
    ("valkey", "broker"),
    ("redis-server", "broker"),
    ("gunicorn", "web"),
    ("worker", "worker"),
    ("beat", "beat"),
)
_READY_S = 600


def family(root: int) -> list[int]:
    """Return a process and all below it; the servers of the launcher are its children, also in sessions of their own."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def pss_kb(pid: int) -> int:
    """Return the proportional set size of a process in KiB; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) if found else 0


def title(pid: int) -> str:
    """Return what a process is to a reader."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "gone"
    return next((name for mark, name in _TITLES if mark in words), "launcher")


def _ready(port: int, demo: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and demo.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(1)
        else:
            return
    raise SystemExit("the demo did not start")


def main() -> None:
    """Start, rest, add up, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rest", type=int, default=60, help="seconds before it is measured")
    rest, port = parser.parse_args().rest, free_port()
    # The demo finds its own database and broker; the bench's are only asked for the version at the end.
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    os.environ["PORTAL_DB_ROLE"] = ""
    with tempfile.TemporaryDirectory(prefix="portal-memory-") as var:
        Path(var).chmod(0o755)
        own |= {
            "PORTAL_VAR": var,
            "PORTAL_DEMO": "1",
            "PUBLIC_URL": f"http://localhost:{port}",
            "STATEMENT_TIMEOUT_MS": "15000",
        }
        demo = subprocess.Popen(
            [sys.executable, str(ROOT / "portal"), "demo", "--port", str(port)],
            cwd=ROOT, env=own, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            _ready(port, demo)
            time.sleep(rest)
            found = [(title(pid), pss_kb(pid)) for pid in family(demo.pid)]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
    sums: dict[str, int] = {}
    for name, size in found:
        sums[name] = sums.get(name, 0) + size
    megabytes = {name: round(size / 1024) for name, size in sorted(sums.items())}
    total = sum(megabytes.values())
    import django

    django.setup()
    from bench.report import print_report

    print_report(
        "memory",
        pss_mb=megabytes,
        total_mb=total,
        limit_mb=LIMIT_MB,
        within=total <= LIMIT_MB,
        processes=len(found),
        rest_s=rest,
    )


if __name__ == "__main__":
    main()
