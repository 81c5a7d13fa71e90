"""What keeps units from being used though they stay with their holder: freezes, and the journals that belong to each."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from registry.models.accounts import HoldingAccount
from registry.models.books import Batch, Block, Journal
from registry.models.deeds import Deed
from registry.models.frauds import FraudCase
from registry.models.holding import hold_has_its_units
from registry.models.pledges import Pledge
from registry.states import FREEZE_BADGES, FREEZE_MOVES, FreezeState, UnitState


class FreezeQuerySet(models.QuerySet["Freeze"]):
    """Freezes."""

    def visible_to(self, user: Any) -> FreezeQuerySet:
        """One's own, and the bureau's by division."""
        return self.filter(
            scope(user).rows(division="account__organisation__division", organisations=("account__organisation",))
        )

    def in_force(self) -> FreezeQuerySet:
        """Those that hold units or wait for them."""
        return self.filter(state=FreezeState.IN_FORCE)

    def waiting(self) -> FreezeQuerySet:
        """Those whose turn it is and that still miss tonnes, first come first: not behind a freeze that is in force."""
        rows = self.in_force().filter(until__gte=clock.today(), quantity_t__gt=F("held_t") + F("enforced_t"))
        return rows.exclude(behind__state=FreezeState.IN_FORCE).order_by("pk")


class Freeze(models.Model):
    """A judicial freeze (registry rules 2023, Art. 16): so many tonnes of an account until a day, by a court or another authority.

    It holds ``held_t`` now and waits for the rest, in order of confirmation (轮候). Of what it held, ``enforced_t`` were transferred.
    """

    State = FreezeState
    MOVES = FREEZE_MOVES
    HELD, ENTRY = UnitState.JUDICIAL_FROZEN, "freeze"

    deed = models.OneToOneField(Deed, models.PROTECT, related_name="made_freeze", verbose_name=_("文书"))
    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="freezes", verbose_name=_("账户"))
    quantity_t = models.BigIntegerField(_("数量 t"))
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", verbose_name=_("批次"))
    until = models.DateField(_("冻结至（含当日）"))
    behind = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followed_by", verbose_name=_("轮候在后")
    )
    state = models.CharField(_("状态"), max_length=9, choices=FreezeState.choices, default=FreezeState.IN_FORCE)
    held_t = models.BigIntegerField(_("已冻结 t"), default=0)
    enforced_t = models.BigIntegerField(_("已执行 t"), default=0)
    made_at = models.DateTimeField(_("冻结"), default=clock.now)
    ended_at = models.DateTimeField(_("结束"), null=True)

    objects = FreezeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("司法冻结")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["account"], name="freeze_in_force", condition=Q(state="IN_FORCE"))]
        constraints = [
            models.CheckConstraint(
                name="freeze_within_its_quantity",
                condition=Q(held_t__gte=0, enforced_t__gte=0, quantity_t__gte=F("held_t") + F("enforced_t")),
                violation_error_code="bad_quantity",
                violation_error_message=_("冻结和执行的吨数不能超过文书写的数量"),
            ),
            models.CheckConstraint(
                name="freeze_ended_holds_nothing",
                condition=Q(state=FreezeState.IN_FORCE, ended_at=None)
                | (~Q(state=FreezeState.IN_FORCE) & Q(held_t=0, ended_at__isnull=False)),
                violation_error_code="freeze_not_empty",
                violation_error_message=_("冻结结束时不能再占着减排量"),
            ),
        ]
        triggers = [
            Moves(name="freeze_moves", moves=FREEZE_MOVES, start=[FreezeState.IN_FORCE]),
            AppendOnly(name="freeze_as_ordered", may_change=("state", "until", "held_t", "enforced_t", "ended_at")),
            Guard(
                name="freeze_by_deed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="no_deed",
                message=_("冻结要有两位人员办结的文书，数量和期限和文书一致"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM registry_deed d WHERE d.id = NEW.deed_id AND d.kind = 'FREEZE' AND d.state = 'DONE'
                            AND d.account_id = NEW.account_id AND d.quantity_t = NEW.quantity_t
                            AND d.batch_id IS NOT DISTINCT FROM NEW.batch_id AND d.until = NEW.until
                            AND d.freeze_id IS NOT DISTINCT FROM NEW.behind_id)
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="freeze_changed_by_deed",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="no_deed",
                message=_("续冻、解冻和强制执行要有两位人员办结的文书；续冻不能缩短期限"),
                body="""
                    IF NEW.until < OLD.until
                        OR (NEW.until > OLD.until AND NOT EXISTS (
                            SELECT 1 FROM registry_deed d WHERE d.freeze_id = NEW.id AND d.kind = 'RENEW'
                                AND d.state = 'DONE' AND d.until = NEW.until))
                        OR (NEW.state = 'RELEASED' AND NOT EXISTS (
                            SELECT 1 FROM registry_deed d WHERE d.freeze_id = NEW.id AND d.kind = 'RELEASE' AND d.state = 'DONE'))
                        OR NEW.enforced_t IS DISTINCT FROM coalesce((
                            SELECT sum(d.quantity_t) FROM registry_deed d
                            WHERE d.freeze_id = NEW.id AND d.kind = 'ENFORCE' AND d.state = 'DONE'), 0)
                    THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="freeze_has_its_units",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="hold_differs",
                message=_("冻结的吨数和账上冻结的减排量不一致，没有办理"),
                body=hold_has_its_units("freeze", UnitState.JUDICIAL_FROZEN),
            ),
        ]

    def __str__(self) -> str:
        return f"DJ-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return FREEZE_BADGES[FreezeState(self.state)]

    @property
    def missing_t(self) -> int:
        """Tonnes it still waits for."""
        return self.quantity_t - self.held_t - self.enforced_t if self.state == FreezeState.IN_FORCE else 0

    def blocks(self) -> Any:
        """Return the units it holds now, in order of their serials."""
        return held_blocks(self)


class HoldEntry(models.Model):
    """A journal of a hold: what it took, and what it let go."""

    journal = models.OneToOneField(Journal, models.PROTECT, related_name="hold", verbose_name=_("流水"))
    freeze = models.ForeignKey(Freeze, models.PROTECT, null=True, related_name="entries", verbose_name=_("冻结"))
    fraudcase = models.ForeignKey(
        FraudCase, models.PROTECT, null=True, related_name="entries", verbose_name=_("弄虚作假案件")
    )

    pledge = models.ForeignKey(Pledge, models.PROTECT, null=True, related_name="entries", verbose_name=_("质押"))

    class Meta:
        verbose_name = verbose_name_plural = _("占用流水")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="hold_entry_of_one",
                condition=Q(freeze__isnull=False, fraudcase=None, pledge=None)
                | Q(freeze=None, fraudcase__isnull=False, pledge=None)
                | Q(freeze=None, fraudcase=None, pledge__isnull=False),
                violation_error_code="hold_of_one",
                violation_error_message=_("一笔占用流水只属于一笔冻结、质押或案件"),
            )
        ]
        triggers = [AppendOnly(name="hold_entry_append_only")]


def held_blocks(hold: Any) -> models.QuerySet[Block]:
    """Return the open blocks a hold keeps in its state, in order of their serials."""
    entries = HoldEntry.objects.filter(**{hold.ENTRY: hold})
    rows = Block.objects.open().filter(state=hold.HELD, opened_by__in=entries.values("journal"))
    return rows.select_related("batch", "holder", "series").order_by("series_id", "serials")
