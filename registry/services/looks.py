"""The yearly look at licences and data of accounts (domain §1.4.2): which are due, and who is reminded of them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from kernel import clock
from office.announcing import officers
from office.models import Message
from office.services.messages import PART, remind
from registry.models import HoldingAccount
from registry.states import AccountState

EVERY = timedelta(days=365)
TOLD = "registry.look_due"


def due() -> Q:
    """Return the condition of accounts that nobody has looked at for a year; a closed one needs no look."""
    return Q(checked_on__lte=clock.today() - EVERY) & ~Q(state=AccountState.CLOSED)


def due_on(account: HoldingAccount) -> date:
    """Return the day the next look at an account is due."""
    return account.checked_on + EVERY


def remind_of_due() -> int:
    """Remind the officers who look at accounts of each that is due, once a year for as long as nobody looks; returns how many
    accounts they were reminded of. The night's body.

    The list itself is on their desk and among their work; nothing goes out by e-mail or SMS.
    """
    label = HoldingAccount._meta.label_lower
    told = Message.objects.filter(
        template=TOLD, object_type=label, object_id=OuterRef("pk"), written_at__gt=clock.now() - EVERY
    )
    waiting = HoldingAccount.objects.filter(due()).exclude(Exists(told)).select_related("organisation__division")
    accounts = list(waiting.order_by("checked_on", "pk")[:PART])
    people: dict[int, list[User]] = {}
    rows = []
    for account in accounts:
        division = account.organisation.division
        if division.pk not in people:
            people[division.pk] = officers(division, "registry.check_account")
        facts = {"number": account.number, "name": account.organisation.name, "day": account.checked_on}
        rows += [(user, account, facts) for user in people[division.pk]]
    remind(TOLD, rows, occasion_key=clock.today().isoformat())
    return len(accounts)
