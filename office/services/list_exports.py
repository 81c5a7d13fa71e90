"""Taking a desk's list away: asked for at the desk, made by the sweep in the scope its person has then, kept for a month."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import advance, lock, record, require, told_as, verb
from kernel import clock
from office.models import ExportJob
from office.services.exports import hold, ready
from office.services.retries import start_again
from office.sheets import About, CsvOut, Out, XlsxOut
from office.states import ExportFormat, ExportState

ROWS_A_STEP = 2_000
MOST_ROWS = {ExportFormat.XLSX: 1_000_000, ExportFormat.CSV: 5_000_000}  # a sheet of a workbook ends at 1,048,576 rows
MOST_WAITING = 5  # of one person
SLOW_S = 300  # a long list is read by one statement, for which a page would not wait
OUTS: dict[str, Callable[..., Out]] = {ExportFormat.XLSX: XlsxOut, ExportFormat.CSV: CsvOut}
# What a desk shows a person: (desk, query, person) → the listing of ``office.lists``, which verbs do not know.
Lists = Callable[[str, str, User], Any]


@verb("office.export_list")
def export_list(*, desk: str, title: str, query: str, format: str, rows: int, language: str, by: User) -> ExportJob:
    """Queue the export of a desk's list: ``desk`` is ``app.model``, ``query`` its filters, ``rows`` how many they give now.

    What the person may see is looked at again when the file is made. Raises RuleViolation ``bad_format``, ``too_many_rows``,
    ``too_many_waiting`` or ``export_waits``.
    """
    require(format in ExportFormat, "bad_format", _("请选择 XLSX 或 CSV"))
    most = MOST_ROWS[ExportFormat(format)]
    said = _("共 %(rows)d 行，一次最多 %(most)d 行；请加筛选条件后再导出") % {"rows": rows, "most": most}
    require(rows <= most, "too_many_rows", said)
    waiting = ExportJob.objects.filter(asked_by=by, state=ExportState.WAITING).count()
    require(waiting < MOST_WAITING, "too_many_waiting", _("您已有 %d 个导出在排队，请等它们生成") % waiting)
    require(len(query) <= 1000, "bad_filter", _("筛选条件太长，请减少条件"))
    job = ExportJob.objects.create(
        desk=desk,
        title=title[:80],
        query=query,
        format=format,
        rows_total=rows,
        language=language,
        asked_by=by,
        asked_at=clock.now(),
    )
    record("office.export_list", job, by=by, data={"desk": desk, "query": query, "format": format, "rows": rows})
    return job


@verb("office.cancel_export")
def cancel_export(job: ExportJob, *, by: User, reason: str = "") -> ExportJob:
    """Take an export that waits or is being written back; the worker stops at its next step. Raises ``wrong_state``."""
    job = lock(job)
    advance(job, ExportState.CANCELLED, by=by, reason=reason, finished_at=clock.real_now())
    return job


@verb("office.retry_export")
def retry_export(job: ExportJob, *, by: User, reason: str = "") -> ExportJob:
    """Queue an export again that failed. Raises ``wrong_state`` or ``export_waits``."""
    job = lock(job)
    advance(job, ExportState.WAITING, by=by, reason=reason, finished_at=None, rows_done=0)
    start_again(job)
    return job


@verb("office.download_export")
def download_export(job: ExportJob, *, by: User, reason: str = "") -> ExportJob:
    """Note who takes the file of an export away. Raises RuleViolation ``no_file``."""
    job = lock(job)
    require(job.state == ExportState.READY, "no_file", _("这个导出现在没有文件可以下载"))
    record("office.download_export", job, by=by, reason=reason, data={"sha256": job.sha256, "rows": job.rows_done})
    return job


def make_list(job: ExportJob, lists: Lists) -> ExportJob:
    """Write the file of a list as its person sees it now, keep it and mark the export ready.

    Raises RuleViolation when the person may not see the list any more, Gone when the export is no longer ours.
    """
    person = User.objects.get(pk=job.asked_by_id)
    with translation.override(job.language or None):
        require(person.has_perm("office.export_list"), "not_your_list", _("您现在没有导出的权限"))
        found = lists(job.desk, job.query, person)
        require(
            found.row_count <= MOST_ROWS[ExportFormat(job.format)], "too_many_rows", _("行数太多，请加筛选条件后再导出")
        )
        job.rows_done, job.rows_total = 0, found.row_count
        hold(job, rows_done=0, rows_total=job.rows_total)
        with tempfile.TemporaryFile() as file:
            data_sha256 = _write(file, job, found, person)
            name = f"{job.desk.replace('.', '-')}-{{digest}}.{job.format.lower()}"
            return ready(job, file, name, data_sha256=data_sha256, rows_done=job.rows_done, rows_total=job.rows_done)


def _write(file: IO[bytes], job: ExportJob, found: Any, person: User) -> str:
    out = OUTS[job.format](file, found.columns)
    for rows in _steps(found.rows):
        out.write(found.values(row) for row in rows)
        job.rows_done += len(rows)
        hold(job, rows_done=job.rows_done)
    digest = out.digests.hex()["sha256"]
    out.close(about(job, person, digest), found.columns)
    return digest


def _steps(rows: Any) -> Iterator[list[Any]]:
    """Yield the rows in steps from one cursor of the server, so that neither it nor we hold them all in memory."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{SLOW_S}s"])
    step: list[Any] = []
    try:
        for row in rows.iterator(chunk_size=ROWS_A_STEP):
            step.append(row)
            if len(step) == ROWS_A_STEP:
                yield step
                step = []
        if step:
            yield step
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")


def about(job: ExportJob, person: User, digest: str) -> About:
    """Return what is said of an export beside its rows: what, by whom, when, with which filter, how many, which digest."""
    return [
        (_("列表"), job.title),
        (_("导出人"), f"{person.full_name}（{person.username}）"),
        (_("申请时间"), clock.local(job.asked_at).strftime("%Y-%m-%d %H:%M:%S")),
        (_("生成时间"), clock.local(clock.now()).strftime("%Y-%m-%d %H:%M:%S")),
        (_("筛选条件"), job.query or _("无")),
        (_("行数"), str(job.rows_done)),
        (_("数据 SHA-256"), digest),
        (
            _("摘要怎么算"),
            _("以 UTF-8（带 BOM）、逗号分隔、CRLF 换行的 CSV 计算；同样的行导出成 CSV，就是那个文件的摘要"),
        ),
        (_("范围"), _("生成时导出人的角色和辖区能看到的行；个人信息与页面一样遮盖")),
        (_("数字"), _("不超过 15 位有效数字的写成数字；更长的（例如毫克）写成文本，一位不少。时间为北京时间")),
        (_("公式"), _("以 = + - @ 开头的文字前加了一个单引号，防止表格软件当公式执行")),
    ]


def remove_old() -> int:
    """Take away the files of lists that were kept long enough; their rows stay. Returns how many."""
    removed = 0
    for job in ExportJob.objects.outdated():
        storage, name = job.file.storage, str(job.file.name)
        with transaction.atomic(), told_as("office.remove_export"):
            advance(lock(job), ExportState.REMOVED, by=None, file="")
        storage.delete(name)
        removed += 1
    return removed
