"""Shapes of what sellers and organisers type. Rules are the verbs' business; a form only reads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Division
from methodologies.document import Document
from projects.forms import NumberInput, PlainForm, plainly
from projects.widgets import DayField
from registry.forms import OrderForm
from trading.states import Category, EventKind


class AgreementForm(OrderForm):
    """An agreement to propose: to whom, how many tonnes, of which batch, at what price."""

    buyer_number = forms.CharField(label=_("受让方账户号"), max_length=20, help_text=_("CH 开头，请与对方核对"))
    price = forms.DecimalField(
        label=_("单价"),
        max_digits=12,
        decimal_places=2,
        help_text=_("每吨多少元，精确到分"),
        widget=NumberInput(),
    )
    terms = forms.CharField(label=_("约定"), max_length=500, help_text=_("如合同号，对方会看到"))
    field_order = ("buyer_number", "quantity_t", "price", "batch", "terms", "key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plainly(self.fields)

    def fields_for_verb(self) -> dict[str, Any]:
        """Return what the verb ``propose`` takes: the price in fen."""
        told = dict(self.cleaned_data)
        return {"price_fen": int(told.pop("price") * 100), **told}


class EventForm(PlainForm):
    """An event to plan: what a certificate will say about it."""

    key = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=100)
    name = forms.CharField(label=_("活动名称"), max_length=48, help_text=_("不超过 48 个字，会印在证书上"))
    kind = forms.ChoiceField(label=_("活动类型"), choices=EventKind.choices)
    region = forms.ModelChoiceField(
        Division.objects.filter(parent=None),
        label=_("所在省份"),
        help_text=_("决定用电的排放因子"),
        empty_label=_("请选择"),
    )
    place = forms.CharField(label=_("举办地点"), max_length=30, help_text=_("不超过 30 个字，会印在证书上"))
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"), help_text=_("一天的活动与开始日期相同"))
    boundary = forms.CharField(
        label=_("核算边界"), max_length=60, help_text=_("哪些场所、哪些用能算在内，不超过 60 个字，会印在证书上")
    )


class ItemForm(PlainForm):
    """A line of an inventory: one box for each input of the method's document, in the document's unit."""

    key = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=100)
    category = forms.ChoiceField(label=_("排放类别"), choices=Category.choices)
    evidence = forms.CharField(label=_("依据"), max_length=200, help_text=_("如结算单号、加油记录，公开页面上看不到"))

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inputs = list(document.inputs)
        for name, one in document.inputs.items():
            label = f"{one.title}（{one.unit}）"
            self.fields[name] = forms.DecimalField(label=label, max_digits=18, decimal_places=6, widget=NumberInput())
        self.order_fields(["category", *self.inputs, "evidence", "key"])
        plainly(self.fields)

    def fields_for_verb(self) -> dict[str, Any]:
        """Return what the verb ``add_item`` takes: the inputs as text, digit by digit."""
        told = dict(self.cleaned_data)
        return {"inputs": {name: f"{told.pop(name):f}" for name in self.inputs}, **told}


class OffsetForm(OrderForm):
    """How many tonnes to retire for an event; the registry's batches to choose from."""

    field_order = ("quantity_t", "batch", "key")


class ComplianceForm(PlainForm):
    """An offset to apply for: the year's figures and how many tonnes."""

    key = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=100)
    allowance_t = forms.IntegerField(
        label=_("初始配额"), min_value=0, max_value=10**12, help_text=_("吨，年度初始分配的")
    )
    emission_t = forms.IntegerField(
        label=_("经核查排放量"), min_value=0, max_value=10**12, help_text=_("吨，核查报告的数")
    )
    quantity_t = forms.IntegerField(label=_("抵销数量"), min_value=1, max_value=999_999_999, help_text=_("整吨"))
