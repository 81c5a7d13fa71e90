"""What people do on pages, in their words: fill a form, press a button, take a step on a desk, check a certificate."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.pictures import picture

DONE_S = 60  # how long a certificate's file may take


def cn(day: date) -> str:
    """Return a day as pages write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def click(page: Page, target: Locator) -> Response:
    """Click what leads to another page and wait for it; gives the answer."""
    with page.expect_navigation() as answer:
        target.click()
    assert answer.value is not None
    return answer.value


def press(page: Page, words: str, said: str = "") -> None:
    """Press a button of the page and read that it was done."""
    answer = click(page, page.get_by_role("main").get_by_role("button", name=words, exact=True))
    assert answer.status == 200, page.get_by_role("main").inner_text()
    if said:
        expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def follow(page: Page, words: str | re.Pattern[str]) -> None:
    """Follow a link of the page."""
    answer = click(page, page.get_by_role("main").get_by_role("link", name=words).first)
    assert answer.status == 200, page.url


def open_case(page: Page, name: str, home: str = "/owner/") -> None:
    """Open a case from the list one lands on."""
    page.goto(home)
    follow(page, name)
    expect(page.get_by_role("main")).to_contain_text(name)


def fill_day(page: Page, name: str, day: date) -> None:
    """Type a day into its three boxes."""
    for part, value in (("year", day.year), ("month", day.month), ("day", day.day)):
        page.locator(f"[name={name}_{part}]").fill(str(value))


def apply(page: Page, *, uscc: str, name: str, capacity_kw: str, meter_no: str, location: str, since: date) -> None:
    """Fill in the application for a project and hand it over to the checker."""
    page.goto("/owner/")
    follow(page, "申请登记项目")
    texts = {
        "统一社会信用代码": uscc,
        "项目名称": name,
        "项目地点": location,
        "项目活动和边界": "在既有屋面安装光伏组件，所发电量自用和上网，边界为组件至并网点。",
        "装机容量": capacity_kw,
        "发电计量表号": meter_no,
    }
    for label, text in texts.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("机制", exact=True).select_option(label="DEMO 演示机制")
    page.get_by_label("方法学").select_option(label="GD-2022-002-V02 安装分布式光伏发电系统碳普惠方法学")
    page.get_by_label("项目所在区划").select_option(label="青岚市")
    fill_day(page, "commissioned_on", since)
    fill_day(page, "crediting_from", since)
    fill_day(page, "crediting_to", since.replace(year=since.year + 15))
    page.get_by_label(re.compile("未在其他机制登记")).check()
    page.get_by_label(re.compile("承诺材料真实")).check()
    press(page, "保存", "已保存")
    press(page, "提交，请确认代表确认", "已提交")


def open_desk(page: Page, desk: str, row: str) -> None:
    """Open a row of a desk of the admin, from its front page or from where the person is in it."""
    if "/manage/" not in page.url:
        page.goto("/manage/")
    click(page, page.get_by_role("link", name=desk, exact=True).first)
    click(page, page.locator("#result_list").get_by_role("link", name=row).first)


def press_in_admin(page: Page, desk: str, row: str, verb: str, *, reason: str = "", refused: str = "") -> None:
    """Take a step on a desk: the row, its button, the page that asks for the reason. ``refused`` is the sentence expected."""
    open_desk(page, desk, row)
    click(page, page.get_by_role("link", name=verb, exact=True))
    if reason:
        page.locator("#id_reason").fill(reason)
    answer = click(page, page.get_by_role("button", name=verb, exact=True))
    if refused:
        assert answer.status == 409
        expect(page.get_by_role("alert")).to_contain_text(refused)
    else:
        assert answer.status == 200, page.locator("body").inner_text()
        expect(page.get_by_text(f"已办理：{verb}")).to_be_visible()


def certificate_with_file(page: Page, address: str) -> str:
    """Wait until the worker has drawn a certificate's file, fetch it, and give the certificate's number."""
    until = time.monotonic() + DONE_S
    button = page.get_by_role("link", name="打开证书 PDF")
    page.goto(address)
    while not button.count():
        if time.monotonic() > until:
            pytest.fail(f"no file after {DONE_S} s: {page.url}")
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("heading", name="有效，与登记簿一致")).to_be_visible()
    href = button.get_attribute("href")
    assert href is not None
    answer = page.context.request.get(href)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF")
    return Path(href).stem


def verify(page: Page, number: str, verdict: str) -> None:
    """Type a number into the public page and read the verdict."""
    page.goto("/verify/")
    page.get_by_label(re.compile("编号")).first.fill(number)
    click(page, page.get_by_role("main").get_by_role("button", name=re.compile("核验")))
    expect(page.get_by_role("heading", level=1)).to_contain_text(verdict)


def snap(page: Page, folder: Path, name: str, **more: Any) -> None:
    """Keep a picture of the whole page."""
    picture(page, folder / f"{name}.png", full_page=True, **more)
