"""The operator's desks: taking shops in, giving out keys and PINs once, restocking, giving points back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from carbon_portal.story import World
from kernel import clock
from rewards.models import Cashier, Coupon, Merchant, MerchantDevice, Offer, PointAccount, PointRule, ProceedsPool
from rewards.services import tills
from rewards.states import CouponState, OfferState
from tests import riding
from tests.shopping import citizen, coupon, gain, offer, operator, rule, shop
from tests.stages import person

pytestmark = pytest.mark.django_db
LISTS = (
    "merchantdeskrow", "devicedeskrow", "cashierdeskrow", "offerdeskrow", "coupondeskrow", "pointrule", "proceedspool",
    "proceedsshare", "pointaccount", "pointsrun", "couponuse", "merchant", "merchantdevice", "cashier", "offer", "coupon",
)  # fmt: skip


@pytest.fixture
def desk(world: World) -> Client:
    """The operator's browser."""
    client = Client()
    client.force_login(operator(world))
    return client


def _add(desk: Client, model: str, form: dict[str, Any]) -> Any:
    path = f"/manage/rewards/{model}/add/"
    assert desk.get(path).status_code == 200
    return desk.post(path, {"sent": "1", **form})


def _secret(answer: Any) -> str:
    return re.findall(r'<code id="secret">([^<]+)</code>', answer.content.decode())[0]


def test_every_list_opens_for_the_operator_and_for_nobody_else(world: World, desk: Client) -> None:
    here = shop(world)
    _got, code = coupon(world, here)
    tills.use(here.device, cashier=here.cashier, code=code, by=here.merchant.user)
    officer = Client()
    officer.force_login(world.people["officer"])
    for name in LISTS:
        page = desk.get(f"/manage/rewards/{name}/")
        assert page.status_code == 200, name
        assert code not in page.content.decode()
        assert officer.get(f"/manage/rewards/{name}/").status_code in ({200} if name == "pointrule" else {403}), name


def test_a_shop_opens_from_the_desks_alone(world: World, desk: Client) -> None:
    organisation = world.organisations["buyer"]
    assert _add(desk, "merchantdeskrow", {"organisation": organisation.pk, "name": "白鹭书店"}).status_code == 302
    again = _add(desk, "merchantdeskrow", {"organisation": organisation.pk, "name": "白鹭书店"})
    assert (again.status_code, "已有同名的门店" in again.content.decode()) == (409, True)
    merchant = Merchant.objects.get(name="白鹭书店")
    key = _secret(_add(desk, "devicedeskrow", {"merchant": merchant.pk, "name": "收银台"}))
    assert tills.device_of(key) == MerchantDevice.objects.get(merchant=merchant)
    assert key not in desk.get("/manage/rewards/devicedeskrow/").content.decode()
    pin = _secret(_add(desk, "cashierdeskrow", {"merchant": merchant.pk, "name": "店员 01", "leader": "on"}))
    cashier = Cashier.objects.get(merchant=merchant)
    assert cashier.leader
    device = MerchantDevice.objects.select_related("merchant__user").get(merchant=merchant)
    assert tills.enter(device, cashier=cashier, pin=pin) == cashier
    renewed = _secret(desk.post(f"/manage/rewards/cashierdeskrow/{cashier.pk}/steps/pin/", {"sent": "1"}))
    cashier.refresh_from_db()
    assert tills.enter(device, cashier=cashier, pin=renewed) == cashier
    form = {"merchant": merchant.pk, "title": "书券", "face": "10 元", "kind": "wear", "price_points": 500, "stock": 3}
    form |= {"per_person": 1, "valid_days": 60, "terms": "全场可用"}
    assert _add(desk, "offerdeskrow", form).status_code == 302
    item = Offer.objects.get(title="书券")
    press = {"reason": "", "key": "put-on-sale-1"}
    assert desk.post(f"/manage/rewards/offerdeskrow/{item.pk}/press/put_on_sale/", press).status_code == 302
    steps = f"/manage/rewards/offerdeskrow/{item.pk}/steps/restock/"
    assert desk.post(steps, {"sent": "1", "pieces": "0"}).status_code == 200
    assert desk.post(steps, {"sent": "1", "pieces": "7"}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.stock) == (OfferState.ON_SALE, 10)
    assert desk.get(f"/manage/rewards/offerdeskrow/{item.pk}/steps/nonsense/").status_code == 404


def test_points_come_back_when_the_merchant_was_at_fault(world: World, desk: Client) -> None:
    one = citizen(world)
    got, _code = coupon(world, shop(world), one)
    path = f"/manage/rewards/coupondeskrow/{got.pk}/press/refund_coupon/"
    assert desk.post(path, {"reason": "", "key": "refund-0001"}).status_code == 409
    assert desk.post(path, {"reason": "店关门了", "key": "refund-0001"}).status_code == 302
    assert Coupon.objects.get().state == CouponState.CANCELLED
    assert PointAccount.objects.get(citizen=one).balance_points == 200


def test_rules_and_pools_are_set_on_their_lists(world: World, desk: Client) -> None:
    scene = riding.scene()
    tomorrow = clock.today() + timedelta(days=1)
    form = {"scene": scene.pk, "points_per_kg": 50, "daily_cap": "", "expiry_months": 12, "valid_from": f"{tomorrow}"}
    assert _add(desk, "pointrule", form).status_code == 302
    assert PointRule.objects.get().daily_cap is None
    past = _add(desk, "pointrule", {**form, "valid_from": "2020-01-01"})
    assert (past.status_code, "不能改变以前的积分" in past.content.decode()) == (409, True)
    city = world.organisations["owner"].division
    form = {"division": city.pk, "reference": "批次 1", "total_fen": 500, "fee_fen": 20, "tax_note": ""}
    assert _add(desk, "proceedspool", form).status_code == 302
    assert ProceedsPool.objects.get().distributable_fen == 480
    elsewhere = person(
        world, "operator-there", "OPERATOR", division=world.people["other-officer"].grants.get().division
    )
    stranger = Client()
    stranger.force_login(elsewhere)
    refused = stranger.post("/manage/rewards/proceedspool/add/", {**form, "sent": "1", "reference": "批次 2"})
    assert refused.status_code == 200  # the form does not offer another city's division
    assert ProceedsPool.objects.count() == 1


def test_desks_show_the_own_city_only(world: World, desk: Client) -> None:
    here = shop(world)
    gain(world, citizen(world), 50)
    rule(world)
    item = offer(world, here.merchant)
    stranger = Client()
    stranger.force_login(
        person(world, "operator-there", "OPERATOR", division=world.people["other-officer"].grants.get().division)
    )
    for name, words in (
        ("merchantdeskrow", here.merchant.name),
        ("offerdeskrow", item.title),
        ("devicedeskrow", "2 号柜台"),
    ):
        assert words in desk.get(f"/manage/rewards/{name}/").content.decode()
        assert words not in stranger.get(f"/manage/rewards/{name}/").content.decode()
    path = f"/manage/rewards/offerdeskrow/{item.pk}/steps/restock/"
    assert stranger.post(path, {"sent": "1", "pieces": "7"}).status_code == 404
