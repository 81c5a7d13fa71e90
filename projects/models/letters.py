"""Letters that ask another bureau for its opinion on an application (征求意见)."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from projects.models.projects import Project, person
from projects.states import LETTER_BADGES, LETTER_MOVES, LetterState


class LetterQuerySet(models.QuerySet["OpinionLetter"]):
    """Letters."""

    def visible_to(self, user: Any) -> LetterQuerySet:
        """The bureau's by the division of the case."""
        return self.filter(scope(user).rows(division="project__division"))

    def waiting(self) -> LetterQuerySet:
        """Those that nobody has replied to; the clock of their case stands still."""
        return self.filter(state=LetterState.WAITING)


class OpinionLetter(models.Model):
    """A letter to another bureau with a deadline, and its reply. As long as one waits, the clock of the case stands still."""

    State = LetterState
    MOVES = LETTER_MOVES

    number = models.CharField(_("文号"), max_length=40, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="letters", verbose_name=_("项目"))
    addressee = models.CharField(_("征求意见的单位"), max_length=100)
    question = models.TextField(_("征求什么意见"))
    sent_on = models.DateField(_("发函日期"))
    due_on = models.DateField(_("复函期限"))
    sent_by = person(_("发函人"))
    state = models.CharField(_("状态"), max_length=16, choices=LetterState.choices, default=LetterState.WAITING)
    reply = models.TextField(_("复函意见"), blank=True)
    reply_file = models.ForeignKey(
        Attachment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复函原件")
    )
    ended_on = models.DateField(_("复函日期"), null=True, blank=True)
    ended_by = person(_("登记人"))
    created_at = models.DateTimeField(_("创建"), default=clock.now, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("征求意见函")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["state", "due_on"], name="letter_state_due")]
        constraints = [
            models.CheckConstraint(
                name="letter_ended_says_what",
                condition=Q(state=LetterState.WAITING)
                | (Q(ended_on__isnull=False, ended_by__isnull=False) & (Q(state=LetterState.LAPSED) | ~Q(reply=""))),
                violation_error_code="no_reply",
                violation_error_message=_("复函要有意见、日期和登记人"),
            )
        ]
        triggers = [
            Moves(name="letter_moves", moves=LETTER_MOVES, start=[LetterState.WAITING]),
            AppendOnly(name="letter_as_sent", may_change=("state", "reply", "reply_file", "ended_on", "ended_by")),
            Guard(
                name="letter_of_a_case_in_review",
                operation=pgtrigger.Insert,
                code="not_in_review",
                message=_("只有审核中的项目能征求意见"),
                body="""
                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;
                    IF NOT EXISTS (SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state = 'ACCEPTED')
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.addressee}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return LETTER_BADGES[LetterState(self.state)]
