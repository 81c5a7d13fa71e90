"""An export of one book and one year: a ZIP of CSV files that a spreadsheet can add up, and a manifest of digests.

The same rows give the same bytes: rows come in one order, the ZIP carries no time of making, and the manifest says no more than
what is inside. Making it is a row in a waiting state; whoever has another long export writes it as a ``Book`` and waits the same way.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import IO, Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from django.core.files import File
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.tables import plain
from accounts.workflow import RuleViolation, lock, record, require, verb
from kernel import clock
from office.models import MAX_ATTEMPTS, ExportJob
from office.services.retries import claim
from office.states import ExportBook, ExportState

FIRST_YEAR = 2000
ROWS_A_STEP = 2000
BACKOFF_S = 60
MADE = (1980, 1, 1, 0, 0, 0)  # the ZIP's own time: always the same


class Sheet(NamedTuple):
    """One CSV file: its columns, each with its unit in the name, and the rows of a span of time in a fixed order."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[datetime, datetime], QuerySet[Any, Any]]


class Book(NamedTuple):
    """What an app gives of its book."""

    code: str
    sheets: tuple[Sheet, ...]


class Digests:
    """SHA-256 and SM3 of what is written, and how many bytes."""

    def __init__(self) -> None:
        self.size, self._sha256, self._sm3 = 0, hashlib.sha256(), hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        """Take in more bytes."""
        self.size += len(data)
        self._sha256.update(data)
        self._sm3.update(data)

    def hex(self) -> dict[str, str]:
        """Return both digests."""
        return {"sha256": self._sha256.hexdigest(), "sm3": self._sm3.finalize().hex()}


@verb("office.ask_export")
def ask_export(*, book: str, year: int, by: User) -> ExportJob:
    """Queue the export of a book and a year. Raises RuleViolation ``no_such_book``, ``bad_year`` or ``export_waits``."""
    require(book in ExportBook, "no_such_book", _("没有这本账"))
    now = clock.now()
    require(FIRST_YEAR <= year <= clock.local(now).year, "bad_year", _("年份应在 2000 年到今年之间"))
    job = ExportJob.objects.create(book=book, year=year, asked_by=by, asked_at=now)
    record("office.ask_export", job, by=by, data={"book": book, "year": year})
    return job


class Gone(Exception):
    """The export was cancelled, or another worker makes it by now."""


Maker = Callable[[ExportJob], object]


def make_waiting(maker: Maker) -> tuple[int, int]:
    """Make the exports that wait; returns how many were made and how many failed, for now or for good."""
    made = failed = 0
    for job in ExportJob.objects.exhausted():
        _fail(job, _("生成时中断，已试 %d 次") % job.attempts)
    while (job := claim(ExportJob.objects.waiting(), backoff_s=BACKOFF_S)) is not None:  # type: ignore[assignment]
        try:
            maker(job)
            made += 1
        except Gone:
            continue
        except RuleViolation as refusal:  # not allowed any more: trying again would not help
            _fail(job, str(refusal))
            failed += 1
        except (DatabaseError, OSError) as failure:
            said = f"{type(failure).__name__}: {failure}"[:500]
            if job.attempts >= MAX_ATTEMPTS:
                _fail(job, said)
            else:
                ExportJob.objects.filter(pk=job.pk).update(last_error=said)
            failed += 1
    return made, failed


def hold(job: ExportJob, **progress: int) -> None:
    """Write how far an export is, for everybody to see, and keep other workers off it. Raises Gone when it is no longer ours."""
    mine = ExportJob.objects.filter(pk=job.pk, state=ExportState.WAITING, attempts=job.attempts)
    if not mine.update(next_at=clock.real_now() + timedelta(seconds=BACKOFF_S), **progress):
        raise Gone


