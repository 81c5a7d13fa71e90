"""The sweep: sign the log, draw the files. The row's state is the queue."""

from __future__ import annotations

from celery import shared_task

from certificates.services import log
from certificates.services.certificates import render_waiting


@shared_task(name="certificates.tasks.sweep")
def sweep() -> None:
    """Seal a head over new leaves, then draw waiting certificates."""
    log.seal()
    render_waiting()
