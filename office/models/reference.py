"""What the office works with: days, clock, numbers, profiles, runs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import Guard


class CalendarDay(models.Model):
    """An exception to "Monday to Friday": a holiday, or a weekend day that is worked (State Council notice of each year)."""

    date = models.DateField(_("日期"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    is_off = models.BooleanField(_("放假"))
    source = models.CharField(_("依据"), max_length=300, blank=True)
    announced_year = models.PositiveSmallIntegerField(_("公布年度"))

    class Meta:
        verbose_name = verbose_name_plural = _("工作日历")
        ordering = ("-date",)

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class BusinessClock(models.Model):
    """One row: how far the business clock of a demo or a test is ahead of real time. It never goes back."""

    offset = models.DurationField(_("快进"))

    class Meta:
        verbose_name = verbose_name_plural = _("演示时钟")
        constraints = [
            models.CheckConstraint(
                name="clock_one_row",
                condition=Q(pk=1),
                violation_error_code="clock_one_row",
                violation_error_message=_("演示时钟只有一行"),
            )
        ]
        triggers = [
            Guard(
                name="clock_forward_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
                code="clock_backwards",
                message=_("演示时钟只能往前拨"),
                body="""
                    IF TG_OP = 'DELETE' OR NEW."offset" < OLD."offset" THEN {refuse} END IF;
                    RETURN NEW;
                """,
            )
        ]


class DocumentSeries(models.Model):
    """A gapless counter, e.g. ``SL-990100-20261125``; it counts inside the transaction that uses the number."""

    name = models.CharField(_("序列"), max_length=60, unique=True)
    last = models.PositiveBigIntegerField(_("末号"))

    class Meta:
        verbose_name = verbose_name_plural = _("文号序列")


class ProfileQuerySet(models.QuerySet["Profile"]):
    """Mechanism profiles."""

    def in_force(self, day: date) -> ProfileQuerySet:
        """Those whose instrument takes filings on a day."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))


class Profile(models.Model):
    """A mechanism profile (机制配置): what a jurisdiction's rules set where the process leaves it open."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    title = models.CharField(_("名称"), max_length=100)
    instrument = models.CharField(_("依据"), max_length=200, blank=True)
    valid_from = models.DateField(_("施行"), null=True, blank=True)
    valid_to = models.DateField(_("截止"), null=True, blank=True)
    notice_workdays = models.PositiveSmallIntegerField(_("结果公示工作日"))
    acceptance_workdays = models.PositiveSmallIntegerField(_("受理时限工作日"))
    review_workdays = models.PositiveSmallIntegerField(_("审核时限工作日"))
    generated_after = models.DateField(_("减排量产生不早于"), null=True, blank=True)
    look_back_years = models.PositiveSmallIntegerField(_("追溯年限"), null=True, blank=True)
    # Verbs that take three people: 经办→审核→签发.
    sign_off = models.JSONField(_("三级签批的事项"), default=list, blank=True)
    # The article that lets later holders answer for false units the owner does not replace; without one nobody but the owner does.
    second_liability = models.TextField(_("业主不补足时由后手承担的条款"), blank=True)
    # How far a verifier's own figure may be from the claim: 5 % unless the mechanism says otherwise (product's own choice).
    materiality_percent = models.DecimalField(_("重要性水平 %"), max_digits=5, decimal_places=2, default=Decimal(5))
    evidence = models.CharField(_("证据等级"), max_length=1, default="A")

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("机制配置")

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def in_force(self, day: date) -> bool:
        """Tell whether the instrument takes filings on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


MAX_ATTEMPTS = 5  # of a sweep at one row, before the row is parked on a person's desk


class JobRun(models.Model):
    """One run of a sweep or a nightly job."""

    name = models.CharField(_("任务"), max_length=60)
    started_at = models.DateTimeField(_("开始"))
    finished_at = models.DateTimeField(_("结束"), null=True)
    done = models.PositiveIntegerField(_("办了"), default=0)
    failed = models.PositiveIntegerField(_("未成"), default=0)
    error = models.TextField(_("错误"), blank=True)
    # The number its events and its lines of the log carry too: of the request that asked for the round, or one of its own.
    request_id = models.CharField(_("请求号"), max_length=32, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = _("任务记录")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["name", "-id"], name="jobrun_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%F %T}"
