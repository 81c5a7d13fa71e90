"""A day as three boxes: year, month, day. Nobody has to guess an order or hit a small calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DayBoxes(forms.Widget):
    """Three text boxes named ``<name>_year``, ``_month`` and ``_day``; the value is ISO text, right or wrong."""

    use_fieldset = True
    parts = (("year", 4), ("month", 2), ("day", 2))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        """Return ``2026-6-30`` from the boxes, or None when all are empty."""
        values = [data.get(f"{name}_{part}", "").strip() for part, _size in self.parts]
        return "-".join(values) if any(values) else None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether no box was sent."""
        return all(f"{name}_{part}" not in data for part, _size in self.parts)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Draw the boxes; the first one carries the field's id, so that the summary of errors leads to it."""
        given = dict(attrs or {})
        first = given.pop("id", f"id_{name}")
        values = _split(value)
        words = {"year": _("年"), "month": _("月"), "day": _("日")}
        boxes = []
        for (part, size), text in zip(self.parts, values, strict=True):
            others = "".join(f' {key}="{one}"' for key, one in given.items() if key.startswith("aria-"))
            ident = first if part == "year" else f"{first}_{part}"
            boxes.append((ident, words[part], ident, f"{name}_{part}", text, size, SafeString(others)))
        box = '<label for="{}">{}<input class="input" id="{}" name="{}" value="{}" maxlength="{}" inputmode="numeric"{}></label>'
        return format_html('<div class="boxes">{}</div>', format_html_join("", box, boxes))


def _split(value: Any) -> list[str]:
    if isinstance(value, date):
        return [str(value.year), str(value.month), str(value.day)]
    return [*str(value or "").split("-", 2), "", "", ""][:3]


class DayField(forms.DateField):
    """A day typed in three boxes."""

    widget = DayBoxes
    default_error_messages = {"invalid": gettext_lazy("没有这一天，请填年、月、日，例如 2024 5 1")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)
