"""The one client of Valkey (or Redis) a process has; threads share its connections."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from redis import Redis

WAIT_S = 0.5  # what is kept there is never worth waiting for


def valkey() -> Redis:
    """Return the client. A call raises RedisError when the server does not answer in time."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=WAIT_S, socket_timeout=WAIT_S)
