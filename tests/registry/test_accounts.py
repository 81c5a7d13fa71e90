"""The life of a holding account: asked for by two, opened by the registrar, changed, restricted, restored, frozen, closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.people import end_role
from carbon_portal.story import World
from kernel import clock
from office.models import Message
from office.services.calendar import calendar
from office.services.clock import move_clock
from registry.models import AccountRequest, Block, HoldingAccount
from registry.services import accounts, requests, retirements, transfers
from registry.states import AccountState, RequestState
from registry.tasks import remind_of_looks
from tests.applying import VALID, applied, change_of, frozen, licence, newcomer, ordered
from tests.refusals import forbidden, refused
from tests.stages import give, period_in, person, retirement_in, transfer_in


@pytest.fixture(scope="module")
def city(module_world: World) -> World:
    """The world, with a company that has no account yet and a second officer of the registry."""
    newcomer(module_world)
    division = module_world.organisations["new"].division
    module_world.people["second"] = person(module_world, "second-officer", "REGISTRAR", division=division)
    return module_world


def restricted(world: World) -> HoldingAccount:
    """Restrict the owner's account."""
    return accounts.restrict(world.accounts["owner"], by=world.people["registrar"], reason="营业执照已吊销")


def test_an_account_is_asked_for_by_two_and_opened_by_the_registrar(city: World, db: None) -> None:
    people, company = city.people, city.organisations["new"]
    request = applied(city)
    assert request.due_on == calendar().add_workdays(clock.today(), 15)
    refused(requests.approve, request, by=_both(city, people["new-checker"]), code="same_person")
    request = requests.approve(request, by=people["registrar"])
    account = HoldingAccount.objects.get(organisation=company)
    assert (account.kind, account.state, account.licence_valid_until) == ("OWNER", "OPEN", VALID)
    assert (account.number[:8], request.account) == ("CH990100", account)
    company.refresh_from_db()
    assert (company.legal_representative, company.contact_phone) == ("何新", "0990-5550-0200")
    told = Message.objects.filter(template="registry.account_opened").values_list("person__username", flat=True)
    assert set(told) == {"new-maker"}, "the checker went over to the registry"


def _both(city: World, user: User) -> User:
    end_role(user.grants.get(), by=city.people["security"])
    give(city, user, "REGISTRAR", division=city.organisations["new"].division)
    return user


def test_a_refusal_says_why_and_the_company_may_ask_again(city: World, db: None) -> None:
    request = applied(city)
    refused(requests.refuse, request, by=city.people["registrar"], reason=" ", code="no_reason")
    requests.refuse(request, by=city.people["registrar"], reason="执照看不清")
    refused(requests.approve, request, by=city.people["registrar"], code="wrong_state")
    assert not HoldingAccount.objects.filter(organisation=city.organisations["new"]).exists()
    assert Message.objects.filter(template="registry.request_refused").count() == 2
    applied(city, paper=licence(city))


def test_an_application_is_refused_that_is_not_in_order(city: World, db: None) -> None:
    people, company = city.people, city.organisations["new"]
    about = {
        "account_kind": "OWNER", "legal_representative": "何新", "contact_phone": "", "licence_valid_until": VALID,
        "paper": licence(city),
    }  # fmt: skip
    maker = people["new-maker"]
    expired = clock.today() - timedelta(days=1)
    refused(
        requests.apply_account, company, by=maker, **{**about, "licence_valid_until": expired}, code="licence_expired"
    )
    refused(requests.apply_account, company, by=maker, **{**about, "account_kind": "PERSON"}, code="bad_kind")
    refused(
        requests.apply_account, company, by=maker, **{**about, "legal_representative": " "}, code="no_representative"
    )
    refused(requests.apply_account, company, by=maker, **{**about, "paper": licence(city, "owner")}, code="other_paper")
    forbidden(requests.apply_account, company, by=people["owner-maker"], **about)
    request = requests.apply_account(company, by=maker, **about)
    refused(requests.apply_account, company, by=maker, **about, code="request_open")
    forbidden(requests.confirm, request, by=maker)
    forbidden(requests.approve, request, by=people["officer"])
    requests.cancel(request, by=maker, reason="改用别的账户")
    owner = city.organisations["owner"]
    told = {**about, "paper": licence(city, "owner")}
    refused(requests.apply_account, owner, by=people["owner-maker"], **told, code="account_open")


def test_a_change_is_taken_and_a_late_one_marked(city: World, db: None) -> None:
    account = city.accounts["owner"]
    request = change_of(city, account)
    assert not request.filed_late
    requests.confirm(request, by=city.people["owner-checker"])
    requests.approve(request, by=city.people["registrar"])
    account.refresh_from_db()
    account.organisation.refresh_from_db()
    assert (account.organisation.legal_representative, account.state, account.checked_on) == (
        "周新",
        "OPEN",
        clock.today(),
    )
    late = change_of(city, account, changed_on=date(2026, 10, 1))
    assert late.filed_late
    requests.cancel(late, by=city.people["owner-maker"])
    assert AccountRequest.objects.get(pk=late.pk).state == RequestState.CANCELLED


