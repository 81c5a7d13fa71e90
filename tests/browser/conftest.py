"""Chromium on the real server: every person has a browser of their own, as they would at their own desk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from accounts.models import User
from tests.browser.looking import Looking
from tests.servers import ROOT

SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-software-rasterizer",
)  # fmt: skip
PATIENCE_MS = 15_000

People = Callable[[str], Page]
Phones = Callable[..., Page]
POCKET = ViewportSize(width=390, height=844)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the run; skipped with the reason when there is none."""
    program = os.environ.get("PORTAL_CHROMIUM")
    if not program:
        pytest.skip("no Chromium: PORTAL_CHROMIUM does not name one")
    # Playwright's loop runs in this thread, which Django would take for asynchronous code; the tests read rows between clicks.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def looking(chromium: Browser) -> Iterator[Looking]:
    """A browser that lays out answers of the test client, without a server."""
    window = Looking(chromium)
    yield window
    window.close()


@pytest.fixture
def people(chromium: Browser, server: str) -> Iterator[People]:
    """Give the page of a person in a browser context of its own, signed in once; "" is a visitor nobody knows."""
    pages: dict[str, Page] = {}

    def page_of(username: str) -> Page:
        if username not in pages:
            context = chromium.new_context(base_url=server, locale="zh-CN", viewport={"width": 1280, "height": 900})
            context.set_default_timeout(PATIENCE_MS)
            pages[username] = context.new_page()
            if username:
                sign_in(pages[username], username)
        return pages[username]

    yield page_of
    for page in pages.values():
        page.context.close()


def sign_in(page: Page, username: str) -> None:
    """Come in by the demo's one click, on the page everybody signs in on."""
    page.goto("/login/")
    page.locator(f"button[name=username][value={username}]").click()
    page.get_by_role("button", name="退出登录").wait_for()


@pytest.fixture
def phones(chromium: Browser, server: str) -> Iterator[Phones]:
    """Give phones of their own, signed in or not, with script or without."""
    opened: list[BrowserContext] = []

    def phone(user: User | None = None, *, script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=server,
            locale="zh-CN",
            viewport=POCKET,
            device_scale_factor=1.5,
            has_touch=True,
            is_mobile=True,
            java_script_enabled=script,
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        if user is not None:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": _session(user), "url": server}])
        return context.new_page()

    yield phone
    for context in opened:
        context.close()


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key
    return session.session_key


@pytest.fixture
def desks(people: People) -> People:
    """Everybody at a screen of 1366 by 768."""

    def page_of(username: str) -> Page:
        page = people(username)
        page.set_viewport_size({"width": 1366, "height": 768})
        return page

    return page_of


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of key pages go, to be looked at by people."""
    folder = Path(os.environ.get("PORTAL_SCREENSHOTS") or ROOT / "var" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
