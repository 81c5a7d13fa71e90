"""Shapes of what owners and verifiers type. Rules are the verbs' business; a form only reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.forms import AskedForm
from accounts.models import Division, Organisation
from kernel import clock
from kernel.identifiers import check_uscc
from kernel.quantities import t_to_mg, tonnes_exact
from kernel.rules import RuleViolation
from methodologies.models import Method
from methodologies.services.quantify import methods_of
from office.forms import FilesField
from office.models import Profile
from projects.models import MonitoringPeriod, Project, Service
from projects.services.applications import FIELDS, MEASURED
from projects.services.decisions import Grounds
from projects.widgets import DayField
from scenarios.models import ClaimBatch, Scene


class NumberInput(forms.TextInput):
    """A box for a number that keeps whatever was typed, so that a mistake can be shown and put right."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "decimal", "autocomplete": "off"})


def plainly(fields: Mapping[str, forms.Field]) -> None:
    """Say what to do where a field is empty or no number."""
    for field in fields.values():
        chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        field.error_messages["required"] = _("请选择") if chosen else _("请填写")
        if isinstance(field, forms.DecimalField):
            field.error_messages["invalid"] = _("请只填数字，例如 5980 或 62.5")
        if isinstance(field, forms.FileField):
            field.error_messages["required"] = _("请选择一个文件")


class ProjectForm(forms.ModelForm):
    """An application. The credit code is typed again and has to be the owner's: it is what the certificate will say."""

    uscc = forms.CharField(
        label=_("统一社会信用代码"), help_text=_("18 位，照营业执照右上角填，我们当场核对"), max_length=40
    )
    commissioned_on = DayField(label=_("投运日期"), help_text=_("并网验收单上的日期，例如 2024 5 1"))
    crediting_from = DayField(label=_("计入期起"), help_text=_("不早于投运日期"))
    crediting_to = DayField(label=_("计入期止"))

    # The order of the page, which the summary of errors follows.
    field_order = [
        "uscc",
        "name",
        "profile",
        "method",
        "division",
        "location",
        "description",
        "capacity_kw",
        "meter_no",
        "commissioned_on",
        "crediting_from",
        "crediting_to",
        "unique_elsewhere",
        "truth_promised",
    ]

    class Meta:
        model = Project
        fields = tuple(name for name in FIELDS if name != "scene")
        help_texts = {
            "name": _("不超过 48 个字，会印在证书上"),
            "location": _("到门牌号或村组，公示时公开"),
            "description": _("装在哪里、多少组件、电送到哪里，边界到哪只表"),
            "capacity_kw": _("并网点的直流侧容量合计"),
            "meter_no": _("表计铭牌上的资产编号，一只表只能用于一个项目"),
            "method": _("只列已发布、按发电量核算的版本"),
            "profile": _("按哪个地方机制申请"),
        }
        labels = {"capacity_kw": _("装机容量")}
        widgets = {"description": forms.Textarea(attrs={"rows": 4}), "capacity_kw": NumberInput()}

    def __init__(self, *args: Any, owner: Organisation, **kwargs: Any) -> None:
        kwargs.setdefault("instance", Project(owner=owner))
        super().__init__(*args, **kwargs)
        self.owner = owner
        fitting = [row.pk for row in methods_of(*MEASURED)]
        self.fields["method"].queryset = Method.objects.filter(pk__in=fitting)  # type: ignore[attr-defined]
        own = Profile.objects.filter(pk=self.instance.profile_id)  # chosen before, perhaps while it was in force
        self.fields["profile"].queryset = Profile.objects.in_force(clock.today()) | own  # type: ignore[attr-defined]
        # The whole country has 3,000 divisions and many of one name; a mechanism does not reach beyond its province.
        province = owner.division.path.split(".")[0]
        self.fields["division"].queryset = Division.objects.filter(path__startswith=province)  # type: ignore[attr-defined]
        self._of_its_kind()
        for name in ("division", "method", "profile"):
            self.fields[name].empty_label = say("请选择")  # type: ignore[attr-defined]
        for name in ("unique_elsewhere", "truth_promised"):
            self.fields[name].required = False
        plainly(self.fields)
        if self.instance.pk:
            self.fields["uscc"].initial = owner.uscc

    def _of_its_kind(self) -> None:
        """Ask for capacity and meter: the table lets them be empty, because a scene's project has none."""
        for name in ("capacity_kw", "meter_no"):
            self.fields[name].required = True
        if self.instance.pk and self.instance.capacity_kw is not None:
            self.initial["capacity_kw"] = f"{self.instance.capacity_kw.normalize():f}"

    def clean_uscc(self) -> str:
        """Check both check characters, and that the code is the signed-in organisation's."""
        try:
            code = check_uscc(self.cleaned_data["uscc"])
        except RuleViolation as refusal:
            raise ValidationError(_said(refusal)) from refusal
        if code != self.owner.uscc:
            raise ValidationError(say("与 %s 登记的信用代码不一致，请核对") % self.owner.name)
        return code

    def validate_constraints(self) -> None:
        """Leave the table's rules to the verb, which also writes down a refusal."""

    def fields_for_verb(self) -> dict[str, Any]:
        """Return what the verbs ``draft`` and ``edit`` take."""
        return {name: self.cleaned_data[name] for name in FIELDS if name in self.fields}


