"""The working-day calendar, from the table officers can edit."""

from __future__ import annotations

from datetime import date

from kernel.workdays import Calendar
from office.models import CalendarDay


def calendar() -> Calendar:
    """Return the calendar; days past the last announced year are computed and marked provisional."""
    rows = list(CalendarDay.objects.values_list("date", "is_off", "announced_year"))
    return Calendar(
        off=frozenset(day for day, is_off, _ in rows if is_off),
        on=frozenset(day for day, is_off, _ in rows if not is_off),
        announced_to=date(max((year for _, _, year in rows), default=1900), 12, 31),
    )
