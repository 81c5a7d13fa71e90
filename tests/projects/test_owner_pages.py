"""Owners and verifiers at their pages: one verb a button, refusals in words, nothing changed by a refused one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from accounts.models import Attachment, Division, User
from carbon_portal.story import World
from methodologies.models import Method
from office.models import Profile
from projects.models import MonitoringPeriod, Project
from projects.services import periods
from tests.worlds import last_event


def signed_in(user: User) -> Client:
    """Return a client signed in as a person."""
    client = Client()
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def maker(world: World) -> Client:
    """The owner's maker."""
    return signed_in(world.people["owner-maker"])


@pytest.fixture
def checker(world: World) -> Client:
    """The owner's checker."""
    return signed_in(world.people["owner-checker"])


@pytest.fixture
def verifier(world: World) -> Client:
    """The verifier."""
    return signed_in(world.people["verifier"])


@pytest.fixture
def period(world: World) -> MonitoringPeriod:
    """A new period of the larger project, still without data."""
    return periods.open_period(
        world.projects["yearly"],
        starts_on=date(2024, 1, 1),
        ends_on=date(2024, 3, 31),
        by=world.people["owner-maker"],
    )


def application(**changed: Any) -> dict[str, Any]:
    """Return a filled form."""
    filled = {
        "uscc": " 91990100ma5c00015u ",
        "name": "东港物流园屋顶光伏项目",
        "profile": Profile.objects.get(code="DEMO").pk,
        "method": Method.objects.get(code="GD-2022-002").pk,
        "division": Division.objects.get(code="9901").pk,
        "location": "青岚市东港区物流园 3 号",
        "description": "在屋面安装组件。",
        "capacity_kw": "5980",
        "meter_no": "9901-PV-005980",
        "unique_elsewhere": "on",
        "truth_promised": "on",
    }
    for name, day in (("commissioned_on", "2024-5-1"), ("crediting_from", "2024-5-1"), ("crediting_to", "2034-4-30")):
        year, month, of_month = day.split("-")
        filled |= {f"{name}_year": year, f"{name}_month": month, f"{name}_day": of_month}
    return filled | changed


def test_an_application_goes_from_the_form_to_the_office_through_two_people(maker: Client, checker: Client) -> None:
    saved = maker.post("/owner/projects/new/", application())
    project = Project.objects.get(name="东港物流园屋顶光伏项目")
    assert saved["Location"] == f"/owner/projects/{project.pk}/"
    assert project.commissioned_on == date(2024, 5, 1)
    page = f"/owner/projects/{project.pk}/"
    assert "提交，请确认代表确认" in maker.get(page).content.decode()
    maker.post(f"{page}submit/")
    assert "确认提交" in checker.get(page).content.decode()
    assert "确认提交" not in maker.get(page).content.decode()
    checker.post(f"{page}confirm/")
    project.refresh_from_db()
    assert project.state == "SUBMITTED"
    text = maker.get(page).content.decode()
    assert "主管部门 受理" in text
    assert "接下来" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"uscc": "91990100MA5C00015X"}, "第 18 位校验位不对"),
        ({"uscc": "91990100MA5C00023N"}, "与 青岚屋顶能源有限公司 登记的信用代码不一致"),
        ({"commissioned_on_month": "13"}, "没有这一天"),
        ({"capacity_kw": "五千"}, "请只填数字"),
    ],
)
def test_a_mistake_in_the_form_is_said_at_its_field_and_nothing_is_lost(
    maker: Client, changed: dict[str, str], said: str
) -> None:
    before = Project.objects.count()
    answer = maker.post("/owner/projects/new/", application(**changed))
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "有 1 处需要修改" in text
    assert text.count(said) == 2
    assert all(escape(value) in text for value in changed.values())
    assert 'value="9901-PV-005980"' in text
    assert Project.objects.count() == before


def test_a_meter_used_twice_is_refused_by_the_verb_with_an_event(maker: Client) -> None:
    answer = maker.post("/owner/projects/new/", application(meter_no="9901-PV-001000"))
    assert answer.status_code == 409
    assert "同一度电不能申报两次" in answer.content.decode()
    assert last_event(verb="projects.draft", outcome="REFUSED").code == "meter_taken"


def test_one_person_cannot_press_the_other_ones_button(maker: Client, checker: Client) -> None:
    maker.post("/owner/projects/new/", application())
    project = Project.objects.get(name="东港物流园屋顶光伏项目")
    assert checker.post(f"/owner/projects/{project.pk}/submit/").status_code == 403
    maker.post(f"/owner/projects/{project.pk}/submit/")
    assert maker.post(f"/owner/projects/{project.pk}/confirm/").status_code == 403
    assert last_event(verb="projects.confirm", outcome="REFUSED").code == "forbidden"
    project.refresh_from_db()
    assert project.state == "CONFIRMING"


def test_submitting_twice_is_refused_in_words(maker: Client) -> None:
    maker.post("/owner/projects/new/", application())
    project = Project.objects.get(name="东港物流园屋顶光伏项目")
    maker.post(f"/owner/projects/{project.pk}/submit/")
    answer = maker.post(f"/owner/projects/{project.pk}/submit/")
    assert answer.status_code == 409
    assert "待确认代表确认" in answer.content.decode()


