"""The worker and its ordered list of sweeps.

A row in a waiting state is the queue; a sweep picks such rows up. After a verb a door nudges the worker, the beat every minute
is the safety net: a lost broker message loses nothing but time.
"""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from accounts.context import called_from, caller
from accounts.valkey import valkey
from carbon_portal import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")

app = Celery("carbon_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# In this order: what an earlier one leaves behind, a later one picks up in the same round.
SWEEPS = (
    "projects.tasks.follow_notices",
    "scenarios.tasks.settle",
    "rewards.tasks.credit",
    "registry.tasks.expire_transfers",
    "trading.tasks.expire",
    "trading.tasks.send_instructions",
    "trading.tasks.settle_events",
    "registry.tasks.follow_holds",
    "registry.tasks.log_journals",
    "certificates.tasks.sweep",
    "carbon_portal.tasks.make_exports",
    "office.tasks.send_messages",
)
# At two at night, office time.
NIGHTLY = (
    "rewards.tasks.end",
    "rewards.tasks.remind",
    "rewards.tasks.check",
    "registry.tasks.check_licences",
    "registry.tasks.remind_of_looks",
    "registry.tasks.check_books",
    "office.tasks.forget",
)
ROUND = "carbon_portal.sweep"

app.conf.beat_schedule = {ROUND: {"task": ROUND, "schedule": env.integer("SWEEP_SECONDS", 60)}} | {
    name: {"task": name, "schedule": crontab(hour=2, minute=0)} for name in NIGHTLY
}
# From eight in the morning, again and again until noon: who had his digest gets no second one, and a worker that was down is late only.
DIGEST = "office.tasks.digest"
app.conf.beat_schedule[DIGEST] = {"task": DIGEST, "schedule": crontab(hour="8-11", minute="*/10")}


@app.task(name=ROUND)
def sweep(request_id: str = "") -> None:
    """One round of all sweeps; one that fails does not keep the later ones waiting, and all failures are raised at the end.

    Events, job runs and log lines of a round carry one number: of the request that asked for it, else one of its own.
    """
    from carbon_portal.health import heartbeat  # needs the settings

    _begun()
    begun = time.monotonic()
    failures = []
    with called_from("task", request_id=request_id or uuid.uuid4().hex[:12]):
        for name in SWEEPS:
            try:
                app.tasks[name]()
            except Exception as failure:  # noqa: BLE001  raised below, together with the others
                failures.append(failure)
    heartbeat.write(time.monotonic() - begun, len(failures))
    if failures:
        raise ExceptionGroup("sweeps failed", failures)


_silent_until = 0.0  # real seconds; after a failure the broker is left alone for a while
SILENCE_S = 60
ASKED, EXPIRES_S = "round asked", 60


def nudge() -> None:
    """Ask the worker for a round now, unless one is asked for that has not begun: it will see our rows too.

    A broker that is down is no error: the beat will come round.
    """
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        if valkey().set(ASKED, 1, nx=True, ex=EXPIRES_S):
            app.send_task(ROUND, kwargs={"request_id": caller().request_id}, expires=EXPIRES_S, retry=False)
    except (OperationalError, RedisError):
        _silent_until = time.monotonic() + SILENCE_S


def _begun() -> None:
    """Let the next nudge ask for another round."""
    with suppress(RedisError):
        valkey().delete(ASKED)


@worker_ready.connect
def catch_up(**_context: object) -> None:
    """Pick up at once what waited while no worker was there."""
    nudge()
