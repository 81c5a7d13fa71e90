"""From the mall to the counter on two phones: points become a coupon, the coupon is used once, the second time is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

from carbon_portal.story import World
from rewards.models import Coupon, CouponUse
from rewards.states import CouponState
from tests.browser.conftest import Phones
from tests.browser.steps import click, snap
from tests.rewards.test_proceeds import KG, pool
from tests.rewards.test_proceeds import share_proceeds as share
from tests.shopping import Shop, citizen, gain, offer, operator, shop


def test_points_become_a_coupon_that_is_used_once(phones: Phones, committed_world: World, screenshots: Path) -> None:
    world = committed_world
    one, here = citizen(world), shop(world)
    gain(world, one, 120, months=6)
    gain(world, one, 340, months=24)
    stocked(world, here)
    share(pool(world), weights={one.pk: 7 * KG}, by=operator(world, "operator-2"))
    phone = phones(one.user)
    code = redeem_on(phone, screenshots)
    used_once(phones(script=False), here, code, screenshots)
    coupon = Coupon.objects.get()
    assert (coupon.state, CouponUse.objects.count()) == (CouponState.USED, 1)
    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("已在 2 号柜台 核销")


def stocked(world: World, here: Shop) -> None:
    """Fill the mall with one of each face, one of them sold out."""
    for title, face, kind, stock in (
        ("便利店 5 元券", "5 元", "use", 88),
        ("早餐 3 元券", "3 元", "eat", 20),
        ("地铁单程票 1 张", "单程票", "go", 312),
        ("环保购物袋 1 个", "1 个", "home", 0),
        ("白鹭湾湿地门票", "1 次", "wear", 5),
    ):
        offer(world, here.merchant, title=title, face=face, kind=kind, stock=stock)


def redeem_on(page: Page, folder: Path) -> str:
    """Go from the mall to the code, as a citizen does."""
    page.goto("/me/mall/")
    expect(page.get_by_text("可用碳积分")).to_be_visible()
    snap(page, folder, "mall-list")
    click(page, page.get_by_role("link", name="便利店 5 元券"))
    snap(page, folder, "mall-item")
    answer = click(page, page.get_by_role("button", name="用 200 分兑换"))
    assert answer.status == 200
    expect(page.get_by_role("img", name="券码的二维码，给店员扫")).to_be_visible()
    box = page.get_by_role("img", name="券码的二维码，给店员扫").bounding_box()
    assert box is not None
    assert box["width"] >= 200
    snap(page, folder, "mall-coupon")
    return page.locator(".code").inner_text()


def set_up(page: Page, here: Shop) -> None:
    """Make a phone the shop's till."""
    page.goto("/till/")
    page.get_by_label("设备密钥").fill(here.key)
    answer = click(page, page.get_by_role("button", name="设为收银设备"))
    assert answer.status == 200
    expect(page.get_by_role("main")).to_contain_text(here.merchant.name)


def used_once(page: Page, here: Shop, code: str, folder: Path) -> None:
    """Type the code at the counter: done, and the second time refused with time and counter; no script."""
    set_up(page, here)
    assert press_use(page, here, code).status == 200
    expect(page.locator(".answer")).to_contain_text("核销成功")
    expect(page.locator(".answer")).to_contain_text("5 元")
    snap(page, folder, "till-used")
    click(page, page.get_by_role("link", name="核销下一张"))
    assert press_use(page, here, code).status == 409
    expect(page.get_by_role("alert")).to_contain_text("已在 2 号柜台 核销，不能再用")
    snap(page, folder, "till-refused")
    page.set_viewport_size(ViewportSize(width=360, height=740))
    snap(page, folder, "till-360")


def press_use(page: Page, here: Shop, code: str) -> Any:
    """Fill in code, cashier and PIN, and press."""
    page.get_by_label("券码").fill(code)
    page.get_by_label("店员").select_option(label=here.cashier.name)
    page.get_by_label("PIN").fill(here.pin)
    return click(page, page.get_by_role("button", name="核销", exact=True))
