"""Freezes, pledges and cases brought to a stage by the verbs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Attachment
from accounts.services.attachments import keep_paper
from carbon_portal.story import World
from kernel import clock
from registry.models import Block, Deed, FraudCase, Freeze, HoldingAccount, Pledge, Retirement
from registry.services import confirming, frauds, freezes, pledges, retirements
from registry.services.checking import check_books
from registry.services.deeds import Document
from registry.states import PledgeState, UnitState
from tests.papers import picture
from tests.stages import grounds


def held(account: HoldingAccount, state: str = UnitState.AVAILABLE) -> int:
    """Return the tonnes an account holds in a state."""
    return Block.objects.open().filter(holder=account, state=state).tonnes()


def paper(world: World) -> Attachment:
    """Keep a document of the office."""
    return keep_paper(ContentFile(picture(), name="裁定书.png"), by=world.people["officer"])


def document(world: World, **changed: Any) -> dict[str, Any]:
    """Return what every deed is entered with."""
    said = {"authority": "青岚市中级人民法院", "document_no": "（2026）青01执保12号", "paper": None}
    said |= {name: changed.pop(name) for name in (*said,) if name in changed}
    document = Document(**{**said, "paper": said["paper"] or paper(world)})
    return {"document": document, "by": world.people["officer"], **changed}


def in_days(days: int) -> date:
    """Return the day so many days from the business day."""
    return clock.today() + timedelta(days=days)


def freeze_deed(world: World, quantity_t: int = 200, *, whose: str = "owner", **changed: Any) -> Deed:
    """Enter a freeze of an account, for thirty days."""
    told = document(world, quantity_t=quantity_t, until=in_days(30), **changed)
    return freezes.enter_freeze(world.accounts[whose], **told)


def done(world: World, deed: Deed) -> Deed:
    """Have the second officer carry a deed out."""
    return confirming.confirm(deed, by=world.people["registrar"])


def frozen(world: World, quantity_t: int = 200, **changed: Any) -> Freeze:
    """Freeze tonnes of an account."""
    return done(world, freeze_deed(world, quantity_t, **changed)).made_freeze


def released(world: World, freeze: Freeze, **changed: Any) -> Freeze:
    """Have a freeze lifted by a document."""
    deed = freezes.enter_release(freeze, **document(world, document_no="（2026）青01执保12号之二", **changed))
    done(world, deed)
    freeze.refresh_from_db()
    return freeze


def fraud_case(world: World, **changed: Any) -> FraudCase:
    """Open a case on the batch of the year of the larger roof."""
    told = {
        "facts": "群众举报：四月至六月的读数与供电公司结算单不符",
        "paper": paper(world),
        "by": world.people["officer"],
    }
    return frauds.open_case(world.periods["yearly"].batch, **{**told, **changed})


def decided(world: World, case: FraudCase, false_t: int = 500, **changed: Any) -> FraudCase:
    """Have the registrar decide that so many tonnes were false, to be replaced within thirty days."""
    told = {
        "replace_by": in_days(30),
        "grounds": grounds(article="演示机制第四十三条"),
        "reason": "供电公司结算单证实，四月至六月多报 761 MWh",
        "by": world.people["registrar"],
    }
    return frauds.decide(case, false_t=false_t, **{**told, **changed})


def replaced(world: World, case: FraudCase, quantity_t: int) -> Retirement:
    """Have the owner retire other units for the false ones, approved by two officers."""
    row = frauds.initiate_replacement(case, quantity_t=quantity_t, by=world.people["owner-maker"])
    row = retirements.confirm(row, by=world.people["owner-checker"])
    row = retirements.review(row, by=world.people["registrar"])
    return retirements.approve(row, by=world.people["leader"])


def pledge_in(world: World, state: str, quantity_t: int = 100) -> Pledge:
    """Pledge units of the owner to the buyer and take the pledge to a state."""
    people, to = world.people, PledgeState(state)
    told = {"creditor_number": world.accounts["buyer"].number, "contract_no": "QLZY-2026-003", "quantity_t": quantity_t}
    pledge = pledges.propose(world.accounts["owner"], by=people["owner-maker"], **told)
    if to == PledgeState.CONFIRMING:
        return pledge
    if to == PledgeState.CANCELLED:
        return pledges.cancel(pledge, by=people["owner-maker"], reason="改用房产抵押")
    pledge = pledges.confirm(pledge, by=people["owner-checker"])
    if to == PledgeState.OFFERED:
        return pledge
    if to == PledgeState.REFUSED:
        return pledges.refuse(pledge, by=people["buyer-maker"], reason="价值不足")
    pledge = pledges.accept(pledge, by=people["buyer-maker"])
    if to == PledgeState.RELEASED:
        return pledges.release(pledge, by=people["buyer-checker"])
    if to == PledgeState.ENFORCED:
        pledge = pledges.ask_disposal(pledge, by=people["buyer-checker"], reason="逾期未还")
        deed = pledges.enter_disposal(pledge, quantity_t=quantity_t, **document(world, document_no="仲裁裁决 9 号"))
        done(world, deed)
        pledge.refresh_from_db()
    return pledge


def assert_books_hold() -> None:
    """Prove the books."""
    assert check_books().differences == []
