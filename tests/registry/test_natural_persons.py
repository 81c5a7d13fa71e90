"""A natural person holds units: opened in the real name, alone with a second factor, masked for everybody else, until the end."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from accounts.models import Event, RoleGrant, User
from accounts.second_factor import has_one, prove
from accounts.services.clients import issue_api_key
from accounts.services.entering import enter_by_code
from accounts.services.people import grant_role
from carbon_portal.story import World
from certificates.models import Certificate
from kernel import clock
from registry.models import HoldingAccount, Retirement
from registry.services import nontrade, persons, pledges, requests, retirements, transfers, venues
from registry.services.checking import check_books
from registry.states import AccountState, RequestState
from scenarios.models import Citizen
from scenarios.services import people
from tests.alone import code_of, confirmed, opened, proven, received, with_factor
from tests.applying import order_paper
from tests.citizens import NAME, OTHER, PHONE, code_for, verified
from tests.holding import document, done
from tests.refusals import forbidden, refused
from tests.stages import person, transfer_in
from tests.trading.stages import bank_says, live
from tests.venues import connected
from trading.services import agreements

MASKED = "林*华"
FOR_ONESELF = {"kind": "PERSONAL", "beneficiary": MASKED, "purpose": "抵消 2026 年出行"}


@pytest.fixture(scope="module")
def held(module_world: World) -> World:
    """A natural person with 20 t."""
    opened(module_world)
    received(module_world, 20)
    return module_world


def test_an_official_holds_nothing_and_a_holder_becomes_no_official(held: World, db: None) -> None:
    refused(
        grant_role,
        held.people["holder"],
        "OFFICER",
        by=held.system,
        division=held.organisations["owner"].division,
        code="official_may_not_trade",
    )
    citizen = verified(*OTHER)
    refused(
        grant_role,
        held.people["owner-maker"],
        "HOLDER",
        by=held.system,
        organisation=held.organisations["holder"],
        code="holder_taken",
    )
    refused(
        grant_role,
        held.people["holder"],
        "MAKER",
        by=held.system,
        organisation=held.organisations["holder"],
        code="not_a_person",
    )
    refused(
        grant_role,
        citizen.user,
        "HOLDER",
        by=held.system,
        organisation=held.organisations["buyer"],
        code="not_a_person",
    )


# What goes out


def test_a_transfer_goes_out_by_one_person_and_the_code(held: World, db: None) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    order = transfers.initiate(account, target_number=held.accounts["buyer"].number, quantity_t=5, by=holder)
    refused(transfers.confirm, order, by=holder, code="second_factor_needed")
    proven(order, transfers.cancel, by=holder)
    refused(transfers.confirm, order, by=holder, code="second_factor_needed")
    forbidden(transfers.confirm, order, by=held.people["owner-checker"])
    order = confirmed(order, transfers.confirm, by=holder)
    order = transfers.accept(order, by=held.people["buyer-maker"])
    assert (order.made_by, order.confirmed_by, order.state) == (holder, holder, "COMPLETED")
    assert check_books().differences == []


def test_a_code_is_good_for_one_order_and_five_minutes(held: World, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    told = {"target_number": held.accounts["buyer"].number, "quantity_t": 1, "by": holder}
    first, second = transfers.initiate(account, **told), transfers.initiate(account, **told)
    proven(first, transfers.confirm, by=holder)
    refused(transfers.confirm, second, by=holder, code="second_factor_needed")
    real = clock.real_now
    monkeypatch.setattr(clock, "real_now", lambda: real() + timedelta(minutes=5, seconds=1))
    refused(transfers.confirm, first, by=holder, code="second_factor_needed")


def test_a_wrong_code_a_used_one_and_five_tries(held: World, db: None) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    order = transfers.initiate(account, target_number=held.accounts["buyer"].number, quantity_t=1, by=holder)
    code = code_of(holder)
    prove(order, "registry.confirm_transfer", code, by=holder)
    for wrong in (code, *["000000"] * 4):
        with pytest.raises(Exception, match="验证码不对"):
            prove(order, "registry.confirm_transfer", wrong, by=holder)
    with pytest.raises(Exception, match="暂时不能登录"):
        prove(order, "registry.confirm_transfer", code_of(holder), by=holder)
    told = Event.objects.filter(verb="accounts.show_second_factor", object_id=order.pk, actor=holder)
    assert sorted(told.values_list("outcome", flat=True)) == ["DONE", *["REFUSED"] * 5]


def test_a_company_still_takes_two_whatever_code_one_of_them_shows(held: World, db: None) -> None:
    """The exception is closed to legal persons: the maker with a second factor of her own confirms nothing."""
    maker = with_factor(held.people["owner-maker"])
    order = transfer_in(held, "CONFIRMING")
    prove(order, "registry.confirm_transfer", code_of(maker), by=maker)
    forbidden(transfers.confirm, order, by=maker)
    grant_role(maker, "CHECKER", by=held.system, organisation=held.organisations["buyer"])
    maker_here = held.people["owner-checker"]
    own = transfers.initiate(
        held.accounts["owner"], target_number=held.accounts["buyer"].number, quantity_t=1, by=held.people["owner-maker"]
    )
    assert transfers.confirm(own, by=maker_here).factor is None


def test_a_retirement_takes_the_person_and_two_officers_and_the_certificate_is_masked(held: World, db: None) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    refused(
        retirements.initiate, account, quantity_t=1, by=holder, code="bad_kind",
        **{**FOR_ONESELF, "kind": "CORP", "basis": "边界"},
    )  # fmt: skip
    order = retirements.initiate(account, quantity_t=3, by=holder, **FOR_ONESELF)
    refused(retirements.confirm, order, by=holder, code="second_factor_needed")
    order = confirmed(order, retirements.confirm, by=holder)
    order = retirements.review(order, by=held.people["registrar"])
    refused(retirements.approve, order, by=held.people["registrar"], code="same_person")
    order = retirements.approve(order, by=held.people["leader"])
    assert (order.state, order.made_by, order.confirmed_by) == ("RETIRED", holder, holder)
    certificate = Certificate.objects.for_subject(order).get()
    assert (certificate.holder_name, certificate.snapshot["beneficiary"]) == (MASKED, MASKED)
    assert NAME not in str(certificate.snapshot)
    assert check_books().differences == []


def test_the_person_may_choose_another_name_for_the_certificate(held: World, db: None) -> None:
    told = {**FOR_ONESELF, "kind": "CHARITY", "beneficiary": "青岚骑手晓华"}
    order = retirements.initiate(held.accounts["holder"], quantity_t=1, by=held.people["holder"], **told)
    order = confirmed(order, retirements.confirm, by=held.people["holder"])
    order = retirements.approve(retirements.review(order, by=held.people["registrar"]), by=held.people["leader"])
    facts = Certificate.objects.for_subject(order).get().snapshot
    assert (facts["beneficiary"], facts["holder_name"]) == ("青岚骑手晓华", MASKED)


def test_pledge_and_venue_take_the_code_too(held: World, db: None) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    pledge = pledges.propose(
        account, creditor_number=held.accounts["buyer"].number, quantity_t=2, contract_no="ZY-9", by=holder
    )
    refused(pledges.confirm, pledge, by=holder, code="second_factor_needed")
    pledge = confirmed(pledge, pledges.confirm, by=holder)
    assert pledges.accept(pledge, by=held.people["buyer-maker"]).state == "IN_FORCE"
    order = venues.initiate(account, venue=connected(held), quantity_t=2, by=holder)
    refused(venues.confirm, order, by=holder, code="second_factor_needed")
    assert confirmed(order, venues.confirm, by=holder).state == "DONE"
    assert check_books().differences == []


def test_a_person_sells_and_buys_by_agreement(held: World, db: None) -> None:
    holder, account, buyer = held.people["holder"], held.accounts["holder"], held.accounts["buyer"]
    sale = agreements.propose(account, buyer_number=buyer.number, quantity_t=2, price_fen=5_000, by=holder)
    refused(agreements.confirm, sale, by=holder, code="second_factor_needed")
    sale = confirmed(sale, agreements.confirm, by=holder)
    sale = agreements.accept(sale, by=held.people["buyer-maker"])
    sale = agreements.order_payment(sale, by=held.people["buyer-checker"])
    bank_says(live(sale))
    sale.refresh_from_db()
    assert (sale.state, sale.buyer_factor) == ("DELIVERED", None)
    bought = agreements.propose(
        held.accounts["owner"],
        buyer_number=account.number,
        quantity_t=4,
        price_fen=5_000,
        by=held.people["owner-maker"],
    )
    bought = agreements.accept(agreements.confirm(bought, by=held.people["owner-checker"]), by=holder)
    refused(agreements.order_payment, bought, by=holder, code="second_factor_needed")
    bought = confirmed(bought, agreements.order_payment, by=holder)
    bank_says(live(bought))
    bought.refresh_from_db()
    assert (bought.state, bought.accepted_by, bought.ordered_by) == ("DELIVERED", holder, holder)
    assert bought.seller_factor is None
    assert check_books().differences == []


# Who may not


def test_a_person_has_no_signed_key(held: World, db: None) -> None:
    told = {"by": held.people["security"], "code": "no_key_for_a_person"}
    refused(issue_api_key, held.organisations["holder"], held.people["holder"], **told)


def test_the_code_on_the_telephone_still_opens_the_pages_of_a_holder(held: World, db: None) -> None:
    assert enter_by_code(phone=PHONE, code=code_for(PHONE)) == held.people["holder"]


def test_only_the_registrar_sees_who_it_is_and_the_event_keeps_it(held: World, db: None) -> None:
    account = held.accounts["holder"]
    refused(persons.unmask, account, by=held.people["registrar"], reason=" ", code="no_reason")
    refused(persons.unmask, held.accounts["owner"], by=held.people["registrar"], reason="核对", code="not_a_person")
    forbidden(persons.unmask, account, by=held.people["officer"], reason="好奇")
    away = person(
        held,
        "registrar-away",
        "REGISTRAR",
        division=held.organisations["owner"].division.__class__.objects.get(code="9902"),
    )
    forbidden(persons.unmask, account, by=away, reason="核对")
    assert persons.unmask(account, by=held.people["registrar"], reason="核对公证书").name == NAME
    event = Event.objects.filter(verb="registry.unmask_holder", outcome="DONE").get()
    assert (event.reason, event.object_type) == ("核对公证书", "scenarios.citizen")
    assert NAME not in f"{event.data} {event.said} {event.object_label}"
    assert persons.name_for(account.organisation, held.people["holder"]) == NAME
    assert persons.name_for(account.organisation, held.people["registrar"]) == MASKED


# The end


def test_who_still_holds_closes_neither_account(held: World, db: None) -> None:
    holder = held.people["holder"]
    refused(requests.apply_closing, held.accounts["holder"], by=holder, reason="不用了", code="account_not_empty")
    refused(people.close_account, Citizen.objects.get(user=holder), by=holder, code="holds_account")


def _passed_on(world: World) -> None:
    """Pass all units on by inheritance: a document, two officers."""
    told = document(
        world, document_no="（2026）青证民字 18 号", target_number=world.accounts["buyer"].number, kind="INHERIT"
    )
    done(world, nontrade.enter_nontrade(world.accounts["holder"], **told))


def test_an_empty_account_closes_and_the_person_may_come_back(held: World, db: None) -> None:
    holder, account = held.people["holder"], HoldingAccount.objects.get(pk=held.accounts["holder"].pk)
    _passed_on(held)
    request = requests.apply_closing(account, by=holder, reason="不再需要")
    refused(requests.confirm, request, by=holder, code="second_factor_needed")
    request = confirmed(request, requests.confirm, by=holder)
    requests.approve(request, by=held.people["registrar"])
    account.refresh_from_db()
    assert account.state == AccountState.CLOSED
    assert not RoleGrant.objects.in_force().filter(user=holder, role="HOLDER").exists()
    again = persons.apply(Citizen.objects.get(user=holder), by=User.objects.get(pk=holder.pk))
    again = confirmed(again, requests.confirm, by=User.objects.get(pk=holder.pk))
    opened_again = requests.approve(again, by=held.people["registrar"]).account
    assert opened_again is not None
    assert opened_again.number != account.number


def test_on_death_the_units_pass_to_the_heir_and_two_officers_close_the_account(held: World, db: None) -> None:
    account, registrar = HoldingAccount.objects.get(pk=held.accounts["holder"].pk), held.people["registrar"]
    second = person(held, "second-registrar", "REGISTRAR", division=held.organisations["owner"].division)
    about = {
        "kind": "DECEASED",
        "authority": "青岚市公安局",
        "document_no": "死亡证明 7 号",
        "paper": order_paper(registrar),
    }
    refused(requests.enter_account_order, held.accounts["owner"], by=registrar, code="bad_kind", **about)
    request = requests.enter_account_order(account, by=registrar, **about)
    refused(requests.approve, request, by=second, code="account_not_empty")
    deed = nontrade.enter_nontrade(
        account,
        **document(
            held, document_no="（2026）青证民字 19 号", target_number=held.accounts["buyer"].number, kind="INHERIT"
        ),
    )
    done(held, deed)
    refused(requests.approve, request, by=registrar, code="same_person")
    assert requests.approve(request, by=second).state == RequestState.APPROVED
    account.refresh_from_db()
    account.organisation.refresh_from_db()
    assert (account.state, account.organisation.ended_at is not None) == ("CLOSED", True)
    assert check_books().differences == []


# Nobody but the person sees the name in full


def test_every_public_door_shows_the_masked_name_only(held: World, db: None) -> None:
    holder, account = held.people["holder"], held.accounts["holder"]
    order = retirements.initiate(account, quantity_t=1, by=holder, **FOR_ONESELF)
    order = confirmed(order, retirements.confirm, by=holder)
    order = retirements.approve(retirements.review(order, by=held.people["registrar"]), by=held.people["leader"])
    certificate = Certificate.objects.for_subject(order).get()
    block = account.blocks.filter(closed_by=None, state="AVAILABLE").select_related("series__project", "batch").first()
    assert block is not None
    client = Client()
    doors = [
        f"/registry/?q={MASKED}", "/registry/", f"/registry/?q={block.serial}", f"/registry/projects/{block.series.project.project_no}/",
        f"/registry/serials/?q={block.serial}", f"/api/v1/serials/{block.serial}",
        *(f"/registry/open-data/{name}.{kind}" for name in ("blocks", "retirements") for kind in ("csv", "json")),
        certificate.get_absolute_url(), f"/verify/{certificate.number}/", "/notices/",
    ]  # fmt: skip
    shown = {}
    for door in doors:
        answer = client.get(door)
        assert answer.status_code == 200, door
        shown[door] = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert NAME not in shown[door], door
    assert MASKED in shown["/registry/open-data/blocks.csv"]
    assert MASKED in shown["/registry/open-data/retirements.csv"]
    found = client.get(f"/registry/?q={NAME}")
    assert MASKED not in found.content.decode(), "nobody is found by the full name"


def _texts(workbook: bytes) -> str:
    """Return what is in the files of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))


