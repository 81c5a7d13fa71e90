"""What a person sees while the launcher works: one line per step with its seconds, one sentence when it cannot go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Refusal(Exception):
    """A reason to stop that the reader can act on: a Chinese sentence and the same in English. Ends with exit code 2."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}{english}")


def speak_utf8() -> None:
    """Let Chinese pass on any terminal, also under ``LANG=C``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace", line_buffering=True)


@contextmanager
def step(chinese: str, english: str) -> Iterator[None]:
    """Print a step, and its duration in seconds once it is done. Goes to stderr: stdout belongs to the command's own result."""
    print(f"  {chinese} · {english} …", end="", file=sys.stderr, flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(file=sys.stderr)
        raise
    print(f" {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)
