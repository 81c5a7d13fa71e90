"""How somebody wants to be told of things: in which language, by which ways, and at which telephone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class Reach(models.Model):
    """What a person chose. Who chose nothing has no row and is told in Chinese, by e-mail, or by SMS where there is none.

    The telephone stands here sealed, and only for who proved by a code that it is his. A citizen's stands in his identity instead,
    which is emptied when the account is closed.
    """

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "中文"
        ENGLISH = "en", "English"

    user = models.OneToOneField(User, models.PROTECT, related_name="reach", verbose_name=_("人员"))
    language = models.CharField(_("消息语言"), max_length=8, choices=Language.choices, default=Language.CHINESE)
    email_on = models.BooleanField(_("一般消息发邮件"), default=True)
    # Null: only who has no e-mail address gets general messages by SMS.
    sms_on = models.BooleanField(_("一般消息发短信"), null=True)
    phone = models.TextField(_("手机号（密文）"), blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("消息设置")
        constraints = [
            models.CheckConstraint(
                name="reach_phone_is_sealed",
                condition=Q(phone="") | Q(phone__regex=r"^1\.[A-Za-z0-9-]{1,20}\.[A-Za-z0-9_=-]{40,}$"),
                violation_error_code="phone_not_sealed",
                violation_error_message=_("接收短信的手机号要加密保存"),
            )
        ]

    def __str__(self) -> str:
        return str(self.user)