class SceneProjectForm(ProjectForm):
    """An application of a citizens' scene: what people do there is counted act by act, so there is no meter."""

    field_order = [
        "uscc",
        "scene",
        *(name for name in ProjectForm.field_order if name not in ("uscc", "capacity_kw", "meter_no")),
    ]

    class Meta(ProjectForm.Meta):
        fields = tuple(name for name in FIELDS if name not in ("capacity_kw", "meter_no"))
        help_texts = ProjectForm.Meta.help_texts | {
            "scene": _("只列本单位已接入上报的场景"),
            "location": _("行为发生的区域，公示时公开"),
            "description": _("哪些人做什么、由哪个平台记录、边界到哪里"),
            "method": _("要和场景核算用的方法学一致"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def _of_its_kind(self) -> None:
        """Offer the owner's scenes and their methods."""
        scenes = Scene.objects.filter(partners__organisation=self.owner, active=True)
        scene, method = self.fields["scene"], self.fields["method"]
        scene.queryset, scene.required, scene.empty_label = scenes, True, say("请选择")  # type: ignore[attr-defined]
        method.queryset = Method.objects.filter(state="PUBLISHED", pk__in=scenes.values("method"))  # type: ignore[attr-defined]
        self.fields["commissioned_on"].label = _("场景上线日期")
        self.fields["commissioned_on"].help_text = _("开始记录行为的日期，例如 2024 5 1")
        self.fields["crediting_from"].help_text = _("不早于上线日期")


def _said(refusal: RuleViolation) -> str:
    message = refusal.message
    return message.translated(say) if hasattr(message, "translated") else str(message)


class PlainForm(forms.Form):
    """A form whose refusals say what to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plainly(self.fields)


class ReasonForm(forms.Form):
    """A reason in words, which the other side will read in full."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)

    def __init__(self, *args: Any, hint: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint
        plainly(self.fields)


class PeriodForm(PlainForm):
    """A monitored period to open."""

    starts_on = DayField(label=_("核算期起"), help_text=_("在计入期内，与止日在同一年"))
    ends_on = DayField(label=_("核算期止"), help_text=_("要已经过去"))


class ClaimPeriodForm(PlainForm):
    """The claim to open a period on."""

    claim = forms.ModelChoiceField(
        ClaimBatch.objects.none(),
        label=_("归集批次"),
        help_text=_("运营人员按月归集；一个批次只能申报一次"),
        empty_label=None,
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_claims = ClaimBatch.objects.filter(
            scene=project.scene_id, partner__organisation=project.owner_id, method=project.method_id, periods=None
        )
        self.fields["claim"].queryset = open_claims.order_by("month", "pk")  # type: ignore[attr-defined]
        self.fields["claim"].label_from_instance = _claim_words  # type: ignore[attr-defined]


def _claim_words(claim: ClaimBatch) -> str:
    words = say("%(month)s　%(number)s　%(acts)d 次，%(t)s t")
    return words % {
        "month": f"{claim.month:%Y-%m}",
        "number": claim.number,
        "acts": claim.acts,
        "t": tonnes_exact(claim.saved_mg),
    }


class SeriesForm(PlainForm):
    """A meter's file as it was exported."""

    file = forms.FileField(
        label=_("电表数据文件"),
        help_text=_("CSV，一列时间、一列功率，从监控平台导出后不要改动；可以是 gzip 压缩，最大 20 MB"),
        allow_empty_file=True,
    )
    unit = forms.ChoiceField(label=_("功率单位"), choices=[("W", "W"), ("kW", "kW")], initial="W")


class BillsForm(PlainForm):
    """A table of monthly bills."""

    file = forms.FileField(
        label=_("电费账单表"), help_text=_("XLSX 或 CSV，一行一个月，最大 2 MB"), allow_empty_file=True
    )


class ReadingsForm(forms.Form):
    """Monthly settlement readings in MWh, one box a month of the period."""

    def __init__(self, *args: Any, period: MonitoringPeriod, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {row.month: row.energy_kwh / 1000 for row in period.months.all()} if period.series_id is None else {}
        self.months = [
            date(period.vintage, month, 1) for month in range(period.starts_on.month, period.ends_on.month + 1)
        ]
        for month in self.months:
            label = month.strftime("%B") if (get_language() or "").startswith("en") else f"{month.month}月"
            initial = f"{known[month].normalize():f}" if month in known else None
            self.fields[f"m{month.month}"] = forms.DecimalField(
                label=label, max_digits=14, decimal_places=7, initial=initial, widget=NumberInput()
            )

        plainly(self.fields)

    def readings(self) -> dict[date, Decimal]:
        """Return ``{first of month: MWh}``."""
        return {month: self.cleaned_data[f"m{month.month}"] for month in self.months}


class ReportForm(PlainForm):
    """Whom the report goes to."""

    verifier = forms.ModelChoiceField(
        Organisation.objects.filter(kind=Organisation.Kind.VERIFIER),
        label=_("核证机构"),
        help_text=_("由您选择，要是业主之外的机构"),
        empty_label=None,
    )


class VerifyForm(PlainForm):
    """The verifier's finding: the claim as it is, or a lower figure with the reason."""

    verified_t = forms.DecimalField(
        label=_("核证减排量"),
        help_text=_("与申报一致就留空；核减时填核定的吨数，到小数点后 9 位"),
        required=False,
        widget=NumberInput(),
        min_value=0,
        max_digits=20,
        decimal_places=9,
    )
    reason = forms.CharField(
        label=_("核证意见"), help_text=_("业主会看到原文"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )

    def verified_mg(self) -> int | None:
        """Return the figure in milligrams, or None for the claim as it is."""
        value = self.cleaned_data.get("verified_t")
        return None if value is None else t_to_mg(value)


class OwnFigureForm(PlainForm):
    """What the verifier computed by its own means, and the file of it."""

    figure_t = forms.DecimalField(
        label=_("您计算的减排量"),
        help_text=_("到小数点后 9 位；可以下载计算表重算，也可以用自己的程序"),
        widget=NumberInput(),
        max_digits=20,
        decimal_places=9,
    )
    file = forms.FileField(label=_("计算文件"), help_text=_("任何格式，原样留存，业主看不到"))
    note = forms.CharField(
        label=_("说明"),
        help_text=_("业主会看到原文"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )

    def figure_mg(self) -> int:
        """Return the figure in milligrams."""
        return t_to_mg(self.cleaned_data["figure_t"])


class LetterForm(AskedForm):
    """Which bureau is asked what about a case in review."""

    project = forms.ModelChoiceField(Project.objects.none(), label=_("项目"), empty_label=_("请选择"))
    addressee = forms.CharField(
        label=_("征求意见的单位"), help_text=_("例如 林业局、供电公司、住房和城乡建设局"), max_length=100
    )
    question = forms.CharField(
        label=_("征求什么意见"),
        help_text=_("申请人会看到原文"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )
    workdays = forms.IntegerField(label=_("复函期限（工作日）"), min_value=1, max_value=30, initial=10)

    def __init__(self, *args: Any, cases: QuerySet[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = cases  # type: ignore[attr-defined]


class ReplyForm(AskedForm):
    """What the other bureau answered."""

    reply = forms.CharField(
        label=_("复函意见"),
        help_text=_("申请人会看到原文"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
    )
    file = FilesField(label=_("复函原件"), help_text=_("PDF、JPG 或 PNG，一个文件"), required=False)

    def clean_file(self) -> tuple[str, bytes] | None:
        """Return name and content of the one file, or None."""
        files = self.cleaned_data["file"]
        if len(files) > 1:
            raise ValidationError(say("请只传一个文件"))
        return files[0] if files else None


class DecisionForm(AskedForm):
    """What a decision against an applicant has to say; the remedies are added by the portal."""

    reason = forms.CharField(
        label=_("事实和理由"),
        help_text=_("写进决定书，申请人会看到原文"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )
    article = forms.CharField(
        label=_("依据的条款"),
        help_text=_("文件名称和第几条，例如《某某管理办法》第十五条第二款"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )
    service_method = forms.ChoiceField(label=_("送达方式"), choices=Service.choices)
    served_to = forms.CharField(label=_("受送达人"), max_length=100)
    served_on = forms.DateField(label=_("送达日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def given(self) -> dict[str, Any]:
        """Return what the verbs take: ``reason`` and ``grounds``."""
        told = dict(self.cleaned_data)
        return {"reason": told.pop("reason"), "grounds": Grounds(**told)}
