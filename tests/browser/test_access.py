"""Pages that everybody can use, page by page: no serious finding of axe, no sideways scrolling on a phone in any size of print,
English without a word of ours in Chinese, and a picture kept; the desks by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from carbon_portal.story import World, recall
from projects.services import applications
from projects.states import ProjectState
from tests.browser.asking import desk_pages
from tests.browser.looking import Looking, barriers, in_themes, look_at, page_templates, sideways
from tests.flows.merging import submitted

People = Callable[[str], Page]
FOLDERS = (
    "account", "certificates", "mfa", "methodologies", "office", "projects", "registration", "registry", "site", "trading",
    "usersessions",
)  # fmt: skip
# Of an account without a password, and of a file that was changed on the disk: the city has neither.
ELSEWHERE = {"account/password_set.html", "certificates/broken.html"}


def test_every_page_of_desks_and_visitors(city: str, looking: Looking, screenshots: Path) -> None:
    seen = look_at(desk_pages(recall()), looking, screenshots)
    assert page_templates(*FOLDERS) - seen == ELSEWHERE
    assert in_themes(looking, "/registry/") == []


def test_the_measure_of_barriers_can_fail(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html lang=zh><title>空</title><main><img src='data:,'><p style='width:900px'>宽</p></main>")
    assert "image-alt" in "".join(barriers(page))
    assert "px" in "".join(sideways(page))
    page.close()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus, and see that the focus shows."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["name"] == name:
            assert focus["shown"], f"nothing shows that {name} has the focus"
            return
    raise AssertionError(f"no way to {name} by the Tab key")


FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one)
    const name = one.labels?.[0]?.textContent ?? one.textContent
    return {name: name.trim(), shown: style.outlineStyle != 'none' || style.boxShadow != 'none'}
}"""


def test_an_officer_accepts_an_application_by_keyboard_alone(people: People, committed_world: World) -> None:
    project = applications.confirm(submitted(committed_world), by=committed_world.people["owner-checker"])
    page = people("officer")
    page.goto("/manage/")
    for name in ("受理台", project.name, "受理"):
        tab_to(page, name)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    tab_to(page, "意见（选填）")
    page.keyboard.type("材料齐全")
    tab_to(page, "受理")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("已办理：受理")).to_be_visible()
    project.refresh_from_db()
    assert project.state == ProjectState.ACCEPTED
