"""Business clock and calendars: the domain's National Day vectors and clarifications 16 and 17."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock
from kernel.workdays import Calendar, days_lost

HOLIDAYS = Path(__file__).parents[2] / "data" / "cn_holidays" / "holidays_2020_2026.csv"
START = date(2024, 9, 27)


def announced() -> Calendar:
    with HOLIDAYS.open(encoding="utf-8") as file:
        rows = [(date.fromisoformat(row["date"]), row["is_off_day"] == "true") for row in csv.DictReader(file)]
    return Calendar(
        frozenset(d for d, off in rows if off), frozenset(d for d, off in rows if not off), date(2026, 12, 31)
    )


CALENDAR = announced()
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2027, 6, 30))


def test_seven_working_days_over_national_day_end_on_the_worked_saturday():
    ends = [CALENDAR.add_workdays(START, n) for n in range(1, 8)]
    assert [f"{day:%m-%d}" for day in ends] == ["09-29", "09-30", "10-08", "10-09", "10-10", "10-11", "10-12"]
    assert CALENDAR.workdays_between(START, ends[-1]) == 7


def test_five_trading_days_over_national_day_leave_the_worked_weekend_out():
    ends = [CALENDAR.add_trading_days(START, n) for n in range(1, 6)]
    assert [f"{day:%m-%d}" for day in ends] == ["09-30", "10-08", "10-09", "10-10", "10-11"]


def test_days_of_each_kind():
    sunday_worked, holiday, saturday = date(2024, 9, 29), date(2024, 10, 1), date(2024, 10, 19)
    assert CALENDAR.is_workday(sunday_worked)
    assert not CALENDAR.is_trading_day(sunday_worked)
    assert not CALENDAR.is_workday(holiday)
    assert not CALENDAR.is_trading_day(holiday)
    assert not CALENDAR.is_workday(saturday)
    assert not CALENDAR.is_trading_day(saturday)
    assert CALENDAR.is_workday(date(2026, 1, 4))


def test_dates_beyond_the_announced_years_are_computed_and_provisional():
    end = CALENDAR.add_workdays(date(2026, 12, 30), 3)
    assert end == date(2027, 1, 4)
    assert CALENDAR.provisional(end)
    assert not CALENDAR.provisional(date(2026, 12, 31))


def test_no_days_is_the_start_itself_and_a_negative_limit_is_a_mistake():
    assert CALENDAR.add_workdays(date(2024, 10, 1), 0) == date(2024, 10, 1)
    with pytest.raises(ValueError):
        CALENDAR.add_workdays(START, -1)


@given(DAYS, st.integers(0, 40))
def test_counting_back_gives_the_days_that_were_added(start, n):
    end = CALENDAR.add_workdays(start, n)
    assert CALENDAR.workdays_between(start, end) == n
    assert CALENDAR.workdays_between(end, start) == -n


@given(DAYS, st.integers(0, 20), st.integers(0, 20))
def test_a_pause_moves_the_due_date_by_exactly_its_working_days(start, limit, pause):
    due = CALENDAR.add_workdays(start, limit)
    assert CALENDAR.add_workdays(due, pause) == CALENDAR.add_workdays(start, limit + pause)


def test_business_time_runs_ahead_by_the_offset_and_today_is_cut_in_shanghai(monkeypatch):
    monkeypatch.setattr(clock, "real_now", lambda: datetime(2024, 9, 27, 15, 59, 59, tzinfo=UTC))
    assert clock.offset() == timedelta(0)
    assert clock.today() == date(2024, 9, 27)
    clock.use(lambda: timedelta(seconds=1))
    assert clock.now() == datetime(2024, 9, 27, 16, tzinfo=UTC)
    assert clock.today() == date(2024, 9, 28)


def test_without_a_source_business_time_is_real_time():
    clock.use(None)
    assert clock.offset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_instant_without_offset_is_not_read_as_local():
    with pytest.raises(ValueError):
        clock.local(datetime(2024, 9, 27, 8))


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize(
    ("spans", "lost"),
    [
        ([("2024-10-08 08:00", "2024-10-08 12:00")], ["2024-10-08"]),
        ([("2024-10-08 08:00", "2024-10-08 11:59")], []),
        ([("2024-10-08 08:00", "2024-10-08 10:00"), ("2024-10-08 20:00", "2024-10-08 22:00")], ["2024-10-08"]),
        ([("2024-10-08 08:00", "2024-10-08 11:00"), ("2024-10-08 09:00", "2024-10-08 10:00")], []),
        ([("2024-10-08 21:00", "2024-10-09 05:00")], ["2024-10-09"]),
        ([("2024-10-08 19:00", "2024-10-10 03:59")], ["2024-10-08", "2024-10-09"]),
        ([], []),
    ],
)
def test_a_day_is_lost_when_four_hours_of_it_are(spans: list[tuple[str, str]], lost: list[str]):
    assert sorted(map(str, days_lost((shanghai(a), shanghai(b)) for a, b in spans))) == lost


def test_a_lost_day_does_not_count_even_when_it_was_a_worked_saturday():
    assert CALENDAR.without([date(2024, 10, 12)]).add_workdays(START, 7) == date(2024, 10, 14)
    assert CALENDAR.without([date(2024, 10, 13)]).add_workdays(START, 7) == date(2024, 10, 12)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 1, 15), 1, date(2026, 2, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 10, 31), 13, date(2027, 11, 30)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
    ],
)
def test_the_same_day_months_later_or_that_month_s_last(day: date, months: int, expected: date) -> None:
    assert clock.months_later(day, months) == expected
