"""Corrections: by a new journal, a document and two officers, whole or not at all. Nothing that was booked is touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from carbon_portal.story import World
from registry.models import Block, Deed, Transfer
from registry.services import confirming, corrections, transfers
from registry.services.checking import check_books
from registry.states import JournalKind, UnitState
from tests.holding import document, done, frozen, held
from tests.papers import picture
from tests.refusals import forbidden, refused
from tests.stages import transfer_in


def moved(world: World, quantity_t: int = 100) -> Transfer:
    return transfer_in(world, "COMPLETED", quantity_t)


def wrong(world: World, transfer: Transfer, **changed: Any) -> dict[str, Any]:
    """Return what a correction of a transfer to the buyer is entered with."""
    return {"journal": transfer.journal, "reason": "合同号录错，双方书面申请", **document(world), **changed}


def too_much(world: World, quantity_t: int, **changed: Any) -> dict[str, Any]:
    """Return what tonnes of the year's batch that should not have been issued are entered with."""
    told = {"batch": world.periods["yearly"].batch, "quantity_t": quantity_t, "reason": "报告里一个月重复"}
    return {**told, **document(world), **changed}


def correction(world: World, transfer: Transfer, **changed: Any) -> Deed:
    return corrections.enter_correction(world.accounts["buyer"], **wrong(world, transfer, **changed))


def overissue(world: World, quantity_t: int, **changed: Any) -> Deed:
    return corrections.enter_overissue(world.accounts["owner"], **too_much(world, quantity_t, **changed))


def test_a_wrong_transfer_goes_back_serial_by_serial(world: World) -> None:
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    before = (held(owner), held(buyer))
    transfer = moved(world)
    serials = [block.serials for block in Block.objects.filter(opened_by=transfer.journal)]
    deed = done(world, correction(world, transfer))
    assert (held(owner), held(buyer)) == before
    assert deed.journal is not None
    assert (deed.journal.kind, deed.journal.number[:2]) == (JournalKind.CORRECT, "GZ")
    back = Block.objects.filter(opened_by=deed.journal, holder=owner)
    assert [block.serials for block in back] == serials
    transfer.refresh_from_db()
    assert transfer.state == "COMPLETED"
    assert check_books().differences == []
    refused(corrections.enter_correction, buyer, **wrong(world, transfer), code="deed_twice")


def test_what_grew_together_is_cut_again(world: World) -> None:
    """The buyer passes both parts on as one run; the second transfer alone is taken back out of the middle of it."""
    owner, buyer = world.accounts["owner"], world.accounts["buyer"]
    first = moved(world, 10)
    second = moved(world, 20)
    third = moved(world, 30)
    assert first.journal
    assert third.journal
    done(world, correction(world, second))
    runs = Block.objects.open().filter(opened_by__in=[first.journal, third.journal], holder=buyer)
    assert sum(int(block.quantity_t) for block in runs) == 40
    assert held(owner) == 423 - 40
    assert check_books().differences == []


@pytest.mark.parametrize("gone", ["sold on", "frozen", "set aside"])
def test_what_is_no_longer_there_is_not_taken_from_elsewhere(world: World, gone: str) -> None:
    """All 300 t the buyer holds are bound but 100 t of another run; the journal is not corrected in part."""
    transfer = moved(world, 100)
    deed, buyer = correction(world, transfer), world.accounts["buyer"]
    if gone == "frozen":
        frozen(world, 250, whose="buyer")
    else:
        told = {"target_number": world.accounts["owner"].number, "by": world.people["buyer-maker"]}
        order = transfers.initiate(buyer, quantity_t=250, **told)
        if gone == "sold on":
            order = transfers.confirm(order, by=world.people["buyer-checker"])
            transfers.accept(order, by=world.people["owner-maker"])
    refusal = refused(confirming.confirm, deed, by=world.people["registrar"], code="not_there")
    assert "100 t 里还有 50 t 可用" in refusal.message


