"""Pictures of pages. They are for people to look at: no test may fail because Chromium was too busy to paint one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

TRIES = 3
# Chromium says so when the frame was thrown away between painting and reading, as happens on a busy machine.
NOT_PAINTED = "Unable to capture screenshot"


def picture(page: Page, path: Path, **more: Any) -> None:
    """Keep a picture of a page; asks again for a frame that was not painted."""
    for left in reversed(range(TRIES)):
        try:
            page.screenshot(path=path, **more)
            return
        except Error as error:
            if NOT_PAINTED not in str(error):
                raise
            page.wait_for_timeout(250)
            if not left:
                print(f"no picture of {page.url}: {error}")
