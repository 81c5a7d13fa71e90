"""Opening balances: the file by which an existing registry moves in, who sent it, and who accepted it."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, TableIn, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther
from kernel import clock
from office.models import Profile
from projects.states import OPENING_BADGES, OPENING_MOVES, OpeningState

TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())
ACCEPTED_BY_ANOTHER = _("提交的人不能自己核对迁入，请另一位登记人员办理；代办视同本人")


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Opening files."""

    def visible_to(self, user: Any) -> OpeningQuerySet:
        """The bureau's, by division."""
        return self.filter(scope(user).rows(division="division"))


class Opening(models.Model):
    """An existing registry on its way in: one file, one officer who sends it, another who accepts it. Figures in whole tonnes.

    ``as_of`` is the day at whose end the other registry stood as the file says. ``txid`` is the transaction that accepted it: what
    it brought in was written by that one and no other.
    """

    State = OpeningState
    MOVES = OPENING_MOVES

    table = models.OneToOneField(TableIn, models.PROTECT, related_name="opening", verbose_name=_("文件"))
    sha256 = models.CharField("SHA-256", max_length=64)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("辖区"))
    profile = models.ForeignKey(Profile, models.PROTECT, verbose_name=_("机制"))
    source = models.CharField(_("原登记簿"), max_length=100)
    as_of = models.DateField(_("期初日"))
    projects_count = models.PositiveIntegerField(_("项目数"))
    batches_count = models.PositiveIntegerField(_("批次数"))
    issued_t = models.BigIntegerField(_("签发 t"))
    held_t = models.BigIntegerField(_("持有 t"))
    retired_t = models.BigIntegerField(_("注销 t"))
    warnings = models.JSONField(_("提醒"), default=list)
    state = models.CharField(_("状态"), max_length=10, choices=OpeningState.choices, default=OpeningState.SUBMITTED)
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提交人"))
    submitted_at = models.DateTimeField(_("提交"), default=clock.now)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("核对人"))
    answered_at = models.DateTimeField(_("办结"), null=True)
    txid = models.BigIntegerField(null=True, editable=False)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("期初迁入")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="opening_file_once",
                fields=["sha256"],
                condition=~Q(state=OpeningState.REFUSED),
                violation_error_code="opening_known",
                violation_error_message=_("这个文件已经提交过，什么都没有改动"),
            ),
            models.CheckConstraint(
                name="opening_adds_up",
                condition=Q(issued_t=F("held_t") + F("retired_t")),
                violation_error_code="does_not_add_up",
                violation_error_message=_("签发量不等于持有量加注销量"),
            ),
            models.CheckConstraint(
                name="opening_accepted_by_another",
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("submitted_by")),
                violation_error_code="same_person",
                violation_error_message=_("提交的人不能自己核对迁入，请另一位登记人员办理"),
            ),
            models.CheckConstraint(
                name="opening_accepted_by_somebody",
                condition=~Q(state=OpeningState.ACCEPTED)
                | Q(accepted_by__isnull=False, answered_at__isnull=False, txid__isnull=False),
                violation_error_code="not_accepted",
                violation_error_message=_("迁入要经第二位登记人员核对"),
            ),
        ]
        triggers = [
            Moves(name="opening_moves", moves=OPENING_MOVES, start=[OpeningState.SUBMITTED]),
            AppendOnly(name="opening_as_sent", may_change=("state", "accepted_by", "answered_at", "txid")),
            # Else the transaction of an accepted opening could be renewed, and more be brought in under it.
            Guard(
                name="opening_answered_once",
                operation=pgtrigger.Update,
                code="already_done",
                message=_("这次迁入已经办结，不能再改"),
                body="""
                    IF OLD.state <> 'SUBMITTED' OR NEW.state = 'ACCEPTED' AND NEW.txid IS DISTINCT FROM
                        pg_current_xact_id()::text::bigint THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            NotForEachOther(
                name="opening_accepted_for_another",
                one=("submitted_by", "registry.submit_opening"),
                other=("accepted_by", "registry.accept_opening"),
                message=ACCEPTED_BY_ANOTHER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.as_of}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return OPENING_BADGES[OpeningState(self.state)]


def by_opening(name: str) -> Guard:
    """Return the guard of a table whose rows an opening brings in: only while it is accepted, and never before or after."""
    return Guard(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update,
        code="not_moved_in",
        message=_("“迁入”只能随一次经两人核对的期初迁入写入，不能事后添加或去掉"),
        body="""
            IF TG_OP = 'UPDATE' THEN
                IF NEW.opening_id IS DISTINCT FROM OLD.opening_id THEN {refuse} END IF;
            ELSIF NEW.opening_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM projects_opening WHERE id = NEW.opening_id AND state = 'ACCEPTED'
                    AND txid = pg_current_xact_id()::text::bigint) THEN {refuse}
            END IF;
            RETURN NEW;
        """,
    )
