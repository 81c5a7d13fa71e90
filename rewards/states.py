"""States of an offer, a coupon and a pool of proceeds (domain §4.4 and §4.8), and the kinds of entries of points."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class EntryKind(models.TextChoices):
    """Why points moved."""

    CREDIT = "CREDIT", _("减排得分")
    SPEND = "SPEND", _("兑换")
    REFUND = "REFUND", _("退回")
    EXPIRE = "EXPIRE", _("到期")
    FORFEIT = "FORFEIT", _("销户清零")


GAINS = frozenset({EntryKind.CREDIT, EntryKind.REFUND})


class OfferState(models.TextChoices):
    """Whether an offer can be redeemed."""

    DRAFT = "DRAFT", _("待上架")
    ON_SALE = "ON_SALE", _("在架")
    OFF = "OFF", _("已下架")


OFFER_MOVES = frozenset(
    {
        (OfferState.DRAFT, OfferState.ON_SALE),
        (OfferState.ON_SALE, OfferState.OFF),
        (OfferState.OFF, OfferState.ON_SALE),
    }
)
OFFER_BADGES = {OfferState.DRAFT: "draft", OfferState.ON_SALE: "good", OfferState.OFF: "hold"}


class CouponState(models.TextChoices):
    """What a coupon may be used for."""

    ISSUED = "ISSUED", _("未使用")
    USED = "USED", _("已核销")
    CANCELLED = "CANCELLED", _("已退回")
    EXPIRED = "EXPIRED", _("已过期")


# USED → ISSUED is the undo at the till, within ten minutes; EXPIRED → CANCELLED a refund when the merchant was at fault.
COUPON_MOVES = frozenset(
    {
        (CouponState.ISSUED, CouponState.USED),
        (CouponState.USED, CouponState.ISSUED),
        (CouponState.ISSUED, CouponState.CANCELLED),
        (CouponState.ISSUED, CouponState.EXPIRED),
        (CouponState.EXPIRED, CouponState.CANCELLED),
    }
)
COUPON_BADGES = {
    CouponState.ISSUED: "good",
    CouponState.USED: "final",
    CouponState.CANCELLED: "hold",
    CouponState.EXPIRED: "hold",
}


class PoolState(models.TextChoices):
    """Whether proceeds have been shared."""

    OPEN = "OPEN", _("待分配")
    SHARED = "SHARED", _("已分配")


POOL_MOVES = frozenset({(PoolState.OPEN, PoolState.SHARED)})
POOL_BADGES = {PoolState.OPEN: "office", PoolState.SHARED: "good"}
