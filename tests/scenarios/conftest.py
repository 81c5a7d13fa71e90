"""A platform, a normal scene and a rider who agreed a month ago."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from tests.riding import Here, agreed_before, platform, rider, scene


@pytest.fixture
def here(world: World) -> Here:
    """A normal scene with one platform and one rider, "anna", who agreed 30 days ago."""
    one = scene()
    partner = platform(world, scenes=[one])
    anna = rider(world, "anna", (partner, one))
    agreed_before(anna, days=30)
    return Here(world, partner, one)
