"""The riders' tonne was sold: what it brought in goes back to them, by grams, to the fen."""

from __future__ import annotations

from carbon_portal.story.world import World
from rewards.models import ProceedsPool
from rewards.services.riders import open_riders_pool, share_among_riders
from trading.models import Agreement


def give_back(world: World) -> ProceedsPool:
    """One operator writes the sale's proceeds down, another shares them."""
    sale = Agreement.objects.delivered().get(seller=world.accounts["riding"])
    pool = open_riders_pool(sale, by=world.people["operator"], reason="协议已交割")
    return share_among_riders(pool, by=world.people["operator-two"], reason="按各人克数分配")
