"""The registrar's desks and the books, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly
from projects.admin import ClaimFields
from projects.models import MonitoringPeriod
from projects.states import PeriodState
from registry.models import Batch, Block, BookCheck, HoldingAccount, Journal, Retirement, Transfer
from registry.services import issuing, retirements
from registry.states import RetirementState


class IssueDeskRow(MonitoringPeriod):
    """An approved claim waiting for the second officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("签发台")


class RetirementDeskRow(Retirement):
    """A retirement waiting for approval."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("注销审批台")


@admin.register(IssueDeskRow)
class IssueDesk(ClaimFields):
    """Issue as the second officer."""

    turn = 14

    buttons = (Button(issuing.issue, _("签发（第二位人员）"), (PeriodState.APPROVED,), keyed=True),)


@admin.register(RetirementDeskRow)
class RetirementDesk(Desk):
    """Review, approve as the second officer, or refuse a retirement."""

    turn, workdays = 15, 5

    buttons = (
        Button(retirements.review, _("审核同意"), (RetirementState.PENDING,), keyed=True),
        Button(retirements.approve, _("复核同意注销，不可撤回"), (RetirementState.REVIEWED,), keyed=True, harm=True),
        Button(
            retirements.refuse,
            _("不予注销"),
            (RetirementState.PENDING, RetirementState.REVIEWED),
            needs_reason=True,
            keyed=True,
        ),
    )
    list_display = ("__str__", "account", "quantity_t", "beneficiary", "kind", "badge_of", "made_at")
    list_select_related = ("account__organisation",)
    ordering = ("pk",)
    fields = (
        ("account", "state"),
        ("quantity_t", "kind"),
        "beneficiary",
        "purpose",
        "basis",
        ("made_by", "confirmed_by", "made_at"),
        "reviewed_by",
    )


@admin.register(HoldingAccount)
class HoldingAccountAdmin(ReadOnly):
    """Accounts in scope."""

    list_display = ("number", "organisation", "opened_at", "statement")
    list_select_related = ("organisation",)
    search_fields = ("number", "organisation__name")

    @admin.display(description=_("对账单"))
    def statement(self, row: HoldingAccount) -> str:
        """Return the way to what the account held and did."""
        return format_html('<a href="{}">{}</a>', reverse("statement", args=[row.number]), _("查看"))


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    """Batches issued."""

    list_display = ("serial", "quantity_t", "period", "journal")
    list_select_related = ("series", "period__project", "journal")


@admin.register(Block)
class BlockAdmin(ReadOnly):
    """Blocks, open and closed: the history of every serial."""

    list_display = ("serial", "quantity_t", "holder", "state", "opened_by", "closed_by")
    list_select_related = ("series", "batch", "holder__organisation", "opened_by", "closed_by")
    list_filter = ("state",)


@admin.register(Journal)
class JournalAdmin(ReadOnly):
    """Journals."""

    list_display = ("number", "kind", "by", "reason", "business_at")
    list_select_related = ("by",)
    list_filter = ("kind",)


@admin.register(Transfer)
class TransferAdmin(ReadOnly):
    """Transfers in scope."""

    list_display = ("__str__", "source", "target", "quantity_t", "state")
    list_select_related = ("source__organisation", "target__organisation")
    list_filter = ("state",)


@admin.register(Retirement)
class RetirementAdmin(ReadOnly):
    """Retirements in scope."""

    list_display = ("__str__", "account", "quantity_t", "beneficiary", "state", "retired_at")
    list_select_related = ("account__organisation",)
    list_filter = ("state", "kind")


@admin.register(BookCheck)
class BookCheckAdmin(ReadOnly):
    """Proofs of the books."""

    list_display = ("at", "batches", "issued_t", "held_t", "retired_t", "differences")
