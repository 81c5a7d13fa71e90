"""The business clock of a demo or a test. Production has none and refuses to start with a moved one."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import record, require, verb
from office.models import BusinessClock

FRESH_S = 1.0
_read: tuple[float, timedelta] | None = None


def stored_offset() -> timedelta:
    """Return how far the clock is ahead: zero in production, else what the one row said within the last second.

    Every new row asks for the time, so the answer is kept for a moment; the process that moves the clock forgets it at once.
    """
    global _read
    if not (settings.DEMO or settings.TESTING):
        return timedelta(0)
    now = time.monotonic()
    if _read is None or now - _read[0] > FRESH_S:
        _read = (now, BusinessClock.objects.values_list("offset", flat=True).first() or timedelta(0))
    return _read[1]


def forget() -> None:
    """Read the row again the next time somebody asks."""
    global _read
    _read = None


@verb("office.move_clock")
def move_clock(*, forward: timedelta, by: User, reason: str) -> BusinessClock:
    """Move the business clock forward by a positive duration; every event keeps business time and real time.

    Raises RuleViolation ``clock_fixed`` outside demo and test, ``clock_backwards`` for a negative or zero duration.
    """
    require(settings.DEMO or settings.TESTING, "clock_fixed", _("正式环境的时钟不能拨动"))
    require(forward > timedelta(0), "clock_backwards", _("演示时钟只能往前拨"))
    BusinessClock.objects.get_or_create(pk=1, defaults={"offset": timedelta(0)})
    row = BusinessClock.objects.select_for_update(no_key=True).get(pk=1)
    row.offset += forward
    row.save(update_fields=["offset"])
    forget()
    record("office.move_clock", row, by=by, reason=reason, data={"forward_s": int(forward.total_seconds())})
    return row


def refuse_moved_clock() -> None:
    """Stop a production process when the database was moved by a demo."""
    if settings.DEMO or settings.TESTING:
        return
    try:
        with transaction.atomic():
            moved = BusinessClock.objects.exclude(offset=timedelta(0)).exists()
    except DatabaseError:  # no tables yet or no database: readiness will say so
        return
    if moved:
        raise ImproperlyConfigured(
            "业务时钟被拨动过，正式环境不能用演示数据库。The business clock of this database was moved."
        )
