"""States of a version of a method (domain §1.4.1, as far as the catalogue needs them)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MethodState(models.TextChoices):
    """States of one version."""

    DRAFT = "DRAFT", _("草稿")
    PUBLISHED = "PUBLISHED", _("已发布")


METHOD_MOVES = frozenset({(MethodState.DRAFT, MethodState.PUBLISHED)})
METHOD_BADGES = {MethodState.DRAFT: "draft", MethodState.PUBLISHED: "good"}


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
