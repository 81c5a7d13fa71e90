"""Redeeming: points for a coupon, giving it back, and its end."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal import blind, seal, unseal
from accounts.services.people import portal_user
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from office.services.jobs import job_run
from rewards.codes import fresh_code
from rewards.models import Coupon, Offer, PointAccount
from rewards.services.mall import within
from rewards.services.points import give_back, spend
from rewards.states import CouponState, OfferState
from scenarios.models import Citizen
from scenarios.states import CitizenState

PART = 1_000  # coupons in one transaction


def blind_of(code: str) -> str:
    """Return the blind index a code is found by."""
    return blind("coupon", code)


def code_of(coupon: Coupon) -> str:
    """Return the code of a coupon, for its owner's eyes."""
    return unseal(coupon.code_sealed)


@verb("rewards.redeem")
def redeem(offer: Offer, citizen: Citizen, *, by: User, key: str = "") -> Coupon:
    """Give a citizen a coupon for points: points and stock are taken and the coupon is made together or not at all.

    Raises RuleViolation ``not_active``, ``off_sale``, ``limit_reached``, ``not_enough_points`` (with what is missing) or
    ``sold_out``.
    """
    if by.pk != citizen.user_id:
        raise PermissionDenied(_("只能用自己的积分兑换"))
    account, _made = PointAccount.objects.get_or_create(citizen=citizen)
    citizen, offer, account = lock(citizen, offer, account)
    require(citizen.state == CitizenState.ACTIVE, "not_active", _("实名认证之后才能兑换"))
    require(
        offer.state == OfferState.ON_SALE and offer.merchant.active, "off_sale", _("这一项已经下架，没有扣您的积分")
    )
    place = _free_place(offer, citizen)
    require(offer.stock > 0, "sold_out", _("已兑完，没有扣您的积分"))
    booked = f"spend:{by.pk}:{key}" if key else f"spend:{secrets.token_hex(16)}"
    entry = spend(account, offer.price_points, key=booked, reason=offer.title)
    taken = Offer.objects.filter(pk=offer.pk, stock__gt=0).update(stock=F("stock") - 1)
    require(taken, "sold_out", _("已兑完，没有扣您的积分"))
    code = fresh_code()
    coupon = Coupon.objects.create(
        offer=offer,
        citizen=citizen,
        place=place,
        code_sealed=seal(code),
        code_blind=blind_of(code),
        tail=code[-4:],
        entry=entry,
        expires_on=clock.today() + timedelta(days=offer.valid_days),
    )
    record("rewards.redeem", coupon, by=by, data={"points": offer.price_points})
    return coupon


def _free_place(offer: Offer, citizen: Citizen) -> int:
    live = offer.coupons.filter(citizen=citizen).exclude(state=CouponState.CANCELLED)
    held = set(live.values_list("place", flat=True))
    free = next((place for place in range(1, offer.per_person + 1) if place not in held), 0)
    said = _("每人限兑 %d 张，您已兑满") % offer.per_person
    require(free, "limit_reached", said)
    return free


@verb("rewards.cancel_coupon")
def cancel(coupon: Coupon, *, by: User, reason: str = "", key: str = "") -> Coupon:
    """The owner gives an unused coupon back before it expires; the points return to their lots with their last days.

    Raises RuleViolation ``wrong_state`` or ``coupon_expired``.
    """
    if by.pk != coupon.citizen.user_id:
        raise PermissionDenied(_("只能退自己的券"))
    coupon = _held(coupon)
    require(
        coupon.state != CouponState.ISSUED or coupon.expires_on >= clock.today(),
        "coupon_expired",
        _("这张券已过有效期，不能退回积分"),
    )
    require(coupon.state == CouponState.ISSUED, "wrong_state", _("只有没用过的券能退回积分"))
    return _cancel(coupon, by=by, reason=reason, at_fault=False)


@verb("rewards.refund_coupon")
def refund(coupon: Coupon, *, by: User, reason: str, key: str = "") -> Coupon:
    """The operator gives the points of a coupon back that the merchant did not honour, also after its last day.

    Points that have expired meanwhile live another 30 days. Raises ``no_reason`` or ``wrong_state``.
    """
    within(coupon.offer.merchant, by, "rewards.refund_coupon")
    coupon = _held(coupon)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    return _cancel(coupon, by=by, reason=reason, at_fault=True)


def _held(coupon: Coupon) -> Coupon:
    held: Coupon = lock(coupon, coupon.offer, coupon.entry.account, coupon.citizen)[0]
    return held


def _cancel(coupon: Coupon, *, by: User, reason: str, at_fault: bool) -> Coupon:
    advance(coupon, CouponState.CANCELLED, by=by, reason=reason)
    give_back(coupon.entry, key=f"coupon:{coupon.pk}", reason=coupon.offer.title, at_fault=at_fault)
    Offer.objects.filter(pk=coupon.offer_id).update(stock=F("stock") + 1)
    return coupon


@verb("rewards.expire_coupons")
def expire_coupons(*, by: User) -> int:
    """End up to 1,000 unused coupons past their last day; returns how many. Their points stay spent."""
    over = Coupon.objects.filter(state=CouponState.ISSUED, expires_on__lt=clock.today())
    coupons = over.order_by("pk").select_for_update(no_key=True, skip_locked=True)[:PART]
    ended = 0
    for coupon in coupons:
        advance(coupon, CouponState.EXPIRED, by=by)
        ended += 1
    return ended


def expire_all() -> int:
    """Expire coupons until nothing is left to; returns how many. The nightly sweep's body."""
    by = portal_user()
    with job_run("rewards.expire_coupons") as run:
        while ended := expire_coupons(by=by):
            run.done += ended
        return run.done
