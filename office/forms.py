"""Shapes of what officers and the public type about days and notices; the rules are in the verbs."""

from __future__ import annotations

from typing import Any

import filetype
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.forms import AskedForm
from accounts.taking import TableForm
from office.states import ExportFormat


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


class CalendarTableForm(TableForm):
    """The State Council's arrangement of one year, as a table."""

    field_order = ("year", "source", "file")
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    source = forms.CharField(label=_("依据"), help_text=_("通知的文号或网址"), max_length=300)


class ExportForm(AskedForm):
    """As what a list is taken away."""

    format = forms.ChoiceField(
        label=_("格式"),
        help_text=_("XLSX 带“说明”页；CSV 适合很大的表和别的程序"),
        choices=ExportFormat.choices,
        widget=forms.RadioSelect,
        initial=ExportFormat.XLSX,
    )


PAPERS_MOST, PAPER_BYTES = 3, 10 * 2**20
PAPER_KINDS = {"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG"}


class FilesInput(forms.FileInput):
    """A box that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A few papers: PDF or pictures, by what they are and not by their name. Gives ``[(name, content)]``."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Refuse too many, too large, empty, or of another kind."""
        uploads = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(uploads) > PAPERS_MOST:
            raise ValidationError(say("最多 %d 个文件") % PAPERS_MOST)
        return [self._read(super(FilesField, self).clean(one, initial)) for one in uploads]

    @staticmethod
    def _read(upload: Any) -> tuple[str, bytes]:
        if upload.size > PAPER_BYTES:
            raise ValidationError(say("文件“%(name)s”超过 %(limit)d MB") % {"name": upload.name, "limit": 10})
        content = upload.read()
        kind = filetype.guess(content)
        if kind is None or kind.mime not in PAPER_KINDS:
            raise ValidationError(say("文件“%s”不是 PDF、JPG 或 PNG，请转换后再传") % upload.name)
        return upload.name, content


class ObjectionForm(AskedForm):
    """What somebody objects to, and how to reach the person."""

    text = forms.CharField(
        label=_("异议内容"),
        help_text=_("写明对公示的哪一处有异议、事实和理由，至少 20 个字；不要写身份证号码等个人信息"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
    )
    papers = FilesField(
        label=_("证明材料"),
        help_text=_("PDF、JPG 或 PNG，最多 3 个，每个不超过 10 MB；只有办理人员能看到"),
        required=False,
    )
    name = forms.CharField(
        label=_("姓名或单位名称"),
        help_text=_("加密保存，只用于办理这件异议，不公开"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact = forms.CharField(label=_("联系方式"), help_text=_("手机号或邮箱，答复时用"), max_length=100)


class FollowForm(AskedForm):
    """Number and code from the receipt."""

    number = forms.CharField(label=_("异议编号"), help_text=_("例如 990100-YY-2026-0001"), max_length=40)
    code = forms.CharField(
        label=_("查询码"),
        help_text=_("10 位字母和数字，回执上有"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
