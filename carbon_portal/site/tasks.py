"""Sweeps that need every app at once."""

from __future__ import annotations

from celery import shared_task

from carbon_portal.site.exporting import make_export
from office.services.exports import make_waiting
from office.services.jobs import job_run


@shared_task(name="carbon_portal.tasks.make_exports")
def make_exports() -> None:
    """Make the exports people asked for."""
    with job_run("carbon_portal.make_exports") as run:
        run.done, run.failed = make_waiting(make_export)
