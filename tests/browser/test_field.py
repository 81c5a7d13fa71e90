"""Two ways a case begins or goes on away from the desk: paper at the counter, and a visit on site with a phone that has no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from carbon_portal.story import World
from kernel import clock
from projects.models import Project, SiteVisit
from projects.services import reviews
from tests.browser.conftest import PATIENCE_MS, sign_in
from tests.browser.looking import barriers, sideways
from tests.browser.steps import click, fill_day, follow, open_case, press, snap
from tests.papers import photo, picture

NAME, USCC = "石坪村屋顶光伏项目", "91990100MA5C00015U"
SITE = {"latitude": 30.123456, "longitude": 103.654321, "accuracy": 8}
KEPT = "caches.match(location.pathname).then(page => page ? page.headers.get('X-Request-Id') : '')"
DRAFTED = """new Promise(done => {
    const look = () => fieldStore.all('drafts').then(rows => rows.some(row => row.fields.findings) ? done() : setTimeout(look, 50))
    look()
})"""
LEFT = "fieldStore.all('records').then(rows => JSON.stringify(rows))"


@pytest.fixture
def pocket(chromium: Browser, server: str) -> Iterator[BrowserContext]:
    """A phone 360 px wide that knows where it is."""
    context = chromium.new_context(
        base_url=server, locale="zh-CN", viewport=ViewportSize(width=360, height=740), has_touch=True, is_mobile=True,
        geolocation=SITE, permissions=["geolocation"],
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def test_paper_at_the_counter_and_a_visit_without_a_network(
    people: Callable[[str], Page], pocket: BrowserContext, committed_world: World, screenshots: Path
) -> None:
    enter_the_paper(people("officer"), screenshots)
    case = Project.objects.get(name=NAME)
    owner = people("owner-maker")
    open_case(owner, NAME)
    expect(owner.get_by_role("complementary")).to_contain_text("罗村长")
    snap(owner, screenshots, "counter-owner")
    reviews.accept(case, by=committed_world.people["officer-two"])
    phone = pocket.new_page()
    sign_in(phone, "officer")
    take_along(phone, screenshots)
    visit_without_a_network(phone, screenshots)
    come_back_signed_out(phone, screenshots)
    visit = SiteVisit.objects.get(project=case)
    assert [one.position_source for one in visit.photos.order_by("pk")] == ["EXIF", "PHONE"]
    confirm_and_review(people("reviewer"), visit, screenshots)


def enter_the_paper(page: Page, screenshots: Path) -> None:
    """The officer finds the owner and types what the paper says."""
    page.goto("/manage/projects/counterdeskrow/")
    click(page, page.get_by_role("link", name="代录纸质申请"))
    page.get_by_label("申请单位的统一社会信用代码").fill(USCC)
    press(page, "下一步")
    texts = {
        "统一社会信用代码": USCC, "项目名称": NAME, "项目地点": "石坪村四组", "项目活动和边界": "在村委会屋面安装组件。",
        "装机容量": "62.5", "发电计量表号": "9901-PV-000062", "签字人": "罗村长",
    }  # fmt: skip
    for label, text in texts.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("机制", exact=True).select_option(label="DEMO 演示机制")
    page.get_by_label("方法学").select_option(label="GD-2022-002-V02 安装分布式光伏发电系统碳普惠方法学")
    page.get_by_label("项目所在区划").select_option(label="青岚市")
    days = {"commissioned_on": date(2024, 5, 1), "crediting_from": date(2024, 5, 1), "crediting_to": date(2034, 5, 1)}
    for name, day in (days | {"signed_on": clock.today()}).items():
        fill_day(page, name, day)
    page.get_by_label(re.compile("未在其他机制登记")).check()
    page.get_by_label(re.compile("承诺材料真实")).check()
    page.get_by_label("签字原件扫描件").set_input_files(
        {"name": "申请表.png", "mimeType": "image/png", "buffer": picture()}
    )
    snap(page, screenshots, "counter-form")
    assert barriers(page) == []
    press(page, "代录并送达受理台", "已代录")
    expect(page.get_by_role("heading", name="收件回执")).to_be_visible()
    assert barriers(page) + sideways(page) == []
    snap(page, screenshots, "counter-receipt")


def take_along(page: Page, screenshots: Path) -> None:
    """At the office the page of the case is opened once, so that the phone keeps it."""
    page.goto("/field/")
    snap(page, screenshots, "field-home")
    assert barriers(page) + sideways(page) == []
    follow(page, NAME)
    expect(page.get_by_text("本页已存入手机")).to_be_visible()
    assert barriers(page) + sideways(page) == []


def visit_without_a_network(page: Page, screenshots: Path) -> None:
    """On site the page opens all the same, and what is filled in waits."""
    before = page.evaluate(KEPT)
    page.context.set_offline(True)
    page.reload()
    assert (page.evaluate(KEPT), bool(before)) == (before, True), "the page came over the network"
    page.get_by_label("同去的另一名人员").select_option(label="周宁")
    page.get_by_role("button", name="取当前位置").tap()
    expect(page.get_by_label("纬度")).to_have_value("30.123456")
    page.get_by_label("照片").set_input_files(
        [
            {"name": "屋面.jpg", "mimeType": "image/jpeg", "buffer": photo(at=("30.5", "103.5"))},
            {"name": "电表.png", "mimeType": "image/png", "buffer": picture()},
        ]
    )
    expect(page.locator("#taken li")).to_have_count(2)
    page.get_by_label("核实结论").select_option(label="与申请一致")
    page.get_by_label("核实情况").fill("组件 150 块，铭牌与申请一致。")
    page.evaluate(DRAFTED)
    page.reload()  # as a phone does to a page while its camera is open
    expect(page.get_by_label("核实情况")).to_have_value("组件 150 块，铭牌与申请一致。")
    expect(page.locator("#taken li")).to_have_count(2)
    snap(page, screenshots, "field-form")
    page.get_by_role("button", name="存入手机并上传").tap()
    expect(page.locator("#records")).to_contain_text("待上传")
    expect(page.locator("#records")).to_contain_text("没有网络")
    assert barriers(page) + sideways(page) == []
    snap(page, screenshots, "field-waiting")
    assert not SiteVisit.objects.exists()


def come_back_signed_out(page: Page, screenshots: Path) -> None:
    """The session ended meanwhile: the record stays, the page says so; signed in again it is sent, and nothing of it is left."""
    cookies: Any = page.context.cookies()
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.locator("#records")).to_contain_text("您已退出登录")
    expect(page.locator("#records")).to_contain_text("待上传")
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="现在上传").tap()
    expect(page.locator("#records")).to_contain_text("已上传")
    snap(page, screenshots, "field-sent")
    (left,) = json.loads(page.evaluate(LEFT))
    assert left.keys() == {"key", "case", "state", "number", "at"}
    assert page.evaluate(KEPT) == ""


def confirm_and_review(page: Page, visit: SiteVisit, screenshots: Path) -> None:
    """The colleague confirms, and the case shows positions and photos."""
    page.goto(f"/manage/projects/visitdeskrow/{visit.pk}/change/")
    snap(page, screenshots, "field-desk")
    click(page, page.get_by_role("link", name="确认属实"))
    click(page, page.get_by_role("button", name="确认属实"))
    page.goto(f"/manage/projects/reviewdeskrow/{visit.project_id}/change/")
    section = page.get_by_role("region", name="现场核实")
    for said in ("两人已确认", "30.123456", "103.5", "照片自带", "手机当时"):
        expect(section).to_contain_text(said)
    snap(page, screenshots, "field-review")
    with page.expect_download() as taken:
        section.get_by_role("link", name="屋面.jpg").click()
    assert taken.value.suggested_filename == "屋面.jpg"
