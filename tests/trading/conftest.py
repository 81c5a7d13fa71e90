"""People of trading whom the demo world does not have."""

from __future__ import annotations

import pytest

from accounts.models import Division, User
from accounts.roles import Role
from carbon_portal.story import World
from tests.stages import person


@pytest.fixture
def operator(world: World) -> User:
    """An operator of the city, who looks after what the bank sends."""
    return person(world, "operator", Role.OPERATOR, division=Division.objects.get(code="9901"))
