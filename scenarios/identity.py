"""The identity adapter: who tells whether a name and an identity number belong together.

A deployment connects the service its bureau has a contract with. The demo has one of its own, labelled as such, which asks
nobody: every valid number matches, unless the name holds 不符.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings


class IdentityService(Protocol):
    """What an identity service answers. ``label`` is kept beside the answer and shown to the person."""

    label: str

    def matches(self, name: str, identity_no: str) -> bool:
        """Tell whether the number is this person's. Raises OSError when the service does not answer in time."""
        ...


class DemoService:
    """The demo's own: no data leave the portal."""

    label = "演示核验"

    def matches(self, name: str, identity_no: str) -> bool:
        """Say yes to every name but one with 不符 in it."""
        return "不符" not in name


def identity_service() -> IdentityService | None:
    """Return the connected service, or None: then nobody can be verified, and the page says so."""
    return DemoService() if settings.DEMO or settings.TESTING else None
