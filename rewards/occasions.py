"""What citizens are told of coupons, points and proceeds; points, coupons and shares that a night finds are told by a reminder."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event
from office.announcing import HERE_ONLY, Occasion
from rewards.models import Coupon

_COUPON = {"title": "骑行月卡", "shop": "青岚骑行便民店", "day": date(2026, 12, 9)}


def _no_facts(_event: Event | None, _row: Any) -> dict[str, Any]:
    return {}


def _wallet(_event: Event | None, _row: Any) -> str:
    return reverse("wallet")


def _coupon_page(_event: Event | None, row: Coupon) -> str:
    return reverse("coupon", args=[row.pk])


OCCASIONS = (
    Occasion(
        code="rewards.refunded",
        of="rewards.coupon",
        verbs=("rewards.refund_coupon",),
        who=lambda _event, row: [row.citizen.user],
        facts=lambda _event, row: {"title": row.offer.title, "shop": row.offer.merchant.name, "day": row.expires_on},
        link=_wallet,
        channels=HERE_ONLY,
        subject=_("积分已退回：%(title)s"),
        text=_("“%(shop)s”的“%(title)s”没有为您兑现，所用积分已退回您的账户。"),
        example=_COUPON,
    ),
    Occasion(
        code="rewards.coupon_ends",
        of="rewards.coupon",
        facts=_no_facts,
        link=_coupon_page,
        channels=HERE_ONLY,
        subject=_("券快到期：%(title)s"),
        text=_("您在“%(shop)s”的“%(title)s”用到 %(day)s，过期不退积分。"),
        example=_COUPON,
    ),
    Occasion(
        code="rewards.points_end",
        of="rewards.pointaccount",
        facts=_no_facts,
        link=_wallet,
        channels=HERE_ONLY,
        subject=_("有 %(points)s 积分快到期"),
        text=_("您有 %(points)s 积分可用到 %(day)s，第二天起不能再用。减排量不会到期。"),
        example={"points": 1200, "day": date(2026, 12, 9)},
    ),
    Occasion(
        code="rewards.shared",
        of="rewards.proceedsshare",
        facts=_no_facts,
        link=_wallet,
        channels=HERE_ONLY,
        subject=_("减排收益已分配：%(amount)s 元"),
        text=_("“%(reference)s”的收益已按克分配，您的一份是 %(amount)s 元，由%(channel)s。"),
        example={"amount": "1.05", "reference": "XY-20261125-000003", "channel": _("结算银行发放")},
    ),
)
