"""What a case of fraud does to units: inside the verbs, with the accounts locked. Who may do it is in ``frauds``."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from accounts.models import User
from accounts.workflow import advance, lock, record
from kernel import clock
from registry.models import Batch, Block, FraudCase, HoldEntry, HoldingAccount, Journal, Retirement
from registry.services.books import Leg, book, split
from registry.states import UNIT_ENDED, CaseState, JournalKind, UnitState

# What a case suspends. A court and a pledge keep what they hold; when they let go, the case has it.
SUSPENDED = (UnitState.AVAILABLE, UnitState.TRADING)


def holders(batch: Batch) -> list[HoldingAccount]:
    """Return the accounts that hold unretired units of a batch."""
    blocks = Block.objects.open().filter(batch=batch).exclude(state__in=UNIT_ENDED)
    return list(HoldingAccount.objects.filter(pk__in=blocks.values("holder")).order_by("pk"))


def lock_case(case: FraudCase) -> FraudCase:
    """Lock the accounts a case reaches, then the case, and return it fresh."""
    *_accounts, locked = lock(*{case.account, *holders(case.batch)}, case)
    fresh: FraudCase = locked
    return fresh


def suspend(case: FraudCase, *, by: User) -> int:
    """Suspend what is free of the batch, whoever holds it; return the tonnes."""
    free = Block.objects.open().filter(batch=case.batch, state__in=SUSPENDED).select_related("batch", "holder")
    blocks = list(free.order_by("serials"))
    if blocks:
        legs = [Leg(block.batch, block.first, block.last, block.holder, UnitState.SUSPENDED) for block in blocks]
        _enter(case, book(JournalKind.SUSPEND, by=by, reason=case.number, close=blocks, open=legs))
    tonnes = sum(int(block.quantity_t) for block in blocks)
    case.held_t += tonnes
    case.save(update_fields=["held_t"])
    return tonnes


def cancel(case: FraudCase, account: HoldingAccount, most_t: int, *, by: User) -> int:
    """Cancel suspended units of an account, the oldest serials first, at most so many tonnes; return how many."""
    blocks = case.blocks().filter(holder=account)
    tonnes = min(most_t, blocks.tonnes())
    if tonnes:
        _enter(case, book(JournalKind.CANCEL, by=by, reason=case.number, **split(blocks, tonnes, UnitState.CANCELLED)))
        case.held_t -= tonnes
    return tonnes


def resume(case: FraudCase, *, by: User) -> None:
    """Give back all that is suspended, each run of serials to what it was before."""
    blocks = list(case.blocks())
    if blocks:
        legs = [Leg(block.batch, block.first, block.last, block.holder, _before(case, block)) for block in blocks]
        _enter(case, book(JournalKind.RESUME, by=by, reason=case.number, close=blocks, open=legs))
    case.held_t = 0


def _before(case: FraudCase, block: Block) -> str:
    # A case suspends a serial once at a time; the last block it closed with these serials says what they were.
    was = Block.objects.filter(
        closed_by__in=case.entries.filter(journal__kind=JournalKind.SUSPEND).values("journal"),
        batch=block.batch,
        serials__contains=block.serials,
    ).order_by("-pk")
    return was[0].state


def _enter(case: FraudCase, journal: Journal) -> None:
    HoldEntry.objects.create(journal=journal, fraudcase=case)


def settle(case: FraudCase, *, by: User, reason: str) -> None:
    """When nothing is missing any more, give back what is left and close the case; else keep its figures."""
    if case.missing_t:
        case.save(update_fields=["held_t", "cancelled_t", "replaced_t", "charged_t"])
        return
    resume(case, by=by)
    fields = {"held_t": 0, "cancelled_t": case.cancelled_t, "replaced_t": case.replaced_t, "charged_t": case.charged_t}
    advance(case, CaseState.SETTLED, by=by, reason=reason, closed_at=clock.now(), **fields)


def count(retirement: Retirement, *, by: User) -> None:
    """Count a replacement to its case, inside the verb that retires it, with the case locked."""
    case = retirement.case
    if case is None:
        raise TypeError(f"{retirement} replaces nothing")
    case.refresh_from_db()
    case.replaced_t += retirement.quantity_t
    told = {"replaced_t": retirement.quantity_t, "missing_t": case.missing_t, "retirement": str(retirement)}
    record("registry.approve_retirement", case, by=by, data=told)
    settle(case, by=by, reason=str(retirement))


def catch(journal: Journal, *, by: User) -> None:
    """Suspend what a journal just made available of a batch under a case."""
    for case in of_batches(Block.objects.filter(opened_by=journal).values_list("batch", flat=True)):
        suspend(lock(case), by=by)


def of_batches(batches: Iterable[int]) -> list[FraudCase]:
    """Return the open cases of batches."""
    return list(FraudCase.objects.open().filter(Q(batch__in=list(batches))).order_by("pk"))
