"""The policy library: the 17 instruments of table 1 as they stand on a day, with nothing made up."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from methodologies.services.policies import policies, state_on
from methodologies.states import PolicyState

GUANGDONG, WUHAN = "广东省碳普惠交易管理办法", "武汉市碳普惠管理办法（试行）"


@pytest.mark.django_db
def test_the_seventeen_instruments_of_table_1_are_there_in_its_order() -> None:
    rows = policies(date(2026, 11, 25))
    assert len(rows) == 17
    assert [row.place for row in rows][:3] == ["山东省", "青岛市", "天津市"]
    assert len({row.title for row in rows}) == 17


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "guangdong", "wuhan"),
    [
        (date(2022, 5, 5), PolicyState.COMING, PolicyState.COMING),
        (date(2025, 9, 21), PolicyState.IN_FORCE, PolicyState.IN_FORCE),
        (date(2025, 9, 22), PolicyState.IN_FORCE, PolicyState.ENDED),
        (date(2027, 5, 5), PolicyState.IN_FORCE, PolicyState.ENDED),
        (date(2027, 5, 6), PolicyState.ENDED, PolicyState.ENDED),
    ],
)
def test_an_instrument_holds_from_its_first_to_its_last_day(
    day: date, guangdong: PolicyState, wuhan: PolicyState
) -> None:
    states = {row.title: row.state for row in policies(day)}
    assert (states[GUANGDONG], states[WUHAN]) == (guangdong, wuhan)


def test_a_day_that_is_not_known_is_not_made_up() -> None:
    today = date(2026, 11, 25)
    assert state_on(today, None, None) == PolicyState.UNKNOWN
    assert state_on(today, date(2023, 1, 1), None) == PolicyState.UNKNOWN
    assert state_on(today, None, date(2025, 10, 31)) == PolicyState.ENDED


@pytest.mark.django_db
def test_an_instrument_leads_to_its_profile_and_to_the_methods_of_its_place() -> None:
    row = next(row for row in policies(date(2026, 11, 25)) if row.title == GUANGDONG)
    assert row.profile is not None
    assert (row.profile.code, row.profile.valid_to) == ("GD-2022", row.valid_to)
    assert {method.code for method in row.methods} >= {"GD-2022-001", "GD-2022-002"}
    assert all(method.code.startswith("GD-") for method in row.methods)


@pytest.mark.django_db
def test_the_page_shows_a_day_and_says_what_is_wrong_with_one() -> None:
    page = Client().get("/policies/", {"on": "2025-09-22"}).content.decode()
    assert page.count("<tr>") == 18
    assert "武环规〔2023〕3号" in page
    assert "有效期待核" in page
    assert "<tbody>" not in Client().get("/policies/", {"on": "昨天"}).content.decode()
