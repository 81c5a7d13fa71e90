"""Objections to notices (异议): what somebody from the public said, what was found, what was answered."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther
from kernel import clock
from office.models.notices import Notice
from office.states import OBJECTION_BADGES, OBJECTION_MOVES, OBJECTION_OPEN, OUTCOMES, ObjectionState


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Objections."""

    def visible_to(self, user: Any) -> ObjectionQuerySet:
        """The bureau's by the division of the notice. Who objected follows it by number and code, not by a role."""
        return self.filter(scope(user).rows(division="notice__division"))

    def open(self) -> ObjectionQuerySet:
        """Those that nobody has answered: the next step of their case waits."""
        return self.filter(state__in=OBJECTION_OPEN)

    def upheld(self) -> ObjectionQuerySet:
        """Those that were found right."""
        return self.filter(outcome=ObjectionState.UPHELD)


def person(label: Any) -> models.ForeignKey:
    """Return the column of a person who took a step."""
    return models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


# An objection and the next step of the case meet at the notice's row: whoever comes second sees what the first one did.
_IN_TIME = """
    PERFORM 1 FROM office_notice WHERE id = NEW.notice_id FOR SHARE;
    IF NOT EXISTS (SELECT 1 FROM office_notice WHERE id = NEW.notice_id AND NOT settled
        AND NEW.filed_on BETWEEN starts_on AND ends_on) THEN {refuse} END IF;
    RETURN NEW;
"""
STEPS = ("due_on", "extended", "accepted_by", "investigated_by", "outcome", "findings", "decided_by", "decided_at")
ANSWER = ("answer", "answered_by", "answered_at", "closed_at")


class Objection(models.Model):
    """An objection to a notice. Name and contact are sealed; the text, the outcome and the answer are the office's file."""

    State = ObjectionState
    MOVES = OBJECTION_MOVES

    number = models.CharField(_("异议编号"), max_length=40, unique=True)
    code_blind = models.CharField(max_length=64, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name=_("公示"))
    name_masked = models.CharField(_("异议人（脱敏）"), max_length=60)
    name_sealed = models.TextField(_("异议人（密文）"))
    contact_sealed = models.TextField(_("联系方式（密文）"))
    text = models.TextField(_("异议内容"))
    filed_on = models.DateField(_("提出日期"))
    filed_at = models.DateTimeField(_("提出时间"), default=clock.now)

    state = models.CharField(_("状态"), max_length=16, choices=ObjectionState.choices, default=ObjectionState.RECEIVED)
    due_on = models.DateField(_("答复期限"))
    extended = models.BooleanField(_("已延期"), default=False)
    accepted_by = person(_("受理人"))
    investigated_by = person(_("调查人"))
    outcome = models.CharField(_("处理结果"), max_length=16, choices=[(o.value, o.label) for o in OUTCOMES], blank=True)
    findings = models.TextField(_("调查结论"), blank=True)
    decided_by = person(_("决定人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = person(_("答复人"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("异议")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "due_on"], name="objection_state_due")]
        constraints = [
            models.CheckConstraint(
                name="objection_decided_by_another",
                condition=Q(investigated_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(investigated_by=F("decided_by")),
                violation_error_code="same_person",
                violation_error_message=_("调查的人不能作决定，请另一位人员办理"),
            ),
            models.CheckConstraint(
                name="objection_decided_says_what",
                condition=~Q(state__in=(*OUTCOMES, ObjectionState.ANSWERED, ObjectionState.CLOSED))
                | (Q(decided_by__isnull=False) & ~Q(outcome="") & ~Q(findings="")),
                violation_error_code="no_findings",
                violation_error_message=_("处理结果要有结论、理由和决定人"),
            ),
            models.CheckConstraint(
                name="objection_answered_says_what",
                condition=~Q(state__in=(ObjectionState.ANSWERED, ObjectionState.CLOSED))
                | (Q(answered_by__isnull=False) & ~Q(answer="")),
                violation_error_code="no_answer",
                violation_error_message=_("答复要有内容和答复人"),
            ),
            models.CheckConstraint(
                name="objection_person_is_sealed",
                condition=Q(name_sealed__regex=r"^1\.[^.]+\.[\w=-]+$")
                & Q(contact_sealed__regex=r"^1\.[^.]+\.[\w=-]+$"),
                violation_error_code="not_sealed",
                violation_error_message=_("异议人的姓名和联系方式要加密保存"),
            ),
        ]
        triggers = [
            Moves(name="objection_moves", moves=OBJECTION_MOVES, start=[ObjectionState.RECEIVED]),
            NotForEachOther(
                name="objection_decided_for_another",
                one=("investigated_by", "office.investigate_objection"),
                other=("decided_by", "office.uphold_objection", "office.overrule_objection"),
                message=_("调查人和决定人要是两个人，代办视同本人"),
            ),
            AppendOnly(
                name="objection_as_filed",
                may_change=("state", "name_sealed", "contact_sealed", *STEPS, *ANSWER),
            ),
            Guard(
                name="objection_in_time",
                operation=pgtrigger.Insert,
                code="notice_over",
                message=_("公示已经结束，不能再提出异议"),
                body=_IN_TIME,
            ),
            Guard(
                name="objection_not_by_publisher",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="own_notice",
                message=_("发布这个公示的人不能处理对它的异议，请另一位人员办理"),
                body="""
                    IF (SELECT published_by_id FROM office_notice WHERE id = NEW.notice_id)
                        IN (NEW.accepted_by_id, NEW.investigated_by_id, NEW.decided_by_id, NEW.answered_by_id) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return OBJECTION_BADGES[ObjectionState(self.state)]


class ObjectionPaper(models.Model):
    """A file sent with an objection. Only the office sees it."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="papers", verbose_name=_("异议"))
    attachment = models.OneToOneField(Attachment, models.PROTECT, related_name="+", verbose_name=_("文件"))

    class Meta:
        verbose_name = verbose_name_plural = _("异议材料")
        ordering = ("pk",)
        triggers = [AppendOnly(name="objection_paper_append_only")]