def test_withdrawing_asks_for_a_reason_first(maker: Client) -> None:
    maker.post("/owner/projects/new/", application())
    project = Project.objects.get(name="东港物流园屋顶光伏项目")
    page = f"/owner/projects/{project.pk}/withdraw/"
    assert "不能恢复" in maker.get(page).content.decode()
    assert maker.post(page, {"reason": ""}).status_code == 400
    maker.post(page, {"reason": "改由物业申请"})
    project.refresh_from_db()
    assert project.state == "WITHDRAWN"
    assert "改由物业申请" in maker.get(f"/owner/projects/{project.pk}/").content.decode()


def test_what_others_own_is_not_shown_and_not_touched(world: World) -> None:
    stranger = signed_in(world.people["buyer-maker"])
    project = world.projects["yearly"]
    assert stranger.get(f"/owner/projects/{project.pk}/").status_code == 404
    assert stranger.get(f"/owner/periods/{world.periods['yearly'].pk}/").status_code == 404
    assert stranger.post(f"/owner/projects/{project.pk}/submit/").status_code == 403
    assert last_event(verb="projects.submit", outcome="REFUSED").actor == world.people["buyer-maker"]
    assert stranger.post(f"/owner/projects/{project.pk}/edit/", {}).status_code == 404
    assert stranger.get(f"/files/{world.periods['meter'].series.token}/").status_code == 404


def test_pages_of_owners_ask_a_visitor_to_sign_in(client: Client, world: World) -> None:
    for path in ("/owner/", "/owner/projects/new/", "/owner/projects/1/", "/owner/periods/1/", "/verifier/"):
        assert client.get(path)["Location"].startswith("/login/?next=")


def test_the_meters_page_tells_the_figures_to_the_last_digit(maker: Client, world: World) -> None:
    text = maker.get(f"/owner/periods/{world.periods['meter'].pk}/").content.decode()
    for figure in ("4,767", "858.8969446275", "349.597817125", "1.931435853", "931,435.853", "w_om * om + w_bm * bm"):
        assert figure in text, figure
    assert "数据不完整" in text
    assert text.count("<svg") > 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 字节"),
        (b"<!doctype html><html>", "其实是网页"),
        (b"measured_on,watt\n2024-01-01 00:00:00+08:00,1\n", "没有功率列"),
        (b"measured_on,ac_power\n2024-01-01 00:00:00+08:00,abc\n", "“abc”不是数"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_the_period_stays_empty(
    maker: Client, period: MonitoringPeriod, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile("power.csv", content)
    answer = maker.post(f"/owner/periods/{period.pk}/upload/", {"file": file, "unit": "W"})
    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert "什么都没有改动" in answer.content.decode()
    period.refresh_from_db()
    assert (period.claimed_mg, period.months.count()) == (None, 0)


def test_a_file_above_the_limit_is_refused_in_words(maker: Client, period: MonitoringPeriod) -> None:
    file = SimpleUploadedFile("power.csv", b"a" * (settings.MAX_UPLOAD_BYTES + 1))
    answer = maker.post(f"/owner/periods/{period.pk}/upload/", {"file": file, "unit": "W"})
    assert answer.status_code == 409
    assert "有 21 MB，最大 20 MB" in answer.content.decode()
    assert Attachment.objects.filter(size__gt=settings.MAX_UPLOAD_BYTES).count() == 0


def test_readings_above_capacity_are_refused_month_by_month_and_stay_in_their_boxes(
    maker: Client, period: MonitoringPeriod
) -> None:
    answer = maker.post(f"/owner/periods/{period.pk}/readings/", {"m1": "62", "m2": "99999", "m3": "-1"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "2024-02" in text
    assert 'value="99999"' in text
    assert period.months.count() == 0


def test_a_report_goes_from_readings_to_the_verifier_and_back_and_is_verified(
    maker: Client, checker: Client, verifier: Client, world: World, period: MonitoringPeriod
) -> None:
    page, desk = f"/owner/periods/{period.pk}/", f"/verifier/periods/{period.pk}/"
    maker.post(f"{page}readings/", {"m1": "62", "m2": "70", "m3": "88"})
    maker.post(f"{page}report/", {"verifier": world.organisations["verifier"].pk})
    assert "等您核证" in verifier.get("/verifier/").content.decode()
    assert verifier.post(f"{desk}rectify/", {"rectify-reason": ""}).status_code == 400
    verifier.post(f"{desk}rectify/", {"rectify-reason": "请补二月结算单"})
    assert "请补二月结算单" in maker.get(page).content.decode()
    maker.post(f"{page}report/", {"verifier": world.organisations["verifier"].pk})
    above = verifier.post(f"{desk}verify/", {"verified_t": "9999", "reason": "x"})
    assert above.status_code == 409
    verifier.post(f"{desk}verify/", {"verified_t": "144.4", "reason": "核减线损"})
    period.refresh_from_db()
    assert (period.state, period.verified_mg) == ("VERIFIED", 144_400_000_000)
    maker.post(f"{page}apply/")
    checker.post(f"{page}confirm/")
    period.refresh_from_db()
    assert period.state == "APPLIED"


def test_the_verifier_reads_the_raw_file_and_the_owner_too(verifier: Client, maker: Client, world: World) -> None:
    token = world.periods["meter"].series.token
    for client in (verifier, maker):
        answer = client.get(f"/files/{token}/")
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path", ["/owner/", "/owner/projects/new/", "/owner/projects/1/", "/owner/periods/1/", "/verifier/"]
)
def test_pages_open_in_english_too(maker: Client, verifier: Client, path: str) -> None:
    client = verifier if path.startswith("/verifier") else maker
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.get(path)
    assert answer.status_code == 200
    assert '<html lang="en"' in answer.content.decode()
