"""The demo story, told through the verbs: nothing here writes a row that a person could not have written.

The tests build their world from the same chapters.
"""

from carbon_portal.story.roofs import (
    PROJECTS,
    READINGS_MWH,
    SERIES,
    application,
    apply_and_approve,
    leave_open,
    pass_notice,
    roofs,
    to_issue,
)
from carbon_portal.story.world import ORGANISATIONS, PEOPLE, World, cast_people
from registry.services.checking import check_books

__all__ = [
    "ORGANISATIONS",
    "PEOPLE",
    "PROJECTS",
    "READINGS_MWH",
    "SERIES",
    "World",
    "application",
    "apply_and_approve",
    "leave_open",
    "pass_notice",
    "tell",
    "to_issue",
]


def tell() -> World:
    """Tell the whole story once and return what it made."""
    world = cast_people()
    roofs(world)
    check_books()
    return world
