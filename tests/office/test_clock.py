"""The business clock, the notices and the numbers of the office."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from accounts.models import Division
from carbon_portal.story import World
from kernel import clock
from office.models import BusinessClock, DocumentSeries, JobRun
from office.services.calendar import calendar
from office.services.clock import move_clock, refuse_moved_clock, stored_offset
from office.services.jobs import job_run
from office.services.notices import publish
from office.services.numbers import next_number
from tests.refusals import forbidden, refused
from tests.worlds import last_event


def test_the_clock_moves_forward_for_everybody_and_leaves_both_times(world: World) -> None:
    before = clock.now()

    move_clock(forward=timedelta(days=9), by=world.people["admin"], reason="走完公示期")

    assert clock.now() - before == pytest.approx(timedelta(days=9), abs=timedelta(seconds=5))
    event = last_event(verb="office.move_clock")
    assert (event.reason, event.data) == ("走完公示期", {"forward_s": 9 * 86_400})
    assert event.business_at - event.real_at > timedelta(days=9)


@pytest.mark.parametrize("forward", [timedelta(0), timedelta(seconds=-1), timedelta(days=-3)])
def test_the_clock_never_goes_back(world: World, forward: timedelta) -> None:
    refused(move_clock, forward=forward, by=world.people["admin"], reason="往回拨", code="clock_backwards")


def test_the_clock_of_a_real_office_cannot_be_moved(world: World, settings: Any) -> None:
    settings.DEMO = settings.TESTING = False

    refused(move_clock, forward=timedelta(days=1), by=world.people["admin"], reason="试", code="clock_fixed")
    assert stored_offset() == timedelta(0)


def test_a_real_office_does_not_start_on_a_database_whose_clock_was_moved(world: World, settings: Any) -> None:
    refuse_moved_clock()
    settings.DEMO = settings.TESTING = False

    with pytest.raises(ImproperlyConfigured, match="业务时钟"):
        refuse_moved_clock()


@pytest.mark.parametrize("who", ["officer", "registrar", "owner-maker", "verifier"])
def test_only_the_administrator_moves_the_clock(world: World, who: str) -> None:
    forbidden(move_clock, forward=timedelta(days=1), by=world.people[who], reason="试")


def test_there_is_one_clock(world: World) -> None:
    move_clock(forward=timedelta(days=1), by=world.system, reason="一")
    move_clock(forward=timedelta(days=1), by=world.system, reason="二")

    assert BusinessClock.objects.count() == 1


def test_numbers_have_no_gaps_even_when_an_act_is_taken_back(db: None) -> None:
    assert next_number("SL-test") == 1
    with transaction.atomic():
        assert next_number("SL-test") == 2
        transaction.set_rollback(True)
    assert [next_number("SL-test") for _ in range(3)] == [2, 3, 4]
    assert next_number("SL-other") == 1
    assert DocumentSeries.objects.get(name="SL-test").last == 4


def test_a_notice_counts_working_days_after_its_first_day(world: World) -> None:
    notice = publish(
        title="公示",
        text="正文",
        division=Division.objects.get(code="9901"),
        workdays=7,
        contact="0990-1234-5678",
        by=world.people["reviewer"],
    )

    assert notice.starts_on == clock.today()
    assert calendar().workdays_between(notice.starts_on, notice.ends_on) == 7
    assert not notice.is_over
    days = (notice.ends_on - clock.today()).days
    move_clock(forward=timedelta(days=days), by=world.system, reason="最后一天")
    assert not notice.is_over
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")
    assert notice.is_over


def test_two_notices_of_a_year_have_two_numbers_in_order(world: World) -> None:
    numbers = []
    for text in ("一", "二"):
        notice = publish(
            title=text, text=text, division=Division.objects.get(code="9902"), workdays=1, contact="", by=world.system
        )
        numbers.append(notice.number)

    year = clock.today().year
    assert numbers == [f"990200-GS-{year}-0001", f"990200-GS-{year}-0002"]


def test_a_run_that_did_something_or_failed_leaves_a_row(db: None) -> None:
    with job_run("quiet"):
        pass
    with job_run("busy") as run:
        run.done += 2
    with pytest.raises(ZeroDivisionError), job_run("broken"):
        raise ZeroDivisionError("by zero")

    assert not JobRun.objects.filter(name="quiet").exists()
    assert JobRun.objects.get(name="busy").done == 2
    assert JobRun.objects.get(name="broken").error == "ZeroDivisionError: by zero"
