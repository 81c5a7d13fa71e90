"""Holding accounts: the one account an entity holds units in."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.scope import scope
from accounts.triggers import Guard, Moves
from kernel import clock
from registry.states import ACCOUNT_BADGES, ACCOUNT_MOVES, AccountKind, AccountState

# Retired and cancelled units stay with who held them last, also when there is no account to go on with.
_EMPTY = """
    IF NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED' AND (
        EXISTS (SELECT 1 FROM registry_block WHERE holder_id = NEW.id AND closed_by_id IS NULL
            AND state NOT IN ('RETIRED', 'CANCELLED'))
        OR EXISTS (SELECT 1 FROM registry_transfer WHERE NEW.id IN (source_id, target_id) AND state IN ('CONFIRMING', 'OFFERED'))
        OR EXISTS (SELECT 1 FROM registry_retirement WHERE account_id = NEW.id AND state IN ('CONFIRMING', 'PENDING', 'REVIEWED'))
        OR EXISTS (SELECT 1 FROM registry_freeze WHERE account_id = NEW.id AND state = 'IN_FORCE'))
    THEN {refuse} END IF;
    RETURN NEW;
"""
# Nobody is frozen by hand: the second officer's decision on the court's document stands in the same transaction.
_BY_REQUEST = """
    IF NEW.state <> OLD.state AND NEW.state <> 'RESTRICTED' AND NOT EXISTS (
        SELECT 1 FROM registry_accountrequest r WHERE r.account_id = NEW.id AND r.state = 'APPROVED'
            AND r.txid = pg_current_xact_id()::text::bigint AND r.kind = CASE
                WHEN NEW.state = 'FROZEN' THEN 'FREEZE'
                WHEN NEW.state = 'CLOSED' THEN CASE r.kind WHEN 'DECEASED' THEN r.kind ELSE 'CLOSE' END
                WHEN OLD.state = 'FROZEN' THEN 'UNFREEZE' ELSE 'RESTORE' END)
    THEN {refuse} END IF;
    RETURN NULL;
"""


class HoldingAccountQuerySet(models.QuerySet["HoldingAccount"]):
    """Holding accounts."""

    def visible_to(self, user: Any) -> HoldingAccountQuerySet:
        """One's own, and the bureau's by division."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


class HoldingAccount(models.Model):
    """The one account an entity holds units in (registry rules 2023, Art. 6: one entity, one account).

    ``licence_valid_until`` is the last day of the licence that was shown, None for one without an end; ``checked_on`` is the day the
    registry last looked at it.
    """

    State = AccountState
    MOVES = ACCOUNT_MOVES

    number = models.CharField(_("账户号"), max_length=20, unique=True)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="holding_account", verbose_name=_("单位")
    )
    kind = models.CharField(_("账户类型"), max_length=16, choices=AccountKind.choices, default=AccountKind.TRADER)
    state = models.CharField(_("状态"), max_length=10, choices=AccountState.choices, default=AccountState.OPEN)
    opened_at = models.DateTimeField(_("开户"), default=clock.now)
    licence_valid_until = models.DateField(_("执照有效期至"), null=True, blank=True)
    checked_on = models.DateField(_("最近核查"), default=clock.today)

    objects = HoldingAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("持有账户")
        triggers = [
            Moves(name="account_moves", moves=ACCOUNT_MOVES, start=[AccountState.OPEN]),
            Guard(
                name="account_closed_is_empty",
                operation=pgtrigger.Update,
                code="account_not_empty",
                message=_("账户里还有减排量、在途的申请或冻结，不能销户"),
                body=_EMPTY,
            ),
            Guard(
                name="account_moved_by_request",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="no_request",
                message=_("恢复使用、冻结、解冻和销户都要有审核通过的申请或文书"),
                body=_BY_REQUEST,
            ),
            Guard(
                name="account_of_a_person_trades",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="bad_kind",
                message=_("自然人的账户类型是“其他交易主体”"),
                body="""
                    IF NEW.kind <> 'TRADER' AND (TG_OP = 'INSERT' OR NEW.kind <> OLD.kind) AND EXISTS (
                        SELECT 1 FROM accounts_organisation WHERE id = NEW.organisation_id AND kind = 'PERSON') THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.name} {self.number}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return ACCOUNT_BADGES[AccountState(self.state)]
