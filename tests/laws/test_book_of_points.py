"""Whatever happens to points and in whatever order, the book of points holds: after every single step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services.people import portal_user
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from office.services import clock as business
from rewards.models import Coupon, Offer, PointAccount, PointEntry, PointLot
from rewards.services import coupons, expiring
from rewards.services.checking import differences
from rewards.services.points import spendable
from rewards.states import CouponState, EntryKind
from scenarios.models import Citizen
from tests.shopping import citizen, gain, later, offer, operator, shop

STEPS = st.tuples(
    st.sampled_from(["gain", "gain", "redeem", "redeem", "redeem", "give back", "fault", "pass days", "sweep"]),
    st.integers(min_value=0, max_value=10_000),
)
MONTHS = (1, 2, 6, 24)
PRICES = (3, 40, 170)


def _gain(world: World, who: Citizen, n: int) -> None:
    gain(world, who, 1 + n % 250, months=MONTHS[n % len(MONTHS)])


def _redeem(world: World, who: Citizen, n: int) -> None:
    items = list(Offer.objects.order_by("pk"))
    item = items[n % len(items)]
    held = spendable(PointAccount.objects.filter(citizen=who).first())
    got = coupons.redeem(item, who, by=who.user)
    _was_first_in_first_out(got.entry)
    assert spendable(got.entry.account) == held - item.price_points


def _give_back(world: World, who: Citizen, n: int) -> None:
    live = Coupon.objects.filter(citizen=who, state=CouponState.ISSUED, expires_on__gte=clock.today()).order_by("pk")
    if live:
        coupons.cancel(live[n % len(live)], by=who.user)


def _fault(world: World, who: Citizen, n: int) -> None:
    live = Coupon.objects.filter(citizen=who, state__in=[CouponState.ISSUED, CouponState.EXPIRED]).order_by("pk")
    if live:
        coupons.refund(live[n % len(live)], by=operator(world), reason="店关门了")


def _pass_days(world: World, who: Citizen, n: int) -> None:
    later(world, days=1 + n % 45)


def _sweep(world: World, who: Citizen, n: int) -> None:
    coupons.expire_all()
    expiring.end_all()
    assert not PointLot.objects.expired().exists()


ACTS: dict[str, Callable[[World, Citizen, int], None]] = {
    "gain": _gain,
    "redeem": _redeem,
    "give back": _give_back,
    "fault": _fault,
    "pass days": _pass_days,
    "sweep": _sweep,
}


def _was_first_in_first_out(entry: PointEntry) -> None:
    """Nothing was taken from a lot while one that expires earlier still had something."""
    drawn = [leg.lot for leg in entry.legs.select_related("lot")]
    assert all(lot.expires_on >= clock.today() for lot in drawn)
    last = max((lot.expires_on, lot.opened_at, lot.pk) for lot in drawn)
    left = entry.account.lots.spendable()
    assert all((lot.expires_on, lot.opened_at, lot.pk) >= last for lot in left)


def assert_the_book_holds() -> None:
    """Balance = what the lots have left = the sum of the entries; nothing negative, nothing more than was gained."""
    assert differences() == []
    for lot in PointLot.objects.all():
        assert 0 <= lot.left_points <= lot.points
    for account in PointAccount.objects.all():
        assert account.balance_points >= 0
        assert account.debt_points == 0
        assert account.balance_points == sum(account.entries.values_list("points", flat=True))
    for coupon in Coupon.objects.select_related("offer", "entry"):
        assert coupon.entry.points == -coupon.offer.price_points
    for item in Offer.objects.all():
        assert item.stock == 4 - item.coupons.exclude(state=CouponState.CANCELLED).count()
    refunds = PointEntry.objects.filter(kind=EntryKind.REFUND).count()
    assert refunds == Coupon.objects.filter(state=CouponState.CANCELLED).count()


def _refusal(name: str, world: World, who: Citizen, n: int) -> str | None:
    try:
        ACTS[name](world, who, n)
    except RuleViolation as refusal:
        return refusal.code
    return None


@pytest.mark.usefixtures("world")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=5, max_size=16))
def test_the_book_holds_after_every_step_of_any_story(world: World, steps: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        business.forget()
        merchant, people = shop(world).merchant, [citizen(world), citizen(world)]
        for price in PRICES:
            offer(world, merchant, title=f"{price} 分", price_points=price, stock=4, per_person=3)
        assert portal_user() == world.system
        for name, n in steps:
            before = PointEntry.objects.count()
            if (code := _refusal(name, world, people[n % 2], n)) is not None:
                assert code in {"not_enough_points", "limit_reached", "sold_out"}
                assert PointEntry.objects.count() == before
            assert_the_book_holds()
        transaction.set_rollback(True)
    business.forget()
