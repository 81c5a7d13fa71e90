"""Visits on site: two officers, photos that say where and when, confirmed by the second, sent twice and kept once."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Division, Event, User
from accounts.roles import Role
from accounts.services.deputies import name_deputy
from carbon_portal.story import World
from kernel import clock
from kernel.digest import sha256
from office.services.clock import move_clock
from projects.models import Project, SiteVisit, VisitPhoto
from projects.services import visits
from projects.services.geotags import Tag, tag_of
from projects.services.visits import Photo, Place
from tests.papers import photo, picture
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import person, project_in

ROOF = ("30.123456", "103.654321")
HERE = Place(Decimal("30.1"), Decimal("103.6"), 12, "PHONE")
TAGGED = photo(at=ROOF, taken="2026:05:04 09:30:00")


def taken(content: bytes = TAGGED, place: Place | None = HERE, name: str = "屋面.jpg") -> Photo:
    """Return a photo as the phone's page sends it."""
    return Photo(name, content, place, clock.real_now())


@pytest.fixture
def case(world: World) -> Project:
    """A case in review."""
    return project_in(world, "ACCEPTED")


def told(world: World, **changed: Any) -> dict[str, Any]:
    """Return what the officer records with the reviewer."""
    return {
        "second": world.people["reviewer"],
        "visited_at": clock.now(),
        "place": HERE,
        "findings": "组件 1,200 块，铭牌与申请一致。",
        "result": "AGREES",
        "photos": [taken()],
        "by": world.people["officer"],
        **changed,
    }


def recorded(world: World, case: Project, **changed: Any) -> SiteVisit:
    """Record a visit."""
    return visits.record_visit(case, **told(world, **changed))


def test_a_photo_says_where_and_when_before_only_its_pixels_are_kept(world: World, case: Project) -> None:
    plain = picture("JPEG", (50, 40))
    visit = recorded(world, case, photos=[taken(), taken(plain, name="电表.jpg")])
    tagged, untagged = visit.photos.order_by("pk")
    assert (tagged.latitude, tagged.longitude, tagged.position_source) == (*map(Decimal, ROOF), "EXIF")
    assert (tagged.taken_at, tagged.taken_source) == (datetime(2026, 5, 4, 1, 30, tzinfo=UTC), "EXIF")
    assert (untagged.latitude, untagged.accuracy_m, untagged.position_source) == (Decimal("30.1"), 12, "PHONE")
    assert untagged.taken_source == "PHONE"
    assert (tagged.sent_sha256, untagged.sent_sha256) == (sha256(TAGGED), sha256(plain))
    with tagged.kept.file.open() as kept:
        content = kept.read()
    assert tag_of(content) == Tag(None, None)
    assert tagged.kept.sha256 == sha256(content) != tagged.sent_sha256
    assert Image.open(io.BytesIO(content)).size == (64, 48)


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        (photo(at=("-33.5", "-70.25")), Tag((Decimal("-33.5"), Decimal("-70.25")), None)),
        (photo(at=("0", "0")), Tag(None, None)),
        (photo(at=("91", "10")), Tag(None, None)),
        (photo(taken="2026:05:04 09:30:00", offset="-03:00"), Tag(None, datetime(2026, 5, 4, 12, 30, tzinfo=UTC))),
        (photo(taken="2026:13:04 09:30:00"), Tag(None, None)),
        (photo(taken="2026:05:04 09:30:00", offset="+99:99"), Tag(None, None)),
        (TAGGED[:200], Tag(None, None)),
        (b"no picture", Tag(None, None)),
    ],
    ids=[
        "south and west",
        "no fix",
        "off the earth",
        "its own offset",
        "no such day",
        "no such offset",
        "cut off",
        "text",
    ],
)
def test_what_a_photo_says_is_read_or_said_to_be_missing(content: bytes, tag: Tag) -> None:
    assert tag_of(content) == tag


def test_the_second_confirms_and_nobody_else(world: World, case: Project) -> None:
    visit = recorded(world, case)
    assert (visit.state, visit.number) == ("WAITING", f"990100-XC-{clock.today().year}-0001")
    for who in ("officer", "reviewer-two"):
        refused(visits.confirm_visit, visit, by=world.people[who], code="not_the_second")
    for who in ("owner-maker", "registrar", "verifier", "other-officer"):
        forbidden(visits.confirm_visit, visit, by=world.people[who])
    visit = visits.confirm_visit(visit, by=world.people["reviewer"])
    assert (visit.state, visit.confirmed_by) == ("CONFIRMED", world.people["reviewer"])
    refused(visits.confirm_visit, visit, by=world.people["reviewer"], code="wrong_state")
    on_case = Event.objects.filter(object_type="projects.project", object_id=case.pk, verb__contains="_visit")
    assert {event.verb for event in on_case} == {"projects.record_visit", "projects.confirm_visit"}


