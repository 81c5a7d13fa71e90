"""How often one caller may ask over the API: counted in Valkey, so that all processes count together.

A window is a minute. An address has a number of requests in it whoever it says it is, so that wrong signatures are counted too;
a key, or a person who is signed in, has another. When Valkey is down nothing is counted and a line in the log says so: a portal
that answers is better than one that answers nobody. What must never be tried without end is not counted here: codes sent to a
telephone, PINs and binding codes are counted in the database, and nothing of them is given out when that is down.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.valkey import valkey

WINDOW_S = 60
SILENCE_S = 30  # after a failure Valkey is left alone for a while, so that not every request waits for it
logger = logging.getLogger(__name__)
# One step: a process that ended between counting and setting the end would leave a count for ever.
COUNT = "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end return n"
_silent_until = 0.0


class TooMany(Throttled):
    """Too many requests (429); ``Retry-After`` says when the next minute begins."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.detail = said(wait_s)  # type: ignore[assignment]  # without the library's own sentence

    def get_codes(self) -> str:
        """Return the code of the problem document."""
        return "throttled"


class CallerLimit(BaseThrottle):
    """At most ``API_CALLER_A_MINUTE`` requests a minute by one key or one signed-in person."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request; raise with the seconds to wait when there are too many."""
        if request.auth is not None:
            wait_s = too_many(f"key {request.auth.pk}", settings.API_CALLER_A_MINUTE)
        elif request.user.is_authenticated:
            wait_s = too_many(f"user {request.user.pk}", settings.API_CALLER_A_MINUTE)
        else:
            wait_s = 0  # the address was counted at the door
        if wait_s:
            raise TooMany(wait_s)
        return True


def said(wait_s: int) -> str:
    """Return the sentence of a 429."""
    return _("请求太多，请过 %d 秒再试") % wait_s


def too_many(who: str, most: int) -> int:
    """Count one request of a caller; return the seconds to wait when it is past ``most`` in this minute, nought otherwise."""
    now = int(time.time())
    return WINDOW_S - now % WINDOW_S if _count(who, now // WINDOW_S) > most else 0


def _count(who: str, minute: int) -> int:
    """Return which request of this minute it is, or nought when nobody counts."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return 0
    name = f"limit:{hashlib.sha256(who.encode()).hexdigest()[:32]}:{minute}"
    try:
        return int(valkey().eval(COUNT, 1, name, 2 * WINDOW_S))
    except RedisError:
        _silent_until = time.monotonic() + SILENCE_S
        logger.warning("Valkey does not answer: requests are not counted for %d s", SILENCE_S)
        return 0
