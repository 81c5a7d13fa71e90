"""The demo story, told through the verbs: nothing here writes a row that a person could not have written.

The tests build their world from the same chapters.
"""

from accounts.models import User
from carbon_portal.story.holding import hold
from carbon_portal.story.mall import open_mall
from carbon_portal.story.meeting import Seller, meeting
from carbon_portal.story.methods import make_methods
from carbon_portal.story.proceeds import give_back
from carbon_portal.story.recalling import recall, recall_winter
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
from carbon_portal.story.winter import COMPANIES, Winter, gather, ride
from carbon_portal.story.world import ORGANISATIONS, PEOPLE, World, cast_people
from registry.services.checking import check_books
from rewards.services.crediting import credit_waiting
from scenarios.models import Partner

# Up to which chapter the story is told; the tests have a template database for each.
CHAPTERS = ("roofs", "riders", "city")

__all__ = [
    "CHAPTERS",
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
    "to_issue",
]


def tell(until: str = CHAPTERS[-1]) -> World:
    """Tell the story up to a chapter, or on from where an earlier telling stopped, and return what the roofs made."""
    wanted = CHAPTERS.index(until)
    if User.objects.filter(username="owner-maker").exists():
        world = recall()
    else:
        world = cast_people()
        roofs(world)
    if wanted >= CHAPTERS.index("riders"):
        known = Partner.objects.filter(organisation__uscc=COMPANIES["riding"][0]).exists()
        told = recall_winter(world) if known else gather(world)
        if not known:
            open_mall(world)
        if wanted >= CHAPTERS.index("city"):
            city(world, told)
    check_books()
    return world


def city(world: World, told: Winter) -> None:
    """Tell of the rides, their points and units, of a meeting, of what comes back to the riders, of methods being made, and of a
    natural person who holds units.
    """
    ride(world, told)
    credit_waiting()
    riding = told.partners["riding"]
    represent(world, riding.organisation, whose="riding")
    units_of_riders(world, told.scene, riding, whose="riding")
    meeting(
        world,
        Seller("owner", 2, 4_000, world.periods["yearly"].batch),
        Seller("riding", 1, 4_180),
    )
    give_back(world)
    make_methods(world)
    hold(world)
