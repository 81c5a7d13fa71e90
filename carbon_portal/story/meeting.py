"""A meeting of a few hundred people: its inventory, the units its organiser buys by agreement, their retirement, the certificate.

The inventory is the one of domain §5.4: 3,000 kWh in Shanghai, 100 m³ of gas, 200 L of petrol, 2,409.680 kg, so 3 t.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from accounts.models import Division, Organisation
from accounts.roles import Role
from accounts.services.people import portal_user
from carbon_portal.story.world import World, introduce
from kernel import clock
from methodologies.models import Method
from registry.models import Batch
from registry.services import retirements
from trading.models import Agreement, NeutralEvent
from trading.services import agreements, events, offsets, payments
from trading.services.bank import demo_bank

ORGANISER = {"host": ("91990100MA5C0004X9", "青岚会展有限公司", Organisation.Kind.COMPANY)}
HOSTS = (("host-maker", "冯会", Role.MAKER, "host"), ("host-checker", "何展", Role.CHECKER, "host"))
NAME, PLACE = "青岚市低碳生活推介会", "上海演示会议中心"
# category, method, input, quantity, what it was read from
INVENTORY = (
    ("ENERGY", "CN-2019-901", "electricity_kwh", "3000", "会议中心用电分割单 2026-11（演示）"),
    ("FUEL", "CN-2019-902", "gas_m3", "100", "会议中心燃气分割单 2026-11（演示）"),
    ("FUEL", "CN-2019-903", "petrol_l", "200", "接驳车加油记录 2026-11（演示）"),
)


class Seller(NamedTuple):
    """Who sells the organiser how much: the short name of an account of the world, whose maker and checker act for it.

    ``price_fen`` is per tonne; without ``batch`` the oldest serials go first.
    """

    name: str
    quantity_t: int
    price_fen: int
    batch: Batch | None = None


def meeting(world: World, *sellers: Seller) -> NeutralEvent:
    """Plan, count, buy, retire and declare; without sellers named, all 3 t come from the larger roof's owner."""
    introduce(world, ORGANISER, HOSTS, accounts=("host",))
    for seller in sellers or (Seller("owner", 3, 4_000, world.periods["yearly"].batch),):
        buy(world, seller)
    return neutralise(world, inventory(world))


def inventory(world: World) -> NeutralEvent:
    """Count what the meeting emitted, line by line, and have the second person confirm it."""
    maker, held_on = world.people["host-maker"], clock.today() - timedelta(days=3)
    event = events.plan(
        world.organisations["host"],
        name=NAME,
        kind="CONFERENCE",
        place=PLACE,
        region=Division.objects.get(code="31"),
        starts_on=held_on,
        ends_on=held_on,
        boundary="会场净购入电力，场内固定源、公务用车燃料",
        by=maker,
    )
    for category, code, name, quantity, evidence in INVENTORY:
        method = Method.objects.get(code=code, version=1)
        events.add_item(event, category=category, method=method, inputs={name: quantity}, evidence=evidence, by=maker)
    return events.close_inventory(event, by=world.people["host-checker"], reason="与单据核对一致")


def buy(world: World, seller: Seller) -> Agreement:
    """Two people of each side agree, the demo bank confirms, money and units change hands."""
    people = world.people
    agreement = agreements.propose(
        world.accounts[seller.name],
        buyer_number=world.accounts["host"].number,
        quantity_t=seller.quantity_t,
        price_fen=seller.price_fen,
        batch=seller.batch,
        terms="推介会碳中和用",
        by=people[f"{seller.name}-maker"],
    )
    agreement = agreements.confirm(agreement, by=people[f"{seller.name}-checker"])
    agreement = agreements.accept(agreement, by=people["host-maker"])
    agreement = agreements.order_payment(agreement, by=people["host-checker"])
    bank = demo_bank()
    message_id, body, _signature = bank.pays(agreement.instructions.get())
    key = f"{bank.code}:{message_id}"
    payments.receive(bank=bank.code, message_id=message_id, body=body, by=portal_user(), key=key)
    agreement.refresh_from_db()
    return agreement


def neutralise(world: World, event: NeutralEvent) -> NeutralEvent:
    """Retire what the event needs, the registry's way, and have the portal declare it."""
    people = world.people
    order = offsets.retire(event, quantity_t=event.needed_t or 0, by=people["host-maker"])
    order = retirements.confirm(order, by=people["host-checker"])
    order = retirements.review(order, by=people["registrar"], reason="数量与核算一致")
    retirements.approve(order, by=people["leader"])
    return offsets.declare_neutral(event, by=portal_user())
