"""States of holding accounts and of what is asked about them (domain §1.4.2)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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


class RequestKind(models.TextChoices):
    """What is asked of an account: by its organisation's two people, or by two officers because a court says so."""

    OPEN = "OPEN", _("开户")
    CHANGE = "CHANGE", _("信息变更")
    RESTORE = "RESTORE", _("恢复使用")
    CLOSE = "CLOSE", _("销户")
    FREEZE = "FREEZE", _("整户冻结")
    UNFREEZE = "UNFREEZE", _("整户解冻")
    DECEASED = "DECEASED", _("死亡销户")


# What an officer enters by the document of a court, or of a natural person's death, and another one decides.
OF_A_COURT = (RequestKind.FREEZE, RequestKind.UNFREEZE, RequestKind.DECEASED)
CLOSING = (RequestKind.CLOSE, RequestKind.DECEASED)


class RequestState(models.TextChoices):
    """States of what is asked of an account."""

    CONFIRMING = "CONFIRMING", _("待确认")
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
