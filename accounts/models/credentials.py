"""What lets somebody in beside a password: codes sent to a telephone."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import Once
from kernel import clock

MOST_TRIES = 5


class SmsCode(models.Model):
    """A code of six digits sent to a telephone: neither number nor code stand here, only what they are compared with.

    Times are real time: a telephone does not know the demo's clock. Old rows are swept.
    """

    class Purpose(models.TextChoices):
        LOGIN = "LOGIN", _("登录")
        REGISTER = "REGISTER", _("注册")
        CLOSE = "CLOSE", _("注销账户")

    phone_blind = models.CharField(_("手机号（盲索引）"), max_length=64)
    purpose = models.CharField(_("用途"), max_length=12, choices=Purpose.choices)
    code_hash = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(_("地址"), null=True)
    sent_at = models.DateTimeField(_("发送时间"), default=clock.real_now)
    expires_at = models.DateTimeField(_("有效期至"))
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("短信验证码")
        indexes = [
            models.Index(fields=["phone_blind", "-sent_at"], name="sms_code_phone"),
            models.Index(fields=["ip", "-sent_at"], name="sms_code_ip"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sms_code_tries_end",
                condition=Q(attempts__lte=MOST_TRIES),
                violation_error_code="too_many_tries",
                violation_error_message=_("验证码试错次数太多，请重新获取"),
            ),
            models.CheckConstraint(
                name="sms_code_is_sealed",
                condition=Q(phone_blind__regex=r"^[0-9a-f]{64}$", code_hash__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="code_not_sealed",
                violation_error_message=_("验证码一行不存手机号和验证码原文"),
            ),
            models.CheckConstraint(
                name="sms_code_ends_after_start",
                condition=Q(expires_at__gt=F("sent_at")),
                violation_error_code="code_period",
                violation_error_message=_("验证码的有效期不能早于发送时间"),
            ),
        ]
        triggers = [
            Once(
                name="sms_code_used_once",
                field="used_at",
                code="bad_code",
                message=_("这个验证码已经用过，请重新获取"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"
