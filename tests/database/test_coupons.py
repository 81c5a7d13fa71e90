"""Guards of the mall: nobody gets a coupon for nothing, or more of them than there are."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from rewards.models import PointAccount
from rewards.services.points import spend
from tests.database.rows import again, refuses
from tests.shopping import coupon, gain, shop

pytestmark = pytest.mark.django_db
OTHER_CODE = "repeat('0a', 32)"
PAID = "(SELECT max(id) FROM rewards_pointentry)"


def _coupon(**values: str) -> str:
    """Return the SQL of one more coupon of the same citizen, which was paid for."""
    return again("rewards_coupon", "true", **{"entry_id": PAID, "code_blind": OTHER_CODE, "place": "2", **values})


ACTS = {
    "merchant_once": (again("rewards_merchant", "true", user_id="(SELECT min(id) FROM accounts_user)"),),
    "offer_stock_not_negative": ("UPDATE rewards_offer SET stock = -1",),
    "offer_amounts": tuple(
        again("rewards_offer", "true", state="'DRAFT'", **{name: value})
        for name, value in (("price_points", "0"), ("per_person", "0"), ("valid_days", "0"), ("valid_days", "731"))
    ),
    "offer_moves": (again("rewards_offer", "true"), "UPDATE rewards_offer SET state = 'DRAFT'"),
    "offer_stays": (
        "UPDATE rewards_offer SET price_points = 1",
        "UPDATE rewards_offer SET per_person = 99",
        "DELETE FROM rewards_offer",
    ),
    "coupon_code_once": (_coupon(code_blind="r.code_blind"),),
    "coupon_code_is_sealed": (
        _coupon(code_sealed="'7K3M9QHT2XWD5F8A'"),
        _coupon(code_blind="'7K3M9QHT2XWD5F8A'"),
    ),
    "coupon_place_once": (_coupon(place="1"),),
    "coupon_moves": (
        "UPDATE rewards_coupon SET state = 'CANCELLED'; UPDATE rewards_coupon SET state = 'ISSUED'",
        "UPDATE rewards_coupon SET state = 'EXPIRED'; UPDATE rewards_coupon SET state = 'USED'",
        _coupon(state="'CANCELLED'"),
    ),
    "coupon_stays": (
        "UPDATE rewards_coupon SET expires_on = expires_on + 1",
        "UPDATE rewards_coupon SET citizen_id = (SELECT max(id) FROM scenarios_citizen) + 1",
        "DELETE FROM rewards_coupon",
    ),
    "coupon_within_limit": (_coupon(place="3"), _coupon(place="0")),
    "coupon_is_paid": (
        _coupon(entry_id="(SELECT min(id) FROM rewards_pointentry WHERE kind = 'CREDIT')"),
        _coupon(
            entry_id="(SELECT max(id) FROM rewards_pointentry WHERE kind = 'SPEND')", citizen_id="r.citizen_id + 1"
        ),
    ),
    "coupon_used_has_its_use": ("UPDATE rewards_coupon SET state = 'USED'",),
}


@pytest.fixture(scope="module")
def bought(module_world: World) -> None:
    """A coupon that was paid for, and points paid for one more that is not there yet."""
    got, _code = coupon(module_world, shop(module_world))
    gain(module_world, got.citizen, 300)
    spend(PointAccount.objects.get(citizen=got.citizen), 200, key="paid for one more")


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard], at_commit=guard == "coupon_used_has_its_use")