def test_the_own_statement_has_the_full_name_and_anothers_has_not(held: World, db: None) -> None:
    account, client = held.accounts["holder"], Client()
    client.force_login(held.people["holder"])
    for page in ("/owner/holdings/", "/owner/statements/", "/owner/account/"):
        assert NAME in client.get(page).content.decode(), page
    file = f"/registry/accounts/{account.number}/statement/file/?kind=xlsx"
    assert NAME in _texts(client.get(file).content)
    officer = Client()
    officer.force_login(held.people["registrar"])
    session = officer.session
    session["second_factor_of"] = held.people["registrar"].pk
    session.save()
    assert NAME not in _texts(officer.get(file).content)
    buyer = Client()
    buyer.force_login(held.people["buyer-maker"])
    assert buyer.get(file).status_code == 404
    assert Retirement.objects.filter(account=account).count() == 0
    assert HoldingAccount.objects.visible_to(held.people["holder"]).get() == account


def test_the_api_shows_a_person_the_own_account_and_confirms_nothing_without_the_code(held: World, db: None) -> None:
    account, holder = held.accounts["holder"], held.people["holder"]
    client = Client()
    client.force_login(holder)
    rows = client.get("/api/v1/accounts").json()["results"]
    assert [(row["number"], row["organisation"]) for row in rows] == [(account.number, MASKED)]
    assert client.get(f"/api/v1/accounts/{account.number}/balance").status_code == 200
    assert client.get(f"/api/v1/accounts/{held.accounts['owner'].number}/balance").status_code == 404
    order = transfers.initiate(account, target_number=held.accounts["buyer"].number, quantity_t=1, by=holder)
    answer = client.post(
        f"/api/v1/transfers/{order.pk}/confirm", "{}", "application/json", headers={"Idempotency-Key": "alone-00000001"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "second_factor_needed")
    order.refresh_from_db()
    assert (order.state, order.confirmed_by) == ("CONFIRMING", None)


def test_the_desk_shows_who_it_is_on_the_answer_to_the_press_and_nowhere_else(held: World, db: None) -> None:
    account, client = held.accounts["holder"], Client()
    registrar = held.people["registrar"]
    client.force_login(registrar)
    session = client.session
    session["second_factor_of"] = registrar.pk
    session.save()
    desk = "/manage/registry/personaccountdeskrow/"
    listed = client.get(desk).content.decode()
    assert account.number in listed
    assert MASKED in listed
    assert held.accounts["owner"].number not in listed
    for page in (
        desk,
        f"{desk}{account.pk}/change/",
        "/manage/registry/accountrequestdeskrow/",
        "/manage/registry/accountdeskrow/",
    ):
        assert NAME not in client.get(page).content.decode(), page
    press = f"{desk}{account.pk}/press/unmask_holder/"
    assert NAME not in client.get(press).content.decode()
    assert NAME not in client.post(press, {"reason": ""}).content.decode()
    shown = client.post(press, {"reason": "核对公证书"}).content.decode()
    assert NAME in shown
    assert Event.objects.filter(verb="registry.unmask_holder", outcome="DONE", actor=registrar).count() == 1


def test_whoever_has_only_the_telephone_cannot_take_the_second_factor_over(held: World, db: None) -> None:
    """A session that came by a code on the telephone neither reads the recovery codes nor switches the factor off."""
    client, holder = Client(), held.people["holder"]
    client.force_login(holder)
    codes = RecoveryCodes.activate(holder).get_unused_codes()
    for page in ("/account/2fa/recovery-codes/generate/", "/account/2fa/totp/deactivate/"):
        answer = client.get(page)
        assert answer.status_code == 302, page
        assert answer.headers["Location"].startswith("/account/"), page
    for page in ("/account/2fa/recovery-codes/", "/account/2fa/recovery-codes/download/"):
        assert not any(code in client.get(page, follow=True).content.decode() for code in codes), page
    client.post("/account/2fa/totp/deactivate/")
    assert has_one(holder)
