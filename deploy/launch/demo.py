"""``./portal demo``: from nothing to a running portal with a told story, and back to nothing running on Ctrl-C."""

from __future__ import annotations

import fcntl
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.launch.broker import port_is_free
from deploy.launch.environment import prepare, variables
from deploy.launch.ground import portal_ground
from deploy.launch.places import Places
from deploy.launch.processes import Family, born, end, last_line, run
from deploy.launch.progress import Refusal, step

_READY_SECONDS = 60.0
# Commands of the portal, in order: (what it is for, arguments). Each may be run again and then changes nothing.
_PREPARATION = (
    ("数据库结构", "migrate", ("migrate", "--noinput", "-v", "0")),
    ("基础数据、演示经过、静态文件", "reference data, demo story, static files", ("prepare_demo",)),
)


def demo(places: Places, port: int) -> int:
    """Run the demo on ``port`` until it is interrupted. Refuses when the port is taken or the demo runs already."""
    with _only_one(places, port):
        family = Family(places.make("run") / "children.json", places.make("log"), places.root)
        family.clear_leftovers()
        require_port(port)
        prepare(places)
        public_url = os.environ.get("PUBLIC_URL") or f"http://localhost:{port}"
        with portal_ground(places) as ground:
            own = {"PORTAL_DEMO": "1", "PUBLIC_URL": public_url}
            env = variables(places, ground.database_url, ground.redis_url, **own)
            _tell(places, env)
            try:
                with step("网页、任务与定时", "web, worker and beat"):
                    _start(family, places, env, port)
                    _wait_until_ready(family, port)
                _show(places, env, public_url)
                while True:
                    family.check()
                    ground.check()
                    time.sleep(0.5)
            finally:
                print("  正在停止 · stopping …", file=sys.stderr)
                family.stop()


def require_port(port: int) -> None:
    """Refuse when somebody listens on the port already."""
    if not port_is_free(port):
        raise Refusal(
            f"端口 {port} 已被占用，请用 --port 换一个。",
            f"Port {port} is in use; choose another one with --port.",
        )


@contextmanager
def _only_one(places: Places, port: int) -> Iterator[None]:
    """Let one demo run per ``var`` folder; its process id and port are in the lock for ``stop`` and for the sentence."""
    with _lock_file(places).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid, _, other = file.read().partition(" ")
            raise Refusal(
                f"演示已在运行（http://localhost:{other.strip()}，进程 {pid}），可用 ./portal stop 停止。",
                f"The demo is already running (process {pid}); ./portal stop ends it.",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {port}\n")
        file.flush()
        yield


def _lock_file(places: Places) -> Path:
    return places.make("run") / "demo.lock"


def _tell(places: Places, env: Mapping[str, str]) -> None:
    log = places.make("log") / "prepare.log"
    for chinese, english, arguments in _PREPARATION:
        with step(chinese, english):
            if run([str(places.python), "manage.py", *arguments], env=env, cwd=places.root, log=log):
                raise Refusal(
                    f"“{chinese}”没有完成，日志在 {log}（{last_line(log)}）。",
                    f"“{english}” did not finish; its log is {log}.",
                )


def _start(family: Family, places: Places, env: Mapping[str, str], port: int) -> None:
    python = [str(places.python), "-m"]
    web = ["gunicorn", "--config", "deploy/gunicorn_conf.py", "carbon_portal.wsgi:application"]
    family.start("web", [*python, *web], {**env, "WEB_BIND": f"127.0.0.1:{port}", "PORTAL_DB_POOL": "1"})
    celery = [*python, "celery", "-A", "carbon_portal"]
    worker = [
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "2",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    ]
    # What a page must give up after 15 s, a task of the night may take ten minutes for.
    family.start("worker", [*celery, *worker], {**env, "STATEMENT_TIMEOUT_MS": "600000"})
    schedule = places.make("beat") / "schedule"
    family.start("beat", [*celery, "beat", "--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"], env)


def _wait_until_ready(family: Family, port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        family.check()
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/health/ready", headers={"Host": "localhost"})
            if line.getresponse().status == http.client.OK:
                return
        if time.monotonic() > deadline:
            log = family.logs / "web.log"
            raise Refusal(
                f"{_READY_SECONDS:.0f} 秒内没有就绪，日志在 {log}（{last_line(log)}）。",
                f"The portal was not ready within {_READY_SECONDS:.0f} s; its log is {log}.",
            )
        time.sleep(0.1)


def _show(places: Places, env: Mapping[str, str], public_url: str) -> None:
    print(f"\n  {public_url}/            公众网站 · public pages")
    print(f"  {public_url}/login/      登录 · log in")
    print(f"  {public_url}/manage/     办公后台 · office\n", flush=True)
    subprocess.run([places.python, "manage.py", "demo_logins"], env=dict(env), cwd=places.root, check=False)
    print("\n  按 Ctrl-C 停止 · Ctrl-C stops everything\n", flush=True)


def stop(places: Places) -> bool:
    """Stop a running demo and what a killed one has left; returns whether there was anything to stop."""
    found = False
    with _lock_file(places).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = int(file.read().split()[0])
            found = born(pid) is not None
            end(pid, seconds=40.0)
    Family(places.make("run") / "children.json", places.make("log"), places.root).clear_leftovers()
    return found
