"""An office day by keyboard alone on a small screen: my work, a case, the opinion with a phrase, review and signature by others, an
objection and its answer, a deputy.

Nothing is clicked: Tab, Enter, Alt and a figure, and what is typed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from accounts.models import Division, Event
from accounts.roles import Role
from carbon_portal.story import World
from kernel import clock
from office.models import Objection, Profile, SignOff
from office.services.clock import move_clock
from office.services.phrases import add_phrase
from projects.models import Project
from projects.states import ProjectState
from tests.browser.conftest import Phones
from tests.browser.steps import press, snap
from tests.stages import person, project_in

SMALL = {"width": 1366, "height": 768}
PATIENCE_MS, MOST_TABS = 15_000, 90
NAME = "城北冷库屋顶光伏项目"
OBJECTION = "公示的装机容量是 500 kW，现场只装了 920 块组件，请核对后再登记。"
ANSWER = "现场清点为 920 块 545 W 组件，合 501 kW，与公示一致。"

AtDesk = Callable[[str], Page]


@pytest.fixture
def at_desk(chromium: Browser, server: str) -> AtDesk:
    """Give the small screen of a person who signed in by keyboard."""
    pages: dict[str, Page] = {}

    def page_of(username: str) -> Page:
        if username not in pages:
            context = chromium.new_context(base_url=server, locale="zh-CN", viewport=SMALL)
            context.set_default_timeout(PATIENCE_MS)
            page = pages[username] = context.new_page()
            page.goto("/login/")
            page.locator(f"button[name=username][value={username}]").focus()
            with page.expect_navigation():
                page.keyboard.press("Enter")
            page.goto("/manage/")
        return pages[username]

    return page_of


def focused(page: Page) -> str:
    """Return what the focused element says."""
    found = page.evaluate(
        "() => { const one = document.activeElement; return (one.getAttribute('aria-label') || one.innerText || one.id || '').trim() }"
    )
    return str(found)


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what is focused says these words."""
    for _number in range(MOST_TABS):
        if focused(page) == words:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{words} is not reached by {MOST_TABS} tabs on {page.url}")


