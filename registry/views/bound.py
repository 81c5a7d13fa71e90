"""What keeps units of an account from being used: by whom, how much, until when."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.models import FraudCase, Freeze, HoldingAccount, Pledge
from registry.states import PledgeState

_P = PledgeState


class Line(NamedTuple):
    """One thing that keeps units: its row (for the badge), what it is, by whom, tonnes held and waiting, until when, its page."""

    row: Any
    words: Any
    who: str
    document: str
    held_t: int
    waiting_t: int
    until: Any
    url: str


def holds_of(account: HoldingAccount) -> list[Line]:
    """Return what keeps units of an account now, or is about to: freezes, pledges, cases of fraud."""
    rows = Freeze.objects.in_force().filter(account=account).select_related("deed")
    freezes = [
        Line(row, _("司法冻结"), row.deed.authority, row.deed.document_no, row.held_t, row.missing_t, row.until, "")
        for row in rows
    ]
    under_way = Pledge.objects.filter(
        Q(account=account) | (Q(creditor=account) & ~Q(state=_P.CONFIRMING)),
        state__in=[_P.CONFIRMING, _P.OFFERED, _P.IN_FORCE],
    ).select_related("account__organisation", "creditor__organisation")
    return [*freezes, *(_pledge_line(row, account) for row in under_way), *_case_lines(account)]


def _pledge_line(row: Pledge, account: HoldingAccount) -> Line:
    own = row.account_id == account.pk
    other = row.creditor if own else row.account
    asked = row.quantity_t if row.state != _P.IN_FORCE else 0
    words = _("质押给") if own else _("质押自")
    url = reverse("pledge", args=[row.pk])
    return Line(row, words, other.organisation.name, row.contract_no, row.held_t, asked, None, url)


def _case_lines(account: HoldingAccount) -> list[Line]:
    lines = []
    for row in FraudCase.objects.open().order_by("pk"):
        held, own = row.blocks().filter(holder=account).tonnes(), row.account_id == account.pk
        if held or own:
            url = reverse("fraud-case", args=[row.number])
            missing = row.missing_t if own else 0
            lines.append(Line(row, _("弄虚作假案件"), str(row.batch), row.number, held, missing, row.replace_by, url))
    return lines
