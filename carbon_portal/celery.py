"""The worker and its ordered list of sweeps.

A row in a waiting state is the queue; a sweep picks such rows up. ``nudge(name)`` runs that sweep and the later ones at once,
the beat every minute is the safety net: a lost broker message loses nothing but time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from celery import Celery
from kombu.exceptions import OperationalError

from carbon_portal import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")

app = Celery("carbon_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# In this order: what an earlier one leaves behind, a later one picks up.
SWEEPS = ("registry.tasks.log_journals", "certificates.tasks.sweep")
NIGHTLY = ("registry.tasks.check_books",)

app.conf.beat_schedule = {name: {"task": name, "schedule": env.integer("SWEEP_SECONDS", 60)} for name in SWEEPS} | {
    name: {"task": name, "schedule": 24 * 3600} for name in NIGHTLY
}


_silent_until = 0.0  # real seconds; after a failure the broker is left alone for a while
SILENCE_S = 60


def nudge(names: Iterable[str] = SWEEPS) -> None:
    """Ask the worker to sweep now. A broker that is down is no error: the beat will come round."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    for name in names:
        try:
            app.send_task(name, expires=60, retry=False)
        except OperationalError:
            _silent_until = time.monotonic() + SILENCE_S
            return
