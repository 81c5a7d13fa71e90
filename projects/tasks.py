"""Sweeps of projects."""

from __future__ import annotations

from celery import shared_task

from office.services.jobs import job_run
from projects.services.published import follow_notices


@shared_task(name="projects.tasks.follow_notices")
def follow() -> None:
    """Let deadlines follow notices that an outage or a new calendar made longer."""
    with job_run("projects.follow_notices") as run:
        run.done = follow_notices()
