"""Three days of the registry in a browser: a company's account from the application to its first statement, a court's freeze, and
units taken to an exchange and sold there.

The owner's people on pages, the officers in the admin, each in a browser of their own on a real server.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from carbon_portal.story import World
from kernel import clock
from registry.models import AccountRequest, Block, Deed, Freeze, HoldingAccount, Transfer, VenueOrder
from registry.services import transfers
from registry.states import RequestState, UnitState, VenueOrderState
from tests.applying import newcomer
from tests.browser.steps import click, fill_day, follow, open_desk, press, press_in_admin, snap
from tests.papers import picture
from tests.venues import connected, settled

People = Callable[[str], Page]
COMPANY = "青岚新材料有限公司"
BOUGHT_T, FROZEN_T = 12, 200
COURT, DOCUMENT = "青岚市中级人民法院", "（2026）青01执保12号"


@pytest.fixture
def company(committed_world: World) -> World:
    """The world with a company that has two people and no account yet; both come in by the demo's one click."""
    world = committed_world
    newcomer(world)
    for name in ("new-maker", "new-checker"):
        world.people[name].set_password(settings.DEMO_PASSWORD)
        world.people[name].save(update_fields=["password"])
    return world


def test_a_company_opens_its_account_and_takes_its_first_statement_away(
    company: World, people: People, screenshots: Path
) -> None:
    number = apply_for_an_account(people("new-maker"), screenshots)
    maker_confirms_nothing_alone(people("new-maker"), number)
    checker = people("new-checker")
    checker.goto("/owner/account/")
    press(checker, "确认", "已办理")
    assert AccountRequest.objects.get().state == RequestState.APPLIED

    press_in_admin(people("registrar"), "账户事项台", number, "审核通过，办理")

    account = HoldingAccount.objects.get(organisation__name=COMPANY)
    maker = people("new-maker")
    maker.goto("/owner/account/")
    expect(maker.get_by_role("main")).to_contain_text(account.number)
    snap(maker, screenshots, "account-opened")
    buys(company, account)
    take_the_statement_away(maker, account, screenshots)


def apply_for_an_account(maker: Page, screenshots: Path) -> str:
    """The maker fills in the form and sends the licence; gives the number of the matter."""
    maker.goto("/owner/account/")
    follow(maker, "申请开户")
    maker.get_by_label("账户类型").select_option(label="其他交易主体")
    maker.get_by_label("法定代表人").fill("何新")
    maker.get_by_label("单位联系电话").fill("0990-5550-0200")
    fill_day(maker, "licence_valid_until", clock.today() + timedelta(days=400))
    maker.get_by_label("执照或证明材料").set_input_files(
        {"name": "营业执照.png", "mimeType": "image/png", "buffer": picture()}
    )
    snap(maker, screenshots, "account-application")
    press(maker, "申请开户", "请贵单位确认代表登录确认")
    request = AccountRequest.objects.get()
    expect(maker.get_by_role("main")).to_contain_text(str(request))
    return str(request)


def maker_confirms_nothing_alone(maker: Page, number: str) -> None:
    """Who asked finds no button to confirm it, and the matter is not opened by it."""
    maker.goto("/owner/account/")
    expect(maker.get_by_role("main")).to_contain_text(number)
    expect(maker.get_by_role("main").get_by_role("button", name="确认", exact=True)).to_have_count(0)
    assert not HoldingAccount.objects.filter(organisation__name=COMPANY).exists()


def buys(world: World, account: HoldingAccount) -> None:
    """Tonnes come from the owner, so that there is something to state."""
    order = transfers.initiate(
        world.accounts["owner"], target_number=account.number, quantity_t=BOUGHT_T, by=world.people["owner-maker"]
    )
    order = transfers.confirm(order, by=world.people["owner-checker"])
    transfers.accept(order, by=world.people["new-maker"])


def take_the_statement_away(maker: Page, account: HoldingAccount, screenshots: Path) -> None:
    """The page shows what was bought, and the file says the same, serial by serial."""
    maker.goto("/owner/holdings/")
    follow(maker, "对账单")
    expect(maker.get_by_role("main")).to_contain_text(f"{BOUGHT_T}")
    snap(maker, screenshots, "account-statement")
    with maker.expect_download() as taken:
        maker.get_by_role("link", name="下载 CSV").click()
    assert taken.value.suggested_filename.startswith(account.number)
    rows = list(csv.reader(io.StringIO(taken.value.path().read_text("utf-8-sig"))))
    held = {row[7]: int(row[6]) for row in rows if row[0] == "期末编号"}
    assert held == {block.serial: block.quantity_t for block in Block.objects.open().filter(holder=account)}
    assert sum(held.values()) == BOUGHT_T
    shown = maker.get_by_role("main").inner_text()
    assert all(re.sub(r"\s", "", serial) in re.sub(r"\s|\u200b", "", shown) for serial in held)


