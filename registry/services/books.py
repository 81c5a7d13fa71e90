"""The only code that writes blocks: close first, open then, under one journal. The database compares both at commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from accounts.direct import add, ask, read
from accounts.models import User
from accounts.workflow import require
from registry.models import Batch, Block, Freeze, HoldingAccount, Journal
from registry.services.accounts import may_send
from registry.states import JournalKind, UnitState

# Journals after which it is of no matter any more from which blocks a run came. Holds keep theirs apart: they give each back as it was.
_K = JournalKind
JOINS = frozenset({_K.TRANSFER, _K.SETTLE, _K.FROM_VENUE, _K.RELEASE, _K.RETIRE, _K.NONTRADE, _K.CORRECT})
AT_ONCE = 50  # blocks read at a time
CLOSE = "UPDATE registry_block SET closed_by_id = %s WHERE id = ANY(%s) AND closed_by_id IS NULL RETURNING id"
HELD_IN_ORDER = """
    WHERE t.holder_id = %%s AND t.state = %%s AND t.closed_by_id IS NULL %s ORDER BY t.series_id, t.serials LIMIT %%s OFFSET %%s
"""
OPEN = """
    INSERT INTO registry_block (opened_by_id, series_id, batch_id, serials, holder_id, state)
    SELECT %s::bigint, series, batch, int8range(first, last, '[]'), holder, state
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
        AS leg (series, batch, first, last, holder, state)
