"""The proof of points finds what was changed behind the verbs, and the nightly sweeps do their part."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from carbon_portal.celery import NIGHTLY, SWEEPS
from carbon_portal.story import World
from office.models import JobRun
from rewards import tasks
from rewards.models import PointAccount
from rewards.services.checking import check_points, differences
from rewards.services.proceeds import share_proceeds
from rewards.services.tills import use
from rewards.states import CouponState
from tests.rewards.test_proceeds import KG, pool
from tests.shopping import citizen, coupon, gain, later, operator, rule, settled, shop
from tests.worlds import as_owner

pytestmark = pytest.mark.django_db
TRIGGERS = "session_replication_role"
TAMPERED = {
    "lot": "UPDATE rewards_pointlot SET left_points = left_points - 1 WHERE left_points > 0",
    "account, by its lots": "UPDATE rewards_pointaccount SET balance_points = balance_points + 7",
    "account, by its entries": "UPDATE rewards_pointentry SET points = points + 7 WHERE kind = 'CREDIT'",
    "entry": "DELETE FROM rewards_pointleg WHERE points < 0",
    "credit, by its days": "UPDATE rewards_pointday SET points = 0",
    "coupon, by its uses": "UPDATE rewards_coupon SET state = 'EXPIRED'",
    "pool, by its shares": "UPDATE rewards_proceedsshare SET amount_fen = amount_fen - 1",
}


@pytest.fixture
def books(world: World) -> None:
    """Points gained and spent, a coupon used, a pool shared."""
    here = shop(world)
    got, code = coupon(world, here)
    gain(world, got.citizen, 90)
    use(here.device, cashier=here.cashier, code=code, by=here.merchant.user)
    share_proceeds(pool(world), weights={got.citizen_id: KG}, by=operator(world, "operator-2"))


@pytest.mark.usefixtures("books")
def test_books_kept_by_the_verbs_have_no_difference() -> None:
    assert check_points() == []
    assert not JobRun.objects.filter(name="rewards.check_points").exists()
    call_command("check_points")


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_behind_the_verbs_is_found(what: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {TRIGGERS} = replica")
        cursor.execute(TAMPERED[what])
        cursor.execute(f"SET LOCAL {TRIGGERS} = origin")
    assert any(found.startswith(what) for found in differences())
    with pytest.raises(CommandError, match="积分账有差异"):
        call_command("check_points")
    assert JobRun.objects.get(name="rewards.check_points").failed > 0


def test_the_sweeps_credit_end_and_prove(world: World) -> None:
    assert SWEEPS.index(tasks.credit.name) > SWEEPS.index("scenarios.tasks.settle")
    assert set(NIGHTLY) >= {tasks.end.name, tasks.check.name}
    rule(world, expiry_months=1)
    who = citizen(world)
    settled(world, (who, 10**6, 1))
    tasks.credit()
    assert PointAccount.objects.get(citizen=who).balance_points == 100
    got, _code = coupon(world, shop(world))
    later(world, days=40)
    tasks.end()
    tasks.check()
    assert PointAccount.objects.get(citizen=who).balance_points == 0
    got.refresh_from_db()
    assert got.state == CouponState.EXPIRED
