"""Who has a case in hand, and what is handed over all at once."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Division, Event, User
from accounts.roles import Role
from carbon_portal.story import World
from office.models import Assignment, Phrase, SavedFilter
from office.services import hands, phrases
from projects.states import ProjectState
from tests.refusals import forbidden, refused
from tests.stages import person, project_in


@pytest.fixture
def colleague(world: World) -> User:
    """A second officer of the city."""
    return person(world, "colleague", Role.OFFICER, division=Division.objects.get(code="9901"))


def test_a_case_is_in_one_hand_and_given_on(world: World, colleague: User) -> None:
    officer = world.people["officer"]
    case = project_in(world, ProjectState.SUBMITTED, name="甲屋顶", meter_no="9901-PV-H1")
    hands.assign(case, to=officer, by=officer)
    refused(hands.assign, case, to=officer, by=officer, code="assigned")
    hands.assign(case, to=colleague, by=officer, reason="量大")
    now = hands.of_case(case)
    assert now is not None
    assert (now.assignee, Assignment.objects.count()) == (colleague, 2)
    refused(hands.assign, case, to=world.people["other-officer"], by=officer, code="other_office")
    forbidden(hands.assign, case, to=colleague, by=world.people["other-officer"])


def test_everything_open_is_handed_over_each_with_its_event(world: World, colleague: User) -> None:
    officer = world.people["officer"]
    cases = [project_in(world, ProjectState.SUBMITTED, name=f"{n} 屋顶", meter_no=f"9901-PV-H{n}") for n in (2, 3)]
    for case in cases:
        hands.assign(case, to=officer, by=officer)
    rows = list(hands.in_hand(officer))
    forbidden(hands.hand_over, officer, to=colleague, rows=rows, by=world.people["reviewer"], reason="代交")
    refused(hands.hand_over, officer, to=colleague, rows=rows, by=officer, reason="", code="no_reason")
    refused(hands.hand_over, officer, to=colleague, rows=[], by=officer, reason="调岗", code="nothing_to_hand_over")
    hands.hand_over(officer, to=colleague, rows=rows, by=officer, reason="调岗")
    assert not hands.in_hand(officer).exists()
    assert [row.object_label for row in hands.in_hand(colleague)] == [case.name for case in cases]
    assert Event.objects.filter(verb="office.hand_over", outcome="DONE").count() == 2
    refused(hands.hand_over, officer, to=colleague, rows=rows, by=officer, reason="再交", code="not_in_hand")


def test_phrases_are_ones_own_or_ones_divisions(world: World, colleague: User) -> None:
    officer, city = world.people["officer"], Division.objects.get(code="9901")
    own = phrases.add_phrase(title="齐全", text="材料齐全，予以受理。", by=officer)
    shared = phrases.add_phrase(title="符合", text="符合方法学适用条件。", by=officer, division=city)
    assert set(Phrase.objects.visible_to(officer)) == {own, shared}
    assert set(Phrase.objects.visible_to(colleague)) == {shared}
    assert not Phrase.objects.visible_to(world.people["other-officer"]).exists()
    forbidden(phrases.drop_phrase, own, by=colleague)
    refused(phrases.add_phrase, title="", text="无名", by=officer, code="bad_text")
    forbidden(phrases.add_phrase, title="越界", text="别的市的", by=officer, division=Division.objects.get(code="9902"))
    phrases.drop_phrase(shared, by=colleague)
    assert list(Phrase.objects.all()) == [own]


def test_a_filter_is_kept_for_a_desk_and_the_person(world: World, colleague: User) -> None:
    officer = world.people["officer"]
    client = Client()
    client.force_login(officer)
    desk = "/manage/projects/acceptancedeskrow/"
    client.post(f"{desk}filters/", {"title": "屋顶的", "query": "q=屋顶"})
    kept = SavedFilter.objects.get()
    assert (kept.owner, kept.query) == (officer, "q=屋顶")
    assert "屋顶的" in client.get(desk).content.decode()
    refused(phrases.save_filter, desk=kept.desk, title=kept.title, query="q=x", by=officer, code="filter_known")
    other = Client()
    other.force_login(colleague)
    assert "屋顶的" not in other.get(desk).content.decode()
    forbidden(phrases.drop_filter, kept, by=colleague)
    client.post(f"{desk}filters/", {"drop": kept.pk})
    assert not SavedFilter.objects.exists()


def test_the_pages_of_the_officers_own_work(world: World, colleague: User) -> None:
    """Each opens for an officer, does its one thing, and is closed to who has no such work."""
    officer = world.people["officer"]
    case = project_in(world, ProjectState.SUBMITTED, name="乙屋顶", meter_no="9901-PV-H9")
    client = Client()
    client.force_login(officer)
    desk = f"/manage/projects/acceptancedeskrow/{case.pk}/"
    assert "未分派" in client.get(f"{desk}change/").content.decode()
    assert client.post(f"{desk}assign/", {"to": officer.pk}).status_code == 302
    assert client.post(f"{desk}assign/", {"to": officer.pk}).status_code == 409
    assert case.name in client.get("/manage/").content.decode()
    page = client.get("/manage/office/assignmentdeskrow/hand-over/").content.decode()
    assert case.name in page
    row = hands.in_hand(officer).get()
    sent = {"rows": [row.pk], "to": colleague.pk, "reason": "调岗"}
    assert client.post("/manage/office/assignmentdeskrow/hand-over/", sent).status_code == 302
    assert hands.of_case(case).assignee == colleague  # type: ignore[union-attr]
    assert client.post("/manage/office/phrasedeskrow/new/", {"title": "齐", "text": "齐全"}).status_code == 302
    assert "Alt+1" in client.get(f"{desk}press/accept/").content.decode()
    admin = Client()
    admin.force_login(world.people["admin"])
    for page in ("assignmentdeskrow/hand-over/", "phrasedeskrow/new/", "deputydeskrow/new/"):
        assert admin.get(f"/manage/office/{page}").status_code == 403
