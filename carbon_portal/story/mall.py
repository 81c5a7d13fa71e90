"""The mall: points for the scenes, one shop with three coupons of limited stock, a till and two people at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import Division, Organisation, User
from accounts.roles import Role
from accounts.services.people import register_organisation
from carbon_portal.story.world import World, introduce
from kernel import clock
from rewards.models import Merchant, PointRule
from rewards.services import mall, rules, tills
from rewards.services.crediting import credit_waiting
from scenarios.models import Scene

OPERATOR = ("operator", "何运")
LEADER = "值班长"
SHOP = ("91990100MA5C00082R", "青岚惠民便利有限公司", "惠民便利（人民路店）")
# Title, face, kind, points, pieces, pieces a person, days, how to use it.
OFFERS: tuple[dict[str, Any], ...] = (
    {
        "title": "便利店 5 元券",
        "face": "5 元",
        "kind": "use",
        "price_points": 260,
        "stock": 50,
        "per_person": 2,
        "valid_days": 30,
        "terms": "满 30 元可用，一单一张，不找零。",
    },
    {
        "title": "早餐 3 元券",
        "face": "3 元",
        "kind": "eat",
        "price_points": 150,
        "stock": 20,
        "per_person": 1,
        "valid_days": 14,
        "terms": "周一至周五 6:00–9:30 可用。",
    },
    {
        "title": "环保购物袋 1 个",
        "face": "1 个",
        "kind": "home",
        "price_points": 600,
        "stock": 1,
        "per_person": 1,
        "valid_days": 60,
        "terms": "在收银台领取，颜色随机。",
    },
)


def open_mall(world: World) -> Merchant:
    """Open the mall and credit the points of what is settled: whoever rode finds something, and one bag is the last."""
    by = _operator(world)
    for scene in Scene.objects.filter(active=True):
        if not PointRule.objects.filter(scene=scene).exists():
            rules.set_rule(scene, by=by, valid_from=clock.today())
    uscc, company, name = SHOP
    city = Division.objects.get(code="9901")
    organisation = Organisation.objects.filter(uscc=uscc).first() or register_organisation(
        uscc=uscc, name=company, kind=Organisation.Kind.COMPANY, division=city, by=world.system
    )
    merchant = mall.add_merchant(organisation, name=name, by=by)
    for about in OFFERS:
        mall.put_on_sale(mall.draft_offer(merchant, by=by, **about), by=by)
    _staff(merchant, by)
    credit_waiting()
    return merchant


def _operator(world: World) -> User:
    username, full_name = OPERATOR
    known = world.people.get(username) or User.objects.filter(username=username).first()
    if known is not None:
        return known
    introduce(world, {}, [(username, full_name, Role.OPERATOR, "9901")])
    return world.people[username]


def _staff(merchant: Merchant, by: User) -> None:
    tills.add_device(merchant, name="2 号柜台", secret=settings.DEMO_PASSWORD, by=by)
    for name, pin in settings.DEMO_TILL.items():
        tills.add_cashier(merchant, name=name, pin=pin, leader=name == LEADER, by=by)
