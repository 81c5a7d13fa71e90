"""Claims: a month of one partner's acts in one scene, taken together once to become units.

A claim never changes and has no state: it is written closed, and what became of it is told by the period that was opened on it.
Its uses say which acts it holds. An act is used once, whoever asks; a claim's figures are the sums over its acts, whoever writes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard
from kernel import clock
from methodologies.models import Method
from scenarios.models.partners import Partner, Scene

DIGEST = r"^[0-9a-f]{64}$"


class ClaimBatchQuerySet(models.QuerySet["ClaimBatch"]):
    """Claims."""

    def visible_to(self, user: Any) -> ClaimBatchQuerySet:
        """The partner's own, and for staff those of their division."""
        return self.filter(
            scope(user).rows(division="partner__organisation__division", organisations=("partner__organisation",))
        )


class ClaimBatch(models.Model):
    """One month of one scene as one partner reported it, under one method version.

    ``month`` is its first day, cut where the riders are. Reductions in milligrams of CO2e, ``amount_millionths`` in millionths of
    the method's input unit. ``salt`` makes the riders' pseudonyms of this claim; it is shown to nobody.
    """

    number = models.CharField(_("编号"), max_length=30, unique=True)
    scene = models.ForeignKey(Scene, models.PROTECT, related_name="claims", verbose_name=_("场景"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="claims", verbose_name=_("合作方"))
    method = models.ForeignKey(Method, models.PROTECT, related_name="+", verbose_name=_("方法学"))
    month = models.DateField(_("月份"))
    acts = models.PositiveIntegerField(_("行为次数"))
    citizens = models.PositiveIntegerField(_("人数"))
    amount_millionths = models.BigIntegerField(_("数量合计（百万分之一）"))
    saved_mg = models.BigIntegerField(_("减排量 mg"))
    salt = models.CharField(max_length=64, editable=False)
    merkle_root = models.CharField(_("默克尔树根"), max_length=64)
    consents = models.PositiveIntegerField(_("授权份数"))
    consent_versions = models.JSONField(_("授权书版本和份数"))
    consent_digest = models.CharField(_("授权快照摘要"), max_length=64)
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("归集人"))
    closed_at = models.DateTimeField(_("归集"), default=clock.now)

    objects = ClaimBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("归集批次")
        ordering = ("-month", "-pk")
        constraints = [
            models.CheckConstraint(
                name="claim_of_a_month",
                condition=Q(month__day=1),
                violation_error_code="bad_month",
                violation_error_message=_("归集批次的月份记为当月 1 日"),
            ),
            models.CheckConstraint(
                name="claim_not_empty",
                condition=Q(acts__gte=1, citizens__gte=1, citizens__lte=F("acts"), amount_millionths__gte=0)
                & Q(saved_mg__gte=0, consents__gte=F("citizens")),
                violation_error_code="nothing_to_claim",
                violation_error_message=_("归集批次至少有一次行为，每个人都要有授权"),
            ),
            models.CheckConstraint(
                name="claim_digest_shape",
                condition=Q(merkle_root__regex=DIGEST, consent_digest__regex=DIGEST, salt__regex=DIGEST),
                violation_error_code="bad_digest",
                violation_error_message=_("摘要是 64 位十六进制数"),
            ),
        ]
        triggers = [
            AppendOnly(name="claim_append_only"),
            Guard(
                name="claim_holds_its_acts",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="claim_differs",
                message=_("归集批次的次数与它所含的行为不一致，没有归集"),
                body="""
                    IF (SELECT count(*) FROM scenarios_actuse WHERE claim_id = NEW.id) <> NEW.acts THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Decimal:
        """The sum of the method's input over the acts, e.g. kilometres."""
        return Decimal(self.amount_millionths).scaleb(-6)


# One statement writes all uses of a claim. Whatever a later one adds no longer agrees with the claim, which cannot change.
_SUMS = """
    IF EXISTS (
        SELECT 1 FROM scenarios_claimbatch claim CROSS JOIN LATERAL (
            SELECT count(*) AS uses, count(act.id) AS acts, count(DISTINCT act.citizen_id) AS citizens,
                   sum(act.amount_millionths) AS amount, sum(act.saved_mg) AS saved_mg
            FROM scenarios_actuse used
            LEFT JOIN scenarios_upload upload ON upload.id = used.act_id >> 24 AND upload.scene_id = claim.scene_id
                AND upload.partner_id = claim.partner_id AND upload.method_id = claim.method_id
            LEFT JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day
                AND act.upload_id = upload.id AND act.on_day >= claim.month AND act.on_day < claim.month + interval '1 month'
            WHERE used.claim_id = claim.id
        ) sums
        WHERE claim.id IN (SELECT claim_id FROM added)
            AND (sums.uses, sums.acts, sums.citizens, sums.amount, sums.saved_mg)
                IS DISTINCT FROM (claim.acts, claim.acts, claim.citizens, claim.amount_millionths, claim.saved_mg)
    ) THEN {refuse} END IF;
    RETURN NULL;
"""


class ActUse(models.Model):
    """An act and the one claim it is in. The act's own number is the key, so no act has two (domain §4.2)."""

    act_id = models.BigIntegerField(_("行为"), primary_key=True)
    on_day = models.DateField(_("日期"))
    claim = models.ForeignKey(ClaimBatch, models.PROTECT, related_name="uses", verbose_name=_("归集批次"))

    class Meta:
        verbose_name = verbose_name_plural = _("行为的使用")
        constraints = [
            # The primary key under a name of its own, so that its refusal has a sentence; the migration renames it.
            models.UniqueConstraint(
                name="act_used_once",
                fields=["act_id"],
                violation_error_code="act_used",
                violation_error_message=_("这些行为刚被归集过，每一克只能用一次，请刷新后再看"),
            )
        ]
        triggers = [
            AppendOnly(name="act_use_append_only"),
            Guard(
                name="act_use_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="added"),
                code="claim_differs",
                message=_("归集批次的合计与它所含的行为不一致，没有归集"),
                body=_SUMS,
            ),
        ]
