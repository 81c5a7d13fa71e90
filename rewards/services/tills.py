"""Tills: devices and cashiers of a shop, and using a coupon there exactly once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal import blind
from accounts.workflow import RuleViolation, advance, lock, record, require, sentence, verb
from kernel import clock
from rewards.codes import code_in
from rewards.models import Cashier, Coupon, CouponUse, Merchant, MerchantDevice
from rewards.models.tills import MOST_TRIES, UNDO_WITHIN
from rewards.services.coupons import blind_of
from rewards.services.mall import worded
from rewards.states import CouponState

LOCKED_FOR = timedelta(minutes=15)
PIN_DIGITS = 4
SHORTEST_KEY = 12


@verb("rewards.add_device")
def add_device(
    merchant: Merchant, *, name: str, by: User, secret: str = "", reason: str = ""
) -> tuple[MerchantDevice, str]:
    """Give a shop a till; returns it and its key, which is shown now and never again.

    The key is drawn at random unless a ``secret`` of at least 12 characters is given. Raises RuleViolation ``bad_text``,
    ``weak_key`` or ``device_known``.
    """
    merchant = lock(merchant)
    name, key = worded("name", name)[:30], secret.strip() or secrets.token_urlsafe(24)
    require(len(key) >= SHORTEST_KEY, "weak_key", _("设备密钥至少 %d 个字符") % SHORTEST_KEY)
    known = merchant.devices.filter(name=name, active=True).exists()
    require(not known, "device_known", _("这家店已有同名的设备"))
    device = MerchantDevice.objects.create(merchant=merchant, name=name, key_hash=key_hash(key))
    record("rewards.add_device", device, by=by, reason=reason)
    return device, key


@verb("rewards.stop_device")
def stop_device(device: MerchantDevice, *, by: User, reason: str = "") -> MerchantDevice:
    """Take a till out of service at once, e.g. a lost phone. Raises ``device_stopped``."""
    device = lock(device)
    require(device.active, "device_stopped", _("这台设备已经停用"))
    device.active = False
    device.save(update_fields=["active"])
    record("rewards.stop_device", device, by=by, reason=reason)
    return device


@verb("rewards.add_cashier")
def add_cashier(
    merchant: Merchant, *, name: str, by: User, leader: bool = False, pin: str = "", reason: str = ""
) -> tuple[Cashier, str]:
    """Let somebody work at a shop's tills; returns the cashier and the PIN, which is shown now and never again.

    The PIN is drawn at random unless four digits are given. A ``leader`` may undo. Raises RuleViolation ``bad_text``,
    ``bad_pin`` or ``cashier_known``.
    """
    merchant = lock(merchant)
    name, pin = worded("name", name)[:30], pin or _fresh_pin()
    require(re.fullmatch(rf"[0-9]{{{PIN_DIGITS}}}", pin), "bad_pin", _("PIN 是 %d 位数字") % PIN_DIGITS)
    known = merchant.cashiers.filter(name=name, active=True).exists()
    require(not known, "cashier_known", _("这家店已有同名的店员"))
    cashier = Cashier.objects.create(merchant=merchant, name=name, pin_hash=make_password(pin), leader=leader)
    record("rewards.add_cashier", cashier, by=by, reason=reason, data={"leader": leader})
    return cashier, pin


@verb("rewards.renew_pin")
def renew_pin(cashier: Cashier, *, by: User, reason: str = "") -> tuple[Cashier, str]:
    """Give a cashier another PIN and lift a lock; returns the cashier and the PIN. Raises ``cashier_stopped``."""
    cashier = lock(cashier)
    require(cashier.active, "cashier_stopped", _("这位店员已离岗"))
    pin = _fresh_pin()
    cashier.pin_hash, cashier.tries, cashier.locked_until = make_password(pin), 0, None
    cashier.save(update_fields=["pin_hash", "tries", "locked_until"])
    record("rewards.renew_pin", cashier, by=by, reason=reason)
    return cashier, pin


@verb("rewards.stop_cashier")
def stop_cashier(cashier: Cashier, *, by: User, reason: str = "") -> Cashier:
    """Take a cashier off the tills. Raises ``cashier_stopped``."""
    cashier = lock(cashier)
    require(cashier.active, "cashier_stopped", _("这位店员已离岗"))
    cashier.active = False
    cashier.save(update_fields=["active"])
    record("rewards.stop_cashier", cashier, by=by, reason=reason)
    return cashier


def _fresh_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def key_hash(key: str) -> str:
    """Return what a device's key is kept and found by."""
    return blind("till", key.strip())


def device_of(key: str) -> MerchantDevice | None:
    """Return the till with this key, unless it was taken out of service."""
    return MerchantDevice.objects.filter(key_hash=key_hash(key), active=True).select_related("merchant__user").first()


def enter(device: MerchantDevice, *, cashier: Cashier | None, pin: str) -> Cashier:
    """Return the cashier whose PIN this is, fresh.

    This is no verb: a try counts whatever becomes of the verb after it. Raises RuleViolation ``bad_pin`` or
    ``pin_locked`` (after five wrong ones, for 15 minutes); a refusal leaves an event.
    """
    try:
        if cashier is None or not cashier.active or cashier.merchant_id != device.merchant_id:
            raise RuleViolation("bad_pin", _("请选择本店在岗的店员"))
        return _admitted(cashier, pin)
    except RuleViolation as refusal:
        record("rewards.enter", device, by=device.merchant.user, refused=refusal.code, said=sentence(refusal))
        raise


