"""What is written once: events, files as they were sent, answers under an idempotency key."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organisations import Organisation
from accounts.models.people import User
from accounts.scope import scope
from accounts.triggers import AppendOnly
from kernel import clock


class Event(models.Model):
    """One act, or one refusal: append-only, the accountability of the portal."""

    class Outcome(models.TextChoices):
        DONE = "DONE", _("已办")
        REFUSED = "REFUSED", _("被拒")

    verb = models.CharField(_("事项"), max_length=60)
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome.choices)
    code = models.CharField(_("拒绝原因"), max_length=60, blank=True)
    said = models.TextField(_("告知"), blank=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"))
    actor_name = models.CharField(_("姓名"), max_length=130, blank=True)
    acted_for = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("代谁办理"))
    object_type = models.CharField(_("对象类别"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("对象编号"), null=True)
    object_label = models.CharField(_("对象"), max_length=200, blank=True)
    from_state = models.CharField(_("原状态"), max_length=20, blank=True)
    to_state = models.CharField(_("新状态"), max_length=20, blank=True)
    reason = models.TextField(_("意见"), blank=True)
    data = models.JSONField(_("要素"), default=dict)
    business_at = models.DateTimeField(_("业务时间"))
    real_at = models.DateTimeField(_("实际时间"))
    door = models.CharField(_("入口"), max_length=8)
    ip = models.GenericIPAddressField(_("地址"), null=True)
    request_id = models.CharField(_("请求号"), max_length=32, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("事件")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="event_object"),
            models.Index(fields=["actor", "-id"], name="event_actor"),
        ]
        triggers = [AppendOnly(name="event_append_only")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Attachments."""

    def visible_to(self, user: Any) -> AttachmentQuerySet:
        """Files one's organisation sent; staff see them through the case they belong to."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


def attachment_path(attachment: Attachment, name: str) -> str:
    """Files lie under their digest: the same content is stored once, and a changed file is found out."""
    return f"files/{attachment.sha256[:2]}/{attachment.sha256}"


class Attachment(models.Model):
    """A file as it was sent, kept whether or not what was to be done with it succeeded."""

    token = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    name = models.CharField(_("文件名"), max_length=200)
    size = models.BigIntegerField(_("字节"))
    sha256 = models.CharField(max_length=64, db_index=True)
    sm3 = models.CharField(max_length=64)
    file = models.FileField(_("文件"), upload_to=attachment_path, max_length=200)
    # Nobody's: a paper of the office, or what somebody from the public sent. It is reached through the row it belongs to.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("单位"))
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"), default=clock.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("文件")
        triggers = [AppendOnly(name="attachment_append_only")]

    def __str__(self) -> str:
        return self.name


class VerbKey(models.Model):
    """The answer a verb gave under an idempotency key."""

    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    body = models.CharField(max_length=64)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("幂等键")
        constraints = [
            models.UniqueConstraint(
                name="verb_key_once",
                fields=["actor", "verb", "key"],
                violation_error_code="key_reused",
                violation_error_message=_("这个幂等键刚刚已经用过，请再试一次"),
            )
        ]
        triggers = [AppendOnly(name="verb_key_append_only")]
