"""The pure parts of ``./portal``: what it says when it cannot go on, and how it reads arguments, locks and stamps."""

from __future__ import annotations

import ast
import errno
import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.launch import checks, commands, database, demo, environment, ground, pango, places, processes
from deploy.launch.places import Places
from deploy.launch.progress import Refusal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """An empty checkout in a path with a space and Chinese characters."""
    monkeypatch.delenv("PORTAL_VAR", raising=False)
    root = tmp_path / "碳 普惠"
    root.mkdir()
    return Places.of(root)


def test_the_launcher_imports_nothing_that_must_be_installed() -> None:
    for path in [ROOT / "portal", *(ROOT / "deploy" / "launch").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in {*sys.stdlib_module_names, "deploy"}, f"{path.name} imports {name}"


def test_a_taken_port_is_one_sentence_in_both_languages_and_code_2(
    checkout: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=f"端口 {port} 已被占用.*Port {port} is in use"):
            demo.demo(checkout, port)
    assert not (checkout.root / ".venv").exists(), "refused before anything was made"


def test_a_second_demo_names_the_first_one(checkout: Places) -> None:
    lock = checkout.make("run") / "demo.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4321 8000\n")
        held.flush()
        with pytest.raises(Refusal, match="演示已在运行（http://localhost:8000，进程 4321）"):
            demo.demo(checkout, 8001)


