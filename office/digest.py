"""The morning digest of an officer: how much waits, how much of it is late or soon will be, from the same rows as "my work"."""

from __future__ import annotations

from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import translation

from accounts.models import RoleGrant, User
from accounts.roles import STAFF, Role
from accounts.services.reach import reaches
from kernel import clock
from office import worklist
from office.announcing import declared
from office.models import Digest, Message
from office.services.calendar import calendar
from office.services.jobs import job_run
from office.services.messages import write
from office.worklist import Waiting

NOT_BEFORE = 8  # o'clock, by the business clock in Shanghai
SOON_WORKDAYS = 3
SHOWN = 10  # rows named in the text
READERS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})  # they have no work on desks


class Counted(NamedTuple):
    """How many rows wait, are overdue, are due within three working days, and the rows."""

    waiting: int
    overdue: int
    soon: int
    rows: list[Waiting]


def counted(person: User) -> Counted:
    """Count what "my work" shows the person at this moment."""
    request = HttpRequest()
    request.user = person
    rows, _desks = worklist.work(request)
    limits = [one.limit for one in rows if one.limit is not None]
    overdue = sum(limit.left < 0 for limit in limits)
    return Counted(len(rows), overdue, sum(0 <= limit.left <= SOON_WORKDAYS for limit in limits), rows)


def tell_officers() -> int:
    """Tell every officer with work, once on a working day from eight o'clock on; returns how many were told."""
    today = clock.today()
    if clock.local(clock.now()).hour < NOT_BEFORE or not calendar().is_workday(today):
        return 0
    held = RoleGrant.objects.in_force().filter(role__in=STAFF - READERS)
    officers = User.objects.filter(is_active=True, pk__in=held.values("user"))
    with job_run("office.digest") as run:
        for person in officers.exclude(digests__on_day=today).order_by("pk"):
            run.done += _tell(person)
    return run.done


def _tell(person: User) -> bool:
    """Look at one officer's work and tell, or note that there is nothing to tell; False also when another worker was first."""
    today = clock.today()
    with translation.override(reaches([person])[person.pk].language):
        found = counted(person)
    try:
        with transaction.atomic():
            message = _written(person, found) if found.waiting else None
            Digest.objects.create(
                person=person,
                on_day=today,
                waiting=found.waiting,
                overdue=found.overdue,
                soon=found.soon,
                message=message,
            )
    except IntegrityError:
        return False
    return message is not None


def _written(person: User, found: Counted) -> Message:
    rows = [f"{row.title}（{row.desk}）" + (f" {row.limit.words}" if row.limit else "") for row in found.rows[:SHOWN]]
    facts = {"waiting": found.waiting, "overdue": found.overdue, "soon": found.soon, "first": "\n".join(rows)}
    today = clock.today().isoformat()
    return write(declared()["office.digest"], person, [person], occasion_key=today, facts=facts)[0]
