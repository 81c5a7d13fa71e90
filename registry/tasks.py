"""Sweeps of the registry."""

from __future__ import annotations

from celery import shared_task

from office.services.jobs import job_run
from registry.services import frauds, freezes
from registry.services.accounts import restrict_all_expired
from registry.services.checking import check_books as prove
from registry.services.logging import log_waiting
from registry.services.looks import remind_of_due
from registry.services.transfers import expire_due


@shared_task(name="registry.tasks.check_books")
def check_books() -> None:
    """Prove the books; a difference stops issuing and shows on the administrator's desk."""
    with job_run("registry.check_books") as run:
        check = prove(roots=True)
        run.done, run.failed = check.batches, len(check.differences)


@shared_task(name="registry.tasks.follow_holds")
def follow_holds() -> None:
    """End freezes past their last day, give what has come to accounts to the freezes that wait, and follow cases of fraud."""
    with job_run("registry.follow_holds") as run:
        run.done = freezes.follow() + frauds.follow()


@shared_task(name="registry.tasks.expire_transfers")
def expire_transfers() -> None:
    """Give back the units of transfers that nobody answered in time."""
    with job_run("registry.expire_transfers") as run:
        run.done = expire_due()


@shared_task(name="registry.tasks.log_journals")
def log_journals() -> None:
    """Put journals that are not in the transparency log yet into it."""
    with job_run("registry.log_journals") as run:
        run.done = log_waiting()


@shared_task(name="registry.tasks.check_licences")
def check_licences() -> None:
    """Restrict accounts whose licence has ended."""
    with job_run("registry.check_licences") as run:
        run.done = restrict_all_expired()


@shared_task(name="registry.tasks.remind_of_looks")
def remind_of_looks() -> None:
    """Remind officers of accounts that nobody has looked at for a year."""
    with job_run("registry.remind_of_looks") as run:
        run.done = remind_of_due()
