"""What is missing from a meter's file, said by month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def said(gaps: Iterable[dict[str, Any]]) -> str:
    """Return ``7 月缺 3 天，9 月缺 6 小时`` for a period's ``gaps`` (``since`` and ``until`` in the meter's offset), or nothing."""
    missing: dict[int, timedelta] = {}
    for gap in gaps:
        for month, span in _by_month(datetime.fromisoformat(gap["since"]), datetime.fromisoformat(gap["until"])):
            missing[month] = missing.get(month, timedelta(0)) + span
    return _("，").join(
        _("%(month)d 月缺 %(span)s") % {"month": month, "span": _span(span)} for month, span in sorted(missing.items())
    )


def _by_month(since: datetime, until: datetime) -> Iterator[tuple[int, timedelta]]:
    while since < until:
        days_on = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)
        end = min(until, days_on.replace(day=1))
        yield since.month, end - since
        since = end


def _span(span: timedelta) -> str:
    hours, seconds = divmod(span.seconds, 3600)
    minutes = seconds // 60
    parts = [
        ngettext("%d 天", "%d 天", span.days) % span.days if span.days else "",
        ngettext("%d 小时", "%d 小时", hours) % hours if hours else "",
        ngettext("%d 分钟", "%d 分钟", minutes) % minutes if minutes else "",
    ]
    return " ".join(part for part in parts if part)