def test_a_restricted_account_sends_nothing_and_receives(city: World, db: None) -> None:
    people, owner = city.people, city.accounts["owner"]
    under_way, pending = transfer_in(city, "OFFERED", 3), retirement_in(city, "REVIEWED", 2)
    refused(accounts.restrict, owner, by=people["registrar"], reason=" ", code="no_reason")
    forbidden(accounts.restrict, owner, by=people["officer"], reason="x")
    restricted(city)
    assert Message.objects.filter(template="registry.account_restricted").count() == 2
    about = {"target_number": city.accounts["buyer"].number, "quantity_t": 1, "by": people["owner-maker"]}
    refused(transfers.initiate, owner, **about, code="account_restricted")
    told = {
        "quantity_t": 1,
        "kind": "CHARITY",
        "beneficiary": "青岚市",
        "purpose": "植树节",
        "by": people["owner-maker"],
    }
    refused(retirements.initiate, owner, **told, code="account_restricted")
    refused(transfers.accept, under_way, by=people["buyer-maker"], code="account_restricted")
    refused(retirements.approve, pending, by=people["second"], code="account_restricted")
    transfers.cancel(under_way, by=people["owner-maker"], reason="账户被限制")
    before = Block.objects.open().filter(holder=owner).tonnes()
    period_in(city, "ISSUED")
    assert Block.objects.open().filter(holder=owner).tonnes() > before


def test_evidence_restores_a_restricted_account(city: World, db: None) -> None:
    people, owner = city.people, city.accounts["owner"]
    about = {"licence_valid_until": VALID, "paper": licence(city, "owner"), "reason": "已换新执照"}
    refused(requests.apply_restoring, owner, by=people["owner-maker"], **about, code="not_restricted")
    account = restricted(city)
    refused(accounts.restrict, account, by=people["registrar"], reason="再限制", code="wrong_state")
    request = requests.apply_restoring(account, by=people["owner-maker"], **about)
    requests.confirm(request, by=people["owner-checker"])
    requests.approve(request, by=people["registrar"])
    account.refresh_from_db()
    assert (account.state, account.licence_valid_until) == (AccountState.OPEN, VALID)


def test_a_licence_that_ended_restricts_the_account_by_itself(city: World, db: None) -> None:
    owner, registrar = city.accounts["owner"], city.people["registrar"]
    accounts.check(owner, licence_valid_until=clock.today(), by=registrar)
    assert accounts.restrict_all_expired() == 0, "its last day is a day it is valid on"
    HoldingAccount.objects.filter(pk=owner.pk).update(licence_valid_until=clock.today() - timedelta(days=1))
    assert accounts.restrict_all_expired() == 1
    owner.refresh_from_db()
    assert owner.state == AccountState.RESTRICTED
    told = set(
        Message.objects.filter(template="registry.account_restricted").values_list("person__username", flat=True)
    )
    assert told == {"owner-maker", "owner-checker"}
    seen = set(Message.objects.filter(template="registry.licence_expired").values_list("person__username", flat=True))
    assert {"registrar", "second-officer"} <= seen
    refused(accounts.check, owner, licence_valid_until=date(2026, 1, 1), by=registrar, code="licence_expired")
    assert accounts.restrict_all_expired() == 0


