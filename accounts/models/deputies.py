"""Who stands in for an absent officer, from one day to another. In force it gives the deputy the absent officer's roles."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisations import Division
from accounts.models.people import User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Once
from kernel import clock


class DeputyQuerySet(models.QuerySet["Deputy"]):
    """Deputies."""

    def in_force(self) -> DeputyQuerySet:
        """Those of today: the first and the last day count, the day after does not."""
        today = clock.today()
        return self.filter(from_on__lte=today, to_on__gte=today, ended_at=None)

    def visible_to(self, user: Any) -> DeputyQuerySet:
        """Those inside the divisions of a person of the bureau, and those the person is part of."""
        own = Q(absent=getattr(user, "pk", None)) | Q(deputy=getattr(user, "pk", None))
        return self.filter(scope(user).rows(division="division") | own)


# A deputy is not absent on the same days, and nobody is a deputy while somebody stands in for him: "B for A" is never "C for A".
_NO_CHAIN = """
    PERFORM pg_advisory_xact_lock(hashtextextended('deputies', 0));
    IF NEW.ended_at IS NULL AND NEW.to_on >= NEW.from_on THEN
        IF EXISTS (
            SELECT 1 FROM accounts_deputy d WHERE d.id <> NEW.id AND d.ended_at IS NULL
                AND (d.absent_id = NEW.deputy_id OR d.deputy_id = NEW.absent_id)
                AND daterange(d.from_on, d.to_on, '[]') && daterange(NEW.from_on, NEW.to_on, '[]')
        ) THEN {refuse} END IF;
    END IF;
    RETURN NEW;
"""


class Deputy(models.Model):
    """``deputy`` stands in for ``absent`` from the first to the last day, both counted, in Shanghai. Ended early, never deleted."""

    absent = models.ForeignKey(User, models.PROTECT, related_name="deputies", verbose_name=_("不在岗的人"))
    deputy = models.ForeignKey(User, models.PROTECT, related_name="stands_in", verbose_name=_("代办人"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("辖区"))
    from_on = models.DateField(_("起"))
    to_on = models.DateField(_("止"))
    reason = models.TextField(_("理由"))
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("指定人"))
    named_at = models.DateTimeField(_("指定时间"), default=clock.now)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("结束人"))
    ended_at = models.DateTimeField(_("提前结束"), null=True)

    objects = DeputyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("代办")
        ordering = ("-from_on", "-pk")
        constraints = [
            models.CheckConstraint(
                name="deputy_is_another",
                condition=~Q(absent=F("deputy")),
                violation_error_code="same_person",
                violation_error_message=_("不能指定本人代办本人的事"),
            ),
            models.CheckConstraint(
                name="deputy_period",
                condition=Q(to_on__gte=F("from_on")),
                violation_error_code="deputy_period",
                violation_error_message=_("代办的止期不能早于起期"),
            ),
            ExclusionConstraint(
                name="deputy_one_at_a_time",
                expressions=[
                    ("absent", RangeOperators.EQUAL),
                    (
                        Func(
                            "from_on",
                            "to_on",
                            RangeBoundary(True, True),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(ended_at=None, to_on__gte=F("from_on")),
                violation_error_code="deputy_known",
                violation_error_message=_("这几天已经有人代办，请先结束原来的代办"),
            ),
        ]
        triggers = [
            AppendOnly(name="deputy_append_only", may_change=("ended_at", "ended_by")),
            Once(name="deputy_ended_once", field="ended_at"),
            Guard(
                name="deputy_is_there",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="deputy_away",
                message=_("代办人这几天自己也不在岗，或者不在岗的人这几天正代别人办事；代办不能再转代办"),
                body=_NO_CHAIN,
            ),
        ]

    def __str__(self) -> str:
        return _("%(deputy)s 代 %(absent)s") % {"deputy": self.deputy.full_name, "absent": self.absent.full_name}

    def in_force(self) -> bool:
        """Tell whether the deputy acts today."""
        return self.ended_at is None and self.from_on <= clock.today() <= self.to_on
