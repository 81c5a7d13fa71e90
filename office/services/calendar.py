"""The working-day calendar, from the table officers can edit."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tables import Row, Wanted
from kernel.rules import RowError, RuleViolation
from kernel.workdays import Calendar, days_lost
from office.models import CalendarDay, Outage

DAY, NAME, OFF = "日期", "名称", "休班"
COLUMNS = (
    Wanted(DAY, example="2027-01-01", most=10, also=("date",), about=gettext_lazy("形如 2027-01-01，或日期格式的格子")),
    Wanted(NAME, example="元旦", most=40, also=("节日", "name")),
    Wanted(OFF, example="休", most=5, also=("是否放假", "is_off"), about=gettext_lazy("放假写“休”，调休上班写“班”")),
)
MOST_ROWS = 366
SAYS = {"true": True, "false": False, "休": True, "班": False}


def calendar() -> Calendar:
    """Return the calendar; days past the last announced year are computed and marked provisional."""
    rows = list(CalendarDay.objects.values_list("date", "is_off", "announced_year"))
    return Calendar(
        off=frozenset(day for day, is_off, _year in rows if is_off),
        on=frozenset(day for day, is_off, _year in rows if not is_off),
        announced_to=date(max((year for *_day, year in rows), default=1900), 12, 31),
    )


def lost_days() -> frozenset[date]:
    """Return the days on which the site was down for four hours or more, working or not."""
    return days_lost(Outage.objects.values_list("started_at", "ended_at"))


def notice_calendar() -> Calendar:
    """Return the calendar of notices: what nobody could read that day does not count."""
    return calendar().without(lost_days())


def read_year(year: int, lines: str) -> Iterator[CalendarDay]:
    """Read a year's arrangement, one line a day: ``2027-01-01,元旦,休`` (休 off or 班 worked); rows are not saved.

    Raises RuleViolation ``bad_rows`` with every line that is no such day, or not of the year, or there twice.
    """
    yield from year_of(year, enumerate(csv.reader(line for line in lines.splitlines() if line.strip()), start=1))


def year_of(year: int, rows: Iterable[tuple[int, Sequence[str]]]) -> list[CalendarDay]:
    """Return the days of a year's arrangement from numbered rows of day, name, 休 or 班; raises as ``read_year`` does."""
    days: dict[date, CalendarDay] = {}
    errors = []
    for at, row in rows:
        try:
            day, name, is_off = date.fromisoformat(row[0].strip()), row[1].strip(), SAYS[row[2].strip().lower()]
        except (ValueError, IndexError, KeyError):
            errors.append(RowError(at, DAY, _("请写成“2027-01-01,元旦,休”或“2027-01-02,元旦,班”")))
            continue
        if day.year != year or day in days:
            errors.append(RowError(at, DAY, _("%s 不在这一年，或写了两次") % day))
        days[day] = CalendarDay(date=day, name=name, is_off=is_off, announced_year=year)
    if errors or not days:
        raise RuleViolation("bad_rows", _("有 %d 行要改，没有保存") % len(errors), rows=errors)
    return list(days.values())


def year_of_table(year: int, rows: Sequence[Row]) -> list[CalendarDay]:
    """Return the days of a table with ``COLUMNS``; raises as ``read_year`` does."""
    return year_of(year, ((row.at, [row.cells[name] for name in (DAY, NAME, OFF)]) for row in rows))
