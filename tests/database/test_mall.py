"""Guards of the mall, the tills and the sharing of proceeds."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from rewards.models import PointAccount
from rewards.services.coupons import redeem
from rewards.services.points import spend
from rewards.services.proceeds import share_proceeds
from rewards.services.tills import use
from tests.database.rows import again, refuses
from tests.rewards.test_proceeds import KG, pool
from tests.shopping import citizen, coupon, gain, operator, shop

pytestmark = pytest.mark.django_db
OTHER_CODE = "repeat('0a', 32)"
PAID = "(SELECT max(id) FROM rewards_pointentry)"


def _coupon(**values: str) -> str:
    """Return the SQL of one more coupon of the same citizen, which was paid for."""
    return again("rewards_coupon", "true", **{"entry_id": PAID, "code_blind": OTHER_CODE, "place": "2", **values})


COUPONS = {
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


@pytest.mark.parametrize("guard", COUPONS)
def test_coupons(world: World, guard: str) -> None:
    """Nobody gets a coupon for nothing, or more of them than there are."""
    got, _code = coupon(world, shop(world))
    gain(world, got.citizen, 300)
    spend(PointAccount.objects.get(citizen=got.citizen), 200, key="paid for one more")
    refuses(guard, *COUPONS[guard], at_commit=guard == "coupon_used_has_its_use")


LEADER = "(SELECT min(id) FROM rewards_cashier WHERE leader)"
HAND = "(SELECT min(id) FROM rewards_cashier WHERE NOT leader)"
UNUSED = "(SELECT max(id) FROM rewards_coupon)"
UNDONE = f"UPDATE rewards_couponuse SET undone_at = used_at, undone_by_id = {LEADER}, undo_reason = '点错了'"
TILLS = {
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


@pytest.mark.parametrize("guard", TILLS)
def test_tills(world: World, guard: str) -> None:
    """A coupon is used once, in its shop, in time, and undone by a leader within ten minutes."""
    here = shop(world)
    got, code = coupon(world, here)
    use(here.device, cashier=here.cashier, code=code, by=here.merchant.user)
    gain(world, got.citizen, 300)
    redeem(got.offer, got.citizen, by=got.citizen.user)
    shop(world, "白鹭书店")
    refuses(guard, *TILLS[guard], at_commit=guard == "coupon_use_of_a_used_coupon")


SHARED = "UPDATE rewards_proceedspool SET state = 'SHARED', shared_at = now(), shared_in = pg_current_xact_id()::text::bigint"
SOMEBODY = "(SELECT max(id) FROM accounts_user WHERE username = 'operator-2')"
PROCEEDS = {
    "pool_once": (again("rewards_proceedspool", "state = 'OPEN'"),),
    "pool_amounts": tuple(
        again("rewards_proceedspool", "state = 'OPEN'", reference="'x'", **values)
        for values in (
            {"distributable_fen": "r.total_fen + 1"},
            {"fee_fen": "-1", "distributable_fen": "r.total_fen + 1"},
            {"fee_fen": "r.total_fen", "distributable_fen": "0"},
        )
    ),
    "pool_shared_by_another": (f"{SHARED}, shared_by_id = made_by_id WHERE state = 'OPEN'",),
    "pool_shared_says_who": (
        "UPDATE rewards_proceedspool SET state = 'SHARED' WHERE state = 'OPEN'",
        f"UPDATE rewards_proceedspool SET shared_by_id = {SOMEBODY} WHERE state = 'OPEN'",
    ),
    "pool_moves": (
        "UPDATE rewards_proceedspool SET state = 'OPEN', shared_by_id = NULL, shared_at = NULL, shared_in = NULL",
    ),
    "pool_stays": ("UPDATE rewards_proceedspool SET tax_note = '免税'", "DELETE FROM rewards_proceedspool"),
    "pool_shared_to_the_fen": (f"{SHARED}, shared_by_id = {SOMEBODY} WHERE state = 'OPEN'",),
    "proceeds_share_once": (again("rewards_proceedsshare", "true"),),
    "proceeds_share_amounts": (
        again("rewards_proceedsshare", "true", citizen_id="r.citizen_id + 1", grams_mg="0"),
        again("rewards_proceedsshare", "true", citizen_id="r.citizen_id + 1", amount_fen="-1"),
    ),
    "proceeds_share_append_only": (
        "UPDATE rewards_proceedsshare SET amount_fen = 1 + amount_fen",
        "DELETE FROM rewards_proceedsshare",
    ),
    "proceeds_share_of_its_sharing": (
        again("rewards_proceedsshare", "true", pool_id="(SELECT id FROM rewards_proceedspool WHERE state = 'OPEN')"),
    ),
}


@pytest.mark.parametrize("guard", PROCEEDS)
def test_proceeds(world: World, guard: str) -> None:
    """Every fen is shared once, among those it was shared among, by another than who wrote it down."""
    one = citizen(world)
    share_proceeds(pool(world), weights={one.pk: KG}, by=operator(world, "operator-2"))
    pool(world, reference="另一笔")
    refuses(guard, *PROCEEDS[guard], at_commit=guard == "pool_shared_to_the_fen")
