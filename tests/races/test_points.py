"""Two callers want the same coupon, the same points, the same use: one gets it, with the row locks and without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.services.people import portal_user
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from rewards.models import Coupon, CouponUse, Offer, PointAccount, PointsRun
from rewards.services import coupons, expiring, tills
from rewards.services.checking import differences
from rewards.services.coupons import redeem
from rewards.services.crediting import credit
from scenarios.models import Citizen
from tests.racing import hold_open, together, without_row_locks
from tests.shopping import MG_PER_POINT, citizen, coupon, gain, later, offer, operator, rule, settled, shop

LOCKS = pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])


def _codes(answers: list[Any]) -> Counter[str]:
    return Counter(answer.code if isinstance(answer, RuleViolation) else type(answer).__name__ for answer in answers)


def _asks(item: Offer, *people: Citizen) -> list[Callable[[], Coupon]]:
    return [lambda who=who: redeem(item, who, by=who.user) for who in people]  # type: ignore[misc]


@LOCKS
def test_the_last_coupon_goes_to_one_of_two(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    people = [citizen(world), citizen(world)]
    for who in people:
        gain(world, who, 200)
    item = offer(world, shop(world).merchant, stock=1)
    if not locked:
        without_row_locks(monkeypatch)
    answers = hold_open(*_asks(item, *people), monkeypatch=monkeypatch)
    assert _codes(answers) == {"Coupon": 1, "sold_out": 1}
    item.refresh_from_db()
    assert item.stock == 0
    assert sorted(PointAccount.objects.values_list("balance_points", flat=True)) == [0, 200]
    assert differences() == []


def test_of_twenty_who_want_five_exactly_five_get_one(committed_world: World) -> None:
    world = committed_world
    people = [citizen(world) for _ in range(20)]
    for who in people:
        gain(world, who, 200)
    item = offer(world, shop(world).merchant, stock=5)
    answers = together(*_asks(item, *people))
    told = _codes(answers)
    assert (told["Coupon"], told["sold_out"]) == (5, 20 - 5 - told["Unavailable"])
    assert Coupon.objects.count() == 5
    item.refresh_from_db()
    assert item.stock == 0
    assert differences() == []


@LOCKS
@pytest.mark.parametrize(("points", "per_person", "why"), [(200, 2, "not_enough_points"), (400, 1, "limit_reached")])
def test_one_person_twice_at_once_pays_once_and_gets_no_more_than_allowed(
    committed_world: World, points: int, per_person: int, why: str, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    who = citizen(world)
    gain(world, who, points)
    item = offer(world, shop(world).merchant, per_person=per_person)
    if not locked:
        without_row_locks(monkeypatch)
    answers = hold_open(*_asks(item, who, who), monkeypatch=monkeypatch)
    assert _codes(answers) == {"Coupon": 1, why: 1}
    assert PointAccount.objects.get(citizen=who).balance_points == points - 200
    assert differences() == []


@LOCKS
def test_one_code_at_two_tills_is_used_at_one(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    here = shop(world)
    _got, code = coupon(world, here)
    other, _key = tills.add_device(here.merchant, name="3 号柜台", by=operator(world))
    if not locked:
        without_row_locks(monkeypatch)
    by = here.merchant.user
    answers = hold_open(
        lambda: tills.use(here.device, cashier=here.cashier, code=code, by=by),
        lambda: tills.use(other, cashier=here.leader, code=code, by=by),
        monkeypatch=monkeypatch,
    )
    assert _codes(answers) == {"CouponUse": 1, "already_used": 1}
    assert CouponUse.objects.get().device == here.device


@LOCKS
def test_a_coupon_is_given_back_or_used_but_not_both(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    here = shop(world)
    got, code = coupon(world, here)
    if not locked:
        without_row_locks(monkeypatch)
    answers = hold_open(
        lambda: coupons.cancel(got, by=got.citizen.user),
        lambda: tills.use(here.device, cashier=here.cashier, code=code, by=here.merchant.user),
        monkeypatch=monkeypatch,
    )
    assert _codes(answers) == {"Coupon": 1, "coupon_cancelled" if locked else "wrong_state": 1}
    assert not CouponUse.objects.exists()
    assert differences() == []


@pytest.mark.parametrize("first", ["expire", "redeem"])
def test_spending_while_other_points_expire(
    committed_world: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    who = citizen(world)
    gain(world, who, 150, months=1)
    account = gain(world, who, 200, months=24)
    item = offer(world, shop(world).merchant)
    later(world, days=40)
    callers: dict[str, Callable[[], Any]] = {
        "expire": lambda: expiring.expire(by=portal_user()),
        "redeem": lambda: redeem(item, who, by=who.user),
    }
    second = next(name for name in callers if name != first)
    answers = hold_open(callers[first], callers[second], monkeypatch=monkeypatch)
    assert _codes(answers) == {"int": 1, "Coupon": 1}
    account.refresh_from_db()
    assert account.balance_points == 0
    assert sorted(account.entries.values_list("kind", "points")) == [
        ("CREDIT", 150),
        ("CREDIT", 200),
        ("EXPIRE", -150),
        ("SPEND", -200),
    ]
    assert differences() == []


@LOCKS
def test_a_file_credited_twice_at_once_is_credited_once(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    rule(world)
    who = citizen(world)
    upload, by = settled(world, (who, 383_800, 1)), portal_user()
    if not locked:
        without_row_locks(monkeypatch)
    answers = hold_open(*[lambda: credit(upload, by=by)] * 2, monkeypatch=monkeypatch)
    assert _codes(answers) == {"PointsRun": 1, "already_credited": 1}
    assert PointsRun.objects.count() == 1
    assert PointAccount.objects.get().balance_points == 38


def test_two_files_of_one_day_share_its_cap(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = committed_world
    rule(world, daily_cap=50)
    who, by = citizen(world), portal_user()
    files = [settled(world, (who, 40 * MG_PER_POINT, 1)) for _ in range(2)]
    answers = hold_open(*[lambda f=f: credit(f, by=by) for f in files], monkeypatch=monkeypatch)  # type: ignore[misc]
    assert _codes(answers) == {"PointsRun": 2}
    assert PointAccount.objects.get().balance_points == 50
    assert differences() == []


def test_an_account_that_closes_during_a_credit_waits_and_loses_the_points(
    committed_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    rule(world)
    who, by = citizen(world), portal_user()
    upload = settled(world, (who, 383_800, 1))
    closing = {"state": Citizen.State.CLOSED, "closed_at": clock.now() + timedelta(seconds=1)}
    answers = hold_open(
        lambda: credit(upload, by=by),
        lambda: Citizen.objects.filter(pk=who.pk).update(**closing),
        monkeypatch=monkeypatch,
    )
    assert _codes(answers) == {"PointsRun": 1, "int": 1}
    assert PointAccount.objects.get().balance_points == 38
    assert expiring.end_all() == 1
    assert PointAccount.objects.get().balance_points == 0
    assert differences() == []
