"""Lines of the log: JSON with who asked, and without telephones, numbers, names, codes and signatures."""

from __future__ import annotations

import json
import logging
import re
import uuid
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import logs
from accounts.context import called_from
from accounts.models import Event
from carbon_portal import celery
from carbon_portal.celery import SWEEPS, app, nudge, sweep
from carbon_portal.story import World

PHONE, NUMBER = "13800001234", "11010519491231002X"


def line(message: str, *args: Any, exc_info: Any = None) -> dict[str, Any]:
    """Send one record through the filter and the formatter of the settings; the line as JSON."""
    record = logging.LogRecord("portal.test", logging.INFO, __file__, 1, message, args, exc_info)
    assert logs.Scrub().filter(record)
    made = logs.JsonLine().format(record)
    assert "\n" not in made
    answer: dict[str, Any] = json.loads(made)
    return answer


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        (f"sent to {PHONE}", PHONE),
        (f"sent to +86 {PHONE}", PHONE),
        ("sent to 138-0000-1234", "138-0000-1234"),
        (f"person {NUMBER} registered", NUMBER),
        (f"person {NUMBER.lower()} registered", NUMBER.lower()),
        ("【青岚碳普惠】验证码 482913，5 分钟内有效", "482913"),
        ("code=482913", "482913"),
        ("{'code': '482913', 'x': 1}", "482913"),
        ('{"pin": "1357"}', "1357"),
        ("GET /till/?code=7K3M9QHT2XWD5F8A HTTP/1.1", "7K3M9QHT2XWD5F8A"),
        ("GET /till/#7K3M9QHT2XWD5F8A", "7K3M9QHT2XWD5F8A"),
        ("X-Signature: 0b51683accdf0055961e53d8121a73a7", "0b51683accdf0055961e53d8121a73a7"),
        ("csrfmiddlewaretoken=abcDEF123&x=1", "abcDEF123"),
        ("Cookie sessionid=s3ss10n; theme=dark", "s3ss10n"),
        ("password='p w d'", "p w d"),
        ("full_name=王小明, ok", "王小明"),
        ("姓名：王小明", "王小明"),
        ("Key (phone_blind)=(13800001234) already exists", PHONE),
        ("DETAIL:  Failing row contains (7, 王小明, 13800001234).", "王小明"),
    ],
)
def test_what_nobody_may_read_is_not_in_the_line(message: str, secret: str) -> None:
    assert secret not in json.dumps(line(message), ensure_ascii=False)
    assert secret not in json.dumps(line("%s", message), ensure_ascii=False)
    assert logs.HIDDEN in line(message)["message"]


@pytest.mark.parametrize(
    "message",
    [
        "instruction FK-20261125-0007 not sent, attempt 2 of 5",
        "PHCER-9901-P00001-2023-0000000001-0000000423",
        "sha256 3bbd413c422f3e707e6dfa63980e1f9a963ca05f62df62744266b435c1a776f1",
        "SB000000012 settled: 2381 accepted, 512 refused, 1678017656 mg",
        "91990100MA6000129Q",
    ],
)
def test_numbers_of_things_stay_readable(message: str) -> None:
    assert line(message)["message"] == message


def test_an_exception_is_scrubbed_with_its_text_and_its_causes() -> None:
    try:
        try:
            raise ValueError(f"bad phone {PHONE}")
        except ValueError as cause:
            raise RuntimeError(f"验证码 482913 for {NUMBER}") from cause
    except RuntimeError as error:
        told = line("broken %s", error, exc_info=(type(error), error, error.__traceback__))
    whole = json.dumps(told, ensure_ascii=False)
    assert not [secret for secret in (PHONE, NUMBER, "482913") if secret in whole]
    assert "ValueError" in told["exception"]
    assert "RuntimeError" in told["exception"]


@pytest.mark.django_db
def test_what_the_database_repeats_of_a_row_is_scrubbed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE people (name text, phone text UNIQUE NOT NULL)")
        with pytest.raises(IntegrityError) as caught:
            cursor.execute("INSERT INTO people VALUES ('王小明', %s), ('王小明', %s)", [PHONE, PHONE])
    told = line("refused", exc_info=(caught.type, caught.value, caught.tb))
    assert PHONE not in json.dumps(told, ensure_ascii=False)


