"""How officers work on cases: who has one in hand, the chain that signs a decision off, phrases and filters of their own.

A case may be of any app, so it is named as events name it: by its table and its key.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Moves, Once
from kernel import clock
from office.states import SIGN_BADGES, SIGN_MOVES, SIGN_OPEN, SignState


def _who(label: Any, **more: Any) -> models.ForeignKey:
    return models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=label, **more)


def _later(label: Any) -> models.ForeignKey:
    return _who(label, null=True, blank=True)


class OfDivision(models.QuerySet[Any]):
    """Rows of cases of a division."""

    def visible_to(self, user: Any) -> OfDivision:
        """Those inside the divisions of a person of the bureau."""
        return self.filter(scope(user).rows(division="division"))


class AssignmentQuerySet(OfDivision):
    """Who has which case in hand."""

    def open(self) -> AssignmentQuerySet:
        """Those in force."""
        return self.filter(ended_at=None)


class Assignment(models.Model):
    """A case in one officer's hand, from when somebody gave it until it is given on."""

    object_type = models.CharField(_("对象类别"), max_length=60)
    object_id = models.BigIntegerField(_("对象编号"))
    object_label = models.CharField(_("对象"), max_length=200)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("辖区"))
    assignee = models.ForeignKey(User, models.PROTECT, related_name="assignments", verbose_name=_("承办人"))
    given_by = _who(_("分派人"))
    given_at = models.DateTimeField(_("分派时间"), default=clock.now)
    reason = models.TextField(_("理由"), blank=True)
    ended_at = models.DateTimeField(_("交出时间"), null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("承办")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["assignee", "ended_at"], name="assignment_of")]
        constraints = [
            models.UniqueConstraint(
                name="assignment_one_hand",
                fields=["object_type", "object_id"],
                condition=Q(ended_at=None),
                violation_error_code="assigned",
                violation_error_message=_("这一件刚刚分派给了别人，请刷新页面"),
            )
        ]
        triggers = [
            AppendOnly(name="assignment_append_only", may_change=("ended_at",)),
            Once(name="assignment_ended_once", field="ended_at"),
        ]

    def __str__(self) -> str:
        return self.object_label


def _three_people() -> Q:
    """No person of one step, in his own name or for somebody, is a person of another."""
    steps = (("drafted_by", "drafted_for"), ("reviewed_by", "reviewed_for"), ("signed_by", "signed_for"))
    apart = Q()
    for one, other in combinations(steps, 2):
        for a, b in product(one, other):
            apart &= Q(**{f"{a}__isnull": True}) | Q(**{f"{b}__isnull": True}) | ~Q(**{a: F(b)})
    return apart


