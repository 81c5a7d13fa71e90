"""From riders' grams to a tonne, pressed on the pages: the operator gathers, the platform claims, the verifier samples, anybody reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from carbon_portal.story import World
from projects.models import MonitoringPeriod
from projects.services import periods
from registry.models import Batch
from registry.services.issuing import issue
from scenarios.models import ClaimBatch
from tests.browser.conftest import People
from tests.browser.steps import click, follow, press
from tests.gathering import Riding, gathering, scene_project

SUBJECTS = [f"r{number:02d}" for number in range(12)]


@pytest.fixture
def made(committed_world: World) -> Riding:
    """Twelve riders with 1.2 t of January, and the project of their platform."""
    made = gathering(committed_world, SUBJECTS)
    days = [f"2021-01-{day:02d}T08:00:00+08:00" for day in range(1, 29)]
    made.rides(*((subject, start, 19_000) for subject in SUBJECTS for start in days))
    scene_project(made)
    for name in ("operator", "platform-maker", "platform-checker"):
        user = committed_world.people[name]
        user.set_password(settings.DEMO_PASSWORD)
        user.save()
    return made


def test_a_month_of_rides_is_followed_from_the_operators_desk_to_the_public_page(
    made: Riding, people: People, screenshots: Path
) -> None:
    operator = people("operator")
    operator.goto("/manage/scenarios/claimbatch/gather/")
    operator.get_by_label("月份").fill("2021-01")
    click(operator, operator.get_by_role("button", name="看还没归集的"))
    expect(operator.get_by_text("1.232112000")).to_be_visible()
    operator.screenshot(path=screenshots / "claims-gather.png", full_page=True)
    click(operator, operator.get_by_role("button", name="归集这个月"))
    claim = ClaimBatch.objects.get()
    assert claim.month == date(2021, 1, 1)

    maker = people("platform-maker")
    project = claim.scene.projects.get()
    maker.goto(f"/owner/projects/{project.pk}/")
    follow(maker, "用归集批次申报")
    press(maker, "用这个批次申报")
    period = MonitoringPeriod.objects.get(claim=claim)
    maker.screenshot(path=screenshots / "claims-period.png", full_page=True)
    press(maker, "提交核证机构", "已提交核证机构")

    verifier = people("verifier")
    verifier.goto(f"/verifier/periods/{period.pk}/")
    press(verifier, "抽样并重算", "已抽样")
    verifier.get_by_text("看每一个样本").click()
    verifier.screenshot(path=screenshots / "claims-sample.png", full_page=True)
    verifier.get_by_label("核证意见").fill("样本与原始记录一致")
    press(verifier, "核证通过", "已核证")

    world = made.world
    period = periods.apply_issue(MonitoringPeriod.objects.get(pk=period.pk), by=world.people["platform-maker"])
    period = periods.confirm_issue(period, by=world.people["platform-checker"])
    period = periods.approve_issue(period, by=world.people["reviewer"])
    issue(period, by=world.people["registrar"], key="browser-issue-units")
    batch = Batch.objects.get(period=period)

    visitor = people("")
    visitor.goto(f"/registry/projects/{project.project_no}/")
    follow(visitor, "从哪里来")
    expect(visitor.get_by_text("12 个人的 336 次行为")).to_be_visible()
    visitor.screenshot(path=screenshots / "claims-batch.png", full_page=True)
    visitor.set_viewport_size({"width": 390, "height": 844})
    visitor.screenshot(path=screenshots / "claims-batch-phone.png", full_page=True)
    wide = visitor.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, f"{batch}: the page is {wide} px wide on a phone"
