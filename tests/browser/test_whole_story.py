"""The public story from end to end, pressed on pages: a rider's trip becomes grams, points, a coupon, a certificate, and a part of
the tonne that neutralises a meeting; what the tonne was sold for comes back to the rider.

The city's other 289 riders have joined already. Citizen and till are at phone width, officers and the organiser at 1366 by 768.
"""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services.clients import IssuedKey, issue_api_key
from accounts.signing import sign
from carbon_portal.story import World, recalling, represent
from carbon_portal.story.meeting import HOSTS, ORGANISER
from carbon_portal.story.units import register, to_issue
from carbon_portal.story.winter import MAPPING, SCENE, SINCE, WINTER, Winter, keenest
from carbon_portal.story.world import introduce
from projects.models import MonitoringPeriod, Project
from registry.services.accounts import open_account
from registry.services.checking import check_books
from scenarios.models import Act, Citizen, ClaimBatch
from scenarios.services.claims import close_claim
from tests.browser import organising, test_citizen
from tests.browser.conftest import POCKET, People, Phones
from tests.browser.steps import click, follow, press, press_in_admin, snap
from trading.models import Agreement

pytestmark = pytest.mark.template("riders")
DONE_S = 60
MONTHS = (date(2020, 11, 1), date(2020, 12, 1), date(2021, 1, 1), date(2021, 2, 1))


def test_a_riders_trip_becomes_part_of_a_neutral_meeting(
    server: str, committed: str, worker: None, phones: Phones, desks: People, screenshots: Path
) -> None:
    world = recalling.recall()
    told = recalling.recall_winter(world)
    represent(world, told.partners["riding"].organisation, whose="riding")
    phone = phones()

    code = join(phone, screenshots)
    platform_reports(server, told, world, code)
    read_the_book(phone, screenshots)
    redeem(phone, phones, screenshots)
    keep_a_certificate(phone, screenshots)
    claim_the_winter(world, told, desks, screenshots)
    neutralise(world, desks, screenshots)
    share(desks, screenshots)

    phone.goto("/me/points/")
    expect(phone.get_by_role("main")).to_contain_text("元")
    snap(phone, screenshots, "story-share")
    assert check_books().differences == []


def join(phone: Page, folder: Path) -> str:
    """Phone, real name, consent back to the winter; gives the binding code."""
    test_citizen.enter(phone, folder)
    click(phone, phone.get_by_role("link", name="青岚骑行"))
    phone.get_by_label("从哪一天起的骑行可以记入").fill(f"{SINCE:%Y-%m-%d}")
    phone.get_by_label("我已读完授权书，同意").check()
    test_citizen.press(phone, "同意并授权")
    test_citizen.press(phone, "取绑定码")
    return phone.locator("#binding-code").inner_text()


def platform_reports(server: str, told: Winter, world: World, code: str) -> None:
    """The platform's system links the new rider and sends its winter as it is, by signed requests; the worker settles it."""
    key = issue_api_key(told.partners["riding"].organisation, told.interfaces["riding"], by=world.people["operator"])
    linked = {"code": code.replace(" ", ""), "subject": keenest()}
    called(server, key, "POST", "/api/v1/links", json.dumps(linked).encode(), "application/json")
    query = urlencode({"scene": SCENE, "name": WINTER.name, "mapping": json.dumps(MAPPING)})
    sent = called(server, key, "POST", f"/api/v1/uploads?{query}", WINTER.read_bytes(), "application/gzip")
    until = time.monotonic() + DONE_S
    while sent["state"] != "SETTLED":
        assert time.monotonic() < until, sent
        time.sleep(0.5)
        sent = called(server, key, "GET", f"/api/v1/uploads/{sent['number']}")
    assert (sent["sent"], sent["accepted"], sent["refused"], sent["saved_mg"]) == (2893, 2381, 512, 1_678_017_656)


