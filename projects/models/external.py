"""What other registries publish: reference rows as they were read, with what is odd about each. Nothing here is ours to put right."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.triggers import AppendOnly


class ExternalEntry(models.Model):
    """A row of another registry's published table. Quantities are credits, each a tonne of CO2e; days as the registry writes them.

    ``number`` is the registry's own number of the row where it has one. ``serial`` is as written; ``serial_from`` and ``serial_to``
    are both included and None where the serial could not be read. ``row`` is the record of the file, the heading being 1.
    """

    class Registry(models.TextChoices):
        VERRA = "VERRA", _("Verra（VCS）")
        GOLD_STANDARD = "GOLD_STANDARD", _("Gold Standard")
        ACR = "ACR", _("American Carbon Registry")
        ARB = "ARB", _("California ARB")

    class Kind(models.TextChoices):
        PROJECT = "PROJECT", _("项目")
        ISSUANCE = "ISSUANCE", _("签发")
        RETIREMENT = "RETIREMENT", _("注销")
        CANCELLATION = "CANCELLATION", _("取消")

    class Finding(models.TextChoices):
        NOT_NUMERIC = "NOT_NUMERIC", _("数量不是数字")
        NO_DAY = "NO_DAY", _("没有日期")
        BAD_DAY = "BAD_DAY", _("日期读不出来")
        SERIAL_UNREAD = "SERIAL_UNREAD", _("编号不是这个登记簿现在的写法，没有拆开")
        RUN_DIFFERS = "RUN_DIFFERS", _("止号－起号＋1 不等于数量")
        NUMBER_AGAIN = "NUMBER_AGAIN", _("编号在同一文件里已有一行")

    registry = models.CharField(_("登记簿"), max_length=16, choices=Registry.choices)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    number = models.CharField(_("记录编号"), max_length=60, blank=True)
    project_id = models.CharField(_("项目编号"), max_length=60)
    name = models.CharField(_("项目名称"), max_length=300)
    vintage = models.PositiveSmallIntegerField(_("年份"), null=True)
    quantity = models.BigIntegerField(_("数量"), null=True)
    on_day = models.DateField(_("日期"), null=True)
    serial = models.CharField(_("编号"), max_length=300, blank=True)
    serial_prefix = models.CharField(_("编号前段"), max_length=200, blank=True)
    serial_from = models.BigIntegerField(_("起号"), null=True)
    serial_to = models.BigIntegerField(_("止号"), null=True)
    findings = ArrayField(
        models.CharField(max_length=16, choices=Finding.choices), verbose_name=_("读出的问题"), default=list
    )
    source = models.CharField(_("来源文件"), max_length=80)
    row = models.PositiveIntegerField(_("行"))
    raw = models.JSONField(_("原文"))

    class Meta:
        verbose_name = verbose_name_plural = _("外部登记簿")
        ordering = ("registry", "source", "row")
        indexes = [models.Index(fields=["registry", "project_id"], name="external_project")]
        constraints = [
            models.UniqueConstraint(
                name="external_row_once",
                fields=["source", "row"],
                violation_error_code="row_known",
                violation_error_message=_("这个文件的这一行已经读入"),
            )
        ]
        triggers = [AppendOnly(name="external_as_read")]

    def __str__(self) -> str:
        return f"{self.get_registry_display()} {self.project_id} {self.name}"

    @property
    def said(self) -> str:
        """What is odd about the row, in words."""
        return "；".join(str(self.Finding(finding).label) for finding in self.findings)
