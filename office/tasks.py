"""Nightly jobs on what the apps below remember for a while only; their runs are kept here."""

from __future__ import annotations

from celery import shared_task

from accounts.services.clients import sweep_nonces
from accounts.services.codes import sweep_codes
from accounts.services.tries import sweep_tries
from office.services.jobs import job_run
from office.services.list_exports import remove_old


@shared_task(name="office.tasks.forget")
def forget() -> None:
    """Remove codes of short messages and numbers of signed requests that can no longer be used, and files of old exports."""
    with job_run("office.forget") as run:
        run.done = sweep_codes() + sweep_nonces() + sweep_tries() + remove_old()
