"""What a holder sees of an exchange and does there: the seat, orders by two people, the trades."""

from __future__ import annotations

import pytest
from django.test import Client

from carbon_portal.story import World
from office.models import Message
from registry.models import Seat, Venue, VenueOrder
from registry.services import venues
from registry.services.books import available
from registry.states import VenueOrderState
from tests.venues import connected, settled, taken_in

FORM = {"quantity_t": "60", "batch": "", "reason": "挂牌", "key": "seat-page-1"}


@pytest.fixture
def venue(world: World) -> Venue:
    return connected(world)


def signed_in(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def told(world: World, who: str) -> list[str]:
    return list(Message.objects.filter(person=world.people[who]).order_by("pk").values_list("template", flat=True))


def begun(world: World, venue: Venue) -> VenueOrder:
    answer = signed_in(world, "owner-maker").post("/owner/venue/new/", {**FORM, "venue": venue.pk})
    order = VenueOrder.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/owner/venue/{order.pk}/")
    return order


def test_two_people_take_units_to_the_exchange_on_their_pages(world: World, venue: Venue) -> None:
    free = available(world.accounts["owner"])
    order = begun(world, venue)
    assert (order.state, available(world.accounts["owner"])) == (VenueOrderState.CONFIRMING, free)
    assert told(world, "owner-checker")[-1] == "registry.venue_order_to_confirm"
    assert "轮到您" in signed_in(world, "owner-checker").get("/owner/venue/").content.decode()

    page = f"/owner/venue/{order.pk}/"
    answer = signed_in(world, "owner-checker").post(f"{page}confirm/", {"key": "seat-page-2"}, follow=True)
    assert "已划转" in answer.content.decode()
    order.refresh_from_db()
    assert (order.state, available(world.accounts["owner"])) == (VenueOrderState.DONE, free - 60)
    assert Seat.objects.get(closed_at=None).venue == venue
    assert told(world, "owner-maker")[-1] == "registry.venue_order_done"


def test_one_person_is_not_two_and_nothing_moves(world: World, venue: Venue) -> None:
    free, order = available(world.accounts["owner"]), begun(world, venue)
    client = signed_in(world, "owner-maker")
    page = client.get(f"/owner/venue/{order.pk}/").content.decode()
    assert "确认划转" not in page
    assert "取消划转" in page
    assert client.post(f"/owner/venue/{order.pk}/confirm/", {"key": "seat-page-3"}).status_code == 403
    order.refresh_from_db()
    assert (order.state, available(world.accounts["owner"])) == (VenueOrderState.CONFIRMING, free)


def test_what_is_not_there_is_refused_where_the_button_was_pressed(world: World, venue: Venue) -> None:
    order = begun(world, venue)
    VenueOrder.objects.filter(pk=order.pk).update(quantity_t=999_999)
    free = available(world.accounts["owner"])
    answer = signed_in(world, "owner-checker").post(f"/owner/venue/{order.pk}/confirm/", {"key": "seat-page-4"})
    assert answer.status_code == 409
    assert "不够" in answer.content.decode()
    assert available(world.accounts["owner"]) == free


@pytest.mark.parametrize("field", ["venue", "quantity_t"])
def test_a_form_that_is_not_filled_in_begins_nothing(world: World, venue: Venue, field: str) -> None:
    answer = signed_in(world, "owner-maker").post("/owner/venue/new/", {**FORM, "venue": venue.pk, field: ""})
    assert answer.status_code == 400
    assert not VenueOrder.objects.exists()


def test_an_order_is_cancelled_with_a_reason(world: World, venue: Venue) -> None:
    order, client = begun(world, venue), signed_in(world, "owner-maker")
    cancel = f"/owner/venue/{order.pk}/cancel/"
    assert client.post(cancel, {"key": "seat-page-5", "reason": ""}).status_code == 400
    assert client.post(cancel, {"key": "seat-page-6", "reason": "改为场外转移"}).status_code == 302
    order.refresh_from_db()
    assert order.state == VenueOrderState.CANCELLED
    assert "减排量没有动" in client.get(f"/owner/venue/{order.pk}/").content.decode()
    assert told(world, "owner-checker")[-1] == "registry.venue_order_cancelled"


def test_the_seat_says_what_is_there_what_was_traded_and_what_came_back(world: World, venue: Venue) -> None:
    taken_in(world, venue, 100)
    settled(world, venue)
    account = world.accounts["owner"].number
    venues.take_out(venue, number="OUT-1", account=account, quantity_t=30, by=world.people["exchange"])
    page = signed_in(world, "owner-maker").get("/owner/venue/").content.decode()
    for said in (venue.organisation.name, ">60<small>t", "T-1", "卖出", "40.50", "405.00", "从交易账户转出"):
        assert said in page
    assert "买入" in signed_in(world, "buyer-maker").get("/owner/venue/").content.decode()


def test_nobody_else_sees_an_order(world: World, venue: Venue) -> None:
    order = begun(world, venue)
    for who in ("buyer-maker", "exchange"):
        assert signed_in(world, who).get(f"/owner/venue/{order.pk}/").status_code == 404
    assert Client().get(f"/owner/venue/{order.pk}/").status_code == 302