def test_a_line_says_when_who_and_by_which_request(world: World) -> None:
    maker = world.people["owner-maker"]
    with called_from("api", request_id="partner-0000042", request=type("Sent", (), {"user": maker})()):
        told = line("seen")
    assert (told["request"], told["actor"], told["level"], told["logger"]) == (
        "partner-0000042",
        maker.pk,
        "INFO",
        "portal.test",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told["time"])


def test_every_handler_is_behind_the_filter() -> None:
    for name, handler in configured.LOGGING["handlers"].items():
        assert handler["filters"] == ["scrub"], name
        assert handler["formatter"] == "json", name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("partner-0000042", True),
        ("short", False),
        ("x" * 33, False),
        ("with space 1", False),
        ("线上请求号一二三四", False),
    ],
)
def test_a_request_number_is_kept_when_it_is_one(world: World, sent: str, kept: bool) -> None:
    answer = Client().get(
        "/api/v1/holdings", headers={"X-Request-Id": sent.encode().decode("latin-1"), "X-Key-Id": "ak"}
    )
    assert (answer["X-Request-Id"] == sent) is kept
    newest = Event.objects.order_by("-pk").first()
    assert newest is not None
    assert newest.request_id == answer["X-Request-Id"] == answer.json()["instance"]


def test_the_worker_carries_the_number_of_the_request_that_nudged_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    seen: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, **more: sent.append(more))
    monkeypatch.setattr(celery, "ASKED", uuid.uuid4().hex)
    with called_from("api", request_id="partner-0000042"):
        nudge()
    for name in SWEEPS:
        monkeypatch.setitem(app.tasks, name, lambda: seen.append(json.dumps(line("swept"))))
    sweep(**sent[0]["kwargs"])
    assert len(seen) == len(SWEEPS)
    assert all("partner-0000042" in one for one in seen)


def test_a_round_that_has_not_begun_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, **more: sent.append(name))
    monkeypatch.setattr(celery, "ASKED", uuid.uuid4().hex)
    for _ in range(3):
        nudge()
    assert len(sent) == 1
    for name in SWEEPS:
        monkeypatch.setitem(app.tasks, name, nudge)  # a row that was written after the round began
    sweep()
    assert len(sent) == 2


def addresses(patterns: Any = None, prefix: str = "/") -> list[str]:
    """Return every address of the portal, with something in the place of what it takes."""
    found = []
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        path = re.sub(
            r"<(?:(\w+):)?\w+>",
            lambda took: {"int": "1", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12}.get(took[1] or "", "x"),
            str(one.pattern),
        )
        path = re.sub(r"\(\?P<\w+>\\d[^)]*\)", "1", path).replace("^", "").replace("$", "").replace("\\Z", "")
        path = re.sub(r"\(\?P<\w+>([a-z]+)[^)]*\)", r"\1", path)
        if isinstance(one, URLResolver):
            found += addresses(one.url_patterns, prefix + path)
        elif isinstance(one, URLPattern):
            found.append(prefix + path)
    return found


def test_every_page_has_the_strict_policy_and_only_the_admin_a_looser_one(world: World) -> None:
    everywhere = addresses()
    assert len(everywhere) > 100
    clients = []
    for who in (None, "owner-maker", "admin"):
        clients.append(Client(raise_request_exception=False))
        if who:
            clients[-1].force_login(world.people[who])
    admin = [path for path in everywhere if path.startswith("/manage/")]
    outside = [path for path in everywhere if not path.startswith("/manage/")]
    for client in clients:
        for path in outside:
            answer = client.get(path)
            policy = answer.get("Content-Security-Policy", "")
            assert "unsafe" not in policy, path
            assert "default-src 'none'" in policy, path
            assert answer["X-Content-Type-Options"] == "nosniff", path
    for path in (admin[0], "/manage/login/"):
        policy = clients[2].get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
