"""A desk's list taken away as a file: what it holds, whose it is, and how it comes to an end."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.desk import may
from accounts.models import Event, Organisation, User
from accounts.roles import Role
from accounts.services.people import end_role
from carbon_portal.site.exporting import make_export
from carbon_portal.story import World
from kernel import clock
from office import sheets
from office.lists import listing
from office.models import MAX_ATTEMPTS, ExportJob, Message
from office.services import exports, list_exports
from office.services.exports import Gone, claim, make_waiting
from office.services.list_exports import cancel_export, download_export, export_list, remove_old, retry_export
from office.states import ExportState
from office.tasks import forget
from tests.citizens import IDENTITY_NO, PHONE, operator, verified
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give
from tests.worlds import last_event

DESK = "accounts.organisation"
OF = f"/manage/office/exportjob/of/{DESK}/"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    """Keep the files of this test to itself."""
    settings.MEDIA_ROOT = tmp_path


def at(world: World, who: str) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(world.people[who])
    return client


ABOUT = {"desk": DESK, "title": "单位", "query": "", "format": "XLSX", "rows": 3, "language": "zh-hans"}
# Lists that only the administrators of the system and of security see, who take nothing away.
OF_ADMINISTRATORS = {
    "accounts.PersonDeskRow", "accounts.RoleGrantDeskRow", "accounts.RoleProposal", "accounts.SecondFactorReset",
    "certificates.ParkedDeskRow", "office.DeliveryDeskRow",
}  # fmt: skip


def asked(world: World, who: str = "officer", **other: Any) -> ExportJob:
    """Ask for the list of organisations."""
    return export_list(**{**ABOUT, **other}, by=world.people[who])


def made(job: ExportJob) -> ExportJob:
    """Let the worker make what waits."""
    assert make_waiting(make_export) == (1, 0)
    job.refresh_from_db()
    return job


def of_csv(job: ExportJob) -> list[list[str]]:
    """Return the cells of a CSV."""
    content = job.file.read()
    assert content.startswith(b"\xef\xbb\xbf")
    assert hashlib.sha256(content).hexdigest() == job.sha256 == job.data_sha256
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def of_xlsx(job: ExportJob) -> tuple[list[list[Any]], dict[str, str]]:
    """Return the cells of the first sheet, and what 说明 says."""
    content = job.file.read()
    assert hashlib.sha256(content).hexdigest() == job.sha256
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["数据", "说明"]
    said = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name("说明").to_python() if row[0]}
    return book.get_sheet_by_name("数据").to_python(), said


def test_an_officer_takes_the_list_away_as_it_is_filtered(world: World) -> None:
    """Asked for at the list, queued, made, announced, downloaded; each step is an event, and the digest is the same in both forms."""
    client = at(world, "officer")
    page = client.get("/manage/accounts/organisation/?q=91990100&p=1").content.decode()
    assert f'href="{OF}?q=91990100&amp;p=1"' in page
    jobs = {}
    for form in ("XLSX", "CSV"):
        answer = client.post(f"{OF}?q=91990100&p=1", {"format": form})
        job = ExportJob.objects.get(state="WAITING")
        assert answer.url == f"/manage/office/exportjob/{job.pk}/change/"  # type: ignore[attr-defined]
        waits = client.get(answer.url)  # type: ignore[attr-defined]
        assert (waits["Refresh"], job.query, job.asked_by) == ("5", "q=91990100", world.people["officer"])
        jobs[form] = made(job)
        assert "导出已生成：" in client.get("/manage/").content.decode()
        assert "导出已生成：" not in client.get("/manage/").content.decode(), "said once"
    seen = Organisation.objects.visible_to(world.people["officer"]).filter(uscc__contains="91990100")
    rows = of_csv(jobs["CSV"])
    assert {row[1] for row in rows[1:]} == set(seen.values_list("uscc", flat=True))
    cells, said = of_xlsx(jobs["XLSX"])
    assert cells == rows
    assert jobs["XLSX"].data_sha256 == jobs["CSV"].data_sha256 == said["数据 SHA-256"]
    assert (said["行数"], said["筛选条件"], said["导出人"]) == (str(len(rows) - 1), "q=91990100", "陈立（officer）")
    assert set(rows[0]) <= said.keys()
    sent = client.get(f"/manage/office/exportjob/{jobs['CSV'].pk}/download/")
    assert hashlib.sha256(b"".join(sent)).hexdigest() == jobs["CSV"].sha256  # type: ignore[arg-type]
    assert "attachment" in sent["Content-Disposition"]
    assert last_event(verb="office.download_export").actor == world.people["officer"]
    assert last_event(verb="office.export_list").data["query"] == "q=91990100"
    assert last_event(verb="office.make_export").data["rows"] == len(rows) - 1
    told = Message.objects.filter(person=world.people["officer"], template="office.export_ready")
    assert {message.link for message in told} == {f"/manage/office/exportjob/{job.pk}/change/" for job in jobs.values()}


def _looking(person: User) -> HttpRequest:
    request = HttpRequest()
    request.method, request.user = "GET", person
    return request


def test_every_list_can_be_taken_away_by_who_sees_it(world: World) -> None:
    """Its rows are those of the desk, its columns those of the page, and nothing in it is drawn."""
    give(world, world.people["officer"], Role.OPERATOR, division=world.people["officer"].grants.get().division)
    requests, left = [_looking(person) for person in world.people.values() if person.is_staff], set()
    for model, desk in admin.site._registry.items():
        request = next(
            (one for one in requests if may(one, "office.export_list") and desk.has_view_permission(one)), None
        )
        if request is None:
            left.add(model._meta.label)
            continue
        found = listing(model._meta.label_lower, "", cast(User, request.user))
        assert found.row_count == desk.get_queryset(request).distinct().count(), model
        rows = [found.values(row) for row in found.rows[:50]]
        assert all(len(row) == len(found.columns) for row in rows), model
        assert not any("<span" in str(cell) or "</" in str(cell) for row in rows for cell in row), model
    assert left == OF_ADMINISTRATORS


def test_people_are_masked_as_on_the_page(world: World) -> None:
    citizen = verified(name="欧阳明月")
    found = listing("scenarios.citizendeskrow", "", operator(world))
    said = str([found.values(row) for row in found.rows])
    assert citizen.user.full_name in said
    assert not [word for word in ("欧阳明月", PHONE, IDENTITY_NO) if word in said]


def test_nothing_in_a_file_is_taken_for_a_formula(world: World) -> None:
    first = Organisation.objects.visible_to(world.people["officer"]).order_by("pk").first()
    assert first is not None
    for evil in ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"):
        Organisation.objects.filter(pk=first.pk).update(name=evil)
        assert f"'{evil}" in [cell for row in of_csv(made(asked(world, format="CSV"))) for cell in row]
    Organisation.objects.filter(pk=first.pk).update(name="=1+1")
    job = made(asked(world))
    book = CalamineWorkbook.from_filelike(io.BytesIO(job.file.read()))
    assert "'=1+1" in [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]


def test_figures_stay_exact() -> None:
    """A number of more digits than a workbook keeps is text there; in a CSV every digit stands anyway."""
    rows = [[123456789012345, 1234567890123456, Decimal("0.10"), Decimal("1234567.1234567891"), -5, Decimal("1E+3")]]
    for out in (sheets.CsvOut, sheets.XlsxOut):
        file = io.BytesIO()
        writer = out(file, [sheets.Column(str(at), "") for at in range(6)])
        writer.write(rows)
        writer.close([], [])
        file.seek(0)
        if out is sheets.CsvOut:
            line = file.read().decode("utf-8-sig").splitlines()[1]
            assert line == "123456789012345,1234567890123456,0.10,1234567.1234567891,-5,1000"
        else:
            cells = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()[1]
            assert cells == [123456789012345, "1234567890123456", 0.1, "1234567.1234567891", -5, 1000]


def test_what_a_person_may_no_longer_see_is_not_made(world: World) -> None:
    """Scope and role are those of the time the file is made, not of the time it was asked for."""
    job = asked(world)
    division = world.people["officer"].grants.get().division
    end_role(world.people["officer"].grants.get(), by=world.people["security"], reason="调离")
    assert make_waiting(make_export) == (0, 1)
    job.refresh_from_db()
    assert (job.state, job.file.name, job.attempts) == (ExportState.FAILED, "", 1)
    assert "权限" in job.last_error
    give(world, world.people["officer"], Role.OFFICER, division=division)
    assert made(retry_export(job, by=world.people["officer"])).rows_done > 0


def test_the_scope_is_that_of_the_time_it_is_made(world: World) -> None:
    job = asked(world, format="CSV")
    other = world.people["other-officer"].grants.get().division
    Organisation.objects.filter(name=world.organisations["owner"].name).update(division=other)
    assert world.organisations["owner"].uscc not in str(of_csv(made(job)))


def test_an_export_is_one_persons(world: World) -> None:
    """Nobody else sees it, downloads, cancels or starts it again; an auditor neither."""
    job = made(asked(world))
    for who in ("reviewer", "auditor", "leader"):
        client = at(world, who)
        assert client.get(f"/manage/office/exportjob/{job.pk}/download/").status_code == 404
        assert job.pk not in client.get("/manage/office/exportjob/").context["cl"].queryset.values_list("pk", flat=True)
        forbidden(download_export, job, by=world.people[who])
        forbidden(cancel_export, job, by=world.people[who])
    forbidden(export_list, **ABOUT, by=world.people["admin"])
    forbidden(export_list, **ABOUT, by=world.people["owner-maker"])
    assert at(world, "admin").get(OF).status_code == 403
    assert "/exportjob/of/" not in at(world, "admin").get("/manage/accounts/organisation/").content.decode()


def test_an_auditor_asks_for_a_list_too(world: World) -> None:
    client = at(world, "auditor")
    assert client.post(OF, {"format": "CSV"}).status_code == 302
    job = made(ExportJob.objects.get())
    assert len(of_csv(job)) == Organisation.objects.count() + 1
    assert client.get(f"/manage/office/exportjob/{job.pk}/download/").status_code == 200


def test_what_cannot_be_taken_away_is_refused_in_words(world: World) -> None:
    officer = world.people["officer"]
    refused(export_list, **{**ABOUT, "format": "PDF"}, by=officer, code="bad_format")
    refused(export_list, **{**ABOUT, "rows": 1_000_001}, by=officer, code="too_many_rows")
    refused(export_list, **{**ABOUT, "query": "q=" + "长" * 1000}, by=officer, code="bad_filter")
    asked(world)
    refused(export_list, **ABOUT, by=officer, code="export_waits")
    for number in range(4):
        asked(world, query=f"q={number}")
    refused(export_list, **{**ABOUT, "query": "q=9"}, by=officer, code="too_many_waiting")
    client = at(world, "officer")
    with nothing_changed():
        assert client.post(OF, {"format": "PDF"}).status_code == 400
        assert client.post(f"{OF}?nothing__like=1", {"format": "CSV"}).status_code == 302
        assert client.post("/manage/office/exportjob/of/no.such/", {"format": "CSV"}).status_code == 302
    assert client.post("/manage/office/exportjob/of/accounts.user/", {"format": "CSV"}).status_code == 403


def test_a_cancelled_export_stops_at_its_next_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that is being written: the worker keeps no file and marks nothing."""
    job = asked(world)
    monkeypatch.setattr(list_exports, "ROWS_A_STEP", 1)
    through = exports.hold

    def cancel_then(job: ExportJob, **progress: int) -> None:
        if progress["rows_done"] == 1:
            cancel_export(job, by=world.people["officer"])
        through(job, **progress)

    monkeypatch.setattr(list_exports, "hold", cancel_then)
    assert make_waiting(make_export) == (0, 0)
    job.refresh_from_db()
    assert (job.state, job.file.name) == (ExportState.CANCELLED, "")
    refused(cancel_export, job, by=world.people["officer"], code="wrong_state")
    refused(retry_export, job, by=world.people["officer"], code="wrong_state")
    refused(download_export, job, by=world.people["officer"], code="no_file")


