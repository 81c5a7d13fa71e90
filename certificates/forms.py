"""The one field of the public check."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.services.verification import typed


class NumberForm(forms.Form):
    """A certificate's number, typed with or without the blanks between its groups."""

    number = forms.CharField(
        label=_("证书编号"),
        max_length=60,
        help_text=_("在证书右上角，TPH 开头，共 24 位；空格可以不输"),
        error_messages={"required": _("请输入证书编号")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"}),
    )

    def clean_number(self) -> str:
        """Return the number as it is stored."""
        return typed(self.cleaned_data["number"])
