"""Sentences of the registry's law, written by hand from the domain (§1.4.2, §1.4.5, §1.4.6) and the decisions that win over it.

Each is tried at the verb and at a second door: a page, a desk, the API, or the table itself as its owner.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.workflow import PermissionDenied, RuleViolation
from carbon_portal.story import World
from office.services.clock import move_clock
from registry.models import Batch, Block, Deed, HoldingAccount, Journal
from registry.services import confirming, frauds, freezes, issuing, pledges, retirements, transfers
from registry.services.accounts import open_account
from registry.services.checking import check_books
from registry.services.opening import moving
from registry.states import JournalKind, UnitState
from tests.guards import refused as by_guard
from tests.holding import (
    decided,
    document,
    fraud_case,
    freeze_deed,
    frozen,
    held,
    in_days,
    pledge_in,
    released,
)
from tests.moving import officers, submitted, tables
from tests.refusals import refused
from tests.stages import period_in, retire, retirement_in, transfer_in
from tests.worlds import as_owner
from trading.models import ComplianceRule
from trading.services import compliance

WORDS = {"kind": "CHARITY", "beneficiary": "青岚市民", "purpose": "公益"}


def client_of(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def page(world: World, who: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """Post to a page or a desk; return status and text."""
    answer = client_of(world, who).post(path, {"key": "second-door", **(body or {})})
    return answer.status_code, answer.content.decode()


def api(world: World, who: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    """Post to the API; return status and the code of the refusal."""
    answer = client_of(world, who).post(
        f"/api/v1/{path}", body, content_type="application/json", headers={"Idempotency-Key": "second-door"}
    )
    return answer.status_code, answer.json().get("code", "")


def sale(world: World, quantity_t: int) -> dict[str, Any]:
    """Return what a sale by the owner is posted with."""
    numbers = {"source": world.accounts["owner"].number, "target": world.accounts["buyer"].number}
    return {**numbers, "quantity_t": quantity_t, "reason": "合同"}


def offer(world: World, quantity_t: int) -> dict[str, Any]:
    """Return what the verb of a sale by the owner takes."""
    target = world.accounts["buyer"].number
    return {"target_number": target, "quantity_t": quantity_t, "by": world.people["owner-maker"]}


def refused_by_table(guard: str, statement: str, *values: Any, at_commit: bool = False) -> None:
    """Write past the verbs as the owner of the tables; the guard refuses."""
    with by_guard(guard, at_commit=at_commit), connection.cursor() as cursor:
        cursor.execute(statement, values)


def cannot_leave(block: Block, kind: str, world: World, guard: str = "block_state_follows_journal") -> None:
    """No journal of the kind takes the block out of its state, whoever writes it."""
    with by_guard(guard):
        journal = Journal.objects.create(kind=kind, by=world.system)
        Block.objects.filter(pk=block.pk).update(closed_by=journal)


# Accounts (registry rules 2023, Art. 6)


def test_one_entity_has_one_account(world: World) -> None:
    refused(open_account, world.organisations["owner"], by=world.people["registrar"], code="account_open")
    with pytest.raises(DatabaseError), transaction.atomic():
        HoldingAccount.objects.create(number="CH999999999999", organisation=world.organisations["owner"])


def test_an_account_is_not_lent(world: World) -> None:
    """Who represents another entity does nothing in this one's name."""
    with pytest.raises(PermissionDenied):
        transfers.initiate(world.accounts["owner"], **{**offer(world, 1), "by": world.people["buyer-maker"]})
    assert api(world, "buyer-maker", "transfers", sale(world, 1))[0] == 403


# Transfer (§1.4.5)


def test_what_is_set_aside_is_not_promised_again(world: World) -> None:
    transfer_in(world, "CONFIRMING", 400)
    refused(transfers.initiate, world.accounts["owner"], **offer(world, 24), code="not_enough")
    assert api(world, "owner-maker", "transfers", sale(world, 24)) == (409, "not_enough")


