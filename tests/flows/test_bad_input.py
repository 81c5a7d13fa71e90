"""Every bad input of the story at the page where a person meets it: a clear sentence, an event, nothing changed, the file kept."""

from __future__ import annotations

import gzip
import http.client
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Attachment, Event
from carbon_portal.story import SERIES, World
from projects.models import MonitoringPeriod, PowerMonth, Project
from projects.services import periods
from registry.models import Transfer
from tests.refusals import nothing_changed
from tests.stages import period_in, project_in, retirement_in
from tests.worlds import last_event

KEPT = frozenset({"accounts_attachment"})
SIGNED_IN = frozenset({"accounts_user"})  # signing in writes down when
LINES = SERIES.read_bytes().splitlines()[: 1 + 96 * 31]  # July 2016 of the meter


def _client(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


@pytest.fixture
def period(world: World) -> MonitoringPeriod:
    """An open period of July 2016 on another roof of 7 kW."""
    project = project_in(world, "PUBLIC_NOTICE", capacity_kw="7", commissioned_on=date(2016, 1, 1))
    Project.objects.filter(pk=project.pk).update(
        state="REGISTERED", registered_by=world.people["registrar"], project_no="PHC-990100-2026-90001"
    )
    project.refresh_from_db()
    return periods.open_period(
        project, starts_on=date(2016, 7, 1), ends_on=date(2016, 7, 31), by=world.people["owner-maker"]
    )


def _upload(world: World, period: MonitoringPeriod, content: bytes, name: str = "export.csv") -> Any:
    form = {"file": SimpleUploadedFile(name, content), "unit": "W"}
    return _client(world, "owner-maker").post(reverse("period-upload", args=[period.pk]), form)


def _csv(lines: list[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


def _changed(row: int, line: bytes) -> bytes:
    lines = list(LINES)
    lines[row - 1] = line
    return _csv(lines)


BAD_FILES = {
    "missing column": (_csv([b"measured_on,watts", *LINES[1:]]), "bad_file", "ac_power", "第 1 行"),
    "text in a number": (_changed(12, b"2016-07-01 02:30:00-07:00,offline"), "bad_rows", "offline", "12"),
    "duplicate timestamps": (_changed(12, LINES[10]), "bad_rows", "同一时刻", "12"),
    "power above capacity": (_changed(12, b"2016-07-01 02:30:00-07:00,7000.1"), "bad_rows", "高于装机容量", "12"),
    "html named csv": (b"<!DOCTYPE html><html><body>login</body></html>", "bad_file", "网页", ""),
    "gzip bomb": (gzip.compress(b"0" * 70_000_000), "bad_file", "解压后超过", ""),
}


@pytest.mark.parametrize(("content", "code", "said", "row"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_in_words_and_kept(
    world: World, period: MonitoringPeriod, content: bytes, code: str, said: str, row: str
) -> None:
    kept = Attachment.objects.count()
    with nothing_changed(but=KEPT | SIGNED_IN):
        answer = _upload(world, period, content)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert said in page
    assert row in page
    assert Attachment.objects.count() == kept + 1
    event = last_event(verb="projects.upload_series")
    assert (event.outcome, event.code, event.object_id, event.door) == (Event.Outcome.REFUSED, code, period.pk, "page")


def test_an_empty_file_is_refused_by_name(world: World, period: MonitoringPeriod) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _upload(world, period, b"", "empty.csv")
    assert answer.status_code == 409
    assert "empty.csv" in answer.content.decode()
    assert "0 字节" in answer.content.decode()
    assert last_event(verb="accounts.keep_file").code == "file_empty"


def test_a_missing_day_is_named_and_not_made_up(world: World, period: MonitoringPeriod) -> None:
    without = [line for line in LINES if not line.startswith(b"2016-07-09")]
    assert _upload(world, period, _csv(without)).status_code == 302
    page = _client(world, "owner-maker").get(reverse("period", args=[period.pk])).content.decode()
    month = PowerMonth.objects.get(period=period)
    assert (month.missing, month.complete) == (96, False)
    assert month.energy_kwh < world.periods["meter"].months.get(month=date(2016, 7, 1)).energy_kwh
    assert "2016-07-09 00:00:00-07:00" in page


def test_200_mb_over_the_wire_get_a_sentence_and_leave_nothing(committed_world: World, server: str) -> None:
    period = period_in(committed_world, "DRAFT")
    client = _client(committed_world, "owner-maker")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; csrftoken={'a' * 32}"
    edge = "portal-edge"
    head = (
        f"--{edge}\r\nContent-Disposition: form-data; name=csrfmiddlewaretoken\r\n\r\n{'a' * 32}\r\n"
        f"--{edge}\r\nContent-Disposition: form-data; name=unit\r\n\r\nW\r\n"
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="year.csv"\r\n\r\n'
    ).encode()
    tail, block, blocks = f"\r\n--{edge}--\r\n".encode(), b"2016-07-01,1\n" * 80_660, 200
    kept = Attachment.objects.count()
    line = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    line.putrequest("POST", reverse("period-upload", args=[period.pk]))
    for name, value in {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Content-Length": str(len(head) + blocks * len(block) + len(tail)),
        "Cookie": cookie,
    }.items():
        line.putheader(name, value)
    line.endheaders()
    line.send(head)
    for _ in range(blocks):
        line.send(block)
    line.send(tail)
    answer = line.getresponse()
    page = answer.read().decode()
    assert answer.status == 409
    assert "“year.csv”有 201 MB，最大 20 MB" in page
    assert last_event(verb="accounts.keep_file").code == "file_too_large"
    assert Attachment.objects.count() == kept
    assert MonitoringPeriod.objects.get(pk=period.pk).series is None


def test_a_wrong_credit_code_is_named_at_its_field(world: World) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-maker").post(reverse("project-new"), {"uscc": "91990100MA5C00015X"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "第 18 位" in page
    assert "91990100MA5C00015X" in page


@pytest.mark.parametrize("time", ["second", "third"])
def test_submitting_again_is_refused(world: World, time: str) -> None:
    project = project_in(world, "CONFIRMING" if time == "second" else "SUBMITTED")
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-maker").post(reverse("project-submit", args=[project.pk]))
    assert answer.status_code == 409
    assert project.get_state_display() in answer.content.decode()
    assert last_event(verb="projects.submit").code == "wrong_state"


def test_issuing_again_is_refused_at_the_desk(world: World) -> None:
    path = f"/manage/registry/issuedeskrow/{world.periods['yearly'].pk}/press/issue/"
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "registrar").post(path, {"reason": "", "key": "again-0001"})
    assert answer.status_code == 409
    assert "已签发" in answer.content.decode()
    assert last_event(verb="registry.issue").outcome == Event.Outcome.REFUSED


def test_transferring_more_than_held_says_what_is_held(world: World) -> None:
    form = {"key": "more-00001", "target_number": world.accounts["buyer"].number, "quantity_t": 424, "reason": "合同"}
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-maker").post("/owner/transfers/new/", form)
    assert answer.status_code == 409
    assert "可用 423 t，不够 424 t" in answer.content.decode()
    assert (Transfer.objects.count(), last_event(verb="registry.initiate_transfer").code) == (1, "not_enough")


@pytest.mark.parametrize("desk", ["projects/acceptancedeskrow", "registry/retirementdeskrow"])
def test_an_officer_of_another_city_is_refused_and_written_down(world: World, desk: str) -> None:
    row = project_in(world, "SUBMITTED") if desk.startswith("projects") else retirement_in(world, "PENDING")
    verb = "accept" if desk.startswith("projects") else "review_retirement"
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "other-officer").post(f"/manage/{desk}/{row.pk}/press/{verb}/", {"key": "other-city-1"})
    assert answer.status_code == 403
    assert str(row) not in answer.content.decode()
    event = last_event()
    assert (event.outcome, event.code, event.actor) == (
        Event.Outcome.REFUSED,
        "forbidden",
        world.people["other-officer"],
    )


@pytest.mark.parametrize("desk", ["projects/acceptancedeskrow", "registry/retirementdeskrow"])
def test_an_officer_of_another_city_is_not_even_shown_the_row(world: World, desk: str) -> None:
    row = project_in(world, "SUBMITTED") if desk.startswith("projects") else retirement_in(world, "PENDING")
    verb = "accept" if desk.startswith("projects") else "review_retirement"
    answer = _client(world, "other-officer").get(f"/manage/{desk}/{row.pk}/press/{verb}/")
    assert answer.status_code in (403, 404)
    assert str(row) not in answer.content.decode()
