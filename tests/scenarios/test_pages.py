"""The citizen's pages over HTTP: the way in, what is shown, what is never shown, and how little it asks of the database."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Event, SmsCode
from carbon_portal.story import World
from certificates.services.certificates import render_waiting
from kernel import clock
from scenarios.models import Act, Citizen, Consent, PersonalStatement, Scene
from scenarios.services import consents, people
from scenarios.services.claims import close_claim
from tests.citizens import (
    IDENTITY_NO,
    NAME,
    OTHER,
    PHONE,
    interface,
    operator,
    partner_of,
    registered,
    rider,
    rides,
    verified,
)

NEW_YORK = ZoneInfo("America/New_York")
MOST_QUESTIONS = 12
PAGES = (
    "/me/", "/me/acts/", "/me/refusals/", "/me/consents/", "/me/consents/new/", "/me/mine/", "/me/certificates/", "/me/data/",
    "/me/close/", "/scenes/ebike/text/",
)  # fmt: skip


def signed_in(citizen: Citizen) -> Client:
    client = Client()
    client.force_login(citizen.user)
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def enter(client: Client, phone: str) -> str:
    """Type the phone and read the code off the demo's page."""
    SmsCode.objects.update(sent_at=clock.real_now() - timedelta(minutes=3))
    page = client.post("/me/enter/", {"phone": phone}).content.decode()
    found = re.search(r'id="shown-code">(\d{6})<', page)
    assert found is not None, page
    return found[1]


@pytest.mark.usefixtures("world")
def test_four_steps_lead_to_an_account_that_counts(world: World) -> None:
    partner, client = partner_of(world), Client()
    code = enter(client, PHONE)
    named = client.post("/me/enter/code/", {"phone": PHONE, "code": code})
    assert named["Location"] == "/me/name/"
    assert "第 3 步" in text(client, "/me/name/")
    assert client.get("/me/")["Location"] == "/me/name/"
    consent = client.post("/me/name/", {"name": NAME, "identity_no": IDENTITY_NO})
    assert consent["Location"] == "/me/consents/new/"
    offers = text(client, "/me/consents/new/")
    assert "第 4 步" in offers
    path = f"/me/consents/new/?scene=ebike&partner={partner.pk}"
    assert "减排量归您所有" in text(client, path)
    assert client.post(path, {}).status_code == 400
    assert client.post(path, {"agree": "on"})["Location"] == "/me/consents/"
    bound = client.post(f"/me/partners/{partner.pk}/code/").content.decode()
    assert re.search(r'id="binding-code">[2-9A-Z]{4} [2-9A-Z]{4}<', bound)
    assert Consent.objects.get().scene.code == "ebike"


@pytest.mark.usefixtures("world")
def test_the_page_says_the_same_whether_a_phone_is_known_or_not(client: Client) -> None:
    registered()
    pages = []
    for phone in (PHONE, OTHER[0]):
        SmsCode.objects.update(sent_at=clock.real_now() - timedelta(minutes=3))
        page = client.post("/me/enter/", {"phone": phone}).content.decode().replace(phone, "PHONE")
        pages.append(re.sub(r'\d{6}<|name="csrfmiddlewaretoken" value="\w+"', "", page))
        wrong = (
            client.post("/me/enter/code/", {"phone": phone, "code": "000000x"}).content.decode().replace(phone, "PHONE")
        )
        pages[-1] += re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", wrong)
    assert pages[0] == pages[1]
    assert "验证码不对" in pages[0]


@pytest.mark.usefixtures("world")
def test_a_wrong_code_lets_nobody_in_and_says_so(client: Client) -> None:
    code = enter(client, PHONE)
    wrong = client.post("/me/enter/code/", {"phone": PHONE, "code": f"{(int(code) + 1) % 10**6:06d}"})
    assert wrong.status_code == 409
    assert "验证码不对" in wrong.content.decode()
    assert client.get("/me/").status_code == 302
    assert not Citizen.objects.exists()


@pytest.mark.usefixtures("world")
def test_coming_back_leads_to_where_one_wanted_to_go(client: Client) -> None:
    verified()
    assert client.get("/me/acts/")["Location"] == "/me/enter/?next=%2Fme%2Facts%2F"
    code = enter(client, PHONE)
    assert (
        client.post("/me/enter/code/", {"phone": PHONE, "code": code, "next": "/me/acts/"})["Location"] == "/me/acts/"
    )
    again = Client()
    code = enter(again, PHONE)
    away = again.post("/me/enter/code/", {"phone": PHONE, "code": code, "next": "https://example.org/"})
    assert away["Location"] == "/me/"


