"""The live figures of the home page, each from the table that holds it."""

from __future__ import annotations

from typing import Any


def overview() -> dict[str, Any]:
    """Return the figures of the home page."""
    return {}
