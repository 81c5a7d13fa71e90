"""The library of factors: reference to look up and to compare with."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.triggers import AppendOnly
from methodologies.document.computing import told
from methodologies.states import FactorKind


class FactorQuerySet(models.QuerySet["Factor"]):
    """Factors."""

    def in_force(self, on: date) -> FactorQuerySet:
        """Those that hold on a day."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))


class Factor(models.Model):
    """A published emission factor: reference to look up and to compare with. Methods carry their own copies in their text.

    A value never changes; a newer one is another row, and the older one gets the day it ends. Days in the wrong order are
    refused by the range the exclusion is made of.
    """

    Kind = FactorKind

    kind = models.CharField(_("类别"), max_length=12, choices=FactorKind.choices)
    name = models.CharField(_("名称"), max_length=60)
    area = models.CharField(_("地区或电网"), max_length=20, blank=True)
    region = models.CharField(_("区划代码"), max_length=6, blank=True)
    year = models.PositiveSmallIntegerField(_("数据年份"), null=True, blank=True)
    value = models.DecimalField(_("数值"), max_digits=18, decimal_places=9)
    unit = models.CharField(_("单位"), max_length=20)
    valid_from = models.DateField(_("起"), null=True, blank=True)
    valid_to = models.DateField(_("止"), null=True, blank=True)
    source = models.CharField(_("出处"), max_length=300)
    evidence = models.CharField(_("证据等级"), max_length=1)

    objects = FactorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("排放因子")
        ordering = ("kind", "name", "region", "area", "valid_from")
        constraints = [
            ExclusionConstraint(
                name="factor_in_force_once",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_code="factor_overlap",
                violation_error_message=_("同一个因子在同一天只能有一个数值"),
            ),
        ]
        triggers = [
            AppendOnly(
                name="factor_stays",
                may_change=("valid_to",),
                code="factor_stays",
                message=_("因子的数值不改，新的数值另起一行"),
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.area, self.name, str(self.year or ""))))

    @property
    def figure(self) -> str:
        """The value without trailing zeros."""
        return told(self.value)

    @property
    def key(self) -> tuple[str, str, str, date | None]:
        """What makes a factor one and not another: kind, name, area, first day."""
        return (self.kind, self.name, self.area, self.valid_from)
