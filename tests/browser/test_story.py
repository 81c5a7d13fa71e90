"""The whole story on new projects, through pages only: a meter's file becomes a unit with a certificate anyone can check.

Eight log-ins and a visitor on a real server with a real worker; only the business clock is moved from outside, as a demo does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from carbon_portal.story import ORGANISATIONS, READINGS_MWH, SERIES
from kernel import clock
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from registry.models import Batch, HoldingAccount, Retirement
from tests.browser.steps import (
    apply,
    certificate_with_file,
    cn,
    fill_day,
    follow,
    open_case,
    press,
    press_in_admin,
    snap,
    verify,
)

METER, YEARLY = "城西图书馆屋顶光伏项目", "城西水厂屋顶光伏项目"
APPLICATIONS = (
    {"name": METER, "capacity_kw": "7", "meter_no": "9901-PV-000077", "location": "青岚市城西区书院路 6 号", "since": date(2016, 1, 15)},
    {"name": YEARLY, "capacity_kw": "1000", "meter_no": "9901-PV-007700", "location": "青岚市城西区水源路 9 号", "since": date(2023, 3, 1)},
)  # fmt: skip
KWH = ("858.8969446275", "863.430890025", "869.98189665", "349.597817125")  # July to October 2016, clarification 5

BENEFICIARY = "青岚市城西马拉松赛"

People = Callable[[str], Page]
Snapshot = Callable[[Page, str], None]


@pytest.fixture
def snapshot(screenshots: Path) -> Snapshot:
    """Keep a picture of a page under a name."""
    return lambda page, name: snap(page, screenshots, name)


def test_a_meters_file_becomes_a_retired_unit_anybody_can_check(
    people: People, worker: None, committed: str, snapshot: Snapshot
) -> None:
    for application in APPLICATIONS:
        register_up_to_notice(people, application, snapshot)
    read_the_notice(people(""), snapshot)
    press_in_admin(people("registrar"), "登记台", METER, "登记", refused="结束，次日起才能登记")
    snapshot(people("registrar"), "admin-refusal")
    pass_the_notice(people(""), snapshot)
    for name in (METER, YEARLY):
        press_in_admin(people("registrar"), "登记台", name, "登记")
    upload_the_file(people("owner-maker"), snapshot)
    enter_the_readings(people("owner-maker"), snapshot)
    for name in (METER, YEARLY):
        report_verify_and_issue(people, name, snapshot)
    assert_issued()
    transfer_300_tonnes(people, snapshot)
    retire_100_tonnes(people, snapshot)
    numbers = read_the_certificates(people, snapshot)
    distrust_what_is_no_good(people, committed, numbers, snapshot)


def register_up_to_notice(people: People, application: dict[str, Any], snapshot: Snapshot) -> None:
    """The maker applies, the checker confirms, the officer accepts, the reviewer approves."""
    name = application["name"]
    maker, checker = people("owner-maker"), people("owner-checker")
    apply(maker, uscc=ORGANISATIONS["owner"][0], **application)
    snapshot(maker, "owner-case-waiting")
    open_case(checker, name)
    press(checker, "确认提交", "已确认，申请送达主管部门")
    press_in_admin(people("officer"), "受理台", name, "受理", reason="材料齐全")
    press_in_admin(people("reviewer"), "审核台", name, "通过并公示", reason="符合方法学适用条件，同意公示")
    snapshot(people("reviewer"), "admin-desk")


def read_the_notice(visitor: Page, snapshot: Snapshot) -> None:
    """Anybody reads the notice with its last day, seven working days on."""
    notice = Project.objects.get(name=METER).notice
    assert notice is not None
    assert notice.workdays == 7
    visitor.goto("/notices/")
    snapshot(visitor, "notices")
    follow(visitor, notice.title)
    expect(visitor.get_by_role("main")).to_contain_text("公示中")
    expect(visitor.get_by_role("main")).to_contain_text(cn(notice.ends_on))
    snapshot(visitor, "notice")


def pass_the_notice(visitor: Page, snapshot: Snapshot) -> None:
    """The business clock goes to the day after the notice, and every page says so."""
    last = Project.objects.get(name=YEARLY).notice.ends_on
    days = (last - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=User.objects.get(username="system"), reason="走完公示期")
    visitor.wait_for_timeout(1_200)  # the server reads the clock again after a second
    visitor.goto("/")
    expect(visitor.get_by_text(f"演示时钟：现在按 {cn(last + timedelta(days=1))}")).to_be_visible()
    snapshot(visitor, "home-clock-moved")


def upload_the_file(maker: Page, snapshot: Snapshot) -> None:
    """The meter's file as it is gives the figures of clarification 5 on the page."""
    open_period(maker, METER, date(2016, 7, 1), date(2016, 10, 13))
    maker.get_by_label("电表数据文件").set_input_files(SERIES)
    press(maker, "上传并计算", "已读入")
    main = maker.get_by_role("main")
    maker.get_by_text("每月明细").first.click()
    for kwh in KWH:
        expect(main.get_by_role("cell", name=kwh, exact=True)).to_be_visible()
    expect(main.get_by_text("4,767").first).to_be_visible()
    main.get_by_text("看缺失的").click()
    expect(main.get_by_role("cell", name="2016-10").first).to_be_visible()
    snapshot(maker, "owner-period-file")


