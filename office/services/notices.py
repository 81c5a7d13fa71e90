"""Public notices: published, extended, settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import Attachment, Division, TableIn, User
from accounts.services.tables import apply_once, opened
from accounts.workflow import lock, record, require, verb
from kernel import clock
from kernel.digest import sm3
from office.models import CalendarDay, Notice, NoticePaper, Outage
from office.services.calendar import COLUMNS, MOST_ROWS, lost_days, notice_calendar, read_year, year_of_table
from office.services.numbers import next_number

EXTENDED = "office.extend_notice"  # the event of a period that became longer


def publish(
    *,
    title: str,
    text: str,
    division: Division,
    workdays: int,
    contact: str,
    by: User,
    papers: Iterable[Attachment] = (),
) -> Notice:
    """Publish a notice from today for ``workdays`` working days, the start day not counted (clarification 17).

    ``papers`` are bound to it with their digests and shown as they are now. Called inside a verb of the app whose case it is;
    the next step of that case waits for ``Notice.is_over`` and then calls ``settle``.
    """
    today, days = clock.today(), notice_calendar()
    ends_on = days.add_workdays(today, workdays)
    number = next_number(f"GS-{division.adm6}-{today.year}")
    notice = Notice.objects.create(
        number=f"{division.adm6}-GS-{today:%Y}-{number:04d}",
        title=title,
        text=text,
        digest=sm3(text.encode()),
        division=division,
        workdays=workdays,
        starts_on=today,
        ends_on=ends_on,
        provisional=days.provisional(ends_on),
        contact=contact,
        published_by=by,
    )
    NoticePaper.objects.bulk_create(
        NoticePaper(notice=notice, attachment=file, name=file.name, size=file.size, sha256=file.sha256, sm3=file.sm3)
        for file in papers
    )
    return notice


def settle(notice: Notice) -> None:
    """Say that the step a notice was for has been taken; from now on its period stays. Inside the verb of that step."""
    notice.settled = True
    notice.save(update_fields=["settled"])


@verb("office.record_outage")
def record_outage(*, started_at: datetime, ended_at: datetime, evidence: str, by: User, reason: str = "") -> Outage:
    """Write down hours in which the site could not be read; every notice they hit gets the working days back.

    Raises RuleViolation ``outage_span`` when it ends before it starts, ``outage_ahead`` when it has not ended yet,
    ``no_evidence``.
    """
    require(started_at < ended_at, "outage_span", _("恢复时间要晚于停运时间"))
    require(ended_at <= clock.now(), "outage_ahead", _("停运还没有结束，恢复后再录入"))
    require(bool(evidence.strip()), "no_evidence", _("请写明依据，例如监控记录编号"))
    outage = Outage.objects.create(started_at=started_at, ended_at=ended_at, evidence=evidence, entered_by=by)
    record("office.record_outage", outage, by=by, reason=reason)
    recount(by=by, reason=str(outage))
    return outage


@verb("office.import_calendar")
def import_calendar(*, year: int, lines: str, source: str, by: User, reason: str = "") -> list[Notice]:
    """Take in the State Council's arrangement of a year, replacing what was there, and count every open notice again.

    ``lines`` are those of ``read_year``. Returns the notices whose last day or 暂定 changed. Raises RuleViolation ``bad_rows``,
    ``no_source``.
    """
    return _take_in(year, list(read_year(year, lines)), source=source, by=by, reason=reason)


@verb("office.import_calendar_table")
def import_calendar_table(table: TableIn, *, year: int, source: str, by: User, reason: str = "") -> list[Notice]:
    """Take in a year's arrangement from a table that was kept, once; otherwise as ``import_calendar``.

    Raises RuleViolation ``table_applied``, ``wrong_table``, ``bad_file``, ``bad_rows`` or ``no_source``.
    """
    table = apply_once(table, "office.import_calendar_table")
    days = year_of_table(year, opened(table, COLUMNS, most_rows=MOST_ROWS).rows)
    return _take_in(year, days, source=source, by=by, reason=reason or table.sha256)


def _take_in(year: int, days: list[CalendarDay], *, source: str, by: User, reason: str) -> list[Notice]:
    require(bool(source.strip()), "no_source", _("请写明依据，例如国办发明电的文号或网址"))
    for day in days:
        day.source = source
    CalendarDay.objects.filter(announced_year=year).delete()
    fresh = {day.date for day in days}
    CalendarDay.objects.filter(date__in=fresh).delete()  # a day that another year's arrangement had named
    CalendarDay.objects.bulk_create(days)
    record(
        "office.import_calendar", None, by=by, reason=reason, data={"year": year, "days": len(days), "source": source}
    )
    return recount(by=by, reason=source)


@verb("office.recount_notices")
def recount_notices(*, by: User, reason: str = "") -> list[Notice]:
    """Count every open notice again after the calendar changed. A period only becomes longer; 暂定 comes and goes."""
    return recount(by=by, reason=reason)


def recount(*, by: User, reason: str) -> list[Notice]:
    """Count the periods of all notices that are not settled on the calendar as it is now; return those that changed.

    An outage of the last day is often entered the morning after, so a period that is just over may run on.
    """
    days, changed = notice_calendar(), []
    for pk in Notice.objects.filter(settled=False).order_by("pk").values_list("pk", flat=True):
        notice = lock(Notice(pk=pk))
        was = (notice.ends_on, notice.provisional)
        if notice.settled:
            continue
        notice.ends_on = max(notice.ends_on, days.add_workdays(notice.starts_on, notice.workdays))
        notice.provisional = days.provisional(notice.ends_on)
        if (notice.ends_on, notice.provisional) != was:
            notice.save(update_fields=["ends_on", "provisional"])
            changed.append(notice)
        if notice.ends_on != was[0]:
            record(EXTENDED, notice, by=by, reason=reason, data={"ends_on": [str(was[0]), str(notice.ends_on)]})
    return changed


def days_not_counted(notice: Notice) -> list[date]:
    """Return the working days inside a notice's period that did not count because the site was down."""
    return sorted(day for day in lost_days() if notice.starts_on < day <= notice.ends_on)
