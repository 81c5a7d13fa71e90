"""What a citizen had certified: the subject a personal reduction certificate is about."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import AppendOnly
from kernel import clock
from scenarios.models.people import Citizen


class PersonalStatementQuerySet(models.QuerySet["PersonalStatement"]):
    """Statements."""

    def visible_to(self, user: Any) -> PersonalStatementQuerySet:
        """One's own, and for staff those of their division."""
        return self.filter(
            scope(user).rows(division="citizen__division") | Q(citizen__user_id=getattr(user, "pk", None))
        )


class PersonalStatement(models.Model):
    """The counted acts of a citizen over a range of days, both included, as they stood when it was made."""

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="statements", verbose_name=_("账户"))
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"))
    acts = models.PositiveIntegerField(_("行为"))
    saved_mg = models.BigIntegerField(_("减排量 mg"))
    made_at = models.DateTimeField(_("开具"), default=clock.now)

    objects = PersonalStatementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("个人减排记录")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="personal_statement_range",
                condition=Q(ends_on__gte=F("starts_on"), acts__gt=0, saved_mg__gt=0),
                violation_error_code="statement_empty",
                violation_error_message=_("起止日期颠倒，或这段日期没有记入的减排"),
            )
        ]
        triggers = [AppendOnly(name="personal_statement_append_only")]

    def __str__(self) -> str:
        return f"{self.citizen} {self.starts_on}—{self.ends_on}"
