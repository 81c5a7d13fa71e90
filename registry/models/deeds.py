"""Deeds: what the office does to somebody's units because a document says so. One officer enters it, another carries it out."""

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
from projects.models import person, two_people
from registry.models.accounts import HoldingAccount
from registry.models.books import Batch, Journal
from registry.states import DEED_BADGES, DEED_MOVES, NONTRADE_KINDS, DeedKind, DeedState

ENTERED = (
    *("registry.enter_freeze", "registry.enter_renewal", "registry.enter_release", "registry.enter_enforcement"),
    *("registry.enter_disposal", "registry.enter_nontrade", "registry.enter_correction", "registry.enter_overissue"),
)
# What each kind of deed has to say beside authority, document and account.
_K = DeedKind
_SAYS = (
    Q(kind=_K.FREEZE, quantity_t__isnull=False, quantity_t__gt=0, until__isnull=False, target=None)
    | Q(kind=_K.RENEW, freeze__isnull=False, until__isnull=False, target=None, quantity_t=None)
    | Q(kind=_K.RELEASE, freeze__isnull=False, target=None, quantity_t=None)
    | Q(kind=_K.DISPOSE, pledge__isnull=False, target__isnull=False, quantity_t__isnull=False, quantity_t__gt=0)
    | (
        Q(kind__in=NONTRADE_KINDS, target__isnull=False, freeze=None, pledge=None)
        & (Q(quantity_t=None) | Q(quantity_t__gt=0))
    )
    | Q(kind=_K.CORRECT, corrects__isnull=False, target__isnull=False, quantity_t=None)
    | Q(kind=_K.VOID, batch__isnull=False, target=None, quantity_t__isnull=False, quantity_t__gt=0)
    | Q(kind=_K.ENFORCE, freeze__isnull=False, target__isnull=False, quantity_t__isnull=False, quantity_t__gt=0)
)


class DeedQuerySet(models.QuerySet["Deed"]):
    """Deeds."""

    def visible_to(self, user: Any) -> DeedQuerySet:
        """The bureau's by division: the holder is told by what comes of it, never before."""
        return self.filter(scope(user).rows(division="account__organisation__division"))


class Deed(models.Model):
    """One document and what it asks the registry to do with units of an account, carried out by a second officer or not at all."""

    State = DeedState
    MOVES = DEED_MOVES

    kind = models.CharField(_("事项"), max_length=8, choices=DeedKind.choices)
    account = models.ForeignKey(HoldingAccount, models.PROTECT, related_name="deeds", verbose_name=_("账户"))
    authority = models.CharField(_("出具文书的单位"), max_length=100)
    document_no = models.CharField(_("文书号"), max_length=100)
    paper = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("文书"))
    # Whole tonnes; nothing where the deed is about all there is.
    quantity_t = models.BigIntegerField(_("数量 t"), null=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", verbose_name=_("批次"))
    until = models.DateField(_("冻结至（含当日）"), null=True)
    # The freeze it is about; of a new freeze the one it waits behind.
    freeze = models.ForeignKey("Freeze", models.PROTECT, null=True, related_name="deeds", verbose_name=_("冻结"))
    pledge = models.ForeignKey("Pledge", models.PROTECT, null=True, related_name="deeds", verbose_name=_("质押"))
    # The journal that was a mistake.
    corrects = models.ForeignKey(
        Journal, models.PROTECT, null=True, related_name="corrections", verbose_name=_("更正的流水")
    )
    target = models.ForeignKey(
        HoldingAccount, models.PROTECT, null=True, related_name="deeds_in_favour", verbose_name=_("转入账户")
    )
    # The document also wants orders under way taken back, so that what they set aside can be frozen.
    stops_orders = models.BooleanField(_("同时停办在途申请"), default=False)
    reason = models.TextField(_("说明"), blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=DeedState.choices, default=DeedState.ENTERED)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经办人"))
    entered_at = models.DateTimeField(_("录入"), default=clock.now)
    confirmed_by = person(_("复核人"))
    confirmed_at = models.DateTimeField(_("复核"), null=True)
    journal = models.OneToOneField(Journal, models.PROTECT, null=True, related_name="deed", verbose_name=_("流水"))

    objects = DeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("文书办理")
        ordering = ("-pk",)
        constraints = [
            two_people("deed_confirmed_by_another", "entered_by", "confirmed_by", _("经办人和复核人要是两个人")),
            models.CheckConstraint(
                name="deed_says_what",
                condition=_SAYS & ~Q(authority="") & ~Q(document_no=""),
                violation_error_code="deed_incomplete",
                violation_error_message=_("文书要写明单位、文书号和办什么：数量、期限、对方账户"),
            ),
            models.CheckConstraint(
                name="deed_to_another_account",
                condition=Q(target=None) | ~Q(target=F("account")),
                violation_error_code="same_account",
                violation_error_message=_("转入和转出不能是同一个账户"),
            ),
            models.CheckConstraint(
                name="deed_done_by_two",
                condition=Q(state=DeedState.DONE, confirmed_by__isnull=False, confirmed_at__isnull=False)
                | (~Q(state=DeedState.DONE) & Q(confirmed_by=None, confirmed_at=None, journal=None)),
                violation_error_code="not_confirmed",
                violation_error_message=_("依文书办理要由第二位人员复核"),
            ),
            models.UniqueConstraint(
                name="deed_once",
                fields=["kind", "account", "document_no", "batch", "freeze", "pledge", "target"],
                condition=~Q(state=DeedState.WITHDRAWN),
                nulls_distinct=False,
                violation_error_code="deed_twice",
                violation_error_message=_("这份文书对这个账户已经录入过，请不要重复办理"),
            ),
            models.UniqueConstraint(
                name="deed_corrects_once",
                fields=["corrects", "account"],
                condition=~Q(state=DeedState.WITHDRAWN),
                violation_error_code="deed_twice",
                violation_error_message=_("这笔流水已经更正过，或者更正正在办"),
            ),
        ]
        triggers = [
            Moves(name="deed_moves", moves=DEED_MOVES, start=[DeedState.ENTERED]),
            AppendOnly(name="deed_as_entered", may_change=("state", "confirmed_by", "confirmed_at", "journal")),
            Guard(
                name="deed_stays",
                operation=pgtrigger.Update,
                code="already_done",
                message=_("这份文书已经办结，不能再改；有变化请录入新的文书"),
                body="IF OLD.state <> 'ENTERED' THEN {refuse} END IF; RETURN NEW;",
            ),
            NotForEachOther(
                name="deed_confirmed_for_another",
                one=("entered_by", *ENTERED),
                other=("confirmed_by", "registry.confirm_deed"),
                message=_("经办人和复核人要是两个人，代办视同本人"),
            ),
        ]

    def __str__(self) -> str:
        return f"WS-{clock.local(self.entered_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return DEED_BADGES[DeedState(self.state)]
