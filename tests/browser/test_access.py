"""Pages that everybody can use: no serious finding of axe, no sideways scrolling on a phone, the desks by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize, expect

from carbon_portal.story import World, meeting
from carbon_portal.story.meeting import inventory
from certificates.models import Certificate
from projects.services import applications
from projects.states import ProjectState
from tests.flows.merging import reported, submitted
from trading.models import Agreement

People = Callable[[str], Page]
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)
GRAVE = {"serious", "critical"}
RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def addresses(world: World) -> dict[str, list[str]]:
    """Return the pages to look at, by who looks."""
    project, period = world.projects["meter"], world.periods["meter"]
    waiting = reported(world)
    certificate = Certificate.objects.filter(kind=Certificate.Kind.RETIREMENT).get()
    assert world.transfer is not None
    assert world.retirement is not None
    assert project.notice is not None
    event, counted = meeting(world), inventory(world)
    agreement, neutral = Agreement.objects.get(), Certificate.objects.for_subject(event).get()
    return {
        "": [
            "/", "/notices/", f"/notices/{project.notice.pk}/", "/registry/", f"/registry/projects/{project.project_no}/",
            "/methods/", f"/methods/{project.method.number}/", "/verify/", f"/verify/{certificate.number}/",
            "/verify/TPH990100202601010000010/", "/events/", f"/events/{event.number}/", f"/verify/{neutral.number}/",
            "/login/", "/login/phone/", "/about/", "/preferences/",
            "/methods/CN-2023-002/?energy_kwh=30&grid=西南", "/methods/CN-2023-003/?distance_km=x&on-day=2022",
            "/methods/CN-2023-011/", "/factors/",
        ],
        "owner-maker": [
            "/owner/", "/owner/projects/new/", f"/owner/projects/{project.pk}/", f"/owner/projects/{project.pk}/periods/new/",
            f"/owner/periods/{period.pk}/", f"/owner/periods/{waiting.pk}/", "/owner/holdings/", "/owner/transfers/new/",
            f"/owner/transfers/{world.transfer.pk}/",
        ],
        "buyer-maker": ["/owner/retirements/new/", f"/owner/retirements/{world.retirement.pk}/"],
        "host-maker": [
            "/owner/agreements/", "/owner/agreements/new/", f"/owner/agreements/{agreement.pk}/", "/owner/events/",
            "/owner/events/new/", f"/owner/events/{event.pk}/", f"/owner/events/{counted.pk}/", f"/owner/events/{counted.pk}/retire/",
            f"/owner/events/{counted.pk}/items/new/CN-2019-901-V01/",
        ],
        "verifier": ["/verifier/", f"/verifier/periods/{waiting.pk}/"],
    }  # fmt: skip


@pytest.fixture
def every_page(people: People, committed_world: World) -> Callable[[], Iterator[Page]]:
    """Give each page in turn, opened by who may open it."""
    by_person = addresses(committed_world)

    def opened() -> Iterator[Page]:
        for username, paths in by_person.items():
            page = people(username)
            for path in paths:
                answer = page.goto(path)
                assert answer is not None
                assert answer.status in ({404} if path.startswith("/verify/TPH99010020260101") else {200}), path
                yield page

    return opened


def test_no_page_has_a_serious_barrier_or_scrolls_sideways_on_a_phone(
    every_page: Callable[[], Iterator[Page]], people: People
) -> None:
    wrong, errors = [], []
    for username in ("", "owner-maker", "buyer-maker", "verifier"):
        people(username).on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    for page in every_page():
        wrong += [*barriers(page), *sideways(page)]
    for page in dark(people("owner-maker")):
        wrong += barriers(page)
    assert not wrong, "\n".join(wrong)
    # A page that breaks its own content policy says so on the console; the unknown certificate's 404 is meant.
    assert [error for error in errors if "status of 404" not in error] == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_scrolls_sideways_on_a_phone_in_the_largest_size(
    every_page: Callable[[], Iterator[Page]], people: People, server: str, language: str
) -> None:
    for username in ("", "owner-maker", "buyer-maker", "verifier"):
        cookies = {"size": "xxl", settings.LANGUAGE_COOKIE_NAME: language}
        people(username).context.add_cookies([{"name": n, "value": v, "url": server} for n, v in cookies.items()])
    wrong = [finding for page in every_page() for finding in sideways(page)]
    assert not wrong, "\n".join(wrong)


def test_the_measure_of_barriers_can_fail(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html lang=zh><title>空</title><main><img src='data:,'><p style='width:900px'>宽</p></main>")
    assert "image-alt" in "".join(barriers(page))
    assert "px" in "".join(sideways(page))
    page.close()


def barriers(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{page.url}: {one['id']}, {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in GRAVE
    ]


def sideways(page: Page) -> list[str]:
    """Return by what a page is wider than a phone, then widen it again."""
    before = page.viewport_size or DESK
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    found = [f"{page.url}: {width} px, {page.evaluate(WIDEST)}"] if width > PHONE["width"] else []
    page.set_viewport_size(before)
    return found


def dark(page: Page) -> Iterator[Page]:
    """Give three pages in dark colours."""
    page.get_by_role("button", name="深色").click()
    for path in ("/", "/registry/", "/owner/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        yield page


# What sticks out on the right, for whoever has to mend it; what scrolls in a box of its own does not count.
WIDEST = """() => [...document.querySelectorAll('main *, header *, footer *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, .nav'))
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120))"""


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
