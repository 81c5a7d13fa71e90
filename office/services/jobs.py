"""Runs of sweeps and nightly jobs leave a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from office.models import JobRun


@contextmanager
def job_run(name: str) -> Iterator[JobRun]:
    """Give the run to the caller, who counts ``done`` and ``failed``; a run that had nothing to do leaves no row."""
    run = JobRun(name=name, started_at=timezone.now())
    try:
        yield run
    except BaseException as error:
        run.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        run.finished_at = timezone.now()
        if run.done or run.failed or run.error:
            run.save()
