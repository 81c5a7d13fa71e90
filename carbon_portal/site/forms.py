"""Shapes of what is typed to sign in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

TELEPHONE = {"inputmode": "tel", "autocomplete": "tel"}
ONE_TIME = {"inputmode": "numeric", "autocomplete": "one-time-code"}


class PhoneForm(forms.Form):
    """The number a code is sent to."""

    phone = forms.CharField(label=_("手机号"), max_length=30, widget=forms.TextInput(attrs=TELEPHONE))


class CodeForm(forms.Form):
    """The code, and the number it was sent to."""

    phone = forms.CharField(max_length=30, widget=forms.HiddenInput)
    code = forms.CharField(label=_("验证码"), max_length=10, widget=forms.TextInput(attrs=ONE_TIME))
