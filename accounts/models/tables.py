"""Tables somebody sent to be taken in: kept as they came, sealed, because lists of people are among them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.triggers import AppendOnly, Once
from kernel import clock


class TableInQuerySet(models.QuerySet["TableIn"]):
    """Tables."""

    def visible_to(self, user: Any) -> TableInQuerySet:
        """One's own."""
        return self.filter(uploaded_by=getattr(user, "pk", None))


class TableIn(models.Model):
    """A file with rows to take in. Its content is previewed, then applied once by who sent it, or forgotten."""

    purpose = models.CharField(_("用途"), max_length=40)
    name = models.CharField(_("文件名"), max_length=200)
    size = models.PositiveIntegerField(_("字节"))
    sha256 = models.CharField(max_length=64)
    sealed = models.TextField(_("内容（密文）"), blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"), default=clock.now)
    applied_at = models.DateTimeField(_("导入时间"), null=True)

    objects = TableInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("导入的表格")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="table_in_is_sealed",
                condition=Q(sealed__regex=r"^1\.[^.]+\.[\w=-]+$") | Q(sealed=""),
                violation_error_code="not_sealed",
                violation_error_message=_("导入的表格要加密保存"),
            )
        ]
        triggers = [
            AppendOnly(name="table_in_as_sent", may_change=("sealed", "applied_at")),
            Once(
                name="table_in_applied_once",
                field="applied_at",
                code="table_applied",
                message=_("这个文件已经导入过，不能再导入一次"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
