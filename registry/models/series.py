"""Series of serial numbers, and how a run of them is written."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import unit_serial
from projects.models import Project


class Series(models.Model):
    """Serial numbers of a project × vintage: they run on for ever and are never used twice."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="series", verbose_name=_("项目"))
    vintage = models.PositiveSmallIntegerField(_("年份"))
    adm6 = models.CharField(_("区划"), max_length=6)
    meth7 = models.CharField(_("方法学"), max_length=7)
    proj6 = models.CharField(_("项目"), max_length=6)

    class Meta:
        verbose_name = verbose_name_plural = _("编号序列")
        constraints = [
            models.UniqueConstraint(
                name="series_once",
                fields=["project", "vintage"],
                violation_error_code="series_once",
                violation_error_message=_("这个项目这一年份的编号序列已存在"),
            ),
            models.UniqueConstraint(
                name="series_parts_once",
                fields=["adm6", "meth7", "proj6", "vintage"],
                violation_error_code="series_once",
                violation_error_message=_("另一个项目已使用相同的编号前缀"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adm6}-{self.meth7}-{self.proj6}-{self.vintage}"


def serial_of(series: Series, batch: int, start: int, end: int) -> str:
    """Return the number of a run of serials of a batch, with its check character."""
    return unit_serial(series.adm6, series.meth7, series.proj6, series.vintage, batch, start, end)
