"""Desks of holding accounts: what is asked of them, and the yearly look at their licences."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, may
from accounts.models import User
from kernel.workdays import Calendar
from registry.admin import askforms
from registry.admin.holds import DocumentDesk
from registry.models import AccountRequest, HoldingAccount
from registry.services import accounts, looks, requests
from registry.states import OF_A_COURT, AccountState, RequestKind, RequestState


class AccountRequestDeskRow(AccountRequest):
    """A matter of an account that waits for the registrar."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("账户事项台")


class AccountDeskRow(HoldingAccount):
    """An account that is not closed."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("账户核查台")


class CourtForm(askforms.WhoseForm):
    """A court's document about a whole account."""

    kind = forms.ChoiceField(label=_("事项"), choices=[(kind, RequestKind(kind).label) for kind in OF_A_COURT])
    field_order = ("kind", "authority", "document_no", "file", "account", "reason")


class CheckForm(askforms.AskedForm):
    """Until when the licence that was looked at holds."""

    licence_valid_until = forms.DateField(
        label=_("执照有效期至"), help_text=_("长期有效的不填"), required=False, widget=askforms.DAY
    )


class LookFilter(admin.SimpleListFilter):
    """Accounts whose yearly look is due, or is not."""

    title, parameter_name = _("年度核查"), "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Due and not due."""
        return [("due", _("该核查了")), ("done", _("未到核查期"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows chosen."""
        chosen = {"due": queryset.filter(looks.due()), "done": queryset.exclude(looks.due())}
        return chosen.get(self.value() or "", queryset)


def _enter(_row: Any, fields: dict[str, Any], by: User) -> object:
    account, paper = fields.pop("account"), askforms.kept(fields, by=by)
    return requests.enter_account_order(account, paper=paper, by=by, **fields)


@admin.register(AccountRequestDeskRow)
class AccountRequestDesk(DocumentDesk):
    """Openings, changes, restorings and closings, and a court's documents about whole accounts."""

    turn, workdays = 13, 15
    buttons = (
        Button(requests.approve, _("审核通过，办理"), (RequestState.APPLIED,), keyed=True),
        Button(requests.refuse, _("审核不通过"), (RequestState.APPLIED,), needs_reason=True, keyed=True),
    )
    begins = ("registry.enter_account_order", CourtForm, _enter, _("录入整户冻结、解冻或死亡销户"))
    note = _(
        "法院等要求冻结整个账户时用；只冻结一部分数量的，请到司法冻结台。自然人死亡的，过户给继承人以后录入死亡销户。"
        "录入后由第二位人员审核。"
    )
    list_display = ("__str__", "kind", "organisation", "licence_valid_until", "filed_late", "due_on", "badge_of")
    list_select_related = ("organisation", "account", "paper")
    ordering = ("due_on", "pk")
    search_fields = ("organisation__name", "organisation__uscc", "account__number")
    fields = (
        ("kind", "state"),
        ("organisation", "account", "account_kind"),
        "citizen",
        ("name", "legal_representative", "contact_phone"),
        ("licence_valid_until", "changed_on", "filed_late"),
        ("authority", "document_no"),
        ("paper_link", "reason"),
        ("made_by", "confirmed_by", "due_on"),
    )

    @admin.display(description=_("附件"), empty_value="—")
    def paper_link(self, obj: Any) -> Any:
        """Link to the paper; a closing has none."""
        return super().paper_link(obj) if obj.paper else "—"


@admin.register(AccountDeskRow)
class AccountDesk(DocumentDesk):
    """The yearly look: accounts whose turn it is come first and stand among the work; restrict what is not in order."""

    turn = 21
    buttons = (
        Button(accounts.check, _("核查无误"), (AccountState.OPEN, AccountState.RESTRICTED, AccountState.FROZEN)),
        Button(accounts.restrict, _("限制使用"), (AccountState.OPEN,), needs_reason=True, keyed=True, harm=True),
    )
    asked: ClassVar = {"check_account": (CheckForm, lambda row, fields, by: accounts.check(row, by=by, **fields))}
    list_display = ("number", "organisation", "kind", "licence_valid_until", "checked_on", "badge_of")
    list_select_related = ("organisation",)
    list_filter = (LookFilter, "state", "kind")
    ordering = ("checked_on", "pk")
    search_fields = ("number", "organisation__name", "organisation__uscc")
    fields = (("number", "organisation", "kind"), ("state", "opened_at"), ("licence_valid_until", "checked_on"))

    def initial(self, row: Any) -> dict[str, Any]:
        """Begin with the licence that is known."""
        return {"licence_valid_until": cast(HoldingAccount, row).licence_valid_until}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Accounts that are not closed."""
        return super().get_queryset(request).exclude(state=AccountState.CLOSED)

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those nobody has looked at for a year."""
        rows = (
            super().waiting(request) if may(request, "registry.check_account") else self.model._default_manager.none()
        )
        return rows.filter(looks.due()).order_by("checked_on")

    def limit_of(self, obj: Any, days: Calendar) -> tuple[date | None, int | None]:
        """A year after the last look."""
        return looks.due_on(obj), None
