"""The files: made by the worker's sweep from the waiting rows, tried again with growing pauses, parked after five."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from certificates.models import MAX_ATTEMPTS, Certificate, LogHead
from certificates.services import certificates as service
from certificates.services import log
from certificates.services.certificates import render_again, render_waiting, revoke
from certificates.states import Kind
from certificates.tasks import sweep
from kernel import clock
from kernel.rules import RuleViolation
from office.models import JobRun
from office.services.retries import claim
from tests.certificates import reading
from tests.certificates.samples import awarded, registrar


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """A folder of the test's own for files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def due(certificate: Certificate) -> Certificate:
    """Let the next attempt be due."""
    Certificate.objects.filter(pk=certificate.pk).update(next_at=clock.real_now() - timedelta(seconds=1))
    certificate.refresh_from_db()
    return certificate


def only(certificate: Certificate) -> None:
    """Put every other waiting certificate off."""
    others = Certificate.objects.waiting().exclude(pk=certificate.pk)
    others.update(next_at=clock.real_now() + timedelta(days=1))


@pytest.mark.django_db
def test_the_sweep_signs_the_log_and_makes_the_file(media: Path, client: Client) -> None:
    certificate = awarded(Kind.ISSUANCE)
    only(certificate)
    assert client.get(f"/certificates/{certificate.number}.pdf").status_code == 503
    sweep()
    certificate.refresh_from_db()
    head = LogHead.objects.first()
    assert head is not None
    assert head.size == log.LogLeaf.objects.count()
    response = client.get(f"/certificates/{certificate.number}.pdf")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert "%EF%BC%88%E6%BC%94%E7%A4%BA%EF%BC%89.pdf" in response["Content-Disposition"]
    assert hashlib.sha256(response.content).hexdigest() == certificate.pdf_sha256
    assert reading.pages(response.content) == 1
    assert JobRun.objects.filter(name="certificates.render", done=1).exists()


@pytest.mark.django_db
def test_a_second_sweep_makes_nothing(media: Path) -> None:
    only(awarded())
    assert render_waiting() == 1
    assert render_waiting() == 0


@pytest.mark.django_db
def test_a_failed_file_is_tried_again_with_growing_pauses_and_parked_after_five(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = awarded()
    only(certificate)

    def broken(_certificate: Certificate) -> bytes:
        raise OSError("no space left")

    monkeypatch.setattr(service, "render", broken)
    pauses = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert render_waiting() == 0
        certificate.refresh_from_db()
        assert certificate.attempts == attempt
        assert certificate.last_error == "OSError: no space left"
        pauses.append((certificate.next_at - clock.real_now()).total_seconds())
        assert render_waiting() == 0
        certificate.refresh_from_db()
        assert certificate.attempts == attempt, "tried again before it was due"
        due(certificate)
    assert [round(pause / 60) for pause in pauses] == [1, 2, 4, 8, 16]
    assert list(Certificate.objects.parked()) == [certificate]
    assert render_waiting() == 0
    monkeypatch.undo()
    assert render_waiting() == 0, "a parked certificate waits for an operator"


@pytest.mark.django_db
def test_an_operator_gives_a_parked_certificate_its_attempts_again(media: Path) -> None:
    certificate = awarded()
    only(certificate)
    operator = User.objects.get(username="admin")
    with pytest.raises(RuleViolation) as refused:
        render_again(certificate, by=operator)
    assert refused.value.code == "not_parked"
    Certificate.objects.filter(pk=certificate.pk).update(attempts=MAX_ATTEMPTS, last_error="OSError")
    render_again(certificate, by=operator, reason="磁盘已清理")
    assert render_waiting() == 1


@pytest.mark.django_db
def test_one_bad_certificate_does_not_hold_up_the_next(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = awarded(Kind.REGISTRATION), awarded(Kind.RETIREMENT)
    Certificate.objects.waiting().exclude(pk__in=[bad.pk, good.pk]).update(next_at=clock.real_now() + timedelta(days=1))
    drawn = service.render

    def choosy(certificate: Certificate) -> bytes:
        if certificate.pk == bad.pk:
            raise ValueError("cannot be drawn")
        return drawn(certificate)

    monkeypatch.setattr(service, "render", choosy)
    assert render_waiting() == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.pdf
    assert not bad.pdf


@pytest.mark.django_db
def test_a_worker_that_dies_on_a_certificate_has_used_an_attempt(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = awarded()
    only(certificate)

    def killed(_certificate: Certificate) -> bytes:
        raise SystemExit

    monkeypatch.setattr(service, "render", killed)
    with pytest.raises(SystemExit):
        render_waiting()
    certificate.refresh_from_db()
    assert certificate.attempts == 1
    assert certificate.next_at > clock.real_now()


@pytest.mark.django_db
def test_a_revoked_certificate_is_not_drawn_and_not_given_out(media: Path, client: Client) -> None:
    certificate = awarded()
    only(certificate)
    assert render_waiting() == 1
    revoke(certificate, by=registrar(), reason="数据不实")
    response = client.get(f"/certificates/{certificate.number}.pdf")
    assert response.status_code == 410
    assert "已撤销" in response.content.decode()
    late = revoke(awarded(), by=registrar(), reason="数据不实")
    assert render_waiting() == 0
    late.refresh_from_db()
    assert not late.pdf


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_changed_on_disk_is_not_given_out(media: Path, client: Client, harm: str) -> None:
    certificate = awarded()
    only(certificate)
    render_waiting()
    certificate.refresh_from_db()
    path = Path(certificate.pdf.path)
    path.write_bytes(path.read_bytes() + b" ") if harm == "changed" else path.unlink()
    response = client.get(f"/certificates/{certificate.number}.pdf")
    assert response.status_code == 409
    assert "证书文件与颁发时不一致" in response.content.decode()


def test_two_workers_never_draw_the_same_certificate(committed: str, media: Path) -> None:
    Certificate.objects.waiting().update(next_at=clock.real_now() + timedelta(days=1))
    certificate = awarded()
    with transaction.atomic():
        held = Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
        assert held.pdf == ""
        assert claimed_elsewhere() is None
    assert claimed_elsewhere() == certificate.pk


def claimed_elsewhere() -> int | None:
    """Claim on another connection and return what was claimed."""
    from threading import Thread

    answer: list[int | None] = []

    def other() -> None:
        claimed = claim(Certificate.objects.waiting(), backoff_s=service.BACKOFF_S)
        answer.append(claimed.pk if claimed else None)
        connection.close()

    thread = Thread(target=other)
    thread.start()
    thread.join(10)
    return answer[0]