def test_what_nobody_accepts_in_time_goes_back(world: World) -> None:
    order = transfer_in(world, "OFFERED", 100)
    move_clock(forward=timedelta(days=transfers.ANSWER_DAYS + 1), by=world.system, reason="过了接收期限")
    refused(transfers.accept, order, by=world.people["buyer-maker"], code="expired")
    assert page(world, "buyer-maker", reverse("transfer-accept", args=[order.pk]))[0] == 409
    transfers.expire_due()
    assert held(world.accounts["owner"]) == 423


def test_a_maker_does_not_confirm_his_own_order(world: World) -> None:
    order = transfer_in(world, "CONFIRMING", 1)
    with pytest.raises(PermissionDenied):
        transfers.confirm(order, by=world.people["owner-maker"])
    refused_by_table(
        "transfer_confirmed_by_another",
        "UPDATE registry_transfer SET confirmed_by_id = made_by_id WHERE id = %s",
        order.pk,
    )


def test_a_split_keeps_every_serial_and_makes_new_check_characters(world: World) -> None:
    """The portal's own serials: the batch of 722, cut at 300 and 400; both doors show the same runs."""
    transfer = transfer_in(world, "COMPLETED", 200)
    blocks = Block.objects.open().filter(batch=world.periods["yearly"].batch).order_by("serials")
    runs = [(block.first, block.last) for block in blocks]
    assert runs[0][0] == 1
    assert all(left[1] + 1 == right[0] for left, right in pairwise(runs))
    serials = [block.serial for block in Block.objects.filter(opened_by=transfer.journal)]
    text = client_of(world, "buyer-maker").get(reverse("transfer", args=[transfer.pk])).content.decode()
    assert all(serial.rpartition("-")[2] in text for serial in serials)


def test_a_serial_with_a_wrong_check_character_is_nobodys(world: World) -> None:
    serial = Block.objects.open().latest("pk").serial
    wrong = serial[:-1] + ("A" if serial[-1] != "A" else "B")
    text = Client().get("/registry/", {"q": wrong}).content.decode()
    assert "校验" in text
    assert serial[:-1] in Client().get("/registry/", {"q": serial}).content.decode().replace("<wbr>", "")


# Retirement (§1.4.6)


def test_a_retirement_takes_two_officers_of_the_registry(world: World) -> None:
    order = retirement_in(world, "REVIEWED")
    refused(retirements.approve, order, by=world.people["registrar"], code="same_person")
    path = f"/manage/registry/retirementdeskrow/{order.pk}/press/approve_retirement/"
    assert page(world, "registrar", path)[0] == 409
    assert page(world, "leader", path)[0] == 302


def test_what_is_retired_is_used_up(world: World) -> None:
    block = Block.objects.open().filter(state=UnitState.RETIRED).latest("pk")
    for kind in (JournalKind.RELEASE, JournalKind.CORRECT, JournalKind.ENFORCE):
        cannot_leave(block, kind, world, "block_retired_stays")
    told = {"account": world.accounts["buyer"].number, "quantity_t": 201, **WORDS}
    assert api(world, "buyer-maker", "retirements", told) == (409, "not_enough")


def test_damage_to_the_environment_is_paid_for_by_a_legal_document(world: World) -> None:
    told = {**WORDS, "kind": "ECO_DAMAGE", "quantity_t": 5}
    by = world.people["owner-maker"]
    refused(retirements.initiate, world.accounts["owner"], by=by, **told, code="no_basis")
    assert (
        api(world, "owner-maker", "retirements", {"account": world.accounts["owner"].number, **told})[1] == "no_basis"
    )
    order = retirements.initiate(world.accounts["owner"], by=by, **told, basis="（2026）青01民初8号")
    refused_by_table("retirement_has_basis", "UPDATE registry_retirement SET basis = '' WHERE id = %s", order.pk)


