"""``./portal check``: everything that can be said about the code without running the suite, one line per check."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.launch.places import Places

# A public deployment as it should be, so that ``check --deploy`` speaks about the code and not about this machine.
PRODUCTION = {
    "PORTAL_DEMO": "0",
    "PORTAL_TESTING": "0",
    "PUBLIC_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    # 32 bytes each that open nothing: no row was ever sealed with them.
    "PERSONAL_KEYS": f"check:{base64.b64encode(bytes(32)).decode()}",
    "PERSONAL_PEPPER": base64.b64encode(bytes(32)).decode(),
}
_LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def _commands(places: Places) -> dict[str, list[str]]:
    manage = ["manage.py"]
    return {
        "ruff": ["-m", "ruff", "check", "--no-cache", "."],
        "format": ["-m", "ruff", "format", "--no-cache", "--check", "."],
        "import contracts": ["-c", _LINT_IMPORTS],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "deploy check": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "translations": ["-m", "deploy.translations"],
        "mypy": ["-m", "mypy", "--no-error-summary", "."],
    }


def check(places: Places, env: Mapping[str, str]) -> int:
    """Run every check, also after one has failed; return 1 when one did."""
    failed = [
        name
        for name, command in _commands(places).items()
        if not _passes(places.root, places.python, name, command, env)
    ]
    if failed:
        print(f"  未通过 · failed: {', '.join(failed)}")
    return 1 if failed else 0


def _passes(root: Path, python: Path, name: str, command: list[str], env: Mapping[str, str]) -> bool:
    begun = time.monotonic()
    told = subprocess.run([python, *command], env=dict(env), cwd=root, capture_output=True, text=True, check=False)
    good = told.returncode == 0
    print(f"  {'✓' if good else '✗'} {name}  {time.monotonic() - begun:.1f} s", flush=True)
    if not good:
        print((told.stdout + told.stderr).rstrip(), flush=True)
    return good
