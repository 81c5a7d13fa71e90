"""Drafts of methods on their way through the office, and what experts said of them."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Organisation, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther, Once
from kernel import clock
from methodologies.models.methods import Method, person
from methodologies.states import DRAFT_BADGES, DRAFT_MOVES, DRAFT_WRITABLE, VERDICT_BADGES, DraftState, Verdict
from office.models import Notice


class DraftQuerySet(models.QuerySet["Draft"]):
    """Drafts."""

    def visible_to(self, user: Any) -> DraftQuerySet:
        """The bureau's by division, a company's own, and an expert those he was asked about."""
        return self.filter(
            scope(user).rows(division="division", organisations=("developer",))
            | Q(pk__in=Evaluation.objects.filter(expert=user.pk).values("draft"))
        )


# A draft goes on notice when the panel of its round is whole, everybody has spoken, and more than half agree.
_EVALUATED = """
    IF NEW.state = 'NOTICE' AND OLD.state = 'EVALUATION' AND NOT (
        SELECT count(*) >= 3 AND count(*) = count(given_at) AND 2 * count(*) FILTER (WHERE verdict = 'FIT') > count(*)
        FROM methodologies_evaluation WHERE draft_id = NEW.id AND round = NEW.round) THEN {refuse}
    END IF;
    RETURN NEW;
"""
# It is filed the day after the notice's last day at the earliest, with every comment answered and none found right.
_COMMENTED = """
    IF NEW.state = 'FILED' AND OLD.state = 'NOTICE' THEN
        PERFORM 1 FROM office_notice WHERE id = NEW.notice_id FOR NO KEY UPDATE;
        IF NEW.notice_id IS NULL OR EXISTS (SELECT 1 FROM office_objection WHERE notice_id = NEW.notice_id
            AND (outcome = 'UPHELD' OR state NOT IN ('DISMISSED', 'ANSWERED', 'CLOSED'))) THEN {refuse} END IF;
    END IF;
    RETURN NEW;
"""
_WRITABLE = ", ".join(f"'{state}'" for state in DRAFT_WRITABLE)
_STAYS = f"""
    IF OLD.state NOT IN ({_WRITABLE}) AND (OLD.code, OLD.version, OLD.title, OLD.sheet, OLD.digest, OLD.edited_by_id)
        IS DISTINCT FROM (NEW.code, NEW.version, NEW.title, NEW.sheet, NEW.digest, NEW.edited_by_id) THEN {{refuse}}
    END IF;
    RETURN NEW;