def enter_the_readings(maker: Page, snapshot: Snapshot) -> None:
    """Twelve monthly readings, 1,100 MWh in all."""
    open_period(maker, YEARLY, date(2025, 1, 1), date(2025, 12, 31))
    for month, mwh in enumerate(READINGS_MWH, start=1):
        maker.get_by_label(f"{month}月", exact=True).fill(str(mwh))
    press(maker, "保存并计算", "已保存")
    expect(maker.get_by_role("main")).to_contain_text("722.1775")
    snapshot(maker, "owner-period-readings")


def open_period(maker: Page, name: str, starts_on: date, ends_on: date) -> None:
    """The maker opens a period of a registered project."""
    open_case(maker, name)
    follow(maker, "申报一个核算期")
    fill_day(maker, "starts_on", starts_on)
    fill_day(maker, "ends_on", ends_on)
    press(maker, "下一步，填数据")


def report_verify_and_issue(people: People, name: str, snapshot: Snapshot) -> None:
    """Report, verification by another organisation, application, review, issue by the second officer."""
    maker, checker, verifier = people("owner-maker"), people("owner-checker"), people("verifier")
    address = f"/owner/periods/{MonitoringPeriod.objects.get(project__name=name).pk}/"
    maker.goto(address)
    press(maker, "提交核证机构", "已提交核证机构")
    open_case(verifier, name, home="/verifier/")
    snapshot(verifier, "verifier-period")
    verifier.get_by_label("核证意见").fill("已核对原始数据和计算表")
    press(verifier, "核证通过", "已核证")
    maker.goto(address)
    press(maker, "申请签发，请确认代表确认", "已申请签发")
    checker.goto(address)
    press(checker, "确认申请签发", "已确认，签发申请送达主管部门")
    press_in_admin(people("reviewer"), "签发审核台", name, "同意签发", reason="申请量等于核证量")
    press_in_admin(people("registrar"), "签发台", name, "签发（第二位人员）")
    maker.goto(address)
    snapshot(maker, "owner-period-issued")


def assert_issued() -> None:
    """1 t and the carry of the file, 722 t and the carry of the readings, to the milligram."""
    issued = {
        period.project.name: (period.issued_t, period.carry_mg)
        for period in MonitoringPeriod.objects.filter(project__name__in=(METER, YEARLY)).select_related("project")
    }
    assert issued == {METER: (1, 931_435_853), YEARLY: (722, 177_500_000)}


def transfer_300_tonnes(people: People, snapshot: Snapshot) -> None:
    """The owner's maker sells 300 t of the new batch, the checker confirms, the buyer accepts: serials 1 to 300."""
    maker, checker, buyer = people("owner-maker"), people("owner-checker"), people("buyer-maker")
    maker.goto("/owner/holdings/")
    follow(maker, "发起转移")
    maker.get_by_label("转入账户号").fill(HoldingAccount.objects.get(organisation__name="青岚热电有限公司").number)
    maker.get_by_label("数量").fill("300")
    batch = Batch.objects.get(period__project__name=YEARLY)
    maker.get_by_label("批次").select_option(value=str(batch.pk))
    maker.get_by_label("事由").fill("购销合同 QL-2026-047")
    press(maker, "发起转移", "已发起")
    snapshot(maker, "owner-transfer")
    order = maker.url
    checker.goto(order)
    press(checker, "确认转移", "已办理")
    buyer.goto(order)
    press(buyer, "接收", "已办理")
    assert "-000000001-000000722-" in batch.serial
    expect(buyer.get_by_role("main")).to_contain_text("-000000001-000000300-")
    snapshot(buyer, "buyer-transfer-done")