def _admitted(cashier: Cashier, pin: str) -> Cashier:
    with transaction.atomic():
        cashier, now = lock(cashier), clock.real_now()
        if cashier.locked_until is not None and cashier.locked_until > now:
            raise _locked(cashier.locked_until)
        tries = 0 if cashier.locked_until is not None else cashier.tries
        right = check_password(pin.strip(), cashier.pin_hash)
        cashier.tries = 0 if right else tries + 1
        cashier.locked_until = now + LOCKED_FOR if cashier.tries >= MOST_TRIES else None
        cashier.save(update_fields=["tries", "locked_until"])
    if cashier.locked_until is not None:
        raise _locked(cashier.locked_until)
    left = MOST_TRIES - cashier.tries
    require(right, "bad_pin", _("PIN 不对，还可以试 %d 次") % left)
    return cashier


def _locked(until: datetime) -> RuleViolation:
    return RuleViolation(
        "pin_locked", _("PIN 连续输错 5 次，%s 之后再试，或请值班长办") % clock.local(until).strftime("%H:%M")
    )


@verb("rewards.use_coupon")
def use(device: MerchantDevice, *, cashier: Cashier, code: str, by: User, key: str = "") -> CouponUse:
    """Use the coupon with this code at a till of its shop, exactly once. The cashier's PIN was checked by ``enter``.

    Raises RuleViolation ``bad_code``, ``not_this_shop`` (without saying whose), ``already_used`` (when and where),
    ``coupon_expired``, ``coupon_cancelled`` or ``device_stopped``.
    """
    found = Coupon.objects.filter(code_blind=blind_of(code_in(code))).select_related("offer").first()
    if found is None:
        raise RuleViolation("bad_code", _("没有这个券码，请核对每一位"))
    require(found.offer.merchant_id == device.merchant_id, "not_this_shop", _("这张券不能在本店使用"))
    coupon, device, cashier = lock(found, device, cashier)
    _at_work(device, cashier)
    _usable(coupon)
    advance(coupon, CouponState.USED, by=by)
    use_ = CouponUse.objects.create(coupon=coupon, device=device, cashier=cashier)
    record("rewards.use_coupon", use_, by=by, data={"cashier": cashier.name, "device": device.name})
    return use_


def _at_work(device: MerchantDevice, cashier: Cashier) -> None:
    require(device.active, "device_stopped", _("这台设备已经停用，请联系运营人员"))
    ours = cashier.merchant_id == device.merchant_id
    require(cashier.active and ours, "cashier_stopped", _("请选择本店在岗的店员"))


def _usable(coupon: Coupon) -> None:
    if coupon.state == CouponState.USED:
        use_ = coupon.uses.filter(undone_at=None).select_related("device").get()
        raise RuleViolation("already_used", already_used(use_))
    require(coupon.state != CouponState.CANCELLED, "coupon_cancelled", _("这张券已由顾客退回，不能使用"))
    over = coupon.state == CouponState.EXPIRED or coupon.expires_on < clock.today()
    said = _("这张券已过有效期（至 %s），不能使用") % f"{coupon.expires_on:%Y-%m-%d}"
    require(not over, "coupon_expired", said)


def already_used(use_: CouponUse) -> str:
    """Return when and where a coupon was used, for the people at the till."""
    at = clock.local(use_.used_at)
    when = at.strftime("%H:%M") if at.date() == clock.today() else at.strftime("%Y-%m-%d %H:%M")
    return _("%(when)s 已在 %(where)s 核销，不能再用") % {"when": when, "where": use_.device.name}


@verb("rewards.undo_use")
def undo(device: MerchantDevice, *, use_id: int, cashier: Cashier, by: User, reason: str) -> CouponUse:
    """A shift leader takes a use at the device's shop back within ten minutes, with a reason; the coupon is good again.

    Raises RuleViolation ``unknown_use``, ``not_leader``, ``no_reason``, ``already_undone`` or ``too_late``.
    """
    ours = CouponUse.objects.filter(pk=use_id, device__merchant_id=device.merchant_id)
    found = ours.select_related("coupon").first()
    if found is None:
        raise RuleViolation("unknown_use", _("本店没有这条核销记录"))
    coupon, use_, device, cashier = lock(found.coupon, found, device, cashier)
    _at_work(device, cashier)
    require(cashier.leader, "not_leader", _("撤销要由值班长办"))
    reason = reason.strip()[:200]
    require(bool(reason), "no_reason", _("请写明撤销的原因"))
    now = clock.now()
    require(use_.undone_at is None, "already_undone", _("这次核销已经撤销"))
    require(now <= use_.used_at + UNDO_WITHIN, "too_late", _("核销已超过 10 分钟，不能撤销"))
    use_.undone_at, use_.undone_by, use_.undo_reason = now, cashier, reason
    use_.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    advance(coupon, CouponState.ISSUED, by=by, reason=reason)
    record("rewards.undo_use", use_, by=by, reason=reason, data={"cashier": cashier.name})
    return use_


def day_of(merchant: Merchant) -> dict[str, Any]:
    """Return today's uses of a shop, newest first, and how many each cashier has that were not undone."""
    start = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    uses = CouponUse.objects.filter(device__merchant=merchant, used_at__gte=start)
    rows = list(uses.select_related("coupon__offer", "device", "cashier", "undone_by"))
    totals: dict[str, int] = {}
    for row in rows:
        if row.undone_at is None:
            totals[row.cashier.name] = totals.get(row.cashier.name, 0) + 1
    return {"uses": rows, "totals": sorted(totals.items()), "total": sum(totals.values())}