"""


class Leg(NamedTuple):
    """A run of serials ``first … last`` (inclusive) to open for a holder in a state."""

    batch: Batch
    first: int
    last: int
    holder: HoldingAccount
    state: str


def book(kind: str, *, by: User, reason: str, close: Iterable[Block] = (), open: Iterable[Leg] = ()) -> Journal:
    """Write one journal and its legs; return the header."""
    journal = add(Journal, kind=kind, by=by, reason=reason)
    write(journal, close=close, open=open)
    return journal


def write(journal: Journal, *, close: Iterable[Block] = (), open: Iterable[Leg] = ()) -> None:
    """Close blocks, then open legs, under a journal of this transaction.

    Raises RuleViolation ``units_taken`` when a block was closed by somebody else meanwhile.
    """
    ids = [block.pk for block in close]
    closed = ask(CLOSE, [journal.pk, ids])
    require(len(closed) == len(ids), "units_taken", _("这些减排量刚被另一笔办理占用，请刷新后再试"))
    legs = joined(open) if journal.kind in JOINS else list(open)
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN,
            [
                journal.pk,
                [leg.batch.series_id for leg in legs],
                [leg.batch.pk for leg in legs],
                [leg.first for leg in legs],
                [leg.last for leg in legs],
                [leg.holder.pk for leg in legs],
                [str(leg.state) for leg in legs],
            ],
        )


def joined(legs: Iterable[Leg]) -> list[Leg]:
    """Return the legs with runs beside each other, of one holder in one state, as one: what was split grows together."""
    runs: list[Leg] = []
    for leg in sorted(legs, key=lambda leg: (leg.batch.pk, leg.first)):
        last = runs[-1] if runs else None
        if last and last._replace(first=0, last=0) == leg._replace(first=0, last=0) and last.last + 1 == leg.first:
            runs[-1] = last._replace(last=leg.last)
        else:
            runs.append(leg)
    return runs


def take(
    account: HoldingAccount,
    quantity_t: int,
    *,
    state: str,
    kind: str,
    by: User,
    reason: str,
    batch: Batch | None = None,
    held: str = UnitState.AVAILABLE,
    to: HoldingAccount | None = None,
) -> Journal:
    """Move the oldest units of a locked account from the state ``held`` to another, of another account where ``to`` is given,
    splitting the last block.

    Raises RuleViolation ``bad_quantity`` or ``not_enough`` (with what is held).
    """
    require(quantity_t > 0, "bad_quantity", _("数量是大于 0 的整吨"))
    moved = split(_in_order(account, held, batch), quantity_t, state, holder=to)
    there = sum(int(block.quantity_t) for block in moved["close"])
    require(there >= quantity_t, "not_enough", _short(held, there, quantity_t))
    return book(kind, by=by, reason=reason, **moved)


def _in_order(account: HoldingAccount, state: str, batch: Batch | None) -> Iterator[Block]:
    """Yield blocks by series and serial, some at a time: most orders need one, and none is read for nothing."""
    of_batch, named = ("", []) if batch is None else ("AND t.batch_id = %s", [batch.pk])
    at, some = 0, AT_ONCE
    while some == AT_ONCE:
        values = [account.pk, state, *named, AT_ONCE, at]
        blocks = read(Block, HELD_IN_ORDER % of_batch, values, also=("batch",))
        for block in blocks:
            block.holder = account
            yield block
        some, at = len(blocks), at + AT_ONCE


def _short(state: str, held_t: int, wanted_t: int) -> str:
    said = _("%(state)s %(held)s t，不够 %(wanted)s t，什么都没有改动")
    return said % {"state": UnitState(state).label, "held": f"{held_t:,}", "wanted": f"{wanted_t:,}"}


def reserve(
    account: HoldingAccount,
    quantity_t: int,
    *,
    state: str,
    by: User,
    reason: str,
    batch: Batch | None = None,
    kind: str = JournalKind.RESERVE,
) -> Journal:
    """Set available units of a locked account aside for an order; refuses as :func:`take` does.

    What a waiting freeze is due is not for orders any more, though the sweep has not given it yet. Of an account that is restricted
    or frozen nothing is set aside (:func:`registry.services.accounts.may_send`).
    """
    may_send(account)
    leave_what_is_due(account, quantity_t, batch)
    return take(account, quantity_t, state=state, kind=kind, by=by, reason=reason, batch=batch)


def leave_what_is_due(account: HoldingAccount, quantity_t: int, batch: Batch | None = None) -> None:
    """Refuse to use available tonnes that a waiting freeze is due. Raises RuleViolation ``not_enough``."""
    if owed := due(account):
        left = available(account, batch) - owed
        require(quantity_t <= left, "not_enough", _short(UnitState.AVAILABLE, max(left, 0), quantity_t))


def due(account: HoldingAccount) -> int:
    """Return the available tonnes of an account that freezes wait for."""
    waiting = Freeze.objects.waiting().filter(account=account)
    return sum(min(freeze.missing_t, available(account, freeze.batch_id)) for freeze in waiting)


def available(account: HoldingAccount, batch: Batch | int | None = None) -> int:
    """Return the tonnes an account could use now, of a batch (or its key) if one is named."""
    blocks = Block.objects.open().filter(holder=account, state=UnitState.AVAILABLE)
    return (blocks if batch is None else blocks.filter(batch=batch)).tonnes()


def split(
    blocks: Iterable[Block], quantity_t: int, state: str, *, holder: HoldingAccount | None = None
) -> dict[str, Any]:
    """Return what :func:`book` closes and opens to take so many tonnes of blocks to a state."""
    close, legs, left, rows = [], [], quantity_t, iter(blocks)
    while left and (block := next(rows, None)) is not None:  # none is read that is not needed
        taken = min(left, block.quantity_t)
        close.append(block)
        legs.append(Leg(block.batch, block.first, block.first + taken - 1, holder or block.holder, state))
        if taken < block.quantity_t:
            legs.append(Leg(block.batch, block.first + taken, block.last, block.holder, block.state))
        left -= taken
    return {"close": close, "open": legs}


def reserved(journal: Journal) -> list[Block]:
    """Return the units a journal set aside and still holds, in order; what it left available of a split block is not among them."""
    blocks = (
        Block.objects.open()
        .filter(opened_by=journal)
        .exclude(state=UnitState.AVAILABLE)
        .select_related("series__project", "batch", "holder")
    )
    return list(blocks.order_by("series_id", "serials"))


def shift(journal: Journal, kind: str, *, holder: HoldingAccount, state: str, by: User, reason: str) -> Journal:
    """Take the units a journal set aside to a holder and a state, block by block."""
    blocks = reserved(journal)
    require(bool(blocks), "units_taken", _("预留的减排量已不在，请刷新页面"))
    legs = [Leg(block.batch, block.first, block.last, holder, state) for block in blocks]
    return book(kind, by=by, reason=reason, close=blocks, open=legs)


def opened(journal: Journal) -> list[Block]:
    """Return the blocks a journal opened, in order of their serials."""
    blocks = Block.objects.filter(opened_by=journal).select_related("series__project__method", "batch__series")
    return list(blocks.order_by("series_id", "serials"))