def test_who_is_no_citizen_is_told_so(world: World) -> None:
    client = Client()
    client.force_login(world.people["owner-maker"])
    assert "公众用户" in text(client, "/me/", 403)


@pytest.mark.parametrize(("language", "lang"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_every_page_opens_in_both_languages_under_the_strict_policy(world: World, language: str, lang: str) -> None:
    citizen, partner = rider(world)
    client = signed_in(citizen)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    act = Act.objects.get()
    for path in (*PAGES, f"/me/acts/{act.pk}/", f"/me/consents/new/?scene=ebike&partner={partner.pk}"):
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert f'<html lang="{lang}"' in page
        assert page.count("<h1") == 1
        assert " style=" not in page
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not [word for word in (NAME, IDENTITY_NO, PHONE) if word in page]


def test_an_act_shows_how_its_grams_came_about_and_who_reported_it(world: World) -> None:
    citizen, partner = rider(world)
    act = Act.objects.get()
    page = text(signed_in(citizen), f"/me/acts/{act.pk}/")
    for said in (
        "5.2 km × 0.193 kg/km = 1.0036 kg",
        "方法学 QD-2021-004-V01",
        "/methods/QD-2021-004-V01/",
        "白皮书表 3",
        f"{partner.name} 上报，文件 {act.upload.number} 第 1 行",
        "结果一致",
        "还没有；汇入后在这里写明批次",
        "演示场景",
        "ValleyBike",
    ):
        assert said in page, said


def test_an_act_says_which_claim_it_was_taken_into(world: World) -> None:
    month = (clock.local(clock.now()).replace(day=1, hour=9) - timedelta(days=3)).replace(minute=0, second=0)
    citizen, partner = rider(world, [(month, 20, 5_200)])
    claim = close_claim(Scene.objects.get(code="ebike-demo"), partner, month.date(), by=operator(world))
    page = text(signed_in(citizen), f"/me/acts/{Act.objects.get().pk}/")
    assert claim.number in page
    assert "已汇入申报批次" in page


def test_nobody_opens_somebody_elses_act(world: World) -> None:
    rider(world)
    other = verified(*OTHER)
    text(signed_in(other), f"/me/acts/{Act.objects.get().pk}/", 404)


def test_days_and_times_are_the_riders_own(world: World) -> None:
    citizen, partner = verified(), partner_of(world, zone="America/New_York")
    late = datetime(2026, 1, 31, 23, 30, tzinfo=NEW_YORK)
    consents.consent(
        citizen, Scene.objects.get(code="ebike-demo"), partner, covers_from=late - timedelta(days=1), by=citizen.user
    )
    code = consents.binding_code(citizen, partner, by=citizen.user)
    consents.link(partner, code=code, subject="u-1", by=interface(partner))
    rides(partner, [(late, 20, 2_000)])
    client = signed_in(citizen)
    assert "1月31日 23:30" in text(client, "/me/acts/?month=2026-01")
    assert 'value="2026-02"' not in text(client, "/me/acts/")
    home = text(client, "/me/")
    assert "2026年1月26日—2月1日" in home
    assert "最近一周有记录的" in home


def test_the_week_is_made_of_real_acts(world: World) -> None:
    monday = clock.today() - timedelta(days=clock.today().weekday())
    early = datetime(monday.year, monday.month, monday.day, 0, 5, tzinfo=clock.SHANGHAI)
    citizen, _partner = rider(world, [(early, 10, 2_000), (early - timedelta(days=7), 10, 1_000)])
    page = text(signed_in(citizen), "/me/")
    assert "本周 0.386" in page.replace("\u00a0", " ")
    assert "比上周多 0.193" in page.replace("\u00a0", " ")
    assert "0.579<small>kg" in page


def test_the_months_filter_the_list(world: World) -> None:
    now = clock.local(clock.now())
    citizen, _partner = rider(world, [(now - timedelta(days=70), 20, 3_000), (now - timedelta(days=1), 20, 2_000)])
    client = signed_in(citizen)
    both = text(client, "/me/acts/")
    assert both.count('class="cell"') == 2
    month = f"{now - timedelta(days=70):%Y-%m}"
    one = text(client, f"/me/acts/?month={month}")
    assert one.count('class="cell"') == 1
    assert "骑行 3 公里" in one
    assert text(client, "/me/acts/?month=2999-01") != ""


def test_a_refused_ride_says_why_and_what_can_be_done(world: World) -> None:
    now = clock.now()
    citizen, _partner = rider(world, [(now - timedelta(days=1), 20, 99), (now - timedelta(days=2), 0, 500)])
    page = text(signed_in(citizen), "/me/refusals/")
    for said in ("里程不足 100 米", "不足 100 米的不计", "用时为零", "申请复核", "10 个工作日"):
        assert said in page
    assert "未记入 2 次" in text(signed_in(citizen), "/me/")


def test_no_page_asks_more_however_many_acts_there_are(world: World) -> None:
    start = clock.now() - timedelta(days=200)
    told = [(start + timedelta(hours=4 * ride), 20, 2_000) for ride in range(400)]
    citizen, _partner = rider(world, told + [(start + timedelta(hours=4 * ride), 0, 5) for ride in range(60)])
    assert Act.objects.count() == 400
    client, act = signed_in(citizen), Act.objects.first()
    assert act is not None
    for path in (*PAGES, f"/me/acts/{act.pk}/", "/me/acts/?page=3"):
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(path)
        assert len(asked) <= MOST_QUESTIONS, (path, [query["sql"][:120] for query in asked.captured_queries])


def test_withdrawing_is_one_press(world: World) -> None:
    citizen, _partner = rider(world)
    client, given = signed_in(citizen), Consent.objects.get()
    assert f"/me/consents/{given.pk}/withdraw/" in text(client, "/me/consents/")
    client.post(f"/me/consents/{given.pk}/withdraw/")
    assert Consent.objects.get().withdrawn_at is not None
    assert "已撤回" in text(client, "/me/consents/")
    other = signed_in(verified(*OTHER))
    assert other.post(f"/me/consents/{given.pk}/withdraw/").status_code == 403


def test_my_data_hold_everything_and_leave_an_event(world: World) -> None:
    citizen, partner = rider(world, [(clock.now() - timedelta(days=1), 20, 5_200), (clock.now(), 0, 5)])
    answer = signed_in(citizen).post("/me/data/copy.zip")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = set(packed.namelist())
        profile = json.loads(packed.read("profile.json"))
        acts = list(csv.DictReader(io.StringIO(packed.read("acts.csv").decode("utf-8-sig"))))
        told = json.loads(packed.read("acts.json"))
        refused = json.loads(packed.read("refusals.json"))
        events = json.loads(packed.read("events.json"))
    assert {"说明.txt", "README.txt", "consents.csv", "links.csv", "certificates.json", "events.csv"} <= names
    assert (profile["name"], profile["phone"], profile["identity_no"]) == (NAME, PHONE, IDENTITY_NO)
    assert [(row["amount"], row["saved_mg"], row["reported_by"]) for row in acts] == [
        ("5.200000", "1003600", partner.name)
    ]
    assert told[0]["saved_mg"] == 1_003_600
    assert [row["reason"] for row in refused] == ["zero_duration"]
    assert {"scenarios.verify_identity", "scenarios.consent"} <= {row["what"] for row in events}
    assert Event.objects.filter(verb="scenarios.export_data", object_id=citizen.pk).count() == 1


def test_a_certificate_is_opened_and_downloaded(world: World) -> None:
    citizen, _partner = rider(world)
    client = signed_in(citizen)
    span = {"starts_on": f"{clock.today() - timedelta(days=9)}", "ends_on": f"{clock.today()}"}
    assert client.post("/me/certificates/", span).status_code == 302
    assert "文件正在生成" in text(client, "/me/certificates/")
    render_waiting()
    page = text(client, "/me/certificates/")
    link = re.search(r'href="(/certificates/\w+\.pdf)"', page)
    assert link is not None
    assert client.get(link[1])["Content-Type"] == "application/pdf"
    again = client.post("/me/certificates/", span)
    assert (again.status_code, PersonalStatement.objects.count()) == (409, 1)


def test_closing_wants_the_words_and_then_nothing_opens_any_more(world: World) -> None:
    citizen, _partner = rider(world)
    client = signed_in(citizen)
    warned = text(client, "/me/close/")
    assert "没有用完的碳积分作废" in warned
    assert client.post("/me/close/", {"words": "好的"}).status_code == 400
    closed = client.post("/me/close/", {"words": "注销账户"})
    assert (closed.status_code, citizen.number in closed.content.decode()) == (200, True)
    assert client.get("/me/").status_code == 302
    assert not people.is_known(PHONE)
