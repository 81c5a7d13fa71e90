"""What the portal says about its own health: to a load balancer, to Prometheus, and to the administrator."""

from __future__ import annotations

import re
import types
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.test import Client

from carbon_portal import celery, env
from carbon_portal.health import findings, heartbeat, metrics
from carbon_portal.story import World
from certificates.models import Certificate
from kernel import clock
from office.models import MAX_ATTEMPTS, JobRun
from registry.models import BookCheck
from registry.services.checking import check_books
from tests.worlds import as_owner


@pytest.fixture(autouse=True)
def _places(settings: object, tmp_path: Path) -> None:
    settings.BACKUP_TO = tmp_path / "backups"  # type: ignore[attr-defined]


def _beat(monkeypatch: pytest.MonkeyPatch, ago: timedelta | None, failed: int = 0) -> None:
    beat = None if ago is None else heartbeat.Beat(clock.real_now() - ago, 1.25, failed)
    monkeypatch.setattr(heartbeat, "read", lambda: beat)


def _down(*_arguments: object) -> None:
    raise redis.ConnectionError("no broker")


def _waiting() -> Certificate:
    found = Certificate.objects.waiting().first()
    assert found is not None, "the world has certificates that were not drawn"
    return found


def test_a_round_of_the_worker_is_its_sign_of_life(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the real broker of the tests: also a round in which a sweep failed is told, with how many."""
    before = clock.real_now()

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(celery, "SWEEPS", ("good", "bad"))
    monkeypatch.setitem(celery.app.tasks, "good", lambda: None)
    monkeypatch.setitem(celery.app.tasks, "bad", broken)
    with pytest.raises(ExceptionGroup):
        celery.sweep()
    beat = heartbeat.read()
    assert beat is not None
    assert beat.at >= before
    assert beat.failed == 1


def test_a_broker_that_is_down_does_not_stop_a_round(settings: types.SimpleNamespace, db: None) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    heartbeat.write(1.0, 0)
    with pytest.raises(redis.RedisError):
        heartbeat.read()


@pytest.mark.parametrize(
    ("ago", "failed", "tone", "words"),
    [
        (timedelta(seconds=40), 0, "good", "40 秒前走完一轮"),
        (timedelta(seconds=40), 2, "hold", "有 2 项没有办成"),
        (timedelta(hours=2), 0, "bad", "2 小时没有走过一轮"),
        (None, 0, "bad", "还没有走过一轮"),
    ],
)
def test_a_worker_that_is_late_is_told(
    ago: timedelta | None, failed: int, tone: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _beat(monkeypatch, ago, failed)
    found = findings.broker()
    assert (found.tone, words in found.words) == (tone, True)


def test_ready_needs_the_database_and_its_structure_only(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without broker and worker the portal still serves, so a load balancer must not take it out."""
    monkeypatch.setattr(heartbeat, "read", _down)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"], answer.json()["worker"]) == (200, True, "bad")

    def refuses(*_arguments: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(findings, "MigrationExecutor", refuses)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "why": "migrations"})
    monkeypatch.setattr(findings, "connection", types.SimpleNamespace(cursor=refuses))
    assert client.get("/health/ready").json() == {"ready": False, "why": "database"}


def test_every_kind_of_waiting_row_is_a_queue(world: World) -> None:
    """A model whose rows can wait and be parked is found by itself; these three are there today."""
    assert {"scenarios.upload", "certificates.certificate", "trading.cashinstruction"} <= {
        queue.label for queue in findings.queues()
    }


def test_rows_that_nobody_picks_up_and_parked_ones_are_told(world: World) -> None:
    waiting = _waiting()
    with as_owner():
        Certificate.objects.waiting().update(next_at=clock.real_now() - timedelta(minutes=1))
    name = "queue.certificates.certificate"
    told = {found.name: found for found in findings.queue_findings()}
    assert told[name].tone == "good"
    with as_owner():
        Certificate.objects.filter(pk=waiting.pk).update(next_at=clock.real_now() - timedelta(hours=3))
    told = {found.name: found for found in findings.queue_findings()}
    assert (told[name].tone, "最久的已等 3 小时" in told[name].words) == ("bad", True)
    with as_owner():
        Certificate.objects.filter(pk=waiting.pk).update(attempts=MAX_ATTEMPTS)
    told = {found.name: found for found in findings.queue_findings()}
    assert (told[name].tone, told[name].words[:3]) == ("hold", "1 条")


