"""Orders under way that a court or a case of fraud takes back: what they set aside is available again, and both sides are told why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from accounts.models import User
from accounts.workflow import advance, lock
from registry.models import Block, Retirement, Transfer
from registry.services.books import shift
from registry.states import JournalKind, OrderState, RetirementState, UnitState

PENDING = (UnitState.TRANSFER_PENDING, UnitState.RETIRE_PENDING)
# Of the apps above: each takes the journals of reservations, ends the orders it knows and leaves the rest.
Stopper = Callable[..., None]
STOPPERS: list[Stopper] = []


def under_way(**where: Any) -> list[Block]:
    """Return the blocks that orders hold, of an account (``holder``) or of a batch (``batch``)."""
    rows = Block.objects.open().filter(state__in=PENDING, **where).select_related("batch", "series", "opened_by")
    return list(rows.order_by("opened_by_id", "serials"))


def named(blocks: list[Block]) -> list[str]:
    """Return the numbers of the transfers and retirements that hold blocks; an app above names its own."""
    journals = {block.opened_by_id for block in blocks}
    rows = (Transfer.objects.filter(reserved__in=journals), Retirement.objects.filter(reserved__in=journals))
    return [str(order) for orders in rows for order in orders.order_by("pk")]


def stop_orders(*, by: User, reason: str, **where: Any) -> None:
    """Take back the orders that hold units of an account or of a batch, whoever made them. Their accounts are locked."""
    journals = {block.opened_by_id for block in under_way(**where)}
    if not journals:
        return
    for transfer in Transfer.objects.filter(reserved__in=journals).order_by("pk"):
        _release(transfer, OrderState.CANCELLED, "source", by=by, reason=reason)
    for retirement in Retirement.objects.filter(reserved__in=journals).order_by("pk"):
        _release(retirement, RetirementState.CANCELLED, "account", by=by, reason=reason)
    for stop in STOPPERS:
        stop(journals, by=by, reason=reason)


def _release(order: Any, to: str, side: str, *, by: User, reason: str) -> None:
    order = lock(order)
    advance(order, to, by=by, reason=reason)
    holder = getattr(order, side)
    shift(order.reserved, JournalKind.RELEASE, holder=holder, state=UnitState.AVAILABLE, by=by, reason=reason)
