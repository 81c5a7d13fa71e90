"""Published versions of methods. The document is the method; the row says which document is in force."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, User
from accounts.triggers import AppendOnly, Moves
from kernel.identifiers import method_short
from methodologies.states import METHOD_BADGES, METHOD_MOVES, MethodState


def person(label: Any) -> models.ForeignKey:
    """Return the column of a person who took a step."""
    return models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


class Method(models.Model):
    """One published version of a method; it never changes, because old figures must come out again."""

    State = MethodState
    MOVES = METHOD_MOVES

    code = models.CharField(_("编号"), max_length=20)
    version = models.PositiveSmallIntegerField(_("版本"))
    title = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类别"), max_length=12)
    evidence = models.CharField(_("证据等级"), max_length=1)
    document = models.TextField(_("文本（TOML）"))
    digest = models.CharField(_("摘要"), max_length=64)
    # Where it was filed and under which document; nothing for the catalogue, which is the whole portal's.
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name=_("备案地"))
    document_no = models.CharField(_("备案文号"), max_length=60, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=MethodState.choices, default=MethodState.PUBLISHED)
    drafted_by = person(_("起草人"))
    published_by = person(_("发布人"))
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    ended_by = person(_("废止或修订经办人"))
    ended_at = models.DateTimeField(_("废止或修订时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("方法学")
        ordering = ("code", "-version")
        constraints = [
            models.UniqueConstraint(
                name="method_version_once",
                fields=["code", "version"],
                violation_error_code="method_known",
                violation_error_message=_("这个方法学已有这个版本号"),
            ),
            models.CheckConstraint(
                name="method_published_by_another",
                condition=Q(published_by=None) | Q(drafted_by=None) | ~Q(drafted_by=F("published_by")),
                violation_error_code="same_person",
                violation_error_message=_("起草人不能自己发布"),
            ),
            models.CheckConstraint(
                name="method_ended_says_when",
                condition=Q(state=MethodState.PUBLISHED, ended_at=None)
                | (~Q(state=MethodState.PUBLISHED) & Q(ended_at__isnull=False)),
                violation_error_code="method_end",
                violation_error_message=_("修订或废止要写明时间"),
            ),
        ]
        triggers = [
            Moves(name="method_moves", moves=METHOD_MOVES, start=[MethodState.PUBLISHED]),
            AppendOnly(
                name="method_published_stays",
                may_change=("state", "ended_by", "ended_at"),
                code="method_published",
                message=_("已发布的方法学不能改，请起草新版本"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """Code and version as people quote them, e.g. ``GD-2022-002-V02``."""
        return f"{self.code}-V{self.version:02d}"

    @property
    def short(self) -> str:
        """The seven characters serial numbers carry, e.g. ``GD22002``."""
        return method_short(self.number)

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return METHOD_BADGES[MethodState(self.state)]
