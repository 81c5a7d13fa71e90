"""Shapes of what a holder types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import Batch, HoldingAccount, Venue
from registry.states import FREE_KINDS, NOT_OF_A_PERSON, UnitState


class OrderForm(forms.Form):
    """What a transfer and a retirement have in common: how many whole tonnes, of which batch, and the idempotency key."""

    key = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=100)
    quantity_t = forms.IntegerField(label=_("数量"), min_value=1, max_value=999_999_999, help_text=_("整吨"))
    batch = forms.ModelChoiceField(
        Batch.objects.none(),
        label=_("批次"),
        required=False,
        empty_label=_("不指定，从最早的编号取起"),
    )

    def __init__(self, *args: Any, account: HoldingAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = account.blocks.filter(closed_by=None, state=UnitState.AVAILABLE).values("batch")
        self.fields["batch"].queryset = Batch.objects.filter(pk__in=held).select_related("series")  # type: ignore[attr-defined]


class TransferForm(OrderForm):
    """A transfer to initiate."""

    target_number = forms.CharField(label=_("转入账户号"), max_length=20, help_text=_("CH 开头，请与对方核对"))
    reason = forms.CharField(label=_("事由"), max_length=500, help_text=_("如合同号，对方会看到"))
    field_order = ("target_number", "quantity_t", "batch", "reason", "key")


class RetirementForm(OrderForm):
    """A retirement to initiate."""

    kind = forms.ChoiceField(label=_("用途类别"), choices=FREE_KINDS)
    beneficiary = forms.CharField(label=_("受益方"), max_length=48, help_text=_("会写在注销证明上，不超过 48 个字"))
    purpose = forms.CharField(label=_("用途"), max_length=100, help_text=_("不超过 100 个字，公开可查"))
    basis = forms.CharField(
        label=_("依据"),
        max_length=100,
        required=False,
        help_text=_("企业碳中和写核算边界和年度；生态环境损害赔偿写法律文书号；碳积分兑换写汇总单。公开可查"),
    )
    field_order = ("quantity_t", "batch", "kind", "beneficiary", "purpose", "basis", "key")

    def __init__(self, *args: Any, account: HoldingAccount, **kwargs: Any) -> None:
        super().__init__(*args, account=account, **kwargs)
        if account.organisation.is_person:
            kept = [(kind, label) for kind, label in FREE_KINDS if kind not in NOT_OF_A_PERSON]
            self.fields["kind"].choices = kept  # type: ignore[attr-defined]
            self.fields["beneficiary"].help_text = _("会写在注销证明上，公开可查。默认是脱敏的姓名；可以改成昵称或全名")
            self.fields["basis"].help_text = _("生态环境损害赔偿写法律文书号，其他不填。公开可查")


class VenueForm(OrderForm):
    """Units to take to an exchange."""

    venue = forms.ModelChoiceField(Venue.objects.none(), label=_("交易机构"), empty_label=_("请选择"))
    reason = forms.CharField(label=_("事由"), max_length=500, required=False)
    field_order = ("venue", "quantity_t", "batch", "reason", "key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["venue"].queryset = Venue.objects.select_related("organisation")  # type: ignore[attr-defined]


class PledgeForm(OrderForm):
    """A pledge to propose."""

    creditor_number = forms.CharField(label=_("质权人账户号"), max_length=20, help_text=_("CH 开头，请与对方核对"))
    contract_no = forms.CharField(label=_("质押合同号"), max_length=100)
    reason = forms.CharField(label=_("事由"), max_length=500, required=False, help_text=_("对方会看到"))
    field_order = ("creditor_number", "contract_no", "quantity_t", "batch", "reason", "key")


class ReplacementForm(OrderForm):
    """Units to retire for false ones."""
