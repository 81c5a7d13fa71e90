"""Shapes of what people type at a till, and on the operator's desks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Organisation, User
from accounts.scope import Acting, scope
from rewards.models import Cashier, Merchant, MerchantDevice, Offer
from scenarios.models import Scene


class KeyForm(forms.Form):
    """The key of a device, typed once by whoever was given it."""

    key = forms.CharField(label=_("设备密钥"), max_length=64, help_text=_("运营人员交给您的一串字符，只需填一次"))


class PinForm(forms.Form):
    """Who is at the till."""

    cashier = forms.ModelChoiceField(Cashier.objects.none(), label=_("店员"), empty_label=None)
    pin = forms.CharField(
        label=_("PIN"),
        max_length=8,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, device: MerchantDevice, leaders: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_work: QuerySet[Any] = Cashier.objects.filter(merchant=device.merchant_id, active=True).order_by("name")
        self.fields["cashier"].queryset = at_work.filter(leader=True) if leaders else at_work  # type: ignore[attr-defined]


class UseForm(PinForm):
    """A coupon to use."""

    code = forms.CharField(
        label=_("券码"),
        max_length=300,
        help_text=_("扫顾客的二维码，或输入 16 位券码"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ("code", "cashier", "pin")


class UndoForm(PinForm):
    """A use to take back."""

    reason = forms.CharField(label=_("撤销原因"), max_length=200)
    field_order = ("reason", "cashier", "pin")


class MakingForm(forms.Form):
    """A form on a desk of the operator, who sees what is within reach of a verb."""

    verb = ""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acting = Acting(by, self.verb)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = _within(field.queryset, acting)


def _within(rows: Any, acting: Acting) -> Any:
    if rows.model is Division:
        paths = scope(acting).paths
        return rows.filter(pk__in=[one.pk for one in rows if scope(acting).covers(one)]) if paths else rows.none()
    return rows.visible_to(acting) if hasattr(rows, "visible_to") else rows


class MerchantForm(MakingForm):
    """A shop to take in."""

    verb = "rewards.add_merchant"
    organisation = forms.ModelChoiceField(Organisation.objects.units(), label=_("单位"))
    name = forms.CharField(label=_("门店名称"), max_length=60)


class OfferForm(MakingForm):
    """An offer to write down."""

    verb = "rewards.draft_offer"
    merchant = forms.ModelChoiceField(Merchant.objects.filter(active=True), label=_("商户"))
    title = forms.CharField(label=_("名称"), max_length=40)
    face = forms.CharField(label=_("券面"), max_length=12, help_text=_("券面上的大字，如“5 元”"))
    kind = forms.ChoiceField(label=_("类别"), choices=Offer.Face.choices)
    price_points = forms.IntegerField(label=_("所需积分"), min_value=1, max_value=10_000_000)
    stock = forms.IntegerField(label=_("剩余"), min_value=0, max_value=1_000_000)
    per_person = forms.IntegerField(label=_("每人限兑"), min_value=1, max_value=1_000)
    valid_days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=730)
    terms = forms.CharField(label=_("使用说明"), max_length=500, widget=forms.Textarea)


class RestockForm(MakingForm):
    """Pieces to add."""

    verb = "rewards.restock"
    pieces = forms.IntegerField(label=_("补货数量"), min_value=1, max_value=1_000_000)


class DeviceForm(MakingForm):
    """A till to give to a shop."""

    verb = "rewards.add_device"
    merchant = forms.ModelChoiceField(Merchant.objects.filter(active=True), label=_("商户"))
    name = forms.CharField(label=_("设备"), max_length=30, help_text=_("店里怎么叫它，如“2 号柜台”"))


class CashierForm(MakingForm):
    """Somebody to let work at a shop's tills."""

    verb = "rewards.add_cashier"
    merchant = forms.ModelChoiceField(Merchant.objects.filter(active=True), label=_("商户"))
    name = forms.CharField(label=_("店员"), max_length=30)
    leader = forms.BooleanField(label=_("值班长"), required=False)


class RenewForm(MakingForm):
    """Nothing to fill in: a second look before a PIN is renewed."""

    verb = "rewards.renew_pin"


class RuleForm(MakingForm):
    """A points rule to set."""

    verb = "rewards.set_rule"
    scene = forms.ModelChoiceField(Scene.objects.all(), label=_("场景"))
    points_per_kg = forms.IntegerField(label=_("每千克积分"), min_value=1, max_value=10_000, initial=100)
    daily_cap = forms.IntegerField(label=_("每日上限（分）"), min_value=1, max_value=1_000_000, required=False)
    expiry_months = forms.IntegerField(label=_("有效期（月）"), min_value=1, max_value=120, initial=24)
    valid_from = forms.DateField(label=_("起用"), widget=forms.DateInput(attrs={"type": "date"}))


class PoolForm(MakingForm):
    """A pool of proceeds to open; amounts in fen."""

    verb = "rewards.open_pool"
    division = forms.ModelChoiceField(Division.objects.all(), label=_("区划"))
    reference = forms.CharField(label=_("对应的批次和成交"), max_length=100)
    total_fen = forms.IntegerField(label=_("成交金额 分"), min_value=1)
    fee_fen = forms.IntegerField(label=_("费用 分"), min_value=0, initial=0)
    tax_note = forms.CharField(label=_("税务口径"), max_length=60, required=False)
