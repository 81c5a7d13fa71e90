"""The worker's sign of life: when its last round of sweeps ended. It lies with the broker, so that a round writes no row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import redis
from django.db import connection

from accounts.valkey import valkey
from kernel import clock

KEPT_S = 7 * 24 * 3600


@dataclass(frozen=True)
class Beat:
    """The end of the last round, how many seconds it took, and how many of its sweeps failed."""

    at: datetime
    seconds: float
    failed: int


def _name() -> str:
    return f"carbon-portal:{connection.settings_dict['NAME']}:round"


def write(seconds: float, failed: int) -> None:
    """Note that a round has ended. A broker that is down is no error here: the round itself did its work."""
    told = json.dumps({"at": clock.real_now().isoformat(), "seconds": round(seconds, 3), "failed": failed})
    try:
        valkey().set(_name(), told, ex=KEPT_S)
    except redis.RedisError:
        return


def read() -> Beat | None:
    """Return the last round, or None when there was none in a week. Raises redis.RedisError when the broker is down."""
    told = valkey().get(_name())
    if not isinstance(told, bytes):
        return None
    beat = json.loads(told)
    return Beat(datetime.fromisoformat(beat["at"]), float(beat["seconds"]), int(beat["failed"]))
