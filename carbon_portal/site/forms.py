"""Shapes of what is typed to sign in or to register."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, SetPasswordForm
from django import forms
from django.contrib.auth.password_validation import validate_password
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


class SignInForm(LoginForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        password = fields.pop("password")
        password.label, password.help_text = _("密码"), ""
        password.widget.attrs.pop("placeholder", None)
        fields.pop("login")
        fields["username"] = forms.CharField(
            label=_("用户名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
        )
        fields["password"] = password

    def user_credentials(self) -> dict[str, str]:
        """Return what to look the person up by."""
        return {"username": self.cleaned_data["username"].strip(), "password": self.cleaned_data["password"]}

    def clean(self) -> Any:
        """Look the person up; the library asks for its own name of the first field."""
        if "username" in self.cleaned_data:
            self.cleaned_data["login"] = self.cleaned_data["username"].strip()
        return super().clean()


class Plain:
    """The library's form without its list of rules, which the page says in one sentence, and without grey words in boxes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)


class NewPasswordForm(Plain, ChangePasswordForm):
    """Old password and new."""


class FirstPasswordForm(Plain, SetPasswordForm):
    """A password for somebody who had none."""


class AgainForm(Plain, ReauthenticateForm):
    """The password again, before something is changed."""


class AddressForm(forms.Form):
    """The telephone or e-mail address a code is sent to."""

    address = forms.CharField(
        label=_("手机号或邮箱"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


class RegisterForm(forms.Form):
    """Code, name and password of somebody who registers."""

    address = forms.CharField(max_length=100, widget=forms.HiddenInput)
    code = forms.CharField(label=_("验证码"), max_length=10, widget=forms.TextInput(attrs=ONE_TIME))
    full_name = forms.CharField(
        label=_("真实姓名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.SlugField(
        label=_("用户名"),
        min_length=3,
        max_length=40,
        help_text=_("以后用它登录：字母、数字、短横线，3 到 40 个"),
        error_messages={"invalid": _("用户名只能用字母、数字、短横线和下划线")},
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("密码"),
        min_length=8,
        max_length=100,
        strip=False,
        help_text=_("至少 8 个字符"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """Refuse a password that is too short or too common."""
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]
