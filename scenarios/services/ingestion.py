"""The sweep over waiting files: judge, make the months, settle. The row is the queue, and the kept file the only input."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

from accounts.models import User
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, Unavailable, advance, lock, require, sentence, verb
from kernel.rules import sentence as _
from office.services.jobs import job_run
from office.services.retries import back_off
from scenarios.models import Upload
from scenarios.services.judging import judge
from scenarios.services.settling import settle
from scenarios.states import UploadState

logger = logging.getLogger(__name__)
BACKOFF_S = 30
_LOCKS = 7_203_103  # the class of the locks that say "this file is being worked on"; they end with the connection


def settle_waiting(limit: int = 1_000) -> int:
    """Settle up to ``limit`` waiting files and return how many were. The sweep's body.

    An attempt is counted before it starts; after five the file is parked for an operator. A worker that dies frees the file at
    once, because its lock dies with its connection.
    """
    tried: set[int] = set()
    with job_run("scenarios.settle") as run:
        for _turn in range(limit):
            with _claimed(tried) as upload:
                if upload is None:
                    break
                if _ingest(upload):
                    run.done += 1
                else:
                    run.failed += 1
        return run.done


@contextmanager
def _claimed(tried: set[int]) -> Iterator[Upload | None]:
    """Give one waiting file that nobody else works on, or None."""
    for pk in Upload.objects.waiting().exclude(pk__in=tried).order_by("next_at", "pk").values_list("pk", flat=True):
        if not _ask("SELECT pg_try_advisory_lock(%s, %s)", pk):
            continue
        tried.add(pk)
        try:
            upload = Upload.objects.select_related("partner__organisation__division", "scene", "method", "file").get(
                pk=pk
            )
            if upload.state == UploadState.RECEIVED:
                upload.attempts += 1
                upload.save(update_fields=["attempts"])
                yield upload
                return
        finally:
            with suppress(DatabaseError):
                _ask("SELECT pg_advisory_unlock(%s, %s)", pk)
    yield None


def _ask(question: str, pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [_LOCKS, pk])
        return bool(cursor.fetchone()[0])


def _ingest(upload: Upload) -> bool:
    try:
        ingest(upload)
    except (RuleViolation, Unavailable, DatabaseError, OSError) as error:
        upload.last_error = f"{type(error).__name__}: {sentence(error)}"[:2000]
        back_off(upload, BACKOFF_S)
        upload.save(update_fields=["last_error", "next_at"])
        logger.warning("upload %s not settled, attempt %d: %s", upload.number, upload.attempts, upload.last_error)
        return False
    return True


def ingest(upload: Upload) -> Upload:
    """Take one file from its bytes to credited grams. A file that cannot be read is refused whole, with the reason."""
    by = portal_user()
    try:
        judged = judge(upload)
    except RuleViolation as refusal:
        if refusal.code != "unreadable_file":
            raise
        return refuse_file(upload, by=by, reason=sentence(refusal))
    days = judged.days()
    if days is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT scenarios_make_months(%s, %s)", days)
    try:
        return settle(upload, judged, by=by)
    except RuleViolation as refusal:
        if refusal.code != "account_closed":
            raise
        return settle(upload, judged, by=by)  # somebody left while the file was booked: now those rows are refused


@verb("scenarios.refuse_file")
def refuse_file(upload: Upload, *, by: User, reason: str) -> Upload:
    """Refuse a file nobody can read; it stays kept as it was sent."""
    upload = lock(upload)
    require(bool(reason), "no_reason", _("请写明理由"))
    advance(upload, UploadState.UNREADABLE, by=by, reason=reason, last_error=reason)
    return upload
