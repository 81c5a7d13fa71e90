"""The commands of ``./portal`` and how their arguments are read."""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from deploy.launch import bundle, checks, ground
from deploy.launch.broker import Broker
from deploy.launch.browser import chromium
from deploy.launch.database import FORGETFUL, Cluster
from deploy.launch.demo import demo, stop
from deploy.launch.environment import DEVELOPMENT_LOCK, RUNTIME_LOCK, prepare, variables
from deploy.launch.places import Places, digest
from deploy.launch.progress import Refusal, speak_utf8, step

USAGE = """\
./portal demo [--port 8000]          装好、启动并讲完演示，Ctrl-C 停止 · set up, start and tell the demo
./portal test [pytest 参数]          全部测试 · the whole suite; [--drop-guard NAME|all] [--bundle]
./portal check                       静态检查 · static checks
./portal manage COMMAND …            manage.py，数据库随用随开 · manage.py with the database up
./portal backup [--to 目录] [--also 第二处]   备份数据库、文件与加密的密钥 · back up
./portal restore 备份 [--into URL --files 目录]   恢复到空数据库 · restore into an empty database
./portal bench NAME [参数]           性能测量 bench/NAME.py · a measurement; last line is JSON
./portal bundle [--to 目录] [--dev]   离线包：源码、依赖与系统库一个文件 · everything for a machine without a network
./portal stop                        停止演示 · stop the demo
./portal reset [--yes]               删除 var/ 中的演示数据 · delete the demo's data
"""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What a reset leaves: libraries that were downloaded, the ground of the tests, back-ups, and bundles.
_KEPT = {"lib", "test", "backups", "bundle"}


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code: 2 for a refusal, which is one sentence on stderr."""
    speak_utf8()
    if os.name == "nt":
        print("请在 WSL 或 Linux、macOS 上运行。Please run this in WSL, on Linux or macOS.", file=sys.stderr)
        return 2
    if os.geteuid() == 0:
        os.umask(0o022)  # the database's account must be able to walk through what root makes
    for number in _ENDING:
        signal.signal(number, _interrupt)
    name, *rest = arguments or ["help"]
    command = COMMANDS.get(name)
    if command is None:
        print(USAGE, end="")
        return 0 if name in {"help", "-h", "--help"} else 2
    try:
        return command(Places.of(Path(__file__).resolve().parents[2]), rest)
    except KeyboardInterrupt:
        return 0 if name == "demo" else 130
    except Refusal as refusal:
        print(f"  {refusal}", file=sys.stderr)
    except OSError as error:
        print(f"  {sentence_for(error)}", file=sys.stderr)
    return 2


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Begin to stop, once: a second Ctrl-C must not leave half of the processes behind."""
    for ending in _ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def sentence_for(error: OSError) -> str:
    """Return what a failed file operation means for the person at the keyboard; other errors are bugs and are raised."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"磁盘已满：{error.filename or ''}。The disk is full."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"没有写入权限：{error.filename}。No permission to write there; was it made by another user?"
    raise error


def _demo(places: Places, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("portal demo", allow_abbrev=False)
    parser.add_argument("--port", type=_port, default=8000)
    return demo(places, parser.parse_args(arguments).port)


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number}: 1–65535")
    return number


def _manage(places: Places, arguments: list[str]) -> int:
    prepare(places)
    with ground.portal_ground(places) as found:
        own = {"PORTAL_DEMO": os.environ.get("PORTAL_DEMO", "1")}
        env = variables(places, found.database_url, found.redis_url, **own)
        return _in_foreground([str(places.python), "manage.py", *arguments], env, places)


def _backup(places: Places, arguments: list[str]) -> int:
    return _manage(places, ["backup", *arguments])


def _restore(places: Places, arguments: list[str]) -> int:
    return _manage(places, ["restore", *arguments])


def _in_foreground(command: list[str], env: dict[str, str], places: Places) -> int:
    """Run a command at the terminal; Ctrl-C is for it to handle, we wait for its end."""
    child = subprocess.Popen(command, env=env, cwd=places.root)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            if not sys.stdin.isatty():
                child.terminate()


def split_guard(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the guard of ``--drop-guard NAME`` (empty when absent) and pytest's own arguments in their order."""
    guard, rest, queue = "", [], list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--drop-guard":
            if not queue:
                raise Refusal("--drop-guard 需要一个名称或 all。", "--drop-guard needs a name or all.")
            guard = queue.pop(0)
        elif word.startswith("--drop-guard="):
            guard = word.partition("=")[2]
        else:
            rest.append(word)
    return guard, rest


def pytest_arguments(arguments: Sequence[str], guard: str = "") -> list[str]:
    """Return pytest's arguments: the whole suite runs on two workers, a chosen part as it was asked for."""
    names_a_part = any(Path(word.partition("::")[0]).exists() for word in arguments if not word.startswith("-"))
    if names_a_part or guard not in {"", "all"}:
        return list(arguments)
    # Files go to a free worker in the order they are collected in, which is the longest first (tests/conftest.py); by itself
    # xdist puts files with few tests last, and those are the long ones.
    return ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *arguments]


