"""What can be said about the portal's health, each a name, a tone and words that say what to do.

``bad`` needs somebody now, ``hold`` needs somebody this week. Only the database and its structure keep the portal from
serving; everything else is work that waits, and nothing is lost by waiting.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carbon_portal.backup import making
from carbon_portal.health import heartbeat
from kernel import clock
from office.models import JobRun
from registry.models import BookCheck

ROUND_LATE = timedelta(minutes=3)  # beat comes every minute
ROW_LATE = timedelta(minutes=15)
CHECK_LATE = timedelta(hours=26)  # the night's checks, with some patience
DISK_WARNS, DISK_FULL = 80, 95  # per cent


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: slug, what it is called, tone (``good``, ``hold``, ``bad``) and what was found."""

    name: str
    title: str
    tone: str
    words: str


@dataclass(frozen=True)
class Queue:
    """Rows that wait for a sweep: the model's label, its name, how many wait, since when the oldest is due, how many parked."""

    label: str
    title: str
    waiting: int
    due_at: datetime | None
    parked: int

    @property
    def overdue_s(self) -> float:
        """Seconds since the oldest waiting row was due."""
        return max(0.0, (clock.real_now() - self.due_at).total_seconds()) if self.due_at else 0.0


def all_findings() -> list[Finding]:
    """Return every finding, the database's first; without a database the ones that need it are left out."""
    found = [database(), structure(), broker(), disk()]
    if found[0].tone == "good" and found[1].tone == "good":
        found += [*queue_findings(), books(), jobs()]
    return [*found, back_up()]


def database() -> Finding:
    """The database answers, and what it is."""
    title = _("数据库")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version')")
            (version,) = cursor.fetchone()
    except DatabaseError:
        return Finding("database", title, "bad", _("没有应答：请检查数据库服务"))
    return Finding("database", title, "good", _("PostgreSQL %s，有应答") % version)


def structure() -> Finding:
    """Every migration is applied."""
    title = _("数据库结构")
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return Finding("migrations", title, "bad", _("读不到"))
    if waiting:
        return Finding("migrations", title, "bad", _("还有 %d 个迁移没有执行：请运行 migrate") % waiting)
    return Finding("migrations", title, "good", _("与程序一致"))


def broker() -> Finding:
    """The broker answers and the worker has gone round lately."""
    title = _("任务进程")
    try:
        beat = heartbeat.read()
    except redis.RedisError:
        return Finding("worker", title, "bad", _("消息服务没有应答：办理照常，后续处理要等它恢复"))
    if beat is None:
        return Finding("worker", title, "bad", _("还没有走过一轮：请检查 worker 与 beat 是否在运行"))
    age = clock.real_now() - beat.at
    if age > ROUND_LATE:
        return Finding("worker", title, "bad", _("%s没有走过一轮：请检查 worker 与 beat") % _long(age))
    if beat.failed:
        return Finding("worker", title, "hold", _("上一轮有 %d 项没有办成：请看 worker 日志") % beat.failed)
    return Finding(
        "worker",
        title,
        "good",
        _("%(ago)s前走完一轮，用 %(seconds).1f 秒") % {"ago": _long(age), "seconds": beat.seconds},
    )


def queues() -> list[Queue]:
    """Return every queue of the portal: the models whose rows can be ``waiting()`` and ``parked()``."""
    return list(_queues())


def _queues() -> Iterator[Queue]:
    for model in apps.get_models():
        rows: Any = model._default_manager.all()
        if model._meta.proxy or not (hasattr(rows, "waiting") and hasattr(rows, "parked")):
            continue
        waiting = rows.waiting()
        due_at = waiting.aggregate(at=Min("next_at"))["at"]
        yield Queue(
            model._meta.label_lower, str(model._meta.verbose_name), waiting.count(), due_at, rows.parked().count()
        )


def queue_findings() -> list[Finding]:
    """Rows that nobody picks up, and rows that were tried five times and wait for a person."""
    found = []
    for queue in queues():
        name, title = f"queue.{queue.label}", _("排队：%s") % queue.title
        if queue.overdue_s > ROW_LATE.total_seconds():
            words = _("%(count)d 条在等，最久的已等 %(long)s") % {
                "count": queue.waiting,
                "long": _long(timedelta(seconds=queue.overdue_s)),
            }
            found.append(Finding(name, title, "bad", words))
        elif queue.parked:
            found.append(Finding(name, title, "hold", _("%d 条试了五次没有办成，停在办公后台等人处理") % queue.parked))
        else:
            found.append(Finding(name, title, "good", _("%d 条在等") % queue.waiting))
    return found


def books() -> Finding:
    """The last proof of the books has no difference and is not old."""
    title, last = _("核账"), BookCheck.objects.order_by("-pk").first()
    if last is None:
        return Finding("books", title, "hold", _("还没有核过账：每天凌晨两点自动核"))
    if last.differences:
        return Finding("books", title, "bad", _("有 %d 处差异，签发已停止") % len(last.differences))
    age = clock.real_now() - last.at
    tone = "hold" if age > CHECK_LATE else "good"
    return Finding("books", title, tone, _("没有差异，%s前核的") % _long(age))


def last_runs() -> list[JobRun]:
    """Return the last run of each job that had anything to do."""
    return list(JobRun.objects.order_by("name", "-pk").distinct("name"))


def jobs() -> Finding:
    """The jobs whose last run failed, by name."""
    title, failed = _("例行任务"), [run.name for run in last_runs() if run.error or run.failed]
    if failed:
        return Finding("jobs", title, "hold", _("最近一次没有全部办成：%s") % "、".join(failed))
    return Finding("jobs", title, "good", _("最近一次都办成了"))


def disk_percent(folder: Path) -> int:
    """Return how full the disk of a folder is, in per cent, as ``df`` counts: of what an ordinary account may use."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    usage = shutil.disk_usage(place)
    return -(-usage.used * 100 // max(1, usage.used + usage.free))


def disk() -> Finding:
    """Files and database stop where the disk ends, so it is said early."""
    title, percent = _("磁盘"), disk_percent(Path(settings.MEDIA_ROOT))
    if percent >= DISK_FULL:
        return Finding("disk", title, "bad", _("已用 %d%%：上传与签发随时会失败，请立即扩容") % percent)
    if percent >= DISK_WARNS:
        return Finding("disk", title, "hold", _("已用 %d%%：请清理旧备份或扩容") % percent)
    return Finding("disk", title, "good", _("已用 %d%%") % percent)


def back_up() -> Finding:
    """A complete back-up of the last day lies where back-ups go. A demo is told so, but needs none."""
    title, made = _("备份"), making.newest(settings.BACKUP_TO)
    if made is None:
        return Finding("backup", title, "good" if settings.DEMO else "hold", _("还没有备份（./portal backup）"))
    age = clock.real_now() - made
    return Finding("backup", title, "hold" if age > CHECK_LATE else "good", _("%s前做的") % _long(age))


_UNITS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (86_400, lambda n: ngettext("%d 天", "%d 天", n) % n),
    (3_600, lambda n: ngettext("%d 小时", "%d 小时", n) % n),
    (60, lambda n: ngettext("%d 分钟", "%d 分钟", n) % n),
    (1, lambda n: ngettext("%d 秒", "%d 秒", n) % n),
)


def _long(age: timedelta) -> str:
    """Return a duration in its largest unit."""
    seconds = max(0, int(age.total_seconds()))
    size, words = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return words(seconds // size)