def ready(job: ExportJob, file: IO[bytes], name: str, **told: Any) -> ExportJob:
    """Keep the file of an export under a name with its digest and mark the export ready, once. ``told`` are further columns.

    ``name`` holds ``{digest}``. Raises Gone when the export was cancelled or made by another worker; the file is not kept then.
    """
    file.seek(0)
    digests = Digests()
    while chunk := file.read(1 << 20):
        digests.update(chunk)
    file.seek(0)
    found = digests.hex()
    job.file.save(name.format(digest=found["sha256"][:12]), File(file), save=False)
    kept, storage = str(job.file.name), job.file.storage
    try:
        with transaction.atomic():
            now = lock(job)
            if (now.state, now.attempts) != (ExportState.WAITING, job.attempts):
                raise Gone
            told |= {**found, "file": kept, "size": digests.size, "finished_at": clock.real_now(), "last_error": ""}
            _move(now, ExportState.READY, **told)
            data = {"sha256": now.sha256, "rows": now.rows_done}
            record("office.make_export", now, by=None, data=data, moved=(ExportState.WAITING, ExportState.READY))
    except (Gone, DatabaseError):
        storage.delete(kept)
        raise
    return now


def _move(job: ExportJob, to: ExportState, **columns: Any) -> None:
    for column, value in columns.items():
        setattr(job, column, value)
    job.state = to
    job.save(update_fields=["state", *columns])


@transaction.atomic
def _fail(job: ExportJob, said: str) -> None:
    now = lock(job)
    if now.state == ExportState.WAITING and now.attempts == job.attempts:
        _move(now, ExportState.FAILED, last_error=said[:500], finished_at=clock.real_now())
        record("office.make_export", now, by=None, reason=said[:500], moved=(ExportState.WAITING, ExportState.FAILED))


def span(job: ExportJob) -> tuple[datetime, datetime]:
    """Return from when to when the export reaches: the year in office time, this year's until it was asked for."""
    year = job.year or 0  # a book has one: export_of_book_or_list
    starts, ends = (datetime(at, 1, 1, tzinfo=clock.SHANGHAI) for at in (year, year + 1))
    return starts, min(ends, job.asked_at)


def make(job: ExportJob, book: Book) -> ExportJob:
    """Write the file of a book and a year, keep it and mark the export ready."""
    starts, ends = span(job)
    job.rows_done, job.rows_total = 0, sum(sheet.rows(starts, ends).count() for sheet in book.sheets)
    hold(job, rows_done=0, rows_total=job.rows_total)
    with tempfile.TemporaryFile() as file:
        _write(file, job, book, starts, ends)
        return ready(job, file, f"{job.book.lower()}-{job.year}-{{digest}}.zip")


def _write(file: IO[bytes], job: ExportJob, book: Book, starts: datetime, ends: datetime) -> None:
    manifest: dict[str, Any] = {
        "book": book.code,
        "year": job.year,
        "from": starts.isoformat(),
        "until": ends.isoformat(),
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest["files"] = [_sheet(archive, job, sheet, starts, ends) for sheet in book.sheets]
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        archive.writestr(_entry("manifest.json"), text.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, MADE)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return entry


def _sheet(archive: zipfile.ZipFile, job: ExportJob, sheet: Sheet, starts: datetime, ends: datetime) -> dict[str, Any]:
    digests, rows = Digests(), 0
    with archive.open(_entry(f"{sheet.name}.csv"), "w", force_zip64=True) as out:
        for lines, count in _steps(sheet, starts, ends):
            digests.update(lines)
            out.write(lines)
            rows += count
            hold(job, rows_done=job.rows_done + rows)
    job.rows_done += rows
    return {"name": f"{sheet.name}.csv", "rows": rows, "bytes": digests.size, **digests.hex()}


def _steps(sheet: Sheet, starts: datetime, ends: datetime) -> Iterator[tuple[bytes, int]]:
    # A mark of the byte order, because a spreadsheet would else take Chinese for something it is not.
    yield "\ufeff".encode() + _lines([sheet.columns]), 0
    step: list[tuple[Any, ...]] = []
    for row in sheet.rows(starts, ends).iterator(chunk_size=ROWS_A_STEP):
        step.append(row)
        if len(step) == ROWS_A_STEP:
            yield _lines(step), len(step)
            step = []
    yield _lines(step), len(step)


def _lines(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.local(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    # A number stays a number, that it can be added up.
    return plain(value) if isinstance(value, str) else value
