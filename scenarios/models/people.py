"""Citizens, and the one row that knows who they are."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, Once
from kernel import clock
from scenarios.states import CITIZEN_BADGES, CITIZEN_MOVES, CitizenState


class CitizenQuerySet(models.QuerySet["Citizen"]):
    """Citizens."""

    def visible_to(self, user: Any) -> CitizenQuerySet:
        """One's own account, and for staff those of their division."""
        return self.filter(scope(user).rows(division="division") | Q(user_id=getattr(user, "pk", None)))


class Citizen(models.Model):
    """One natural person with one personal carbon account. The row holds no name, phone or identity number."""

    State = CitizenState
    MOVES = CITIZEN_MOVES

    user = models.OneToOneField(User, models.PROTECT, related_name="citizen", verbose_name=_("登录"))
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("所在区划"))
    state = models.CharField(_("状态"), max_length=12, choices=CitizenState.choices, default=CitizenState.UNVERIFIED)
    opened_at = models.DateTimeField(_("开户"), default=clock.now)
    verified_at = models.DateTimeField(_("实名"), null=True, blank=True)
    closed_at = models.DateTimeField(_("注销"), null=True, blank=True)

    objects = CitizenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("公众账户")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["id"], name="citizen_closed", condition=Q(state=CitizenState.CLOSED))]
        constraints = [
            models.CheckConstraint(
                name="citizen_closed_says_when",
                condition=Q(state=CitizenState.CLOSED, closed_at__isnull=False)
                | (~Q(state=CitizenState.CLOSED) & Q(closed_at=None)),
                violation_error_code="no_closing_time",
                violation_error_message=_("注销的账户要有注销时间"),
            )
        ]
        triggers = [
            Moves(name="citizen_moves", moves=CITIZEN_MOVES, start=[CitizenState.UNVERIFIED]),
            AppendOnly(name="citizen_stays", may_change=["state", "verified_at", "closed_at", "division"]),
            # It refuses nothing: it waits for a credit that is under way, and the next one waits for it and finds the account
            # closed. So nobody who credits has to lock the citizens.
            Guard(
                name="citizen_closes_between_credits",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state=CitizenState.CLOSED) & ~pgtrigger.Q(old__state=CitizenState.CLOSED),
                body="PERFORM 1 FROM scenarios_carbonaccount WHERE citizen_id = NEW.id FOR NO KEY UPDATE; RETURN NEW;",
            ),
            # Whoever holds units closes that account first: the real name is what says whose they are.
            Guard(
                name="citizen_closes_without_units",
                operation=pgtrigger.Update,
                code="holds_account",
                message=_("您还有个人持有账户（或在办的开户申请），请先销户或取消申请，再注销公众账户"),
                body="""
                    IF NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED' AND EXISTS (
                        SELECT 1 FROM accounts_rolegrant g JOIN accounts_organisation o ON o.id = g.organisation_id
                        WHERE g.user_id = NEW.user_id AND g.role = 'HOLDER' AND o.ended_at IS NULL)
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, e.g. ``GR00000012``; it says nothing about the person."""
        return f"GR{self.pk:08d}"

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return CITIZEN_BADGES[CitizenState(self.state)]


class Identity(models.Model):
    """Who a citizen is: sealed, found again by blind indexes, emptied for good when the account is closed.

    The only table with personal data of citizens, so that a dump taken after closing holds none (clarification 23).
    """

    citizen = models.OneToOneField(Citizen, models.PROTECT, related_name="identity", verbose_name=_("账户"))
    phone = models.TextField(_("手机号（密文）"), blank=True)
    name = models.TextField(_("姓名（密文）"), blank=True)
    identity_no = models.TextField(_("身份证号（密文）"), blank=True)
    identity_blind = models.CharField(max_length=64, null=True, blank=True)
    service = models.CharField(_("核验服务"), max_length=60, blank=True)
    erased_at = models.DateTimeField(_("清除"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("身份")
        constraints = [
            models.CheckConstraint(
                name="identity_erased_is_empty",
                condition=Q(erased_at=None) | Q(phone="", name="", identity_no="", identity_blind=None),
                violation_error_code="identity_erased",
                violation_error_message=_("账户已注销，身份资料已清除，不能再填"),
            ),
            models.UniqueConstraint(
                name="identity_once",
                fields=["identity_blind"],
                violation_error_code="identity_known",
                violation_error_message=_("这个证件号码已经开过账户，一人只能有一个账户"),
            ),
        ]
        triggers = [Once(name="identity_erased_once", field="erased_at")]

    def __str__(self) -> str:
        return f"#{self.pk}"
