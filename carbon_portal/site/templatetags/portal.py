"""Tags and filters of every page; built in, so templates need no ``load``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from accounts.events import TOLD as OF_KEYS
from carbon_portal.site import drawing, words
from certificates.facts import kilograms_floored
from kernel import identifiers, quantities
from kernel.rules import Sentence
from methodologies.models import Method
from methodologies.views.told import TOLD as OF_METHODS
from office.told import TOLD as OF_OFFICE
from projects.views.story import INSIDE
from projects.views.story import TOLD as OF_CASES
from registry.services.methods import Under, under
from registry.views.holds import OF_HOLDS
from registry.views.orders import TOLD as OF_ORDERS
from scenarios.views.told import TOLD as OF_CITIZENS
from trading.views.agreements import TOLD as OF_AGREEMENTS
from trading.views.events import TOLD as OF_EVENTS

register = template.Library()

TCO2E = mark_safe("tCO<sub>2</sub>e")
VERBS = (
    OF_KEYS
    | OF_OFFICE
    | OF_METHODS
    | OF_CASES
    | INSIDE
    | OF_ORDERS
    | OF_HOLDS
    | OF_AGREEMENTS
    | OF_EVENTS
    | OF_CITIZENS
)


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw an icon of ``icons.svg``: ``{% icon "doc" %}``; size ``s`` is for running text."""
    return drawing.picture(f"i-{name}", f"i {size}".strip())


@register.simple_tag
def issued_under(method: Method) -> Under:
    """Return what was counted and issued under a version: the page of a method stands below the books and asks up here."""
    return under(method)


@register.filter
def verb_words(name: str) -> Any:
    """Say a verb as the story says it: ``projects.accept`` → 受理; a name the story does not tell stays as it is."""
    return VERBS[name][0] if name in VERBS else name


@register.simple_tag
def badge(subject: Any, said: Any = "") -> SafeString:
    """Show a state: ``{% badge project %}`` or ``{% badge "good" "有效" %}``. Glyph, word and tone come together.

    An object gives ``badge`` (one of the nine tones) and ``get_state_display``.
    """
    tone = subject if isinstance(subject, str) else subject.badge
    if tone not in drawing.GLYPHS:
        raise ValueError(f"{tone!r} is not one of the nine badge tones")
    label = said or ("" if isinstance(subject, str) else subject.get_state_display())
    return format_html('<span class="badge {}">{}{}</span>', tone, drawing.picture(f"b-{tone}", ""), label)


