"""How much the tests of formulas, of computing with a document and of the kernel would notice: one small change at a time.

Every change is made in the syntax tree of one module, and only the tests that need no database run on it, in a fork of this process.
A change is *killed* when a test fails, cannot be collected, or the run takes too long; else it *survived*. Survivors are listed with
the reason kept for them in ``bench/results/mutation.json``; a reason that begins with ``equivalent`` says no test could tell.

By hand, no database: ``python bench/mutation.py [--sample N] [--only kernel/shares.py]``. A sample is drawn with a fixed seed and the
report says so. ``--write`` keeps the report. Linux or macOS only: it forks.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import platform
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.mutants import Mutant, mutants  # noqa: E402 - found only with the root on the path

RESULT = ROOT / "bench" / "results" / "mutation.json"
SEED = 2023
SECONDS = 60  # the whole of the tests takes about ten
MEMORY = 3 * 2**30
_METHODS = [
    f"tests/methodologies/test_{name}.py"
    for name in ("formula", "units", "document", "emission", "vectors", "properties")
]
_KERNEL = [f"tests/kernel/test_{name}.py" for name in ("rules", "quantities", "identifiers", "digest", "time")]
TARGETS: dict[str, list[str]] = {
    **{
        f"methodologies/formula/{name}.py": _METHODS
        for name in ("__init__", "build", "check", "errors", "numbers", "parse", "units")
    },
    "methodologies/formula/spreadsheet.py": ["tests/methodologies/test_spreadsheet.py"],
    "methodologies/document/computing.py": [*_METHODS[2:], *_METHODS[:2]],
    "kernel/rules.py": [*_KERNEL, *_METHODS],
    "kernel/quantities.py": [*_KERNEL[1:2], *_METHODS],
    "kernel/shares.py": _KERNEL,
    "kernel/identifiers.py": _KERNEL[2:3],
    "kernel/digest.py": _KERNEL[3:4],
    "kernel/clock.py": _KERNEL[4:5],
    "kernel/workdays.py": _KERNEL[4:5],
}
# What takes long (whole texts at random) is left out, so that the score is rather too low than too high.
_CHOSEN = "not page and not api and not no_text_at_all"
_QUIET = ["-c", os.devnull, f"--rootdir={ROOT}", "--noconftest", "-x", "-q", "-k", _CHOSEN, "-W", "ignore"]
_WITHOUT = ["django", "cacheprovider", "xdist", "schemathesis", "randomly"]


class Tried(NamedTuple):
    """A change and what became of it."""

    module: str
    mutant: Mutant
    fate: str


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module in its changed form."""

    def __init__(self, path: str, code: CodeType) -> None:
        self.name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.package, self.code = path.endswith("__init__.py"), code
        self.place = str(ROOT / path)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Answer for this module only."""
        if fullname != self.name:
            return None
        spec = importlib.util.spec_from_loader(fullname, self, origin=self.place, is_package=self.package)
        if spec and self.package:
            spec.submodule_search_locations = [str(Path(self.place).parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code as the module."""
        exec(self.code, module.__dict__)  # noqa: S102 - our own tree


def preload() -> None:
    """Import what the forks share; nothing of ours, so that every fork reads its own."""
    import cn2an  # noqa: F401 - what the kernel imports
    import hypothesis
    import pytest

    hypothesis.settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")
    assert pytest.main


