"""Taking units into a hold and letting them go, whatever the hold: inside the verbs, with the account locked."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from registry.models import HoldEntry, HoldingAccount, Journal
from registry.services import cases
from registry.services.books import book, split, take
from registry.states import UnitState


def hold(row: Any, quantity_t: int, *, kind: str, by: User, reason: str, save: bool = True) -> Journal:
    """Take available tonnes of the row's account into the hold; the row's ``held_t`` grows by them (``save``: also in its table).

    Raises RuleViolation ``bad_quantity`` or ``not_enough``.
    """
    journal = take(row.account, quantity_t, state=row.HELD, kind=kind, by=by, reason=reason, batch=row.batch)
    HoldEntry.objects.create(journal=journal, **{row.ENTRY: row})
    row.held_t += quantity_t
    if save:
        row.save(update_fields=["held_t"])
    return journal


def let_go(
    row: Any,
    *,
    kind: str,
    by: User,
    reason: str,
    holder: HoldingAccount | None = None,
    quantity_t: int | None = None,
    also: tuple[str, ...] = (),
    save: bool = True,
) -> Journal | None:
    """Make units of a hold available to their holder or to another, the oldest first; all of them unless a quantity is given.

    Returns the journal, None when the hold has nothing. What is left of a split block stays in the hold. ``also`` names other
    columns of the row that were changed with it. Of a batch under a case of fraud the units are suspended at once.
    """
    wanted = row.held_t if quantity_t is None else quantity_t
    if not wanted:
        return None
    journal = book(kind, by=by, reason=reason, **split(row.blocks(), wanted, UnitState.AVAILABLE, holder=holder))
    HoldEntry.objects.create(journal=journal, **{row.ENTRY: row})
    row.held_t -= wanted
    if save:
        row.save(update_fields=["held_t", *also])
    cases.catch(journal, by=by)
    return journal
