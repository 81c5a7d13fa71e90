"""The clock of a case in words: which working day it is, of how many, and how it is to be seen."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from kernel.workdays import Calendar

NEAR = 60  # per cent of the time used, from which on the clock is amber


class Limit(NamedTuple):
    """The last day, the working day it is now of ``total``, working days ``left`` (negative when overdue), tone and words.

    ``used`` is the share of the time in per cent, for the bar.
    """

    due_on: date
    day: int
    total: int
    left: int
    used: int
    tone: str
    words: str

    @property
    def overdue(self) -> bool:
        """The last day is past."""
        return self.tone == "late"


def limit(due_on: date, total: int | None, *, today: date, days: Calendar) -> Limit:
    """Return the clock of a case due on a day, with ``total`` working days in all where they are known.

    The day is counted back from the last one, so a clock that was stopped shows the working days that really ran.
    """
    left = days.workdays_between(today, due_on)
    whole = total or max(left, 1)
    day = whole - left
    used = min(max(100 * day // whole, 0), 100)
    if due_on < today:
        tone = "late"
        words = _("已超 %(n)d 个工作日") % {"n": -left} if left < 0 else _("已过期限")
    elif due_on == today:
        tone, words = "late", _("今天到期")
    else:
        tone = "near" if used >= NEAR else "early"
        words = _("还剩 %(n)d 个工作日") % {"n": left}
        if total and day > 0:
            words = _("第 %(day)d 个工作日，共 %(total)d 个") % {"day": day, "total": total}
    return Limit(due_on, day, whole, left, used, tone, words)