def test_one_account_somebody_saw_to_meanwhile_does_not_end_the_round(
    city: World, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    HoldingAccount.objects.update(licence_valid_until=clock.today() - timedelta(days=1))
    first, restrict_one = HoldingAccount.objects.earliest("pk"), accounts.restrict_expired

    def just_looked_at(account: HoldingAccount, *, by: User) -> HoldingAccount:
        if account == first:
            accounts.check(account, licence_valid_until=None, by=city.people["registrar"])
        return restrict_one(account, by=by)

    monkeypatch.setattr(accounts, "restrict_expired", just_looked_at)
    expired = HoldingAccount.objects.count()
    assert accounts.restrict_all_expired() == expired - 1 >= 1
    first.refresh_from_db()
    assert first.state == AccountState.OPEN


def a_year_on(world: World, days: int = 365) -> None:
    """Let days pass."""
    move_clock(forward=timedelta(days=days), by=world.system, reason="过一年")


def all_looked_at() -> None:
    """Let every account be looked at today."""
    HoldingAccount.objects.update(checked_on=clock.today())


def looks_told() -> list[tuple[str, str]]:
    """Return whom the night reminded of which account."""
    told = Message.objects.filter(template="registry.look_due").order_by("object_label", "person__username")
    return list(told.values_list("object_label", "person__username"))


def test_officers_are_reminded_of_a_look_once_a_year_and_not_each_night(city: World, db: None) -> None:
    owner, registrar = city.accounts["owner"], city.people["registrar"]
    all_looked_at()
    a_year_on(city, 364)
    remind_of_looks()
    assert looks_told() == [], "a day before its year is over"
    a_year_on(city, 1)
    remind_of_looks()
    first = looks_told()
    assert {name for label, name in first if label == str(owner)} >= {"registrar", "second-officer"}
    assert not {name for _label, name in first} & {"owner-maker", "buyer-maker", "verifier", "other-officer"}
    a_year_on(city, 1)
    remind_of_looks()
    assert looks_told() == first
    accounts.check(owner, licence_valid_until=None, by=registrar)
    a_year_on(city, 364)
    remind_of_looks()
    again = looks_told()
    assert len(again) == 2 * len(first) - sum(label == str(owner) for label, _name in first), (
        "the owner's was looked at"
    )
    a_year_on(city, 1)
    remind_of_looks()
    assert len(looks_told()) == 2 * len(first)


def test_an_account_whose_year_is_over_is_among_the_registrars_work_until_it_is_looked_at(
    city: World, db: None
) -> None:
    owner = city.accounts["owner"]
    desk = Client()
    desk.force_login(city.people["registrar"])
    row, work = reverse("admin:registry_accountdeskrow_change", args=[owner.pk]), reverse("admin:index")
    all_looked_at()
    assert row not in desk.get(work).content.decode()
    a_year_on(city)
    desk.force_login(city.people["registrar"])  # a session does not live for a year
    assert row in desk.get(work).content.decode()
    rows = reverse("admin:registry_accountdeskrow_changelist")
    listed = {look: desk.get(f"{rows}?look={look}").content.decode() for look in ("due", "done")}
    assert (row in listed["due"], row in listed["done"]) == (True, False)
    accounts.check(owner, licence_valid_until=None, by=city.people["registrar"])
    assert row not in desk.get(work).content.decode()
    assert row in desk.get(f"{rows}?look=done").content.decode()


def test_a_closed_account_needs_no_look(city: World, db: None) -> None:
    applied_for = requests.approve(applied(city), by=city.people["registrar"])
    closing = requests.apply_closing(applied_for.account, by=city.people["new-maker"], reason="解散")
    closing = requests.confirm(closing, by=city.people["new-checker"])
    requests.approve(closing, by=city.people["registrar"])
    a_year_on(city)
    remind_of_looks()
    assert looks_told()
    assert str(applied_for.account) not in {label for label, _name in looks_told()}


def test_a_court_freezes_a_whole_account_by_two_officers(city: World, db: None) -> None:
    people, owner = city.people, city.accounts["owner"]
    first, second = people["registrar"], people["second"]
    refused(
        requests.enter_account_order,
        owner,
        kind="UNFREEZE",
        authority="法院",
        document_no="1",
        paper=None,
        by=first,
        code="wrong_state",
    )
    request = ordered(city, owner, "FREEZE", by=first)
    assert request not in AccountRequest.objects.visible_to(people["owner-maker"]), "not told before"
    refused(requests.approve, request, by=first, code="same_person")
    requests.approve(request, by=second)
    owner.refresh_from_db()
    assert owner.state == AccountState.FROZEN
    about = {"target_number": city.accounts["buyer"].number, "quantity_t": 1, "by": people["owner-maker"]}
    refused(transfers.initiate, owner, **about, code="account_frozen")
    requests.approve(ordered(city, owner, "UNFREEZE", by=second), by=first)
    owner.refresh_from_db()
    assert owner.state == AccountState.OPEN


def test_an_account_is_closed_when_it_holds_nothing_and_takes_nothing_after(city: World, db: None) -> None:
    people, company = city.people, city.organisations["new"]
    refused(
        requests.apply_closing,
        city.accounts["owner"],
        by=people["owner-maker"],
        reason="解散",
        code="account_not_empty",
    )
    requests.approve(applied(city), by=people["registrar"])
    account = HoldingAccount.objects.get(organisation=company)
    refused(requests.apply_closing, account, by=people["new-maker"], reason=" ", code="no_reason")
    request = requests.apply_closing(account, by=people["new-maker"], reason="与青岚屋顶能源合并")
    requests.confirm(request, by=people["new-checker"])
    offered = transfers.initiate(
        city.accounts["owner"], target_number=account.number, quantity_t=1, by=people["owner-maker"]
    )
    refused(requests.approve, request, by=people["registrar"], code="account_not_empty")
    transfers.cancel(offered, by=people["owner-maker"], reason="对方销户")
    request = requests.approve(request, by=people["registrar"])
    account.refresh_from_db()
    assert (account.state, request.state) == (AccountState.CLOSED, RequestState.APPROVED)
    about = {"target_number": account.number, "quantity_t": 1, "by": people["owner-maker"]}
    refused(transfers.initiate, city.accounts["owner"], **about, code="account_closed")
    refused(accounts.check, account, licence_valid_until=None, by=people["registrar"], code="account_closed")


def test_a_frozen_account_can_be_restricted_by_nobody_and_closed_by_nobody(city: World, db: None) -> None:
    people = city.people
    account = frozen(city, city.accounts["owner"], first=people["registrar"], second=people["second"])
    refused(accounts.restrict, account, by=people["registrar"], reason="执照", code="wrong_state")