def test_a_difference_of_the_books_and_a_failed_job_are_told(world: World) -> None:
    assert findings.books().tone == "good" if BookCheck.objects.exists() else "hold"
    check_books()
    assert findings.books().tone == "good"
    BookCheck.objects.create(batches=1, issued_t=2, held_t=1, retired_t=0, differences=["batch 1"])
    assert (findings.books().tone, findings.books().words) == ("bad", "有 1 处差异，签发已停止")
    JobRun.objects.create(name="rewards.check_points", started_at=clock.real_now(), failed=1)
    assert "rewards.check_points" in findings.jobs().words


@pytest.mark.parametrize(("used", "tone"), [(79, "good"), (80, "hold"), (94, "hold"), (95, "bad")])
def test_a_disk_is_told_at_eighty_per_cent(used: int, tone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = types.SimpleNamespace(total=120, used=used, free=100 - used)  # twenty are kept for root
    monkeypatch.setattr(findings.shutil, "disk_usage", lambda place: usage)
    assert findings.disk().tone == tone
    assert f"{used}%" in findings.disk().words


def test_a_deployment_without_a_back_up_of_today_is_told(settings: types.SimpleNamespace) -> None:
    settings.DEMO = False
    assert findings.back_up().tone == "hold"
    made = clock.real_now() - timedelta(hours=3)
    folder = settings.BACKUP_TO / f"carbon-portal-{made:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    assert findings.back_up().tone == "hold", "a folder without a manifest is no back-up"
    (folder / "manifest.json").touch()
    assert findings.back_up().tone == "good"
    (folder / "manifest.json").rename(settings.BACKUP_TO / "manifest.json")
    folder.rmdir()
    old = settings.BACKUP_TO / "carbon-portal-20260101T000000Z"
    old.mkdir()
    (old / "manifest.json").touch()
    assert findings.back_up().tone == "hold"


def test_the_page_is_for_the_system_administrator(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One screen of words; others are refused, a visitor is asked to sign in."""
    _beat(monkeypatch, timedelta(hours=1))
    assert client.get("/health/").status_code == 302
    client.force_login(world.people["officer"])
    assert client.get("/health/").status_code == 403
    client.force_login(world.people["admin"])
    page = client.get("/health/").content.decode()
    assert "1 小时没有走过一轮" in page
    assert "请处理" in page
    assert "PostgreSQL" in page
    assert re.search(r"排队：\S+", page)
    client.cookies["django_language"] = "en"
    english = client.get("/health/").content.decode()
    main = english[english.index("<main") : english.index("</main")]
    assert "1 hour without a round" in main


def test_metrics_tell_what_the_tables_say(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _beat(monkeypatch, timedelta(seconds=90))
    BookCheck.objects.create(batches=1, issued_t=2, held_t=1, retired_t=0, differences=["batch 1", "batch 2"])
    now = clock.real_now()
    JobRun.objects.create(name="registry.check_books", started_at=now - timedelta(seconds=7), finished_at=now, done=1)
    client.get("/health/live")
    told = client.get("/metrics").content.decode()
    assert "portal_book_differences 2.0" in told
    assert 'portal_job_seconds{job="registry.check_books"} 7.0' in told
    assert re.search(r'portal_queue_waiting\{queue="certificates.certificate"\} [1-9]', told)
    assert 'portal_queue_parked{queue="trading.cashinstruction"} 0.0' in told
    assert re.search(r"portal_sweep_lag_seconds 9\d\.", told)
    assert re.search(r'portal_request_seconds_count\{door="page",method="GET",status="2xx"\} [1-9]', told)


def test_metrics_say_that_the_broker_is_down(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "read", _down)
    assert "portal_broker_up 0.0" in client.get("/metrics").content.decode()


def test_metrics_are_for_the_token_or_our_own_networks(
    world: World, client: Client, settings: types.SimpleNamespace
) -> None:
    """Behind a proxy on the same machine everybody would look local, so a forwarded request needs the token."""
    settings.METRICS_TOKEN = "a-long-token"
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}, **far).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a-long-token"}, **far).status_code == 200
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 403
    settings.METRICS_NETWORKS = env.networks("METRICS_NETWORKS", "203.0.113.0/24")
    assert client.get("/metrics", **far).status_code == 200


def test_an_odd_network_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_NETWORKS", "10.1.0.0/99")
    with pytest.raises(ImproperlyConfigured, match="METRICS_NETWORKS"):
        env.networks("METRICS_NETWORKS", "")


def test_labels_hold_nothing_a_visitor_typed(world: World, client: Client) -> None:
    client.generic("BREW", "/nowhere/typed-by-a-visitor")
    told = metrics.generate_latest(metrics._counted).decode()
    assert "typed-by-a-visitor" not in told
    assert 'method="other"' in told
    assert "BREW" not in told
