"""A worker or the whole server is killed in the middle of a file: what the books hold in the end is what an undisturbed run gives.

On a cluster of its own with PostgreSQL's durability on, because the servers of the other tests may not be killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from carbon_portal.backup.tools import tool
from deploy.launch.database import Cluster
from deploy.launch.places import Places
from tests import databases
from tests.databases import ROOT
from tests.servers import environment

SETTLE = "import django; django.setup(); from scenarios.services.ingestion import settle_waiting; settle_waiting()"
PREPARE = "import django; django.setup(); from tests.flows.test_killed import prepare; prepare()"
# Nothing that tells one run from another, times, attempts and events, only what the books say.
BOOKS = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT format('act %s', a) AS line FROM scenarios_act a
    UNION ALL SELECT format('key %s', k) FROM scenarios_actkey k
    UNION ALL SELECT format('refusal %s', r) FROM scenarios_refusal r
    UNION ALL SELECT format('account %s', c) FROM scenarios_carbonaccount c
    UNION ALL SELECT format('upload %s %s %s %s %s %s', id, state, sent, accepted, refused, saved_mg) FROM scenarios_upload) told
"""


def prepare() -> None:
    """Make riders and two files that wait, the second telling a part of the first again. Runs in a process of its own."""
    from carbon_portal.story.recalling import recall
    from tests import riding

    world, one = recall(), riding.historic()
    partner = riding.platform(world, scenes=[one])
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    for number in range(20):
        riding.rider(world, f"r{number}", (partner, one), since=start - timedelta(days=1))
    rows = [
        riding.ride(
            f"r{number % 20}", f"t{number}", start + timedelta(minutes=15 * (number // 20)), 20 - number % 3 * 5
        )
        for number in range(400)
    ]
    riding.send(partner, one, riding.csv_of(*rows))
    riding.send(partner, one, riding.csv_of(*rows[100:], riding.ride("r0", "late", start + timedelta(days=2))))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A durable server of this module's own, with a database "before" in which two files wait."""
    base = tmp_path_factory.mktemp("killed")
    name = databases.clone(f"killed_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    _run(PREPARE, databases.url(name), base).check_returncode()
    server = Cluster(Places.of(ROOT), base)
    server.start()
    server.create("before")
    server.ask("CREATE ROLE portal_app NOLOGIN")
    with psycopg.connect(server.url("before")) as conn:
        version = conn.info.server_version // 10_000
    dump = ["--format=custom", f"--file={base / 'before.dump'}", databases.url(name)]
    subprocess.run([tool("pg_dump", version), *dump], check=True)
    subprocess.run([tool("pg_restore", version), f"--dbname={server.url('before')}", base / "before.dump"], check=True)
    databases.drop(name)
    yield server
    server.stop()


def _run(script: str, url: str, var: Path) -> subprocess.CompletedProcess[bytes]:
    env = _env(url, var)
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, check=False)


def _env(url: str, var: Path) -> dict[str, str]:
    # A file waits as long as it must: the test decides when the lock it waits for is let go.
    more = {"LOCK_TIMEOUT_MS": "0", "STATEMENT_TIMEOUT_MS": "0", "PORTAL_VAR": str(var)}
    return environment(url, DJANGO_SETTINGS_MODULE="carbon_portal.settings", **more)


@pytest.fixture
def again(cluster: Cluster) -> str:
    """A fresh copy of "before"; gives its URL."""
    cluster.drop("again")
    cluster.ask('CREATE DATABASE "again" TEMPLATE "before"')
    return cluster.url("again")


@pytest.fixture(scope="module")
def undisturbed(cluster: Cluster) -> str:
    """What the books say after a run that nobody disturbs."""
    cluster.ask('CREATE DATABASE "undisturbed" TEMPLATE "before"')
    url = cluster.url("undisturbed")
    _run(SETTLE, url, cluster.base).check_returncode()
    assert _ask(url, "SELECT sum(accepted) > 200 AND sum(refused) > 200 FROM scenarios_upload WHERE state = 'SETTLED'")
    return str(_ask(url, BOOKS))


def _ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(question).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


@contextmanager
def _stopped_inside(url: str, var: Path, hold: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that has come to the lock ``hold`` takes, in the middle of its transaction, and waits there."""
    with psycopg.connect(url) as conn:
        conn.execute(hold)  # type: ignore[call-overload]
        worker = subprocess.Popen([sys.executable, "-c", SETTLE], cwd=ROOT, env=_env(url, var), stderr=subprocess.PIPE)
        for _turn in range(300):
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'again' AND wait_event_type = 'Lock'"
            if _ask(url, waiting):
                break
            time.sleep(0.1)
        else:
            raise AssertionError("the worker never came to the lock")
        yield worker


HOLDS = {
    "while it waits for its turn": "SELECT pg_advisory_xact_lock(7203101)",
    "after acts and keys, before the credit": "SELECT 1 FROM scenarios_carbonaccount LIMIT 1 FOR UPDATE",
}


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_a_killed_worker_leaves_nothing_half_done(cluster: Cluster, again: str, undisturbed: str, hold: str) -> None:
    """kill -9 in the middle; nothing of the file is there, and the next worker takes it at once."""
    with _stopped_inside(again, cluster.base, hold) as worker:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)
    assert _ask(again, "SELECT count(*) FROM scenarios_act") == 0
    assert _ask(again, "SELECT count(*) FROM scenarios_refusal") == 0
    _run(SETTLE, again, cluster.base).check_returncode()
    assert _ask(again, BOOKS) == undisturbed


def _kill_server(cluster: Cluster) -> None:
    pid = cluster.pid()
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for one in (pid, *map(int, children)):
        with suppress(ProcessLookupError):  # some end by themselves as soon as the first is gone
            os.kill(one, signal.SIGKILL)


def test_a_killed_server_leaves_nothing_half_done(cluster: Cluster, again: str, undisturbed: str) -> None:
    """kill -9 of every PostgreSQL process; after its recovery the sweep finishes as if nothing had been."""
    hold = HOLDS["after acts and keys, before the credit"]
    try:
        with _stopped_inside(again, cluster.base, hold) as worker:
            _kill_server(cluster)
            worker.wait(30)
    except psycopg.OperationalError:
        pass  # the connection that held the lock is gone with the server
    for _turn in range(100):
        if cluster.pid() is None:
            break
        time.sleep(0.1)
    cluster.start()
    assert _ask(again, "SELECT count(*) FROM scenarios_act") == 0
    _run(SETTLE, again, cluster.base).check_returncode()
    assert _ask(again, BOOKS) == undisturbed
