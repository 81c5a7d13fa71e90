"""Notices as objects: the papers shown with them, days that do not count, a new calendar, the public page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Attachment, Division
from carbon_portal.story import World
from kernel import clock
from kernel.digest import sm3
from office.models import CalendarDay, Notice, Outage
from office.services.calendar import calendar
from office.services.clock import move_clock
from office.services.notices import import_calendar, publish, record_outage, recount_notices
from projects.models import Project
from projects.services import reviews
from projects.services.published import follow_notices
from projects.views.progress import limit
from tests.refusals import forbidden, refused
from tests.stages import project_in
from tests.worlds import last_event


def on_notice(world: World, **about: Any) -> tuple[Project, Notice]:
    """Return a project on notice with its notice."""
    project = project_in(world, "PUBLIC_NOTICE", **about)
    assert project.notice is not None
    return project, project.notice


def workdays_of(notice: Notice) -> list[date]:
    """Return the working days of a notice's period, in order."""
    days = [notice.starts_on + timedelta(days=n) for n in range(1, (notice.ends_on - notice.starts_on).days + 1)]
    return [day for day in days if calendar().is_workday(day)]


def down(world: World, day: date, hours: int = 4, **about: Any) -> Outage:
    """Enter an outage of so many hours from nine in the morning of a day, once the day is over."""
    start = datetime(day.year, day.month, day.day, 9, tzinfo=clock.SHANGHAI)
    ended = start + timedelta(hours=hours)
    if clock.now() < ended:
        move_clock(forward=ended - clock.now(), by=world.system, reason="停运之后")
    return record_outage(
        started_at=start, ended_at=ended, evidence="监控记录 J-20261125", by=world.people["officer"], **about
    )


def test_the_application_is_shown_with_its_notice_as_it_was_on_that_day(world: World) -> None:
    project, notice = on_notice(world)
    paper = notice.papers.get()
    with paper.attachment.file.open("rb") as file:
        content = file.read()

    assert (paper.sm3, paper.size) == (sm3(content), len(content))
    text = content.decode("utf-8-sig")
    assert project.name in text
    assert f"发电计量表号：{project.meter_no}" in text
    answer = Client().get(reverse("notice-paper", args=[notice.pk, paper.pk]))
    assert b"".join(answer.streaming_content) == content
    page = Client().get(reverse("notice", args=[notice.pk])).content.decode()
    assert paper.name in page
    assert paper.sm3 in page