def retire_100_tonnes(people: People, snapshot: Snapshot) -> None:
    """The buyer's maker and checker, then the registrar in the admin: 100 t retired for a named beneficiary."""
    maker, checker = people("buyer-maker"), people("buyer-checker")
    maker.goto("/owner/holdings/")
    snapshot(maker, "buyer-holdings")
    follow(maker, "发起注销")
    maker.get_by_label("数量").fill("100")
    maker.get_by_label("批次").select_option(value=str(Batch.objects.get(period__project__name=YEARLY).pk))
    maker.get_by_label("用途类别").select_option(label="企业碳中和")
    maker.get_by_label("受益方").fill(BENEFICIARY)
    maker.get_by_label("用途", exact=True).fill("抵销马拉松赛事期间用电产生的排放")
    maker.get_by_label("依据").fill("赛事用电，2026 年")
    press(maker, "发起注销", "已发起")
    order = maker.url
    checker.goto(order)
    snapshot(checker, "buyer-retirement-confirm")
    press(checker, "确认注销", "已办理")
    number = str(Retirement.objects.get(beneficiary=BENEFICIARY))
    press_in_admin(people("registrar"), "注销审批台", number, "审核同意")
    press_in_admin(people("leader"), "注销审批台", number, "复核同意注销，不可撤回")
    maker.goto(order)
    expect(maker.get_by_role("main")).to_contain_text("-000000001-000000100-")
    snapshot(maker, "buyer-retirement-done")
    batch = Batch.objects.get(period__project__name=YEARLY)
    visitor = people("")
    visitor.goto(f"/registry/projects/{batch.series.project.project_no}/")
    expect(visitor.get_by_role("main")).to_contain_text(BENEFICIARY)
    snapshot(visitor, "registry-project")


def certificate_addresses(people: People) -> dict[str, str]:
    """Owner and buyer find their certificates on their own pages; gives the address of each public page."""
    maker, buyer, found = people("owner-maker"), people("buyer-maker"), {}
    open_case(maker, YEARLY)
    follow(maker, "项目登记证书")
    found["registration"] = maker.url
    maker.goto(f"/owner/periods/{MonitoringPeriod.objects.get(project__name=YEARLY).pk}/")
    follow(maker, "减排量签发凭证")
    found["issuance"] = maker.url
    follow(buyer, "注销证明")  # the buyer's page is still the retirement's
    found["retirement"] = buyer.url
    return found


def read_the_certificates(people: People, snapshot: Snapshot) -> dict[str, str]:
    """The worker draws the three files, and the public page says that each certificate is valid; gives their numbers."""
    said = {"registration": YEARLY, "issuance": "722 t", "retirement": BENEFICIARY}
    visitor, numbers = people(""), {}
    for kind, address in certificate_addresses(people).items():
        numbers[kind] = certificate_with_file(visitor, address)
        expect(visitor.get_by_role("main")).to_contain_text(said[kind])
        snapshot(visitor, f"verify-valid-{kind}")
        verify(visitor, numbers[kind], "有效，与登记簿一致")
    return numbers


def distrust_what_is_no_good(people: People, committed: str, numbers: dict[str, str], snapshot: Snapshot) -> None:
    """One character changed: unknown. Changed by SQL: the page says so. Revoked: the page says when and why."""
    visitor, reason = people(""), "登记信息有误，已另发新证"
    verify(visitor, one_character_changed(numbers["retirement"]), "没有查到这份凭证")
    snapshot(visitor, "verify-unknown")
    tamper(committed, numbers["issuance"])
    verify(visitor, numbers["issuance"], "内容与颁发时不一致")
    expect(visitor.get_by_role("main")).not_to_contain_text("7,220")
    snapshot(visitor, "verify-tampered")
    assert visitor.context.request.get(f"/certificates/{numbers['issuance']}.pdf").status == 409

    press_in_admin(people("registrar"), "证书撤销台", numbers["registration"], "撤销证书", reason=reason)
    verify(visitor, numbers["registration"], "已撤销")
    expect(visitor.get_by_role("main")).to_contain_text(cn(clock.today()))
    expect(visitor.get_by_role("main")).to_contain_text(reason)
    snapshot(visitor, "verify-revoked")
    assert visitor.context.request.get(f"/certificates/{numbers['registration']}.pdf").status == 410


def one_character_changed(number: str) -> str:
    """Return the number with another digit in its serial part."""
    place = len(number) - 3
    return f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"


def tamper(database: str, number: str) -> None:
    """Rewrite what a certificate says, past every trigger, as only who owns the database cluster could."""
    with psycopg.connect(database) as conn:
        conn.execute("SET session_replication_role = replica")
        done = conn.execute(
            "UPDATE certificates_certificate SET snapshot = jsonb_set(snapshot, '{quantity_t}', '7220') WHERE number = %s",
            [number],
        )
        assert done.rowcount == 1