def test_the_second_may_disagree_with_a_reason(world: World, case: Project) -> None:
    visit, reviewer = recorded(world, case), world.people["reviewer"]
    refused(visits.dispute_visit, visit, by=reviewer, reason=" ", code="no_reason")
    visit = visits.dispute_visit(visit, by=reviewer, reason="逆变器只有两台")
    assert (visit.state, visit.disagreement) == ("DISPUTED", "逆变器只有两台")


def test_a_deputy_is_the_absent_officer_too(world: World, case: Project) -> None:
    colleague = person(world, "colleague", Role.REGISTRAR, division=Division.objects.get(code="9901"))
    officer, today = world.people["officer"], clock.today()
    name_deputy(officer, colleague, from_on=today, to_on=today, by=officer, reason="年休假")
    refused(visits.record_visit, case, code="same_person", **told(world, by=colleague, second=officer))
    visit = recorded(world, case, by=colleague)
    assert visits.confirm_visit(visit, by=world.people["reviewer"]).state == "CONFIRMED"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"findings": " "}, "visit_incomplete"),
        ({"photos": []}, "no_photos"),
        ({"photos": [taken()] * 7}, "too_many_photos"),
        ({"photos": [taken(), taken(name="同一张.jpg")]}, "same_photo"),
        ({"photos": [taken(photo(), None)]}, "no_position"),
        ({"photos": [taken(b"%PDF-1.4")]}, "file_kind"),
        ({"photos": [taken(TAGGED[:300])]}, "file_broken"),
    ],
)
def test_what_is_missing_is_refused(world: World, case: Project, changed: dict[str, Any], code: str) -> None:
    refused(visits.record_visit, case, code=code, **told(world, **changed))


def test_who_when_and_which_case_have_to_fit(world: World, case: Project) -> None:
    officer = world.people["officer"]
    refused(visits.record_visit, case, code="same_person", **told(world, second=officer))
    refused(visits.record_visit, case, code="other_office", **told(world, second=world.people["owner-maker"]))
    for days in (1, -1):
        at = clock.now() + timedelta(days=days)
        refused(visits.record_visit, case, code="bad_time", **told(world, visited_at=at))
    for who in ("owner-maker", "registrar", "verifier", "other-officer"):
        forbidden(visits.record_visit, case, **told(world, by=world.people[who]))
    for number, state in enumerate(("SUBMITTED", "CORRECTION")):
        other = project_in(world, state, name=f"{number} 号屋顶", meter_no=f"9901-PV-V{number}")
        refused(visits.record_visit, other, code="not_in_review", **told(world))


def test_the_same_record_twice_is_one_visit(world: World, case: Project) -> None:
    given = told(world)
    first = visits.record_visit(case, key="field-0001", **given)
    assert visits.record_visit(case, key="field-0001", **given) == first
    refused(visits.record_visit, case, key="field-0001", code="key_reused", **{**given, "findings": "另一次"})
    assert (SiteVisit.objects.count(), VisitPhoto.objects.count()) == (1, 1)


def at(user: User, **about: Any) -> Client:
    """Return the client of a person."""
    client = Client(**about)
    client.force_login(user)
    return client


def filled(world: World, **changed: Any) -> dict[str, Any]:
    """Return what the phone's page posts."""
    about = [{"latitude": "30.1", "longitude": "103.6", "accuracy_m": "9", "taken_at": clock.now().isoformat()}]
    form = {
        "key": "6f0c0b36-field",
        "filled_by": world.people["officer"].pk,
        "second": world.people["reviewer"].pk,
        "visited_at": clock.now().isoformat(),
        "latitude": "30.1",
        "longitude": "103.6",
        "accuracy_m": "12",
        "place_source": "PHONE",
        "result": "AGREES",
        "findings": "相符",
        "about": json.dumps(about),
        "photos": SimpleUploadedFile("屋面.jpg", TAGGED, "image/jpeg"),
    }
    return form | changed


