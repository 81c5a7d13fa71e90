"""Shapes of what sellers and organisers type. Rules are the verbs' business; a form only reads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects.forms import NumberInput, plainly
from registry.forms import OrderForm


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
