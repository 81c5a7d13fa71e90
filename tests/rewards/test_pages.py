"""The pages of points, mall and coupons, and the till, as people see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carbon_portal.story import World
from rewards.codes import grouped
from rewards.models import Coupon, CouponUse, PointAccount
from rewards.services.coupons import code_of, redeem
from rewards.services.proceeds import share_proceeds
from rewards.services.tills import use
from rewards.states import CouponState
from tests.refusals import nothing_changed
from tests.rewards.test_proceeds import KG, pool
from tests.shopping import Shop, citizen, coupon, gain, later, offer, operator, shop

pytestmark = pytest.mark.django_db
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def client_of(user: Any) -> Client:
    """Return a browser somebody is signed in with."""
    client = Client()
    client.force_login(user)
    return client


def _text(answer: Any) -> str:
    return re.sub(r"(<[^>]+>|\s)+", " ", answer.content.decode())


def _key(page: Any) -> dict[str, str]:
    return {"key": re.findall(r'name="key" value="([\w-]+)"', page.content.decode())[0]}


def test_from_the_mall_to_the_code(world: World) -> None:
    one = citizen(world)
    gain(world, one, 320)
    item = offer(world, shop(world).merchant)
    client = client_of(one.user)
    listed = _text(client.get("/me/mall/"))
    assert all(words in listed for words in ("可用碳积分 320 分", "便利店 5 元券", "200 分", "剩 10", "我的券 0 张"))
    page = client.get(f"/me/mall/{item.pk}/")
    assert "用 200 分兑换" in _text(page)
    assert "兑换后剩余 120 分" in _text(page)
    answer = client.post(f"/me/mall/{item.pk}/", _key(page), follow=True)
    got = Coupon.objects.get()
    assert answer.redirect_chain == [(f"/me/coupons/{got.pk}/", 302)]
    shown = answer.content.decode()
    assert grouped(code_of(got)) in shown
    assert 'src="data:image/svg+xml' in shown
    assert got.number in shown
    assert "我的券 1 张" in _text(client.get("/me/mall/"))
    again = client.post(f"/me/mall/{item.pk}/", _key(page))
    assert again.status_code == 302  # the same press again, the same coupon
    assert Coupon.objects.count() == 1


def test_a_refusal_says_what_is_missing_and_changes_nothing(world: World) -> None:
    one = citizen(world)
    gain(world, one, 130)
    item = offer(world, shop(world).merchant)
    client = client_of(one.user)
    page = client.get(f"/me/mall/{item.pk}/")
    assert "还差 70 分" in _text(page)
    assert "分兑换" not in _text(page)
    with nothing_changed():
        answer = client.post(f"/me/mall/{item.pk}/", {"key": "forced-0001"})
        assert client.post(f"/me/mall/{item.pk}/").status_code == 400
    assert answer.status_code == 409
    assert "还差 70 分：这张券要 200 分，您现在可用 130 分" in _text(answer)


def test_what_is_sold_out_stays_to_be_seen(world: World) -> None:
    one, merchant = citizen(world), shop(world).merchant
    gain(world, one, 500)
    item = offer(world, merchant, stock=1)
    offer(world, merchant, title="单程票", kind="go")
    redeem(item, one, by=one.user)
    client = client_of(one.user)
    page = client.get("/me/mall/")
    assert "已兑完" in _text(page)
    assert "出行" in _text(page)
    assert "单程票" not in _text(client.get("/me/mall/?kind=use"))
    assert "单程票" in _text(client.get("/me/mall/?kind=nonsense"))
    assert "已兑完，没有扣您的积分" in _text(client.get(f"/me/mall/{item.pk}/"))


def test_the_wallet_shows_lots_entries_and_proceeds(world: World) -> None:
    one = citizen(world)
    gain(world, one, 120, months=24)
    account = gain(world, one, 150, months=1)
    redeem(offer(world, shop(world).merchant), one, by=one.user)
    share_proceeds(pool(world, 123_456), weights={one.pk: 7 * KG}, by=operator(world, "operator-2"))
    client = client_of(one.user)
    with CaptureQueriesContext(connection) as queries:
        page = _text(client.get("/me/points/"))
    assert len(queries) <= 20
    for words in (
        "可用碳积分 70 分",
        "减排得分",
        "兑换",
        "便利店 5 元券",
        "+150 分",
        "−200 分",
        "1,234.56 元",
        "待核",
        "7.000 kg",
    ):
        assert words in page, words
    later(world, days=900)
    assert "可用碳积分 0 分" in _text(client.get("/me/points/"))
    assert account.entries.count() == 3  # the sweep has not run


def test_a_person_sees_only_his_own_coupons_and_gives_them_back(world: World) -> None:
    one, two = citizen(world), citizen(world)
    got, _code = coupon(world, shop(world), one)
    stranger, owner = client_of(two.user), client_of(one.user)
    assert stranger.get(f"/me/coupons/{got.pk}/").status_code == 404
    assert stranger.post(f"/me/coupons/{got.pk}/cancel/", {"key": "stranger-01"}).status_code == 404
    page = owner.get(f"/me/coupons/{got.pk}/cancel/")
    assert "积分回到原来的批次，到期日不变" in _text(page)
    assert owner.post(f"/me/coupons/{got.pk}/cancel/", _key(page)).status_code == 302
    got.refresh_from_db()
    assert got.state == CouponState.CANCELLED
    assert PointAccount.objects.get(citizen=one).balance_points == 200
    assert owner.post(f"/me/coupons/{got.pk}/cancel/", {"key": "once-more-1"}).status_code == 409
    shown = owner.get(f"/me/coupons/{got.pk}/").content.decode()
    assert "data:image" not in shown
    assert "已退回" in _text(owner.get("/me/coupons/"))


def test_nobody_but_citizens_opens_the_mall(world: World) -> None:
    for path in ("/me/points/", "/me/mall/", "/me/coupons/"):
        assert Client().get(path).status_code == 302
        assert client_of(world.people["owner-maker"]).get(path).status_code == 403
    assert "实名" in _text(client_of(citizen(world, verified=False).user).get("/me/mall/", follow=True))


def till_of(here: Shop) -> Client:
    """Return the phone of a shop, set up by its key."""
    client = Client()
    answer = client.post("/till/device/", {"key": here.key})
    assert (answer.status_code, answer["Location"]) == (302, "/till/")
    return client


def _redeemed(till: Client, here: Shop, code: str, pin: str | None = None) -> Any:
    form = {"code": code, "cashier": here.cashier.pk, "pin": pin or here.pin}
    return till.post("/till/", {**form, **_key(till.get("/till/"))})


def test_a_phone_becomes_a_till_by_its_key_only(world: World) -> None:
    here = shop(world)
    assert Client().get("/till/")["Location"] == "/till/device/"
    wrong = Client().post("/till/device/", {"key": here.key + "x"})
    assert wrong.status_code == 409
    assert "没有这个设备密钥" in _text(wrong)
    till = till_of(here)
    cookie = till.cookies["till"]
    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, "/till/", "Lax")
    assert "惠民便利（人民路店）" in _text(till.get("/till/"))
    forged = Client()
    forged.cookies["till"] = f"{here.device.pk}:{here.device.key_hash}"
    assert forged.get("/till/").status_code == 302
    here.device.active = False
    here.device.save()
    assert till.get("/till/")["Location"] == "/till/device/"


def test_a_code_is_used_at_the_till_and_then_refused_with_time_and_counter(world: World) -> None:
    here = shop(world)
    _got, code = coupon(world, here)
    till = till_of(here)
    page = till.get(f"/till/?code={code}").content.decode()
    assert grouped(code) not in page, "a code in an address would stand in the access log; it comes behind the #"
    assert '<script src="/static/till.js" defer>' in page
    answer = _redeemed(till, here, f"https://portal.example/till/#{code}")
    done = CouponUse.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/till/uses/{done.pk}/")
    page = _text(till.get(answer["Location"]))
    for words in ("核销成功", "5 元", "便利店 5 元券", "2 号柜台", "店员 03", "今天已核销 1 张"):
        assert words in page
    again = _redeemed(till, here, code)
    assert again.status_code == 409
    assert "已在 2 号柜台 核销，不能再用" in _text(again)
    assert here.pin not in again.content.decode()


def test_what_a_till_refuses_it_says_in_words(world: World) -> None:
    here, there = shop(world), shop(world, "白鹭书店")
    _got, code = coupon(world, there)
    till = till_of(here)
    other = _redeemed(till, here, code)
    assert (other.status_code, "这张券不能在本店使用" in _text(other)) == (409, True)
    assert "白鹭" not in _text(other)
    assert "没有这个券码" in _text(_redeemed(till, here, "23456789"))
    assert _redeemed(till, here, "").status_code == 400
    wrong = f"{(int(here.pin) + 1) % 10_000:04d}"
    said = [_text(_redeemed(till, here, code, wrong)) for _ in range(5)]
    assert "PIN 不对，还可以试 4 次" in said[0]
    assert "PIN 连续输错 5 次" in said[4]
    stranger = till.post("/till/", {"code": code, "cashier": there.cashier.pk, "pin": there.pin, "key": "stranger-1"})
    assert stranger.status_code == 400


def test_the_shift_leader_undoes_on_the_page(world: World) -> None:
    here = shop(world)
    got, code = coupon(world, here)
    till = till_of(here)
    done = use(here.device, cashier=here.cashier, code=code, by=here.merchant.user)
    path = f"/till/uses/{done.pk}/undo/"
    assert path in till.get("/till/").content.decode()
    form = {"cashier": here.leader.pk, "pin": here.leader_pin, "reason": "顾客改用现金"}
    assert till.post(path, {**form, "cashier": here.cashier.pk, "pin": here.pin}).status_code == 400
    assert till.post(path, {**form, "reason": ""}).status_code == 400
    assert till.post(path, form).status_code == 302
    got.refresh_from_db()
    assert got.state == CouponState.ISSUED
    page = _text(till.get("/till/"))
    assert "值班长 撤销：顾客改用现金" in page
    assert "今天已核销 0 张" in page
    assert till.post(path, form).status_code == 409
    assert till_of(shop(world, "白鹭书店")).get(f"/till/uses/{done.pk}/").status_code == 404


def test_every_page_is_complete_in_english(world: World) -> None:
    here, one = shop(world, "Shop"), citizen(world)
    item = offer(world, here.merchant, title="Coupon", face="5", terms="One each.")
    gain(world, one, 400)
    got = redeem(item, one, by=one.user)
    client, till = client_of(one.user), till_of(here)
    till.get("/till/")  # says in Chinese that it was set up
    done = use(here.device, cashier=here.cashier, code=code_of(redeem(item, one, by=one.user)), by=here.merchant.user)
    paths = ("points/", "mall/", f"mall/{item.pk}/", "coupons/", f"coupons/{got.pk}/", f"coupons/{got.pk}/cancel/")
    pages = [(client, f"/me/{path}") for path in paths]
    pages += [
        (till, path) for path in ("/till/", "/till/device/", f"/till/uses/{done.pk}/", f"/till/uses/{done.pk}/undo/")
    ]
    for browser, path in pages:
        browser.cookies["django_language"] = "en"
        page = browser.get(path).content.decode()
        main = page[page.index("<main") : page.index("</main>")]
        for name in (here.cashier.name, here.leader.name, here.device.name):
            main = main.replace(name, "")
        assert not CHINESE.findall(main), (path, CHINESE.findall(main))
