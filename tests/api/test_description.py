"""The description of the API: every door is in it, in both languages, and its page shows them all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import EndpointEnumerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from accounts.problems import GENERAL, MEDIA_TYPE
from carbon_portal.reference import description

ADDRESS = "/api/v1/openapi.json"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def doors() -> list[tuple[str, str, Any]]:
    """Return path, method and view of every door below ``/api/v1/``."""
    found = EndpointEnumerator().get_api_endpoints()
    return [(path, method, view) for path, _regex, method, view in found if path.startswith("/api/v1/")]


def operations(language: str = "zh-hans") -> list[tuple[str, dict[str, Any]]]:
    """Return name and description of every operation."""
    paths = description(language)["paths"]
    return [(f"{method} {path}", one) for path, methods in paths.items() for method, one in methods.items()]


def test_the_description_is_openapi_and_nothing_in_it_was_guessed() -> None:
    description.cache_clear()
    reset_generator_stats()
    made = description("zh-hans")
    assert made["openapi"] == "3.1.0"
    validate_schema(made)
    assert not dict(GENERATOR_STATS._warn_cache) | dict(GENERATOR_STATS._error_cache)


def test_every_door_is_described_with_what_it_answers_and_refuses() -> None:
    listed = operations()
    assert len(listed) == len(doors()) >= 20
    for name, one in listed:
        assert one["summary"], f"{name} has no @door"
        assert one["tags"], name
        good = [answer for status, answer in one["responses"].items() if status < "300"]
        assert good, name
        assert all(answer["content"] for answer in good), name
        for status in ("400", "429"):
            assert MEDIA_TYPE in one["responses"][status]["content"], (name, status)
        if one.get("security") and {} not in one["security"]:
            assert {"401", "403"} <= one["responses"].keys(), name
        if "requestBody" in one and one["requestBody"]["content"].keys() & {"application/json"}:
            assert "415" in one["responses"], name


def test_every_booking_asks_for_its_key_and_says_what_a_reused_one_is() -> None:
    keyed = {
        name: one
        for name, one in operations()
        if any(parameter["name"] == "Idempotency-Key" for parameter in one["parameters"])
    }
    assert len(keyed) == 9
    assert all({"409", "422", "503"} <= one["responses"].keys() for one in keyed.values())


def test_every_list_is_in_pages() -> None:
    lists = (
        "accounts",
        "agreements",
        "holdings",
        "methods",
        "retirements",
        "transfers",
        "uploads",
        "venue-orders",
        "venue/balances",
        "venue/trades",
    )
    made = description("zh-hans")
    for name in lists:
        one = made["paths"][f"/api/v1/{name}"]["get"]
        limits = {parameter["name"]: parameter["schema"] for parameter in one["parameters"]}
        assert {"limit", "cursor"} <= limits.keys(), name
        assert limits["limit"]["maximum"] == 200
        shape = one["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert made["components"]["schemas"][shape]["required"] == ["results", "next"]


def test_every_problem_has_one_shape_and_an_example_for_each_code() -> None:
    shown = set()
    for name, one in operations():
        for status, answer in one["responses"].items():
            problem = answer.get("content", {}).get(MEDIA_TYPE)
            if problem is None:
                continue
            assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert problem["examples"], (name, status)
            for example in problem["examples"].values():
                assert str(example["value"]["status"]) == status
                shown.add(example["value"]["code"])
    assert shown > {code for codes in GENERAL.values() for code in codes}


def test_the_english_description_is_english_and_the_same_otherwise() -> None:
    english = json.dumps(description("en"), ensure_ascii=False)
    left = {text for text in re.findall(r'"([^"]*)"', english) if CHINESE.search(text)}
    assert not left
    assert CHINESE.search(json.dumps(description("zh-hans"), ensure_ascii=False))
    assert [name for name, _one in operations("en")] == [name for name, _one in operations()]


@pytest.mark.parametrize(
    ("asked", "headers", "english"),
    [
        ("?lang=en", {}, True),
        ("?lang=zh", {"Accept-Language": "en"}, False),
        ("", {"Accept-Language": "en"}, True),
        ("", {}, False),
    ],
)
def test_the_language_is_asked_for(asked: str, headers: dict[str, str], english: bool) -> None:
    answer = Client().get(ADDRESS + asked, headers=headers)
    assert answer.status_code == 200
    assert bool(CHINESE.search(json.dumps(answer.json()["paths"], ensure_ascii=False))) is not english


def test_a_language_there_is_none_of_is_refused() -> None:
    answer = Client().get(ADDRESS + "?lang=fr")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "lang")


@pytest.mark.django_db
def test_the_page_shows_every_door_in_the_readers_language() -> None:
    page = Client().get("/api/", headers={"Accept-Language": "en"})
    text = page.content.decode()
    assert page.status_code == 200
    for _name, one in operations("en"):
        assert f'id="{one["operationId"]}"' in text
        assert "<script" not in text
    assert "nonce_replayed" in text
    assert "/api/" in Client().get("/about/").content.decode().split("<footer")[1]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/transfers/x/confirm", "/api/v1/uploads/1"])
def test_an_address_of_nothing_is_told_in_a_problem_document(path: str) -> None:
    answer = APIClient().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, MEDIA_TYPE)
    assert answer.json()["instance"] == answer["X-Request-Id"]
