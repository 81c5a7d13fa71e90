"""Merchants and what they offer, kept by the operator."""

from __future__ import annotations

import secrets

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.scope import Acting
from accounts.services.people import grant_role, portal_user, register_person
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from rewards.models import Merchant, Offer
from rewards.states import OfferState

NAMES = {"name": 60, "title": 40, "face": 12, "terms": 500}


def worded(name: str, text: str) -> str:
    """Return a text trimmed. Raises RuleViolation ``bad_text`` for an empty or a too long one."""
    text, longest = text.strip(), NAMES[name]
    require(0 < len(text) <= longest, "bad_text", _("请填写 1 到 %d 个字") % longest)
    return text


@verb("rewards.add_merchant")
def add_merchant(organisation: Organisation, *, name: str, by: User, reason: str = "") -> Merchant:
    """Take a shop of an organisation into the mall, with an identity its tills act as. Raises ``merchant_known``, ``bad_text``."""
    name, system = worded("name", name), portal_user()
    known = Merchant.objects.filter(organisation=organisation, name=name).exists()
    require(not known, "merchant_known", _("这个单位已有同名的门店"))
    user = register_person(
        username=f"till-{secrets.token_hex(6)}", full_name=name, password=secrets.token_urlsafe(32), by=system
    )
    user.set_unusable_password()
    user.save(update_fields=["password"])
    grant_role(user, Role.MERCHANT, organisation=organisation, by=system)
    merchant = Merchant.objects.create(organisation=organisation, name=name, user=user)
    record("rewards.add_merchant", merchant, by=by, reason=reason)
    return merchant


@verb("rewards.stop_merchant")
def stop_merchant(merchant: Merchant, *, by: User, reason: str) -> Merchant:
    """Take a shop out of the mall: nothing more is redeemed, coupons that were issued stay good. Raises ``merchant_stopped``."""
    merchant = lock(merchant)
    require(merchant.active, "merchant_stopped", _("这家店已经停用"))
    merchant.active = False
    merchant.save(update_fields=["active"])
    record("rewards.stop_merchant", merchant, by=by, reason=reason)
    return merchant


@verb("rewards.draft_offer")
def draft_offer(
    merchant: Merchant,
    *,
    title: str,
    face: str,
    kind: str,
    price_points: int,
    stock: int,
    per_person: int,
    valid_days: int,
    terms: str,
    by: User,
    reason: str = "",
) -> Offer:
    """Write down what a merchant offers: price in whole points, pieces, pieces a person, days a coupon is good for.

    Raises RuleViolation ``bad_text``, ``bad_offer`` or ``merchant_stopped``.
    """
    merchant = lock(merchant)
    require(merchant.active, "merchant_stopped", _("这家店已经停用"))
    require(kind in Offer.Face.values, "bad_offer", _("请从列表里选择类别"))
    require(stock >= 0, "bad_offer", _("剩余不能是负数"))
    offer = Offer.objects.create(
        merchant=merchant,
        title=worded("title", title),
        face=worded("face", face),
        kind=kind,
        price_points=price_points,
        stock=stock,
        per_person=per_person,
        valid_days=valid_days,
        terms=worded("terms", terms),
    )
    record("rewards.draft_offer", offer, by=by, reason=reason, data={"stock": stock})
    return offer


@verb("rewards.put_on_sale")
def put_on_sale(offer: Offer, *, by: User, reason: str = "") -> Offer:
    """Show an offer in the mall."""
    offer = lock(offer)
    advance(offer, OfferState.ON_SALE, by=by, reason=reason)
    return offer


@verb("rewards.take_off_sale")
def take_off_sale(offer: Offer, *, by: User, reason: str = "") -> Offer:
    """Take an offer out of the mall; coupons that were issued stay good."""
    offer = lock(offer)
    advance(offer, OfferState.OFF, by=by, reason=reason)
    return offer


@verb("rewards.restock")
def restock(offer: Offer, *, pieces: int, by: User, reason: str = "", key: str = "") -> Offer:
    """Add pieces to an offer. Raises RuleViolation ``bad_offer`` unless there is at least one."""
    offer = lock(offer)
    require(0 < pieces <= 1_000_000, "bad_offer", _("补货数量是 1 到 1,000,000 的整数"))
    Offer.objects.filter(pk=offer.pk).update(stock=F("stock") + pieces)
    record("rewards.restock", offer, by=by, reason=reason, data={"pieces": pieces})
    offer.refresh_from_db()
    return offer


def within(merchant: Merchant, by: User, verb_name: str) -> None:
    """Refuse (403) a merchant outside the reach a person has with a verb."""
    if not Merchant.objects.visible_to(Acting(by, verb_name)).filter(pk=merchant.pk).exists():
        raise PermissionDenied(_("这家店不在您的辖区范围内"))
