"""Pages as the portal answers with them, laid out by Chromium with no server between: what bars people, what is too wide, what
an English reader finds in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import transaction
from django.db.models import CharField, JSONField, Model, TextField
from django.test import Client
from playwright.sync_api import Browser, Page, Route, ViewportSize

from accounts.models import User
from tests.browser.asking import Ask
from tests.browser.pictures import picture

HOST = "http://portal.localhost"
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=900)
RULES = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


class Looking:
    """A browser in which an answer of Django's test client is a page, with its own style sheets and content policy."""

    def __init__(self, browser: Browser, viewport: ViewportSize = DESK) -> None:
        context = browser.new_context(
            locale="zh-CN", viewport=viewport, service_workers="block", reduced_motion="reduce"
        )
        context.route("**/*", self._answer)
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self._client, self._shown = Client(), None

    def show(self, client: Client, answer: Any, size: ViewportSize = DESK) -> Page:
        """Lay an answer out under the address it was asked for."""
        if self.page.viewport_size != size:
            self.page.set_viewport_size(size)
        self._client, self._shown = client, answer
        self.page.goto(HOST + answer.wsgi_request.get_full_path())
        return self.page

    def _answer(self, route: Route) -> None:
        asked = urlsplit(route.request.url)
        if route.request.is_navigation_request():
            answer = self._shown
        elif asked.path.startswith("/static/"):
            found = finders.find(asked.path.removeprefix("/static/"))
            route.fulfill(path=found) if found else route.abort()
            return
        else:
            answer = self._client.get(f"{asked.path}?{asked.query}")
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        route.fulfill(status=200, headers={name: str(value) for name, value in answer.headers.items()}, body=body)

    def close(self) -> None:
        """Close the browser's context."""
        self.page.context.close()


def barriers(page: Page, within: str = "html") -> list[str]:
    """Return what axe finds serious or critical, in the whole page or within a part of it."""
    page.evaluate(AXE)
    return [f"{page.url}: {one}" for one in page.evaluate(GRAVE_ONES, [within, RULES])]


# The whole report is large, and costs more to carry out of the browser than to make.
AXE = str(Axe().axe_script)
GRAVE_ONES = """async ([within, rules]) => (await axe.run(within, rules)).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}, ${one.help} ` + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' '))"""


