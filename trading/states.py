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
