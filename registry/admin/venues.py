"""Exchanges outside the portal: which there are, what they settled, and their books of each day to be signed."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from accounts.desk import Button, Desk, ReadOnly, may
from accounts.models import Organisation, User
from registry.models import Trade, Venue, VenueOrder, VenueReport
from registry.services import reconciling, venues
from registry.states import VenueReportState


class VenueReportDeskRow(VenueReport):
    """The books of an exchange of a day, against ours."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("交易机构对账台")


class VenueForm(forms.Form):
    """An exchange to connect, and the document that approves it."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("交易机构"))
    approved_by = forms.CharField(label=_("批准单位"), max_length=100)
    approval_no = forms.CharField(label=_("批准文号"), max_length=100)
    approved_on = forms.DateField(label=_("批准日期"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Organisation.objects.visible_to(user).units().filter(venue=None)
        self.fields["organisation"].queryset = free.order_by("name")  # type: ignore[attr-defined]


@admin.register(VenueReportDeskRow)
class VenueReportDesk(Desk):
    """Sign the books of a day, or return them."""

    turn, workdays = 16, 1
    waits = (VenueReportState.RECEIVED,)

    buttons = (
        Button(reconciling.sign, _("签字，有差异的写明处理"), (VenueReportState.RECEIVED,), keyed=True),
        Button(reconciling.send_back, _("退回重报"), (VenueReportState.RECEIVED,), needs_reason=True, keyed=True),
    )
    list_display = ("__str__", "accounts", "ours_t", "theirs_t", "how_many", "badge_of", "reported_at")
    list_select_related = ("venue__organisation",)
    ordering = ("pk",)
    fields = (("venue", "on", "state"), ("accounts", "ours_t", "theirs_t"), "compared", ("reported_by", "reported_at"))

    @admin.display(description=_("差异"))
    def how_many(self, row: VenueReport) -> int:
        """How many accounts differ."""
        return len(row.differences)

    @admin.display(description=_("差异"))
    def compared(self, row: VenueReport) -> str:
        """Each account that differs, ours and theirs."""
        if not row.differences:
            return str(_("没有差异"))
        said = _("登记簿 %(ours)s t，交易机构 %(theirs)s t")
        lines = ((number, said % {"ours": ours, "theirs": theirs}) for number, ours, theirs in row.differences)
        return format_html("<ul>{}</ul>", format_html_join("", "<li><code>{}</code>　{}</li>", lines))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything: a desk writes no field."""
        return ("venue", "on", "state", "accounts", "ours_t", "theirs_t", "compared", "reported_by", "reported_at")


@admin.register(Venue)
class VenueAdmin(ReadOnly):
    """Exchanges that are connected."""

    list_display = ("organisation", "approved_by", "approval_no", "approved_on", "opened_at")
    list_select_related = ("organisation",)
    list_before_template = "admin/venue_link.html"

    def get_urls(self) -> list[Any]:
        """Add the page that connects one."""
        view = self.admin_site.admin_view(self.open_venue)
        return [path("open/", view, name="registry_venue_open"), *super().get_urls()]

    def open_venue(self, request: HttpRequest) -> HttpResponse:
        """Ask for the exchange and its approval."""
        if not may(request, "registry.open_venue"):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        by = cast(User, request.user)
        return ask(
            self,
            request,
            VenueForm(request.POST or None, user=by),
            lambda fields: venues.open_venue(fields.pop("organisation"), by=by, **fields),
            label=_("接入交易机构"),
            back=reverse("admin:registry_venue_changelist"),
        )


@admin.register(VenueOrder)
class VenueOrderAdmin(ReadOnly):
    """Units that went to an exchange and back."""

    list_display = ("__str__", "venue", "account", "way", "quantity_t", "state", "made_at")
    list_select_related = ("venue__organisation", "account__organisation")
    list_filter = ("way", "state")


@admin.register(Trade)
class TradeAdmin(ReadOnly):
    """Trades that were settled."""

    list_display = ("number", "venue", "seller", "buyer", "quantity_t", "price_fen", "traded_at", "journal")
    list_select_related = ("venue__organisation", "seller__organisation", "buyer__organisation", "journal")
    search_fields = ("number",)