def in_themes(looking: Looking, path: str) -> list[str]:
    """Return what bars people on a visitor's page in dark colours and in strong contrast."""
    client, wrong = Client(), []
    page = looking.show(client, client.get(path))
    for theme in ("dark", "contrast"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        wrong += [f"{theme}: {one}" for one in barriers(page)]
    return wrong


def sideways(page: Page) -> list[str]:
    """Return by what a page is wider than a phone, then widen it again."""
    before = page.viewport_size or DESK
    page.set_viewport_size(PHONE)
    found = too_wide(page, "")
    page.set_viewport_size(before)
    return found


def too_wide(page: Page, size: str) -> list[str]:
    """Return by what a page, as narrow as a phone already, is wider than it in this size of print."""
    width = page.evaluate(MEASURE, size)
    return [f"{page.url} {size}: {width} px, {page.evaluate(WIDEST)}"] if width > PHONE["width"] else []


# The size of print is an attribute of the root, as the preferences' cookie sets it.
MEASURE = """size => {
    const root = document.documentElement
    if (size) root.dataset.size = size; else delete root.dataset.size
    return root.scrollWidth
}"""
# What sticks out on the right, for whoever has to mend it; what scrolls in a box of its own does not count.
WIDEST = """() => [...document.querySelectorAll('main *, header *, footer *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, .nav'))
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120))"""

# A run of Chinese, with the digits and marks within it.
CHINESE = re.compile(r"[\u3400-\u9fff](?:[\u3400-\u9fff0-9A-Za-z、，。：；（）《》“”〔〕·\s.%/-]*[\u3400-\u9fff])?")
# Told in the attributes of an element, to some of its readers only.
TOLD = {"aria-label", "title", "placeholder", "alt"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._skipped += 1
        self.found += [value for name, value in attrs if name in TOLD and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._skipped -= 1

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.found.append(data)


def untranslated(answer: Any, known: str) -> list[str]:
    """Return the runs of Chinese on an English page that are not in ``known``, what people and documents wrote themselves."""
    words = _Words()
    words.feed(answer.content.decode())
    runs = {run.group().strip() for text in words.found for run in CHINESE.finditer(text)}
    return [f"{answer.wsgi_request.path}: {run}" for run in sorted(runs) if not _written(run, known)]


def _written(run: str, known: str) -> bool:
    """Whether somebody wrote this, or the pieces of it that stand apart on the page."""
    return run in known or all(
        piece in known for piece in re.split(r"[\s·，、：；（）。]+", run) if CHINESE.search(piece)
    )


# What is Chinese on purpose: names of this deployment, and the switch that leads back.
SAID = (settings.SITE_NAME, settings.BUREAU_NAME, "中文")


@cache
def _documents() -> str:
    """Return the text of the catalogue, also of what is not loaded into the database."""
    return "\n".join(path.read_text() for path in (settings.BASE_DIR / "methodologies" / "catalogue").rglob("*.toml"))


def written() -> str:
    """Return what people and documents wrote: every text column; of events only what is not a sentence of the portal."""
    texts = [text for model in apps.get_models() for text in _texts(model)]
    return "\n".join([*SAID, _documents(), *texts])


def _texts(model: type[Model]) -> Iterator[str]:
    columns = [field for field in model._meta.concrete_fields if isinstance(field, CharField | TextField | JSONField)]
    names = [field.attname for field in columns if not field.choices and field.name != "said"]
    for row in model._default_manager.order_by().values_list(*names).distinct() if names else ():
        yield from (str(value) for value in row if value)


def page_templates(*folders: str) -> set[str]:
    """Return the templates of whole pages below these folders, those that extend a frame."""
    root = Path(__file__).resolve().parents[2] / "templates"
    return {
        str(path.relative_to(root))
        for folder in folders
        for path in (root / folder).rglob("*.html")
        if "pdf" not in path.parts and "{% extends" in path.read_text() and "{% block" in path.read_text()
    }


def look_at(pages: Mapping[str, Sequence[Ask]], looking: Looking, folder: Path) -> set[str]:
    """Look at every page in both languages; return the templates that were seen. Nothing an answer changes is kept."""
    wrong: list[str] = []
    seen: set[str] = set()
    known = written()
    for username, asks in pages.items():
        client = Client()
        if username:
            client.force_login(User.objects.get(username=username))
        for ask in asks:
            answer, _chinese = _asked(client, ask, "zh-hans", known)
            if answer.status_code != ask.status:
                wrong.append(f"{ask.name}: {answer.status_code} {answer.headers.get('Location', '')}")
                continue
            page = looking.show(client, answer)
            seen |= {str(template.name) for template in answer.templates}
            picture(page, folder / f"page-{ask.name}.jpg", type="jpeg", quality=60)
            wrong += barriers(page)
            page.set_viewport_size(PHONE)
            wrong += [*too_wide(page, ""), *too_wide(page, "xxl")]
            english, chinese = _asked(client, ask, "en", known)
            wrong += [*chinese, *too_wide(looking.show(client, english, PHONE), "xxl")]
    assert not wrong, "\n".join(wrong)
    assert looking.errors == [], "a page that breaks its own content policy says so on the console"
    return seen


def _asked(client: Client, ask: Ask, language: str, known: str) -> tuple[Any, list[str]]:
    """Ask for a page in a language, and take back what the asking did; gives also what is not English on an English one."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with transaction.atomic():
        answer = ask.press(client)
        chinese = untranslated(answer, known) if language == "en" else []
        if chinese:  # what the asking itself wrote down is known too
            chinese = untranslated(answer, written())
        transaction.set_rollback(True)
    return answer, chinese