def fate(path: str, tree: ast.Module | None, tests: Sequence[str]) -> str:
    """Run the tests on a changed module (None: as it is) in a fork; ``killed``, ``survived`` or ``timeout``."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _in_fork(path, tree, tests)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if os.waitstatus_to_exitcode(status) == 0 else "killed"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _in_fork(path: str, tree: ast.Module | None, tests: Sequence[str]) -> None:
    code = 3
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if tree is not None:
            sys.meta_path.insert(0, _Changed(path, compile(tree, str(ROOT / path), "exec")))
        import pytest

        code = int(pytest.main([*_QUIET, *(f"-pno:{name}" for name in _WITHOUT), *tests]))
    finally:
        os._exit(code)


def drawn(wanted: Sequence[str], sample: int | None) -> list[tuple[str, Mutant]]:
    """Return the changes of the wanted modules, or a sample of them."""
    every = [(path, one) for path in wanted for one in mutants((ROOT / path).read_text(encoding="utf-8"))]
    if sample is None or sample >= len(every):
        return every
    return sorted(random.Random(SEED).sample(every, sample), key=lambda pair: (pair[0], pair[1].line))  # noqa: S311


def measure(wanted: Sequence[str], every: Sequence[tuple[str, Mutant]], again: bool) -> list[Tried]:
    """Try the changes one after the other; ``again`` takes the kept report's word for those that were killed."""
    before = {(one["module"], one["in"], one["what"]) for one in _kept()} if again else set()
    for tests in {tuple(TARGETS[path]) for path in wanted}:
        if fate("", None, tests) != "survived":
            raise SystemExit(f"these tests fail as it is: {' '.join(tests)}")
    tried = []
    for number, (path, one) in enumerate(every, 1):
        if again and (path, one.inside, one.what) not in before:
            tried.append(Tried(path, one, "killed"))
            continue
        tree = one.applied((ROOT / path).read_text(encoding="utf-8"))
        tried.append(Tried(path, one, fate(path, tree, TARGETS[path])))
        if tried[-1].fate == "survived":
            print(f"[{number}/{len(every)}] {path}:{one.line} {one.what}", flush=True)
    return tried


def report(tried: Sequence[Tried], made: int, seconds: float) -> dict[str, Any]:
    """Return the figures, with each survivor and why it may survive."""
    reasons = _reasons()
    survivors = [
        {
            "module": one.module,
            "in": one.mutant.inside,
            "line": one.mutant.line,
            "what": one.mutant.what,
            "why": reasons.get((one.module, one.mutant.inside, one.mutant.what), ""),
        }
        for one in tried
        if one.fate == "survived"
    ]
    equivalent = sum(one["why"].startswith("equivalent") for one in survivors)
    killed = len(tried) - len(survivors)
    modules = Counter(one.module for one in tried)
    dead = Counter(one.module for one in tried if one.fate != "survived")
    return {
        "bench": "mutation",
        "measured_on": datetime.now(UTC).date().isoformat(),
        "mutants": made,
        "tried": len(tried),
        "seed": SEED if len(tried) < made else None,
        "killed": killed,
        "of_these_by_time": sum(one.fate == "timeout" for one in tried),
        "survived": len(survivors) - equivalent,
        "equivalent": equivalent,
        "score": round(killed / len(tried), 4),
        "score_without_equivalent": round(killed / (len(tried) - equivalent), 4),
        "by_module": {name: f"{dead[name]}/{count}" for name, count in modules.items()},
        "survivors": survivors,
        "seconds": round(seconds),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }


def _kept() -> list[dict[str, Any]]:
    return list(json.loads(RESULT.read_text(encoding="utf-8"))["survivors"]) if RESULT.exists() else []


def _reasons() -> dict[tuple[str, str, str], str]:
    return {(one["module"], one["in"], one["what"]): one["why"] for one in _kept()}


def main() -> None:
    """Measure; the last line is one JSON object."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, help="try only so many, drawn with a fixed seed")
    arguments.add_argument("--only", action="append", choices=list(TARGETS), help="one module, may be repeated")
    arguments.add_argument(
        "--again", action="store_true", help="only what survived in the kept report: tests were added"
    )
    arguments.add_argument("--write", action="store_true", help="keep the report in bench/results")
    asked = arguments.parse_args()
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp()
    preload()
    wanted, start = asked.only or list(TARGETS), time.monotonic()
    made = sum(len(mutants((ROOT / path).read_text(encoding="utf-8"))) for path in wanted)
    tried = measure(wanted, drawn(wanted, asked.sample), asked.again)
    told = report(tried, made, time.monotonic() - start)
    if asked.write:
        RESULT.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in told.items() if key != "survivors"}, ensure_ascii=False))


if __name__ == "__main__":
    main()
