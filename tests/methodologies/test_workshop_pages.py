"""The pages of the workshop: who may open what, nothing typed is lost, what is wrong stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from methodologies.document import preview
from methodologies.document.sheet import LABELS, ROWS, TOP
from methodologies.models import Draft, Method
from methodologies.services import drafting, publishing
from tests.drafting import draft_in, rides
from tests.refusals import nothing_changed

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]


@pytest.fixture
def signed(world: World) -> As:
    """Give a browser in which a person is signed in, with a second factor shown where one is asked for."""

    def client(username: str) -> Client:
        browser = Client()
        browser.post("/login/demo/", {"username": username})
        return browser

    return client


def sent(sheet: dict[str, Any], act: str = "save") -> dict[str, str]:
    """Return what a browser sends of a sheet."""
    cells = {name: sheet.get(name, "") for name in (*TOP, *LABELS)}
    for part in ROWS:
        for number, row in enumerate(sheet[part]):
            cells |= {f"{part}-{number}-{name}": value for name, value in row.items()}
    return cells | {f"text-{name}": words for name, words in sheet["text"].items()} | {"act": act}


def test_an_outside_developer_begins_writes_and_hands_in(world: World, signed: As) -> None:
    browser = signed("owner-maker")
    browser.post(reverse("draft-new"), {"area": "dm", "title": "共享单车出行"})
    draft = Draft.objects.get()
    assert (draft.developer, draft.code[:2]) == (world.organisations["owner"], "DM")
    browser.post(reverse("draft-edit", args=[draft.pk]), sent(rides()))
    assert preview(Draft.objects.get().sheet).mistakes == []
    browser.post(reverse("draft-submit", args=[draft.pk]))
    assert Draft.objects.get().state == "SUBMITTED"


def test_a_company_is_not_asked_for_another_authoritys_document(world: World, signed: As) -> None:
    assert "adopted_from" not in signed("owner-maker").get(reverse("draft-new")).content.decode()
    assert "adopted_from" in signed("officer").get(reverse("draft-new")).content.decode()


def test_rows_are_added_and_removed_and_the_rest_stays(world: World, signed: As) -> None:
    draft, browser = draft_in(world, "DRAFT"), signed("owner-maker")
    address = reverse("draft-edit", args=[draft.pk])
    browser.post(address, sent(rides(), "add:inputs"))
    browser.post(address, sent(Draft.objects.get().sheet | {"title": "改过的"}, "remove:inputs:0"))
    sheet = Draft.objects.get().sheet
    assert [row["name"] for row in sheet["inputs"]] == [""]
    assert (sheet["title"], sheet["formula"]) == ("改过的", rides()["formula"])


def test_what_is_broken_comes_back_as_it_was_typed(world: World, signed: As) -> None:
    draft, browser = draft_in(world, "DRAFT"), signed("owner-maker")
    broken = rides(formula=[{"name": "ER", "label": "减排量", "source": "<b>saved</b> * ("}])
    page = browser.post(reverse("draft-edit", args=[draft.pk]), sent(broken), follow=True).content.decode()
    assert "&lt;b&gt;saved&lt;/b&gt; * (" in page
    assert "<b>saved" not in page
    assert 'data-at="formula-0-source"' in page


def test_a_preview_keeps_nothing(world: World, signed: As) -> None:
    draft, browser = draft_in(world, "DRAFT"), signed("owner-maker")
    with nothing_changed():
        typed = rides(formula=[{"name": "ER", "label": "", "source": "saved * distanse_km"}])
        page = browser.post(reverse("draft-look", args=[draft.pk]), sent(typed)).content.decode()
    assert "是不是 distance_km" in page


def test_a_draft_is_open_to_its_company_its_bureau_and_the_experts_who_were_asked(world: World, signed: As) -> None:
    draft = draft_in(world, "EVALUATION")
    address = reverse("draft", args=[draft.pk])
    seen = {
        name: signed(name).get(address).status_code
        for name in ("owner-maker", "officer", "buyer-maker", "other-officer")
    }
    assert seen == {"owner-maker": 200, "officer": 200, "buyer-maker": 404, "other-officer": 404}
    assert Client().get(address).status_code == 302
    for name, look in (("buyer-maker", 403), ("owner-maker", 200)):
        assert signed(name).post(reverse("draft-look", args=[draft.pk]), sent(rides())).status_code == look


def test_an_expert_answers_on_the_page_and_his_name_is_not_on_it(world: World, signed: As) -> None:
    draft = draft_in(world, "EVALUATION")
    asked = draft.evaluations.earliest("pk")
    browser = Client()
    browser.force_login(asked.expert)
    address = reverse("draft-evaluate", args=[draft.pk])
    assert browser.post(address, {"verdict": "", "said": "很好"}).status_code == 409
    browser.post(address, {"verdict": "FIT", "said": "算例复算无误"})
    asked.refresh_from_db()
    assert (asked.verdict, asked.text) == ("FIT", "算例复算无误")
    page = signed("owner-maker").get(reverse("draft", args=[draft.pk])).content.decode()
    assert "算例复算无误" in page
    assert asked.expert.full_name not in page


def test_a_buyer_cannot_write_into_anothers_draft(world: World, signed: As) -> None:
    draft, buyer = draft_in(world, "DRAFT"), signed("buyer-maker")
    with nothing_changed():
        answer = buyer.post(reverse("draft-edit", args=[draft.pk]), sent(rides(title="改")))
    assert answer.status_code == 403


def test_versions_are_compared_and_drawn_as_paper(client: Client, world: World) -> None:
    old = Method.objects.get(code="GD-2022-002", version=2)
    by = world.people["officer"]
    draft = drafting.draft(old, adopted_from="某函", by=by)
    sheet = draft.sheet | {"title": "分布式光伏（修订）"}
    publishing.adopt_draft(drafting.save_draft(draft, sheet=sheet, by=by), by=world.people["registrar"])
    page = client.get(reverse("method-changes", args=["GD-2022-002-V03"])).content.decode()
    assert "分布式光伏（修订）" in page
    assert old.title in page
    assert page.count("<tbody>") == 1
    old_page = client.get(reverse("method", args=[old.number])).content.decode()
    assert "已有修订" in old_page
    answer = client.get(reverse("method-paper", args=[old.number]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_what_was_issued_under_a_method_stands_on_its_page(client: Client, world: World) -> None:
    page = client.get(reverse("method", args=["GD-2022-002-V02"])).content.decode()
    assert "按它核算了多少" in page
    listed = client.get(reverse("registry-method", args=["GD-2022-002-V02"])).content.decode()
    for project in world.projects.values():
        assert project.project_no in listed
    assert client.get(reverse("registry-method", args=["GD-2022-002-V09"])).status_code == 404
    assert client.get(reverse("registry-method", args=["x"])).status_code == 404


def test_the_whole_way_on_the_desks(world: World, signed: As) -> None:
    draft = draft_in(world, "SUBMITTED")
    base = "/manage/methodologies/draftdeskrow"
    assert draft.title in signed("officer").get(f"{base}/").content.decode()
    signed("officer").post(f"{base}/{draft.pk}/press/accept_draft/", {"reason": ""})
    draft.refresh_from_db()
    assert draft.state == "SCREENING"
    assert draft_in(world, "EVALUATION").number in signed("reviewer").get(f"{base}/").content.decode()


def test_a_draft_still_written_is_on_no_desk(world: World, signed: As) -> None:
    draft = draft_in(world, "DRAFT", by="officer")
    assert draft.number not in signed("registrar").get("/manage/methodologies/draftdeskrow/").content.decode()


def test_the_public_reads_a_draft_while_it_is_asked_and_never_before(client: Client, world: World) -> None:
    early, shown = draft_in(world, "SUBMITTED"), draft_in(world, "NOTICE")
    assert client.get(reverse("draft-public", args=[early.pk])).status_code == 404
    page = client.get(reverse("draft-public", args=[shown.pk])).content.decode()
    for words in ("减排量归骑行的人", "<math", "0.05", "看公示，提意见"):
        assert words in page
    assert shown.notice is not None
    notice = client.get(reverse("notice", args=[shown.notice.pk])).content.decode()
    assert reverse("draft-public", args=[shown.pk]) in notice
    assert "提意见" in notice


def test_a_draft_is_written_as_text_too(world: World, signed: As) -> None:
    draft, browser = draft_in(world, "DRAFT"), signed("owner-maker")
    address = reverse("draft-paste", args=[draft.pk])
    assert "saved * distance_km" in browser.get(address).content.decode()
    text = draft.document.replace('title = "共享单车出行"', 'title = "共享电单车出行"').replace("DM-", "XX-")
    assert browser.post(address, {"text": text}).status_code == 302
    saved = Draft.objects.get()
    assert (saved.title, saved.code) == ("共享电单车出行", draft.code)
    with nothing_changed():
        answer = browser.post(address, {"text": text + "[inputs"})
    assert answer.status_code == 409
    assert "[inputs" in answer.content.decode()