def test_without_the_venv_package_an_ordinary_user_is_told_its_name(
    checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    with pytest.raises(Refusal, match=r"缺少系统包 python3\.\d+-venv.*is missing"):
        environment.prepare(checkout)


def test_without_pango_and_without_apt_the_packages_are_named(
    checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pango, "_loads_here", lambda: False)
    monkeypatch.setattr(pango.shutil, "which", lambda name: None)
    with pytest.raises(Refusal, match=r"libpango-1\.0-0.*Pango is missing"):
        pango.provide(checkout)


def test_a_full_disk_is_told_before_anything_is_made(checkout: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.shutil, "disk_usage", lambda folder: SimpleNamespace(free=5 * 2**20))
    with pytest.raises(Refusal, match=r"磁盘空间不足：需要 1500 MB，.*只剩 5 MB。Not enough disk space"):
        environment.prepare(checkout)
    assert not checkout.venv.exists()


@pytest.mark.parametrize(
    ("number", "sentence"), [(errno.ENOSPC, "磁盘已满"), (errno.EACCES, "没有写入权限"), (errno.EROFS, "没有写入权限")]
)
def test_a_failed_write_is_a_sentence(number: int, sentence: str) -> None:
    assert sentence in commands.sentence_for(OSError(number, "", "var/log"))


def test_an_unknown_error_is_not_hidden() -> None:
    with pytest.raises(OSError, match="strange"):
        commands.sentence_for(OSError(errno.ENOTTY, "strange"))


@pytest.mark.parametrize(
    ("given", "guard", "rest"),
    [
        (["-k", "split", "tests/registry"], "", ["-k", "split", "tests/registry"]),
        (["--drop-guard", "all"], "all", []),
        (["-x", "--drop-guard=no_overlap", "tests/a.py::b"], "no_overlap", ["-x", "tests/a.py::b"]),
    ],
)
def test_pytest_gets_its_arguments_in_their_order(given: list[str], guard: str, rest: list[str]) -> None:
    assert commands.split_guard(given) == (guard, rest)


def test_a_guard_without_a_name_is_refused() -> None:
    with pytest.raises(Refusal, match="--drop-guard needs a name"):
        commands.split_guard(["--drop-guard"])


def test_the_whole_suite_runs_on_two_workers_and_a_part_as_asked() -> None:
    assert commands.pytest_arguments(["-q"]) == ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
    assert commands.pytest_arguments([f"{__file__}::name", "-x"]) == [f"{__file__}::name", "-x"]
    assert commands.pytest_arguments([], "one_guard") == []


@pytest.mark.parametrize("port", ["0", "65536", "eighty"])
def test_an_impossible_port_is_refused(port: str, checkout: Places) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.COMMANDS["demo"](checkout, ["--port", port])
    assert ended.value.code == 2


def test_an_unknown_command_shows_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run([ROOT / "portal", "dmeo"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "./portal demo" in done.stdout


def test_reset_without_an_answer_deletes_nothing(checkout: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = checkout.make("media") / "certificate.pdf"
    kept.touch()
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    assert commands.COMMANDS["reset"](checkout, []) == 1
    assert kept.exists()


def test_reset_deletes_the_data_and_leaves_what_was_downloaded(checkout: Places) -> None:
    data, library, tests = checkout.make("media"), checkout.make("lib"), checkout.make("test")
    (checkout.var / "env").write_text("SECRET_KEY=old\n")
    assert commands.COMMANDS["reset"](checkout, ["--yes"]) == 0
    assert not data.exists()
    assert not (checkout.var / "env").exists()
    assert library.exists()
    assert tests.exists()


def test_packages_are_installed_again_only_when_the_lock_changes(checkout: Places) -> None:
    lock = checkout.root / "requirements.txt"
    lock.write_text("a==1\n")
    (checkout.root / "requirements-dev.txt").write_text("a==1\nb==1\n")
    checkout.python.parent.mkdir(parents=True)
    checkout.python.touch()
    assert not environment.is_installed(checkout, "requirements.txt")
    (checkout.venv / "requirements.txt.stamp").write_text(environment.stamp_of(lock))
    assert environment.is_installed(checkout, "requirements.txt")
    assert not environment.is_installed(checkout, "requirements-dev.txt")
    lock.write_text("a==2\n")
    assert not environment.is_installed(checkout, "requirements.txt")


def test_a_failed_installation_quotes_the_error_and_not_what_followed(tmp_path: Path) -> None:
    log = tmp_path / "install.log"
    log.write_text("collecting\nERROR: no matching distribution for a==1\nsome advice\n\n")
    assert processes.last_line(log, "ERROR") == "ERROR: no matching distribution for a==1"
    assert processes.last_line(log) == "some advice"
    assert processes.last_line(tmp_path / "none.log", "ERROR") == ""


def test_the_secret_key_is_made_once_and_private(checkout: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = environment.secret_key(checkout)
    assert len(first) >= 50
    assert environment.secret_key(checkout) == first
    assert (checkout.var / "env").stat().st_mode & 0o777 == 0o600


def test_keys_that_a_restore_left_are_used_and_nothing_else_of_that_file(
    checkout: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pango, "variables", lambda places: {})
    for name in environment.KEYS:
        monkeypatch.delenv(name, raising=False)
    checkout.make()
    (checkout.var / "env").write_text("SECRET_KEY=restored\nPERSONAL_KEYS=2026:abc=\nALLOWED_HOSTS=evil.example\n")
    told = environment.variables(checkout, "postgresql:///x", "redis://x")
    assert (told["SECRET_KEY"], told["PERSONAL_KEYS"]) == ("restored", "2026:abc=")
    assert told["ALLOWED_HOSTS"] == "localhost,127.0.0.1"


def test_a_socket_folder_is_short_private_and_the_same_again(checkout: Places) -> None:
    deep = checkout.var / ("很长的目录" * 20)
    folder = places.socket_folder(deep, os.geteuid())
    assert folder == places.socket_folder(deep, os.geteuid())
    assert len(os.fsencode(folder)) < 90
    folder.chmod(0o755)
    with pytest.raises(Refusal, match="not privately ours"):
        places.socket_folder(deep, os.geteuid())
    folder.rmdir()


def test_locks_of_a_dead_server_are_stale_also_when_its_number_was_given_away() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    deadline_reached = not processes.await_end(ended.pid, 10)
    assert not deadline_reached
    assert not database.is_server(ended.pid), "a zombie is no server"
    assert not database.is_server(os.getpid()), "another program with that number is no server"
    ended.wait()


def test_the_last_one_out_stops_the_service(tmp_path: Path) -> None:
    happened: list[str] = []

    def using() -> object:
        return ground._shared(tmp_path, "service", lambda: happened.append("start"), lambda: happened.append("stop"))

    with using(), using():  # type: ignore[attr-defined]
        pass
    assert happened == ["start", "start", "stop"]


def test_every_check_runs_after_one_has_failed(
    checkout: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = Places(checkout.root, checkout.var)
    monkeypatch.setattr(Places, "python", property(lambda self: sys.executable))
    bad, good = ["-c", "raise SystemExit('it is wrong')"], ["-c", "print('not shown')"]
    monkeypatch.setattr(checks, "_commands", lambda places: {"first": bad, "second": good})
    assert checks.check(there, dict(os.environ)) == 1
    told = capsys.readouterr().out
    assert "✗ first" in told
    assert "it is wrong" in told
    assert "✓ second" in told
    assert "not shown" not in told


def test_locks_name_no_machine() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert not [line for line in text.splitlines() if line.startswith("-") or "://" in line]
        assert text.count("--hash=sha256:") > text.count("==") > 50
