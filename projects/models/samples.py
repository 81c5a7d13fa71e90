"""A verifier's sample of a claim's acts, drawn so that anybody draws the same, and what came out of it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from projects.models.periods import MonitoringPeriod


class SampleCheck(models.Model):
    """A sample computed again from the partner's raw rows. Reductions in milligrams of CO2e.

    ``rows`` holds one entry an act, under the claim's pseudonyms. ``wrong`` acts differ from their raw row; ``over_mg`` is what
    the sample was booked too high; ``suggested_mg`` is the deduction that error would mean for the whole claim.
    """

    period = models.ForeignKey(MonitoringPeriod, models.PROTECT, related_name="samples", verbose_name=_("核算期"))
    seed = models.CharField(_("种子"), max_length=64)
    population = models.PositiveIntegerField(_("行为次数"))
    size = models.PositiveIntegerField(_("样本数"))
    rows = models.JSONField(_("样本"))
    booked_mg = models.BigIntegerField(_("样本入账 mg"))
    recomputed_mg = models.BigIntegerField(_("样本重算 mg"))
    wrong = models.PositiveIntegerField(_("不符"))
    over_mg = models.BigIntegerField(_("多计 mg"))
    suggested_mg = models.BigIntegerField(_("建议核减 mg"))
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("抽样人"))
    drawn_at = models.DateTimeField(_("抽样"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("抽样核对")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="sample_once",
                fields=["period"],
                violation_error_code="sample_drawn",
                violation_error_message=_("这个核算期已抽过样，再抽也是同一批行为"),
            ),
            models.CheckConstraint(
                name="sample_adds_up",
                condition=Q(size__gte=1, size__lte=F("population"), wrong__lte=F("size"))
                & Q(over_mg__gte=0, over_mg__lte=F("booked_mg"), suggested_mg__gte=F("over_mg"), recomputed_mg__gte=0),
                violation_error_code="bad_sample",
                violation_error_message=_("抽样的数字前后不一致"),
            ),
        ]
        triggers = [
            AppendOnly(name="sample_append_only"),
            Guard(
                name="sample_of_its_claim",
                operation=pgtrigger.Insert,
                code="bad_sample",
                message=_("抽样要用归集批次的树根作种子，从它全部的行为里抽"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_monitoringperiod period
                        JOIN scenarios_claimbatch claim ON claim.id = period.claim_id
                        WHERE period.id = NEW.period_id AND period.state = 'VERIFYING'
                            AND claim.merkle_root = NEW.seed AND claim.acts = NEW.population
                            AND jsonb_array_length(NEW.rows) = NEW.size)
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]
