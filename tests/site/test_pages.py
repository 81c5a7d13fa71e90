"""The shared pages as a visitor meets them, in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.workflow import Unavailable
from carbon_portal.site import views, words
from carbon_portal.site.middleware import say_busy
from carbon_portal.story import World
from kernel import clock

PUBLIC = (
    "/",
    "/about/",
    "/preferences/",
    "/login/",
    "/login/phone/",
    "/notices/",
    "/notices/1/",
    "/registry/",
    "/methods/",
    "/methods/CN-2023-002/?energy_kwh=30&grid=西南",
    "/methods/GD-2022-003/",
    "/factors/",
    "/verify/",
)


def open_in(language: str, path: str, client: Client, status: int = 200) -> str:
    """Open a page in a language and return its text."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize(("language", "lang"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_public_pages_open_without_signing_in_in_both_languages(
    world: World, client: Client, path: str, language: str, lang: str
) -> None:
    text = open_in(language, path, client)
    assert f'<html lang="{lang}"' in text
    assert text.count("<h1") == 1
    assert 'id="main"' in text


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_keep_the_strict_content_policy(world: World, client: Client, path: str) -> None:
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.content.decode()


def test_home_tells_issued_equals_held_plus_retired(world: World, client: Client) -> None:
    text = open_in("zh-hans", "/", client)
    assert "签发 723 ＝ 持有 623 ＋ 注销 100 ＋ 强制注销 0" in text
    assert "PHCER-" in text


def test_the_moved_clock_is_said_on_every_page(world: World, client: Client) -> None:
    assert clock.offset() > timedelta(0)
    assert "演示时钟：现在按" in open_in("zh-hans", "/about/", client)


def test_preferences_are_kept_in_cookies_and_lead_back(client: Client, db: None) -> None:
    answer = client.post("/preferences/", {"theme": "dark", "size": "xl", "language": "en", "next": "/notices/?page=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/notices/?page=1")
    assert (client.cookies["theme"].value, client.cookies["size"].value) == ("dark", "xl")
    text = client.get("/about/").content.decode()
    assert '<html lang="en" data-theme="dark" data-size="xl">' in text


def test_preferences_ignore_unknown_values_and_foreign_addresses(client: Client, db: None) -> None:
    answer = client.post("/preferences/", {"theme": "x", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert "theme" not in client.cookies


def test_sign_in_lists_the_demo_log_ins_in_a_demo_only(world: World, client: Client, settings: object) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]
    assert "owner-maker" in open_in("zh-hans", "/login/", client)
    settings.DEMO = False  # type: ignore[attr-defined]
    assert "owner-maker" not in open_in("zh-hans", "/login/", client)


def test_a_wrong_password_is_said_and_the_name_stays(world: World, client: Client) -> None:
    text = client.post("/login/", {"username": "owner-maker", "password": "wrong"}).content.decode()
    assert 'value="owner-maker"' in text
    assert 'role="alert"' in text


def test_signing_out_needs_a_post_and_signs_out(world: World, client: Client) -> None:
    client.force_login(world.people["owner-maker"], settings.AUTHENTICATION_BACKENDS[0])
    assert "王启" in open_in("zh-hans", "/about/", client)
    assert client.get("/logout/").status_code == 405
    client.post("/logout/")
    assert "王启" not in open_in("zh-hans", "/about/", client)


def test_a_missing_page_says_so_and_where_to_go(db: None, client: Client) -> None:
    text = open_in("zh-hans", "/nothing-here/", client, status=404)
    assert "没有这一页" in text
    assert "0990-1234-5678" in text


def test_a_forbidden_page_says_who_may_open_it(db: None, rf: RequestFactory) -> None:
    request = rf.get("/verifier/")
    request.user = AnonymousUser()
    text = views.forbidden(request, PermissionDenied("这一页给核证人员用。")).content.decode()
    assert "这一页给核证人员用。" in text


def test_our_mistake_is_told_without_asking_the_database(rf: RequestFactory) -> None:
    answer = views.broken(rf.get("/"))
    assert answer.status_code == 500
    assert "500" in answer.content.decode()


def test_a_busy_database_is_said_with_the_time_to_try_again(rf: RequestFactory) -> None:
    handle = say_busy(lambda request: HttpResponse())
    answer = handle.process_exception(rf.post("/owner/"), Unavailable("busy"))  # type: ignore[attr-defined]
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert handle.process_exception(rf.post("/owner/"), ValueError()) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2025-01-01", "2025-12-31", "2025年1月1日—12月31日"),
        ("2025-01-01", "2026-12-31", "2025年1月1日—2026年12月31日"),
        ("2025-01-01", None, "2025年1月1日"),
        ("2025-01-01", "2025-01-01", "2025年1月1日"),
    ],
)
def test_spans_do_not_repeat_the_year(start: str, end: str | None, said: str) -> None:
    with translation.override("zh-hans"):
        assert words.span(start, end) == said


def test_moments_are_written_in_shanghai() -> None:
    with translation.override("zh-hans"):
        assert words.moment("2026-11-22T11:26:08+00:00", seconds=True) == "2026年11月22日 19:26:08"
    with translation.override("en"):
        assert words.moment("2026-11-22T11:26:08+00:00") == "22 November 2026, 19:26"
    assert words.number("-1234.50000") == "\u22121,234.5"
    assert words.grams(931_435_853) == "931,435.853\u00a0g"
