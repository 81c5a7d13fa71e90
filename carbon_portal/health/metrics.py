"""``/metrics`` in Prometheus' text format: requests as they are counted, everything else as the tables say at that moment.

gunicorn's processes count in files of one folder (``PROMETHEUS_MULTIPROC_DIR``, set by ``deploy/gunicorn_conf.py``) and any of
them answers for all.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import redis
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from carbon_portal.backup import making
from carbon_portal.health import findings, heartbeat
from kernel import clock
from registry.models import BookCheck

_DOORS = (("/manage/", "office"), ("/api/", "api"), ("/me/", "citizen"))
_counted = CollectorRegistry()
_REQUESTS = Histogram(
    "portal_request_seconds",
    "Time from the first middleware to the answer",
    ("door", "method", "status"),
    registry=_counted,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
_METHODS = {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"}


def count_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count every request by door, method and class of status, with its duration. Labels never hold what a visitor typed."""

    def handle(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = get_response(request)
        door = next((name for prefix, name in _DOORS if request.path.startswith(prefix)), "page")
        method = request.method if request.method in _METHODS else "other"
        _REQUESTS.labels(door, method, f"{response.status_code // 100}xx").observe(time.perf_counter() - begun)
        return response

    return handle


def may_read(request: HttpRequest) -> bool:
    """Return whether somebody may read the metrics: by the token, or from a network of ours without a proxy in between."""
    token, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        here = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(here in network for network in settings.METRICS_NETWORKS)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus; anybody else is refused (403)."""
    if not may_read(request):
        raise PermissionDenied(_("监控数据要用 METRICS_TOKEN，或从 METRICS_NETWORKS 中的地址读取"))
    counted = _counted
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)
    told = CollectorRegistry()
    told.register(_Tables())
    return HttpResponse(generate_latest(counted) + generate_latest(told), content_type=CONTENT_TYPE_LATEST)


class _Tables:
    """What the tables say when they are asked."""

    def describe(self) -> list[Metric]:
        """Nothing ahead: registering must not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        yield _gauge(
            "portal_disk_percent", "Use of the disk of the files", findings.disk_percent(Path(settings.MEDIA_ROOT))
        )
        yield from _round()
        yield from _queues()
        yield from _checks()


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _round() -> Iterator[Metric]:
    try:
        beat = heartbeat.read()
    except redis.RedisError:
        yield _gauge("portal_broker_up", "The broker answers", 0)
        return
    yield _gauge("portal_broker_up", "The broker answers", 1)
    if beat is not None:
        lag = (clock.real_now() - beat.at).total_seconds()
        yield _gauge("portal_sweep_lag_seconds", "Since the last round of sweeps ended", lag)
        yield _gauge("portal_sweep_seconds", "What the last round took", beat.seconds)
        yield _gauge("portal_sweep_failures", "Sweeps that failed in the last round", beat.failed)


def _queues() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("portal_queue_waiting", "Rows that are due", labels=["queue"])
    oldest = GaugeMetricFamily("portal_queue_oldest_seconds", "Since the oldest row was due", labels=["queue"])
    parked = GaugeMetricFamily("portal_queue_parked", "Rows that were tried five times", labels=["queue"])
    for queue in findings.queues():
        waiting.add_metric([queue.label], queue.waiting)
        oldest.add_metric([queue.label], queue.overdue_s)
        parked.add_metric([queue.label], queue.parked)
    yield from (waiting, oldest, parked)


def _checks() -> Iterator[Metric]:
    last = BookCheck.objects.order_by("-pk").first()
    if last is not None:
        yield _gauge("portal_book_differences", "Differences of the last proof of the books", len(last.differences))
        age = (clock.real_now() - last.at).total_seconds()
        yield _gauge("portal_book_check_age_seconds", "Since the books were proved", age)
    made = making.newest(settings.BACKUP_TO)
    if made is not None:
        age = (clock.real_now() - made).total_seconds()
        yield _gauge("portal_backup_age_seconds", "Since the newest complete back-up", age)
    seconds = GaugeMetricFamily("portal_job_seconds", "Duration of a job's last run", labels=["job"])
    failed = GaugeMetricFamily("portal_job_failed", "What failed in a job's last run", labels=["job"])
    for run in findings.last_runs():
        if run.finished_at is not None:
            seconds.add_metric([run.name], (run.finished_at - run.started_at).total_seconds())
        failed.add_metric([run.name], run.failed or int(bool(run.error)))
    yield from (seconds, failed)
