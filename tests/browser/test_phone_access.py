"""The same of the pages a rider's phone and a till show; in a file of its own, so that two workers share the looking."""

from __future__ import annotations

from pathlib import Path

from carbon_portal.story import recall
from tests.browser.asking import phone_pages
from tests.browser.looking import Looking, in_themes, look_at, page_templates


def test_every_page_of_a_phone(city: str, looking: Looking, screenshots: Path) -> None:
    seen = look_at(phone_pages(recall()), looking, screenshots)
    assert page_templates("scenarios", "rewards") - seen == set()
    assert in_themes(looking, "/me/enter/") == []
