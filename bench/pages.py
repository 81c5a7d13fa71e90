"""How long the pages of the story take, warm, through the whole stack of middleware: ``./portal bench pages [--n 30]``.

The demo story is told on an empty database first. The reference, measured in the same run, is ``/health/live``: the same
middleware without a query or a template. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")


def _told() -> None:
    from django.core.management import call_command

    os.environ["PORTAL_DB_ROLE"] = ""
    call_command("migrate", verbosity=0)
    call_command("seed")
    call_command("demo_story")


def _median_ms(client: object, path: str, n: int) -> float:
    times = []
    for turn in range(n + 3):
        started = time.perf_counter()
        response = client.get(path)  # type: ignore[attr-defined]
        b"".join(response) if response.streaming else response.content
        if response.status_code != 200:
            raise SystemExit(f"{path}: {response.status_code}")
        if turn >= 3:  # the first ones fill caches
            times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=30)
    n = parser.parse_args().n
    import django

    os.environ["PORTAL_DB_ROLE"] = ""
    django.setup()
    _told()
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from bench.report import print_report
    from bench.visitor import signed_in
    from certificates.models import Certificate
    from projects.models import MonitoringPeriod, Project

    project = Project.objects.get(name="城南污水厂屋顶分布式光伏项目")
    period = MonitoringPeriod.objects.get(project__name="城南实验楼屋顶光伏项目")
    notice = project.notice
    paths = {
        "home": (None, reverse("home")),
        "notice": (None, reverse("notice", args=[notice.pk if notice else 0])),
        "registry": (None, reverse("registry")),
        "registry_project": (None, reverse("registry-project", args=[project.project_no])),
        "method": (None, reverse("methods")),
        "verify": (None, reverse("verify-number", args=[Certificate.objects.latest("pk").number])),
        "case": ("owner-maker", reverse("project-case", args=[project.pk])),
        "period": ("owner-maker", reverse("period", args=[period.pk])),
        "holdings": ("buyer-maker", reverse("holdings")),
        "desk": ("officer", reverse("admin:projects_acceptancedeskrow_changelist")),
    }
    reference = _median_ms(Client(HTTP_HOST="localhost"), "/health/live", n)
    medians = {}
    for name, (username, path) in paths.items():
        anonymous = Client(HTTP_HOST="localhost")
        client = signed_in(User.objects.get(username=username)) if username else anonymous
        medians[name] = _median_ms(client, path, n)
    worst = max(medians.values())
    print_report(
        "pages", median_ms=medians, reference_ms=reference, worst_ms=worst, worst_ratio=round(worst / reference, 1), n=n
    )


if __name__ == "__main__":
    main()
