"""States of a citizen's account and of an upload (domain §4.1; the law of both on one screen)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CitizenState(models.TextChoices):
    """What a personal carbon account may be used for."""

    UNVERIFIED = "UNVERIFIED", _("待实名")
    ACTIVE = "ACTIVE", _("正常")
    CLOSED = "CLOSED", _("已注销")


CITIZEN_MOVES = frozenset(
    {
        (CitizenState.UNVERIFIED, CitizenState.ACTIVE),
        (CitizenState.UNVERIFIED, CitizenState.CLOSED),
        (CitizenState.ACTIVE, CitizenState.CLOSED),
    }
)
CITIZEN_BADGES = {CitizenState.UNVERIFIED: "you", CitizenState.ACTIVE: "good", CitizenState.CLOSED: "final"}


class UploadState(models.TextChoices):
    """Where a partner's file is."""

    RECEIVED = "RECEIVED", _("待处理")
    SETTLED = "SETTLED", _("已入账")
    UNREADABLE = "UNREADABLE", _("无法读取")


UPLOAD_MOVES = frozenset({(UploadState.RECEIVED, UploadState.SETTLED), (UploadState.RECEIVED, UploadState.UNREADABLE)})
UPLOAD_BADGES = {UploadState.RECEIVED: "office", UploadState.SETTLED: "good", UploadState.UNREADABLE: "bad"}


class Reason(models.TextChoices):
    """Why a ride was not counted, in the order in which the reasons are tried: the first wins (clarification 8)."""

    BAD_ROW = "bad_row", _("这一行的列数不对或有空格，读不出来")
    BAD_DISTANCE = "bad_distance", _("里程不是 0 到方法学上限之间、最多三位小数的数")
    BAD_DATE = "bad_date", _("起止时间不对：早于 2010 年、在将来、没有时区，或结束早于开始")
    UNKNOWN_SUBJECT = "unknown_subject", _("这个用户号没有绑定本平台的账户")
    BEFORE_CONSENT = "before_consent", _("骑行时您还没有授权这家平台上报这个场景，或已撤回授权")
    STALE = "stale", _("上报太晚，超过了这个场景的补报期限")
    ZERO_DURATION = "zero_duration", _("用时为零")
    TOO_SHORT = "too_short", _("里程不足 100 米")
    TOO_FAST = "too_fast", _("平均时速超过这种出行方式的上限")
    TOO_LONG = "too_long", _("用时超过 24 小时，多半是没有还车")
    ACCOUNT_CLOSED = "account_closed", _("账户已注销")
    DUPLICATE = "duplicate", _("这次骑行已经记过，同一次只记一次")
    OVERLAP = "overlap", _("与您已记入的另一次骑行时间重叠")
