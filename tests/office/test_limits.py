"""The clock of a case in words: counted in working days, the day of receipt not counted."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.workdays import Calendar
from office.services.limits import limit

# The National Day of 2024: off 1 to 7 October, worked on 29 September and 12 October (domain §1.4.7).
DAYS = Calendar(
    off=frozenset(date(2024, 10, day) for day in range(1, 8)),
    on=frozenset({date(2024, 9, 29), date(2024, 10, 12)}),
    announced_to=date(2024, 12, 31),
)
DUE = date(2024, 10, 12)  # seven working days after 27 September


@pytest.mark.parametrize(
    ("today", "tone", "words"),
    [
        (date(2024, 9, 27), "early", "还剩 7 个工作日"),
        (date(2024, 9, 29), "early", "第 1 个工作日，共 7 个"),
        (date(2024, 10, 3), "early", "第 2 个工作日，共 7 个"),
        (date(2024, 10, 10), "near", "第 5 个工作日，共 7 个"),
        (DUE, "late", "今天到期"),
        (date(2024, 10, 13), "late", "已过期限"),
        (date(2024, 10, 15), "late", "已超 2 个工作日"),
    ],
)
def test_the_clock_says_which_working_day_it_is(today: date, tone: str, words: str) -> None:
    found = limit(DUE, 7, today=today, days=DAYS)
    assert (found.tone, found.words, found.due_on) == (tone, words, DUE)
    assert found.overdue == (today >= DUE)


def test_a_clock_without_a_known_length_says_what_is_left() -> None:
    found = limit(DUE, None, today=date(2024, 10, 9), days=DAYS)
    assert (found.words, found.left, found.used) == ("还剩 3 个工作日", 3, 0)
