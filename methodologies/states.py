"""States of methods and of the drafts they come from (domain §1.4.1, M1 to M10)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MethodState(models.TextChoices):
    """States of one published version."""

    PUBLISHED = "PUBLISHED", _("已发布")
    SUPERSEDED = "SUPERSEDED", _("已修订")
    REPEALED = "REPEALED", _("已废止")


_M = MethodState
# M8 and M9. What came before stays readable and computable for ever; a repealed version takes no new period.
METHOD_MOVES = frozenset({(_M.PUBLISHED, _M.SUPERSEDED), (_M.PUBLISHED, _M.REPEALED), (_M.SUPERSEDED, _M.REPEALED)})
METHOD_BADGES = {_M.PUBLISHED: "good", _M.SUPERSEDED: "final", _M.REPEALED: "bad"}


class DraftState(models.TextChoices):
    """States of a draft on its way to a version."""

    DRAFT = "DRAFT", _("草稿")
    SUBMITTED = "SUBMITTED", _("已申报")
    SCREENING = "SCREENING", _("地市遴选")
    EVALUATION = "EVALUATION", _("专家评估论证")
    REVISION = "REVISION", _("修改完善")
    NOTICE = "NOTICE", _("公开征求意见")
    FILED = "FILED", _("已备案发布")
    REJECTED = "REJECTED", _("不予备案")


_D = DraftState
DRAFT_MOVES = frozenset(
    {
        (_D.DRAFT, _D.SUBMITTED),  # M2
        (_D.SUBMITTED, _D.SCREENING),  # M3
        (_D.SCREENING, _D.EVALUATION),  # M4
        (_D.EVALUATION, _D.REVISION),  # M5
        (_D.REVISION, _D.EVALUATION),
        (_D.EVALUATION, _D.NOTICE),  # M6
        (_D.NOTICE, _D.REVISION),  # what the public said was right
        (_D.NOTICE, _D.FILED),  # M7
        # A text another authority has filed already is taken in as it is, by two people.
        (_D.DRAFT, _D.FILED),
        *((state, _D.REJECTED) for state in (_D.SUBMITTED, _D.SCREENING, _D.EVALUATION, _D.REVISION, _D.NOTICE)),  # M10
    }
)
DRAFT_BADGES = {
    _D.DRAFT: "draft",
    _D.SUBMITTED: "office",
    _D.SCREENING: "office",
    _D.EVALUATION: "office",
    _D.REVISION: "you",
    _D.NOTICE: "public",
    _D.FILED: "good",
    _D.REJECTED: "bad",
}
# The text is with whoever writes it; anywhere else it stays as it was handed in.
DRAFT_WRITABLE = (_D.DRAFT, _D.REVISION)


class Verdict(models.TextChoices):
    """What an expert finds of a draft."""

    FIT = "FIT", _("同意")
    REVISE = "REVISE", _("修改后同意")
    UNFIT = "UNFIT", _("不同意")


VERDICT_BADGES = {Verdict.FIT: "good", Verdict.REVISE: "you", Verdict.UNFIT: "bad"}


class TextState(models.TextChoices):
    """What the portal holds of a method it knows by name."""

    OWN = "OWN", _("平台整理")
    WAITING = "WAITING", _("待载入")


TEXT_BADGES = {TextState.OWN: "public", TextState.WAITING: "draft"}


class FactorKind(models.TextChoices):
    """What a factor of the library is of."""

    ELECTRICITY = "ELECTRICITY", _("电力平均排放因子")
    MARGIN = "MARGIN", _("区域电网基准线排放因子")
    FUEL = "FUEL", _("燃料与热力")
    GWP = "GWP", _("全球变暖潜势")


class PolicyState(models.TextChoices):
    """How an instrument stands on a day."""

    IN_FORCE = "IN_FORCE", _("现行有效")
    ENDED = "ENDED", _("已到期")
    COMING = "COMING", _("尚未施行")
    UNKNOWN = "UNKNOWN", _("有效期待核")


POLICY_BADGES = {
    PolicyState.IN_FORCE: "good",
    PolicyState.ENDED: "final",
    PolicyState.COMING: "office",
    PolicyState.UNKNOWN: "you",
}
