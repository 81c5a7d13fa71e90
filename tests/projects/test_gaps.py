"""Gaps of a meter's file in words, as the office reads them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from carbon_portal.story import World
from projects.models import MonitoringPeriod
from projects.services import gaps
from tests.stages import period_in


def gap(since: str, until: str) -> dict[str, Any]:
    """Return a gap as a period keeps it, in the meter's offset."""
    return {"since": f"{since}-07:00", "until": f"{until}-07:00", "samples": 1}


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ([], ""),
        ([gap("2016-07-09 00:00:00", "2016-07-12 00:00:00")], "7 月缺 3 天"),
        ([gap("2016-07-09 01:00:00", "2016-07-09 01:15:00")], "7 月缺 15 分钟"),
        (
            [gap("2016-07-09 00:00:00", "2016-07-10 00:00:00"), gap("2016-07-20 06:00:00", "2016-07-20 12:30:00")],
            "7 月缺 1 天 6 小时 30 分钟",
        ),
        ([gap("2016-10-31 12:00:00", "2016-12-02 00:00:00")], "10 月缺 12 小时，11 月缺 30 天，12 月缺 1 天"),
        ([gap("2016-12-31 00:00:00", "2017-01-01 00:00:00")], "12 月缺 1 天"),
        ([gap("2016-02-28 00:00:00", "2016-03-01 00:00:00")], "2 月缺 2 天"),
    ],
)
def test_gaps_are_said_by_month(missing: list[dict[str, Any]], said: str) -> None:
    assert gaps.said(missing) == said


def test_gaps_are_said_in_english_too() -> None:
    with translation.override("en"):
        said = gaps.said([gap("2016-07-09 00:00:00", "2016-07-12 01:00:00")])
    assert said == "month 7 lacks 3 days 1 hour"


@pytest.mark.parametrize(
    ("desk", "who"), [("projects/claimdeskrow", "reviewer"), ("registry/issuedeskrow", "registrar")]
)
def test_the_desks_say_what_is_missing_in_words(world: World, desk: str, who: str) -> None:
    state = "APPLIED" if who == "reviewer" else "APPROVED"
    period = period_in(world, state, starts_on=date(2024, 7, 1), ends_on=date(2024, 7, 31))
    MonitoringPeriod.objects.filter(pk=period.pk).update(gaps=[gap("2024-07-09 00:00:00", "2024-07-12 00:00:00")])
    client = Client()
    client.force_login(world.people[who])
    page = client.get(f"/manage/{desk}/{period.pk}/change/").content.decode()
    assert "7 月缺 3 天" in page
    assert "samples" not in page
