"""What partners are told in docs/api-signing.md is true: the vector, the list of refusals, the script."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts import signing
from accounts.services.clients import issue_api_key
from carbon_portal.story import World

DOCS = Path(settings.BASE_DIR) / "docs"
PAPER = (DOCS / "api-signing.md").read_text()


def said(name: str) -> str:
    """Return what stands beside a name in the worked example."""
    found = re.search(rf"^\| `?{re.escape(name)}`? \| `([^`]+)` \|$", PAPER, re.MULTILINE)
    assert found is not None, name
    return found[1]


def vector() -> dict[str, str]:
    """Return the five headers of the example."""
    names = ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Content-SHA256", "X-Signature")
    return {name: said(name) for name in names}


def body() -> bytes:
    """Return the body of the example."""
    return said("body").replace("\\n", "\n").encode()


def script() -> Any:
    """Load the script partners run on their own machine."""
    spec = importlib.util.spec_from_file_location("sign_request", DOCS / "sign_request.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_worked_example_comes_out() -> None:
    path = said("url").removeprefix("https://portal.example")

    headers = signing.sign(
        said("X-Key-Id"),
        said("secret"),
        said("method"),
        path,
        body(),
        timestamp=int(said("X-Timestamp")),
        nonce=said("X-Nonce"),
    )

    assert headers == vector()
    lines = signing.canonical(said("method"), path, said("X-Timestamp"), said("X-Nonce"), said("X-Content-SHA256"))
    assert f"```\n{lines.decode()}\n```" in PAPER


def test_the_script_comes_to_the_same() -> None:
    made = script().signed(
        said("X-Key-Id"), said("secret"), said("method"), said("url"), body(), said("X-Timestamp"), said("X-Nonce")
    )

    assert made == vector()


def test_every_refusal_is_listed() -> None:
    source = Path(signing.__file__).read_text()
    codes = set(re.findall(r'_(?:refuse|written_down)\(\s*sent, "([a-z_]+)"', source))

    assert codes == set(re.findall(r"^\| 4\d\d \| `([a-z_]+)` \|", PAPER, re.MULTILINE))
    assert len(codes) == 8


@pytest.mark.parametrize("query", ["", "?a=1&name=%E9%AA%91%E8%A1%8C%20x.csv"])
def test_the_script_is_answered_by_a_real_server(committed_world: World, server: str, query: str) -> None:
    key = issue_api_key(
        committed_world.organisations["owner"],
        committed_world.people["owner-maker"],
        by=committed_world.people["security"],
    )
    command = [sys.executable, str(DOCS / "sign_request.py"), key.key.key_id, "GET", f"{server}/api/v1/holdings{query}"]

    run = subprocess.run(
        command, env={**os.environ, "PORTAL_API_SECRET": key.secret}, capture_output=True, text=True, check=False
    )
    wrong = subprocess.run(
        command, env={**os.environ, "PORTAL_API_SECRET": "x"}, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    assert {row["account"] for row in json.loads(run.stdout)["results"]} == {committed_world.accounts["owner"].number}
    assert (wrong.returncode, json.loads(wrong.stderr)["code"]) == (1, "bad_signature")
