"""The key of a booking: who repeats a call gets the first answer again."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import VerbKey
from accounts.roles import Role
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Journal, Transfer
from registry.services import transfers
from tests.refusals import nothing_changed, refused
from tests.stages import person


def offer(world: World, key: str, quantity_t: int = 10, **changed: Any) -> Transfer:
    """Offer units of the owner to the buyer."""
    told = {"target_number": world.accounts["buyer"].number, "by": world.people["owner-maker"], **changed}
    return transfers.initiate(world.accounts["owner"], quantity_t=quantity_t, key=key, **told)


def test_the_same_key_gives_the_same_answer_and_books_once(world: World) -> None:
    first = offer(world, "order-0001")

    with nothing_changed():
        again = offer(world, "order-0001")
    assert again == first


def test_the_same_answer_is_given_after_the_order_went_on(world: World) -> None:
    first = offer(world, "order-0001")
    transfers.cancel(first, by=world.people["owner-maker"], reason="合同作废")

    assert offer(world, "order-0001").state == "CANCELLED"


@pytest.mark.parametrize("changed", [{"quantity_t": 11}, {"reason": "另一份合同"}, {"batch": "yearly"}])
def test_a_key_is_not_taken_for_another_body(world: World, changed: dict[str, Any]) -> None:
    offer(world, "order-0001")
    body = {"quantity_t": 10, **changed}
    if "batch" in body:
        body["batch"] = world.periods["yearly"].batch

    refusal = refused(
        transfers.initiate,
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        by=world.people["owner-maker"],
        key="order-0001",
        code="key_reused",
        **body,
    )
    assert "换一个键" in refusal.message


def test_keys_of_two_people_have_nothing_to_do_with_each_other(world: World) -> None:
    colleague = person(world, "second-maker", Role.MAKER, organisation=world.organisations["owner"])

    assert offer(world, "order-0001") != offer(world, "order-0001", by=colleague)


def test_keys_of_two_verbs_have_nothing_to_do_with_each_other(world: World) -> None:
    order = offer(world, "order-0001")

    cancelled = transfers.cancel(order, by=world.people["owner-maker"], reason="合同作废", key="order-0001")
    assert cancelled.state == "CANCELLED"


def test_without_a_key_every_call_books(world: World) -> None:
    before = Journal.objects.count()

    assert offer(world, "") != offer(world, "")
    assert Journal.objects.count() == before + 2


def test_a_refused_call_leaves_its_key_free(world: World) -> None:
    with pytest.raises(RuleViolation):
        offer(world, "order-0001", quantity_t=10**7)

    assert not VerbKey.objects.filter(key="order-0001").exists()
    assert offer(world, "order-0001").quantity_t == 10
