"""States of an agreement, of the payment it waits for, of what the bank sent (domain §5.2)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementState(models.TextChoices):
    """States of an agreement; the seller's units are set aside from the first to the last but one."""

    CONFIRMING = "CONFIRMING", _("待出让方确认代表确认")
    OFFERED = "OFFERED", _("待受让方接受")
    ACCEPTED = "ACCEPTED", _("待受让方确认付款")
    AWAITING_PAYMENT = "AWAITING_PAYMENT", _("待结算银行确认到账")
    DELIVERED = "DELIVERED", _("已交割")
    REFUSED = "REFUSED", _("受让方拒绝")
    CANCELLED = "CANCELLED", _("已取消")
    EXPIRED = "EXPIRED", _("已过期")


_A = AgreementState
# Before anybody was told to pay, the seller may take the offer back and the buyer may refuse it.
_BEFORE_PAYMENT = (_A.OFFERED, _A.ACCEPTED)
AGREEMENT_OPEN = (_A.CONFIRMING, *_BEFORE_PAYMENT, _A.AWAITING_PAYMENT)
AGREEMENT_MOVES = frozenset(
    {
        (_A.CONFIRMING, _A.OFFERED),
        (_A.CONFIRMING, _A.CANCELLED),
        (_A.OFFERED, _A.ACCEPTED),
        (_A.ACCEPTED, _A.AWAITING_PAYMENT),
        (_A.AWAITING_PAYMENT, _A.DELIVERED),
        *((state, _A.REFUSED) for state in _BEFORE_PAYMENT),
        *((state, _A.CANCELLED) for state in _BEFORE_PAYMENT),
        *((state, _A.EXPIRED) for state in AGREEMENT_OPEN),
    }
)
AGREEMENT_BADGES = {
    _A.CONFIRMING: "you",
    _A.OFFERED: "office",
    _A.ACCEPTED: "you",
    _A.AWAITING_PAYMENT: "office",
    _A.DELIVERED: "good",
    _A.REFUSED: "bad",
    _A.CANCELLED: "final",
    _A.EXPIRED: "hold",
}


class InstructionState(models.TextChoices):
    """States of a payment instruction to the settlement bank."""

    PENDING = "PENDING", _("待银行确认")
    PAID = "PAID", _("已到账")
    FAILED = "FAILED", _("银行付款失败")
    CANCELLED = "CANCELLED", _("已作废")


_I = InstructionState
INSTRUCTION_MOVES = frozenset({(_I.PENDING, _I.PAID), (_I.PENDING, _I.FAILED), (_I.PENDING, _I.CANCELLED)})
INSTRUCTION_BADGES = {_I.PENDING: "office", _I.PAID: "good", _I.FAILED: "bad", _I.CANCELLED: "final"}


class MessageState(models.TextChoices):
    """What became of a message of the bank; a refused one waits for a person."""

    ACCEPTED = "ACCEPTED", _("已入账")
    REFUSED = "REFUSED", _("未入账，待查")
    CLOSED = "CLOSED", _("已查清")


MESSAGE_MOVES = frozenset({(MessageState.REFUSED, MessageState.CLOSED)})
MESSAGE_BADGES = {MessageState.ACCEPTED: "good", MessageState.REFUSED: "you", MessageState.CLOSED: "final"}


class EventState(models.TextChoices):
    """States of an event that is to be neutralised (MEE announcement 2019 No. 19: plan, count, offset, declare)."""

    PLANNED = "PLANNED", _("核算中")
    INVENTORIED = "INVENTORIED", _("核算已确认，待抵消")
    OFFSETTING = "OFFSETTING", _("注销办理中")
    NEUTRAL = "NEUTRAL", _("已实现碳中和")
    CANCELLED = "CANCELLED", _("已取消")


_E = EventState
EVENT_MOVES = frozenset(
    {
        (_E.PLANNED, _E.INVENTORIED),
        (_E.INVENTORIED, _E.PLANNED),
        (_E.INVENTORIED, _E.OFFSETTING),
        # The registrar refused the retirement, or the organiser took it back.
        (_E.OFFSETTING, _E.INVENTORIED),
        (_E.OFFSETTING, _E.NEUTRAL),
        (_E.PLANNED, _E.CANCELLED),
        (_E.INVENTORIED, _E.CANCELLED),
    }
)
EVENT_BADGES = {
    _E.PLANNED: "draft",
    _E.INVENTORIED: "you",
    _E.OFFSETTING: "office",
    _E.NEUTRAL: "good",
    _E.CANCELLED: "final",
}


class EventKind(models.TextChoices):
    """Kinds of events the guide names."""

    CONFERENCE = "CONFERENCE", _("会议、论坛")
    EXHIBITION = "EXHIBITION", _("展览")
    SPORTS = "SPORTS", _("赛事")
    PERFORMANCE = "PERFORMANCE", _("演出")


class Category(models.TextChoices):
    """The six categories of emission of the guide (domain §5.4)."""

    FUEL = "FUEL", _("化石燃料燃烧")
    ENERGY = "ENERGY", _("净购入电力、热力")
    TRANSPORT = "TRANSPORT", _("交通")
    LODGING = "LODGING", _("住宿餐饮")
    MATERIAL = "MATERIAL", _("会议用品隐含排放")
    WASTE = "WASTE", _("废弃物处理")


class CapBase(models.TextChoices):
    """What the ratio of a compliance offset is of (domain §5.3)."""

    ALLOWANCE = "ALLOWANCE", _("初始配额")
    EMISSION = "EMISSION", _("经核查排放量")
    SHORTFALL = "SHORTFALL", _("缺口")
