"""What the desks of freezes, pledges, cases and passings ask of an officer."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.content import taken_in
from accounts.forms import AskedForm
from accounts.models import Attachment, User
from accounts.services.attachments import keep_paper
from office.forms import FilesField
from projects.forms import DecisionForm
from registry.models import Batch, Freeze, HoldingAccount, Journal
from registry.services.deeds import Document
from registry.states import NONTRADE_KINDS, DeedKind

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_BATCH = re.compile(r"([0-9]{6})-([A-Z]{2}[0-9]{5})-(P[0-9]{5})-([0-9]{4})-([0-9]{2})")


class PaperForm(AskedForm):
    """A form with one paper, which is kept before the verb reads it."""

    file = FilesField(label=_("文书或材料原件"), help_text=_("PDF、JPG 或 PNG，一个文件"))

    def clean_file(self) -> tuple[str, bytes]:
        """Return name and content of the one file."""
        files = self.cleaned_data["file"]
        if len(files) != 1:
            raise ValidationError(gettext("请只传一个文件"))
        one: tuple[str, bytes] = files[0]
        return one


class DocumentForm(PaperForm):
    """Who made a document out, its number and the paper."""

    authority = forms.CharField(label=_("出具文书的单位"), help_text=_("法院、监察机关等的全称"), max_length=100)
    document_no = forms.CharField(label=_("文书号"), max_length=100)
    reason = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    field_order: tuple[str, ...] = ("authority", "document_no", "file")


class WhoseForm(DocumentForm):
    """A document about an account that the officer names by its number."""

    account = forms.CharField(label=_("账户号"), help_text=_("CH 开头"), max_length=20)
    field_order: tuple[str, ...] = ("authority", "document_no", "file", "account")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_account(self) -> HoldingAccount:
        """Return the account, of the officer's place."""
        number = self.cleaned_data["account"].strip().upper()
        account = HoldingAccount.objects.visible_to(self.by).filter(number=number).first()
        if account is None:
            raise ValidationError(gettext("辖区内没有账户号 %s，请核对") % number)
        return account


def batch_of(number: str) -> Batch | None:
    """Return the batch of a number, nothing for nothing; ValidationError for one that is not there."""
    if not number.strip():
        return None
    parts = _BATCH.fullmatch(number.strip().upper())
    rows = Batch.objects.none()
    if parts is not None:
        adm6, meth7, proj6, vintage, batch = parts.groups()
        rows = Batch.objects.filter(
            series__adm6=adm6, series__meth7=meth7, series__proj6=proj6, series__vintage=vintage, number=batch
        )
    row = rows.first()
    if row is None:
        raise ValidationError(gettext("没有批次 %s，请核对") % number)
    return row


class OfBatch(forms.Form):
    """The field for a batch by its number."""

    batch = forms.CharField(
        label=_("批次号"),
        help_text=_("只办一个批次时填，例如 990100-GD22002-P00002-2025-01"),
        required=False,
        max_length=40,
    )

    def clean_batch(self) -> Batch | None:
        """Return the batch."""
        return batch_of(self.cleaned_data["batch"])


class FreezeForm(OfBatch, WhoseForm):
    """A freeze: how much of whose, until when, behind which."""

    quantity_t = forms.IntegerField(label=_("数量 t"), min_value=1, max_value=999_999_999, help_text=_("整吨"))
    until = forms.DateField(label=_("冻结至（含当日）"), widget=DAY)
    behind = forms.CharField(
        label=_("轮候在后"), help_text=_("文书写明轮候时填前一笔的冻结编号，DJ 开头"), required=False, max_length=30
    )
    stops_orders = forms.BooleanField(
        label=_("同时停办在途申请"), help_text=_("文书要求时才选：未办完的转移和注销会取消"), required=False
    )
    field_order = (
        "authority",
        "document_no",
        "file",
        "account",
        "quantity_t",
        "batch",
        "until",
        "behind",
        "stops_orders",
    )

    def clean_behind(self) -> Freeze | None:
        """Return the freeze it waits behind."""
        number = self.cleaned_data["behind"].strip()
        if not number:
            return None
        key = number.rpartition("-")[2]
        row = Freeze.objects.visible_to(self.by).filter(pk=int(key) if key.isdecimal() else 0).first()
        if row is None or str(row) != number.upper():
            raise ValidationError(gettext("没有冻结编号 %s，请核对") % number)
        return row


