"""The office with a hundred thousand cases: ``./portal bench desks [--cases 100000] [--n 7]``.

The demo story is told, then its cases are multiplied by ``COPY`` over all states. Every desk of every officer is opened warm through
the whole stack of middleware, and projects are searched by a word of two characters. The reference in the same run is the same
page before the cases were added. The last line is one JSON object: medians in milliseconds and queries per page.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")
os.environ["PORTAL_DB_ROLE"] = ""

# Of a hundred cases so many are in each state; the rest is registered.
IN_STATE = {
    "DRAFT": 5,
    "CORRECTION": 3,
    "SUBMITTED": 4,
    "ACCEPTED": 4,
    "WITHDRAWN": 4,
    "REJECTED": 5,
    "NOT_ACCEPTED": 3,
}
PERIODS = {"DRAFT": 5, "VERIFYING": 5, "VERIFIED": 3, "APPLIED": 4, "APPROVED": 4}
KINDS = ("屋顶光伏", "空气源热泵", "造林碳汇", "节能空调")
OFFICERS = ("officer", "reviewer", "registrar", "admin")
WORD = "热泵"


def _told() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed")
    call_command("demo_story", until="roofs")


def _multiply(cases: int) -> None:
    """Copy a told project and its period ``cases`` times, with names, meters and states of their own."""
    from django.db import connection

    from projects.models import MonitoringPeriod, Project

    period = MonitoringPeriod.objects.filter(state="ISSUED", claim=None).latest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the states are given, not walked to
        cursor.execute("CREATE TEMP TABLE made (n bigint, name text, meter text, state text, period text)")
        with cursor.copy("COPY made FROM STDIN") as copy:
            for row in _rows(cases):
                copy.write_row(row)
        _copies(cursor, Project, period.project_id, {
            "id": "1000000 + n", "name": "made.name", "meter_no": "meter", "state": "made.state", "notice_id": "NULL",
            "acceptance_no": "NULL",
            "project_no": "CASE WHEN made.state = 'REGISTERED' THEN 'P990100' || n END",
            "submitted_at": "now() - n % 400 * interval '1 day'", "due_on": "current_date + (n % 30)::int - 10",
        })  # fmt: skip
        _copies(cursor, MonitoringPeriod, period.pk, {
            "id": "1000000 + n", "project_id": "1000000 + n", "state": "made.period",
        }, "WHERE made.state = 'REGISTERED'")  # fmt: skip
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


def _rows(cases: int) -> Iterator[tuple[int, str, str, str, str]]:
    for n in range(cases):
        state, period = _state(n % 100, IN_STATE, "REGISTERED"), _state(n // 100 % 100, PERIODS, "ISSUED")
        yield n, f"{n // 4} 号{KINDS[n % 4]}项目", f"BENCH-{n}", state, period


def _state(place: int, shares: dict[str, int], rest: str) -> str:
    for state, share in shares.items():
        if place < share:
            return state
        place -= share
    return rest


def _copies(cursor: Any, model: Any, pk: int, own: dict[str, str], where: str = "") -> None:
    columns = [field.column for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    values = ", ".join(own.get(column, f"one.{column}") for column in columns)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {values} FROM made CROSS JOIN (SELECT * FROM {model._meta.db_table} WHERE id = {pk}) one {where}"
    )


def _pages(user: Any) -> dict[str, str]:
    """Return the start page, every desk the officer has, and the search."""
    from django.contrib import admin
    from django.test import RequestFactory
    from django.urls import reverse

    from accounts.desk import Desk

    request = RequestFactory().get("/")
    request.user = user
    found = {"start": reverse("admin:index")}
    for model, desk in admin.site._registry.items():
        if isinstance(desk, Desk) and desk.has_view_permission(request):
            found[model._meta.model_name] = reverse(
                f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            )
    found["search"] = reverse("admin:projects_project_changelist") + f"?q={WORD}"
    return found


def _measured(n: int) -> dict[str, tuple[float, int]]:
    """Return median milliseconds and queries of every page of every officer, by ``officer page``."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from bench.visitor import signed_in

    found = {}
    for name in OFFICERS:
        user = User.objects.get(username=name)
        client = signed_in(user)
        for page, path in _pages(user).items():
            times = []
            for _turn in range(n + 1):
                started = time.perf_counter()
                response = client.get(path)
                if response.status_code != 200:
                    raise SystemExit(f"{name} {path}: {response.status_code}")
                times.append((time.perf_counter() - started) * 1000)
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            found[f"{name} {page}"] = (round(statistics.median(times[1:]), 1), len(asked))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--n", type=int, default=7)
    chosen = parser.parse_args()
    import django

    django.setup()
    from bench.report import print_report

    _told()
    before = _measured(chosen.n)
    _multiply(chosen.cases)
    after = _measured(chosen.n)
    slowest, most = max(after, key=lambda page: after[page][0]), max(after, key=lambda page: after[page][1])
    print_report(
        "desks",
        cases=chosen.cases,
        pages=len(after),
        slowest_ms={slowest: after[slowest][0]},
        most_queries={most: after[most][1]},
        search_ms={page: after[page][0] for page in after if page.endswith(" search")},
        worst_ratio=round(max(after[page][0] / before[page][0] for page in before), 2),
        median_ms={page: told[0] for page, told in after.items()},
        queries={page: told[1] for page, told in after.items()},
    )


if __name__ == "__main__":
    main()