def test_offsets_of_a_year_stay_under_the_emitters_own_cap(world: World) -> None:
    rule = ComplianceRule.objects.get(code="DEMO-2025")
    told = {"allowance_t": 2000, "emission_t": 2300, "quantity_t": 201}
    refused(
        compliance.file, world.accounts["owner"], rule=rule, by=world.people["owner-maker"], **told, code="over_cap"
    )
    assert page(world, "owner-maker", "/owner/compliance/DEMO-2025/new/", told)[0] == 409


def test_the_markets_quota_is_taken_at_approval_and_refused_whole(world: World) -> None:
    rule = ComplianceRule.objects.get(code="DEMO-2025")
    told = {"rule": rule, "allowance_t": 2000, "emission_t": 2300, "by": world.people["owner-maker"]}
    orders = [compliance.file(world.accounts["owner"], quantity_t=t, **told) for t in (100, 51)]
    first, second = (retirements.confirm(order, by=world.people["owner-checker"]) for order in orders)
    retire(second, world)
    reviewed = retirements.review(first, by=world.people["registrar"])
    refused(retirements.approve, reviewed, by=world.people["leader"], code="quota_used_up")
    path = f"/manage/registry/retirementdeskrow/{reviewed.pk}/press/approve_retirement/"
    assert page(world, "leader", path)[0] == 409


# A court (registry rules 2023, Art. 16)


def test_what_a_court_froze_is_neither_sold_nor_retired(world: World) -> None:
    frozen(world, 200)
    refusal = refused(transfers.initiate, world.accounts["owner"], **offer(world, 224), code="not_enough")
    assert "可用 223 t" in refusal.message
    told = {"account": world.accounts["owner"].number, "quantity_t": 224, **WORDS}
    assert api(world, "owner-maker", "retirements", told) == (409, "not_enough")
    block = Block.objects.open().filter(state=UnitState.JUDICIAL_FROZEN).latest("pk")
    cannot_leave(block, JournalKind.RELEASE, world)
    cannot_leave(block, JournalKind.RESERVE, world)


def test_a_freeze_takes_a_document_and_a_second_officer(world: World) -> None:
    deed = freeze_deed(world, 5)
    with pytest.raises((PermissionDenied, RuleViolation)):
        confirming.confirm(deed, by=world.people["officer"])
    assert held(world.accounts["owner"], UnitState.JUDICIAL_FROZEN) == 0
    refused_by_table(
        "deed_confirmed_by_another",
        "UPDATE registry_deed SET state = 'DONE', confirmed_by_id = entered_by_id, confirmed_at = now() WHERE id = %s",
        deed.pk,
    )


def test_a_freeze_is_not_shortened(world: World) -> None:
    freeze = frozen(world, 5)
    refused(freezes.enter_renewal, freeze, until=in_days(10), **document(world, document_no="之一"), code="not_later")
    refused_by_table(
        "freeze_changed_by_deed",
        "UPDATE registry_freeze SET until = until - 5 WHERE id = %s",
        freeze.pk,
        at_commit=True,
    )


def test_a_second_court_waits_and_takes_what_is_there(world: World) -> None:
    first = frozen(world, 423)
    second = frozen(world, 500, document_no="（2026）江02执7号")
    assert (second.held_t, second.missing_t) == (0, 500)
    assert api(world, "owner-maker", "transfers", sale(world, 1)) == (409, "not_enough")
    released(world, first)
    freezes.follow()
    second.refresh_from_db()
    assert (second.held_t, second.missing_t) == (423, 77)


def test_a_court_of_another_city_is_served_there(world: World) -> None:
    with pytest.raises(PermissionDenied):
        freezes.enter_freeze(
            world.accounts["owner"],
            **{**document(world, quantity_t=5, until=in_days(3)), "by": world.people["other-officer"]},
        )
    assert not Deed.objects.exists()


# Pledge, and what passes without a trade


