"""States of a unit and of the two orders that move it (domain §1.4.5 and §1.4.6)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitState(models.TextChoices):
    """What a block of units may be used for."""

    AVAILABLE = "AVAILABLE", _("可用")
    TRANSFER_PENDING = "TRANSFER_PENDING", _("转移待确认")
    RETIRE_PENDING = "RETIRE_PENDING", _("注销待审")
    RETIRED = "RETIRED", _("已注销")


UNIT_BADGES = {
    UnitState.AVAILABLE: "good",
    UnitState.TRANSFER_PENDING: "office",
    UnitState.RETIRE_PENDING: "office",
    UnitState.RETIRED: "final",
}


class JournalKind(models.TextChoices):
    """Why blocks changed."""

    ISSUE = "ISSUE", _("签发")
    RESERVE = "RESERVE", _("预留")
    RELEASE = "RELEASE", _("退回")
    TRANSFER = "TRANSFER", _("转移")
    RETIRE = "RETIRE", _("注销")


# The first letters of a journal's number: 签发, 预留, 退回, 转移, 注销.
JOURNAL_LETTERS = {
    JournalKind.ISSUE: "QF",
    JournalKind.RESERVE: "YL",
    JournalKind.RELEASE: "TH",
    JournalKind.TRANSFER: "ZY",
    JournalKind.RETIRE: "ZX",
}


class OrderState(models.TextChoices):
    """States of a transfer."""

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    OFFERED = "OFFERED", _("待受让方接收")
    COMPLETED = "COMPLETED", _("已转移")
    REFUSED = "REFUSED", _("受让方拒收")
    CANCELLED = "CANCELLED", _("已取消")


_T = OrderState
TRANSFER_MOVES = frozenset(
    {
        (_T.CONFIRMING, _T.OFFERED),
        (_T.CONFIRMING, _T.CANCELLED),
        (_T.OFFERED, _T.COMPLETED),
        (_T.OFFERED, _T.REFUSED),
        (_T.OFFERED, _T.CANCELLED),
    }
)
TRANSFER_BADGES = {
    _T.CONFIRMING: "you",
    _T.OFFERED: "office",
    _T.COMPLETED: "good",
    _T.REFUSED: "bad",
    _T.CANCELLED: "final",
}


class RetirementState(models.TextChoices):
    """States of a retirement."""

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    PENDING = "PENDING", _("注销待审")
    RETIRED = "RETIRED", _("已注销")
    REFUSED = "REFUSED", _("不予注销")
    CANCELLED = "CANCELLED", _("已取消")


_R = RetirementState
RETIREMENT_MOVES = frozenset(
    {
        (_R.CONFIRMING, _R.PENDING),
        (_R.CONFIRMING, _R.CANCELLED),
        (_R.PENDING, _R.RETIRED),
        (_R.PENDING, _R.REFUSED),
        (_R.PENDING, _R.CANCELLED),
    }
)
RETIREMENT_BADGES = {
    _R.CONFIRMING: "you",
    _R.PENDING: "office",
    _R.RETIRED: "final",
    _R.REFUSED: "bad",
    _R.CANCELLED: "final",
}


class RetirementKind(models.TextChoices):
    """Purposes one may retire for in this profile (domain §1.4.6); compliance comes with its own rules."""

    CORP = "CORP", _("企业碳中和")
    CHARITY = "CHARITY", _("公益自愿注销")
    PERSONAL = "PERSONAL", _("个人碳中和")
    EVENT = "EVENT", _("大型活动碳中和")


# What a holder may choose freely; an event's retirement is asked for on the event, which says how much is needed.
FREE_KINDS = tuple(choice for choice in RetirementKind.choices if choice[0] != RetirementKind.EVENT)
