"""Policies known by name: the instruments of the white paper's table 1, how long they hold, and what here rests on them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from methodologies.models import Method
from methodologies.services.known import newest_published
from methodologies.states import POLICY_BADGES, PolicyState
from office.models import Profile

LIST = Path(__file__).resolve().parents[1] / "catalogue" / "known" / "policies-2023.toml"


@dataclass(frozen=True)
class Policy:
    """One instrument: where it holds, number and days as far as they are known, and on a day whether it is in force.

    ``methods`` are our own methods of its place, newest first; the profile is the one that follows it.
    """

    place: str
    title: str
    document_no: str
    valid_from: date | None
    valid_to: date | None
    source: str
    state: PolicyState
    profile: Profile | None
    methods: tuple[Method, ...]

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return POLICY_BADGES[self.state]

    def get_state_display(self) -> str:
        """Say the state in the reader's words."""
        return str(self.state.label)


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(LIST.read_text(encoding="utf-8"))["entries"])


def state_on(day: date, valid_from: date | None, valid_to: date | None) -> PolicyState:
    """Tell whether an instrument holds on a day. Both ends count; an end that is not known decides nothing."""
    if valid_to is not None and day > valid_to:
        return PolicyState.ENDED
    if valid_from is not None and day < valid_from:
        return PolicyState.COMING
    return PolicyState.UNKNOWN if valid_from is None or valid_to is None else PolicyState.IN_FORCE


def policies(day: date) -> list[Policy]:
    """Return the 17 instruments of table 1 of the white paper of 2023, in its order, as they stand on a day; two questions to the
    database."""
    profiles = {row.code: row for row in Profile.objects.all()}
    newest = newest_published()
    found = []
    for entry in _entries():
        prefixes = tuple(f"{prefix}-" for prefix in entry.get("methods", ()))
        first, last = entry.get("valid_from"), entry.get("valid_to")
        found.append(
            Policy(
                place=entry["place"],
                title=entry["title"],
                document_no=entry.get("document_no", ""),
                valid_from=first,
                valid_to=last,
                source=entry.get("source", ""),
                state=state_on(day, first, last),
                profile=profiles.get(entry.get("profile", "")),
                methods=tuple(row for code, row in newest.items() if prefixes and code.startswith(prefixes)),
            )
        )
    return found
