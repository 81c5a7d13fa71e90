"""The business clock. Law counts business time; only a demo may move it, and it never runs backwards there."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_source: Callable[[], timedelta] | None = None


def use(source: Callable[[], timedelta] | None) -> None:
    """Take the offset of business time against real time from ``source``; None means no offset."""
    global _source
    _source = source


def offset() -> timedelta:
    """Return how far business time is ahead of real time; zero as long as nobody has named a source."""
    return _source() if _source is not None else timedelta(0)


def real_now() -> datetime:
    """Return the real instant, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the business instant, aware, in UTC."""
    return real_now() + offset()


def local(instant: datetime) -> datetime:
    """Return an aware instant on the office's wall clock (Asia/Shanghai). A naive one is a mistake of the caller."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return instant.astimezone(SHANGHAI)


def today() -> date:
    """Return the business day of the office (Asia/Shanghai)."""
    return local(now()).date()


def months_later(day: date, months: int) -> date:
    """Return the same calendar day so many months later, or that month's last day (clarification 11)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
