"""Lists in pages: from where the last one ended, within bounds, and never counted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from carbon_portal.story import World
from methodologies.models import Method


def _get(query: str = "", who: User | None = None) -> Any:
    client = Client()
    if who is not None:
        client.force_login(who)
    return client.get(f"/api/v1/methods{query}")


@pytest.mark.django_db
def test_pages_follow_each_other_to_the_end_and_miss_nothing() -> None:
    everything = [row["number"] for row in _get("?limit=200").json()["results"]]
    assert len(everything) == Method.objects.filter(state="PUBLISHED").count() > 5
    seen: list[str] = []
    query = "?limit=4"
    while query:
        page = _get(query).json()
        assert 1 <= len(page["results"]) <= 4
        seen += [row["number"] for row in page["results"]]
        query = f"?limit=4&cursor={page['next']}" if page["next"] else ""
    assert seen == everything


def test_a_row_that_arrives_meanwhile_moves_no_page(world: World) -> None:
    maker = world.people["owner-maker"]
    client = Client()
    client.force_login(maker)
    body = {"source": world.accounts["owner"].number, "target": world.accounts["buyer"].number, "quantity_t": 1}

    def transfer(key: str) -> int:
        answer = client.post(
            "/api/v1/transfers", body, content_type="application/json", headers={"Idempotency-Key": key}
        )
        return int(answer.json()["id"])

    first, second, third = (transfer(f"paged-000{i}") for i in range(3))
    page = client.get("/api/v1/transfers?limit=2").json()
    assert [row["id"] for row in page["results"]] == [third, second]
    transfer("paged-0009")
    following = client.get(f"/api/v1/transfers?limit=2&cursor={page['next']}").json()
    assert following["results"][0]["id"] == first


@pytest.mark.django_db
def test_a_list_is_never_counted() -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        _get("?limit=3")
    assert not [one["sql"] for one in asked if "count(" in one["sql"].lower()]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?limit=-1", "limit"),
        ("?limit=", "limit"),
        ("?limit=1e3", "limit"),
        ("?limit=٣", "limit"),
        ("?cursor=", "cursor"),
        ("?cursor=abc", "cursor"),
        ("?cursor=AAAAAAAAAAA%3D%3D%3D%3D", "cursor"),
        ("?cursor=页", "cursor"),
        ("?cursor=AAAAAAAAAAAAAAAAAAAAAA", "cursor"),
    ],
)
@pytest.mark.django_db
def test_a_page_that_cannot_be_is_refused_in_words(query: str, field: str) -> None:
    answer = _get(query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.django_db
def test_a_cursor_before_everything_is_an_empty_page() -> None:
    assert _get("?cursor=gAAAAAAAAAA").json() == {"results": [], "next": None}
