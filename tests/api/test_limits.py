"""How often one may ask: by key, by person and by address, in all processes together, and what happens without Valkey."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from redis import Redis
from redis.exceptions import ConnectionError as Unreachable

from accounts import limits
from accounts.models import Event
from accounts.services.clients import issue_api_key
from accounts.signing import sign
from accounts.valkey import valkey
from carbon_portal.story import World

HOLDINGS, METHODS = "/api/v1/holdings", "/api/v1/methods"


def _from(address: str, path: str = METHODS, **more: Any) -> Any:
    return Client(REMOTE_ADDR=address).get(path, **more)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an address nobody else has asked from, in a minute that does not end meanwhile."""
    monkeypatch.setattr(limits.time, "time", lambda: 1_800_000_030.0)
    monkeypatch.setattr(limits, "_silent_until", 0.0)
    part = uuid.uuid4().hex
    return f"2001:db8:{part[:4]}:{part[4:8]}:{part[8:12]}::1"


@pytest.mark.django_db
def test_an_address_that_asks_too_often_is_told_when_to_come_back(address: str, settings: Any) -> None:
    settings.API_ADDRESS_A_MINUTE = 3
    assert [_from(address).status_code for _ in range(3)] == [200] * 3
    refused = _from(address)
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert (refused.json()["code"], refused["Retry-After"]) == ("throttled", "30")
    assert refused.json()["title"] == "请求太多，请过 30 秒再试"
    assert (
        _from(address, headers={"Accept-Language": "en"}).json()["title"]
        == "Too many requests; try again in 30 seconds"
    )
    assert _from(address, "/about/").status_code == 200
    assert _from(address + "2").status_code == 200


def test_wrong_signatures_are_counted_too(world: World, address: str, settings: Any) -> None:
    settings.API_ADDRESS_A_MINUTE = 2
    sent = sign("aknobody", "secret", "GET", HOLDINGS)
    assert [_from(address, HOLDINGS, headers=sent).status_code for _ in range(4)] == [401, 401, 429, 429]
    assert Event.objects.filter(code="unknown_key").count() == 2


def test_a_key_is_counted_wherever_it_asks_from_and_another_apart(
    world: World, address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_CALLER_A_MINUTE = 2
    monkeypatch.setattr(limits, "WINDOW_S", int(uuid.uuid4().hex[:6], 16) + 60)  # a window no key was counted in before
    owner, maker = world.organisations["owner"], world.people["owner-maker"]
    first, second = (issue_api_key(owner, maker, by=world.people["security"]) for _ in range(2))
    for key, address_, status in (
        (first, address, 200),
        (first, "192.0.2.7", 200),
        (first, "192.0.2.8", 429),
        (second, address, 200),
    ):
        sent = sign(key.key.key_id, key.secret, "GET", HOLDINGS)
        answer = _from(address_, HOLDINGS, headers=sent)
        assert answer.status_code == status
    assert answer.status_code == 200


@pytest.mark.django_db
def test_without_valkey_everybody_is_answered_and_the_log_says_so_once(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_ADDRESS_A_MINUTE = 1

    class Down:
        def eval(self, *args: Any) -> None:
            raise Unreachable

    monkeypatch.setattr(limits, "valkey", Down)
    assert [_from(address).status_code for _ in range(3)] == [200] * 3
    assert [record.getMessage() for record in caplog.records if record.name == "accounts.limits"] == [
        "Valkey does not answer: requests are not counted for 30 s"
    ]


def test_a_count_never_stays_without_an_end(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when the process ends right after it has counted: the end comes with the count."""

    def end(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Redis, "expire", end)
    of_this_minute = "limit:*:30000000"  # other tests count in the minute it really is
    before = set(valkey().scan_iter(of_this_minute))
    assert [limits.too_many(f"address {address}", 2) for _ in range(3)] == [0, 0, 30]
    (made,) = set(valkey().scan_iter(of_this_minute)) - before
    assert 0 < valkey().ttl(made) <= 120


@pytest.mark.parametrize(
    ("proxies", "chain", "seen"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (1, "<script>", "192.0.2.1"),
        (2, "203.0.113.9", "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(
    world: World, settings: Any, proxies: int, chain: str, seen: str
) -> None:
    settings.PROXIES = proxies
    sent = sign("aknobody", "secret", "GET", HOLDINGS) | {"X-Forwarded-For": chain}
    _from("192.0.2.1", HOLDINGS, headers=sent)
    newest = Event.objects.order_by("-pk").first()
    assert newest is not None
    assert newest.ip == seen
