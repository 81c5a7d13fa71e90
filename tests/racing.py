"""Races made certain: the first caller's transaction is held open until the others wait for it, or are through.

Two threads behind a barrier prove nothing, since they pass with the lock removed; a transaction held open does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from accounts import workflow
from tests import databases

PATIENCE_S = 20


def hold_open(first: Callable[[], Any], *others: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Run ``first`` up to its commit, then start the others; commit once each of them waits or has ended.

    Returns, per caller, the value or the exception.
    """
    answers: list[Any] = [None] * (1 + len(others))
    held, release = threading.Event(), threading.Event()
    through = workflow._inside
    holder: list[int] = []

    def inside(*args: Any, **kwargs: Any) -> Any:
        answer = through(*args, **kwargs)
        if threading.get_ident() in holder and not held.is_set():
            held.set()
            release.wait(PATIENCE_S)
        return answer

    monkeypatch.setattr(workflow, "_inside", inside)

    def lead() -> None:
        holder.append(threading.get_ident())
        _answer(answers, 0, first)
        held.set()

    threads = [threading.Thread(target=lead)]
    threads[0].start()
    assert held.wait(PATIENCE_S), "the first caller never came to its commit"
    threads += [threading.Thread(target=_answer, args=(answers, i, other)) for i, other in enumerate(others, start=1)]
    for thread in threads[1:]:
        thread.start()
    _until_waiting(threads[1:])
    release.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "a caller hangs"
    return answers


def together(*callers: Callable[[], Any]) -> list[Any]:
    """Run callers at the same time; returns, per caller, the value or the exception."""
    answers: list[Any] = [None] * len(callers)
    start = threading.Barrier(len(callers))

    def run(i: int, caller: Callable[[], Any]) -> None:
        start.wait(PATIENCE_S)
        _answer(answers, i, caller)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * PATIENCE_S)
        assert not thread.is_alive(), "a caller hangs"
    return answers


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the row locks out of every verb: what still refuses is the database."""

    def fresh(*rows: Any) -> Any:
        read = [type(row)._base_manager.get(pk=row.pk) for row in rows]
        return read[0] if len(read) == 1 else read

    for module in (
        "transfers",
        "retirements",
        "issuing",
        "confirming",
        "freezes",
        "frauds",
        "cases",
        "stopping",
        "pledges",
    ):
        monkeypatch.setattr(f"registry.services.{module}.lock", fresh)
    for module in ("agreements", "payments", "events", "offsets"):
        monkeypatch.setattr(f"trading.services.{module}.lock", fresh)
    for module in ("coupons", "crediting", "mall", "proceeds", "tills"):
        monkeypatch.setattr(f"rewards.services.{module}.lock", fresh)
    monkeypatch.setattr("office.services.objections.lock", fresh)
    monkeypatch.setattr("projects.services.periods.lock", fresh)
    monkeypatch.setattr("projects.services.letters.lock", fresh)
    monkeypatch.setattr("projects.services.reviews.lock", fresh)
    monkeypatch.setattr("projects.services.applications.lock", fresh)
    for module in ("signoffs", "hands"):
        monkeypatch.setattr(f"office.services.{module}.lock", fresh)


def _answer(answers: list[Any], i: int, caller: Callable[[], Any]) -> None:
    try:
        answers[i] = caller()
    except Exception as error:  # noqa: BLE001  the refusal is the answer
        answers[i] = error
    finally:
        connection.close()


def _until_waiting(threads: Sequence[threading.Thread]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        alive = [thread for thread in threads if thread.is_alive()]
        if len(alive) <= _blocked():
            return
        time.sleep(0.02)


def _blocked() -> int:
    # Asked by the owner: the application role is not shown what other sessions wait for.
    name = connection.settings_dict["NAME"]
    with databases.admin() as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [name]
        ).fetchone()
    return int(row[0]) if row else 0
