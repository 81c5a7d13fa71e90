"""States of a unit and of the two orders that move it (domain §1.4.5 and §1.4.6)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitState(models.TextChoices):
    """What a block of units may be used for."""

    AVAILABLE = "AVAILABLE", _("可用")
    TRANSFER_PENDING = "TRANSFER_PENDING", _("转移待确认")
    RETIRE_PENDING = "RETIRE_PENDING", _("注销待审")
    TRADING = "TRADING", _("交易账户持有")
    PLEDGED = "PLEDGED", _("质押")
    JUDICIAL_FROZEN = "JUDICIAL_FROZEN", _("司法冻结")
    SUSPENDED = "SUSPENDED", _("暂停交易")
    RETIRED = "RETIRED", _("已注销")
    CANCELLED = "CANCELLED", _("已强制注销")


UNIT_BADGES = {
    UnitState.AVAILABLE: "good",
    UnitState.TRANSFER_PENDING: "office",
    UnitState.RETIRE_PENDING: "office",
    UnitState.TRADING: "office",
    UnitState.PLEDGED: "you",
    UnitState.JUDICIAL_FROZEN: "bad",
    UnitState.SUSPENDED: "bad",
    UnitState.RETIRED: "final",
    UnitState.CANCELLED: "final",
}
# Where units stay for ever; the rest is held.
UNIT_ENDED = (UnitState.RETIRED, UnitState.CANCELLED)


class JournalKind(models.TextChoices):
    """Why blocks changed (domain §2.6)."""

    ISSUE = "ISSUE", _("签发")
    MOVE_IN = "MOVE_IN", _("迁入")
    RESERVE = "RESERVE", _("预留")
    RELEASE = "RELEASE", _("退回")
    TRANSFER = "TRANSFER", _("转移")
    NONTRADE = "NONTRADE", _("非交易过户")
    TO_VENUE = "TO_VENUE", _("划转至交易账户")
    FROM_VENUE = "FROM_VENUE", _("从交易账户转出")
    SETTLE = "SETTLE", _("成交交收")
    PLEDGE = "PLEDGE", _("质押")
    UNPLEDGE = "UNPLEDGE", _("解押")
    FREEZE = "FREEZE", _("冻结")
    UNFREEZE = "UNFREEZE", _("解冻")
    ENFORCE = "ENFORCE", _("强制执行")
    SUSPEND = "SUSPEND", _("暂停交易")
    RESUME = "RESUME", _("恢复交易")
    RETIRE = "RETIRE", _("注销")
    CANCEL = "CANCEL", _("强制注销")
    CORRECT = "CORRECT", _("更正")


# The first letters of a journal's number, from the sounds of the words above.
JOURNAL_LETTERS = {
    JournalKind.ISSUE: "QF",
    JournalKind.MOVE_IN: "QR",
    JournalKind.RESERVE: "YL",
    JournalKind.RELEASE: "TH",
    JournalKind.TRANSFER: "ZY",
    JournalKind.NONTRADE: "GH",
    JournalKind.TO_VENUE: "HZ",
    JournalKind.FROM_VENUE: "ZC",
    JournalKind.SETTLE: "JS",
    JournalKind.PLEDGE: "YA",
    JournalKind.UNPLEDGE: "JY",
    JournalKind.FREEZE: "DJ",
    JournalKind.UNFREEZE: "JD",
    JournalKind.ENFORCE: "QZ",
    JournalKind.SUSPEND: "ZT",
    JournalKind.RESUME: "HF",
    JournalKind.RETIRE: "ZX",
    JournalKind.CANCEL: "QX",
    JournalKind.CORRECT: "GZ",
}

_U, _J = UnitState, JournalKind
# Which journals may take units out of a state. A court, or a case of fraud, reaches what is pledged or at a venue too, but nothing
# takes back what ended.
LEAVES: dict[str, frozenset[str]] = {
    _U.AVAILABLE: frozenset(
        {_J.RESERVE, _J.NONTRADE, _J.TO_VENUE, _J.PLEDGE, _J.FREEZE, _J.SUSPEND, _J.CANCEL, _J.CORRECT}
    ),
    _U.TRANSFER_PENDING: frozenset({_J.TRANSFER, _J.RELEASE}),
    _U.RETIRE_PENDING: frozenset({_J.RETIRE, _J.RELEASE}),
    _U.TRADING: frozenset({_J.SETTLE, _J.FROM_VENUE, _J.FREEZE, _J.SUSPEND}),
    _U.PLEDGED: frozenset({_J.UNPLEDGE, _J.ENFORCE, _J.FREEZE, _J.SUSPEND}),
    _U.JUDICIAL_FROZEN: frozenset({_J.UNFREEZE, _J.ENFORCE}),
    _U.SUSPENDED: frozenset({_J.RESUME, _J.CANCEL}),
    _U.RETIRED: frozenset(),
    _U.CANCELLED: frozenset(),
}
# Which journals may put units into a state; the rest of a block that was split stays where it was, under any journal.
ENTERS: dict[str, frozenset[str]] = {
    _U.AVAILABLE: frozenset(
        {_J.ISSUE, _J.MOVE_IN, _J.RELEASE, _J.TRANSFER, _J.NONTRADE, _J.SETTLE, _J.FROM_VENUE}
        | {_J.UNPLEDGE, _J.UNFREEZE, _J.ENFORCE, _J.RESUME, _J.CORRECT}
    ),
    _U.TRANSFER_PENDING: frozenset({_J.RESERVE}),
    _U.RETIRE_PENDING: frozenset({_J.RESERVE}),
    _U.TRADING: frozenset({_J.TO_VENUE, _J.SETTLE, _J.UNFREEZE, _J.RESUME}),
    _U.PLEDGED: frozenset({_J.PLEDGE, _J.UNFREEZE, _J.RESUME}),
    _U.JUDICIAL_FROZEN: frozenset({_J.FREEZE}),
    _U.SUSPENDED: frozenset({_J.SUSPEND}),
    _U.RETIRED: frozenset({_J.RETIRE, _J.MOVE_IN}),
    _U.CANCELLED: frozenset({_J.CANCEL, _J.CORRECT, _J.MOVE_IN}),
}
# Under any other journal units stay with their holder.
CHANGES_HOLDER = frozenset({_J.TRANSFER, _J.NONTRADE, _J.SETTLE, _J.ENFORCE, _J.CORRECT})


class OrderState(models.TextChoices):
    """States of a transfer."""

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
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

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
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
# What a kind must go back to, in the words of the form.
BASIS = {
    _K.CORP: _("核算边界和年度"),
    _K.ECO_DAMAGE: _("法律文书号"),
    _K.POINTS: _("积分兑换汇总单"),
    _K.COMPLIANCE: _("履约年度和抵销申请"),
    _K.SUBSTITUTE: _("处理决定文号"),
}


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

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
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


class VenueWay(models.TextChoices):
    """Which way units go between an account and a venue."""

    IN = "IN", _("划转至交易账户")
    OUT = "OUT", _("从交易账户转出")


class VenueOrderState(models.TextChoices):
    """States of an order to or from a venue."""

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    DONE = "DONE", _("已划转")
    CANCELLED = "CANCELLED", _("已取消")


_V = VenueOrderState
VENUE_ORDER_MOVES = frozenset({(_V.CONFIRMING, _V.DONE), (_V.CONFIRMING, _V.CANCELLED)})
VENUE_ORDER_BADGES = {_V.CONFIRMING: "you", _V.DONE: "good", _V.CANCELLED: "final"}


class VenueReportState(models.TextChoices):
    """States of a venue's books of a day."""

    RECEIVED = "RECEIVED", _("待签字")
    SIGNED = "SIGNED", _("已签字")
    RETURNED = "RETURNED", _("已退回")


