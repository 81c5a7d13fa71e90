"""The books of an exchange against ours, day by day, until an officer has signed what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import normalise
from kernel.rules import RowError, RuleViolation
from registry.models import HoldingAccount, Venue, VenueReport
from registry.services.statements import SETTLES, as_of, day_span
from registry.states import UnitState, VenueReportState

MOST_ROWS = 5_000


@verb("registry.report_balances")
def report(venue: Venue, *, on: date, rows: Sequence[tuple[str, int]], by: User, reason: str = "") -> VenueReport:
    """Take the venue's balances (account number, whole tonnes) of the end of a day and list every difference from ours.

    The same balances of the same day again answer as before. Raises RuleViolation ``day_not_over``, ``day_reported``, ``bad_rows``.
    """
    _start, ends = day_span(on)
    over = ends <= clock.now() - SETTLES
    require(over, "day_not_over", _("这一天还没有结束，请在次日 0:01 以后报送"))
    theirs = _theirs(rows)
    known = VenueReport.objects.filter(venue=venue, on=on).exclude(state=VenueReportState.RETURNED).first()
    if known is not None:
        require(known.rows == theirs, "day_reported", _("这一天的余额已经报送过；有错请先由登记人员退回"))
        return known
    ours = _ours(venue, on)
    differences = [
        [number, ours.get(number, 0), theirs.get(number, 0)]
        for number in sorted({*ours, *theirs})
        if ours.get(number, 0) != theirs.get(number, 0)
    ]
    made = VenueReport.objects.create(
        venue=venue,
        on=on,
        rows=theirs,
        differences=differences,
        accounts=len({*ours, *theirs}),
        ours_t=sum(ours.values()),
        theirs_t=sum(theirs.values()),
        reported_by=by,
    )
    record("registry.report_balances", made, by=by, reason=reason, data={"differences": len(differences)})
    return made


def _theirs(rows: Sequence[tuple[str, int]]) -> dict[str, int]:
    require(len(rows) <= MOST_ROWS, "bad_rows", _("最多 %d 行") % MOST_ROWS)
    numbers = [normalise(number) for number, _t in rows]
    known = set(HoldingAccount.objects.filter(number__in=numbers).values_list("number", flat=True))
    errors, theirs = [], {}
    for at, (number, (_said, quantity_t)) in enumerate(zip(numbers, rows, strict=True), start=1):
        if number not in known:
            errors.append(RowError(at, "account", _("登记簿没有账户号 %s") % number))
        elif number in theirs:
            errors.append(RowError(at, "account", _("账户 %s 有两行") % number))
        elif quantity_t < 0:
            errors.append(RowError(at, "quantity_t", _("余额不能小于 0")))
        theirs[number] = quantity_t
    if errors:
        raise RuleViolation("bad_rows", _("有 %d 处要改，一行也没有收下") % len(errors), rows=errors)
    return theirs


def _ours(venue: Venue, on: date) -> dict[str, int]:
    """Return what the accounts that stood at the venue held for trading at the end of a day."""
    _start, ends = day_span(on)
    there = Q(holder__seats__closed_at=None) | Q(holder__seats__closed_at__gte=ends)
    held = as_of(ends).filter(
        there, state=UnitState.TRADING, holder__seats__venue=venue, holder__seats__opened_at__lt=ends
    )
    return dict(held.order_by().values_list("holder__number").annotate(t=Sum("quantity_t")))


@verb("registry.sign_venue_report")
def sign(report: VenueReport, *, by: User, reason: str = "", key: str = "") -> VenueReport:
    """The registrar signs the day. Where the books differ it takes words on why. Raises RuleViolation ``no_reason``."""
    report = lock(report)
    explained = not report.differences or bool(reason.strip())
    require(explained, "no_reason", _("有差异的对账要写明差异的原因和处理"))
    advance(report, VenueReportState.SIGNED, by=by, reason=reason, signed_by=by)
    return report


@verb("registry.return_venue_report")
def send_back(report: VenueReport, *, by: User, reason: str, key: str = "") -> VenueReport:
    """The registrar returns the balances to the venue, which sends that day again. Raises RuleViolation ``no_reason``."""
    report = lock(report)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(report, VenueReportState.RETURNED, by=by, reason=reason, signed_by=by)
    return report
