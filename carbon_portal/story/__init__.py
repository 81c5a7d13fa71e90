"""The demo story, told through the verbs: nothing here writes a row that a person could not have written.

The tests build their world from the same chapters.
"""

from carbon_portal.story.mall import open_mall
from carbon_portal.story.meeting import Seller, meeting
from carbon_portal.story.proceeds import give_back
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
from carbon_portal.story.units import represent, units_of_riders
from carbon_portal.story.winter import Winter, winter
from carbon_portal.story.world import ORGANISATIONS, PEOPLE, World, cast_people
from registry.services.checking import check_books

__all__ = [
    "ORGANISATIONS",
    "PEOPLE",
    "PROJECTS",
    "READINGS_MWH",
    "SERIES",
    "Seller",
    "Winter",
    "World",
    "application",
    "apply_and_approve",
    "leave_open",
    "meeting",
    "open_mall",
    "pass_notice",
    "tell",
    "tell_public",
    "to_issue",
]


def tell() -> World:
    """Tell the whole story once and return what it made."""
    world = cast_people()
    roofs(world)
    check_books()
    return world


def tell_public(world: World) -> Winter:
    """Tell on, of riders, their grams, points and units, and of a meeting; return what the riders' part made."""
    told = winter(world)
    open_mall(world)
    riding = told.partners["riding"]
    represent(world, riding.organisation, whose="riding")
    units_of_riders(world, told.scene, riding, whose="riding")
    meeting(
        world,
        Seller("owner", 2, 4_000, world.periods["yearly"].batch),
        Seller("riding", 1, 4_180),
    )
    give_back(world)
    check_books()
    return told