_E = VenueReportState
VENUE_REPORT_MOVES = frozenset({(_E.RECEIVED, _E.SIGNED), (_E.RECEIVED, _E.RETURNED)})
VENUE_REPORT_BADGES = {_E.RECEIVED: "office", _E.SIGNED: "good", _E.RETURNED: "bad"}


class AccountKind(models.TextChoices):
    """As what an entity holds an account (domain §1.4.2)."""

    OWNER = "OWNER", _("项目业主")
    EMITTER = "EMITTER", _("重点排放单位")
    TRADER = "TRADER", _("其他交易主体")
    VERIFIER = "VERIFIER", _("审定与核查机构")
    AUTHORITY = "AUTHORITY", _("生态环境主管部门")
    SCENE_OPERATOR = "SCENE_OPERATOR", _("场景运营方")


class AccountState(models.TextChoices):
    """States of a holding account (domain §1.4.2, A3 to A9); that a change is under way stands on its request."""

    OPEN = "OPEN", _("正常")
    RESTRICTED = "RESTRICTED", _("限制使用")
    FROZEN = "FROZEN", _("司法冻结")
    CLOSED = "CLOSED", _("已销户")


_A = AccountState
ACCOUNT_MOVES = frozenset(
    {
        (_A.OPEN, _A.RESTRICTED),
        (_A.RESTRICTED, _A.OPEN),
        (_A.OPEN, _A.FROZEN),
        (_A.RESTRICTED, _A.FROZEN),
        (_A.FROZEN, _A.OPEN),
        (_A.OPEN, _A.CLOSED),
        (_A.RESTRICTED, _A.CLOSED),
    }
)
ACCOUNT_BADGES = {_A.OPEN: "good", _A.RESTRICTED: "you", _A.FROZEN: "frozen", _A.CLOSED: "final"}
# Journals that begin to take units away from a holder: an account that is not open begins none.
BEGINS_TO_LEAVE = frozenset({_J.RESERVE, _J.TO_VENUE, _J.PLEDGE})


class RequestKind(models.TextChoices):
    """What is asked of an account: by its organisation's two people, or by two officers because a court says so."""

    OPEN = "OPEN", _("开户")
    CHANGE = "CHANGE", _("信息变更")
    RESTORE = "RESTORE", _("恢复使用")
    CLOSE = "CLOSE", _("销户")
    FREEZE = "FREEZE", _("整户冻结")
    UNFREEZE = "UNFREEZE", _("整户解冻")


OF_A_COURT = (RequestKind.FREEZE, RequestKind.UNFREEZE)


class RequestState(models.TextChoices):
    """States of what is asked of an account."""

    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    APPLIED = "APPLIED", _("审核中")
    APPROVED = "APPROVED", _("审核通过")
    REFUSED = "REFUSED", _("审核不通过")
    CANCELLED = "CANCELLED", _("已取消")


_Q = RequestState
REQUEST_MOVES = frozenset(
    {
        (_Q.CONFIRMING, _Q.APPLIED),
        (_Q.CONFIRMING, _Q.CANCELLED),
        (_Q.APPLIED, _Q.APPROVED),
        (_Q.APPLIED, _Q.REFUSED),
        (_Q.APPLIED, _Q.CANCELLED),
    }
)
REQUEST_BADGES = {
    _Q.CONFIRMING: "you",
    _Q.APPLIED: "office",
    _Q.APPROVED: "good",
    _Q.REFUSED: "bad",
    _Q.CANCELLED: "final",
}
