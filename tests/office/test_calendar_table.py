"""A year's arrangement as a table: previewed, then taken in by the one verb, once."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import TableIn
from carbon_portal.story import World
from office.models import CalendarDay
from tests.worlds import last_event

PAGE = "/manage/office/calendarday/import/table/"
LINES = "日期,名称,休班\n2027-01-01,元旦,休\n2027-01-02,元旦,休\n2027-01-03,元旦,班\n"


def sent(client: Client, text: str) -> Any:
    """Send a year to the page."""
    file = SimpleUploadedFile("2027.csv", text.encode("gb18030"))
    return client.post(PAGE, {"year": "2027", "source": "国办发明电〔2026〕9号", "file": file})


def test_a_year_is_previewed_and_taken_in_from_a_table(world: World) -> None:
    client = Client()
    client.force_login(world.people["admin"])
    answer = sent(client, LINES)
    assert [value for _name, value in answer.context["facts"][2:]] == [3, 2, 1, 0]
    assert not CalendarDay.objects.filter(announced_year=2027).exists()
    hidden = {name: str(value) for name, value in answer.context["hidden"]}
    assert client.post(PAGE, hidden).status_code == 302
    assert set(CalendarDay.objects.filter(announced_year=2027).values_list("is_off", "source")) == {
        (True, "国办发明电〔2026〕9号"),
        (False, "国办发明电〔2026〕9号"),
    }
    assert last_event(verb="office.import_calendar").reason == TableIn.objects.get().sha256
    assert client.post(PAGE, hidden).status_code == 409, "once"


def test_wrong_days_are_named_and_the_calendar_stays(world: World) -> None:
    client = Client()
    client.force_login(world.people["admin"])
    before = list(CalendarDay.objects.values_list("pk", flat=True))
    answer = sent(client, LINES + "2026-12-31,元旦,休\n2027-01-01,元旦,休\n元旦,元旦,休\n2027-01-04,元旦,也许\n")
    assert answer.status_code == 409
    assert [error[:9] for error in answer.context["errors"]] == [f"第 {at} 行，日期：" for at in (5, 6, 7, 8)]
    errors = client.get(f"{PAGE}{answer.context['errors_url']}").content.decode("utf-8-sig")
    assert len(errors.splitlines()) == 5
    assert list(CalendarDay.objects.values_list("pk", flat=True)) == before
    client.force_login(world.people["officer"])
    assert client.get(PAGE).status_code == 403
