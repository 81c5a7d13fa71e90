"""Forms of the citizen's pages: shape only; the rules are in the verbs."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

CLOSING_WORDS = _("注销账户")


class PlainForm(forms.Form):
    """A form whose refusals say what to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写")
            if isinstance(field, forms.DateField):
                field.error_messages["invalid"] = _("请填年、月、日，例如 2026-11-01")


class DayInput(forms.DateInput):
    """The phone's own day picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PhoneForm(PlainForm):
    """Where to send the code."""

    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national"}),
    )


class CodeForm(PlainForm):
    """The code that came; the phone travels along, so that no session has to remember it."""

    phone = forms.CharField(max_length=20, widget=forms.HiddenInput())
    code = forms.CharField(
        label=_("短信验证码"),
        help_text=_("6 位数字"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class NameForm(PlainForm):
    """Who somebody is."""

    name = forms.CharField(
        label=_("姓名"),
        help_text=_("照身份证填写"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    identity_no = forms.CharField(
        label=_("居民身份证号码"),
        help_text=_("18 位，加密保存，只用于核验和一人一户"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ConsentForm(PlainForm):
    """The agreement to a text, and where the scene allows it the day from which it counts."""

    agree = forms.BooleanField(
        label=_("我已读完授权书，同意"),
        error_messages={"required": _("同意授权书后才能开始；不同意就不授权，也没有别的影响")},
    )
    since = forms.DateField(
        label=_("从哪一天起的骑行可以记入"),
        help_text=_("这个场景可以追溯；不填就从现在起"),
        required=False,
        widget=DayInput(),
    )

    def __init__(self, *args: Any, history: bool, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["agree"].error_messages["required"] = _("同意授权书后才能开始；不同意就不授权，也没有别的影响")
        if not history:
            del self.fields["since"]

    def covers_from(self) -> datetime | None:
        """Return the beginning of the chosen day where the riders are, or None for now."""
        day: date | None = self.cleaned_data.get("since")
        return datetime.combine(day, time(), self.zone) if day else None


class RangeForm(PlainForm):
    """The days a certificate is about."""

    starts_on = forms.DateField(label=_("从"), widget=DayInput())
    ends_on = forms.DateField(label=_("到"), help_text=_("两天都算在内"), widget=DayInput())


class ClosingForm(PlainForm):
    """The last question before what cannot be undone."""

    words = forms.CharField(
        label=_("请输入“注销账户”四个字"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = forms.CharField(label=_("为什么注销"), max_length=200, required=False)

    def clean_words(self) -> str:
        """Want the words as they stand."""
        words: str = self.cleaned_data["words"].strip()
        if words not in (str(CLOSING_WORDS), "注销账户"):
            raise forms.ValidationError(_("请照样输入“%(words)s”"), params={"words": CLOSING_WORDS})
        return words


class PartnerForm(PlainForm):
    """A partner to be taken in by the operator; the choices are filled in by the desk."""

    organisation: forms.ModelChoiceField[Any] = forms.ModelChoiceField(queryset=None, label=_("单位"))
    name = forms.CharField(label=_("平台名称"), max_length=60)
    zone = forms.CharField(
        label=_("时区"), help_text=_("用户的一天按这个时区切分，例如 Asia/Shanghai"), initial="Asia/Shanghai"
    )
    scenes: forms.ModelMultipleChoiceField[Any] = forms.ModelMultipleChoiceField(
        queryset=None, label=_("场景"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("依据"), help_text=_("例如协议编号"), required=False)
