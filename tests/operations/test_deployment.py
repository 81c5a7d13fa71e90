"""The papers of a deployment: every variable is explained, the example starts, and every command that is named exists."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from deploy.launch import commands, processes
from tests.architecture.names import STACK, sources

ROOT = Path(__file__).resolve().parents[2]
# Set by a test run or by gunicorn itself, never by whoever runs the portal.
NOT_FOR_PEOPLE = {"PORTAL_TESTING", "PROMETHEUS_MULTIPROC_DIR", "DJANGO_SETTINGS_MODULE"}
SECRETS = {
    "SECRET_KEY": "0123456789abcdefghij" * 3,
    "PERSONAL_KEYS": "2026:" + "A" * 43 + "=",
    "PERSONAL_PEPPER": "B" * 42 + "A=",
    "LOG_SIGNING_KEY": "0a" * 32,
}


def _example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _read_by(path: Path) -> set[str]:
    """Return the variables a file reads: by a function of ``env`` or from ``os.environ``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called.startswith("env.") or called == "os.environ.get":
                found.add(node.args[0].value)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.add(ast.literal_eval(node.slice))
    return {name for name in found if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z_]+", name)}


def test_every_variable_is_in_the_example_and_no_other() -> None:
    paths = [path for app in STACK for path in sources(app)] + [ROOT / "deploy" / "gunicorn_conf.py"]
    read = set().union(*(_read_by(path) for path in paths)) - NOT_FOR_PEOPLE
    assert len(read) > 25
    assert set(_example()) == read


def test_every_variable_of_the_example_is_explained_in_both_languages() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    paragraphs = re.findall(r"((?:^#.*\n)+)((?:^[A-Z_]+=.*\n)+)", text, re.MULTILINE)
    assert sum(names.count("=") for _comment, names in paragraphs) >= len(_example()), "none stands without words"
    for comment, names in paragraphs:
        assert re.search(r"[\u4e00-\u9fff]", comment), names
        assert re.search(r"[A-Za-z]{3}", comment), names


# Every page and command is loaded by this check, and with them nothing that only a paper needs: each process would start a second
# later.
CHECKED = """
import runpy, sys
sys.argv = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
runpy.run_path("manage.py", run_name="__main__")
print("drawing:", *sorted({"weasyprint", "cn2an"} & sys.modules.keys()))
"""


def test_a_deployment_starts_from_the_example_and_its_secrets() -> None:
    """Copied, with the secrets filled in: settings load, and Django has nothing to say against it."""
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH"}}
    told = _example() | SECRETS
    done = subprocess.run(
        [sys.executable, "-c", CHECKED],
        env=env | told, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "drawing:"


@pytest.mark.parametrize("missing", sorted(SECRETS.keys() - {"LOG_SIGNING_KEY"}))
def test_a_deployment_without_a_secret_does_not_start(missing: str) -> None:
    env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH"}}
    done = subprocess.run(
        [sys.executable, "-c", "import carbon_portal.settings"],
        env=env | _example() | SECRETS | {missing: ""}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr


def _compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))  # type: ignore[no-any-return]


def test_every_process_of_the_portal_gets_the_variables_and_a_log_with_an_end() -> None:
    services = _compose()["services"]
    assert {"db", "broker", "prepare", "web", "worker", "beat"} == set(services)
    for name, service in services.items():
        assert service["logging"]["options"] == {"max-size": "20m", "max-file": "10"}, name
        if service.get("image") == "carbon-portal":
            assert service["env_file"] == ".env"
            assert set(service["environment"]) <= set(_example()), name
    assert services["prepare"]["environment"]["PORTAL_DB_ROLE"] == "", "migrations run as the owner"
    assert all("PORTAL_DB_ROLE" not in services[name]["environment"] for name in ("web", "worker", "beat"))


def _named_commands() -> set[str]:
    """Return every ``manage.py`` command that compose and the documents name."""
    texts = [path.read_text("utf-8") for path in [ROOT / "compose.yaml", *(ROOT / "docs").glob("*.md")]]
    return set(re.findall(r"(?:manage\.py|portal manage) ([a-z_]+)", "\n".join(texts)))


def test_the_commands_that_are_named_exist() -> None:
    assert {"migrate", "seed", "collectstatic", "backup", "restore"} <= _named_commands()
    assert _named_commands() <= set(get_commands())
    named = re.findall(r"\./portal ([a-z]+)", (ROOT / "docs" / "operations.md").read_text("utf-8"))
    assert set(named) - {"help"} <= set(commands.COMMANDS)


def test_the_programs_of_the_containers_exist() -> None:
    words = [
        service["command"]
        for service in _compose()["services"].values()
        if service.get("image") == "carbon-portal" and "command" in service
    ]
    (image,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    modules = [command[2] for command in [*words, ast.literal_eval(image)] if command[:2] == ["python", "-m"]]
    assert sorted(modules) == ["celery", "celery", "gunicorn"]
    assert all(importlib.util.find_spec(module) for module in modules)
    assert (ROOT / "deploy" / "gunicorn_conf.py").exists()


def test_compose_is_readable_for_docker() -> None:
    """Where the program is installed it also needs no daemon for this."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose on this machine")
    env = {"PATH": os.environ["PATH"], "DB_PASSWORD": "a", "BROKER_PASSWORD": "b", "HOME": "/tmp"}
    command = [docker, "compose", "-f", "compose.yaml", "config", "--quiet", "--no-env-resolution"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, shlex.join(command) + done.stderr


def test_a_large_log_is_turned_over_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "web.log"
    log.write_text("one line\n")
    processes.turn_over(log)
    assert log.exists()
    monkeypatch.setattr(processes, "LARGE_LOG_BYTES", 4)
    processes.turn_over(log)
    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text() == "one line\n"
