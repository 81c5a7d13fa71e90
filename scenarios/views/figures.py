"""What the account book shows, read in few questions whatever the number of acts. Reductions in milligrams of CO2e."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from math import isqrt
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kernel import clock
from kernel.rules import RuleViolation
from methodologies.document import quantify
from methodologies.services.quantify import document_of
from scenarios.models import Act, Citizen, Refusal

WEEK = timedelta(days=7)
HEART, EDGE = 620, 900


def acts_of(citizen: Citizen) -> QuerySet[Act]:
    """Return a citizen's acts, newest first, with all a line shows."""
    rows = Act.objects.filter(citizen=citizen).select_related(
        "upload__partner__organisation__division", "upload__scene", "upload__method"
    )
    return rows.order_by("-started_at", "-pk")


class Month(NamedTuple):
    """A month of the account book."""

    first: date
    acts: int
    saved_mg: int

    @property
    def code(self) -> str:
        """The month as addresses carry it, ``2026-11``."""
        return f"{self.first:%Y-%m}"


def months_of(citizen: Citizen) -> list[Month]:
    """Return the months with acts, oldest first, cut by the rider's local day."""
    rows = (
        Act.objects.filter(citizen=citizen)
        .annotate(month=TruncMonth("on_day"))
        .values("month")
        .annotate(n=Count("pk"), mg=Sum("saved_mg"))
        .order_by("month")
    )
    return [Month(row["month"], row["n"], row["mg"]) for row in rows]


def rings(months: list[Month]) -> list[int]:
    """Return a radius for each month: the area between the heart and a ring is the sum up to its month."""
    total, grown, radii = sum(month.saved_mg for month in months), 0, []
    for month in months if total else ():
        grown += month.saved_mg
        radii.append(isqrt((EDGE**2 - HEART**2) * grown // total + HEART**2))
    return radii


class Week(NamedTuple):
    """Seven days with their sums, the week's and the one's before, and whether today is in it."""

    first: date
    last: date
    rows: list[tuple[str, Decimal]]
    days: list[tuple[date, int]]
    saved_mg: int
    before_mg: int
    current: bool


def week_of(citizen: Citizen, day: date, current: bool) -> Week:
    """Return the week from Monday to Sunday around a day, in grams for the chart."""
    first = day - timedelta(days=day.weekday())
    days = dict(
        Act.objects.filter(citizen=citizen, on_day__range=(first - WEEK, first + WEEK - timedelta(days=1)))
        .values("on_day")
        .annotate(mg=Sum("saved_mg"))
        .values_list("on_day", "mg")
        .order_by()
    )
    names = [
        pgettext("星期", "一"),
        pgettext("星期", "二"),
        pgettext("星期", "三"),
        pgettext("星期", "四"),
        pgettext("星期", "五"),
        pgettext("星期", "六"),
        pgettext("星期", "日"),
    ]
    rows, each, inside, before = [], [], 0, 0
    for place, label in enumerate(names):
        on = first + timedelta(days=place)
        mg = days.get(on, 0)
        rows.append((_("今") if current and on == day else label, Decimal(mg) / 1000))
        each.append((on, mg))
        inside, before = inside + mg, before + days.get(on - WEEK, 0)
    return Week(first, first + WEEK - timedelta(days=1), rows, each, inside, before, current)


def zone_of(act: Act | None) -> ZoneInfo:
    """Return where the rider's days are cut."""
    return ZoneInfo(act.upload.partner.zone) if act is not None else clock.SHANGHAI


def line(act: Act) -> dict[str, Any]:
    """Return what a line of the list shows, with times on the rider's own clock."""
    zone = zone_of(act)
    return {
        "act": act,
        "km": act.amount,
        "time": act.started_at.astimezone(zone).strftime("%H:%M"),
        "until": act.ended_at.astimezone(zone).strftime("%H:%M"),
    }


def refusals_of(citizen: Citizen) -> QuerySet[Refusal]:
    """Return a citizen's acts that were not counted, newest first."""
    rows = Refusal.objects.filter(citizen=citizen).select_related("upload__partner", "upload__scene")
    return rows.order_by("-started_at", "-pk")


class Computation(NamedTuple):
    """How an act was quantified: the input, the factors used with their sources, and whether it is one plain product."""

    words: str
    amount: Decimal
    unit: str
    factors: list[Mapping[str, str]]
    formula: str
    product: bool
    saved_mg: int


def computation(act: Act) -> Computation | None:
    """Compute an act again by its method's own document; None when the document is no longer the published one."""
    scene, method, partner = act.upload.scene, act.upload.method, act.upload.partner
    try:
        document = document_of(method)
        on = act.on_day if document.factor_basis == "activity" else clock.local(act.upload.received_at).date()
        result = quantify(document, {scene.input_name: act.amount}, on, partner.organisation.division.adm6)
    except RuleViolation:
        return None
    taken, steps = document.inputs[scene.input_name], list(document.formula.values())
    factors = list(result.parameters)
    names = [scene.input_name, *(used["name"] for used in factors)]
    written = {"*".join(names), "*".join(names[::-1])}
    product = len(names) == 2 and len(steps) == 1 and steps[0].replace(" ", "") in written
    return Computation(
        taken.title or taken.name, act.amount, str(taken.unit), factors, "；".join(steps), product, result.reduction_mg
    )
