"""The law of an objection on one screen (domain §1.4.7), and where an export and a delivery stand."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ObjectionState(models.TextChoices):
    """States of an objection to a notice."""

    RECEIVED = "RECEIVED", _("已收到")
    ACCEPTED = "ACCEPTED", _("已受理")
    DISMISSED = "DISMISSED", _("不予受理")
    INVESTIGATING = "INVESTIGATING", _("调查中")
    UPHELD = "UPHELD", _("异议成立")
    NOT_UPHELD = "NOT_UPHELD", _("异议不成立")
    ANSWERED = "ANSWERED", _("已答复")
    CLOSED = "CLOSED", _("已办结")


_O = ObjectionState
OBJECTION_MOVES = frozenset(
    {
        (_O.RECEIVED, _O.ACCEPTED),
        (_O.RECEIVED, _O.DISMISSED),
        (_O.ACCEPTED, _O.INVESTIGATING),
        (_O.INVESTIGATING, _O.UPHELD),
        (_O.INVESTIGATING, _O.NOT_UPHELD),
        (_O.UPHELD, _O.ANSWERED),
        (_O.NOT_UPHELD, _O.ANSWERED),
        (_O.ANSWERED, _O.CLOSED),
    }
)
OBJECTION_BADGES = {
    _O.RECEIVED: "office",
    _O.ACCEPTED: "office",
    _O.DISMISSED: "final",
    _O.INVESTIGATING: "office",
    _O.UPHELD: "bad",
    _O.NOT_UPHELD: "good",
    _O.ANSWERED: "you",
    _O.CLOSED: "final",
}
# Nobody has answered yet: the next step of the case waits.
OBJECTION_OPEN = (_O.RECEIVED, _O.ACCEPTED, _O.INVESTIGATING, _O.UPHELD, _O.NOT_UPHELD)
OUTCOMES = (_O.DISMISSED, _O.UPHELD, _O.NOT_UPHELD)


class SignState(models.TextChoices):
    """States of a decision on its way through three people."""

    DRAFTED = "DRAFTED", _("待审核")
    REVIEWED = "REVIEWED", _("待签发")
    SIGNED = "SIGNED", _("已签发")
    SENT_BACK = "SENT_BACK", _("已退回经办")


_G = SignState
SIGN_MOVES = frozenset(
    {
        (_G.DRAFTED, _G.REVIEWED),
        (_G.REVIEWED, _G.SIGNED),
        (_G.DRAFTED, _G.SENT_BACK),
        (_G.REVIEWED, _G.SENT_BACK),
    }
)
SIGN_BADGES = {_G.DRAFTED: "office", _G.REVIEWED: "office", _G.SIGNED: "good", _G.SENT_BACK: "you"}
SIGN_OPEN = (_G.DRAFTED, _G.REVIEWED)


class ExportBook(models.TextChoices):
    """The books an auditor takes away, one file for a book and a year."""

    GRAMS = "GRAMS", _("减排行为（克）")
    UNITS = "UNITS", _("减排量（吨）")
    POINTS = "POINTS", _("积分")
    MONEY = "MONEY", _("资金（分）")


class ExportFormat(models.TextChoices):
    """What a list is taken away as."""

    XLSX = "XLSX", _("Excel 工作簿（XLSX）")
    CSV = "CSV", _("CSV 文本表格")


class ExportState(models.TextChoices):
    """Where an export stands."""

    WAITING = "WAITING", _("排队生成")
    READY = "READY", _("可以下载")
    FAILED = "FAILED", _("没有生成")
    CANCELLED = "CANCELLED", _("已取消")
    REMOVED = "REMOVED", _("到期已删")


_X = ExportState
EXPORT_MOVES = frozenset(
    {
        (_X.WAITING, _X.READY),
        (_X.WAITING, _X.FAILED),
        (_X.WAITING, _X.CANCELLED),
        (_X.FAILED, _X.WAITING),
        (_X.READY, _X.REMOVED),
    }
)
EXPORT_BADGES = {
    _X.WAITING: "office",
    _X.READY: "good",
    _X.FAILED: "bad",
    _X.CANCELLED: "final",
    _X.REMOVED: "final",
}


class Channel(models.TextChoices):
    """By which way a message goes out beside standing in the portal."""

    EMAIL = "EMAIL", _("邮件")
    SMS = "SMS", _("短信")
    CONTACT = "CONTACT", _("所留联系方式")


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "WAITING", _("待发")
    SENT = "SENT", _("已发")
    FAILED = "FAILED", _("发送失败")


_D = DeliveryState
DELIVERY_MOVES = frozenset({(_D.WAITING, _D.SENT), (_D.WAITING, _D.FAILED), (_D.FAILED, _D.WAITING)})
DELIVERY_BADGES = {_D.WAITING: "office", _D.SENT: "good", _D.FAILED: "bad"}
