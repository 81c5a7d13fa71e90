"""A case of fraud on a batch (弄虚作假, domain §1.4.5): who answers for what was false, and whose units wait until it is made good."""

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
from projects.models import WHOLE, DecisionText, person, two_people
from registry.models.accounts import HoldingAccount
from registry.models.books import Batch, Block
from registry.models.holding import CASE_IS_OPEN, FREE, hold_has_its_units
from registry.states import CASE_BADGES, CASE_MOVES, CASE_OPEN, CaseState, UnitState

AMOUNTS = ("held_t", "false_t", "cancelled_t", "replaced_t", "charged_t")
_SUSPENDS_ALL = f"""
    IF EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.id = NEW.id AND c.state IN {CASE_IS_OPEN}) AND EXISTS (
        SELECT 1 FROM registry_block k WHERE k.batch_id = NEW.batch_id AND k.closed_by_id IS NULL AND k.state IN {FREE})
    THEN {{refuse}} END IF;
    RETURN NULL;
"""  # noqa: S608  words of ours
# What the case says became of the false tonnes is what the books say: cancelled by its journals, replaced by its retirements.
_MADE_GOOD = """
    IF EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.id = NEW.id AND (
        c.cancelled_t + c.charged_t IS DISTINCT FROM (
            SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k JOIN registry_holdentry e ON e.journal_id = k.opened_by_id
            WHERE e.fraudcase_id = c.id AND k.state = 'CANCELLED')
        OR c.replaced_t IS DISTINCT FROM (
            SELECT coalesce(sum(r.quantity_t), 0) FROM registry_retirement r WHERE r.case_id = c.id AND r.state = 'RETIRED')))
    THEN {refuse} END IF;
    RETURN NULL;
"""
COUNTS_TO_CASE = """
    IF NEW.state = 'RETIRED' AND NEW.case_id IS NOT NULL AND (
        SELECT c.replaced_t FROM registry_fraudcase c WHERE c.id = NEW.case_id) IS DISTINCT FROM (
        SELECT sum(r.quantity_t) FROM registry_retirement r WHERE r.case_id = NEW.case_id AND r.state = 'RETIRED')
    THEN {refuse} END IF;
    RETURN NULL;
"""


class FraudCaseQuerySet(models.QuerySet["FraudCase"]):
    """Cases."""

    def visible_to(self, user: Any) -> FraudCaseQuerySet:
        """The bureau's by division, and the owner's own; the record of a case is public besides."""
        return self.filter(
            scope(user).rows(division="account__organisation__division", organisations=("account__organisation",))
        )

    def open(self) -> FraudCaseQuerySet:
        """Those that still keep units."""
        return self.filter(state__in=CASE_OPEN)


