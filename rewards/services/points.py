"""Spending points and giving them back. Lots are held while they are counted, and the database adds up again at commit."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.workflow import require
from kernel import clock
from rewards.models import PointAccount, PointEntry, PointLeg, PointLot
from rewards.states import EntryKind

AT_FAULT_DAYS = 30  # how long points live that a merchant's fault gave back after their day (clarification 11)


def spendable(account: PointAccount | None) -> int:
    """Return the points that can be spent today: what expired yesterday is gone, swept or not."""
    return PointLot.objects.filter(account=account).spendable().total() if account else 0


def spend(account: PointAccount, points: int, *, key: str, reason: str = "") -> PointEntry:
    """Take points out of a locked account's lots, first to expire first, then oldest first.

    Raises RuleViolation ``not_enough_points`` with what is missing.
    """
    lots = list(account.lots.spendable().select_for_update(no_key=True, of=("self",)))
    held = sum(lot.left_points for lot in lots)
    said = _("还差 %(missing)s 分：这张券要 %(wanted)s 分，您现在可用 %(held)s 分")
    words = {"missing": f"{points - held:,}", "wanted": f"{points:,}", "held": f"{held:,}"}
    require(held >= points, "not_enough_points", said % words)
    entry = PointEntry.objects.create(account=account, kind=EntryKind.SPEND, points=-points, key=key, reason=reason)
    wanted = points
    for lot in lots:
        taken = min(wanted, lot.left_points)
        _move(entry, lot, -taken)
        wanted -= taken
        if not wanted:
            break
    _balance(account, -points)
    return entry


def give_back(spent: PointEntry, *, key: str, reason: str = "", at_fault: bool = False) -> PointEntry:
    """Put what an entry took back into the lots it came from; their last days stay as they were.

    A lot that has meanwhile expired expires at once; when the merchant was at fault, its points go into a new lot of 30 days
    instead (clarification 11). The account of ``spent`` is locked by the caller.
    """
    account, today = spent.account, clock.today()
    entry = PointEntry.objects.create(
        account=account, kind=EntryKind.REFUND, points=-spent.points, key=f"refund:{key}", reason=reason
    )
    gone, late = 0, today + timedelta(days=AT_FAULT_DAYS)
    for leg in spent.legs.select_related("lot").order_by("pk"):
        if at_fault and leg.lot.expires_on < today:
            gone -= leg.points
        else:
            _move(entry, leg.lot, -leg.points)
    if gone:
        _fresh(entry, gone, late)
    _balance(account, -spent.points)
    _expire_at_once(spent, key)
    return entry


def _fresh(entry: PointEntry, points: int, expires_on: date) -> None:
    lot = PointLot.objects.create(
        account=entry.account,
        points=points,
        left_points=points,
        source=PointLot.Source.REFUND,
        expires_on=expires_on,
    )
    PointLeg.objects.create(entry=entry, lot=lot, points=points)


def _expire_at_once(spent: PointEntry, key: str) -> None:
    lots = PointLot.objects.filter(legs__entry=spent).expired()
    expired = list(lots.select_for_update(no_key=True, of=("self",)))
    if not expired:
        return
    points = sum(lot.left_points for lot in expired)
    entry = PointEntry.objects.create(account=spent.account, kind=EntryKind.EXPIRE, points=-points, key=f"expire:{key}")
    for lot in expired:
        _move(entry, lot, -lot.left_points)
    _balance(spent.account, -points)


def _move(entry: PointEntry, lot: PointLot, points: int) -> None:
    PointLot.objects.filter(pk=lot.pk).update(left_points=F("left_points") + points)
    PointLeg.objects.create(entry=entry, lot=lot, points=points)


def _balance(account: PointAccount, points: int) -> None:
    PointAccount.objects.filter(pk=account.pk).update(balance_points=F("balance_points") + points)
