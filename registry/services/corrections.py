"""Correcting a mistake (更正, R10): by a new journal, a document and two officers; what was booked stays in the books.

A transfer that should not have been goes back whole, if it is still there. Tonnes that should not have been issued are cancelled in
their owner's account, the newest serials first. What is retired stays retired, whatever was wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import require, verb
from registry.models import Batch, Block, Deed, HoldingAccount, Journal
from registry.services import deeds
from registry.services.books import Leg, book, opened
from registry.services.deeds import Document
from registry.states import CHANGES_HOLDER, DeedKind, JournalKind, UnitState


@verb("registry.enter_correction")
def enter_correction(
    account: HoldingAccount, *, journal: Journal, document: Document, by: User, reason: str, key: str = ""
) -> Deed:
    """An officer enters that a journal which gave units to ``account`` was a mistake and is to be taken back, whole.

    Raises RuleViolation ``cannot_correct`` for a journal that gave this account nothing from another, or is a correction itself,
    ``no_reason``, ``no_document``, ``deed_twice``.
    """
    require(bool(reason.strip()), "no_reason", _("请写明错在哪里，双方会看到"))
    giver = HoldingAccount.objects.filter(blocks__closed_by=journal).exclude(pk=account.pk).first()
    given = Block.objects.filter(opened_by=journal, holder=account).exists()
    right = giver is not None and given and journal.kind in CHANGES_HOLDER - {JournalKind.CORRECT}
    require(right, "cannot_correct", _("流水 %s 没有把别人的减排量转给这个账户，不能这样更正") % journal.number)
    about = {"corrects": journal, "target": giver}
    return deeds.enter(DeedKind.CORRECT, account, "registry.enter_correction", document, by=by, reason=reason, **about)


@verb("registry.enter_overissue")
def enter_overissue(
    account: HoldingAccount, *, batch: Batch, quantity_t: int, document: Document, by: User, reason: str, key: str = ""
) -> Deed:
    """An officer enters that so many tonnes of a batch should not have been issued; its owner's ``account`` answers with them.

    Raises RuleViolation ``not_the_owner``, ``no_reason``, ``bad_quantity``, ``no_document``, ``deed_twice``.
    """
    require(bool(reason.strip()), "no_reason", _("请写明错在哪里，双方会看到"))
    owner = account.organisation_id == batch.series.project.owner_id
    require(owner, "not_the_owner", _("多签发的吨数由项目业主的账户承担"))
    about = {"batch": batch, "quantity_t": quantity_t}
    return deeds.enter(DeedKind.VOID, account, "registry.enter_overissue", document, by=by, reason=reason, **about)


def give_back(deed: Deed, account: HoldingAccount, *, by: User) -> Journal:
    """Carry a correction out: every serial the journal gave, or none. Raises ``not_there`` with what is still available."""
    wrong, target = deed.corrects, deed.target
    if wrong is None or target is None:
        raise TypeError(f"{deed} corrects nothing")
    gone = [block for block in opened(wrong) if block.holder_id == account.pk]
    close, legs = _cut(gone, account, target)
    there = sum(leg.last - leg.first + 1 for leg in legs if leg.holder == target)
    wanted = sum(int(block.quantity_t) for block in gone)
    said = _("流水 %(number)s 转入的 %(wanted)s t 里还有 %(there)s t 可用，其余已转出、注销或被占用，不能整笔更正")
    told = {"number": wrong.number, "wanted": f"{wanted:,}", "there": f"{there:,}"}
    require(there == wanted, "not_there", said % told)
    return book(JournalKind.CORRECT, by=by, reason=deeds.words(deed), close=close, open=legs)


def _cut(runs: Iterable[Block], account: HoldingAccount, target: HoldingAccount) -> tuple[list[Block], list[Leg]]:
    # Blocks may be larger than the run meanwhile, when runs beside it came to the same account: what is outside stays.
    close, legs = [], []
    for run in runs:
        rows = Block.objects.open().filter(holder=account, state=UnitState.AVAILABLE, batch=run.batch_id)
        for block in rows.filter(serials__overlap=run.serials).select_related("batch").order_by("serials"):
            first, last = max(block.first, run.first), min(block.last, run.last)
            close.append(block)
            legs.append(Leg(block.batch, first, last, target, UnitState.AVAILABLE))
            if block.first < first:
                legs.append(Leg(block.batch, block.first, first - 1, account, UnitState.AVAILABLE))
            if last < block.last:
                legs.append(Leg(block.batch, last + 1, block.last, account, UnitState.AVAILABLE))
    return close, legs


def void(deed: Deed, account: HoldingAccount, *, by: User) -> Journal:
    """Cancel what should not have been issued, the newest serials first. Raises ``not_enough``."""
    wanted, close, legs = deed.quantity_t or 0, [], []
    rows = Block.objects.open().filter(holder=account, state=UnitState.AVAILABLE, batch=deed.batch)
    for block in rows.select_related("batch").order_by("-serials"):
        taken = min(wanted, int(block.quantity_t))
        if not taken:
            break
        close.append(block)
        legs.append(Leg(block.batch, block.last - taken + 1, block.last, account, UnitState.CANCELLED))
        if taken < block.quantity_t:
            legs.append(Leg(block.batch, block.first, block.last - taken, account, UnitState.AVAILABLE))
        wanted -= taken
    said = _("业主账户里这一批可用的不够，还差 %s t，什么都没有改动；已卖出的按弄虚作假或补足办理")
    require(not wanted, "not_enough", said % f"{wanted:,}")
    return book(JournalKind.CORRECT, by=by, reason=deeds.words(deed), close=close, open=legs)
