"""Public notices, the papers shown with them, and the hours in which nobody could read them."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, Division, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard
from kernel import clock


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices. Anybody may read them; what is done with one is scoped by its division."""

    def visible_to(self, user: Any) -> NoticeQuerySet:
        """Those of the office's division and below."""
        return self.filter(scope(user).rows(division="division"))

    def found(self, words: str) -> NoticeQuerySet:
        """Those whose number, title or text has the words."""
        return self.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(text__icontains=words))


class Notice(models.Model):
    """A public notice as it was shown. The start day does not count; the last day is computed on the working-day calendar.

    ``settled`` says that the step the notice was for has been taken: from then on its period is history and stays as it is.
    """

    number = models.CharField(_("文号"), max_length=40, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"))
    digest = models.CharField(_("摘要"), max_length=64)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("辖区"))
    workdays = models.PositiveSmallIntegerField(_("工作日"))
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("截止"))
    provisional = models.BooleanField(_("暂定"), default=False)
    contact = models.CharField(_("联系方式"), max_length=200)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    published_at = models.DateTimeField(_("发布时间"), default=clock.now)
    settled = models.BooleanField(_("事项已办结"), default=False)
    # Papers are added in the transaction that publishes, and never later.
    txid = models.BigIntegerField(
        db_default=Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()),
        editable=False,
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("公示")
        ordering = ("-starts_on", "-pk")
        constraints = [
            models.CheckConstraint(
                name="notice_ends_after_start",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_code="notice_period",
                violation_error_message=_("公示期要晚于开始日"),
            )
        ]
        # A notice is what the public was shown: its text never changes, and its period is never shortened.
        triggers = [
            AppendOnly(name="notice_as_shown", may_change=("ends_on", "provisional", "settled")),
            Guard(
                name="notice_never_shorter",
                operation=pgtrigger.Update,
                code="notice_shorter",
                message=_("公示期只能延长，不能缩短"),
                body="IF NEW.ends_on < OLD.ends_on THEN {refuse} END IF; RETURN NEW;",
            ),
            Guard(
                name="notice_settled_stays",
                operation=pgtrigger.Update,
                code="notice_settled",
                message=_("公示的事项已经办结，公示期不再变动"),
                body="""
                    IF OLD.settled AND (NEW.ends_on, NEW.provisional, NEW.settled)
                        IS DISTINCT FROM (OLD.ends_on, OLD.provisional, OLD.settled) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """The period has ended: from the day after the last day."""
        return clock.today() > self.ends_on


class NoticePaper(models.Model):
    """A paper shown with a notice: the file and its digests as they were on the first day."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="papers", verbose_name=_("公示"))
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("文件"))
    name = models.CharField(_("文件名"), max_length=200)
    size = models.BigIntegerField(_("字节"))
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("公示材料")
        ordering = ("pk",)
        triggers = [
            AppendOnly(name="notice_paper_as_shown"),
            Guard(
                name="notice_paper_of_this_publication",
                operation=pgtrigger.Insert,
                code="notice_published",
                message=_("公示已经发布，不能再添加材料"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM office_notice notice JOIN accounts_attachment file ON file.id = NEW.attachment_id
                        WHERE notice.id = NEW.notice_id AND notice.txid = pg_current_xact_id()::text::bigint
                            AND (file.sha256, file.sm3, file.size) = (NEW.sha256, NEW.sm3, NEW.size)) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Outage(models.Model):
    """Hours in which the site could not be read, with the evidence. A working day that lost four hours counts for no notice."""

    started_at = models.DateTimeField(_("停运起"))
    ended_at = models.DateTimeField(_("恢复"))
    evidence = models.TextField(_("依据"))
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("网站停运")
        ordering = ("-started_at",)
        constraints = [
            models.CheckConstraint(
                name="outage_ends_after_start",
                condition=Q(ended_at__gt=F("started_at")),
                violation_error_code="outage_span",
                violation_error_message=_("恢复时间要晚于停运时间"),
            )
        ]
        triggers = [AppendOnly(name="outage_append_only")]

    def __str__(self) -> str:
        return f"{clock.local(self.started_at):%F %H:%M} — {clock.local(self.ended_at):%F %H:%M}"
