"""The mall: points for coupons, coupons given back, and what the operator keeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from accounts.services.people import portal_user
from carbon_portal.story import World
from kernel import clock
from rewards.codes import ALPHABET, code_in, fresh_code, grouped
from rewards.models import Coupon, Offer, PointAccount, PointLot
from rewards.services import coupons, mall
from rewards.services.checking import differences
from rewards.services.coupons import code_of, redeem
from rewards.services.points import spendable
from rewards.states import CouponState, EntryKind, OfferState
from tests.refusals import forbidden, nothing_changed, refused
from tests.shopping import citizen, closed, coupon, gain, later, offer, operator, shop
from tests.stages import person

pytestmark = pytest.mark.django_db


def test_a_code_cannot_be_guessed_or_misread() -> None:
    codes = {fresh_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 16 and set(code) <= set(ALPHABET) for code in codes)
    assert len(ALPHABET) ** 16 > 2**77
    assert not set(ALPHABET) & set("01OIL")


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M9QHT2XWD5F8A",
        "7k3m 9qht 2xwd 5f8a",
        " 7K3M-9QHT-2XWD-5F8A\n",
        "７Ｋ３Ｍ９ＱＨＴ２ＸＷＤ５Ｆ８Ａ",
        "https://portal.example/till/#7K3M9QHT2XWD5F8A",
    ],
)
def test_a_code_is_read_however_it_is_typed_or_scanned(typed: str) -> None:
    assert code_in(typed) == "7K3M9QHT2XWD5F8A"
    assert grouped(code_in(typed)) == "7K3M 9QHT 2XWD 5F8A"


def test_a_coupon_takes_the_points_that_expire_first(world: World) -> None:
    one = citizen(world)
    gain(world, one, 120, months=24)
    gain(world, one, 150, months=6)
    item = offer(world, shop(world).merchant)
    got = redeem(item, one, by=one.user, key="redeem-01")
    assert redeem(item, one, by=one.user, key="redeem-01") == got
    lots = PointLot.objects.order_by("expires_on").values_list("points", "left_points")
    assert list(lots) == [(150, 0), (120, 70)]
    assert (got.state, got.place, got.expires_on) == (CouponState.ISSUED, 1, clock.today() + timedelta(days=30))
    item.refresh_from_db()
    assert item.stock == 9
    assert spendable(PointAccount.objects.get(citizen=one)) == 70
    assert differences() == []


def test_a_code_is_sealed_and_stands_nowhere_in_the_clear(world: World) -> None:
    got, code = coupon(world, shop(world))
    assert len(code) == 16
    assert got.tail == code[-4:]
    assert code not in f"{got.code_sealed} {got.code_blind}"
    assert re.fullmatch(r"DH\d{14}", got.number)


def test_too_few_points_say_what_is_missing(world: World) -> None:
    one = citizen(world)
    item = offer(world, shop(world).merchant)
    refusal = refused(redeem, item, one, code="not_enough_points", by=one.user)
    assert "还差 200 分" in str(refusal.message)
    gain(world, one, 130)
    refusal = refused(redeem, item, one, code="not_enough_points", by=one.user)
    assert "还差 70 分：这张券要 200 分，您现在可用 130 分" in str(refusal.message)


def test_what_is_sold_out_off_sale_or_over_the_limit_costs_nothing(world: World) -> None:
    one, merchant = citizen(world), shop(world).merchant
    gain(world, one, 5_000)
    last = offer(world, merchant, stock=1)
    redeem(last, one, by=one.user)
    refused(redeem, last, one, code="sold_out", by=one.user)
    two = offer(world, merchant, title="每人两张", per_person=2)
    for _ in range(2):
        redeem(two, one, by=one.user)
    refused(redeem, two, one, code="limit_reached", by=one.user)
    off = mall.take_off_sale(offer(world, merchant, title="下架的"), by=operator(world))
    refused(redeem, off, one, code="off_sale", by=one.user)
    refused(redeem, offer(world, merchant, title="没上架", on_sale=False), one, code="off_sale", by=one.user)
    mall.stop_merchant(merchant, by=operator(world), reason="停业")
    refused(redeem, two, one, code="off_sale", by=one.user)


def test_only_the_person_spends_the_persons_points(world: World) -> None:
    one, two = citizen(world), citizen(world)
    gain(world, one, 500)
    item = offer(world, shop(world).merchant)
    forbidden(redeem, item, one, by=two.user)
    forbidden(redeem, item, one, by=operator(world))
    forbidden(redeem, item, one, by=world.people["buyer-maker"])


@pytest.mark.parametrize("state", ["UNVERIFIED", "CLOSED"])
def test_who_has_no_verified_account_redeems_nothing(world: World, state: str) -> None:
    one = citizen(world, verified=state == "CLOSED")
    gain(world, one, 500)
    if state == "CLOSED":
        closed(one)
    refused(redeem, offer(world, shop(world).merchant), one, code="not_active", by=one.user)


def test_a_coupon_given_back_returns_the_points_to_their_lots(world: World) -> None:
    one = citizen(world)
    gain(world, one, 120, months=24)
    gain(world, one, 150, months=6)
    item = offer(world, shop(world).merchant)
    before = list(PointLot.objects.order_by("pk").values_list("pk", "left_points", "expires_on"))
    got = redeem(item, one, by=one.user)
    got = coupons.cancel(got, by=one.user)
    assert got.state == CouponState.CANCELLED
    assert list(PointLot.objects.order_by("pk").values_list("pk", "left_points", "expires_on")) == before
    item.refresh_from_db()
    assert item.stock == 10
    refused(coupons.cancel, got, code="wrong_state", by=one.user)
    assert redeem(item, one, by=one.user).place == 1  # a coupon given back does not count towards the limit
    assert differences() == []


def test_points_that_expired_meanwhile_expire_at_once(world: World) -> None:
    one = citizen(world)
    gain(world, one, 50, months=1)
    gain(world, one, 150, months=24)
    got = redeem(offer(world, shop(world).merchant, valid_days=60), one, by=one.user)
    later(world, days=40)
    coupons.cancel(got, by=one.user)
    account = PointAccount.objects.get(citizen=one)
    assert (account.balance_points, spendable(account)) == (150, 150)
    kinds = list(account.entries.order_by("pk").values_list("kind", "points")[2:])
    assert kinds == [(EntryKind.SPEND, -200), (EntryKind.REFUND, 200), (EntryKind.EXPIRE, -50)]
    assert differences() == []


def test_a_merchants_fault_gives_expired_points_thirty_days(world: World) -> None:
    one, by = citizen(world), operator(world)
    gain(world, one, 50, months=1)
    gain(world, one, 150, months=24)
    got = redeem(offer(world, shop(world).merchant), one, by=one.user)
    later(world, days=40)
    assert coupons.expire_all() == 1
    got.refresh_from_db()
    assert got.state == CouponState.EXPIRED
    refused(coupons.cancel, got, code="wrong_state", by=one.user)
    refused(coupons.refund, got, code="no_reason", by=by, reason=" ")
    forbidden(coupons.refund, got, by=one.user, reason="店关门了")
    coupons.refund(got, by=by, reason="店关门了，顾客没用成")
    account = PointAccount.objects.get(citizen=one)
    lots = list(account.lots.order_by("pk").values_list("left_points", "source"))
    assert lots == [(0, "UPLOAD"), (150, "UPLOAD"), (50, "REFUND")]
    assert account.lots.get(source="REFUND").expires_on == clock.today() + timedelta(days=30)
    assert spendable(account) == 200
    assert differences() == []


def test_a_coupon_is_not_given_back_after_its_last_day(world: World) -> None:
    one = citizen(world)
    got, _code = coupon(world, shop(world), one)
    later(world, days=31)
    refused(coupons.cancel, got, code="coupon_expired", by=one.user)
    other = citizen(world)
    forbidden(coupons.cancel, got, by=other.user)
    assert coupons.expire_all() == 1
    with nothing_changed():
        assert coupons.expire_all() == 0


def test_nothing_comes_back_to_a_closed_account(world: World) -> None:
    one = citizen(world)
    got, _code = coupon(world, shop(world), one)
    closed(one)
    refused(coupons.refund, got, code="account_closed", by=operator(world), reason="店关门了")


def test_the_operator_keeps_the_mall_of_the_own_city_only(world: World) -> None:
    merchant = shop(world).merchant
    item = offer(world, merchant, on_sale=False)
    stranger = person(world, "operator-there", "OPERATOR", division=world.people["other-officer"].grants.get().division)
    for verb, subject in ((mall.put_on_sale, item), (mall.take_off_sale, item)):
        forbidden(verb, subject, by=stranger)
    forbidden(mall.add_merchant, world.organisations["buyer"], name="别处", by=stranger)
    forbidden(mall.restock, item, pieces=1, by=stranger)
    forbidden(mall.stop_merchant, merchant, by=world.people["officer"], reason="试")
    assert mall.restock(item, pieces=5, by=operator(world), key="restock-1").stock == 15
    refused(mall.restock, item, code="bad_offer", pieces=0, by=operator(world))
    refused(mall.take_off_sale, item, code="wrong_state", by=operator(world))
    assert mall.put_on_sale(item, by=operator(world)).state == OfferState.ON_SALE


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"title": " "}, "bad_text"),
        ({"face": "一二三四五六七八九十一二三"}, "bad_text"),
        ({"kind": "x"}, "bad_offer"),
        ({"price_points": 0}, "bad_offer"),
        ({"stock": -1}, "bad_offer"),
        ({"per_person": 0}, "bad_offer"),
        ({"valid_days": 731}, "bad_offer"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(world: World, about: dict[str, object], code: str) -> None:
    given = {
        "title": "券",
        "face": "5 元",
        "kind": "use",
        "price_points": 1,
        "stock": 1,
        "per_person": 1,
        "valid_days": 1,
    }
    merchant = shop(world).merchant
    refused(mall.draft_offer, merchant, code=code, by=operator(world), **{**given, "terms": "说明", **about})
    refused(mall.add_merchant, merchant.organisation, code="merchant_known", name=merchant.name, by=operator(world))


def test_a_citizen_sees_the_mall_and_others_only_their_own(world: World) -> None:
    item = offer(world, shop(world).merchant)
    assert list(Offer.objects.visible_to(citizen(world).user)) == [item]
    assert list(Offer.objects.visible_to(world.people["buyer-maker"])) == [item]
    assert not Offer.objects.visible_to(world.people["owner-maker"]).exists()
    got, code = coupon(world, shop(world, "另一家"))
    assert list(Coupon.objects.visible_to(got.citizen.user)) == [got]
    assert code_of(got) == code
    assert list(Coupon.objects.visible_to(operator(world))) == [got]
    assert not Coupon.objects.visible_to(citizen(world).user).exists()
    assert list(Coupon.objects.visible_to(portal_user())) == [got]
