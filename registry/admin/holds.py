"""Desks for what a document has the office do with units: freezes, pledges in default, passings without a sale, cases of fraud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from accounts.content import download
from accounts.desk import Button, Desk, may
from accounts.forms import posted
from accounts.models import User
from kernel import clock
from registry.admin import askforms
from registry.models import Deed, FraudCase, Freeze, Pledge
from registry.services import confirming, deeds, frauds, freezes, nontrade, pledges
from registry.services.stopping import named, under_way
from registry.states import CORRECTING_KINDS, NONTRADE_KINDS, CaseState, DeedKind, DeedState, FreezeState, PledgeState

Call = Callable[[Any, dict[str, Any], User], object]


class FreezeDeskRow(Freeze):
    """A freeze in force."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("司法冻结台")


class DeedDeskRow(Deed):
    """A document that waits for the second officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("文书复核台")


class NontradeDeskRow(Deed):
    """A passing without a sale that waits for the second officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("非交易过户台")


class PledgeDeskRow(Pledge):
    """A pledge whose creditor has asked for the units."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("质押处置台")


class CaseDeskRow(FraudCase):
    """A case of fraud that is not closed."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("弄虚作假案件台")


class DocumentDesk(Desk):
    """A desk with verbs that ask more than a reason, one to begin a row, and the paper of a row.

    ``asked`` are the forms of verbs by the last part of their names, with what each calls; ``begins`` the same for a new row.
    """

    asked: ClassVar[dict[str, tuple[type[Form], Call]]] = {}
    begins: ClassVar[tuple[str, type[Form], Call, Any] | None] = None
    note: ClassVar[Any] = ""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Whoever may begin a row."""
        return self.begins is not None and may(request, self.begins[0])

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for what begins a row, then call its verb."""
        if self.begins is None or not self.has_add_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        _name, form, call, label = self.begins
        by = cast(User, request.user)
        more = {"by": by} if issubclass(form, askforms.WhoseForm) else {}
        return ask(
            self,
            request,
            posted(form, request, **more),
            lambda fields: call(None, fields, by),
            label=label,
            back=self._list(),
            note=self.note,
        )

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask what the verb wants; every other goes the usual way."""
        button = next((button for button in self.buttons if button.slug == slug and slug in self.asked), None)
        if button is None:
            return super().press(request, pk, slug)
        row = get_object_or_404(self.concrete, pk=pk)
        if request.method != "POST" and not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404
        (form, call), by = self.asked[slug], cast(User, request.user)
        return ask(
            self,
            request,
            posted(form, request, initial=self.initial(row)),
            lambda fields: call(row, fields, by),
            label=button.label,
            back=self._list(),
            facts=self._facts(self.model._base_manager.get(pk=pk)),
            harm=button.harm,
        )

    def initial(self, row: Any) -> dict[str, Any]:
        """Return what a form of a row begins with."""
        return {}

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def paper_of(self, obj: Any) -> Any:
        """Return the kept paper of a row."""
        return obj.paper

    @admin.display(description=_("文书原件"), empty_value="—")
    def paper_link(self, obj: Any) -> str:
        """Link to the paper, to be read before anything is carried out."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_paper"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[obj.pk]), self.paper_of(obj).name)

    def get_urls(self) -> list[Any]:
        """Add the address of the paper of a row."""
        view = self.admin_site.admin_view(self.paper)
        name = f"{self.opts.app_label}_{self.opts.model_name}_paper"
        return [path("<int:pk>/paper/", view, name=name), *super().get_urls()]

    def paper(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send the paper of a row in scope, always as a download."""
        if not self.has_view_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        kept = self.paper_of(get_object_or_404(self.get_queryset(request), pk=pk))
        return download(kept.file, kept.name)


def _by(call: Callable[..., object]) -> Call:
    """Return the call of a verb about a row with the document of the form."""
    return lambda row, fields, by: call(row, document=askforms.document(fields, by=by), by=by, **fields)


def _of_account(call: Callable[..., object]) -> Call:
    """Return the call of a verb about the account that the form names."""
    return lambda _row, fields, by: call(
        fields.pop("account"), document=askforms.document(fields, by=by), by=by, **fields
    )


@admin.register(FreezeDeskRow)
class FreezeDesk(DocumentDesk):
    """Freezes in force, the nearest end first: enter one, renew, release, enforce."""

    turn, waits = 17, ()
    buttons = (
        Button(freezes.enter_renewal, _("录入续冻"), (FreezeState.IN_FORCE,)),
        Button(freezes.enter_release, _("录入解冻"), (FreezeState.IN_FORCE,)),
        Button(freezes.enter_enforcement, _("录入强制执行"), (FreezeState.IN_FORCE,), harm=True),
    )
    asked: ClassVar = {
        "enter_renewal": (askforms.RenewalForm, _by(freezes.enter_renewal)),
        "enter_release": (askforms.DocumentForm, _by(freezes.enter_release)),
        "enter_enforcement": (askforms.EnforcementForm, _by(freezes.enter_enforcement)),
    }
    begins = ("registry.enter_freeze", askforms.FreezeForm, _of_account(freezes.enter_freeze), _("录入司法冻结"))
    note = _("只冻结可用的减排量，不够的轮候；录入后由第二位人员在文书复核台复核，复核后才冻结。")
    list_display = ("__str__", "account", "quantity_t", "held_t", "missing", "until", "badge_of")
    told = (
        *("account", "authority", "document_no", "paper_link", "quantity_t", "batch"),
        *("held_t", "missing", "enforced_t", "until", "badge_of"),
    )
    list_select_related = ("account__organisation", "deed__paper")
    ordering = ("until", "pk")
    search_fields = ("account__number", "account__organisation__name", "deed__document_no")
    fields = (
        ("account", "state"),
        ("quantity_t", "held_t"),
        ("missing", "enforced_t"),
        ("until", "behind"),
        ("authority", "document_no"),
        ("paper_link", "batch"),
        "made_at",
    )

    def paper_of(self, obj: Any) -> Any:
        """The paper of its document."""
        return obj.deed.paper

    @admin.display(description=_("轮候中 t"))
    def missing(self, obj: Freeze) -> int:
        """Tonnes it waits for."""
        return obj.missing_t

    @admin.display(description=_("出具文书的单位"))
    def authority(self, obj: Freeze) -> str:
        """Who ordered it."""
        return obj.deed.authority

    @admin.display(description=_("文书号"))
    def document_no(self, obj: Freeze) -> str:
        """By which document."""
        return obj.deed.document_no


class SecondDesk(DocumentDesk):
    """Documents that wait for the second officer."""

    workdays = 3
    buttons = (
        Button(confirming.confirm, _("复核无误，办理"), (DeedState.ENTERED,), keyed=True, harm=True),
        Button(deeds.withdraw, _("不予办理"), (DeedState.ENTERED,), needs_reason=True, keyed=True),
    )
    list_display: ClassVar[Any] = (
        *("__str__", "kind", "account", "document_no", "quantity_t", "paper_link", "entered_by"),
    )
    told: ClassVar[tuple[str, ...]] = (
        *("kind", "account", "authority", "document_no", "paper_link", "quantity_t", "batch", "target", "until"),
        *("freeze", "pledge", "orders", "stops_orders", "reason", "entered_by", "entered_at"),
    )
    list_select_related: ClassVar[Any] = ("account__organisation", "target__organisation", "paper", "entered_by")
    ordering = ("pk",)
    search_fields = ("document_no", "account__number", "account__organisation__name")
    fields: ClassVar[Any] = (
        ("kind", "state"),
        ("account", "target"),
        ("authority", "document_no"),
        ("paper_link", "batch"),
        ("quantity_t", "until"),
        ("freeze", "pledge"),
        ("orders", "stops_orders"),
        "reason",
        ("entered_by", "entered_at"),
    )
    of: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The kinds of this desk."""
        return super().get_queryset(request).filter(kind__in=self.of)

    @admin.display(description=_("在途申请"), empty_value="—")
    def orders(self, obj: Deed) -> str:
        """What orders under way hold of the account, which no freeze reaches unless the document stops them."""
        blocks = under_way(holder=obj.account)
        tonnes = sum(int(block.quantity_t) for block in blocks)
        return f"{tonnes:,} t　{'、'.join(named(blocks))}" if tonnes else "—"


@admin.register(DeedDeskRow)
class DeedDesk(SecondDesk):
    """Freezes, renewals, releases, enforcements and disposals entered by another officer."""

    turn = 16
    of = tuple(kind for kind in DeedKind if kind not in (*NONTRADE_KINDS, *CORRECTING_KINDS))


@admin.register(NontradeDeskRow)
class NontradeDesk(SecondDesk):
    """Enter a passing without a sale, or carry it out as the second officer."""

    turn = 18
    of = NONTRADE_KINDS
    begins = (
        "registry.enter_nontrade",
        askforms.NontradeForm,
        _of_account(nontrade.enter_nontrade),
        _("录入非交易过户"),
    )
    note = _("合并分立、继承、裁判文书引起的过户；录入后由第二位人员复核，复核后才过户。")


@admin.register(PledgeDeskRow)
class PledgeDesk(DocumentDesk):
    """Pledges whose creditors say the debtor is in default: enter the document by which the units go to them."""

    turn, workdays = 19, 5
    buttons = (Button(pledges.enter_disposal, _("录入质押处置"), (PledgeState.IN_FORCE,), harm=True),)
    asked: ClassVar = {"enter_disposal": (askforms.DisposalForm, _by(pledges.enter_disposal))}
    list_display = ("__str__", "account", "creditor", "contract_no", "held_t", "requested_at", "badge_of")
    list_select_related = ("account__organisation", "creditor__organisation")
    ordering = ("requested_at",)
    search_fields = ("contract_no", "account__number", "account__organisation__name")
    fields = (
        ("account", "creditor"),
        ("quantity_t", "state"),
        ("held_t", "enforced_t"),
        ("contract_no", "reason"),
        ("requested_by", "requested_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that were asked for."""
        return super().get_queryset(request).filter(requested_at__isnull=False)


def _open(_row: Any, fields: dict[str, Any], by: User) -> object:
    return frauds.open_case(fields["batch"], facts=fields["facts"], paper=askforms.kept(fields, by=by), by=by)


def _decide(row: Any, fields: dict[str, Any], by: User) -> object:
    own = {name: fields.pop(name) for name in ("false_t", "replace_by", "reason")}
    return frauds.decide(row, grounds=frauds.Grounds(**fields), by=by, **own)


@admin.register(CaseDeskRow)
class CaseDesk(DocumentDesk):
    """Open a case on a batch; decide or clear it as the second person; let later holders answer where the profile says so."""

    turn, workdays = 20, 30
    buttons = (
        Button(frauds.decide, _("认定虚假并作出决定"), (CaseState.OPEN,), harm=True),
        Button(frauds.clear, _("没有发现虚假，全部恢复"), (CaseState.OPEN,), needs_reason=True, keyed=True),
        Button(
            frauds.charge, _("由后手承担未补足的部分"), (CaseState.REPLACING,), needs_reason=True, keyed=True, harm=True
        ),
    )
    waits = (CaseState.OPEN,)
    asked: ClassVar = {"decide_fraud_case": (askforms.CaseDecisionForm, _decide)}
    begins = ("registry.open_fraud_case", askforms.CaseForm, _open, _("立案并暂停交易"))
    note = _("立案后这个批次所有没有注销的减排量都暂停交易，未办完的转移、注销和协议会取消；案件公开。")
    list_display = (
        "number",
        "batch",
        "account",
        "held_t",
        "false_t",
        "missing",
        "replace_by",
        "badge_of",
        "paper_link",
    )
    list_select_related = ("batch__series", "account__organisation", "paper")
    ordering = ("pk",)
    search_fields = ("number", "account__number", "account__organisation__name")
    fields = (
        ("number", "state"),
        ("batch", "account"),
        "facts",
        ("held_t", "false_t"),
        ("cancelled_t", "replaced_t"),
        ("charged_t", "missing"),
        ("replace_by", "paper_link"),
        ("opened_by", "opened_at"),
        "decided_by",
    )

    def initial(self, row: Any) -> dict[str, Any]:
        """The owner is served, today."""
        owner = row.account.organisation
        return {"served_to": owner.legal_representative or owner.name, "served_on": clock.today()}

    @admin.display(description=_("待补足 t"))
    def missing(self, obj: FraudCase) -> int:
        """Tonnes the owner has still to replace."""
        return obj.missing_t
