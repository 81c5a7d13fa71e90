"""Sending what people are told, the morning digest, and the nightly tidying of what the apps below remember for a while only."""

from __future__ import annotations

from celery import shared_task

from accounts.services.clients import sweep_nonces
from accounts.services.codes import sweep_codes
from accounts.services.tables import sweep_tables
from accounts.services.tries import sweep_tries
from office.digest import tell_officers
from office.services.jobs import job_run
from office.services.list_exports import remove_old
from office.services.messages import send_waiting


@shared_task(name="office.tasks.forget")
def forget() -> None:
    """Remove codes of short messages and numbers of signed requests that can no longer be used, old exports' files and
    tables nobody confirmed."""
    with job_run("office.forget") as run:
        run.done = sweep_codes() + sweep_nonces() + sweep_tries() + sweep_tables() + remove_old()


@shared_task(name="office.tasks.send_messages")
def send_messages() -> None:
    """Send the messages that wait."""
    send_waiting()


@shared_task(name="office.tasks.digest")
def digest() -> None:
    """Tell officers in the morning of a working day what waits for them."""
    tell_officers()
