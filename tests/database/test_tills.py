"""Guards of the tills: a coupon is used once, in its shop, in time, and undone by a leader within ten minutes."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from rewards.services.coupons import redeem
from rewards.services.tills import use
from tests.database.rows import again, refuses
from tests.shopping import coupon, gain, shop

pytestmark = pytest.mark.django_db
LEADER = "(SELECT min(id) FROM rewards_cashier WHERE leader)"
HAND = "(SELECT min(id) FROM rewards_cashier WHERE NOT leader)"
UNUSED = "(SELECT max(id) FROM rewards_coupon)"
UNDONE = f"UPDATE rewards_couponuse SET undone_at = used_at, undone_by_id = {LEADER}, undo_reason = '点错了'"
ACTS = {
    "device_key_once": (again("rewards_merchantdevice", "true", name="'别的'"),),
    "device_name_once": (again("rewards_merchantdevice", "true", key_hash="repeat('0', 64)"),),
    "cashier_name_once": (again("rewards_cashier", "true"),),
    "cashier_tries_end": (
        "UPDATE rewards_cashier SET tries = 6, locked_until = now()",
        "UPDATE rewards_cashier SET tries = 5",
    ),
    "coupon_use_once": (again("rewards_couponuse", "true"),),
    "coupon_use_undone_by_somebody": (
        "UPDATE rewards_couponuse SET undone_at = used_at, undo_reason = '点错了'",
        f"UPDATE rewards_couponuse SET undone_at = used_at, undone_by_id = {LEADER}",
        f"UPDATE rewards_couponuse SET undone_by_id = {LEADER}",
    ),
    "coupon_use_undone_in_time": (UNDONE.replace("= used_at", "= used_at + interval '601 seconds'"),),
    "coupon_use_stays": (
        "UPDATE rewards_couponuse SET used_at = used_at + interval '1 hour'",
        f"UPDATE rewards_couponuse SET cashier_id = {LEADER}",
        "DELETE FROM rewards_couponuse",
    ),
    "coupon_use_undone_once": (
        f"{UNDONE}; UPDATE rewards_couponuse SET undone_at = used_at + interval '1 second'",
        f"{UNDONE}; UPDATE rewards_couponuse SET undone_at = NULL, undone_by_id = NULL, undo_reason = ''",
    ),
    "coupon_use_in_its_shop": (
        UNDONE.replace(LEADER, HAND),
        UNDONE.replace(LEADER, "(SELECT max(id) FROM rewards_cashier)"),
        again("rewards_couponuse", "true", device_id="(SELECT max(id) FROM rewards_merchantdevice)"),
        again("rewards_couponuse", "true", cashier_id="(SELECT max(id) FROM rewards_cashier)"),
    ),
    "coupon_use_before_its_end": (
        again("rewards_couponuse", "true", coupon_id=UNUSED, used_at="r.used_at + interval '31 days'"),
    ),
    "coupon_use_of_a_used_coupon": (again("rewards_couponuse", "true", coupon_id=UNUSED),),
}


@pytest.fixture(scope="module")
def used(module_world: World) -> None:
    """A coupon that was used, another that was not, and a second shop."""
    here = shop(module_world)
    got, code = coupon(module_world, here)
    use(here.device, cashier=here.cashier, code=code, by=here.merchant.user)
    gain(module_world, got.citizen, 300)
    redeem(got.offer, got.citizen, by=got.citizen.user)
    shop(module_world, "白鹭书店")


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard], at_commit=guard == "coupon_use_of_a_used_coupon")
