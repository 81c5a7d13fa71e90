"""The demo's chapter of the mall: what a visitor of the demo finds."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from carbon_portal.story import World, open_mall
from rewards.models import Offer, PointRule
from rewards.services.coupons import code_of, redeem
from rewards.services.tills import device_of, enter, use
from scenarios.models import Scene
from tests.refusals import refused
from tests.shopping import citizen, gain

pytestmark = pytest.mark.django_db


def test_three_coupons_one_of_them_the_last_and_a_till_that_says_how_to_get_in(world: World) -> None:
    merchant = open_mall(world)
    assert PointRule.objects.count() == Scene.objects.filter(active=True).count()
    assert sorted(Offer.objects.shown().values_list("stock", flat=True)) == [1, 20, 50]
    one, two = citizen(world), citizen(world)
    for who in (one, two):
        gain(world, who, 700)
    last = Offer.objects.get(stock=1)
    got = redeem(last, one, by=one.user)
    refused(redeem, last, two, code="sold_out", by=two.user)
    device = device_of(settings.DEMO_PASSWORD)
    assert device is not None
    assert device.merchant == merchant
    for name, pin in settings.DEMO_TILL.items():
        cashier = enter(device, cashier=merchant.cashiers.get(name=name), pin=pin)
    use(device, cashier=cashier, code=code_of(got), by=merchant.user)


def test_only_a_demo_shows_its_key_and_pins(world: World, settings: pytest.FixtureRequest) -> None:
    open_mall(world)
    settings.DEMO = True  # type: ignore[attr-defined]
    phone = Client()
    key = settings.DEMO_PASSWORD  # type: ignore[attr-defined]
    assert key in phone.get("/till/device/").content.decode()
    phone.post("/till/device/", {"key": key})
    assert "1357" in phone.get("/till/").content.decode()
    settings.DEMO = False  # type: ignore[attr-defined]
    assert key not in phone.get("/till/device/").content.decode()
    assert "1357" not in phone.get("/till/").content.decode()
