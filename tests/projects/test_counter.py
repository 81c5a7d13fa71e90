"""Paper at the counter: entered from its scan, said so everywhere, and never decided on by who entered it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Division, Event, Organisation, User
from accounts.roles import Role
from accounts.services.deputies import name_deputy
from accounts.services.people import register_organisation
from accounts.workflow import PermissionDenied
from carbon_portal.story import World
from kernel import clock
from office.models import Profile
from office.services import signoffs
from projects.models import CounterEntry, Project
from projects.services import applications, counter, reviews
from projects.services.counter import Signed
from tests.papers import picture
from tests.projects.test_applications import told
from tests.projects.test_owner_pages import application
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give, grounds, person, project_in
from tests.worlds import last_event

VILLAGE = "N2441823MF0000128C"
SCAN = picture()


def paper(**changed: Any) -> Signed:
    """Return a paper signed yesterday."""
    day = clock.today() - timedelta(days=1)
    return Signed(**{"scan": ("申请表.png", SCAN), "signed_by": "罗村长", "signed_on": day, **changed})


def fields(world: World, **changed: Any) -> dict[str, Any]:
    """Return what the paper says, with both promises."""
    return told(world, unique_elsewhere=True, truth_promised=True, **changed)


def entered(world: World, *, by: User | None = None, **changed: Any) -> Project:
    """Enter an application of the owner."""
    by = by or world.people["officer"]
    return counter.enter_for_owner(world.organisations["owner"], paper=paper(), by=by, **fields(world, **changed))


@pytest.fixture
def second(world: World) -> User:
    """Another officer of the city, who accepts too."""
    return world.people["officer-two"]


def test_a_paper_is_before_the_office_at_once_and_says_by_whom_from_what(world: World) -> None:
    project = entered(world)
    assert (project.state, project.submitted_by, project.confirmed_by) == ("SUBMITTED", None, None)
    assert project.due_on is not None
    entry = project.counter_entries.get()
    assert (entry.entered_by, entry.signed_by) == (world.people["officer"], "罗村长")
    assert entry.scan is not None
    event = last_event(verb="projects.enter_for_owner", object_id=project.pk)
    assert (event.from_state, event.to_state, event.data["scan"]) == ("DRAFT", "SUBMITTED", entry.scan.sha256)
    assert "罗村长" in event.reason
    assert event.actor == world.people["officer"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"scan": None}, "no_scan"), ({"signed_by": " "}, "not_signed"), ({"signed_on": None}, "not_signed"),
     ({"scan": ("申请表.pdf", b"%PDF-1.4 cut off")}, "file_hides")],
)  # fmt: skip
def test_without_a_signed_scan_nothing_is_entered(world: World, changed: dict[str, Any], code: str) -> None:
    if "signed_on" in changed:
        changed = {"signed_on": clock.today() + timedelta(days=1)}
    owner, officer = world.organisations["owner"], world.people["officer"]
    refused(counter.enter_for_owner, owner, paper=paper(**changed), by=officer, code=code, **fields(world))


def test_the_counter_has_the_gates_of_the_owners_own_door(world: World) -> None:
    owner, officer = world.organisations["owner"], world.people["officer"]
    for gap, code in (({"truth_promised": False}, "no_promise"), ({"unique_elsewhere": False}, "not_unique")):
        given = {**fields(world), **gap}
        refused(counter.enter_for_owner, owner, paper=paper(), by=officer, code=code, **given)
    taken = world.projects["yearly"].meter_no
    refused(
        counter.enter_for_owner, owner, paper=paper(), by=officer, code="meter_taken", **fields(world, meter_no=taken)
    )


def test_only_an_officer_of_the_place_enters(world: World) -> None:
    owner = world.organisations["owner"]
    for who in ("reviewer", "registrar", "owner-maker", "admin", "other-officer"):
        forbidden(counter.enter_for_owner, owner, paper=paper(), by=world.people[who], **fields(world))
    elsewhere = fields(world, division=Division.objects.get(code="9902"))
    forbidden(counter.enter_for_owner, owner, paper=paper(), by=world.people["officer"], **elsewhere)


def test_who_entered_it_takes_no_step_of_the_office_on_it(world: World, second: User) -> None:
    officer, project = world.people["officer"], entered(world)
    why = {"by": officer, "reason": "试", "code": "same_person"}
    for verb in (reviews.accept, reviews.ask_correction):
        refused(verb, project, **why)
    refused(reviews.refuse_acceptance, project, grounds=grounds(), **why)
    for role in (Role.REVIEWER, Role.REGISTRAR):
        person_gets(world, officer, role)
    project = reviews.accept(project, by=second)
    refused(reviews.approve, project, **why)
    refused(reviews.reject, project, grounds=grounds(), **why)
    project = reviews.approve(project, by=world.people["reviewer"])
    refused(reviews.register, project, **why)


def person_gets(world: World, user: User, role: str) -> None:
    """Give somebody a second post in the city."""
    give(world, user, role, division=Division.objects.get(code="9901"))


def test_nor_does_whoever_acts_in_that_officers_name(world: World, second: User) -> None:
    colleague = person(world, "colleague", Role.REGISTRAR, division=Division.objects.get(code="9901"))
    project, today = entered(world), clock.today()
    officer = world.people["officer"]
    name_deputy(officer, colleague, from_on=today, to_on=today, by=officer, reason="年休假")
    refused(reviews.accept, project, by=colleague, code="same_person")
    # And the other way round: entered in her name, it is hers too.
    other = entered(world, by=colleague, name="代办人代录的屋顶", meter_no="9901-PV-C2")
    entry = other.counter_entries.get()
    assert (entry.entered_by, entry.entered_for) == (colleague, officer)
    refused(reviews.accept, other, by=officer, code="same_person")
    assert reviews.accept(other, by=second).accepted_by == second


def test_nor_as_one_of_the_three_of_a_sign_off(world: World, second: User) -> None:
    officer, guangdong = world.people["officer"], Profile.objects.get(code="GD-2022")
    person_gets(world, officer, Role.REVIEWER)
    project = reviews.accept(entered(world, profile=guangdong), by=second)
    client = at(officer)
    press = f"/manage/projects/reviewdeskrow/{project.pk}/press/approve/"
    with nothing_changed():
        answer = client.post(press, {"reason": "拟同意"})
    assert (answer.status_code, "代录的人不能" in answer.content.decode()) == (409, True)
    # By the verb itself a draft is made, and nobody can sign it.
    chain = signoffs.draft(project, name="projects.approve", by=officer, reason="拟同意")
    chain = signoffs.review(chain, by=world.people["reviewer"])
    refused(signoffs.sign, chain, by=world.people["leader"], code="same_person")


def test_a_correction_on_paper_is_entered_with_a_scan_of_its_own(world: World, second: User) -> None:
    project, officer = entered(world), world.people["officer"]
    changed = fields(world, location="青岚市城北区仓前路 6 号")
    refused(counter.correct_for_owner, project, paper=paper(), by=officer, code="wrong_state", **changed)
    project = reviews.ask_correction(project, by=second, reason="地点写错了")
    refused(counter.correct_for_owner, project, paper=paper(scan=None), by=officer, code="no_scan", **changed)
    # Who asked for it does not enter it either: somebody else would have to accept.
    refused(counter.correct_for_owner, project, paper=paper(), by=second, code="same_person", **changed)
    project = counter.correct_for_owner(project, paper=paper(signed_by="罗小妹"), by=officer, **changed)
    assert (project.state, project.location) == ("SUBMITTED", "青岚市城北区仓前路 6 号")
    assert [entry.signed_by for entry in project.counter_entries.order_by("pk")] == ["罗村长", "罗小妹"]
    assert last_event(verb="projects.correct_for_owner").data["changed"]["location"][1] == project.location
    assert reviews.accept(project, by=second).state == "ACCEPTED"


def test_the_owner_goes_on_with_it_and_nobody_confirms_what_was_not_submitted(world: World, second: User) -> None:
    maker, checker = world.people["owner-maker"], world.people["owner-checker"]
    draft = project_in(world, "DRAFT")
    refused(applications.confirm, draft, by=checker, code="wrong_state")
    project = reviews.ask_correction(entered(world, name="另一处", meter_no="9901-PV-C3"), by=second, reason="缺验收单")
    project = applications.edit(project, by=maker, location="青岚市城北区 8 号")
    project = applications.confirm(applications.submit(project, by=maker), by=checker)
    assert (project.state, project.confirmed_by) == ("SUBMITTED", checker)
    withdrawn = applications.withdraw(project, by=maker, reason="改装组件")
    assert withdrawn.state == "WITHDRAWN"


def at(user: User) -> Client:
    """Return the client of a person."""
    client = Client()
    client.force_login(user)
    return client


def form(**changed: Any) -> dict[str, Any]:
    """Return the owner's form with the paper's three fields."""
    day = clock.today()
    boxes = {f"signed_on_{part}": str(getattr(day, part)) for part in ("year", "month", "day")}
    filled = {**application(), **boxes, "signed_by": "罗村长", "scan": SimpleUploadedFile("申请表.png", SCAN)}
    return {name: value for name, value in (filled | changed).items() if value is not None}


def test_a_village_that_nobody_knows_is_registered_and_its_paper_entered(world: World) -> None:
    officer = at(world.people["officer"])
    assert officer.get("/counter/").status_code == 200
    assert officer.post("/counter/", {"uscc": "N2441823MF0000128D"}).status_code == 400
    page = officer.post("/counter/", {"uscc": VILLAGE}).content.decode()
    assert "还没有登记" in page
    who = {"uscc": VILLAGE, "name": "石坪村股份经济合作联合社", "kind": "COLLECTIVE", "legal_representative": "罗村长"}
    city = Division.objects.get(code="9901").pk
    assert officer.post("/counter/", {**who, "division": ""}).status_code == 400
    answer = officer.post("/counter/", {**who, "division": city})
    village = Organisation.objects.get(uscc=VILLAGE)
    address = f"/counter/{village.pk}/new/"
    assert answer["Location"] == address
    assert officer.post("/counter/", {"uscc": VILLAGE})["Location"] == address
    assert village.name in officer.get(address).content.decode()
    for gap in ({"scan": None}, {"signed_by": ""}, {"uscc": "91990100MA5C00015U"}):
        with nothing_changed():
            assert officer.post(address, form(**{"uscc": VILLAGE, **gap})).status_code == 400
    answer = officer.post(address, form(uscc=VILLAGE))
    entry = CounterEntry.objects.get()
    assert answer["Location"] == f"/counter/entries/{entry.pk}/"
    receipt = officer.get(answer["Location"]).content.decode()
    for said in ("收件回执", village.name, "罗村长", "陈立", entry.scan.sha256):  # type: ignore[union-attr]
        assert said in receipt, said


def test_whoever_is_not_at_the_counter_gets_no_page_of_it(world: World) -> None:
    owner, project = world.organisations["owner"], entered(world)
    for who in ("reviewer", "owner-maker", "verifier"):
        assert at(world.people[who]).get("/counter/").status_code == 403
    elsewhere = at(world.people["other-officer"])
    assert elsewhere.get(f"/counter/{owner.pk}/new/").status_code == 403
    assert at(world.people["officer"]).get(f"/counter/projects/{project.pk}/correct/").status_code == 403
    with pytest.raises(PermissionDenied):
        register_organisation(
            uscc=VILLAGE, name="村", kind="COLLECTIVE", by=world.people["officer"],
            division=Division.objects.get(code="9902"),
        )  # fmt: skip
    entry = project.counter_entries.get()
    for path in (f"/counter/entries/{entry.pk}/", f"/counter/entries/{entry.pk}/scan/"):
        assert at(world.people["buyer-maker"]).get(path).status_code == 404
        assert elsewhere.get(path).status_code == 404


def test_owner_reviewer_and_desk_all_say_it_came_on_paper(world: World, second: User) -> None:
    project = entered(world)
    entry = project.counter_entries.get()
    owner = at(world.people["owner-maker"])
    page = owner.get(f"/owner/projects/{project.pk}/").content.decode()
    for said in ("柜台代录纸质申请", "罗村长", "陈立", f"/counter/entries/{entry.pk}/scan/"):
        assert said in page, said
    sent = owner.get(f"/counter/entries/{entry.pk}/scan/")
    assert sent["Content-Security-Policy"].startswith("sandbox")
    assert "attachment" in sent["Content-Disposition"]
    case = at(second).get(f"/manage/projects/acceptancedeskrow/{project.pk}/change/").content.decode()
    for said in ("柜台代录", "罗村长", f"/counter/entries/{entry.pk}/scan/"):
        assert said in case, said
    officer = at(world.people["officer"])
    assert project.name not in officer.get("/manage/").content.decode()
    assert project.name in at(second).get("/manage/").content.decode()
    desk = officer.get("/manage/projects/counterdeskrow/").content.decode()
    assert (project.name in desk, "/counter/" in desk) == (True, True)
    assert "收件回执" in officer.get(f"/manage/projects/counterdeskrow/{entry.pk}/change/").content.decode()
    reviews.ask_correction(project, by=second, reason="地点写错了")
    correct = f"/counter/projects/{project.pk}/correct/"
    assert correct in officer.get(f"/manage/projects/counterdeskrow/{entry.pk}/change/").content.decode()
    assert officer.get(correct).status_code == 200
    answer = officer.post(correct, form(name=project.name, meter_no=project.meter_no, location="仓前路 6 号"))
    assert answer.status_code == 302, answer.content.decode()
    assert "看修改前后" in owner.get(f"/owner/projects/{project.pk}/").content.decode()
    assert Event.objects.filter(verb="projects.correct_for_owner", outcome="DONE").count() == 1
