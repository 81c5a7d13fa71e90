"""A natural person asks for an account in the real name, once, and may ask again when it was not opened."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Organisation
from accounts.second_factor import prove
from carbon_portal.story import World
from office.models import Message
from registry.models import AccountRequest
from registry.services import persons, requests
from scenarios.models import Citizen
from scenarios.services import people
from scenarios.states import CitizenState
from tests.alone import asked, code_of, confirmed, with_factor
from tests.citizens import NAME, OTHER, PHONE, identity_no, registered, verified
from tests.refusals import forbidden, refused

MASKED = "林*华"


def test_a_verified_person_asks_confirms_and_the_registrar_opens(world: World) -> None:
    request = asked(world)
    holder = world.people["holder"]
    assert (request.state, request.kind, request.account_kind) == ("CONFIRMING", "OPEN", "TRADER")
    assert (request.organisation.name, request.organisation.uscc) == (MASKED, "")
    refused(requests.confirm, request, by=holder, code="second_factor_needed")
    request = confirmed(request, requests.confirm, by=holder)
    assert request.factor is not None
    assert (request.confirmed_by, request.factor.actor, request.factor.data["act"]) == (
        holder,
        holder,
        "registry.confirm_request",
    )
    forbidden(requests.approve, request, by=holder)
    account = requests.approve(request, by=world.people["registrar"]).account
    assert account is not None
    assert (account.kind, account.state, account.organisation.is_person) == ("TRADER", "OPEN", True)
    assert Message.objects.filter(template="registry.account_opened", person=holder).count() == 1


def test_only_who_is_verified_and_of_age_asks(world: World) -> None:
    unverified = registered(PHONE)
    refused(persons.apply, unverified, by=unverified.user, code="not_verified")
    young = verified("13700137000", "李小小", identity_no("44010120101010010"))
    refused(persons.apply, young, by=young.user, code="needs_guardian")
    adult = verified(*OTHER)
    forbidden(persons.apply, adult, by=young.user)
    forbidden(persons.apply, adult, by=world.people["owner-maker"])
    assert not AccountRequest.objects.exists()


def test_one_person_has_one_account_and_one_request(world: World) -> None:
    request = asked(world)
    citizen, holder = Citizen.objects.get(), world.people["holder"]
    refused(persons.apply, citizen, by=holder, code="person_known")
    request = confirmed(request, requests.confirm, by=holder)
    requests.approve(request, by=world.people["registrar"])
    refused(persons.apply, citizen, by=holder, code="person_known")
    assert Organisation.objects.filter(kind="PERSON").count() == 1


@pytest.mark.parametrize("how", ["refused", "cancelled"])
def test_who_was_not_opened_may_ask_again(world: World, how: str) -> None:
    request = asked(world)
    holder = world.people["holder"]
    if how == "refused":
        confirmed(request, requests.confirm, by=holder)
        requests.refuse(request, by=world.people["registrar"], reason="照片与本人不符")
    else:
        requests.cancel(request, by=holder)
    request.organisation.refresh_from_db()
    assert request.organisation.ended_at is not None
    assert not holder.organisations().exists()
    again = persons.apply(Citizen.objects.get(), by=holder)
    assert again.organisation != request.organisation
    requests.cancel(again, by=holder)
    assert people.close_account(Citizen.objects.get(), by=holder).state == CitizenState.CLOSED


def test_who_has_no_second_factor_confirms_nothing(world: World) -> None:
    citizen = verified()
    request = persons.apply(citizen, by=citizen.user)
    with pytest.raises(Exception, match="请先设置第二因素"):
        prove(request, "registry.confirm_request", "123456", by=citizen.user)
    refused(requests.confirm, request, by=citizen.user, code="second_factor_needed")


def test_the_pages_lead_from_the_own_account_to_the_code_and_on(world: World) -> None:
    citizen = with_factor(verified().user).citizen
    client = Client()
    client.force_login(citizen.user)
    assert "/owner/account/" in client.get("/me/mine/").content.decode()
    assert client.get("/owner/account/").headers["Location"] == "/owner/account/personal/"
    asking = client.get("/owner/account/personal/").content.decode()
    assert MASKED in asking
    assert NAME not in asking
    assert client.post("/owner/account/personal/", {"key": "personal-0001"}).headers["Location"] == "/owner/account/"
    request = AccountRequest.objects.get()
    step = f"/owner/account/requests/{request.pk}/confirm/"
    page = client.post(step, {"key": "confirming-0001"})
    assert (page.status_code, "动态验证码" in page.content.decode()) == (200, True)
    wrong = client.post(step, {"key": "confirming-0001", "code": "000000"})
    assert (wrong.status_code, "验证码不对" in wrong.content.decode()) == (409, True)
    request.refresh_from_db()
    assert request.state == "CONFIRMING"
    told = {"key": "confirming-0001", "code": code_of(citizen.user)}
    assert client.post(step, told).status_code == 302
    assert client.post(step, told).status_code == 302, "sent twice, the code is taken once"
    request.refresh_from_db()
    assert (request.state, request.factor.actor) == ("APPLIED", citizen.user)  # type: ignore[union-attr]


def test_who_is_no_citizen_or_not_verified_is_told_what_to_do(world: World) -> None:
    client = Client()
    assert client.get("/owner/account/personal/").status_code == 302
    client.force_login(world.people["officer-two"])
    assert client.get("/owner/account/personal/").status_code in {302, 403}
    client.force_login(world.people["verifier"])
    assert client.get("/owner/account/personal/").status_code == 403
    client.force_login(registered().user)
    assert client.get("/owner/account/personal/").headers["Location"] == "/me/name/"
    assert not AccountRequest.objects.exists()
