"""A citizen on a phone: in by four steps, through every page, in light, dark, contrast and the large sizes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carbon_portal.story import World
from kernel import clock
from scenarios.models import Consent, PartnerLink
from scenarios.services import consents
from tests.browser.conftest import Phones
from tests.browser.steps import click, snap
from tests.citizens import IDENTITY_NO, NAME, PHONE, interface, partner_of, rides


@pytest.fixture
def phone(phones: Phones) -> Page:
    """A phone nobody has signed in on."""
    return phones()


def press(page: Page, words: str) -> None:
    """Press a button of the page; it leads on."""
    answer = click(page, page.get_by_role("main").get_by_role("button", name=words, exact=True))
    assert answer.status == 200, page.get_by_role("main").inner_text()


def enter(page: Page, folder: Path) -> None:
    """Phone, code, real name."""
    page.goto("/")
    click(page, page.get_by_role("link", name="我的碳账本").first)
    page.get_by_label("手机号").fill(PHONE)
    snap(page, folder, "me-enter")
    press(page, "获取验证码")
    code = page.locator("#shown-code").inner_text()
    page.get_by_label("短信验证码").fill(code)
    snap(page, folder, "me-code")
    press(page, "下一步")
    expect(page.get_by_text("第 3 步，共 4 步")).to_be_visible()
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("居民身份证号码").fill("420106199003070017")
    press_refused(page, "核验", "校验位不对")
    page.get_by_label("居民身份证号码").fill(IDENTITY_NO)
    press(page, "核验")


def press_refused(page: Page, words: str, said: str) -> None:
    """Press a button and read why it was refused."""
    answer = click(page, page.get_by_role("main").get_by_role("button", name=words, exact=True))
    assert answer.status == 409
    expect(page.get_by_role("alert")).to_contain_text(said)


def agree(page: Page, folder: Path) -> str:
    """Choose the demo's scene, cover the last month, agree, and take a binding code."""
    expect(page.get_by_text("第 4 步，共 4 步")).to_be_visible()
    click(page, page.get_by_role("link", name="演示：授权可追溯"))
    expect(page.get_by_text("减排量归您所有")).to_be_visible()
    page.get_by_label("从哪一天起的骑行可以记入").fill(f"{clock.today() - timedelta(days=30)}")
    page.get_by_label("我已读完授权书，同意").check()
    snap(page, folder, "me-consent")
    press(page, "同意并授权")
    snap(page, folder, "me-consents")
    press(page, "取绑定码")
    snap(page, folder, "me-binding")
    return page.locator("#binding-code").inner_text()


def test_a_citizen_comes_in_by_four_steps_and_reads_the_book(
    phone: Page, committed_world: World, screenshots: Path
) -> None:
    partner, errors = partner_of(committed_world), []
    phone.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    enter(phone, screenshots)
    code = agree(phone, screenshots)
    consents.link(partner, code=code, subject="u-1", by=interface(partner))
    assert PartnerLink.objects.get().citizen.user.full_name == "林*华"
    morning = clock.local(clock.now()).replace(hour=8, minute=12, second=0, microsecond=0)
    told = [(morning - timedelta(days=day), 20 + day, 5_200 - 311 * day) for day in range(1, 12)]
    rides(partner, [*told, (morning - timedelta(days=3, hours=2), 0, 4), (morning - timedelta(days=2, hours=4), 3, 60)])

    phone.goto("/me/")
    expect(phone.get_by_text("未记入 2 次，看原因")).to_be_visible()
    snap(phone, screenshots, "me-home")
    click(phone, phone.get_by_role("main").get_by_role("link", name="骑行").first)
    expect(phone.get_by_text("× 0.193 kg/km =")).to_be_visible()
    snap(phone, screenshots, "me-act")
    phone.goto("/me/certificates/")
    phone.get_by_label("从", exact=True).fill(f"{clock.today() - timedelta(days=20)}")
    press(phone, "开具")
    expect(phone.get_by_text("已开具")).to_be_visible()
    phone.goto("/me/consents/")
    press(phone, "撤回授权")
    expect(phone.get_by_text("已撤回。以后的骑行不再记入")).to_be_visible()
    assert not Consent.objects.open().exists()
    close(phone)
    # A refused form answers 409 and 400, which the browser notes.
    assert [error for error in errors if "status of 4" not in error] == []


def close(page: Page) -> None:
    """Close the account by typing the words."""
    page.goto("/me/close/")
    page.get_by_label("请输入“注销账户”四个字").fill("注销账户")
    press(page, "注销账户，不可撤回")
    expect(page.get_by_text("姓名、手机号和证件号码已清除")).to_be_visible()
    page.goto("/me/")
    expect(page.get_by_role("heading", name="登录或开户")).to_be_visible()
