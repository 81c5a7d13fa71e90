"""The calculator of a method's page: one box for each monitored quantity, day and place where the factors ask for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.models import Division
from accounts.workflow import sentence
from kernel import clock
from kernel.rules import RuleViolation, Sentence
from methodologies.document import Document, Input, Result
from methodologies.formula import FormulaError, Kind
from methodologies.models import Method
from methodologies.services.quantify import quantify

DAY, PLACE = "on-day", "in-region"  # no input of a document has a hyphen in its name


class DayForm(forms.Form):
    """The day one asks about."""

    on = forms.DateField(
        label=_("哪一天"),
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("写成 2022-06-30"),
        error_messages={"invalid": _("日期应如 2022-06-30"), "required": _("请填写")},
    )


class Calculator(forms.Form):
    """The inputs of one document. Numbers stay text until the method reads them digit by digit."""

    def __init__(self, document: Document, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        for name, one in document.inputs.items():
            self.fields[name] = _field(one)
        entries = [entry for one in document.parameters.values() for entry in one.entries]
        regions = sorted({entry.region for entry in entries if entry.region})
        if document.factor_basis != "fixed" and any(entry.valid_from or entry.valid_to for entry in entries):
            self.fields[DAY] = forms.DateField(
                label=_("哪一天的系数"),
                required=False,
                initial=clock.today,
                input_formats=["%Y-%m-%d"],
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                help_text=_("写成 2022-06-30；不填就是今天"),
                error_messages={"invalid": _("日期应如 2022-06-30")},
            )
        if regions:
            self.fields[PLACE] = forms.ChoiceField(label=_("地区"), required=False, choices=_places(regions))

    def result(self, method: Method) -> Result | None:
        """Return what the method gives for what was typed, or None with the reasons added to the fields."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in (DAY, PLACE)}
        on: date = self.cleaned_data.get(DAY) or clock.today()
        try:
            return quantify(method, given, on=on, region=self.cleaned_data.get(PLACE) or None)
        except FormulaError as error:
            self.add_error(None, ValidationError(str(error.what)))
        except RuleViolation as error:
            for row in error.rows:
                self.add_error(row.field, ValidationError(_said(row.message)))
            if not error.rows:
                self.add_error(None, ValidationError(sentence(error)))
        return None


def _said(message: object) -> str:
    return message.translated(say) if isinstance(message, Sentence) else str(message)


def _field(one: Input) -> forms.Field:
    if one.kind is Kind.TEXT:
        return forms.ChoiceField(label=one.title, choices=[(choice, choice) for choice in one.choices])
    several = one.kind is Kind.LIST
    field = (Numbers if several else forms.CharField)(
        label=one.title,
        required=not several,
        max_length=10_000 if several else 40,
        help_text=_("几个数之间用逗号或空格分开") if several else "",
        widget=forms.TextInput(attrs={"autocomplete": "off", **({} if several else {"inputmode": "decimal"})}),
        error_messages={"required": _("请填写")},
    )
    field.unit = "" if str(one.unit) == "1" else str(one.unit)  # type: ignore[attr-defined]
    return field


class Numbers(forms.CharField):
    """Several numbers in one box."""

    def to_python(self, value: Any) -> Any:
        """Return the numbers as text, in their order."""
        return tuple(part for part in re.split(r"[,，、;；\s]+", super().to_python(value) or "") if part)

    def run_validators(self, value: Any) -> None:
        """Only the method judges the numbers."""


def _places(regions: list[str]) -> list[tuple[str, Any]]:
    stems = {re.sub(r"(00)+$", "", region): region for region in regions}
    names = {stems[row.code]: row.name for row in Division.objects.filter(code__in=stems)}
    return [("", _("不分地区")), *((region, names.get(region, region)) for region in regions)]