def test_what_is_pledged_stays_until_the_creditor_lets_go(world: World) -> None:
    pledge = pledge_in(world, "IN_FORCE", 100)
    refusal = refused(transfers.initiate, world.accounts["owner"], **offer(world, 324), code="not_enough")
    assert "可用 323 t" in refusal.message
    with pytest.raises(PermissionDenied):
        pledges.release(pledge, by=world.people["owner-maker"])
    cannot_leave(Block.objects.open().filter(state=UnitState.PLEDGED).latest("pk"), JournalKind.RELEASE, world)


# Fraud (§1.4.5, §1.4.6, trading rules 2023, Art. 43)


def test_a_suspected_batch_is_not_traded_whoever_holds_it(world: World) -> None:
    fraud_case(world)
    refused(transfers.initiate, world.accounts["owner"], **offer(world, 2), code="not_enough")
    told = {"account": world.accounts["buyer"].number, "quantity_t": 1, **WORDS}
    assert api(world, "buyer-maker", "retirements", told) == (409, "not_enough")
    cannot_leave(Block.objects.open().filter(state=UnitState.SUSPENDED).latest("pk"), JournalKind.TRANSFER, world)


def test_the_owner_answers_first_and_later_holders_only_where_an_article_says_so(world: World) -> None:
    case = decided(world, fraud_case(world), 500)
    assert held(world.accounts["owner"], UnitState.CANCELLED) == 422
    assert held(world.accounts["buyer"], UnitState.CANCELLED) == 0
    move_clock(forward=timedelta(days=40), by=world.system, reason="补足期限过后")
    refused(frauds.charge, case, by=world.people["registrar"], reason="没有补足", code="no_article")
    assert held(world.accounts["buyer"], UnitState.SUSPENDED) == 200


def test_what_was_cancelled_never_comes_back(world: World) -> None:
    decided(world, fraud_case(world), 400)
    block = Block.objects.open().filter(state=UnitState.CANCELLED).latest("pk")
    for kind in (JournalKind.RESUME, JournalKind.CORRECT):
        cannot_leave(block, kind, world, "block_retired_stays")
    assert check_books().cancelled_t == 400


# The books (§1.4.5, §2.6)


def test_a_mistake_is_corrected_by_a_new_journal_and_never_by_rewriting(world: World) -> None:
    journal = Journal.objects.latest("pk")
    refused_by_table("journal_append_only", "UPDATE registry_journal SET reason = '改' WHERE id = %s", journal.pk)
    refused_by_table(
        "block_append_only", "UPDATE registry_block SET serials = 'empty' WHERE opened_by_id = %s", journal.pk
    )
    for kind in ("journal", "block", "batch"):
        assert client_of(world, "registrar").post(f"/manage/registry/{kind}/add/", {}).status_code in (403, 404)


def test_books_that_differ_issue_nothing(world: World) -> None:
    period = period_in(world, "APPROVED")
    block = Block.objects.open().filter(state=UnitState.AVAILABLE).latest("pk")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM registry_block WHERE id = %s", [block.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert check_books().differences
    refused(issuing.issue, period, by=world.people["registrar"], code="books_differ")
    assert page(world, "registrar", f"/manage/registry/issuedeskrow/{period.pk}/press/issue/")[0] == 409


# Moving in


def test_a_registry_that_does_not_add_up_does_not_move_in(world: World) -> None:
    first, _second = officers(world)
    content = tables()
    content["注销"][0]["数量"] = "1362"
    with pytest.raises(RuleViolation) as caught:
        submitted(first, content)
    assert any("差 1 t" in str(row) for row in getattr(caught.value, "rows", ()))
    assert Batch.objects.filter(series__adm6="440100").count() == 0


def test_who_brings_a_registry_in_does_not_accept_it(world: World) -> None:
    first, second = officers(world)
    opening = submitted(first)
    refused(moving.accept, opening, by=first, code="same_person")
    assert moving.accept(opening, by=second).state == "ACCEPTED"
    assert check_books().differences == []
