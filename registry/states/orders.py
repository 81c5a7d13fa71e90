"""States of the two orders of a holder, transfer and retirement (domain §1.4.5 and §1.4.6)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """States of a transfer."""

    CONFIRMING = "CONFIRMING", _("待确认")
    OFFERED = "OFFERED", _("待受让方接收")
    COMPLETED = "COMPLETED", _("已转移")
    REFUSED = "REFUSED", _("受让方拒收")
    CANCELLED = "CANCELLED", _("已取消")
    EXPIRED = "EXPIRED", _("逾期退回")


_T = OrderState
TRANSFER_MOVES = frozenset(
    {
        (_T.CONFIRMING, _T.OFFERED),
        (_T.CONFIRMING, _T.CANCELLED),
        (_T.CONFIRMING, _T.EXPIRED),
        (_T.OFFERED, _T.COMPLETED),
        (_T.OFFERED, _T.REFUSED),
        (_T.OFFERED, _T.CANCELLED),
        (_T.OFFERED, _T.EXPIRED),
    }
)
TRANSFER_BADGES = {
    _T.CONFIRMING: "you",
    _T.OFFERED: "office",
    _T.COMPLETED: "good",
    _T.REFUSED: "bad",
    _T.CANCELLED: "final",
    _T.EXPIRED: "final",
}


class RetirementState(models.TextChoices):
    """States of a retirement."""

    CONFIRMING = "CONFIRMING", _("待确认")
    PENDING = "PENDING", _("注销待审")
    REVIEWED = "REVIEWED", _("待第二人复核")
    RETIRED = "RETIRED", _("已注销")
    REFUSED = "REFUSED", _("不予注销")
    CANCELLED = "CANCELLED", _("已取消")


_R = RetirementState
RETIREMENT_MOVES = frozenset(
    {
        (_R.CONFIRMING, _R.PENDING),
        (_R.CONFIRMING, _R.CANCELLED),
        (_R.PENDING, _R.REVIEWED),
        (_R.PENDING, _R.REFUSED),
        (_R.PENDING, _R.CANCELLED),
        (_R.REVIEWED, _R.RETIRED),
        (_R.REVIEWED, _R.REFUSED),
        (_R.REVIEWED, _R.CANCELLED),
    }
)
RETIREMENT_BADGES = {
    _R.CONFIRMING: "you",
    _R.PENDING: "office",
    _R.REVIEWED: "office",
    _R.RETIRED: "final",
    _R.REFUSED: "bad",
    _R.CANCELLED: "final",
}


class RetirementKind(models.TextChoices):
    """What units are retired for (domain §1.4.6)."""

    COMPLIANCE = "COMPLIANCE", _("履约抵销")
    EVENT = "EVENT", _("大型活动碳中和")
    CORP = "CORP", _("企业碳中和")
    PERSONAL = "PERSONAL", _("个人碳中和")
    CHARITY = "CHARITY", _("公益自愿注销")
    ECO_DAMAGE = "ECO_DAMAGE", _("生态环境损害赔偿")
    POINTS = "POINTS", _("碳积分兑换消耗")
    SUBSTITUTE = "SUBSTITUTE", _("等量注销")


_K = RetirementKind
# What a holder may choose freely. The others are asked for where it is known how much is needed: an event, a compliance year, a
# decision on false units. A forced cancellation is no order of the holder: it is a journal of its own (CANCEL).
FREE_KINDS = tuple((kind.value, kind.label) for kind in (_K.CORP, _K.CHARITY, _K.PERSONAL, _K.ECO_DAMAGE, _K.POINTS))
# What only a legal person can retire for.
NOT_OF_A_PERSON = (_K.CORP, _K.POINTS)
# What a kind must go back to, in the words of the form.
BASIS = {
    _K.CORP: _("核算边界和年度"),
    _K.ECO_DAMAGE: _("法律文书号"),
    _K.POINTS: _("积分兑换汇总单"),
    _K.COMPLIANCE: _("履约年度和抵销申请"),
    _K.SUBSTITUTE: _("处理决定文号"),
}