def test_two_workers_make_it_once(world: World) -> None:
    """A worker that slept finds its export made by another: it keeps no file and writes no second event."""
    job = asked(world)
    slow = claim(ExportJob.objects.waiting(), backoff_s=0)
    assert slow is not None
    assert claim(ExportJob.objects.filter(pk=job.pk, next_at__gt=clock.real_now()), backoff_s=0) is None
    kept = made(job)
    with nothing_changed(), pytest.raises(Gone):
        make_export(slow)
    slow.rows_total = 1
    with nothing_changed(), pytest.raises(Gone):
        exports.ready(slow, io.BytesIO(b"second"), "second-{digest}.csv")
    assert kept.file.storage.exists(kept.file.name)
    assert len(kept.file.storage.listdir("exports")[1]) == 1
    assert Event.objects.filter(verb="office.make_export").count() == 1


def test_a_failing_export_is_tried_five_times_and_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked(world)

    def no_room(*_args: Any) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(list_exports, "_write", no_room)
        for _time in range(MAX_ATTEMPTS):
            assert make_waiting(make_export) == (0, 1)
            ExportJob.objects.filter(state="WAITING").update(next_at=clock.real_now())
    job.refresh_from_db()
    assert (job.state, job.attempts) == (ExportState.FAILED, MAX_ATTEMPTS)
    assert "no room" in at(world, "officer").get(f"/manage/office/exportjob/{job.pk}/change/").content.decode()
    assert list(ExportJob.objects.parked()) == [job]
    client = at(world, "officer")
    assert client.post(f"/manage/office/exportjob/{job.pk}/press/retry_export/", {"reason": ""}).status_code == 302
    assert made(job).state == ExportState.READY


def test_an_attempt_that_was_killed_five_times_is_given_up(world: World) -> None:
    job = asked(world)
    ExportJob.objects.update(attempts=MAX_ATTEMPTS, next_at=clock.real_now())
    assert make_waiting(make_export) == (0, 0)
    job.refresh_from_db()
    assert (job.state, "中断" in job.last_error) == (ExportState.FAILED, True)


def test_a_file_is_kept_for_thirty_days(world: World) -> None:
    """Then it is removed, and the row stays with its digest."""
    job = made(asked(world))
    path, digest = job.file.path, job.sha256
    assert remove_old() == 0
    ExportJob.objects.update(finished_at=clock.real_now() - timedelta(days=30, minutes=1))
    forget()
    job.refresh_from_db()
    assert (job.state, job.file.name, job.sha256) == (ExportState.REMOVED, "", digest)
    assert not Path(path).exists()
    assert "30 天" in at(world, "officer").get(f"/manage/office/exportjob/{job.pk}/change/").content.decode()
    assert last_event(verb="office.remove_export").to_state == "REMOVED"
