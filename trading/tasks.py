"""Sweeps of trading."""

from __future__ import annotations

from celery import shared_task

from office.services.jobs import job_run
from trading.services.agreements import expire_due
from trading.services.offsets import settle_events
from trading.services.payments import send_waiting


@shared_task(name="trading.tasks.expire")
def expire() -> None:
    """End agreements whose last day has passed."""
    with job_run("trading.expire") as run:
        run.done = expire_due()


@shared_task(name="trading.tasks.send_instructions")
def send_instructions() -> None:
    """Tell the settlement bank of the instructions that wait."""
    with job_run("trading.send_instructions") as run:
        run.done, run.failed = send_waiting()


@shared_task(name="trading.tasks.settle_events")
def settle() -> None:
    """Declare the events whose units are retired, and let those wait again whose retirement came to nothing."""
    with job_run("trading.settle_events") as run:
        run.done = settle_events()