@register.simple_tag
def control(field: BoundField, width: str = "") -> SafeString:
    """Render a form control with its class and, when there is something to say, the ids of hint and error."""
    attrs: dict[str, str | bool] = {} if field.widget_type == "checkbox" else {"class": f"input {width}".strip()}
    described = [
        f"{field.auto_id}-{part}" for part, there in (("hint", field.help_text), ("error", field.errors)) if there
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.simple_tag
def error_line(field: BoundField, error: Any) -> str:
    """Name the field before its error in the summary, unless the sentence names it already."""
    return str(error) if str(error).startswith(str(field.label)) else f"{field.label}{gettext('：')}{error}"


@register.inclusion_tag("includes/columns.html")
def columns(rows: Any, caption: Any, unit: str = "", head: Any = "", summary: Any = "") -> dict[str, Any]:
    """Draw month columns with their table. ``rows``: (label, value, partial); ``unit`` stands in the caption."""
    rows = list(rows or ())
    bars, lines = drawing.columns(rows)
    words_of = {"caption": caption, "unit": unit, "head": head, "summary": summary}
    return {"bars": bars, "lines": lines, "floor": drawing.FLOOR, **words_of}


@register.inclusion_tag("includes/rings.html")
def rings(months: Any) -> dict[str, Any]:
    """Draw growth rings, one a month. ``months``: (value, partial); the figures stand in the caption beside it."""
    return {"rings": drawing.rings(list(months or ()))}


@register.inclusion_tag("includes/ruler.html")
def ruler(parts: Any, label: Any = "") -> dict[str, Any]:
    """Draw the serial ruler of a batch. ``parts``: (first, last, tone, words), tone available, frozen or retired."""
    parts = list(parts or ())
    tones = [tone for tone in ("available", "frozen", "retired") if any(part[2] == tone for part in parts)]
    return {"parts": drawing.ruler(parts), "last": parts[-1][1] if parts else 0, "label": label, "tones": tones}


@register.simple_tag(name="tco2e")
def unit_tco2e() -> SafeString:
    """Write the unit with a real subscript."""
    return TCO2E


@register.filter
def tco2e(value: Any) -> SafeString:
    """Write whole tonnes or a Decimal of tonnes with the unit: ``3 tCO2e`` with a real subscript."""
    return format_html("{}{}{}", words.number(value), words.NBSP, TCO2E)


@register.filter
def num(value: Any, places: int | None = None) -> str:
    """Write a number with thousands commas: ``{{ kwh|num }}``, ``{{ kwh|num:3 }}``."""
    return words.number(value, places)


@register.filter
def tonnes(value: int | None) -> str:
    """Write whole tonnes with ``t``."""
    return words.tonnes(value)


@register.filter
def yuan(value_fen: int | None) -> str:
    """Write fen as yuan with two decimals and the unit."""
    return words.yuan(value_fen)


@register.filter
def emission(value_mg: int | None) -> SafeString:
    """Write milligrams emitted as tonnes rounded up, with the unit: ``2.410 tCO2e`` with a real subscript."""
    return format_html("{}{}{}", words.emission(value_mg), words.NBSP, TCO2E)


@register.filter
def kg(value_mg: int | None) -> str:
    """Write milligrams as kilograms with three decimals."""
    return words.kilograms(value_mg)


@register.filter
def grams(value_mg: int | None) -> str:
    """Write milligrams as grams to the last digit."""
    return words.grams(value_mg)


@register.filter
def kilograms(value_mg: int | None) -> str:
    """Write milligrams as kilograms with three decimals, without the unit, for a figure whose unit is set smaller."""
    return "" if value_mg is None else quantities.kilograms(value_mg)


@register.filter
def exact_kg(value_mg: int | None) -> str:
    """Write milligrams as kilograms to the last digit, without the unit: 1,003,600 mg is 1.0036."""
    return "" if value_mg is None else words.number(Decimal(value_mg) / quantities.MG_PER_KG)


@register.filter
def whole_g(value_mg: int) -> str:
    """Write one act's milligrams as whole grams, cut: 383,800 mg is 383 g."""
    return f"{quantities.grams(value_mg)}{words.NBSP}g"


@register.filter
def kg_floored(value_mg: int) -> str:
    """Write milligrams as kilograms cut at the gram, as certificates do."""
    return kilograms_floored(value_mg)


@register.filter
def cn_date(value: date | datetime | str | None, form: str = "") -> str:
    """Write a day in the language of the page; ``"short"`` leaves the year out."""
    return words.day(value, short=form == "short")


@register.filter
def cn_datetime(value: datetime | str | None, form: str = "") -> str:
    """Write a moment in Shanghai time; ``"seconds"`` for a legal moment, ``"short"`` without the year."""
    return words.moment(value, seconds=form == "seconds", short=form == "short")


@register.simple_tag
def cn_span(start: date | str | None, end: date | str | None) -> str:
    """Write two days as one span."""
    return words.span(start, end)


@register.filter
def serial(value: str | None) -> SafeString:
    """Write a serial in mono that may break after its hyphens only."""
    if not value:
        return mark_safe("")
    pieces = str(escape(value)).replace("-", "-<wbr>")  # at once: a page has hundreds, and no escaped sign has a hyphen
    return mark_safe(f'<span class="serial">{pieces}</span>')  # noqa: S308  escaped the line before


@register.filter
def group_no(value: str | None) -> SafeString:
    """Write a certificate number in its printed groups 3-6-8-6-1, in mono."""
    return (
        format_html('<span class="mono">{}</span>', identifiers.group_certificate_no(str(value)))
        if value
        else mark_safe("")
    )


@register.filter
def mono(value: Any) -> SafeString:
    """Write a code in mono."""
    return format_html('<span class="mono">{}</span>', value) if value not in (None, "") else mark_safe("")


@register.filter
def exact_t(value_mg: int | None) -> str:
    """Write milligrams as tonnes with all nine decimals, as a carry is shown."""
    return "" if value_mg is None else quantities.tonnes_exact(value_mg)


@register.filter
def masked(name: str) -> str:
    """Hide the middle of a person's name."""
    return identifiers.mask_name(name)


@register.filter
def said(message: Any) -> str:
    """Say a refusal in the language of the page."""
    return message.translated(gettext) if isinstance(message, Sentence) else str(message)


@register.filter
def less(value: Decimal | int, other: Decimal | int) -> Decimal | int:
    """Subtract, for a remainder shown in words."""
    return value - other
