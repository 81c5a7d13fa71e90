"""States of what goes to an exchange outside, comes back, and is reported."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class VenueWay(models.TextChoices):
    """Which way units go between an account and a venue."""

    IN = "IN", _("划转至交易账户")
    OUT = "OUT", _("从交易账户转出")


class VenueOrderState(models.TextChoices):
    """States of an order to or from a venue."""

    CONFIRMING = "CONFIRMING", _("待确认")
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
