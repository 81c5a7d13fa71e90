"""What is asked of an account, from its opening to its end, and who asked, confirmed and decided."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, Division, Organisation, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther
from kernel import clock
from projects.models import person, second_factor, two_people
from registry.models.accounts import HoldingAccount
from registry.models.alone import AloneWithFactor
from registry.states import OF_A_COURT, REQUEST_BADGES, REQUEST_MOVES, AccountKind, RequestKind, RequestState
from scenarios.models import Citizen

_S = RequestState


class AccountRequestQuerySet(models.QuerySet["AccountRequest"]):
    """Requests."""

    def visible_to(self, user: Any) -> AccountRequestQuerySet:
        """The bureau's by division, and one's own: but of a court's document its holder is told by what comes of it."""
        reach = scope(user)
        own = Q(reach.rows(organisations=("organisation",)), ~Q(kind__in=OF_A_COURT))
        return self.filter(reach.rows(division="organisation__division") | own)

    def under_way(self) -> AccountRequestQuerySet:
        """Those nobody has decided yet."""
        return self.filter(state__in=(_S.CONFIRMING, _S.APPLIED))


class AccountRequest(models.Model):
    """One thing asked of an account. ``changed_on`` is the day of the fact a change reports; ``authority`` and ``document_no`` are
    a court's. ``txid`` is the transaction that approved it, so that the account moves with it and never alone.
    """

    State = RequestState
    MOVES = REQUEST_MOVES

    kind = models.CharField(_("事项"), max_length=8, choices=RequestKind.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="account_requests", verbose_name=_("单位")
    )
    account = models.ForeignKey(
        HoldingAccount, models.PROTECT, null=True, related_name="requests", verbose_name=_("账户")
    )
    # Of a natural person: whose real name the account is opened in.
    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, related_name="account_requests", verbose_name=_("公众账户")
    )
    account_kind = models.CharField(_("账户类型"), max_length=16, choices=AccountKind.choices, blank=True)
    name = models.CharField(_("单位名称"), max_length=200, blank=True)
    legal_representative = models.CharField(_("法定代表人"), max_length=60, blank=True)
    contact_phone = models.CharField(_("单位联系电话"), max_length=20, blank=True)
    licence_valid_until = models.DateField(_("执照有效期至"), null=True)
    changed_on = models.DateField(_("变更发生日"), null=True)
    filed_late = models.BooleanField(_("超过 15 个工作日才申报"), default=False)
    authority = models.CharField(_("出具文书的单位"), max_length=100, blank=True)
    document_no = models.CharField(_("文书号"), max_length=100, blank=True)
    paper = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+", verbose_name=_("附件"))
    reason = models.TextField(_("说明"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=RequestState.choices, default=_S.CONFIRMING)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发起人"))
    made_at = models.DateTimeField(_("发起"), default=clock.now)
    confirmed_by = person(_("确认代表"))
    # A natural person acts alone: the second factor given for the confirmation (an event), instead of a second person.
    factor = second_factor()
    due_on = models.DateField(_("办结期限"), null=True)
    decided_by = person(_("审核人"))
    decided_at = models.DateTimeField(_("审核"), null=True)
    txid = models.BigIntegerField(null=True, editable=False)

    objects = AccountRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("账户事项")
        ordering = ("-pk",)
        constraints = [
            two_people(
                "request_confirmed_by_another",
                "made_by",
                "confirmed_by",
                _("发起代表和确认代表要是两个人"),
                alone="factor",
            ),
            two_people(
                "request_not_decided_by_maker", "made_by", "decided_by", _("发起的人不能审核，请另一位人员办理")
            ),
            two_people("request_decided_by_another", "confirmed_by", "decided_by", _("确认的人不能审核")),
            models.CheckConstraint(
                name="request_approved_whole",
                condition=~Q(state=_S.APPROVED)
                | Q(
                    Q(confirmed_by__isnull=False) | Q(kind__in=OF_A_COURT),
                    account__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    txid__isnull=False,
                ),
                violation_error_code="not_confirmed",
                violation_error_message=_("账户事项要经确认代表确认、登记人员审核"),
            ),
            models.CheckConstraint(
                name="request_has_its_paper",
                condition=Q(kind=RequestKind.CLOSE)
                | Q(kind=RequestKind.OPEN, citizen__isnull=False)
                | Q(paper__isnull=False) & (~Q(kind__in=OF_A_COURT) | ~Q(authority="") & ~Q(document_no="")),
                violation_error_code="no_document",
                violation_error_message=_("请附上执照、证明或法律文书，文书要有单位和文书号"),
            ),
            models.UniqueConstraint(
                name="request_one_open",
                fields=["organisation", "kind"],
                condition=Q(state__in=(_S.CONFIRMING, _S.APPLIED)),
                violation_error_code="request_open",
                violation_error_message=_("同一事项已有一件在办，请等它办结"),
            ),
        ]
        triggers = [
            AloneWithFactor(
                name="request_alone_with_factor",
                act="registry.confirm_request",
                one="made_by",
                other="confirmed_by",
            ),
            Moves(
                name="request_moves", moves=REQUEST_MOVES, start=[_S.CONFIRMING],
                also="NEW.kind IN ('FREEZE', 'UNFREEZE', 'DECEASED') AND NEW.state = 'APPLIED'",
            ),
            AppendOnly(
                name="request_as_made",
                may_change=("state", "account", "confirmed_by", "factor", "due_on", "decided_by", "decided_at", "txid"),
            ),
            Guard(
                name="request_decided_once",
                operation=pgtrigger.Update,
                code="already_done",
                message=_("这件事项已经办结，不能再改"),
                body="""
                    IF OLD.state IN ('APPROVED', 'REFUSED', 'CANCELLED') OR NEW.state = 'APPROVED'
                        AND NEW.txid IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="request_in_ones_own_name",
                operation=pgtrigger.Insert,
                code="not_your_name",
                message=_("个人持有账户只能由本人用实名的公众账户申请，不能借用别人的名义"),
                body="""
                    IF (NEW.kind = 'DECEASED' OR NEW.kind = 'OPEN' AND NEW.citizen_id IS NULL)
                        AND (NEW.kind = 'DECEASED') IS DISTINCT FROM EXISTS (
                            SELECT 1 FROM accounts_organisation WHERE id = NEW.organisation_id AND kind = 'PERSON')
                    OR NEW.citizen_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM scenarios_citizen c JOIN scenarios_identity i ON i.citizen_id = c.id
                        JOIN accounts_organisation o ON o.person_token = i.identity_blind
                        WHERE c.id = NEW.citizen_id AND c.user_id = NEW.made_by_id AND c.state = 'ACTIVE'
                            AND o.id = NEW.organisation_id)
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            NotForEachOther(
                name="request_decided_for_another",
                one=("made_by", "registry.enter_account_order"),
                other=("decided_by", "registry.approve_request"),
                message=_("录入文书和审核要是两个人，代办视同本人"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"ZH-{clock.local(self.made_at):%Y%m%d}-{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return REQUEST_BADGES[RequestState(self.state)]

    @property
    def division(self) -> Division:
        """The division whose officers handle it."""
        return self.organisation.division
