"""What an organisation is asked for its account: to open it, change its data, restore or close it."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from office.forms import FilesField
from projects.forms import PlainForm
from projects.widgets import DayField
from registry.states import AccountKind


class _Keyed(PlainForm):
    key = forms.CharField(widget=forms.HiddenInput, min_length=8, max_length=100)


class _WithPaper(_Keyed):
    licence_valid_until = DayField(label=_("执照有效期至"), required=False, help_text=_("长期有效的不填"))
    file = FilesField(label=_("执照或证明材料"), help_text=_("PDF、JPG 或 PNG，一个文件"))

    def clean_file(self) -> tuple[str, bytes]:
        """Return name and content of the one file."""
        files = self.cleaned_data["file"]
        if len(files) != 1:
            raise ValidationError(gettext("请只传一个文件"))
        one: tuple[str, bytes] = files[0]
        return one


class _About(_WithPaper):
    legal_representative = forms.CharField(label=_("法定代表人"), max_length=60)
    contact_phone = forms.CharField(label=_("单位联系电话"), max_length=20, required=False)


class OpeningForm(_About):
    """An account to apply for."""

    account_kind = forms.ChoiceField(label=_("账户类型"), choices=AccountKind.choices)
    field_order = ("account_kind", "legal_representative", "contact_phone", "licence_valid_until", "file")


class ChangeForm(_About):
    """A change of the organisation's data to report."""

    name = forms.CharField(label=_("单位名称"), max_length=48)
    changed_on = DayField(label=_("变更发生日"), help_text=_("登记机关核准的日期"))
    field_order = ("name", "legal_representative", "contact_phone", "changed_on", "licence_valid_until", "file")


class RestoringForm(_WithPaper):
    """What shows that an account may be used again."""

    reason = forms.CharField(label=_("怎样整改的"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
    field_order = ("reason", "licence_valid_until", "file")


class ClosingForm(_Keyed):
    """Why an account is to be closed."""

    reason = forms.CharField(label=_("销户的理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
