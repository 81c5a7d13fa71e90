"""Exports somebody asked for: the row is the queue, a sweep makes the file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.triggers import Moves
from kernel import clock
from office.models.reference import MAX_ATTEMPTS
from office.states import EXPORT_BADGES, EXPORT_MOVES, ExportBook, ExportState


class ExportQuerySet(models.QuerySet["ExportJob"]):
    """Exports."""

    def waiting(self) -> ExportQuerySet:
        """Those the sweep may make now."""
        return self.filter(state=ExportState.WAITING, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def parked(self) -> ExportQuerySet:
        """Those that failed too often."""
        return self.filter(state=ExportState.WAITING, attempts__gte=MAX_ATTEMPTS)


class ExportJob(models.Model):
    """A book and a year somebody asked for; a sweep makes the file, which is kept under its digest."""

    State, MOVES = ExportState, EXPORT_MOVES

    book = models.CharField(_("账册"), max_length=10, choices=ExportBook.choices)
    year = models.PositiveSmallIntegerField(_("年份"))
    state = models.CharField(_("状态"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"), default=clock.now)
    finished_at = models.DateTimeField(_("生成时间"), null=True)
    rows_done = models.PositiveBigIntegerField(_("已写行数"), default=0)
    rows_total = models.PositiveBigIntegerField(_("总行数"), default=0)
    file = models.FileField(_("文件"), upload_to="exports/", max_length=200, blank=True)
    size = models.BigIntegerField(_("字节"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sm3 = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次"), default=clock.real_now)
    last_error = models.CharField(_("错误"), max_length=500, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("账册导出")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="export_waits_once",
                fields=["book", "year"],
                condition=Q(state=ExportState.WAITING),
                violation_error_code="export_waits",
                violation_error_message=_("这本账这一年的导出已在排队，请等它生成"),
            ),
            models.CheckConstraint(
                name="export_ready_has_file",
                condition=Q(state=ExportState.WAITING)
                | (Q(sha256__regex=r"^[0-9a-f]{64}$", sm3__regex=r"^[0-9a-f]{64}$") & ~Q(file="")),
                violation_error_code="export_without_file",
                violation_error_message=_("生成好的导出要有文件和摘要"),
            ),
        ]
        triggers = [Moves(name="export_moves", moves=EXPORT_MOVES, start=[ExportState.WAITING])]

    def __str__(self) -> str:
        return f"{self.get_book_display()} {self.year}"

    @property
    def badge(self) -> str:
        """The tone of the state's badge."""
        return EXPORT_BADGES[ExportState(self.state)]
