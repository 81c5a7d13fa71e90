"""States of a unit, and the journals that take it from one to another (domain §1.4.5)."""

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
# Journals that begin to take units away from a holder: an account that is not open begins none.
BEGINS_TO_LEAVE = frozenset({_J.RESERVE, _J.TO_VENUE, _J.PLEDGE})
