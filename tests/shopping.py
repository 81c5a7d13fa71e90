"""Citizens with points, a shop with offers, tills and cashiers, for tests of what happens to points and coupons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from django.core.files.base import ContentFile
from django.db import connection

from accounts.models import Attachment, User
from accounts.roles import Role
from accounts.services.attachments import keep_file
from accounts.services.people import portal_user
from carbon_portal.story import World
from kernel import clock
from office.services.clock import move_clock
from rewards.models import Cashier, Coupon, Merchant, MerchantDevice, Offer, PointAccount, PointRule
from rewards.services import mall, rules, tills
from rewards.services.coupons import code_of, redeem
from rewards.services.crediting import credit
from scenarios.models import Act, Citizen, Partner, Scene, Upload
from scenarios.models.acts import ROW_BITS
from tests import riding
from tests.stages import give, person

MG_PER_POINT = 10_000  # at 100 points a kilogram
_numbers = count(1)


def operator(world: World, name: str = "operator") -> User:
    """Return an operator of the demo city."""
    known = User.objects.filter(username=name).first()
    return known or person(world, name, Role.OPERATOR, division=world.organisations["owner"].division)


def citizen(world: World, name: str = "", *, verified: bool = True) -> Citizen:
    """Return a citizen, with a verified name unless told otherwise."""
    one = riding.rider(world, name or f"citizen-{next(_numbers)}")
    give(world, one.user, Role.CITIZEN)
    if verified:
        Citizen.objects.filter(pk=one.pk).update(state=Citizen.State.ACTIVE, verified_at=clock.now())
    return Citizen.objects.select_related("user", "division").get(pk=one.pk)


def rule(world: World, scene: Scene | None = None, **about: object) -> PointRule:
    """Return the rule of a scene; 100 points a kilogram unless told otherwise."""
    scene = scene or riding.scene()
    known = PointRule.objects.filter(scene=scene).first()
    return known or rules.set_rule(scene, by=operator(world), **about)  # type: ignore[arg-type]


def settled(world: World, *acts: tuple[Citizen, int, int], scene: Scene | None = None) -> Upload:
    """Return a settled file with acts: citizen, milligrams, days ago. Written past the ingestion, which has tests of its own."""
    scene = scene or riding.scene()
    partner = riding.platform(world, scenes=[scene])
    upload = Upload.objects.create(
        partner=partner,
        scene=scene,
        method=scene.method,
        file=_file(partner),
        mapping={},
        received_by=riding.interface(partner),
    )
    moments = [_noon(ago) for _who, _mg, ago in acts]
    if moments:
        with connection.cursor() as cursor:
            cursor.execute("SELECT scenarios_make_months(%s, %s)", [min(moments).date(), max(moments).date()])
    Act.objects.bulk_create(
        Act(
            id=(upload.pk << ROW_BITS) | row,
            on_day=at.date(),
            citizen=who,
            upload=upload,
            started_at=at,
            ended_at=at + timedelta(minutes=20),
            amount_millionths=mg,
            saved_mg=mg,
        )
        for row, (at, (who, mg, _ago)) in enumerate(zip(moments, acts, strict=True), start=1)
    )
    upload.state, upload.settled_at = Upload.State.SETTLED, clock.now()
    upload.sent = upload.accepted = len(acts)
    upload.refused, upload.saved_mg = 0, sum(mg for _who, mg, _ago in acts)
    upload.save()
    return upload


def _noon(days_ago: int) -> datetime:
    return clock.local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def _file(partner: Partner) -> Attachment:
    known = Attachment.objects.filter(organisation=partner.organisation).first()
    by = riding.interface(partner)
    return known or keep_file(partner.organisation, ContentFile(b"kept", name="kept.csv"), by=by)


def gain(world: World, who: Citizen, points: int, *, months: int = 24) -> PointAccount:
    """Give a citizen points by one ride, which expire so many months later."""
    scene = riding.scene(f"months-{months}")
    rule(world, scene, expiry_months=months)
    credit(settled(world, (who, points * MG_PER_POINT, 1), scene=scene), by=portal_user())
    return PointAccount.objects.get(citizen=who)


@dataclass
class Shop:
    """A merchant with a till, two cashiers and their PINs."""

    merchant: Merchant
    device: MerchantDevice
    key: str
    cashier: Cashier
    pin: str
    leader: Cashier
    leader_pin: str


def shop(world: World, name: str = "惠民便利（人民路店）") -> Shop:
    """Open a shop of the buyer's organisation."""
    by = operator(world)
    merchant = mall.add_merchant(world.organisations["buyer"], name=name, by=by)
    device, key = tills.add_device(merchant, name="2 号柜台", by=by)
    cashier, pin = tills.add_cashier(merchant, name="店员 03", by=by)
    leader, leader_pin = tills.add_cashier(merchant, name="值班长", leader=True, by=by)
    return Shop(merchant, device, key, cashier, pin, leader, leader_pin)


def offer(world: World, merchant: Merchant, *, on_sale: bool = True, **about: object) -> Offer:
    """Return an offer of the shop, on sale: 200 points, 10 pieces, 2 a person, 30 days."""
    given: dict[str, object] = {
        "title": "便利店 5 元券",
        "face": "5 元",
        "kind": "use",
        "price_points": 200,
        "stock": 10,
        "per_person": 2,
        "valid_days": 30,
        "terms": "满 30 元可用，一单一张。",
    }
    made = mall.draft_offer(merchant, by=operator(world), **{**given, **about})  # type: ignore[arg-type]
    return mall.put_on_sale(made, by=operator(world)) if on_sale else made


def coupon(world: World, shop: Shop, who: Citizen | None = None, **about: object) -> tuple[Coupon, str]:
    """Return a coupon of the shop that a citizen got for points, and its code."""
    who = who or citizen(world)
    item = offer(world, shop.merchant, **about)
    gain(world, who, item.price_points)
    got = redeem(item, who, by=who.user)
    return got, code_of(got)


def later(world: World, **span: int) -> None:
    """Move the business clock."""
    move_clock(forward=timedelta(**span), by=world.system, reason="试验")


def closed(who: Citizen) -> None:
    """Close a citizen's account."""
    Citizen.objects.filter(pk=who.pk).update(state=Citizen.State.CLOSED, closed_at=clock.now())
