"""Every constraint and trigger has a code, a sentence and a test that is red without it.

That each test tries its act without the guard as well is seen to by ``tests/guards.py`` whenever the test runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from accounts.workflow import refusals
from tests.architecture.names import ROOT, guards
from tests.guards import listed


def test_every_guard_is_listed_with_its_test_and_no_other() -> None:
    """``guards.toml`` is complete, so that dropping "all" drops all."""
    names = Counter(guard.name for _model, guard in guards())
    assert names.keys() == listed().keys()
    assert max(names.values()) == 1
    assert len(set(listed().values())) == len(listed()), "two guards share a test"


def test_every_guard_tells_people_in_chinese_what_is_wrong() -> None:
    """A refusal by the database reaches a person as the sentence beside the guard."""
    for _model, guard in guards():
        code, message = refusals()[guard.name]
        assert code.isidentifier(), guard.name
        assert any("\u4e00" <= character <= "\u9fff" for character in str(message)), guard.name


def _pytest(*arguments: str, drop: str) -> subprocess.CompletedProcess[str]:
    # A worker name of its own, else the run would take this worker's database away.
    env = {**os.environ, "PORTAL_DROP_GUARD": drop, "PYTEST_XDIST_WORKER": "guards"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.django_db
def test_one_dropped_guard_leaves_its_test_plainly_red() -> None:
    """What ``./portal test --drop-guard NAME`` shows: one test, failed, exit 1."""
    test = listed()["block_serials_held_once"]
    run = _pytest(test.partition("::")[0], drop="block_serials_held_once")
    assert run.returncode == 1, run.stdout[-4000:]
    assert "1 failed" in run.stdout
    assert "let it through" in run.stdout