"""


class Draft(models.Model):
    """A method being written and on its way through the office (M1 to M7, M10); filed, it has become a version.

    ``sheet`` is what was typed, right or wrong; ``document`` the text it amounts to.
    """

    State = DraftState
    MOVES = DRAFT_MOVES

    code = models.CharField(_("编号"), max_length=20)
    version = models.PositiveSmallIntegerField(_("版本"), default=1)
    title = models.CharField(_("名称"), max_length=200)
    sheet = models.JSONField(_("表单"), default=dict)
    document = models.TextField(_("文本（TOML）"), blank=True)
    digest = models.CharField(_("摘要"), max_length=64, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("受理地"))
    developer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="method_drafts", verbose_name=_("开发单位")
    )
    derived_from = models.ForeignKey(
        Method, models.PROTECT, null=True, blank=True, related_name="descendants", verbose_name=_("由来")
    )
    adopted_from = models.CharField(
        _("原备案机关和文号"), max_length=120, blank=True, help_text=_("别处已经备案的文本，照原文载入时填写")
    )
    state = models.CharField(_("状态"), max_length=12, choices=DraftState.choices, default=DraftState.DRAFT)
    round = models.PositiveSmallIntegerField(_("第几轮评估"), default=0)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    drafted_by = person(_("起草人"))
    edited_by = person(_("最后修改人"))
    edited_at = models.DateTimeField(_("最后修改"), default=clock.now)
    accepted_by = person(_("受理人"))
    noticed_by = person(_("公示经办人"))
    notice = models.OneToOneField(
        Notice, models.PROTECT, null=True, blank=True, related_name="method_draft", verbose_name=_("公开征求意见")
    )
    filed_by = person(_("备案人"))
    method = models.OneToOneField(
        Method, models.PROTECT, null=True, blank=True, related_name="draft", verbose_name=_("发布的版本")
    )

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("方法学草案")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="draft_version_once",
                fields=["code", "version"],
                condition=~Q(state=DraftState.REJECTED),
                violation_error_code="method_known",
                violation_error_message=_("这个编号的这一版已有草案"),
            ),
            models.CheckConstraint(
                name="draft_filed_by_another",
                condition=Q(filed_by=None)
                | (
                    ~Q(filed_by=F("drafted_by"))
                    & ~Q(filed_by=F("edited_by"))
                    & (Q(noticed_by=None) | ~Q(filed_by=F("noticed_by")))
                ),
                violation_error_code="same_person",
                violation_error_message=_("起草、修改或公示经办的人不能自己发布，请另一位人员办理"),
            ),
            models.CheckConstraint(
                name="draft_filed_is_a_method",
                condition=(~Q(state=DraftState.FILED) & Q(method=None, filed_by=None))
                | Q(state=DraftState.FILED, method__isnull=False, filed_by__isnull=False),
                violation_error_code="not_filed",
                violation_error_message=_("备案发布要有发布的版本和备案人"),
            ),
            models.CheckConstraint(
                name="draft_adopted_is_the_bureaus",
                condition=Q(adopted_from="") | Q(developer=None),
                violation_error_code="not_adopted",
                violation_error_message=_("照原文载入由主管部门办理，单位起草的要申报"),
            ),
        ]
        triggers = [
            Moves(name="draft_moves", moves=DRAFT_MOVES, start=[DraftState.DRAFT]),
            Guard(
                name="draft_text_stays",
                operation=pgtrigger.Update,
                code="draft_handed_in",
                message=_("草案已经交出，现在不能改；要改请等退回修改"),
                body=_STAYS,
            ),
            Guard(
                name="draft_evaluated",
                operation=pgtrigger.Update,
                code="not_evaluated",
                message=_("专家意见还不齐，或没有过半数同意，不能公开征求意见"),
                body=_EVALUATED,
            ),
            Guard(
                name="draft_waits_for_comments",
                operation=pgtrigger.Update,
                code="comment_open",
                message=_("还有意见没有答复，或有意见成立，不能备案发布"),
                body=_COMMENTED,
            ),
            Guard(
                name="draft_adopted_says_from",
                operation=pgtrigger.Update,
                code="not_adopted",
                message=_("没有写明原备案机关和文号的草案要走申报、评估和征求意见"),
                body="""
                    IF OLD.state = 'DRAFT' AND NEW.state = 'FILED' AND NEW.adopted_from = '' THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            NotForEachOther(
                name="draft_filed_for_another",
                one=("edited_by", "methodologies.draft", "methodologies.save_draft"),
                other=("filed_by", "methodologies.file_draft", "methodologies.adopt_draft"),
                message=_("起草人和发布人要是两个人，代办视同本人"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """Code and version as people quote them."""
        return f"{self.code}-V{self.version:02d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return DRAFT_BADGES[DraftState(self.state)]

    @property
    def writable(self) -> bool:
        """Whether the text is with whoever writes it."""
        return self.state in DRAFT_WRITABLE


class Evaluation(models.Model):
    """An expert asked about a draft in one round, and what the expert said, once."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="evaluations", verbose_name=_("草案"))
    expert = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("专家"))
    round = models.PositiveSmallIntegerField(_("轮次"))
    digest = models.CharField(_("所评文本的摘要"), max_length=64)
    asked_at = models.DateTimeField(_("送出"), default=clock.now)
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict.choices, blank=True)
    text = models.TextField(_("意见"), blank=True)
    given_at = models.DateTimeField(_("意见时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("专家评估意见")
        ordering = ("round", "pk")
        constraints = [
            models.UniqueConstraint(
                name="evaluation_once",
                fields=["draft", "round", "expert"],
                violation_error_code="already_asked",
                violation_error_message=_("这位专家这一轮已经在评估"),
            ),
            models.CheckConstraint(
                name="evaluation_says_what",
                condition=Q(given_at=None, verdict="", text="")
                | (Q(given_at__isnull=False) & ~Q(verdict="") & ~Q(text="")),
                violation_error_code="no_opinion",
                violation_error_message=_("评估要有结论和意见"),
            ),
        ]
        triggers = [
            AppendOnly(name="evaluation_stays", may_change=("verdict", "text", "given_at")),
            Once(name="evaluation_given_once", field="given_at"),
            Guard(
                name="evaluation_not_ones_own",
                operation=pgtrigger.Insert,
                code="own_draft",
                message=_("起草人和开发单位的人不能评估自己的草案"),
                body="""
                    IF EXISTS (SELECT 1 FROM methodologies_draft draft WHERE draft.id = NEW.draft_id
                        AND (NEW.expert_id IN (draft.drafted_by_id, draft.edited_by_id)
                            OR EXISTS (SELECT 1 FROM accounts_rolegrant held
                                WHERE held.user_id = NEW.expert_id AND held.organisation_id = draft.developer_id)))
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    @property
    def tone(self) -> str:
        """The badge of the verdict, or that it is awaited."""
        return VERDICT_BADGES[Verdict(self.verdict)] if self.verdict else "office"
