"""Issue: a verified and approved period becomes units."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import RuleViolation, advance, lock, require, verb
from certificates.models import Certificate
from certificates.services.certificates import award
from kernel import clock
from kernel.identifiers import method_short
from kernel.quantities import issuable
from office.services.signoffs import signed_off
from projects.models import MonitoringPeriod, Project
from projects.states import PeriodState
from registry.models import Batch, BookCheck, HoldingAccount, Journal, Series
from registry.services.accounts import may_receive
from registry.services.books import Leg, write
from registry.states import JournalKind, UnitState


@verb("registry.issue")
def issue(period: MonitoringPeriod, *, by: User, reason: str = "", key: str = "") -> MonitoringPeriod:
    """Issue an approved period's units to its owner, once, and return the period (its ``batch`` has the serials).

    Whole tonnes, rounded down once over all verified milligrams of the project; the remainder is carried, and a negative
    period is carried as a deduction (clarifications 1 and 2). Less than a tonne issues no unit but settles the period.
    Raises RuleViolation ``same_person`` when the verifier or the reviewer issues, ``books_differ`` while a check of the
    books shows a difference, ``no_account``, ``wrong_state``.
    """
    period, project = lock(period, period.project)
    signed_off(period, project.profile, "registry.issue")
    require(by.pk != period.verified_by_id, "same_person", _("核证人不得签发"))
    require(by.pk != period.approved_by_id, "same_person", _("审核的人不能签发，请第二位人员办理"))
    check = BookCheck.objects.first()
    require(check is None or not check.differences, "books_differ", _("最近一次核账有差异，查清之前停止签发"))
    account = HoldingAccount.objects.filter(organisation=project.owner).first()
    if account is None:
        raise RuleViolation("no_account", _("业主还没有持有账户，请先开户"))
    account = lock(account)
    may_receive(account)
    verified = project.periods.filter(state=PeriodState.ISSUED).aggregate(mg=Sum("verified_mg"), t=Sum("issued_t"))
    tonnes, carry = issuable((verified["mg"] or 0) + (period.verified_mg or 0), verified["t"] or 0)
    now = clock.now()
    advance(
        period, PeriodState.ISSUED, by=by, reason=reason, issued_t=tonnes, carry_mg=carry, issued_by=by, issued_at=now
    )
    if tonnes:
        _make_units(period, project, account, tonnes, by=by, reason=reason)
    return period


def _make_units(
    period: MonitoringPeriod, project: Project, account: HoldingAccount, tonnes: int, *, by: User, reason: str
) -> None:
    series = series_of(project, period.vintage)
    last = series.batches.aggregate(number=Max("number"), serial=Max("serial_to"))
    start, number = (last["serial"] or 0) + 1, (last["number"] or 0) + 1
    journal = Journal.objects.create(kind=JournalKind.ISSUE, by=by, reason=reason)
    batch = Batch.objects.create(
        series=series, number=number, period=period, journal=journal, serial_from=start, serial_to=start + tonnes - 1
    )
    write(journal, open=[Leg(batch, batch.serial_from, batch.serial_to, account, UnitState.AVAILABLE)])
    award(
        Certificate.Kind.ISSUANCE,
        division=project.division,
        holder_name=project.owner.name,
        snapshot=_facts(period, project, batch),
        subject=batch,
        by=by,
    )


def series_of(project: Project, vintage: int) -> Series:
    """Return the serial numbers of a locked project's vintage, begun where there are none yet."""
    # PHC-990100-2026-00017 → 990100 and P00017; the project is locked, so nobody else creates its series meanwhile.
    _prefix, adm6, _year, seq = (project.project_no or "").split("-")
    series, _created = Series.objects.get_or_create(
        project=project,
        vintage=vintage,
        defaults={"adm6": adm6, "meth7": method_short(project.method.number), "proj6": f"P{seq}"},
    )
    return series


def _facts(period: MonitoringPeriod, project: Project, batch: Batch) -> dict[str, Any]:
    return {
        "project_no": project.project_no,
        "project_name": project.name,
        "owner_uscc": project.owner.uscc,
        "method": str(project.method),
        "period_from": period.starts_on.isoformat(),
        "period_to": period.ends_on.isoformat(),
        "vintage": period.vintage,
        "batch": batch.number,
        "quantity_t": batch.quantity_t,
        "serials": [batch.serial],
        "journal_no": batch.journal.number,
        "issued_at": clock.local(batch.journal.business_at).isoformat(timespec="seconds"),
    }
