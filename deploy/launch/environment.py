"""The interpreter, the packages and the variables of the child processes."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.launch import bundle, pango
from deploy.launch.places import INSTALL_BYTES, START_BYTES, Places, require_space
from deploy.launch.processes import last_line, run
from deploy.launch.progress import Refusal, step

# What a restore writes into ``var/env``; nothing else is believed there.
KEYS = ("SECRET_KEY", "PERSONAL_KEYS", "PERSONAL_PEPPER", "LOG_SIGNING_KEY")
RUNTIME_LOCK, DEVELOPMENT_LOCK = "requirements.txt", "requirements-dev.txt"


def prepare(places: Places, *, development: bool = False) -> None:
    """Make what any command needs: ``.venv`` with the locked packages, and Pango. Quick when nothing has changed.

    ``development`` adds the tools of the tests and checks. Refuses without disk space, ``ensurepip`` or the packages.
    """
    places.make("log")
    wanted = DEVELOPMENT_LOCK if development else RUNTIME_LOCK
    installed = is_installed(places, wanted)
    require_space(places.root, START_BYTES if installed else INSTALL_BYTES)
    require_space(places.var, START_BYTES)
    if not installed:
        if not places.python.exists() or not _has_pip(places):
            _make_venv(places)
        _install(places, wanted)
    pango.provide(places)


def stamp_of(lock: Path) -> str:
    """Return what marks an installation: the hash of its lock and the interpreter it was made for."""
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info.major}.{sys.version_info.minor}"


def is_installed(places: Places, wanted: str) -> bool:
    """Return whether ``.venv`` holds a lock's packages. The development lock contains the runtime one."""
    if not places.python.exists():
        return False
    return any(
        (places.venv / f"{name}.stamp").is_file()
        and (places.venv / f"{name}.stamp").read_text() == stamp_of(places.root / name)
        for name in {wanted, DEVELOPMENT_LOCK}
    )


def _has_pip(places: Places) -> bool:
    return not subprocess.run([places.python, "-c", "import pip"], capture_output=True, check=False).returncode


def _make_venv(places: Places) -> None:
    package = f"python3.{sys.version_info.minor}-venv"
    if importlib.util.find_spec("ensurepip") is None:
        may_install = os.geteuid() == 0 and shutil.which("apt-get")
        if not (may_install and pango.apt_install(places, package)):
            raise Refusal(
                f"缺少系统包 {package}：请以管理员执行 apt-get install {package} 后重试。",
                f"The system package {package} is missing: install it as administrator and try again.",
            )
    log = places.make("log") / "install.log"
    with step("Python 环境", ".venv"):
        code = run(
            [sys.executable, "-m", "venv", "--clear", str(places.venv)], env=os.environ, cwd=places.root, log=log
        )
    if code:
        raise Refusal(f"无法建立 .venv（{last_line(log)}）。", f"The .venv could not be made; see {log}.")


def _install(places: Places, wanted: str) -> None:
    log = places.make("log") / "install.log"
    command = [str(places.python), "-m", "pip", "install", "--require-hashes", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-q", "-r", str(places.root / wanted)]
    wheels = bundle.wheels_of(places)
    if wheels is not None:  # a machine without a network: nothing is asked for outside, not even by its own settings
        command += ["--isolated", "--no-index", "--find-links", str(wheels)]
    # Compiled once here, not by every first start; some machines switch that off for ordinary runs.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PIP_CONFIG_FILE": os.devnull} if wheels is not None else {}
    with step("安装依赖", wanted):
        code = run(command, env=env, cwd=places.root, log=log)
    if code:
        raise Refusal(
            f"依赖没有装好（{last_line(log, 'ERROR')}）。", f"The packages could not be installed; see {log}."
        )
    (places.venv / f"{wanted}.stamp").write_text(stamp_of(places.root / wanted))


def secret_key(places: Places) -> str:
    """Return the key of this deployment: ``SECRET_KEY``, else one made once and kept in ``var/env``, readable by us only."""
    given = os.environ.get("SECRET_KEY")
    if given:
        return given
    kept = places.make() / "env"
    if not kept.exists():
        fresh = kept.with_name(f"env.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
        try:
            os.link(fresh, kept)  # of two first starts at once, both use the key of the one that came first
        except FileExistsError:
            pass
        fresh.unlink()
    for line in kept.read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "SECRET_KEY" and value:
            return value
    raise Refusal(
        f"{kept} 里没有 SECRET_KEY，请删除该文件后重试。", f"{kept} holds no SECRET_KEY; remove it and try again."
    )


def _kept_keys(places: Places) -> dict[str, str]:
    """Return what ``var/env`` holds: one key of a fresh demo, all four after a restore."""
    kept = places.var / "env"
    lines = kept.read_text().splitlines() if kept.exists() else []
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name in KEYS and value}


def variables(places: Places, database_url: str, redis_url: str, **own: str) -> dict[str, str]:
    """Return the environment of a child process; ``own`` wins over the caller's variables, and these over our defaults."""
    key = secret_key(places)
    defaults = _kept_keys(places) | {
        "DJANGO_SETTINGS_MODULE": "carbon_portal.settings",
        "SECRET_KEY": key,
        "PORTAL_VAR": str(places.var),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": "http://localhost:8000",
    }
    fixed = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    return defaults | dict(os.environ) | fixed | pango.variables(places) | own