def test_a_courts_freeze_takes_two_officers_and_what_it_holds_cannot_be_sold(
    committed_world: World, people: People, screenshots: Path
) -> None:
    owner = committed_world.accounts["owner"]
    free = Block.objects.open().filter(holder=owner, state=UnitState.AVAILABLE).tonnes()
    deed = enter_the_freeze(people("officer"), owner, screenshots)
    open_desk(people("officer"), "文书复核台", str(deed))
    expect(people("officer").get_by_role("link", name="复核无误，办理", exact=True)).to_have_count(0)
    assert Freeze.objects.count() == 0, "nothing is frozen by one officer"

    press_in_admin(people("registrar"), "文书复核台", str(deed), "复核无误，办理")

    assert Freeze.objects.get().held_t == FROZEN_T
    maker = people("owner-maker")
    maker.goto("/owner/holdings/")
    for words in (COURT, DOCUMENT, f"{FROZEN_T}", "司法冻结"):
        expect(maker.get_by_role("main")).to_contain_text(words)
    snap(maker, screenshots, "freeze-holder")
    sell(maker, committed_world.accounts["buyer"], free - FROZEN_T + 1)
    expect(maker.get_by_role("alert")).to_contain_text(f"{free - FROZEN_T:,}")
    snap(maker, screenshots, "freeze-transfer-refused")
    assert not Transfer.objects.filter(source=owner, state="CONFIRMING").exists()
    sell(maker, committed_world.accounts["buyer"], free - FROZEN_T)
    expect(maker.get_by_role("status").filter(has_text="已发起")).to_be_visible()


def enter_the_freeze(officer: Page, account: HoldingAccount, screenshots: Path) -> Deed:
    """The first officer enters the court's document with its paper."""
    officer.goto("/manage/")
    click(officer, officer.get_by_role("link", name="司法冻结台", exact=True).first)
    click(officer, officer.locator("a.addlink").first)
    officer.locator("[name=authority]").fill(COURT)
    officer.locator("[name=document_no]").fill(DOCUMENT)
    officer.locator("[name=file]").set_input_files({"name": "裁定书.png", "mimeType": "image/png", "buffer": picture()})
    officer.locator("[name=account]").fill(account.number)
    officer.locator("[name=quantity_t]").fill(str(FROZEN_T))
    officer.locator("[name=until]").fill((clock.today() + timedelta(days=180)).isoformat())
    snap(officer, screenshots, "freeze-entry")
    answer = click(officer, officer.get_by_role("button", name="录入司法冻结", exact=True))
    assert answer.status == 200, officer.locator("body").inner_text()
    return Deed.objects.get(document_no=DOCUMENT)


def sell(maker: Page, to: HoldingAccount, quantity_t: int) -> None:
    """Offer tonnes to another account."""
    maker.goto("/owner/holdings/")
    follow(maker, "发起转移")
    maker.get_by_label("转入账户号").fill(to.number)
    maker.get_by_label("数量").fill(str(quantity_t))
    maker.get_by_label("事由").fill("购销合同 QL-2026-051")
    click(maker, maker.get_by_role("main").get_by_role("button", name="发起转移", exact=True))


def test_a_holder_takes_units_to_an_exchange_and_reads_what_was_sold(
    committed_world: World, people: People, screenshots: Path
) -> None:
    venue = connected(committed_world)
    maker = people("owner-maker")
    maker.goto("/owner/holdings/")
    follow(maker, "交易账户")
    follow(maker, "划转至交易账户")
    maker.get_by_label("交易机构").select_option(label=venue.organisation.name)
    maker.get_by_label("数量").fill("60")
    snap(maker, screenshots, "venue-order-form")
    click(maker, maker.get_by_role("main").get_by_role("button", name="划转至交易账户", exact=True))
    expect(maker.get_by_role("status").filter(has_text="已发起")).to_be_visible()
    order = VenueOrder.objects.get()
    expect(maker.get_by_role("main").get_by_role("button", name="确认划转", exact=True)).to_have_count(0)

    checker = people("owner-checker")
    checker.goto("/owner/venue/")
    follow(checker, str(order))
    press(checker, "确认划转", "已办理")
    order.refresh_from_db()
    assert order.state == VenueOrderState.DONE

    settled(committed_world, venue)
    maker.goto("/owner/venue/")
    for words in (venue.organisation.name, "T-1", "卖出", "405.00"):
        expect(maker.get_by_role("main")).to_contain_text(words)
    snap(maker, screenshots, "venue-seat")