def test_tonnes_that_should_not_have_been_issued_are_cancelled_from_the_end(world: World) -> None:
    owner, batch = world.accounts["owner"], world.periods["yearly"].batch
    deed = done(world, overissue(world, 22))
    cancelled = Block.objects.open().get(batch=batch, state=UnitState.CANCELLED)
    assert (cancelled.first, cancelled.last, held(owner)) == (701, 722, 401)
    assert deed.journal is not None
    check = check_books()
    assert (check.differences, check.cancelled_t) == ([], 22)


def test_what_cannot_be_corrected_is_refused(world: World) -> None:
    transfer, owner, buyer = moved(world, 5), world.accounts["owner"], world.accounts["buyer"]
    enter, over = corrections.enter_correction, corrections.enter_overissue
    refused(enter, buyer, **wrong(world, transfer, reason=" "), code="no_reason")
    refused(enter, buyer, **wrong(world, transfer, journal=transfer.reserved), code="cannot_correct")
    refused(enter, owner, **wrong(world, transfer), code="cannot_correct")
    back = done(world, correction(world, transfer)).journal
    refused(enter, owner, **wrong(world, transfer, journal=back), code="cannot_correct")
    refused(over, owner, **too_much(world, 0), code="bad_quantity")
    refused(over, buyer, **too_much(world, 1), code="not_the_owner")
    deed = overissue(world, 424)
    refusal = refused(confirming.confirm, deed, by=world.people["registrar"], code="not_enough")
    assert "还差 2 t" in refusal.message


def test_only_officers_of_the_place_correct_and_two_of_them(world: World) -> None:
    transfer = moved(world, 5)
    for who in ("owner-maker", "buyer-checker", "other-officer", "verifier"):
        told = {**wrong(world, transfer), "by": world.people[who]}
        forbidden(corrections.enter_correction, world.accounts["buyer"], **told)
    mine = correction(world, transfer, by=world.people["registrar"])
    refused(confirming.confirm, mine, by=world.people["registrar"], code="same_person")


def at_the_desk(world: World, who: str, **told: Any) -> Any:
    """Post the desk's form."""
    client = Client()
    client.force_login(world.people[who])
    file = SimpleUploadedFile("申请.png", picture(), content_type="image/png")
    own = {"authority": "双方", "document_no": "更正申请 1 号", "file": file, "reason": "录错", **told}
    return client.post("/manage/registry/correctiondeskrow/add/", own)


def test_the_desk_takes_a_journal_or_a_batch_and_says_what_is_wrong(world: World) -> None:
    journal, batch = moved(world, 5).journal, world.periods["yearly"].batch
    assert journal is not None
    buyer, owner = world.accounts["buyer"].number, world.accounts["owner"].number
    both = at_the_desk(world, "officer", account=buyer, journal=journal.number, batch=str(batch), quantity_t=1)
    assert (both.status_code, "只填一样" in both.content.decode()) == (400, True)
    unknown = at_the_desk(world, "officer", account=buyer, journal="ZY-20260101-999999")
    assert (unknown.status_code, "没有流水号" in unknown.content.decode()) == (400, True)
    wrong_side = at_the_desk(world, "officer", account=owner, journal=journal.number)
    assert (wrong_side.status_code, "不能这样更正" in wrong_side.content.decode()) == (409, True)

    assert at_the_desk(world, "officer", account=buyer, journal=journal.number).status_code == 302
    assert at_the_desk(world, "officer", account=owner, batch=str(batch), quantity_t=2).status_code == 302
    registrar = Client()
    registrar.force_login(world.people["registrar"])
    assert journal.number in registrar.get("/manage/registry/correctiondeskrow/").content.decode()
    for deed in Deed.objects.all():
        path = f"/manage/registry/correctiondeskrow/{deed.pk}/press/confirm_deed/"
        assert registrar.post(path, {"key": f"correct-{deed.pk}-1"}).status_code == 302
    assert held(world.accounts["owner"]) == 421
    assert held(world.accounts["owner"], UnitState.CANCELLED) == 2
