"""The operator's desks for money, and the tables of trading to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from accounts.desk import Button, Desk, ReadOnly, is_staff
from kernel.quantities import yuan
from trading.models import (
    Agreement,
    BankMessage,
    CashInstruction,
    CashJournal,
    ComplianceFiling,
    ComplianceRule,
    EmissionItem,
    NeutralEvent,
)
from trading.services import payments
from trading.states import InstructionState, MessageState


class BankMessageDeskRow(BankMessage):
    """A message of the bank that moved nothing."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("银行报文待查台")


class InstructionDeskRow(CashInstruction):
    """An instruction the bank could not be told of."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("付款指令重发台")


class InYuan:
    """Amounts as people read them."""

    @admin.display(description=_("金额 元"), ordering="amount_fen")
    def yuan(self, obj: Any) -> str:
        """The amount in yuan."""
        return yuan(obj.amount_fen)


@admin.register(BankMessageDeskRow)
class BankMessageDesk(Desk):
    """Look into what the bank said and we could not book; write what was found."""

    buttons = (
        Button(payments.close_message, _("查清，记下结果"), (MessageState.REFUSED,), needs_reason=True, keyed=True),
    )
    list_display = ("__str__", "bank", "instruction", "code", "said", "badge_of", "received_at")
    list_select_related = ("instruction",)
    list_filter = ("code",)
    ordering = ("pk",)
    fields = (("bank", "message_id", "received_at"), ("instruction", "code"), "said", "text")
    readonly_fields = ("text",)


@admin.register(InstructionDeskRow)
class InstructionDesk(InYuan, Desk):
    """Have the bank told again."""

    buttons = (Button(payments.send_again, _("重新发送"), (InstructionState.PENDING,), keyed=True),)
    list_display = ("__str__", "payer", "payee", "yuan", "attempts", "last_error", "badge_of")
    list_select_related = ("payer", "payee")
    ordering = ("pk",)
    fields = ("agreement", ("payer", "payee"), "yuan", ("attempts", "next_at"), "last_error")
    readonly_fields = ("yuan",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those the sweep has given up."""
        return super().get_queryset(request).filter(pk__in=CashInstruction.objects.parked())


@admin.register(Agreement)
class AgreementAdmin(InYuan, ReadOnly):
    """Agreements in scope."""

    list_display = ("__str__", "seller", "buyer", "quantity_t", "yuan", "state", "due_on")
    list_select_related = ("seller__organisation", "buyer__organisation")
    list_filter = ("state",)


@admin.register(CashInstruction)
class CashInstructionAdmin(InYuan, ReadOnly):
    """Payment instructions in scope."""

    list_display = ("__str__", "agreement", "payer", "payee", "yuan", "state", "bank_reference", "confirmed_at")
    list_select_related = ("agreement", "payer", "payee")
    list_filter = ("state",)


@admin.register(BankMessage)
class BankMessageAdmin(ReadOnly):
    """Everything the bank said, with what became of it."""

    list_display = ("__str__", "bank", "instruction", "state", "code", "received_at")
    list_select_related = ("instruction",)
    list_filter = ("state", "code")
    fields = ("bank", "message_id", "received_at", "instruction", "state", "code", "said", "text", "finding")
    readonly_fields = ("text",)


@admin.register(CashJournal)
class CashJournalAdmin(ReadOnly):
    """The book of money."""

    list_display = ("__str__", "instruction", "by", "business_at")
    list_select_related = ("instruction", "by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of payments in scope."""
        return super().get_queryset(request).filter(instruction__in=CashInstruction.objects.visible_to(request.user))


class ItemLines(TabularInline):
    """The inventory of an event, to read."""

    model = EmissionItem
    extra = 0
    can_delete = False
    fields = readonly_fields = ("category", "method", "inputs", "emission_mg", "evidence", "recorded_by")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the event."""
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(NeutralEvent)
class NeutralEventAdmin(ReadOnly):
    """Events in scope, each with its inventory."""

    list_display = ("number", "name", "organiser", "ends_on", "total_mg", "needed_t", "state")
    list_select_related = ("organiser",)
    list_filter = ("state",)
    search_fields = ("number", "name", "organiser__name")
    inlines = (ItemLines,)


@admin.register(ComplianceRule)
class ComplianceRuleAdmin(ReadOnly):
    """Rules of the markets, and how much of their quota is taken."""

    list_display = ("code", "market", "year", "base", "ratio", "within_shortfall", "quota_t", "used_t", "evidence")


@admin.register(ComplianceFiling)
class ComplianceFilingAdmin(ReadOnly):
    """Filings in scope."""

    list_display = ("rule", "emitter", "allowance_t", "emission_t", "cap_t", "used_t", "filed_at")
    list_select_related = ("rule", "emitter")