class RenewalForm(DocumentForm):
    """To which day a freeze goes on."""

    until = forms.DateField(label=_("冻结至（含当日）"), widget=DAY)


class EnforcementForm(DocumentForm):
    """How much of what is frozen goes to whom."""

    target_number = forms.CharField(label=_("转入账户号"), max_length=20)
    quantity_t = forms.IntegerField(label=_("数量 t"), min_value=1, max_value=999_999_999, help_text=_("整吨"))


class DisposalForm(DocumentForm):
    """How much of what is pledged goes to the creditor."""

    quantity_t = forms.IntegerField(label=_("数量 t"), min_value=1, max_value=999_999_999, help_text=_("整吨"))


class NontradeForm(OfBatch, WhoseForm):
    """What passes without a sale, why and to whom."""

    kind = forms.ChoiceField(label=_("过户原因"), choices=[(kind, DeedKind(kind).label) for kind in NONTRADE_KINDS])
    target_number = forms.CharField(label=_("转入账户号"), max_length=20)
    quantity_t = forms.IntegerField(
        label=_("数量 t"), help_text=_("整吨，不填就是全部"), required=False, min_value=1, max_value=999_999_999
    )
    field_order = ("kind", "authority", "document_no", "file", "account", "target_number", "quantity_t", "batch")


class CorrectionForm(OfBatch, WhoseForm):
    """A journal that was a mistake, or tonnes of a batch that should not have been issued."""

    journal = forms.CharField(
        label=_("流水号"), help_text=_("更正转移时填，ZY、GH 等开头；整笔退回"), required=False, max_length=30
    )
    quantity_t = forms.IntegerField(
        label=_("多签发 t"),
        help_text=_("更正签发时和批次号一起填，整吨"),
        required=False,
        min_value=1,
        max_value=999_999_999,
    )
    field_order = ("authority", "document_no", "file", "account", "journal", "batch", "quantity_t", "reason")

    def clean_journal(self) -> Journal | None:
        """Return the journal of a number."""
        number = self.cleaned_data["journal"].strip().upper()
        if not number:
            return None
        key = number.rpartition("-")[2]
        row = Journal.objects.visible_to(self.by).filter(pk=int(key) if key.isdecimal() else 0).first()
        if row is None or row.number != number:
            raise ValidationError(gettext("没有流水号 %s，请核对") % number)
        return row

    def clean(self) -> dict[str, Any]:
        """One of the two, not both."""
        fields = super().clean() or self.cleaned_data
        issued = fields.get("batch") is not None and fields.get("quantity_t") is not None
        if not self.errors and (fields.get("journal") is not None) == issued:
            self.add_error("journal", gettext("请填流水号（更正转移），或填批次号和多签发的吨数（更正签发），只填一样"))
        return fields


class CaseForm(PaperForm):
    """The batch a case is opened on, and what was found."""

    batch = forms.CharField(label=_("批次号"), help_text=_("例如 990100-GD22002-P00002-2025-01"), max_length=40)
    facts = forms.CharField(
        label=_("立案事实"), help_text=_("会公开"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )
    field_order = ("batch", "facts", "file")

    def clean_batch(self) -> Batch | None:
        """Return the batch."""
        return batch_of(self.cleaned_data["batch"])


class CaseDecisionForm(DecisionForm):
    """How much was false, until when the owner replaces, and what the decision says."""

    false_t = forms.IntegerField(label=_("认定虚假 t"), min_value=1, max_value=999_999_999, help_text=_("整吨"))
    replace_by = forms.DateField(label=_("补足期限（含当日）"), widget=DAY)
    field_order = ("false_t", "replace_by", "reason", "article")


def kept(fields: dict[str, Any], *, by: User) -> Attachment:
    """Keep the paper of a form, which then has no file any more. Raises RuleViolation as ``taken_in`` and ``keep_paper`` do."""
    return keep_paper(taken_in(*fields.pop("file")), by=by)


def document(fields: dict[str, Any], *, by: User) -> Document:
    """Take the document out of what a form gives."""
    authority, document_no = fields.pop("authority"), fields.pop("document_no")
    return Document(authority, document_no, kept(fields, by=by))
