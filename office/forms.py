"""Shapes of what officers and the public type about days and notices; the rules are in the verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.asking import AskedForm


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of day and time, to the minute."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class OfficeMoment(forms.DateTimeField):
    """A moment on the office's wall clock, which is the time zone of the settings."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **kwargs)


class OutageForm(AskedForm):
    """Hours in which the site could not be read."""

    started_at = OfficeMoment(label=_("停运起"), help_text=_("北京时间，到分钟"))
    ended_at = OfficeMoment(label=_("恢复"))
    evidence = forms.CharField(
        label=_("依据"),
        help_text=_("监控记录编号、运营商通知等；一天内停运满 4 小时，这个工作日不计入公示期"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )


class CalendarForm(AskedForm):
    """The State Council's arrangement of one year."""

    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    source = forms.CharField(label=_("依据"), help_text=_("通知的文号或网址"), max_length=300)
    lines = forms.CharField(
        label=_("放假和调休"),
        help_text=_("一行一天：2027-01-01,元旦,休；周末上班写“班”。会替换这一年已有的安排，公示期只延长不缩短"),
        widget=forms.Textarea(attrs={"rows": 12}),
    )
