"""The operator's desks of the mall: merchants, offers, tills and cashiers, coupons, points and proceeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import Button, Desk, ReadOnly, is_staff, may
from accounts.refusals import REFUSALS
from accounts.workflow import sentence
from rewards import forms
from rewards.models import (
    Cashier,
    Coupon,
    CouponUse,
    Merchant,
    MerchantDevice,
    Offer,
    PointAccount,
    PointRule,
    PointsRun,
    ProceedsPool,
    ProceedsShare,
)
from rewards.services import coupons, mall, proceeds, riders, rules, tills
from rewards.states import CouponState, OfferState, PoolState
from scenarios.models import Upload
from trading.models import Agreement
from trading.states import AgreementState

IN_USE = "IN_USE"


class Making(ReadOnly):
    """A list to which a verb adds: its form is asked for, the verb called, and what is shown only once is shown."""

    form_class: ClassVar[type[forms.MakingForm]]
    function: ClassVar[Callable[..., Any]]
    subject: ClassVar[str] = ""  # the field that is the verb's row

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Those who have the verb."""
        return may(request, self.form_class.verb)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the fields, then call the verb."""

        def call(given: dict[str, Any]) -> Any:
            rows = [given.pop(self.subject)] if self.subject else []
            return type(self).function(*rows, by=request.user, **given)

        return self.ask(request, self.form_class, call, str(self.opts.verbose_name))

    def ask(
        self,
        request: HttpRequest,
        form_class: type[forms.MakingForm],
        call: Callable[[dict[str, Any]], Any],
        title: str,
    ) -> HttpResponse:
        """Show a form of ours, call the verb with what was typed, and show a secret it gives once."""
        if not request.user.has_perm(form_class.verb):
            raise PermissionDenied
        by: Any = request.user
        form, made, said = form_class(request.POST or None, by=by), None, ""
        if request.method == "POST" and form.is_valid():
            try:
                made = call(dict(form.cleaned_data))
            except REFUSALS as refusal:
                said = sentence(refusal)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if made is not None and not isinstance(made, tuple):
            messages.success(request, _("已办理：%s") % made)
            return redirect(back)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "form": form}
        context |= {"back": back, "said": said, "made": made[0] if made else None, "secret": made[1] if made else ""}
        return TemplateResponse(request, "admin/made_once.html", context, status=409 if said else 200)


class MerchantDeskRow(Merchant):
    """A shop in the mall."""

    state = IN_USE

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("商户台")


class DeviceDeskRow(MerchantDevice):
    """A till in service."""

    state = IN_USE

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("收银设备台")


class CashierDeskRow(Cashier):
    """Somebody at work."""

    state = IN_USE

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("店员台")


class OfferDeskRow(Offer):
    """An offer, in the mall or not."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("兑换项台")


class CouponDeskRow(Coupon):
    """A coupon the merchant may have failed to honour."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("退券台")


class RidersSaleDeskRow(Agreement):
    """A delivered sale of units that riders' grams were made into."""

    class Meta:
        proxy = True
        app_label = "rewards"
        verbose_name = verbose_name_plural = gettext_lazy("公众收益登记台")


class RidersPoolDeskRow(ProceedsPool):
    """A pool that waits to be shared."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("公众收益分配台")


class InUse(Making, Desk):
    """A desk over rows that are in use; one that is not, is to be looked at elsewhere."""

    waits = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Rows in use, within the person's scope."""
        return super(Desk, self).get_queryset(request).filter(active=True)


@admin.register(MerchantDeskRow)
class MerchantDesk(InUse):
    """Take shops in, and out."""

    form_class, function, subject = forms.MerchantForm, mall.add_merchant, "organisation"
    buttons = (Button(mall.stop_merchant, gettext_lazy("停用门店"), (IN_USE,), needs_reason=True, harm=True),)
    list_display = ("name", "organisation", "joined_at")
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name")
    fields = ("name", "organisation", "joined_at")


@admin.register(DeviceDeskRow)
class DeviceDesk(InUse):
    """Give tills to shops, and take them out of service."""

    form_class, function, subject = forms.DeviceForm, tills.add_device, "merchant"
    buttons = (Button(tills.stop_device, gettext_lazy("停用设备"), (IN_USE,), harm=True),)
    list_display = ("name", "merchant", "made_at")
    list_select_related = ("merchant",)
    fields = ("name", "merchant", "made_at")