def enter(page: Page, words: str) -> None:
    """Tab to a link or button and press Enter; wait for the page it leads to."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fits(page: Page) -> None:
    """Nothing is cut off at the side of the small screen."""
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def office(committed_world: World) -> World:
    """A case under a profile that wants three people, who draft, review and sign; and a colleague who stands in."""
    world, city = committed_world, Division.objects.get(code="9901")
    for username, role in (("reviewer-2", Role.REVIEWER), ("the-leader", Role.LEADER), ("colleague", Role.REGISTRAR)):
        user = person(world, username, role, division=city)
        user.set_password(settings.DEMO_PASSWORD)
        user.save(update_fields=["password"])
    guangdong = Profile.objects.get(code="GD-2022")
    project_in(world, ProjectState.ACCEPTED, name=NAME, meter_no="9901-PV-K1", profile=guangdong)
    project_in(world, ProjectState.SUBMITTED, name="城北小学屋顶", meter_no="9901-PV-K2")
    project_in(world, ProjectState.SUBMITTED, name="城北中学屋顶", meter_no="9901-PV-K3")
    add_phrase(title="符合条件", text="符合方法学适用条件，", by=world.people["reviewer"])
    return world


def test_a_decision_of_three_people_an_objection_and_a_deputys_day(
    office: World, at_desk: AtDesk, phones: Phones, screenshots: Path
) -> None:
    draft_with_a_phrase(at_desk("reviewer"), screenshots)
    review_and_sign(at_desk("reviewer-2"), at_desk("the-leader"), screenshots)
    answer_an_objection(at_desk("officer"), at_desk("registrar"), phones(), screenshots)
    officer, colleague = at_desk("officer"), at_desk("colleague")
    name_the_deputy(office, officer, screenshots)
    accept_as_deputy(colleague, screenshots)
    move_clock(forward=timedelta(days=2), by=office.system, reason="代办期已过")
    colleague.wait_for_timeout(1_200)  # the server reads the clock again after a second
    colleague.goto("/manage/")
    expect(colleague.locator("#content")).not_to_contain_text("城北中学屋顶")
    case = Project.objects.get(name="城北中学屋顶")
    answer = colleague.goto(f"/manage/projects/acceptancedeskrow/{case.pk}/press/accept/")
    assert answer is not None
    assert answer.status in {403, 404}


def draft_with_a_phrase(page: Page, screenshots: Path) -> None:
    """The case is focused when the day begins; its opinion is a phrase and a few words more."""
    fits(page)
    snap(page, screenshots, "office-my-work")
    tab_to(page, NAME)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    fits(page)
    snap(page, screenshots, "office-case")
    tab_to(page, "id_opinion")
    page.keyboard.press("Alt+1")
    page.keyboard.type("拟同意公示。")
    enter(page, "拟办：通过并公示")
    expect(page.locator("#id_reason")).to_have_value("符合方法学适用条件，拟同意公示。")
    snap(page, screenshots, "office-confirm")
    enter(page, "拟办：通过并公示")
    expect(page.get_by_text("已办理：拟办：通过并公示")).to_be_visible()
    assert Project.objects.get(name=NAME).state == ProjectState.ACCEPTED


def review_and_sign(reviewer: Page, leader: Page, screenshots: Path) -> None:
    """The second reviews, the leader signs, and the result is on notice."""
    for page, words in ((reviewer, "审核同意"), (leader, "签发，并办理")):
        page.goto("/manage/")
        tab_to(page, NAME)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        snap(page, screenshots, f"office-{words[:2]}")
        enter(page, words)
        enter(page, words)
        expect(page.get_by_text(f"已办理：{words}")).to_be_visible()
    case = Project.objects.get(name=NAME)
    assert case.notice is not None
    assert (case.state, case.approved_by.username) == (ProjectState.PUBLIC_NOTICE, "the-leader")  # type: ignore[union-attr]
    assert SignOff.objects.get().opinion == "符合方法学适用条件，拟同意公示。"


def answer_an_objection(officer: Page, registrar: Page, visitor: Page, screenshots: Path) -> None:
    """A stranger objects on the phone; one investigates, another decides, the first answers, and the stranger reads it."""
    notice = Project.objects.get(name=NAME).notice
    assert notice is not None
    visitor.goto(f"/notices/{notice.pk}/object/")
    for label, text in (("异议内容", OBJECTION), ("姓名或单位名称", "郑明远"), ("联系方式", "13800000042")):
        visitor.get_by_label(label).fill(text)
    press(visitor, "提交异议")
    number = Objection.objects.get(notice=notice).number
    for page, words in ((officer, "受理异议"), (officer, "开始调查"), (registrar, "异议不成立"), (officer, "答复")):
        page.goto("/manage/")
        enter(page, "异议台")
        enter(page, number)
        snap(page, screenshots, f"office-{words}")
        enter(page, words)
        tab_to(page, "id_reason")
        page.keyboard.type(ANSWER)
        enter(page, words)
        expect(page.get_by_text(f"已办理：{words}")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("main")).to_contain_text(ANSWER)
    snap(visitor, screenshots, "objection-answered")


def name_the_deputy(world: World, officer: Page, screenshots: Path) -> None:
    """The officer names who stands in for her, today and tomorrow."""
    officer.goto("/manage/office/deputydeskrow/new/")
    officer.locator("#id_deputy").focus()
    chosen = officer.locator("#id_deputy option:checked")
    while "colleague" not in chosen.inner_text():
        officer.keyboard.press("ArrowDown")
    for field, day in (("from_on", clock.today()), ("to_on", clock.today() + timedelta(days=1))):
        officer.locator(f"#id_{field}").fill(day.isoformat())
    officer.locator("#id_reason").focus()
    officer.keyboard.type("年休假")
    snap(officer, screenshots, "office-deputy")
    enter(officer, "指定代办人")
    expect(officer.get_by_text("已办理：指定代办人")).to_be_visible()


def accept_as_deputy(page: Page, screenshots: Path) -> None:
    """He finds her case among his own and accepts it; the event says for whom."""
    page.goto("/manage/")
    snap(page, screenshots, "office-deputys-work")
    tab_to(page, "城北小学屋顶")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, "受理")
    enter(page, "受理")
    expect(page.get_by_text("已办理：受理")).to_be_visible()
    event = Event.objects.filter(verb="projects.accept", outcome="DONE").first()
    assert event is not None
    assert event.actor_name == "演示colleague 代 陈立"
