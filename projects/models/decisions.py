"""Decisions: what each has to say (facts, article, remedies, how it was served), and those against an applicant
（不予受理、不予登记、撤销登记）.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scope import scope
from accounts.triggers import AppendOnly
from kernel import clock
from projects.models.projects import Project
from projects.states import ProjectState


class Service(models.TextChoices):
    """How a decision reaches the applicant."""

    ELECTRONIC = "ELECTRONIC", _("电子送达（申请人同意）")
    IN_PERSON = "IN_PERSON", _("直接送达")
    POST = "POST", _("邮寄送达")
    LEFT = "LEFT", _("留置送达")
    PUBLISHED = "PUBLISHED", _("公告送达")


# What no decision may leave open.
WHOLE = (
    ~Q(facts="")
    & ~Q(article="")
    & ~Q(review_body="")
    & ~Q(court="")
    & ~Q(served_to="")
    & ~Q(issuer="")
    & Q(review_days__gt=0, suit_months__gt=0)
    & Q(served_on__gte=models.F("decided_on"))
)


class DecisionText(models.Model):
    """What every decision against somebody has to say (clarification 21), whatever it is about."""

    number = models.CharField(_("文号"), max_length=40, unique=True)
    facts = models.TextField(_("事实和理由"))
    article = models.TextField(_("依据的条款"))
    review_body = models.CharField(_("复议机关"), max_length=100)
    review_days = models.PositiveSmallIntegerField(_("复议期限（日）"))
    court = models.CharField(_("法院"), max_length=100)
    suit_months = models.PositiveSmallIntegerField(_("起诉期限（月）"))
    service_method = models.CharField(_("送达方式"), max_length=12, choices=Service.choices)
    served_to = models.CharField(_("受送达人"), max_length=100)
    served_on = models.DateField(_("送达日期"))
    issuer = models.CharField(_("决定机关"), max_length=100)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("决定人"))
    decided_on = models.DateField(_("决定日期"))
    decided_at = models.DateTimeField(_("决定时间"), default=clock.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions."""

    def visible_to(self, user: Any) -> DecisionQuerySet:
        """The bureau's by division, and the owner's own."""
        return self.filter(scope(user).rows(division="project__division", organisations=("project__owner",)))


class Decision(DecisionText):
    """One decision that ends a case against the applicant, whole or not at all. Written once."""

    class Kind(models.TextChoices):
        NOT_ACCEPTED = ProjectState.NOT_ACCEPTED.value, _("不予受理决定书")
        REJECTED = ProjectState.REJECTED.value, _("不予登记决定书")
        REVOKED = ProjectState.REVOKED.value, _("撤销登记决定书")

    project = models.OneToOneField(Project, models.PROTECT, related_name="decision", verbose_name=_("项目"))
    kind = models.CharField(_("决定"), max_length=16, choices=Kind.choices)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("决定书")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="decision_is_whole",
                condition=WHOLE,
                violation_error_code="decision_incomplete",
                violation_error_message=_("决定书要写全事实、依据、救济途径和送达记录"),
            )
        ]
        triggers = [AppendOnly(name="decision_append_only")]
