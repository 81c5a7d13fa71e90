"""Exports somebody asked for: the row is the queue, a sweep makes the file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import scope
from accounts.triggers import AppendOnly, Moves
from kernel import clock
from office.models.reference import MAX_ATTEMPTS
from office.states import EXPORT_BADGES, EXPORT_MOVES, ExportBook, ExportFormat, ExportState

KEPT = timedelta(days=30)  # how long the file of a list is kept
PARKED = timedelta(days=7)  # how long a failed export is on the operator's list
DIGEST = r"^[0-9a-f]{64}$"


class ExportQuerySet(models.QuerySet["ExportJob"]):
    """Exports."""

    def visible_to(self, user: Any) -> ExportQuerySet:
        """One's own; auditors share the books they asked for."""
        books = Q(desk="") if Role.AUDITOR in scope(user).roles else Q(pk__in=[])
        return self.filter(Q(asked_by=getattr(user, "pk", None)) | books)

    def waiting(self) -> ExportQuerySet:
        """Those the sweep may make now."""
        return self.filter(state=ExportState.WAITING, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def exhausted(self) -> ExportQuerySet:
        """Those whose last attempt was begun and never came to an end."""
        return self.filter(state=ExportState.WAITING, attempts__gte=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def parked(self) -> ExportQuerySet:
        """Those that failed too often in these days; who asked may start them again."""
        since = clock.real_now() - PARKED
        return self.filter(state=ExportState.FAILED, attempts__gte=MAX_ATTEMPTS, finished_at__gte=since)

    def outdated(self) -> ExportQuerySet:
        """Lists whose file has been kept long enough."""
        return self.filter(state=ExportState.READY, finished_at__lt=clock.real_now() - KEPT).exclude(desk="")


class ExportJob(models.Model):
    """What somebody asked for: a book and a year, or a desk's list as it was filtered. A sweep makes the file."""

    State, MOVES = ExportState, EXPORT_MOVES

    book = models.CharField(_("账册"), max_length=10, choices=ExportBook.choices, blank=True)
    year = models.PositiveSmallIntegerField(_("年份"), null=True)
    desk = models.CharField(_("列表"), max_length=80, blank=True)
    title = models.CharField(_("名称"), max_length=80, blank=True)
    query = models.CharField(_("筛选条件"), max_length=1000, blank=True)
    format = models.CharField(_("格式"), max_length=4, choices=ExportFormat.choices, blank=True)
    language = models.CharField(_("语言"), max_length=10, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"), default=clock.now)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    rows_done = models.PositiveBigIntegerField(_("已写行数"), default=0)
    rows_total = models.PositiveBigIntegerField(_("总行数"), default=0)
    file = models.FileField(_("文件"), upload_to="exports/", max_length=200, blank=True)
    size = models.BigIntegerField(_("字节"), default=0)
    sha256 = models.CharField(_("文件 SHA-256"), max_length=64, blank=True)
    sm3 = models.CharField(_("文件 SM3"), max_length=64, blank=True)
    data_sha256 = models.CharField(_("数据 SHA-256"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次"), default=clock.real_now)
    last_error = models.CharField(_("错误"), max_length=500, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("我的导出")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="export_waits_once",
                fields=["book", "year"],
                condition=Q(state=ExportState.WAITING, desk=""),
                violation_error_code="export_waits",
                violation_error_message=_("这本账这一年的导出已在排队，请等它生成"),
            ),
            models.UniqueConstraint(
                name="export_list_waits_once",
                fields=["asked_by", "desk", "query", "format"],
                condition=Q(state=ExportState.WAITING) & ~Q(desk=""),
                violation_error_code="export_waits",
                violation_error_message=_("同样的导出已在排队，请等它生成"),
            ),
            models.CheckConstraint(
                name="export_of_book_or_list",
                condition=Q(desk="", year__isnull=False, query="", format="", book__in=ExportBook.values)
                | (Q(book="", year__isnull=True, format__in=ExportFormat.values) & ~Q(desk="") & ~Q(title="")),
                violation_error_code="export_of_nothing",
                violation_error_message=_("导出要么是一本账的一年，要么是一张列表"),
            ),
            models.CheckConstraint(
                name="export_ready_has_file",
                condition=(Q(state=ExportState.READY, sha256__regex=DIGEST, sm3__regex=DIGEST) & ~Q(file=""))
                | Q(state=ExportState.REMOVED, sha256__regex=DIGEST, sm3__regex=DIGEST, file="")
                | Q(state__in=[ExportState.WAITING, ExportState.FAILED, ExportState.CANCELLED], file=""),
                violation_error_code="export_without_file",
                violation_error_message=_("生成好的导出要有文件和摘要，别的没有文件"),
            ),
        ]
        triggers = [
            Moves(name="export_moves", moves=EXPORT_MOVES, start=[ExportState.WAITING]),
            AppendOnly(
                name="export_stays_as_asked",
                may_change=(
                    "state", "finished_at", "rows_done", "rows_total", "file", "size", "sha256", "sm3", "data_sha256",
                    "attempts", "next_at", "last_error",
                ),
                code="export_stays_as_asked",
                message=_("导出申请人、列表和筛选条件不能改，请另申请一次"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title or f"{self.get_book_display()} {self.year}"

    @property
    def badge(self) -> str:
        """The tone of the state's badge."""
        return EXPORT_BADGES[ExportState(self.state)]

    @property
    def percent(self) -> int:
        """How much is written, of a hundred."""
        return min(100, self.rows_done * 100 // self.rows_total) if self.rows_total else 0

    @property
    def kept_until(self) -> Any:
        """When the file of a list is removed; None for books, which stay, and where there is no file."""
        return self.finished_at + KEPT if self.desk and self.finished_at and self.state == ExportState.READY else None
