"""The law of both processes on one screen (domain §1.4.3 and §1.4.4, as far as the demo profile goes)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProjectState(models.TextChoices):
    """States of an application and of the project it becomes."""

    DRAFT = "DRAFT", _("草稿")
    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    SUBMITTED = "SUBMITTED", _("待受理")
    CORRECTION = "CORRECTION", _("待补正")
    NOT_ACCEPTED = "NOT_ACCEPTED", _("不予受理")
    ACCEPTED = "ACCEPTED", _("已受理")
    PUBLIC_NOTICE = "PUBLIC_NOTICE", _("结果公示")
    REGISTERED = "REGISTERED", _("已登记")
    REJECTED = "REJECTED", _("不通过")
    WITHDRAWN = "WITHDRAWN", _("已撤回")
    REVOKED = "REVOKED", _("撤销登记")


_P = ProjectState
PROJECT_MOVES = frozenset(
    {
        (_P.DRAFT, _P.CONFIRMING),
        (_P.CORRECTION, _P.CONFIRMING),
        (_P.CONFIRMING, _P.DRAFT),
        (_P.CONFIRMING, _P.SUBMITTED),
        (_P.DRAFT, _P.SUBMITTED),  # from paper, entered at the counter
        (_P.CORRECTION, _P.SUBMITTED),
        (_P.SUBMITTED, _P.CORRECTION),
        (_P.SUBMITTED, _P.NOT_ACCEPTED),
        (_P.SUBMITTED, _P.ACCEPTED),
        (_P.ACCEPTED, _P.REJECTED),
        (_P.ACCEPTED, _P.PUBLIC_NOTICE),
        (_P.PUBLIC_NOTICE, _P.REGISTERED),
        (_P.PUBLIC_NOTICE, _P.REJECTED),  # an objection was upheld
        (_P.DRAFT, _P.WITHDRAWN),
        (_P.CONFIRMING, _P.WITHDRAWN),
        (_P.SUBMITTED, _P.WITHDRAWN),
        (_P.CORRECTION, _P.WITHDRAWN),
        (_P.ACCEPTED, _P.WITHDRAWN),
        (_P.REGISTERED, _P.REVOKED),
    }
)
PROJECT_BADGES = {
    _P.DRAFT: "draft",
    _P.CONFIRMING: "you",
    _P.SUBMITTED: "office",
    _P.CORRECTION: "you",
    _P.NOT_ACCEPTED: "bad",
    _P.ACCEPTED: "office",
    _P.PUBLIC_NOTICE: "public",
    _P.REGISTERED: "good",
    _P.REJECTED: "bad",
    _P.WITHDRAWN: "final",
    _P.REVOKED: "bad",
}
# Ended without a registration: name and meter are free again.
PROJECT_ENDED = (_P.NOT_ACCEPTED, _P.REJECTED, _P.WITHDRAWN, _P.REVOKED)
PROJECT_EDITABLE = (_P.DRAFT, _P.CORRECTION)


class PeriodState(models.TextChoices):
    """States of a monitored period's reduction claim."""

    DRAFT = "DRAFT", _("核算报告编制中")
    VERIFYING = "VERIFYING", _("核证中")
    RECTIFY = "RECTIFY", _("整改中")
    VERIFIED = "VERIFIED", _("已核证")
    CONFIRMING = "CONFIRMING", _("待确认代表确认")
    APPLIED = "APPLIED", _("签发审核中")
    APPROVED = "APPROVED", _("待签发确认")
    ISSUED = "ISSUED", _("已签发")


_R = PeriodState
PERIOD_MOVES = frozenset(
    {
        (_R.DRAFT, _R.VERIFYING),
        (_R.VERIFYING, _R.RECTIFY),
        (_R.RECTIFY, _R.VERIFYING),
        (_R.VERIFYING, _R.VERIFIED),
        (_R.VERIFIED, _R.CONFIRMING),
        (_R.CONFIRMING, _R.APPLIED),
        (_R.APPLIED, _R.VERIFIED),
        (_R.APPLIED, _R.APPROVED),
        (_R.APPROVED, _R.ISSUED),
    }
)
PERIOD_BADGES = {
    _R.DRAFT: "draft",
    _R.VERIFYING: "office",
    _R.RECTIFY: "you",
    _R.VERIFIED: "good",
    _R.CONFIRMING: "you",
    _R.APPLIED: "office",
    _R.APPROVED: "office",
    _R.ISSUED: "good",
}
PERIOD_EDITABLE = (_R.DRAFT, _R.RECTIFY)
# Before anybody has verified it; from VERIFIED on a period counts.
PERIOD_UNVERIFIED = (_R.DRAFT, _R.VERIFYING, _R.RECTIFY)


class OpeningState(models.TextChoices):
    """States of a file by which an existing registry moves in."""

    SUBMITTED = "SUBMITTED", _("待第二人核对")
    ACCEPTED = "ACCEPTED", _("已迁入")
    REFUSED = "REFUSED", _("不予迁入")


_O = OpeningState
OPENING_MOVES = frozenset({(_O.SUBMITTED, _O.ACCEPTED), (_O.SUBMITTED, _O.REFUSED)})
OPENING_BADGES = {_O.SUBMITTED: "office", _O.ACCEPTED: "good", _O.REFUSED: "bad"}


class LetterState(models.TextChoices):
    """States of a letter that asks another bureau for its opinion."""

    WAITING = "WAITING", _("待复函")
    ANSWERED = "ANSWERED", _("已复函")
    LAPSED = "LAPSED", _("逾期未复")


_L = LetterState
LETTER_MOVES = frozenset({(_L.WAITING, _L.ANSWERED), (_L.WAITING, _L.LAPSED)})
LETTER_BADGES = {_L.WAITING: "hold", _L.ANSWERED: "good", _L.LAPSED: "final"}


class VisitState(models.TextChoices):
    """States of a visit on site."""

    WAITING = "WAITING", _("待第二人确认")
    CONFIRMED = "CONFIRMED", _("两人已确认")
    DISPUTED = "DISPUTED", _("第二人不同意")


_V = VisitState
VISIT_MOVES = frozenset({(_V.WAITING, _V.CONFIRMED), (_V.WAITING, _V.DISPUTED)})
VISIT_BADGES = {_V.WAITING: "hold", _V.CONFIRMED: "good", _V.DISPUTED: "bad"}
# A case is visited from its acceptance on, also because of an objection to the notice, until it is registered or refused.
VISITED_STATES = (_P.ACCEPTED, _P.PUBLIC_NOTICE)
