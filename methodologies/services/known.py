"""Methods known by name: what an authority has made, whether its text is held, and what may be used meanwhile."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from methodologies.models import Method
from methodologies.states import TEXT_BADGES, TextState

LIST = Path(__file__).resolve().parents[1] / "catalogue" / "known" / "whitepaper-2023.toml"


@dataclass(frozen=True)
class Known:
    """One method of the list: where it holds, its title, our own methods in its place (newest first), or what is missing.

    No official text is held of any of them; a method of our own is not one.
    """

    place: str
    title: str
    own: tuple[Method, ...]
    missing: str

    @property
    def state(self) -> TextState:
        """Whether a method of our own stands in its place, or nothing yet."""
        return TextState.OWN if self.own else TextState.WAITING

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return TEXT_BADGES[self.state]

    def get_state_display(self) -> str:
        """Say the state in the reader's words."""
        return str(self.state.label)


@cache
def _entries() -> tuple[dict[str, object], ...]:
    return tuple(tomllib.loads(LIST.read_text(encoding="utf-8"))["entries"])


def newest_published() -> dict[str, Method]:
    """Return the newest published version of every method by its code, without its text."""
    rows = Method.objects.filter(state=Method.State.PUBLISHED).defer("document").order_by("code", "version")
    return {row.code: row for row in rows}


def known() -> list[Known]:
    """Return the 23 methods of table 2 of the white paper of 2023, in its order; one question to the database."""
    newest = newest_published()
    found = []
    for entry in _entries():
        codes = entry.get("own", ())
        own = tuple(newest[code] for code in codes if code in newest)  # type: ignore[attr-defined]
        found.append(Known(str(entry["place"]), str(entry["title"]), own, str(entry.get("missing", ""))))
    return found
