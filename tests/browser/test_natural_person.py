"""A natural person's days at the registry on a telephone: the app, the account, units that come, go out and are retired."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from carbon_portal.story import World
from certificates.models import Certificate
from registry.models import AccountRequest, HoldingAccount, Retirement, Transfer
from registry.services import retirements, transfers
from tests.browser.conftest import People, Phones
from tests.browser.steps import click, follow, press, press_in_admin, snap, verify
from tests.citizens import NAME, verified
from tests.codes import app_code

MASKED = "林*华"


@pytest.fixture
def telephone(committed_world: World, phones: Phones) -> Page:
    """The telephone of a citizen who is verified and signed in."""
    return phones(verified().user)


def test_a_person_opens_an_account_receives_sends_and_retires(
    committed_world: World, telephone: Page, people: People, screenshots: Path
) -> None:
    world, page = committed_world, telephone
    request, secret = asks_for_an_account(page, screenshots)
    press_in_admin(people("registrar"), "账户事项台", str(request), "审核通过，办理")
    account = HoldingAccount.objects.get(organisation__kind="PERSON")
    page.goto("/owner/account/")
    expect(page.get_by_role("main")).to_contain_text(account.number)
    expect(page.get_by_role("main")).to_contain_text(NAME)
    snap(page, screenshots, "person-account")

    receives(world, page, account)
    snap(page, screenshots, "person-holdings")
    sends(world, page, secret, screenshots)
    number = retires(world, page, people, secret, screenshots)

    visitor = people("")
    verify(visitor, number, "有效")
    expect(visitor.get_by_role("main")).to_contain_text(MASKED)
    expect(visitor.get_by_role("main")).not_to_contain_text(NAME)
    page.goto("/owner/statements/")
    expect(page.get_by_role("main")).to_contain_text(NAME)
    snap(page, screenshots, "person-statement")


def asks_for_an_account(page: Page, folder: Path) -> tuple[AccountRequest, str]:
    """From the own pages to the application, confirmed with the app that is set up on the way; gives the app's secret."""
    page.goto("/me/mine/")
    click(page, page.get_by_role("link", name="个人持有账户"))
    snap(page, folder, "person-application")
    follow(page, "设置第二因素")
    secret = page.locator("#secret").inner_text()
    page.get_by_label("验证码").fill(app_code(secret))
    click(page, page.get_by_role("button", name="启用", exact=True))
    page.goto("/owner/account/personal/")
    press(page, "申请开户")
    press(page, "确认")
    snap(page, folder, "person-code")
    types(page, secret, "确认并提交", later=1)
    request = AccountRequest.objects.get()
    assert (request.state, request.made_by) == ("APPLIED", request.confirmed_by)
    return request, secret


def types(page: Page, secret: str, button: str, *, later: int = 0) -> None:
    """Type the code the app shows and go on; a wrong one first is refused in words."""
    page.get_by_label("动态验证码").fill("000000")
    answer = click(page, page.get_by_role("main").get_by_role("button", name=button, exact=True))
    assert answer.status == 409
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    page.get_by_label("动态验证码").fill(app_code(secret, later=later))
    press(page, button)


def receives(world: World, page: Page, account: HoldingAccount) -> None:
    """The owner's two people transfer 10 t, and the person accepts on the telephone."""
    order = transfers.initiate(
        world.accounts["owner"], target_number=account.number, quantity_t=10, by=world.people["owner-maker"]
    )
    transfers.confirm(order, by=world.people["owner-checker"])
    page.goto(f"/owner/transfers/{order.pk}/")
    press(page, "接收", "已办理")
    page.goto("/owner/holdings/")
    expect(page.get_by_role("main")).to_contain_text("10")


def sends(world: World, page: Page, secret: str, folder: Path) -> None:
    """A transfer of 3 t to the buyer."""
    page.goto("/owner/transfers/new/")
    page.get_by_label("转入账户号").fill(world.accounts["buyer"].number)
    page.get_by_label("数量").fill("3")
    page.get_by_label("事由").fill("转让给热电公司")
    press(page, "发起转移", "用动态验证码确认")
    snap(page, folder, "person-transfer")
    press(page, "确认转移")
    cache.clear()  # half a minute later, as far as the portal knows
    types(page, secret, "确认转移")
    assert Transfer.objects.latest("pk").state == "OFFERED"


def retires(world: World, page: Page, people: People, secret: str, folder: Path) -> str:
    """2 t retired for the person's own year, by the person and two officers; gives the certificate's number."""
    page.goto("/owner/retirements/new/")
    expect(page.get_by_label("受益方")).to_have_value(MASKED)
    page.get_by_label("数量").fill("2")
    page.get_by_label("用途", exact=True).fill("抵消 2026 年的出行")
    snap(page, folder, "person-retirement-form")
    press(page, "发起注销", "用动态验证码确认")
    press(page, "确认注销")
    cache.clear()  # half a minute later, as far as the portal knows
    types(page, secret, "确认注销")
    order = Retirement.objects.latest("pk")
    retirements.review(order, by=world.people["registrar"])
    retirements.approve(order, by=world.people["leader"])
    page.goto(f"/owner/retirements/{order.pk}/")
    snap(page, folder, "person-retirement")
    certificate = Certificate.objects.for_subject(order).get()
    follow(page, certificate.title)
    return str(certificate.number)
