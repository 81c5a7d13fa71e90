"""The way in as an officer walks it: password, app, codes on paper; the second day; and the door that closes."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.services.tries import begin_try
from carbon_portal.story import World
from tests.browser.conftest import People
from tests.browser.steps import click, snap
from tests.codes import app_code


def type_password(page: Page, username: str, password: str) -> None:
    """Fill in the log-in page."""
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    click(page, page.get_by_role("main").get_by_role("button", name="登录", exact=True))


def type_code(page: Page, code: str, button: str) -> None:
    """Type a code and go on."""
    page.get_by_label("验证码").fill(code)
    click(page, page.get_by_role("main").get_by_role("button", name=button, exact=True))


def test_an_officer_comes_in_on_the_first_and_on_the_second_day(
    committed_world: World, people: People, screenshots: Path
) -> None:
    page = people("")
    page.goto("/login/")
    snap(page, screenshots, "doors-login")
    type_password(page, "officer", settings.DEMO_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("先设置第二因素")
    snap(page, screenshots, "doors-start")
    click(page, page.get_by_role("link", name="开始设置"))
    picture = page.get_by_role("img", name=re.compile("二维码"))
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    secret = page.locator("#secret").inner_text()
    snap(page, screenshots, "doors-qr")
    type_code(page, app_code(secret), "启用")
    expect(page.locator(".paper-codes li")).to_have_count(10)
    snap(page, screenshots, "doors-codes")
    page.goto("/account/sessions/")
    expect(page.get_by_role("main")).to_contain_text("就是这里")
    snap(page, screenshots, "doors-sessions")
    assert page.goto("/manage/").status == 200  # type: ignore[union-attr]

    page.context.clear_cookies()
    type_password(page, "officer", settings.DEMO_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("第二因素")
    snap(page, screenshots, "doors-code")
    type_code(page, app_code(secret, later=1), "登录")
    assert page.goto("/manage/").status == 200  # type: ignore[union-attr]

    page.context.clear_cookies()
    for _try in range(4):
        begin_try("password", "reviewer")
    type_password(page, "reviewer", "wrong")
    type_password(page, "reviewer", settings.DEMO_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\d\d:\d\d 以后可以再试"))
    snap(page, screenshots, "doors-closed")
