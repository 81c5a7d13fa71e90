"""Guards of proceeds: every fen is shared once, among those it is owed to, by another than who wrote it down."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from rewards.services.proceeds import share_proceeds
from tests.database.rows import again, refuses
from tests.rewards.test_proceeds import KG, pool
from tests.shopping import citizen, operator

pytestmark = pytest.mark.django_db
SHARED = "UPDATE rewards_proceedspool SET state = 'SHARED', shared_at = now(), shared_in = pg_current_xact_id()::text::bigint"
SOMEBODY = "(SELECT max(id) FROM accounts_user WHERE username = 'operator-2')"
ACTS = {
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


@pytest.fixture(scope="module")
def shared(module_world: World) -> None:
    """A pool that was shared and one that is open."""
    one = citizen(module_world)
    share_proceeds(pool(module_world), weights={one.pk: KG}, by=operator(module_world, "operator-2"))
    pool(module_world, reference="另一笔")


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard], at_commit=guard == "pool_shared_to_the_fen")
