"""What an auditor sees: all rows, as of a day, by whom and under whose authority; and the books to take away."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from django.test import Client
from django.utils import translation

from accounts.models import Event, Organisation
from accounts.roles import TAKE_AWAY, VERBS, Role
from accounts.services.people import end_role
from carbon_portal.site.exporting import BOOKS, make_export
from carbon_portal.story import World
from kernel import clock
from office.models import ExportJob
from office.services.clock import move_clock
from office.services.exports import ask_export, make_waiting
from office.states import ExportBook, ExportState
from registry.models import Block
from registry.services import transfers
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give
from tests.worlds import last_event

PAGES = ("/audit/", "/audit/grants/", "/audit/pairs/", "/audit/events/", "/audit/exports/")


def at(world: World, who: str) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(world.people[who])
    return client


@pytest.fixture
def media(settings: Any, tmp_path: Any) -> None:
    """Keep the files of this test to itself."""
    settings.MEDIA_ROOT = tmp_path


def test_an_auditor_presses_no_button_but_asks_for_exports() -> None:
    assert VERBS[Role.AUDITOR] - TAKE_AWAY == {"accounts.read_events", "accounts.read_everything", "office.ask_export"}


def test_an_auditor_sees_organisations_of_every_division(world: World) -> None:
    assert set(Organisation.objects.visible_to(world.people["auditor"])) == set(Organisation.objects.all())


@pytest.mark.parametrize("path", PAGES)
def test_every_page_an_auditor_opens_leaves_an_event(world: World, path: str) -> None:
    auditor = at(world, "auditor")
    answer = auditor.get(path)
    assert answer.status_code == 200
    event = last_event(verb="accounts.read_as_auditor")
    assert (event.actor, event.data["path"], event.data["status"]) == (world.people["auditor"], path, 200)
    assert path in auditor.get("/audit/events/?kind=access").content.decode()
    with translation.override("en"):
        assert "审计" not in auditor.get(path, headers={"accept-language": "en"}).content.decode().split("</nav>")[1]


def test_an_auditor_changes_nothing(world: World) -> None:
    auditor = at(world, "auditor")
    assert world.transfer is not None
    with nothing_changed():
        assert auditor.post(f"/owner/transfers/{world.transfer.pk}/accept/").status_code == 403
        assert auditor.post("/api/v1/transfers", {}).status_code == 403
    assert last_event(verb="accounts.read_as_auditor").code == "read_only"
    forbidden(transfers.accept, world.transfer, by=world.people["auditor"])


@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("owner-maker", 403), ("admin", 403), ("security", 403)])
def test_others_do_not_open_the_pages(world: World, who: str, status: int) -> None:
    client = at(world, who)
    assert {client.get(path).status_code for path in PAGES} == {status}


def test_the_audit_administrator_sees_who_does_what_and_not_the_books(world: World) -> None:
    client = at(world, "audit")
    assert [client.get(path).status_code for path in PAGES] == [403, 200, 200, 200, 403]


def test_holdings_are_as_of_the_end_of_a_day(world: World) -> None:
    auditor = at(world, "auditor")
    today = clock.today()
    before = sum(row["t"] for row in auditor.get(f"/audit/?on={today}").context["rows"])
    assert before == Block.objects.open().tonnes() > 0
    move_clock(forward=timedelta(days=3), by=world.system, reason="过三天")
    owner = {row["number"]: row["t"] for row in auditor.get("/audit/").context["rows"] if row["state"] == "可用"}
    transfer = transfers.initiate(
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        quantity_t=7,
        by=world.people["owner-maker"],
    )
    transfers.accept(transfers.confirm(transfer, by=world.people["owner-checker"]), by=world.people["buyer-maker"])
    now = auditor.get(f"/audit/?on={clock.today()}").context
    then = auditor.get(f"/audit/?on={today}").context
    assert now["total_t"] == then["total_t"] == before
    number = world.accounts["owner"].number
    of = lambda rows: sum(row["t"] for row in rows if row["number"] == number and row["state"] == "可用")  # noqa: E731
    assert of(then["rows"]) - of(now["rows"]) == 7
    assert of(then["rows"]) == owner[number]
    assert auditor.get("/audit/?on=2001-01-01").context["rows"] == []
    assert auditor.get("/audit/?on=someday").status_code == 200


def test_who_was_authorised_on_a_day_is_answered_by_whom(world: World) -> None:
    auditor, day = at(world, "auditor"), clock.today()
    move_clock(forward=timedelta(days=2), by=world.system, reason="过两天")
    end_role(world.people["officer"].grants.get(), by=world.people["security"], reason="调离")
    move_clock(forward=timedelta(days=1), by=world.system, reason="再过一天")
    then = auditor.get(f"/audit/grants/?on={day}&q=officer").content.decode()
    assert "陈立" in then
    assert "系统" in then
    assert "陈立" not in auditor.get(f"/audit/grants/?on={clock.today()}&q=officer").content.decode()


def test_pairs_of_roles_are_reported_and_the_forbidden_ones_first(world: World) -> None:
    give(world, world.people["owner-maker"], Role.CHECKER, organisation=world.organisations["buyer"])
    give(world, world.people["officer"], Role.REVIEWER, division=world.people["officer"].grants.get().division)
    rows = at(world, "audit").get("/audit/pairs/").context["rows"]
    assert {(row["user"].username, row["forbidden"]) for row in rows} == {("owner-maker", False), ("officer", False)}
    world.people["verifier"].grants.create(
        role=Role.OFFICER,
        division=world.people["officer"].grants.first().division,  # type: ignore[union-attr]
    )
    rows = at(world, "audit").get("/audit/pairs/").context["rows"]
    assert (rows[0]["user"].username, rows[0]["forbidden"]) == ("verifier", True)


def test_what_was_done_by_hand_and_which_rules_changed_are_lists_of_their_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carbon_portal.site.audit.EVENTS_A_PAGE", 10)
    move_clock(forward=timedelta(hours=1), by=world.people["admin"], reason="演示")
    auditor = at(world, "auditor")
    for kind, verb in (("hand", "office.move_clock"), ("rules", "accounts.grant_role")):
        rows = auditor.get(f"/audit/events/?kind={kind}").context["rows"]
        assert verb in {row.verb for row in rows}
        assert "projects.accept" not in {row.verb for row in rows}
    more = auditor.get("/audit/events/").context["more"]
    assert more is not None
    assert max(row.pk for row in auditor.get(f"/audit/events/?before={more}").context["rows"]) < more
    assert Event.objects.count() > 10


def sheets(job: ExportJob) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    """Open an export: the manifest and the rows of each file, after comparing every digest."""
    data = job.file.read()
    assert hashlib.sha256(data).hexdigest() == job.sha256
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        rows = {}
        for file in manifest["files"]:
            content = archive.read(file["name"])
            sm3 = hashes.Hash(hashes.SM3())
            sm3.update(content)
            assert (file["sha256"], file["sm3"]) == (hashlib.sha256(content).hexdigest(), sm3.finalize().hex())
            rows[file["name"]] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
            assert len(rows[file["name"]]) == file["rows"]
    return manifest, rows


@pytest.mark.usefixtures("media")
def test_the_book_of_units_adds_up_to_what_is_held(world: World) -> None:
    move_clock(forward=timedelta(minutes=1), by=world.system, reason="账已记完")
    ask_export(book=ExportBook.UNITS, year=clock.today().year, by=world.people["auditor"])
    assert make_waiting(make_export) == (1, 0)
    job = ExportJob.objects.get()
    manifest, rows = sheets(job)
    assert (job.state, job.rows_done) == (ExportState.READY, job.rows_total)
    assert manifest["year"] == clock.today().year
    opened, closed, held = (
        sum(int(row["quantity_t"]) for row in rows[f"{name}.csv"]) for name in ("opened", "closed", "held_at_end")
    )
    assert opened - closed == held == Block.objects.open().tonnes() > 0


@pytest.mark.usefixtures("media")
def test_the_same_book_of_a_past_year_has_the_same_bytes(world: World) -> None:
    year = clock.today().year
    move_clock(forward=timedelta(days=366), by=world.system, reason="到明年")
    digests = set()
    for _time in range(2):
        ask_export(book=ExportBook.UNITS, year=year, by=world.people["auditor"])
        assert make_waiting(make_export) == (1, 0)
        digests.add(ExportJob.objects.latest("pk").sha256)
        move_clock(forward=timedelta(days=1), by=world.system, reason="再过一天")
    assert len(digests) == 1


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize("book", ExportBook.values)
def test_every_book_can_be_taken_away(world: World, book: str) -> None:
    assert BOOKS[book].code == book
    auditor = at(world, "auditor")
    assert auditor.post("/audit/exports/ask/", {"book": book, "year": clock.today().year}).status_code == 302
    assert make_waiting(make_export) == (1, 0)
    job = ExportJob.objects.get()
    assert job.sha256 in auditor.get("/audit/exports/").content.decode()
    got = auditor.get(f"/audit/exports/{job.pk}/")
    assert hashlib.sha256(b"".join(got)).hexdigest() == job.sha256  # type: ignore[arg-type]
    assert at(world, "officer").get(f"/audit/exports/{job.pk}/").status_code == 403
    sheets(job)


def test_an_export_is_refused_for_no_book_no_year_twice_and_for_others(world: World) -> None:
    auditor, year = world.people["auditor"], clock.today().year
    refused(ask_export, book="COAL", year=year, by=auditor, code="no_such_book")
    refused(ask_export, book="UNITS", year=year + 1, by=auditor, code="bad_year")
    refused(ask_export, book="UNITS", year=0, by=auditor, code="bad_year")
    ask_export(book="UNITS", year=year, by=auditor)
    refused(ask_export, book="UNITS", year=year, by=auditor, code="export_waits")
    forbidden(ask_export, book="POINTS", year=year, by=world.people["registrar"])


@pytest.mark.usefixtures("media")
def test_an_export_that_fails_waits_and_tries_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_export(book="UNITS", year=clock.today().year, by=world.people["auditor"])
    with monkeypatch.context() as broken:
        broken.setattr("office.services.exports._write", _no_room)
        assert make_waiting(make_export) == (0, 1)
    job = ExportJob.objects.get()
    assert (job.state, job.attempts, job.file.name) == (ExportState.WAITING, 1, "")
    assert "no room" in job.last_error
    assert make_waiting(make_export) == (0, 0)
    ExportJob.objects.update(next_at=clock.real_now())
    assert make_waiting(make_export) == (1, 0)


def _no_room(*_args: Any) -> None:
    raise OSError("no room")