class SignOff(models.Model):
    """A decision on its way through three people: one drafts, one reviews, one signs, and then the verb runs.

    It holds the verb's name, the case and the drafted opinion, which becomes the reason of the verb. ``…_for`` is the absent
    officer in whose name a deputy took the step.
    """

    State, MOVES = SignState, SIGN_MOVES

    verb = models.CharField(_("事项"), max_length=60)
    object_type = models.CharField(_("对象类别"), max_length=60)
    object_id = models.BigIntegerField(_("对象编号"))
    object_label = models.CharField(_("对象"), max_length=200)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("辖区"))
    state = models.CharField(_("状态"), max_length=12, choices=SignState.choices, default=SignState.DRAFTED)
    opinion = models.TextField(_("拟办意见"))
    drafted_by, drafted_for = _who(_("经办人")), _later(_("经办（代）"))
    drafted_at = models.DateTimeField(_("经办时间"), default=clock.now)
    reviewed_by, reviewed_for = _later(_("审核人")), _later(_("审核（代）"))
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    review = models.TextField(_("审核意见"), blank=True)
    signed_by, signed_for = _later(_("签发人")), _later(_("签发（代）"))
    signed_at = models.DateTimeField(_("签发时间"), null=True)
    sent_back_by = _later(_("退回人"))
    sent_back = models.TextField(_("退回理由"), blank=True)

    objects = OfDivision.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("签批单")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["object_type", "object_id"], name="signoff_object")]
        constraints = [
            models.CheckConstraint(
                name="signoff_three_people",
                condition=_three_people(),
                violation_error_code="same_person",
                violation_error_message=_("经办、审核、签发要是三个人，代办视同本人"),
            ),
            models.CheckConstraint(
                name="signoff_steps_in_order",
                condition=(Q(state=SignState.DRAFTED, reviewed_by=None, signed_by=None))
                | Q(state=SignState.REVIEWED, reviewed_by__isnull=False, signed_by=None)
                | Q(state=SignState.SIGNED, reviewed_by__isnull=False, signed_by__isnull=False)
                | (Q(state=SignState.SENT_BACK, signed_by=None, sent_back_by__isnull=False) & ~Q(sent_back="")),
                violation_error_code="step_missing",
                violation_error_message=_("签批要先经办、再审核、后签发，退回要写明理由"),
            ),
            models.UniqueConstraint(
                name="signoff_one_open",
                fields=["object_type", "object_id"],
                condition=Q(state__in=SIGN_OPEN),
                violation_error_code="in_sign_off",
                violation_error_message=_("这一件已有一张签批单在办，请先办完或退回"),
            ),
        ]
        triggers = [
            Moves(name="signoff_moves", moves=SIGN_MOVES, start=[SignState.DRAFTED]),
            AppendOnly(
                name="signoff_append_only",
                may_change=(
                    "state", "reviewed_by", "reviewed_for", "reviewed_at", "review", "signed_by", "signed_for", "signed_at",
                    "sent_back_by", "sent_back",
                ),
            ),
            Once(name="signoff_reviewed_once", field="reviewed_by"),
            Once(name="signoff_signed_once", field="signed_by"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.object_label

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return SIGN_BADGES[SignState(self.state)]


class PhraseQuerySet(models.QuerySet["Phrase"]):
    """Phrases."""

    def visible_to(self, user: Any) -> PhraseQuerySet:
        """One's own, and those of the divisions one works in and of those above them."""
        reach = scope(user)
        parts = [path.split(".") for path in reach.paths]
        above = {".".join(part[:n]) for part in parts for n in range(1, len(part) + 1)}
        return self.filter(Q(owner=getattr(user, "pk", None)) | Q(division__path__in=above))


class Phrase(models.Model):
    """A sentence an officer writes again and again: one's own, or shared by a division."""

    title = models.CharField(_("名称"), max_length=20)
    text = models.CharField(_("内容"), max_length=500)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="phrases", verbose_name=_("本人"))
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", verbose_name=_("辖区"))
    made_by = _who(_("写入人"))

    objects = PhraseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常用语")
        ordering = ("-owner", "pk")
        constraints = [
            models.CheckConstraint(
                name="phrase_of_one",
                condition=Q(owner__isnull=True, division__isnull=False) | Q(owner__isnull=False, division__isnull=True),
                violation_error_code="phrase_of_nobody",
                violation_error_message=_("常用语要么是本人的，要么是一个辖区共用的"),
            )
        ]

    def __str__(self) -> str:
        return self.title


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Filters."""

    def visible_to(self, user: Any) -> SavedFilterQuerySet:
        """One's own."""
        return self.filter(owner=getattr(user, "pk", None))


class SavedFilter(models.Model):
    """A look at a desk that a person wants again: the desk and the query of its address."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("本人"))
    desk = models.CharField(_("工作台"), max_length=60)
    title = models.CharField(_("名称"), max_length=20)
    query = models.CharField(_("条件"), max_length=500)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常用筛选")
        ordering = ("desk", "title")
        constraints = [
            models.UniqueConstraint(
                name="saved_filter_once",
                fields=["owner", "desk", "title"],
                violation_error_code="filter_known",
                violation_error_message=_("您在这个台上已有同名的筛选，请换一个名称"),
            )
        ]

    def __str__(self) -> str:
        return self.title