def called(
    server: str, key: IssuedKey, method: str, path: str, body: bytes = b"", media: str = "application/json"
) -> dict[str, Any]:
    """Send a signed request and return what it answers."""
    headers = sign(key.key.key_id, key.secret, method, path, body) | {"Content-Type": media}
    if body:
        headers["Idempotency-Key"] = f"story-{path.split('?')[0].rsplit('/', 1)[-1]}"
    request = urllib.request.Request(server + path, body or None, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return dict(json.load(answer))


def read_the_book(phone: Page, folder: Path) -> None:
    """Every ride is there with its arithmetic, and each that did not count with its reason."""
    phone.goto("/me/")
    expect(phone.get_by_role("main")).to_contain_text("看原因")
    snap(phone, folder, "story-home")
    phone.goto("/me/acts/")
    click(phone, phone.get_by_role("main").get_by_role("link", name="骑行").first)
    expect(phone.get_by_text("× 0.193 kg/km =")).to_be_visible()
    snap(phone, folder, "story-act")


def redeem(phone: Page, phones: Phones, folder: Path) -> None:
    """The sweep has credited points; they buy a coupon, which the till takes once."""
    until = time.monotonic() + DONE_S
    phone.goto("/me/mall/")
    click(phone, phone.get_by_role("link", name="便利店 5 元券"))
    button = phone.get_by_role("button", name="用 260 分兑换")
    while not button.is_enabled():
        assert time.monotonic() < until, phone.get_by_role("main").inner_text()
        phone.wait_for_timeout(500)
        phone.reload()
    click(phone, button)
    snap(phone, folder, "story-coupon")
    code, till = phone.locator(".code").inner_text(), phones()
    till.goto("/till/")
    till.get_by_label("设备密钥").fill(settings.DEMO_PASSWORD)
    click(till, till.get_by_role("button", name="设为收银设备"))
    for status, said in ((200, "核销成功"), (409, "不能再用")):
        till.goto("/till/")
        till.get_by_label("券码").fill(code)
        till.get_by_label("店员").select_option(label="店员 03")
        till.get_by_label("PIN").fill(settings.DEMO_TILL["店员 03"])
        answer = click(till, till.get_by_role("button", name="核销", exact=True))
        assert answer.status == status
        expect(till.get_by_role("main")).to_contain_text(said)
        snap(till, folder, f"story-till-{status}")


def keep_a_certificate(phone: Page, folder: Path) -> None:
    """A personal certificate over the winter, drawn by the worker."""
    phone.goto("/me/certificates/")
    phone.get_by_label("从", exact=True).fill(f"{SINCE:%Y-%m-%d}")
    test_citizen.press(phone, "开具")
    expect(phone.get_by_text("已开具")).to_be_visible()
    snap(phone, folder, "story-certificates")


def claim_the_winter(world: World, told: Winter, desks: People, folder: Path) -> None:
    """January is pressed from the operator's desk to the registrar's; the other months go the same way through the verbs."""
    partner = told.partners["riding"]
    world.accounts["riding"] = open_account(partner.organisation, by=world.system)
    project = register(world, told.scene, partner, whose="riding")
    for month in MONTHS[:2] + MONTHS[3:]:
        to_issue(
            world,
            project,
            close_claim(told.scene, partner, month, by=world.people["operator"]),
            whose="riding",
        )
    operator = desks("operator")
    operator.goto("/manage/scenarios/claimbatch/gather/")
    operator.get_by_label("平台和场景").select_option(label=f"{partner} · {told.scene}")
    operator.get_by_label("月份").fill(f"{MONTHS[2]:%Y-%m}")
    click(operator, operator.get_by_role("button", name="看还没归集的"))
    snap(operator, folder, "story-gather")
    click(operator, operator.get_by_role("button", name="归集这个月"))
    issue(project, ClaimBatch.objects.get(month=MONTHS[2]), desks, folder)
    issued = MonitoringPeriod.objects.filter(project=project)
    assert sum(period.issued_t or 0 for period in issued) == 1
    assert issued.order_by("starts_on").count() == len(MONTHS)


def issue(project: Project, claim: ClaimBatch, desks: People, folder: Path) -> None:
    """Open the claim's period; sample, verification, application, review, issue: six people."""
    maker, checker, verifier = desks("riding-maker"), desks("riding-checker"), desks("verifier")
    maker.goto(f"/owner/projects/{project.pk}/")
    follow(maker, "用归集批次申报")
    press(maker, "用这个批次申报")
    period = MonitoringPeriod.objects.get(claim=claim)
    press(maker, "提交核证机构", "已提交核证机构")
    verifier.goto(f"/verifier/periods/{period.pk}/")
    press(verifier, "抽样并重算", "已抽样")
    verifier.get_by_label("核证意见").fill("样本与原始记录一致")
    press(verifier, "核证通过", "已核证")
    maker.reload()
    press(maker, "申请签发，请确认代表确认", "已申请签发")
    checker.goto(f"/owner/periods/{period.pk}/")
    press(checker, "确认申请签发", "已确认，签发申请送达主管部门")
    press_in_admin(desks("reviewer"), "签发审核台", project.name, "同意签发", reason="申请量等于核证量")
    press_in_admin(desks("registrar"), "签发台", project.name, "签发（第二位人员）")
    snap(desks("registrar"), folder, "story-issued")


def neutralise(world: World, desks: People, folder: Path) -> None:
    """The organiser counts 2.410 t, buys two tonnes of the roof and the riders' one, retires them and has the certificate."""
    introduce(world, ORGANISER, HOSTS, accounts=("host",))
    keep: organising.Snapshot = lambda page, name: snap(page, folder, f"story-{name}")  # noqa: E731
    address = organising.count(desks("host-maker"), keep)
    organising.confirm(desks("host-checker"), address, keep)
    organising.trade(world, desks, keep, of="owner", tonnes=2, total="83.60")
    organising.trade(world, desks, keep, of="riding", tonnes=1, total="41.80")
    organising.retire(desks, address, keep)
    organising.read_the_certificate(desks, address, keep)
    sale = Agreement.objects.get(seller=world.accounts["riding"])
    visitor = desks("")
    visitor.goto(f"/registry/projects/{world.projects['rides'].project_no}/")
    follow(visitor, "从哪里来")
    expect(visitor.get_by_role("main")).to_contain_text("次行为")
    snap(visitor, folder, "story-batch")
    visitor.set_viewport_size(POCKET)
    assert visitor.evaluate("document.documentElement.scrollWidth") <= POCKET["width"]
    assert sale.quantity_t == 1


def share(desks: People, folder: Path) -> None:
    """One operator writes the proceeds down, another shares them among the riders by grams."""
    sale = Agreement.objects.get(seller__organisation__name__contains="骑行")
    press_in_admin(desks("operator"), "公众收益登记台", sale.number, "登记收益", reason="协议已交割")
    pool = sale.proceeds
    press_in_admin(desks("operator-two"), "公众收益分配台", pool.number, "按克数分给公众", reason="按各人克数分配")
    snap(desks("operator-two"), folder, "story-shared")
    pool.refresh_from_db()
    keen = Citizen.objects.get(links__subject=keenest())
    assert sum(one.amount_fen for one in pool.shares.all()) == pool.distributable_fen
    assert pool.shares.get(citizen=keen).amount_fen > 0
    assert User.objects.get(pk=keen.user_id).full_name == "林*华"
    assert Act.objects.filter(citizen=keen).exists()
