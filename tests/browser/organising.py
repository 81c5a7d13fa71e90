"""What an organiser does at a desk: count what a meeting emitted, buy tonnes by agreement, retire them, read the certificate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from carbon_portal.story import World
from carbon_portal.story.meeting import INVENTORY
from kernel import clock
from methodologies.models import Method
from registry.models import Retirement
from tests.browser.steps import certificate_with_file, fill_day, follow, press, press_in_admin, verify
from trading.models import NeutralEvent

NAME, PATIENCE_S = "青岚市绿色采购洽谈会", 60
BOX = {"electricity_kwh": "净购入的电量", "gas_m3": "燃烧的天然气", "petrol_l": "加注的汽油"}

People = Callable[[str], Page]
Snapshot = Callable[[Page, str], None]


def count(maker: Page, snapshot: Snapshot) -> str:
    """The maker plans the event and enters three lines; each figure stands on the page at once. Gives its address."""
    maker.goto("/owner/events/")
    follow(maker, "建立碳中和活动")
    maker.get_by_label("活动名称").fill(NAME)
    maker.get_by_label("活动类型").select_option(label="会议、论坛")
    maker.get_by_label("所在省份").select_option(label="上海市")
    maker.get_by_label("举办地点").fill("上海演示会议中心")
    for name in ("starts_on", "ends_on"):
        fill_day(maker, name, clock.today() - timedelta(days=1))
    maker.get_by_label("核算边界").fill("会场净购入电力，场内固定源、公务用车燃料")
    snapshot(maker, "event-new")
    press(maker, "建立碳中和活动", "已建立")
    for category, code, name, quantity, evidence in INVENTORY:
        follow(maker, Method.objects.get(code=code).title)
        maker.get_by_label("排放类别").select_option(value=category)
        maker.get_by_label(BOX[name]).fill(quantity)
        maker.get_by_label("依据").fill(evidence)
        press(maker, "填报一项排放", "已填报")
    for figure in ("1,754.700", "216.220", "438.760", "2,409.680"):
        expect(maker.get_by_role("main")).to_contain_text(figure)
    snapshot(maker, "event-inventory")
    return maker.url


def confirm(checker: Page, address: str, snapshot: Snapshot) -> None:
    """The checker closes the inventory: 2.410 t, so 3 t to retire, and none are held yet."""
    checker.goto(address)
    press(checker, "确认核算", "已办理")
    for words in ("2.410", "要注销 3", "账户现在可用 0"):
        expect(checker.get_by_role("main")).to_contain_text(words)
    snapshot(checker, "event-confirmed")


def trade(
    world: World, desks: People, snapshot: Snapshot, *, of: str = "owner", tonnes: int = 3, total: str = "125.40"
) -> None:
    """A seller sells tonnes at 41.80 yuan: two people of each side, then the demo bank."""
    seller, buyer = desks(f"{of}-maker"), desks("host-maker")
    seller.goto("/owner/agreements/")
    follow(seller, "发起协议转让")
    seller.get_by_label("受让方账户号").fill(world.accounts["host"].number)
    seller.get_by_label("数量").fill(f"{tonnes}")
    seller.get_by_label("单价").fill("41.80")
    seller.get_by_label("约定").fill("洽谈会碳中和用")
    press(seller, "发起协议转让", "已发起")
    agreement = seller.url
    for who, words in ((f"{of}-checker", "确认协议"), ("host-maker", "接受"), ("host-checker", "确认付款")):
        desks(who).goto(agreement)
        press(desks(who), words, "已办理")
    snapshot(desks("host-checker"), "agreement-awaiting-payment")
    buyer.goto(agreement)
    press(buyer, "演示：让清算行确认到账", "已交割")
    for words in (total, "已到账", "已交割"):
        expect(buyer.get_by_role("main")).to_contain_text(words)
    snapshot(buyer, "agreement-delivered")


def retire(desks: People, address: str, snapshot: Snapshot) -> None:
    """Two tonnes are too few and refused; three are asked for, confirmed and approved."""
    maker, checker = desks("host-maker"), desks("host-checker")
    maker.goto(address)
    follow(maker, "注销减排量，抵消排放")
    maker.get_by_label("数量").fill("2")
    maker.get_by_role("main").get_by_role("button", name="注销减排量，抵消排放").click()
    expect(maker.get_by_role("alert")).to_contain_text("要注销 3 t，2 t 不够")
    snapshot(maker, "event-too-few-tonnes")
    maker.get_by_label("数量").fill("3")
    press(maker, "注销减排量，抵消排放", "已发起")
    order = Retirement.objects.get(beneficiary=NAME)
    checker.goto(f"/owner/retirements/{order.pk}/")
    press(checker, "确认注销", "已办理")
    press_in_admin(desks("registrar"), "注销审批台", str(order), "审核同意")
    press_in_admin(desks("leader"), "注销审批台", str(order), "复核同意注销，不可撤回")


def read_the_certificate(desks: People, address: str, snapshot: Snapshot) -> None:
    """The worker declares the event; its certificate is found, drawn and verified, and the public page says the same."""
    maker, visitor = desks("host-maker"), desks("")
    link = maker.get_by_role("main").get_by_role("link", name="碳中和证书")
    maker.goto(address)
    for _second in range(PATIENCE_S):
        if link.count():
            break
        maker.wait_for_timeout(1_000)
        maker.reload()
    snapshot(maker, "event-neutral")
    number = certificate_with_file(visitor, link.first.get_attribute("href") or "")
    for words in (NAME, "实现碳中和", "2.410", "主办单位自主声明"):
        expect(visitor.get_by_role("main")).to_contain_text(words)
    snapshot(visitor, "verify-valid-neutral")
    verify(visitor, number, "有效，与登记簿一致")
    visitor.goto(f"/events/{NeutralEvent.objects.get(name=NAME).number}/")
    expect(visitor.get_by_role("main")).to_contain_text("2,409.680")
    snapshot(visitor, "event-public")
