"""Runs of sweeps and nightly jobs leave a row."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from accounts.context import called_from, caller
from office.models import JobRun

logger = logging.getLogger("portal.jobs")


@contextmanager
def job_run(name: str) -> Iterator[JobRun]:
    """Give the run to the caller, who counts ``done`` and ``failed``; a run that had nothing to do leaves no row.

    Row, events and lines of the log carry one number: of the request that asked for the round, or else one made here.
    """
    where = caller()
    with called_from(where.door, ip=where.ip, request_id=where.request_id or uuid.uuid4().hex[:12]):
        run = JobRun(name=name, started_at=timezone.now(), request_id=caller().request_id)
        try:
            yield run
        except BaseException as error:
            run.error = f"{type(error).__name__}: {error}"
            raise
        finally:
            run.finished_at = timezone.now()
            if run.done or run.failed or run.error:
                run.save()
                logger.info("job %s: %d done, %d failed", run.name, run.done, run.failed)
