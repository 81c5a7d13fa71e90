"""A stranger with a telephone objects to a notice; the officer answers; only then the registrar goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from carbon_portal.story import World
from kernel import clock
from office.models import Objection
from office.services.clock import move_clock
from tests.browser.steps import click, follow, press, press_in_admin, snap
from tests.stages import project_in

People = Callable[[str], Page]
PHONE = {"width": 390, "height": 844}
TEXT = "公示的装机容量是 500 kW，现场只装了 920 块组件，请核对后再登记。"
ANSWER = "现场清点为 920 块 545 W 组件，合 501 kW，与公示一致。"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def test_a_stranger_objects_and_the_case_waits_for_the_answer(
    people: People, committed_world: World, screenshots: Path
) -> None:
    world = committed_world
    project = project_in(world, "PUBLIC_NOTICE")
    assert project.notice is not None
    visitor = people("")
    visitor.set_viewport_size(PHONE)
    number = object_on_the_phone(visitor, project.notice.pk, screenshots)
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="公示结束次日")
    visitor.wait_for_timeout(1_200)  # the server reads the clock again after a second

    officer, registrar = people("officer"), people("registrar")
    press_in_admin(registrar, "登记台", project.name, "登记", refused=f"异议 {number} 还没有答复")
    for who, verb in ((officer, "受理异议"), (officer, "开始调查"), (registrar, "异议不成立"), (officer, "答复")):
        who.goto("/manage/")
        press_in_admin(who, "异议台", number, verb, reason=ANSWER)
        if verb == "受理异议":
            snap(officer, screenshots, "admin-objections")
    registrar.goto("/manage/")
    press_in_admin(registrar, "登记台", project.name, "登记")

    visitor.reload()
    expect(visitor.get_by_role("main")).to_contain_text(ANSWER)
    snap(visitor, screenshots, "objection-answered")
    press(visitor, "我已看过答复", "已记下您看过答复")
    visitor.goto(f"/notices/{project.notice.pk}/")
    expect(visitor.get_by_role("main")).to_contain_text(ANSWER)
    snap(visitor, screenshots, "notice-objected")


def object_on_the_phone(visitor: Page, notice: int, screenshots: Path) -> str:
    """Fill in the form on the notice and read number and code from the receipt; nothing scrolls sideways."""
    visitor.goto(f"/notices/{notice}/")
    snap(visitor, screenshots, "notice-phone")
    follow(visitor, "提出异议")
    snap(visitor, screenshots, "objection-form")
    visitor.get_by_label("异议内容").fill(TEXT)
    visitor.get_by_label("姓名或单位名称").fill("郑明远")
    visitor.get_by_label("联系方式").fill("13800000042")
    visitor.get_by_label(re.compile("证明材料")).set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": PNG}
    )
    button = visitor.get_by_role("main").get_by_role("button", name="提交异议")
    assert click(visitor, button).status == 200, visitor.get_by_role("main").inner_text()
    row = Objection.objects.get(notice=notice)
    expect(visitor.get_by_role("status").filter(has_text="回执")).to_contain_text(row.number)
    assert visitor.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    snap(visitor, screenshots, "objection-receipt")
    return row.number
