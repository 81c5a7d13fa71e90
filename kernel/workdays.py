"""Working days and trading days. The start day of a time limit is never counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


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