def _test(places: Places, arguments: list[str]) -> int:
    if arguments == ["--bundle"]:  # a drill of minutes, so it is asked for by name
        arguments, os.environ["PORTAL_BUNDLE_DRILL"] = ["tests/operations/test_bundle.py"], "1"
    guard, rest = split_guard(arguments)
    prepare(places, development=True)
    own = {"PORTAL_TESTING": "1", "PORTAL_CHROMIUM": chromium(places), "PORTAL_DROP_GUARD": guard}
    base = places.make("test")
    with ExitStack() as stack:
        with step("等待其他测试结束", "after any other test run"):  # two runs would drop each other's databases
            stack.enter_context(ground.locked(base / "run" / "tests.door", fcntl.LOCK_EX))
        with step("测试用数据库与消息服务", "test database and broker"):
            cluster = stack.enter_context(ground.own_database(places, base, FORGETFUL))
            cluster.create(ground.DATABASE)
            broker = stack.enter_context(ground.own_broker(places, base))
        own |= {"PORTAL_VAR": str(base), "PUBLIC_URL": "http://localhost:8000", "PORTAL_DEMO": "1"}
        env = variables(places, cluster.url(ground.DATABASE), broker.url, **own)
        command = [str(places.python), "-m", "pytest", *pytest_arguments(rest, guard)]
        return _in_foreground(command, env, places)


def _check(places: Places, arguments: list[str]) -> int:
    argparse.ArgumentParser("portal check").parse_args(arguments)
    prepare(places, development=True)
    with ground.own_database(places, places.make("test"), FORGETFUL) as cluster:
        cluster.create(ground.DATABASE)
        own = checks.PRODUCTION | {"PORTAL_DB_ROLE": ""}
        env = variables(places, cluster.url(ground.DATABASE), "redis://localhost:6379/0", **own)
        return checks.check(places, env)


def _bench(places: Places, arguments: list[str]) -> int:
    """Run a bench on an empty database of its own, on a server with PostgreSQL's default durability."""
    known = sorted(
        path.stem for path in (places.root / "bench").glob("*.py") if path.stem not in {"__init__", "report", "visitor"}
    )
    if not arguments or arguments[0] not in known:
        listed = "、".join(known) or "（无）"
        raise Refusal(f"可用的测量：{listed}。", f"Choose one of: {', '.join(known) or 'none'}.")
    name, *rest = arguments
    prepare(places, development=True)
    base = places.make("bench")
    with ground.own_database(places, base) as cluster, ground.own_broker(places, base) as broker:
        database = f"bench_{name}"
        cluster.drop(database)
        cluster.create(database)
        own = {"PORTAL_VAR": str(base), "PORTAL_DEMO": "1", "STATEMENT_TIMEOUT_MS": "0"}
        env = variables(places, cluster.url(database), broker.url, **own)
        return _in_foreground([str(places.python), "-m", f"bench.{name}", *rest], env, places)


def _bundle(places: Places, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("portal bundle", allow_abbrev=False)
    parser.add_argument("--to", type=Path, default=places.var / "bundle")
    parser.add_argument("--dev", action="store_true", help="with the tools of the tests")
    given = parser.parse_args(arguments)
    prepare(places)
    print(bundle.make(places, given.to.absolute(), DEVELOPMENT_LOCK if given.dev else RUNTIME_LOCK))
    return 0


def _stop(places: Places, arguments: list[str]) -> int:
    argparse.ArgumentParser("portal stop").parse_args(arguments)
    found = stop(places)
    if not os.environ.get("DATABASE_URL") and (places.var / "postgres").exists():
        _stop_ground(places)
    print("演示已停止。The demo is stopped." if found else "没有在运行的演示。No demo is running.")
    return 0


def _stop_ground(places: Places) -> None:
    """End a database and broker whose launcher was killed, or which ``./portal manage`` still uses."""
    Cluster(places, places.var).stop()
    Broker(places, places.var).stop()


def _reset(places: Places, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("portal reset", allow_abbrev=False)
    parser.add_argument("--yes", action="store_true")
    if not parser.parse_args(arguments).yes:
        print(
            f"将删除 {places.var} 中的演示数据库、文件与密钥，不可恢复。This deletes the demo's database, files and key."
        )
        try:
            answer = input("输入 yes 继续 · type yes to go on: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            print("没有删除任何内容。Nothing was deleted.")
            return 1
    _stop(places, [])
    _delete_data(places)
    print("已重置。The demo's data are gone.")
    return 0


def _delete_data(places: Places) -> None:
    for entry in places.var.iterdir():
        if entry.name in _KEPT:
            continue
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
        else:
            shutil.rmtree(entry)
    shelter = Path("/var/lib/carbon-portal") / digest(places.var)
    if os.geteuid() == 0 and shelter.exists():
        shutil.rmtree(shelter)


COMMANDS: dict[str, Callable[[Places, list[str]], int]] = {
    "demo": _demo,
    "test": _test,
    "check": _check,
    "manage": _manage,
    "backup": _backup,
    "restore": _restore,
    "bench": _bench,
    "bundle": _bundle,
    "stop": _stop,
    "reset": _reset,
}
