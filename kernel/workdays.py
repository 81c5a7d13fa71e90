"""Working days and trading days. The start day of a time limit is never counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from kernel.clock import SHANGHAI, local

SATURDAY = 5
DAY_LOST = timedelta(hours=4)  # a day on which a site was down so long does not count for a notice (domain §1.4.7)


@dataclass(frozen=True)
class Calendar:
    """Exceptions to the five-day week as the State Council announces them each year.

    ``off`` are holidays, ``on`` weekend days worked in exchange, ``announced_to`` the last day of the last
    announced year.
    """

    off: frozenset[date]
    on: frozenset[date]
    announced_to: date

    def is_workday(self, day: date) -> bool:
        """Return whether offices work; a make-up Saturday or Sunday counts."""
        return day in self.on or self.is_trading_day(day)

    def is_trading_day(self, day: date) -> bool:
        """Return whether trading takes place; never at a weekend, even when offices work."""
        return day.weekday() < SATURDAY and day not in self.off

    def add_workdays(self, start: date, n: int) -> date:
        """Return the n-th working day after ``start`` (``start`` itself when n is 0)."""
        return _nth(start, n, self.is_workday)

    def add_trading_days(self, start: date, n: int) -> date:
        """Return the n-th trading day after ``start`` (``start`` itself when n is 0)."""
        return _nth(start, n, self.is_trading_day)

    def workdays_between(self, first: date, last: date) -> int:
        """Count working days after ``first`` up to and with ``last``; negative when ``last`` lies before ``first``."""
        if last < first:
            return -self.workdays_between(last, first)
        return sum(self.is_workday(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))

    def provisional(self, day: date) -> bool:
        """Return whether ``day`` lies beyond the announced years, so that a date there may still move (暂定)."""
        return day > self.announced_to

    def without(self, days: Iterable[date]) -> Calendar:
        """Return the calendar on which these days do not count, whatever they were."""
        lost = frozenset(days)
        return replace(self, off=self.off | lost, on=self.on - lost)


def days_lost(outages: Iterable[tuple[datetime, datetime]]) -> frozenset[date]:
    """Return the days (Shanghai) that lost four hours or more in all to outages, given as aware instants from and to.

    Outages that overlap are counted once.
    """
    lost: dict[date, timedelta] = {}
    known_to = datetime.min.replace(tzinfo=SHANGHAI)
    for since, until in sorted((local(since), local(until)) for since, until in outages):
        at = max(since, known_to)
        known_to = max(known_to, until)
        while at < until:
            midnight = datetime.combine(at.date() + timedelta(days=1), time(), SHANGHAI)
            lost[at.date()] = lost.get(at.date(), timedelta(0)) + min(until, midnight) - at
            at = midnight
    return frozenset(day for day, down in lost.items() if down >= DAY_LOST)


def _after(start: date) -> Iterator[date]:
    while True:
        start += timedelta(days=1)
        yield start


def _nth(start: date, n: int, counts: Callable[[date], bool]) -> date:
    if n < 0:
        raise ValueError("a time limit is not negative")
    day = start
    for _ in range(n):
        day = next(following for following in _after(day) if counts(following))
    return day
