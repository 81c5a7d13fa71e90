"""Tills: a coupon is used once, at a till of its shop, by somebody who knows the PIN; a mistake can be undone for ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Event
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from rewards.models import Cashier, CouponUse, MerchantDevice
from rewards.services import coupons, tills
from rewards.services.tills import add_cashier, device_of, enter, undo, use
from rewards.states import CouponState
from tests.refusals import forbidden, refused
from tests.shopping import Shop, citizen, coupon, later, operator, shop
from tests.worlds import last_event

pytestmark = pytest.mark.django_db


def _use(at: Shop, code: str, **more: Any) -> CouponUse:
    return use(at.device, cashier=at.cashier, code=code, by=at.merchant.user, **more)


def test_a_coupon_is_used_once_and_then_says_when_and_where(world: World) -> None:
    here = shop(world)
    got, code = coupon(world, here)
    done = _use(here, code.lower(), key="use-00001")
    got.refresh_from_db()
    assert got.state == CouponState.USED
    assert (done.coupon, done.device, done.cashier) == (got, here.device, here.cashier)
    assert last_event(verb="rewards.use_coupon").data == {"cashier": "店员 03", "device": "2 号柜台"}
    refusal = refused_at(here, code, "already_used")
    at = clock.local(done.used_at)
    assert f"{at:%H:%M} 已在 2 号柜台 核销" in str(refusal.message)
    later(world, days=1)
    assert f"{at:%Y-%m-%d %H:%M} 已在 2 号柜台 核销" in str(refused_at(here, code, "already_used").message)


def refused_at(at: Shop, typed: str, why: str) -> RuleViolation:
    """Type a code at a till that must be refused."""
    refusal: RuleViolation = refused(_typed(typed), at.device, code=why, by=at.merchant.user, cashier=at.cashier)
    return refusal


def _typed(typed: str) -> Callable[..., CouponUse]:
    def call(device: MerchantDevice, **given: Any) -> CouponUse:
        return use(device, code=typed, **given)

    call.verb_name = "rewards.use_coupon"  # type: ignore[attr-defined]
    return call


def test_a_code_of_another_shop_is_refused_without_saying_whose(world: World) -> None:
    here, there = shop(world), shop(world, "白鹭书店")
    _got, code = coupon(world, there)
    said = str(refused_at(here, code, "not_this_shop").message)
    assert said == "这张券不能在本店使用"
    assert "白鹭" not in said
    refused_at(here, "2222222222222222", "bad_code")
    refused_at(here, "", "bad_code")


def test_a_coupon_past_its_day_or_given_back_is_refused(world: World) -> None:
    here, one = shop(world), citizen(world)
    got, code = coupon(world, here, one)
    other, other_code = coupon(world, here, citizen(world), title="别的")
    coupons.cancel(other, by=other.citizen.user)
    refused_at(here, other_code, "coupon_cancelled")
    later(world, days=30)
    assert clock.today() == got.expires_on
    later(world, days=1)
    refused_at(here, code, "coupon_expired")
    coupons.expire_all()
    refused_at(here, code, "coupon_expired")


def test_on_its_last_day_a_coupon_is_good(world: World) -> None:
    here = shop(world)
    got, code = coupon(world, here)
    later(world, days=30)
    assert clock.today() == got.expires_on
    _use(here, code)


def test_a_shift_leader_undoes_within_ten_minutes_with_a_reason(world: World) -> None:
    here = shop(world)
    got, code = coupon(world, here)
    done = _use(here, code)
    given = {"use_id": done.pk, "by": here.merchant.user}
    refused(undo, here.device, code="not_leader", cashier=here.cashier, reason="点错了", **given)
    refused(undo, here.device, code="no_reason", cashier=here.leader, reason="  ", **given)
    later(world, minutes=9)
    undone = undo(here.device, cashier=here.leader, reason="顾客改用现金", **given)
    got.refresh_from_db()
    assert (got.state, undone.undone_by, undone.undo_reason) == (CouponState.ISSUED, here.leader, "顾客改用现金")
    refused(undo, here.device, code="already_undone", cashier=here.leader, reason="再撤", **given)
    again = _use(here, code)
    later(world, minutes=11)
    late = {"use_id": again.pk, "by": here.merchant.user}
    refused(undo, here.device, code="too_late", cashier=here.leader, reason="晚了", **late)


def test_a_shop_undoes_only_its_own(world: World) -> None:
    here, there = shop(world), shop(world, "白鹭书店")
    _got, code = coupon(world, here)
    done = _use(here, code)
    by, leader = there.merchant.user, there.leader
    refused(undo, there.device, code="unknown_use", use_id=done.pk, cashier=leader, by=by, reason="试")


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here = shop(world)
    wrong = f"{(int(here.pin) + 1) % 10_000:04d}"
    assert enter(here.device, cashier=here.cashier, pin=here.pin) == here.cashier
    codes = [_enter_refused(here, wrong) for _ in range(6)]
    assert codes == ["bad_pin"] * 4 + ["pin_locked"] * 2
    assert _enter_refused(here, here.pin) == "pin_locked"
    assert Event.objects.filter(verb="rewards.enter", outcome="REFUSED").count() == 7
    real = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: real + tills.LOCKED_FOR)
    assert enter(here.device, cashier=here.cashier, pin=here.pin) == here.cashier
    here.cashier.refresh_from_db()
    assert (here.cashier.tries, here.cashier.locked_until) == (0, None)


def _enter_refused(here: Shop, pin: str) -> str:
    with pytest.raises(RuleViolation) as refusal:
        enter(here.device, cashier=here.cashier, pin=pin)
    return refusal.value.code


def test_only_cashiers_at_work_in_this_shop_are_let_in(world: World) -> None:
    here, there = shop(world), shop(world, "白鹭书店")
    for who, pin in ((there.cashier, there.pin), (None, "0000")):
        with pytest.raises(RuleViolation, match="本店在岗"):
            enter(here.device, cashier=who, pin=pin)
    gone = tills.stop_cashier(here.cashier, by=operator(world))
    with pytest.raises(RuleViolation, match="本店在岗"):
        enter(here.device, cashier=gone, pin=here.pin)
    _got, code = coupon(world, here)
    refused_at(here, code, "cashier_stopped")
    refused(tills.stop_cashier, gone, code="cashier_stopped", by=operator(world))


def test_a_device_is_known_by_its_key_until_it_is_stopped(world: World) -> None:
    here = shop(world)
    assert device_of(here.key) == here.device
    assert device_of(here.key[:-1]) is None
    assert here.key not in here.device.key_hash
    _got, code = coupon(world, here)
    tills.stop_device(here.device, by=operator(world), reason="手机丢了")
    assert device_of(here.key) is None
    refused_at(here, code, "device_stopped")
    refused(tills.stop_device, here.device, code="device_stopped", by=operator(world))


def test_a_new_pin_lifts_the_lock(world: World) -> None:
    here = shop(world)
    Cashier.objects.filter(pk=here.cashier.pk).update(tries=5, locked_until=clock.real_now() + tills.LOCKED_FOR)
    cashier, pin = tills.renew_pin(here.cashier, by=operator(world))
    assert len(pin) == 4
    assert enter(here.device, cashier=cashier, pin=pin) == cashier
    refused(add_cashier, here.merchant, code="cashier_known", name="店员 03", by=operator(world))
    refused(tills.add_device, here.merchant, code="device_known", name="2 号柜台", by=operator(world))


def test_nobody_but_the_shops_own_identity_uses_coupons(world: World) -> None:
    here, there = shop(world), shop(world, "别家")
    _got, code = coupon(world, here)
    for by in (operator(world), world.people["buyer-maker"], citizen(world).user):
        call = _typed(code)
        forbidden(call, here.device, by=by, cashier=here.cashier)
    assert there.merchant.user.has_perm("rewards.use_coupon")


def test_the_day_of_a_shop_by_cashier(world: World) -> None:
    here = shop(world)
    first, second = (coupon(world, here, title=f"券 {n}")[1] for n in (1, 2))
    done = _use(here, first)
    use(here.device, cashier=here.leader, code=second, by=here.merchant.user)
    undo(here.device, use_id=done.pk, cashier=here.leader, by=here.merchant.user, reason="点错了")
    _use(here, first)
    day = tills.day_of(here.merchant)
    assert (day["total"], day["totals"]) == (2, [("值班长", 1), ("店员 03", 1)])
    assert len(day["uses"]) == 3
    later(world, days=1)
    assert tills.day_of(here.merchant)["total"] == 0
