"""A certificate is valid until somebody revokes it, once and for good."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Whether the certificate may be relied on."""

    VALID = "VALID", _("有效")
    REVOKED = "REVOKED", _("已撤销")


MOVES = frozenset({(State.VALID, State.REVOKED)})
BADGES = {State.VALID: "good", State.REVOKED: "bad"}


class Kind(models.TextChoices):
    """What a certificate certifies (domain §2.11)."""

    REGISTRATION = "REGISTRATION", _("项目登记证书")
    ISSUANCE = "ISSUANCE", _("减排量签发凭证")
    RETIREMENT = "RETIREMENT", _("注销证明")
    PERSONAL = "PERSONAL", _("个人减排证书")
    NEUTRAL = "NEUTRAL", _("碳中和证书")
