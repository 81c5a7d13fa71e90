"""An officer writes a method in Chromium, breaks it, mends it; a second officer publishes it; every process computes with it at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carbon_portal.story import World
from methodologies.models import Method
from office.services.clock import move_clock
from projects.models import Quantification
from projects.services import reviews
from tests.browser.conftest import People
from tests.browser.steps import click, press_in_admin, snap
from tests.riding import ago, platform, ride, rider, scene, settled
from tests.servers import running
from tests.stages import period_in, project_in

FROM = "省生态环境厅 某函〔2026〕9 号"


@pytest.fixture
def other_process(committed: str, tmp_path: Path) -> Iterator[str]:
    """A second web server on the same database, with caches of its own, started before the method is there."""
    with running(committed, tmp_path / "other.log") as address:
        yield address


def begin(page: Page, title: str) -> None:
    """Begin a new method of a text another authority has filed."""
    page.goto("/workshop/")
    click(page, page.get_by_role("main").get_by_role("link", name="新编方法学").first)
    page.get_by_label("地区代号").fill("DM")
    page.get_by_label("名称", exact=True).fill(title)
    page.get_by_label("原备案机关和文号").fill(FROM)
    click(page, page.get_by_role("button", name="开始编制"))


def fill(page: Page, cells: dict[str, str]) -> None:
    """Type into cells by their ids."""
    for cell, text in cells.items():
        page.locator(f"#{cell}").fill(text)


SHEET = {
    "source": "某函附件（演示）",
    "inputs-0-name": "distance_km",
    "inputs-0-title": "里程",
    "inputs-0-unit": "km",
    "inputs-0-min": "0",
    "inputs-0-max": "60",
    "parameters-0-name": "saved",
    "parameters-0-title": "每公里减排",
    "parameters-0-unit": "kg/km",
    "parameters-0-value": "0.05",
    "parameters-0-source": "某函附件（演示）",
    "formula-0-name": "ER",
    "formula-0-label": "减排量",
    "formula-0-source": "saved * distance_km",
    "examples-0-title": "十公里",
    "examples-0-inputs": "distance_km=10",
    "examples-0-expected": "0.5",
    "text-rights": "减排量归骑行的人。",
}


def write(page: Page, screenshots: Path) -> None:
    """Write the method, seeing it computed while typing."""
    begin(page, "共享单车出行")
    fill(page, SHEET)
    expect(page.locator("#preview")).to_contain_text("单位和算例都对")
    expect(page.locator("#preview math")).to_be_visible()
    snap(page, screenshots, "workshop-written")


def break_it(page: Page, screenshots: Path) -> None:
    """Break the formula: the place is marked while typing; saved, nothing of it is lost."""
    page.locator("#formula-0-source").fill("saved * distanse_km + 1")
    expect(page.locator("#preview .marked")).to_have_text(
        "saved * distanse_km + 1\n        ^^^^^^^^^^^", use_inner_text=True
    )
    expect(page.locator("#preview")).to_contain_text("是不是 distance_km")
    expect(page.locator("#formula-0-source")).to_have_attribute("aria-invalid", "true")
    snap(page, screenshots, "workshop-broken")
    click(page, page.get_by_role("button", name="添一行公式"))
    assert page.locator("#formula-0-source").input_value() == "saved * distanse_km + 1"
    click(page, page.get_by_role("button", name="公式第 2 行：去掉"))


def mend(page: Page) -> None:
    """Mend it; a tab that was left without saving still has what was typed."""
    page.locator("#formula-0-source").fill("saved * distance_km")
    expect(page.locator("#preview")).to_contain_text("单位和算例都对")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/workshop/")
    page.go_back()
    assert page.locator("#formula-0-source").input_value() == "saved * distance_km"
    click(page, page.get_by_role("button", name="保存，看整份"))


def publish(page: Page, title: str) -> None:
    """Publish as the second officer."""
    press_in_admin(page, "方法学备案台", title, "核对无误，发布")


def test_a_method_is_written_broken_mended_and_published_and_every_process_computes_with_it(
    committed_world: World, people: People, server: str, other_process: str, screenshots: Path
) -> None:
    officer, registrar = people("officer"), people("registrar")
    write(officer, screenshots)
    break_it(officer, screenshots)
    press_in_admin(registrar, "方法学备案台", "DM-", "核对无误，发布", refused="没有名为 distanse_km 的量")
    number = "DM-2026-001"
    nowhere = [officer.request.get(f"{address}/methods/{number}/").status for address in (server, other_process)]
    assert nowhere == [404, 404]
    mend(officer)
    publish(registrar, "DM-")
    for address in (server, other_process):
        answer = officer.request.get(f"{address}/methods/{number}/?distance_km=10")
        assert answer.status == 200
        assert 'data-mg="500000"' in answer.text()
    officer.goto(f"/methods/{number}/")
    snap(officer, screenshots, "workshop-published")
    trip(committed_world, Method.objects.get(code=number))
    again(officer)
    publish(registrar, "GD-2022-002")
    period(committed_world, Method.objects.get(code="GD-2022-002", version=3))


def again(page: Page) -> None:
    """Begin the next version of the method for solar power with its text."""
    page.goto("/methods/GD-2022-002/")
    page.get_by_text("起草新版本").click()
    page.get_by_label("原备案机关和文号").fill(FROM)
    click(page, page.get_by_role("button", name="用这一版的文本起草"))
    expect(page.locator("#preview")).to_contain_text("单位和算例都对")


def trip(world: World, method: Method) -> None:
    """A trip is counted by the new method."""
    one = scene("shared", method=method)
    partner = platform(world, "shared", scenes=[one])
    rider(world, "r1", (partner, one), since=ago(days=2))
    upload = settled(partner, one, ride("r1", "t1", ago(hours=3), 20, "3000.0"))
    assert (upload.accepted, upload.saved_mg, upload.method) == (1, 150_000, method)


def period(world: World, method: Method) -> None:
    """A period of a roof registered under the new version is quantified by it."""
    project = project_in(world, "PUBLIC_NOTICE", method=method)
    move_clock(forward=timedelta(days=30), by=world.system, reason="公示期满")
    project = reviews.register(project, by=world.people["registrar"])
    claimed = period_in(world, "DRAFT", project=project, mwh="100")
    used = Quantification.objects.get(period=claimed)
    assert (used.method, claimed.claimed_mg) == (method, 65_652_500_000)
