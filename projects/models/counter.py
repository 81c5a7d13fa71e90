"""Paper that was brought to the counter: which scan, signed by whom, entered by which officer (代录)."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from projects.models.projects import Project, person

_TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class CounterEntryQuerySet(models.QuerySet["CounterEntry"]):
    """Entries."""

    def visible_to(self, user: Any) -> CounterEntryQuerySet:
        """The bureau's by the division of the case, and the owner's own."""
        return self.filter(scope(user).rows(division="project__division", organisations=("project__owner",)))


class CounterEntry(models.Model):
    """One paper entered for an owner: an application, or what was put right in one. It stands for the owner's two people.

    ``signed_on`` and ``entered_on`` are days in Shanghai; ``entered_for`` is the absent officer where a deputy entered it.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="counter_entries", verbose_name=_("项目"))
    scan = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+", verbose_name=_("签字原件扫描件"))
    signed_by = models.CharField(_("签字人"), max_length=60)
    signed_on = models.DateField(_("签字日期"))
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("代录人"))
    entered_for = person(_("代谁办理"))
    entered_on = models.DateField(_("代录日期"))
    entered_at = models.DateTimeField(_("代录时间"), default=clock.now)
    txid = models.BigIntegerField(editable=False, db_default=_TRANSACTION)

    objects = CounterEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("代录")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="entry_has_scan",
                condition=Q(scan__isnull=False),
                violation_error_code="no_scan",
                violation_error_message=_("没有申请人签字的原件扫描件，不能代录"),
            ),
            models.CheckConstraint(
                name="entry_is_signed",
                condition=~Q(signed_by="") & Q(signed_on__lte=F("entered_on")),
                violation_error_code="not_signed",
                violation_error_message=_("代录要写明签字人和签字日期，签字日期不能晚于今天"),
            ),
        ]
        triggers = [
            AppendOnly(name="entry_append_only"),
            Guard(
                name="entry_of_an_open_application",
                operation=pgtrigger.Insert,
                code="not_open",
                message=_("只有新的申请或待补正的申请能代录"),
                body="""
                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state IN ('DRAFT', 'CORRECTION'))
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.project)
