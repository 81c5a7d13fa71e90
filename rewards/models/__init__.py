"""Tables of the rewards: points and their lots, the mall, the tills, the sharing of proceeds."""

from rewards.models.mall import Coupon, Merchant, Offer
from rewards.models.points import PointAccount, PointDay, PointEntry, PointLeg, PointLot, PointRule, PointsRun
from rewards.models.proceeds import ProceedsPool, ProceedsShare
from rewards.models.tills import Cashier, CouponUse, MerchantDevice

__all__ = [
    "Cashier",
    "Coupon",
    "CouponUse",
    "Merchant",
    "MerchantDevice",
    "Offer",
    "PointAccount",
    "PointDay",
    "PointEntry",
    "PointLeg",
    "PointLot",
    "PointRule",
    "PointsRun",
    "ProceedsPool",
    "ProceedsShare",
]
