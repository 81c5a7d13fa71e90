"""Proofs of the books: each journal's leaf in the transparency log, and what a check of the books found."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.triggers import AppendOnly
from certificates.models import LogLeaf
from kernel import clock
from registry.models.books import Journal


class LoggedJournal(models.Model):
    """A journal's leaf in the transparency log: its history can be proven, and a removed journal is missed."""

    journal = models.OneToOneField(Journal, models.PROTECT, related_name="logged", verbose_name=_("流水"))
    leaf = models.OneToOneField(LogLeaf, models.PROTECT, related_name="+", verbose_name=_("日志页"))

    class Meta:
        verbose_name = verbose_name_plural = _("已入日志的流水")
        triggers = [AppendOnly(name="logged_journal_append_only")]


class BookCheck(models.Model):
    """A proof of the books: what was compared and every difference. A difference stops issuing."""

    at = models.DateTimeField(_("时间"), default=clock.real_now)
    batches = models.PositiveIntegerField(_("批次数"))
    issued_t = models.BigIntegerField(_("签发 t"))
    held_t = models.BigIntegerField(_("持有 t"))
    retired_t = models.BigIntegerField(_("注销 t"))
    cancelled_t = models.BigIntegerField(_("强制注销 t"), default=0, db_default=0)
    differences = models.JSONField(_("差异"), default=list)

    class Meta:
        verbose_name = verbose_name_plural = _("核账")
        ordering = ("-pk",)
        get_latest_by = "pk"
        triggers = [AppendOnly(name="book_check_append_only")]