class FraudCase(models.Model):
    """One case: the batch, its owner's account, how much was false, and what was done about it, in whole tonnes."""

    State = CaseState
    MOVES = CASE_MOVES
    HELD, ENTRY = UnitState.SUSPENDED, "fraudcase"

    number = models.CharField(_("案号"), max_length=40, unique=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="fraud_cases", verbose_name=_("批次"))
    account = models.ForeignKey(
        HoldingAccount, models.PROTECT, related_name="fraud_cases", verbose_name=_("项目业主账户")
    )
    facts = models.TextField(_("立案事实"))
    paper = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("立案材料"))
    state = models.CharField(_("状态"), max_length=9, choices=CaseState.choices, default=CaseState.OPEN)
    held_t = models.BigIntegerField(_("暂停交易 t"), default=0)
    false_t = models.BigIntegerField(_("认定虚假 t"), null=True)
    cancelled_t = models.BigIntegerField(_("业主已强制注销 t"), default=0)
    replaced_t = models.BigIntegerField(_("业主已等量注销 t"), default=0)
    charged_t = models.BigIntegerField(_("后手已强制注销 t"), default=0)
    replace_by = models.DateField(_("补足期限（含当日）"), null=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("立案人"))
    opened_at = models.DateTimeField(_("立案"), default=clock.now)
    decided_by = person(_("决定人"))
    charged_by = person(_("追究后手的决定人"))
    closed_at = models.DateTimeField(_("结案"), null=True)

    objects = FraudCaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("弄虚作假案件")
        ordering = ("-pk",)
        constraints = [
            two_people("case_decided_by_another", "opened_by", "decided_by", _("立案的人不能作决定，请第二位人员办理")),
            two_people("case_charged_by_another", "decided_by", "charged_by", _("认定虚假的人不能再决定追究后手")),
            models.UniqueConstraint(
                name="case_one_open",
                fields=["batch"],
                condition=Q(state__in=CASE_OPEN),
                violation_error_code="case_open",
                violation_error_message=_("这个批次已有一件没有办结的案件"),
            ),
            models.CheckConstraint(
                name="case_adds_up",
                condition=Q(held_t__gte=0, cancelled_t__gte=0, replaced_t__gte=0, charged_t__gte=0)
                & (
                    Q(
                        state__in=[CaseState.OPEN, CaseState.CLEARED],
                        false_t=None,
                        cancelled_t=0,
                        replaced_t=0,
                        charged_t=0,
                    )
                    | Q(
                        state=CaseState.REPLACING,
                        false_t__isnull=False,
                        replace_by__isnull=False,
                        false_t__gt=F("cancelled_t") + F("replaced_t") + F("charged_t"),
                    )
                    | Q(
                        state=CaseState.SETTLED,
                        false_t__isnull=False,
                        false_t__gt=0,
                        false_t=F("cancelled_t") + F("replaced_t") + F("charged_t"),
                    )
                ),
                violation_error_code="case_does_not_add_up",
                violation_error_message=_("强制注销、等量注销加起来要等于认定虚假的吨数，案件才能办结"),
            ),
            models.CheckConstraint(
                name="case_closed_holds_nothing",
                condition=Q(state__in=CASE_OPEN, closed_at=None)
                | Q(
                    state__in=[CaseState.CLEARED, CaseState.SETTLED],
                    held_t=0,
                    closed_at__isnull=False,
                    decided_by__isnull=False,
                ),
                violation_error_code="case_not_empty",
                violation_error_message=_("案件办结要由第二位人员决定，并恢复所有暂停交易的减排量"),
            ),
        ]
        triggers = [
            Moves(name="case_moves", moves=CASE_MOVES, start=[CaseState.OPEN]),
            AppendOnly(
                name="case_as_opened",
                may_change=("state", *AMOUNTS, "replace_by", "decided_by", "charged_by", "closed_at"),
            ),
            Guard(
                name="case_has_decision",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="no_decision",
                message=_("认定虚假要有写明事实、依据、救济途径和送达的决定书"),
                body="""
                    IF NEW.false_t IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM registry_frauddecision d WHERE d.case_id = NEW.id AND d.false_t = NEW.false_t
                            AND d.decided_by_id = NEW.decided_by_id) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="case_charged_by_article",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="no_article",
                message=_("机制配置里没有写明由后手承担的条款，只能由业主补足"),
                body="""
                    IF NEW.charged_t > 0 AND NOT EXISTS (
                        SELECT 1 FROM registry_batch b JOIN registry_series s ON s.id = b.series_id
                        JOIN projects_project p ON p.id = s.project_id JOIN office_profile f ON f.id = p.profile_id
                        WHERE b.id = NEW.batch_id AND f.second_liability <> '') THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="case_suspends_all",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="not_suspended",
                message=_("立案时要暂停这个批次所有没有注销的减排量"),
                body=_SUSPENDS_ALL,
            ),
            Guard(
                name="case_made_good",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="case_does_not_add_up",
                message=_("案件写的注销吨数和账上的不一致，没有办理"),
                body=_MADE_GOOD,
            ),
            Guard(
                name="case_has_its_units",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("案件暂停的吨数和账上暂停交易的减排量不一致，没有办理"),
                body=hold_has_its_units("fraudcase", UnitState.SUSPENDED),
            ),
            NotForEachOther(
                name="case_decided_for_another",
                one=("opened_by", "registry.open_fraud_case"),
                other=("decided_by", "registry.decide_fraud_case", "registry.clear_fraud_case"),
                message=_("立案人和决定人要是两个人，代办视同本人"),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return CASE_BADGES[CaseState(self.state)]

    def blocks(self) -> Any:
        """Return the units it suspends now, in order of their serials."""
        entries = self.entries.values("journal")
        rows = Block.objects.open().filter(state=UnitState.SUSPENDED, opened_by__in=entries)
        return rows.select_related("batch", "holder__organisation", "series").order_by("serials")

    @property
    def missing_t(self) -> int:
        """Tonnes the owner has still to replace."""
        return (self.false_t or 0) - self.cancelled_t - self.replaced_t - self.charged_t


class FraudDecision(DecisionText):
    """The decision that so many tonnes of a batch were false, whole or not at all. Written once."""

    case = models.OneToOneField(FraudCase, models.PROTECT, related_name="decision", verbose_name=_("案件"))
    false_t = models.BigIntegerField(_("认定虚假 t"))

    class Meta:
        verbose_name = verbose_name_plural = _("弄虚作假处理决定书")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="fraud_decision_is_whole",
                condition=WHOLE & Q(false_t__gt=0),
                violation_error_code="decision_incomplete",
                violation_error_message=_("决定书要写全事实、依据、救济途径和送达记录"),
            )
        ]
        triggers = [AppendOnly(name="fraud_decision_append_only")]