class WithForms(Making):
    """A desk some of whose steps ask for more than a reason."""

    steps: ClassVar[dict[str, tuple[Any, type[forms.MakingForm], Callable[..., Any]]]] = {}

    def get_urls(self) -> list[Any]:
        """Add one address for each such step of a row."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step)
        return [path("<int:pk>/steps/<slug:slug>/", view, name=name), *super().get_urls()]

    def step(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask for the fields of the step, then call its verb."""
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or slug not in self.steps:
            raise Http404
        words, form_class, function = self.steps[slug]
        concrete = row._meta.concrete_model._base_manager.get(pk=row.pk)
        return self.ask(
            request, form_class, lambda given: function(concrete, by=request.user, **given), f"{words} {row}"
        )

    @admin.display(description=gettext_lazy("更多"))
    def more(self, obj: Any) -> str:
        """Links to the steps."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_step"
        links = [(reverse(name, args=[obj.pk, slug]), words) for slug, (words, _form, _verb) in self.steps.items()]
        return format_html('<a href="{}">{}</a>', *links[0])


@admin.register(CashierDeskRow)
class CashierDesk(InUse, WithForms):
    """Let people work at the tills; a PIN is shown once."""

    form_class, function, subject = forms.CashierForm, tills.add_cashier, "merchant"
    steps = {"pin": (gettext_lazy("换 PIN"), forms.RenewForm, tills.renew_pin)}
    buttons = (Button(tills.stop_cashier, gettext_lazy("离岗"), (IN_USE,), harm=True),)
    list_display = ("name", "merchant", "leader", "locked_until", "more")
    list_select_related = ("merchant",)
    fields = (("name", "merchant"), ("leader", "locked_until"))


@admin.register(OfferDeskRow)
class OfferDesk(WithForms, Desk):
    """Write offers down, show them and take them off, restock."""

    form_class, function, subject = forms.OfferForm, mall.draft_offer, "merchant"
    waits = (OfferState.DRAFT,)
    steps = {"restock": (gettext_lazy("补货"), forms.RestockForm, mall.restock)}
    buttons = (
        Button(mall.put_on_sale, gettext_lazy("上架"), (OfferState.DRAFT, OfferState.OFF)),
        Button(mall.take_off_sale, gettext_lazy("下架"), (OfferState.ON_SALE,)),
    )
    list_display = ("title", "merchant", "price_points", "stock", "per_person", "badge_of", "more")
    list_select_related = ("merchant",)
    search_fields = ("title", "merchant__name")
    fields = (
        ("title", "face", "kind"),
        ("merchant", "state"),
        ("price_points", "stock"),
        ("per_person", "valid_days"),
        "terms",
    )


@admin.register(CouponDeskRow)
class CouponDesk(Desk):
    """Give points back when the merchant was at fault. The code is nobody's business but its owner's."""

    waits = ()

    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            coupons.refund,
            gettext_lazy("商户责任，退回积分"),
            (CouponState.ISSUED, CouponState.EXPIRED),
            needs_reason=True,
            keyed=True,
        ),
    )
    list_display = ("number", "offer", "masked", "badge_of", "issued_at", "expires_on")
    list_select_related = ("offer",)
    search_fields = ("offer__title", "tail")
    fields = ("number", "offer", "masked", ("state", "expires_on"), "issued_at")
    readonly_fields = ("number", "masked")

    @admin.display(description=gettext_lazy("券码"))
    def masked(self, obj: Coupon) -> str:
        """The last four characters."""
        return f"**** **** **** {obj.tail}"


@admin.register(PointRule)
class PointRuleAdmin(Making):
    """What scenes give, from when on."""

    form_class, function, subject = forms.RuleForm, rules.set_rule, "scene"
    list_display = ("scene", "points_per_kg", "daily_cap", "expiry_months", "valid_from", "made_by")
    list_select_related = ("scene", "made_by")


@admin.register(RidersSaleDeskRow)
class RidersSaleDesk(Desk):
    """Sales of riders' units whose proceeds nobody has written down yet."""

    list_display = ("number", "seller", "buyer", "quantity_t", "amount_fen", "fee_fen")
    list_select_related = ("seller__organisation", "buyer__organisation")
    fields = (("seller", "buyer"), ("quantity_t", "price_fen"), ("amount_fen", "fee_fen"), "terms")
    buttons = (Button(riders.open_riders_pool, gettext_lazy("登记收益"), (AgreementState.DELIVERED,)),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Delivered, of a scene's project, and without a pool."""
        sold = super().get_queryset(request).filter(state=AgreementState.DELIVERED, proceeds=None)
        return sold.filter(journal__opened__series__project__scene__isnull=False).distinct()


@admin.register(RidersPoolDeskRow)
class RidersPoolDesk(Desk):
    """Pools to be shared by another operator than the one who wrote them down."""

    list_display = ("number", "reference", "distributable_fen", "badge_of", "made_by")
    list_select_related = ("made_by",)
    fields = (("reference", "agreement", "tax_note"), ("total_fen", "fee_fen", "distributable_fen"), "made_by")
    buttons = (Button(riders.share_among_riders, gettext_lazy("按克数分给公众"), (PoolState.OPEN,)),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that wait and came from riders' units."""
        return super().get_queryset(request).filter(state=PoolState.OPEN, agreement__isnull=False)


@admin.register(ProceedsPool)
class ProceedsPoolAdmin(Making):
    """What sales brought in, and whether it was shared."""

    form_class, function = forms.PoolForm, proceeds.open_pool
    needs = "rewards.open_pool"
    list_display = ("number", "reference", "total_fen", "fee_fen", "distributable_fen", "state", "made_by", "shared_by")
    list_select_related = ("made_by", "shared_by")


@admin.register(ProceedsShare)
class ProceedsShareAdmin(ReadOnly):
    """Shares of pools, by account number."""

    needs = "rewards.open_pool"
    list_display = ("pool", "citizen", "grams_mg", "amount_fen", "channel", "status")
    list_select_related = ("pool", "citizen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of pools in scope."""
        return super().get_queryset(request).filter(pool__in=ProceedsPool.objects.visible_to(request.user))


@admin.register(PointAccount)
class PointAccountAdmin(ReadOnly):
    """Points of citizens, by account number."""

    needs = "rewards.set_rule"
    list_display = ("citizen", "balance_points", "debt_points")
    list_select_related = ("citizen",)


@admin.register(PointsRun)
class PointsRunAdmin(ReadOnly):
    """Files whose points are credited."""

    needs = "rewards.set_rule"
    list_display = ("upload", "scene", "rule", "at")
    list_select_related = ("upload", "scene", "rule__scene")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of the uploads in scope."""
        return super().get_queryset(request).filter(upload__in=Upload.objects.visible_to(request.user))


@admin.register(CouponUse)
class CouponUseAdmin(ReadOnly):
    """Uses of coupons, the undone ones too."""

    needs = "rewards.refund_coupon"
    list_display = ("coupon", "device", "cashier", "used_at", "undone_at", "undone_by", "undo_reason")
    list_select_related = ("coupon", "device", "cashier", "undone_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of shops in scope."""
        return super().get_queryset(request).filter(device__merchant__in=Merchant.objects.visible_to(request.user))


@admin.register(Merchant, MerchantDevice, Cashier)
class OfShopsAdmin(ReadOnly):
    """Shops, tills and cashiers, those out of service too."""

    needs = "rewards.add_merchant"
    list_display = ("__str__", "active")


@admin.register(Offer)
class OfferAdmin(ReadOnly):
    """All offers in scope."""

    needs = "rewards.draft_offer"
    list_display = ("title", "merchant", "price_points", "stock", "state")
    list_select_related = ("merchant",)


@admin.register(Coupon)
class CouponAdmin(CouponDesk):
    """All coupons in scope, to look at; the code is masked."""

    buttons = ()
    needs = "rewards.refund_coupon"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every state."""
        return super(Desk, self).get_queryset(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The operator."""
        return is_staff(request) and may(request, self.needs)
