"""The forms of an account as a company's people send them: each with its paper, each asked once, and refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Attachment
from carbon_portal.story import World
from registry.models import AccountRequest
from registry.services import accounts
from registry.states import RequestKind, RequestState
from tests.applying import newcomer
from tests.papers import picture
from tests.refusals import nothing_changed

UNTIL = {"licence_valid_until_year": "2030", "licence_valid_until_month": "12", "licence_valid_until_day": "31"}
DATA = {"legal_representative": "何新", "contact_phone": "0990-5550-0200", **UNTIL}
ON = {"changed_on_year": "2026", "changed_on_month": "11", "changed_on_day": "20"}


@pytest.fixture
def city(world: World) -> World:
    """The world with a company that has no account, and the owner's account restricted."""
    newcomer(world)
    accounts.restrict(world.accounts["owner"], by=world.people["registrar"], reason="执照看不清")
    return world


def send(world: World, who: str, page: str, paper: bytes | None = None, **told: str) -> Any:
    """Send a form with a paper."""
    client = Client()
    client.force_login(world.people[who])
    file = SimpleUploadedFile("执照.png", picture() if paper is None else paper)
    body = {"key": f"{who}-{page}-0001", **told} | ({"file": file} if page != "close" else {})
    return client.post(f"/owner/account/{page}/", body)


@pytest.mark.parametrize(
    ("who", "page", "kind", "told"),
    [
        ("new-maker", "open", RequestKind.OPEN, {"account_kind": "OWNER", **DATA}),
        ("owner-maker", "change", RequestKind.CHANGE, {"name": "青岚屋顶能源有限公司", **DATA, **ON}),
        ("owner-maker", "restore", RequestKind.RESTORE, {"reason": "已换发执照", **UNTIL}),
    ],
)
def test_a_form_with_its_paper_becomes_a_matter_that_waits_for_the_second_person(
    city: World, who: str, page: str, kind: str, told: dict[str, str]
) -> None:
    answer = send(city, who, page, **told)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/owner/account/")
    request = AccountRequest.objects.get()
    assert (request.kind, request.state, request.made_by) == (kind, RequestState.CONFIRMING, city.people[who])
    assert request.paper is not None
    assert (request.paper.name, request.paper.organisation) == ("执照.png", request.organisation)
    kept = Attachment.objects.count()
    assert send(city, who, page, **told).status_code == 302, "pressed twice"
    assert (AccountRequest.objects.count(), Attachment.objects.count()) == (1, kept)


def test_another_paper_under_the_same_key_is_not_the_same_matter(city: World) -> None:
    told = {"account_kind": "OWNER", **DATA}
    send(city, "new-maker", "open", **told)
    answer = send(city, "new-maker", "open", picture(size=(41, 31)), **told)
    assert answer.status_code == 409
    assert AccountRequest.objects.get().paper != Attachment.objects.latest("pk"), "kept, though it was refused"


def test_a_closing_of_an_account_that_holds_units_is_refused_in_words(city: World) -> None:
    with nothing_changed(but={"accounts_user"}):
        answer = send(city, "owner-maker", "close", reason="合并")
    assert answer.status_code == 409
    assert "转出或注销以后才能销户" in answer.content.decode()


def test_what_is_not_a_paper_is_refused_and_nothing_is_asked(city: World) -> None:
    answer = send(city, "new-maker", "open", b"hello", account_kind="OWNER", **DATA)
    assert (answer.status_code, AccountRequest.objects.count()) == (400, 0)
