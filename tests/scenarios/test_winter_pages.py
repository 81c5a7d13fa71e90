"""The winter's riders on their own pages: every ride of the file is in the book or among the refused, and nobody's name in clear."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carbon_portal.story.winter import identity_no
from scenarios.models import Act, Citizen, Refusal
from tests.scenarios.test_pages import MOST_QUESTIONS, signed_in, text
from tests.scenarios.test_people import everything_stored

pytestmark = pytest.mark.usefixtures("city")


def most_active() -> Citizen:
    """Return who has most acts."""
    return Citizen.objects.select_related("user", "carbon").order_by("-carbon__acts")[0]


def pages_of(client: Client, path: str) -> str:
    """Return a list with all its further pages."""
    found, page = [], 1
    while True:
        found.append(text(client, f"{path}?page={page}"))
        if 'rel="next"' not in found[-1]:
            return "".join(found)
        page += 1


def test_the_rider_finds_every_ride_counted_or_refused_with_its_reason() -> None:
    rider = most_active()
    client = signed_in(rider)
    counted, refused = pages_of(client, "/me/acts/"), pages_of(client, "/me/refusals/")
    links = re.findall(r'href="/me/acts/(\d+)/"', counted)
    assert len(links) == len(set(links)) == rider.carbon.acts == Act.objects.filter(citizen=rider).count()
    said = Counter(
        re.findall(r'<b>([^<]+)</b><span class="sub">2021年|<b>([^<]+)</b><span class="sub">2020年', refused)
    )
    assert sum(said.values()) == Refusal.objects.filter(citizen=rider).count() > 0


def test_the_home_of_whoever_rode_most_asks_as_little_as_any() -> None:
    client = signed_in(most_active())
    for path in ("/me/", "/me/acts/", "/me/refusals/", "/me/mine/"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            page = text(client, path)
        assert len(asked) <= MOST_QUESTIONS, path
    assert "演示" in page


def test_the_last_week_with_rides_is_shown_in_the_winter_and_says_where_the_rides_are_from() -> None:
    page = text(signed_in(most_active()), "/me/")
    assert "最近一周有记录的" in page
    assert re.search(r"202[01]年\d+月\d+日—", page)
    assert "ValleyBike（MIT 许可），不是中国的骑行" in page


def test_of_all_the_riders_nothing_stored_says_who_they_are() -> None:
    stored = everything_stored()
    assert Citizen.objects.count() >= 290
    for number in range(290):
        assert f"1990000{number:04d}" not in stored
        assert identity_no(number) not in stored
