"""An exchange outside the portal, and what it reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.models import User
from accounts.roles import Role
from carbon_portal.story import World
from carbon_portal.story.world import introduce
from kernel import clock
from registry.models import Trade, Venue, VenueOrder
from registry.services import venues

EXCHANGES = {
    "exchange": ("91990100MA5C001115", "青岚环境能源交易所有限公司", "COMPANY"),
    "elsewhere": ("91990100MA5C0012XW", "青北产权交易所有限公司", "COMPANY"),
}


def connected(world: World, name: str = "exchange") -> Venue:
    """Connect an exchange with an interface person of its name."""
    if name not in world.organisations:
        introduce(world, {name: EXCHANGES[name]}, ((name, "接口", Role.VENUE, name),))
    return venues.open_venue(
        world.organisations[name],
        approved_by="青岚市人民政府",
        approval_no="青政函〔2024〕9号",
        approved_on=clock.today() - timedelta(days=30),
        by=world.people["registrar"],
    )


def taken_in(world: World, venue: Venue, quantity_t: int, side: str = "owner", **about: Any) -> VenueOrder:
    """Take units of a holder to a venue, by both of its people."""
    order = venues.initiate(
        world.accounts[side],
        venue=venue,
        quantity_t=quantity_t,
        reason="挂牌",
        by=world.people[f"{side}-maker"],
        **about,
    )
    return venues.confirm(order, by=world.people[f"{side}-checker"])


def trade(world: World, **changed: Any) -> dict[str, Any]:
    """Return what an exchange says of a trade."""
    return {
        "number": "T-1",
        "seller": world.accounts["owner"].number,
        "buyer": world.accounts["buyer"].number,
        "quantity_t": 10,
        "price_fen": 4_050,
        "traded_at": clock.now() - timedelta(seconds=1),
        "by": world.people["exchange"],
        **changed,
    }


def settled(world: World, venue: Venue, **changed: Any) -> Trade:
    """Report a trade and have it settled."""
    return venues.settle(venue, **trade(world, **changed))


def interface(world: World, name: str = "exchange") -> User:
    """Return the person an exchange's key acts as."""
    return world.people[name]