def test_a_notice_is_in_the_language_of_the_law_whoever_publishes_it(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    with translation.override("en"):
        notice = reviews.approve(project, by=world.people["reviewer"]).notice
    assert notice is not None
    assert notice.title == f"关于“{project.name}”拟予登记的公示"


def test_a_paper_is_reached_through_its_own_notice_only(world: World) -> None:
    _project, notice = on_notice(world)
    other = Notice.objects.exclude(pk=notice.pk).earliest("pk")
    paper = notice.papers.get()

    assert Client().get(reverse("notice-paper", args=[other.pk, paper.pk])).status_code == 404
    assert Client().get(reverse("file", args=[paper.attachment.token])).status_code == 302


def test_a_paper_of_the_office_is_no_organisations(world: World) -> None:
    file = on_notice(world)[1].papers.get().attachment
    for who in ("owner-maker", "officer"):
        assert not Attachment.objects.visible_to(world.people[who]).filter(pk=file.pk).exists()


def test_a_working_day_without_the_site_does_not_count(world: World) -> None:
    project, notice = on_notice(world)
    before, days = notice.ends_on, workdays_of(notice)

    down(world, days[2])

    notice.refresh_from_db()
    assert notice.ends_on == calendar().add_workdays(before, 1)
    event = last_event(verb="office.extend_notice", object_id=notice.pk)
    assert event.data == {"ends_on": [before.isoformat(), notice.ends_on.isoformat()]}
    page = Client().get(reverse("notice", args=[notice.pk])).content.decode()
    assert "网站停运满 4 小时" in page
    running = limit(Project.objects.get(pk=project.pk))
    assert running is not None
    assert running.total == 7
    follow_notices()
    assert Project.objects.get(pk=project.pk).due_on == notice.ends_on


@pytest.mark.parametrize("hours", [3, 4])
def test_a_day_is_lost_after_four_hours(world: World, hours: int) -> None:
    _project, notice = on_notice(world)
    before = notice.ends_on
    down(world, workdays_of(notice)[0], hours)
    notice.refresh_from_db()
    assert (notice.ends_on > before) == (hours == 4)


def test_a_weekend_without_the_site_changes_nothing(world: World) -> None:
    _project, notice = on_notice(world)
    before = notice.ends_on
    idle = next(
        day for day in (notice.starts_on + timedelta(days=n) for n in range(1, 10)) if not calendar().is_workday(day)
    )
    down(world, idle)
    notice.refresh_from_db()
    assert notice.ends_on == before


def test_an_outage_of_the_last_day_entered_the_morning_after_opens_the_period_again(world: World) -> None:
    project, notice = on_notice(world)
    last = notice.ends_on
    move_clock(forward=timedelta(days=(last - clock.today()).days + 1), by=world.system, reason="公示结束次日")
    down(world, last)
    refused(reviews.register, project, by=world.people["registrar"], code="notice_running")


def test_a_settled_notice_is_history(world: World) -> None:
    notice = Notice.objects.filter(settled=True).latest("pk")
    before = notice.ends_on
    down(world, workdays_of(notice)[-1])
    notice.refresh_from_db()
    assert notice.ends_on == before


def test_registering_settles_the_notice(world: World) -> None:
    project, notice = on_notice(world)
    move_clock(
        forward=timedelta(days=(notice.ends_on - clock.today()).days + 1), by=world.system, reason="公示结束次日"
    )
    reviews.register(project, by=world.people["registrar"])
    notice.refresh_from_db()
    assert notice.settled


@pytest.mark.parametrize(
    ("since", "until", "evidence", "code"),
    [
        (5, 5, "记录", "outage_span"),
        (5, 6, "记录", "outage_span"),
        (5, -1, "记录", "outage_ahead"),
        (5, 1, " ", "no_evidence"),
    ],
)
def test_an_outage_is_over_and_has_evidence(world: World, since: int, until: int, evidence: str, code: str) -> None:
    now = clock.now()
    refused(
        record_outage,
        started_at=now - timedelta(hours=since),
        ended_at=now - timedelta(hours=until),
        evidence=evidence,
        by=world.people["officer"],
        code=code,
    )


def test_an_outage_is_entered_by_an_officer(world: World) -> None:
    hour = timedelta(hours=1)
    about = {"started_at": clock.now() - 6 * hour, "ended_at": clock.now() - hour, "evidence": "记录"}
    for who in ("owner-maker", "registrar", "verifier"):
        forbidden(record_outage, by=world.people[who], **about)


def provisional_notice(world: World) -> Notice:
    """Publish a notice whose period reaches into a year that is not announced."""
    last = date(max(CalendarDay.objects.values_list("announced_year", flat=True)), 12, 29)
    move_clock(forward=timedelta(days=(last - clock.today()).days), by=world.system, reason="年末")
    return publish(
        title="年末公示", text="试", division=Division.objects.get(code="9901"), workdays=7, contact="x",
        by=world.people["reviewer"],
    )  # fmt: skip


def test_a_notice_beyond_the_announced_year_is_provisional_until_the_year_is_taken_in(world: World) -> None:
    notice = provisional_notice(world)
    year, before = notice.ends_on.year, notice.ends_on
    assert notice.provisional
    assert "暂定" in Client().get(reverse("notice", args=[notice.pk])).content.decode()

    lines = "".join(f"{year}-01-0{n},元旦,休\n" for n in (1, 2, 3, 4, 5))
    changed = import_calendar(year=year, lines=lines, source="国办发明电〔2026〕9号", by=world.people["admin"])

    notice.refresh_from_db()
    assert notice in changed
    assert not notice.provisional
    assert notice.ends_on > before
    assert len(workdays_of(notice)) == 7


def test_a_calendar_that_would_shorten_a_notice_does_not(world: World) -> None:
    notice = provisional_notice(world)
    day = next(d for d in (notice.starts_on + timedelta(days=n) for n in range(4, 30)) if d.weekday() == 5)
    import_calendar(year=day.year, lines=f"{day},调休,班", source="通知", by=world.people["admin"])
    before = notice.ends_on
    notice.refresh_from_db()
    assert notice.ends_on == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [("", "0 行"), ("2027-13-01,元旦,休", "1 行"), ("2027-01-01,元旦", "1 行"), ("2026-01-01,元旦,休", "1 行"),
     ("2027-01-01,元旦,休\n2027-01-01,元旦,休", "1 行"), ("2027-01-01,元旦,也许", "1 行")],
)  # fmt: skip
def test_a_bad_arrangement_is_refused_whole(world: World, lines: str, said: str) -> None:
    refusal = refused(import_calendar, year=2027, lines=lines, source="通知", by=world.people["admin"], code="bad_rows")
    assert said in str(refusal.message)


def test_only_the_administrator_takes_in_a_year_and_names_the_source(world: World) -> None:
    refused(
        import_calendar, year=2027, lines="2027-01-01,元旦,休", source=" ", by=world.people["admin"], code="no_source"
    )
    forbidden(import_calendar, year=2027, lines="2027-01-01,元旦,休", source="通知", by=world.people["officer"])
    forbidden(recount_notices, by=world.people["officer"])


def test_the_list_is_searched_by_number_title_words_and_owner(world: World) -> None:
    _project, notice = on_notice(world, name="云台山光伏项目")
    for words in ("云台山", notice.number, "仓前路", "青岚屋顶能源"):
        page = Client().get(reverse("notices"), {"q": words}).content.decode()
        assert notice.title in page, words
    page = Client().get(reverse("notices"), {"q": "没有这个词"}).content.decode()
    assert notice.title not in page
    assert "没有符合的公示" in page


def at(world: World, who: str) -> Client:
    """Return the client of a person."""
    client = Client()
    client.force_login(world.people[who])
    return client


def test_the_desks_ask_for_what_the_verbs_need(world: World) -> None:
    _project, notice = on_notice(world)
    day = workdays_of(notice)[0]
    move_clock(forward=timedelta(days=(day - clock.today()).days + 1), by=world.system, reason="次日")
    form = {"started_at": f"{day}T09:00", "ended_at": f"{day}T15:30", "evidence": "监控记录"}
    officer, admin = at(world, "officer"), at(world, "admin")
    address = reverse("admin:office_outage_add")
    assert officer.get(address).status_code == 200
    assert officer.post(address, {**form, "ended_at": f"{day}T08:00"}).status_code == 409
    assert officer.post(address, {**form, "evidence": ""}).status_code == 400
    assert admin.post(address, form).status_code == 403
    assert officer.post(address, form).status_code == 302
    before = notice.ends_on
    notice.refresh_from_db()
    assert notice.ends_on > before
    address = reverse("admin:office_calendarday_import")
    assert admin.get(address).status_code == 200
    bad = admin.post(address, {"year": 2027, "source": "通知", "lines": "2027-02-30,春节,休"})
    assert bad.status_code == 409
    assert "请写成" in bad.content.decode()
    assert admin.post(address, {"year": 2027, "source": "通知", "lines": "2027-01-01,元旦,休"}).status_code == 302
    assert officer.get(address).status_code == 403
