"""States of what the office does because a document says so: deeds, freezes, cases of fraud; and of pledges."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeedKind(models.TextChoices):
    """What a document can have the registry do with units."""

    FREEZE = "FREEZE", _("司法冻结")
    RENEW = "RENEW", _("续行冻结")
    RELEASE = "RELEASE", _("解除冻结")
    ENFORCE = "ENFORCE", _("强制执行过户")
    DISPOSE = "DISPOSE", _("质押处置")
    MERGER = "MERGER", _("合并分立过户")
    INHERIT = "INHERIT", _("继承过户")
    RULING = "RULING", _("裁判文书过户")
    CORRECT = "CORRECT", _("更正转移")
    VOID = "VOID", _("更正签发")


# Non-trade transfers: units pass by law or by a judgment, without a sale.
NONTRADE_KINDS = (DeedKind.MERGER, DeedKind.INHERIT, DeedKind.RULING)
CORRECTING_KINDS = (DeedKind.CORRECT, DeedKind.VOID)


class DeedState(models.TextChoices):
    """States of a document entered by one officer."""

    ENTERED = "ENTERED", _("待第二人复核")
    DONE = "DONE", _("已办理")
    WITHDRAWN = "WITHDRAWN", _("不予办理")


DEED_MOVES = frozenset({(DeedState.ENTERED, DeedState.DONE), (DeedState.ENTERED, DeedState.WITHDRAWN)})
DEED_BADGES = {DeedState.ENTERED: "office", DeedState.DONE: "good", DeedState.WITHDRAWN: "final"}


class FreezeState(models.TextChoices):
    """States of a judicial freeze."""

    IN_FORCE = "IN_FORCE", _("冻结中")
    RELEASED = "RELEASED", _("已解除")
    EXPIRED = "EXPIRED", _("已到期")
    ENFORCED = "ENFORCED", _("已执行完")


FREEZE_MOVES = frozenset(
    (FreezeState.IN_FORCE, to) for to in (FreezeState.RELEASED, FreezeState.EXPIRED, FreezeState.ENFORCED)
)
FREEZE_BADGES = {
    FreezeState.IN_FORCE: "frozen",
    FreezeState.RELEASED: "final",
    FreezeState.EXPIRED: "final",
    FreezeState.ENFORCED: "final",
}


class CaseState(models.TextChoices):
    """States of a case of fraud on a batch."""

    OPEN = "OPEN", _("调查中，已暂停交易")
    REPLACING = "REPLACING", _("已认定虚假，等业主补足")
    CLEARED = "CLEARED", _("没有发现虚假")
    SETTLED = "SETTLED", _("已处理完毕")


CASE_OPEN = (CaseState.OPEN, CaseState.REPLACING)
CASE_MOVES = frozenset(
    {
        (CaseState.OPEN, CaseState.CLEARED),
        (CaseState.OPEN, CaseState.REPLACING),
        (CaseState.OPEN, CaseState.SETTLED),
        (CaseState.REPLACING, CaseState.SETTLED),
    }
)
CASE_BADGES = {
    CaseState.OPEN: "hold",
    CaseState.REPLACING: "bad",
    CaseState.CLEARED: "good",
    CaseState.SETTLED: "final",
}


class PledgeState(models.TextChoices):
    """States of a pledge."""

    CONFIRMING = "CONFIRMING", _("待确认")
    OFFERED = "OFFERED", _("待质权人接受")
    IN_FORCE = "IN_FORCE", _("质押中")
    RELEASED = "RELEASED", _("已解押")
    ENFORCED = "ENFORCED", _("已处置")
    REFUSED = "REFUSED", _("质权人不接受")
    CANCELLED = "CANCELLED", _("已取消")


_P = PledgeState
PLEDGE_MOVES = frozenset(
    {
        (_P.CONFIRMING, _P.OFFERED),
        (_P.CONFIRMING, _P.CANCELLED),
        (_P.OFFERED, _P.IN_FORCE),
        (_P.OFFERED, _P.REFUSED),
        (_P.OFFERED, _P.CANCELLED),
        (_P.IN_FORCE, _P.RELEASED),
        (_P.IN_FORCE, _P.ENFORCED),
    }
)
PLEDGE_BADGES = {
    _P.CONFIRMING: "you",
    _P.OFFERED: "office",
    _P.IN_FORCE: "hold",
    _P.RELEASED: "final",
    _P.ENFORCED: "final",
    _P.REFUSED: "bad",
    _P.CANCELLED: "final",
}
