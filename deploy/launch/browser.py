"""Chromium for the tests that drive a real page."""

from __future__ import annotations

import os
import shutil
import sys

from deploy.launch.pango import apt_install
from deploy.launch.places import Places
from deploy.launch.progress import step

# Without windows it needs half of the processor time that the whole browser takes for the same pages.
_SHELL = "chromium-headless-shell"
_NAMES = (_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Glyphs for Chinese in screenshots, and the tools that look into a PDF.
_BESIDE = ("fonts-noto-cjk", "poppler-utils")


def chromium(places: Places) -> str:
    """Return the path of a Chromium, installed when we are root; empty when there is none, and browser tests are skipped."""
    asked = os.environ.get("PORTAL_CHROMIUM")
    if not asked and not shutil.which(_SHELL) and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("测试用浏览器", "Chromium"):
            installed = apt_install(places, _SHELL, *_BESIDE)
            if not installed and not _on_path():  # an older Debian has the whole browser only
                apt_install(places, "chromium", *_BESIDE)
    found = asked or _on_path()
    if not found:
        print(
            "  没有 Chromium，浏览器测试将跳过。No Chromium: browser tests will be skipped. (apt-get install chromium)",
            file=sys.stderr,
        )
    return found or ""


def _on_path() -> str | None:
    return next((path for path in map(shutil.which, _NAMES) if path), None)
