"""The verifier's own figure of a period, computed outside the portal, beside the portal's."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, User
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from projects.models.periods import MonitoringPeriod

# Waits for whoever verifies the period just now, so that neither passes the other.
_OF_ITS_PERIOD = """
    PERFORM 1 FROM projects_monitoringperiod WHERE id = NEW.period_id FOR SHARE;
    IF NOT EXISTS (
        SELECT 1 FROM projects_monitoringperiod period
        JOIN projects_project project ON project.id = period.project_id
        JOIN office_profile profile ON profile.id = project.profile_id
        JOIN accounts_attachment file ON file.id = NEW.file_id
        WHERE period.id = NEW.period_id AND period.state = 'VERIFYING' AND period.claimed_mg = NEW.portal_mg
            AND profile.materiality_percent = NEW.limit_percent AND file.organisation_id = period.verifier_id)
    THEN {refuse} END IF;
    RETURN NEW;
"""


class OwnFigure(models.Model):
    """What the verifier computed, with the file it comes from, and what the portal had at that moment. Milligrams of CO2e.

    ``limit_percent`` is the profile's materiality at that moment. A later figure takes the place of an earlier one; all stay.
    """

    period = models.ForeignKey(MonitoringPeriod, models.PROTECT, related_name="own_figures", verbose_name=_("核算期"))
    figure_mg = models.BigIntegerField(_("核证机构计算 mg"))
    portal_mg = models.BigIntegerField(_("平台计算 mg"))
    limit_percent = models.DecimalField(_("重要性水平 %"), max_digits=5, decimal_places=2)
    file = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("计算文件"))
    note = models.TextField(_("说明"), blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("填报人"))
    entered_at = models.DateTimeField(_("填报"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("核证机构的计算")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="own_figure_has_limit",
                condition=Q(limit_percent__gt=0, limit_percent__lte=100),
                violation_error_code="bad_limit",
                violation_error_message=_("重要性水平在 0 到 100 % 之间"),
            ),
        ]
        triggers = [
            AppendOnly(name="own_figure_append_only"),
            Guard(
                name="own_figure_of_its_period",
                operation=pgtrigger.Insert,
                code="bad_own_figure",
                message=_("计算要针对核证中的报告，对照平台现在的数，文件要是本机构上传的"),
                body=_OF_ITS_PERIOD,
            ),
            Guard(
                name="own_figure_by_another",
                operation=pgtrigger.Insert,
                code="same_person",
                message=_("提交报告的人不能替核证机构计算"),
                body="""
                    IF EXISTS (SELECT 1 FROM projects_monitoringperiod WHERE id = NEW.period_id AND submitted_by_id = NEW.entered_by_id)
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.figure_mg} mg"

    @property
    def difference_mg(self) -> int:
        """How much the verifier's figure is above the portal's."""
        return self.figure_mg - self.portal_mg

    @property
    def difference_percent(self) -> Decimal | None:
        """The difference in percent of the portal's figure, to two decimals away from zero; None where the portal has 0."""
        if not self.portal_mg:
            return None
        hundredths = -(-abs(self.difference_mg) * 10_000 // abs(self.portal_mg))
        return Decimal(hundredths if self.difference_mg >= 0 else -hundredths) / 100

    @property
    def beyond(self) -> bool:
        """Whether the two differ by more than the materiality, now that the period may claim another figure."""
        claimed = self.period.claimed_mg or 0
        return abs(self.figure_mg - claimed) * 100 > self.limit_percent * abs(claimed)