def test_the_phones_door_takes_a_record_once_and_says_what_is_wrong(world: World, case: Project) -> None:
    officer, address = at(world.people["officer"]), f"/field/{case.pk}/send/"
    for gap, status in (
        ({"key": "x"}, 400), ({"findings": ""}, 400), ({"latitude": "95"}, 400), ({"second": ""}, 400),
        ({"about": "[]"}, 400), ({"about": "{"}, 400), ({"about": '[{"taken_at": "gestern"}]'}, 400),
        ({"filled_by": world.people["reviewer"].pk}, 409),
        ({"photos": SimpleUploadedFile("屋面.jpg", b"MZ" + bytes(80), "image/jpeg")}, 409),
    ):  # fmt: skip
        with nothing_changed():
            answer = officer.post(address, filled(world, **gap))
        assert (answer.status_code, bool(answer.json()["said"])) == (status, True), gap
    form = filled(world)
    numbers = set()
    for _time in (1, 2):
        form["photos"].seek(0)
        answer = officer.post(address, form)
        assert answer.status_code == 201, answer.content.decode()
        numbers.add(answer.json()["number"])
    assert numbers == {SiteVisit.objects.get().number}
    other = at(world.people["registrar"])
    assert other.post(address, filled(world, filled_by=world.people["registrar"].pk)).status_code == 403


def test_a_token_is_asked_for_first_and_only_who_is_signed_in_gets_one(world: World, case: Project) -> None:
    assert Client().get("/field/token/").status_code == 401
    assert Client().post(f"/field/{case.pk}/send/", filled(world)).status_code == 401
    assert at(world.people["registrar"]).get("/field/token/").status_code == 403
    officer = at(world.people["officer"], enforce_csrf_checks=True)
    answer = officer.get("/field/token/")
    given = answer.json()
    assert given["user"] == world.people["officer"].pk
    assert "no-store" in answer["Cache-Control"]
    address = f"/field/{case.pk}/send/"
    assert officer.post(address, filled(world)).status_code == 403
    assert officer.post(address, filled(world), headers={"X-CSRFToken": given["token"]}).status_code == 201


def test_without_a_second_factor_there_is_no_token(world: World) -> None:
    client = Client()
    client.login(username="officer", password="Qinglan-demo-1")
    assert client.get("/field/token/").status_code == 302


def test_the_worker_may_touch_the_pages_of_visits_only(world: World) -> None:
    answer = Client().get("/field/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer  # so its reach is its own folder
    script = b"".join(answer).decode()  # type: ignore[arg-type]
    assert r"^\/field\/(\d+\/)?$" in script


def test_phone_desk_reviewer_and_owner_each_see_what_is_theirs(world: World, case: Project) -> None:
    officer, reviewer = at(world.people["officer"]), at(world.people["reviewer"])
    assert case.name in officer.get("/field/").content.decode()
    page = officer.get(f"/field/{case.pk}/").content.decode()
    assert "同去的另一名人员" in page
    for who in ("owner-maker", "registrar"):
        assert at(world.people[who]).get(f"/field/{case.pk}/").status_code == 403
    assert at(world.people["other-officer"]).get(f"/field/{case.pk}/").status_code == 404
    visit = recorded(world, case)
    taken_there = visit.photos.get()
    assert visit.number in reviewer.get("/field/").content.decode()
    assert visit.number in reviewer.get("/manage/").content.decode()
    assert visit.number not in officer.get("/manage/").content.decode()
    seen = reviewer.get(f"/manage/projects/visitdeskrow/{visit.pk}/change/").content.decode()
    case_page = reviewer.get(f"/manage/projects/reviewdeskrow/{case.pk}/change/").content.decode()
    for text in (seen, case_page):
        for said in ("30.123456", "103.654321", "照片自带", "1,200 块", f"/field/photos/{taken_there.pk}/"):
            assert said in text, said
    sent = reviewer.get(f"/field/photos/{taken_there.pk}/")
    assert sent["Content-Security-Policy"].startswith("sandbox")
    for who in ("owner-maker", "other-officer"):
        assert at(world.people[who]).get(f"/field/photos/{taken_there.pk}/").status_code == 404
    press = f"/manage/projects/visitdeskrow/{visit.pk}/press/confirm_visit/"
    assert officer.post(press).status_code == 409
    assert reviewer.post(press).status_code == 302
    told_owner = at(world.people["owner-maker"]).get(f"/owner/projects/{case.pk}/").content.decode()
    assert "两名人员到现场核实" in told_owner
    assert "1,200 块" not in told_owner


def test_a_visit_that_was_waiting_on_the_phone_comes_in_while_the_result_is_on_notice(world: World) -> None:
    case = project_in(world, "PUBLIC_NOTICE")
    at_site = clock.now()
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日联网")
    visit = recorded(world, case, visited_at=at_site)
    assert visit.received_at - visit.visited_at >= timedelta(days=1)
