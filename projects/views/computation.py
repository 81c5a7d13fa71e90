"""How a reduction was computed, line by line: what went in, the factors with their sources, each formula, the result."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from methodologies.document import parse
from projects.models import Quantification


class Line(NamedTuple):
    """One quantity: name in words and in the formula, value and unit, where it comes from; the last one is the total."""

    label: str
    symbol: str
    value: str
    unit: str
    source: str
    formula: str = ""
    total: bool = False


def computation(figure: Quantification) -> list[Line]:
    """Return the lines of a stored computation in the order of its method document; values as stored, digit by digit."""
    document = parse(figure.method.document)
    source = _source(figure)
    given = [
        Line(one.title, name, figure.inputs[name], str(one.unit), source)
        for name, one in document.inputs.items()
        if name in figure.inputs
    ]
    factors = [
        Line(used["title"], used["name"], used["value"], _unit(used["unit"]), used["source"])
        for used in figure.parameters
    ]
    units = document.compiled.units
    results = [
        Line(
            document.labels.get(name, name),
            name,
            figure.results[name],
            _unit(str(units[name] or "")) or document.result,
            "",
            formula,
            name == document.last,
        )
        for name, formula in document.formula.items()
        if name in figure.results
    ]
    return [*given, *factors, *results]


def _source(figure: Quantification) -> str:
    period = figure.period
    if period.claim is not None:
        return _("归集批次 %(number)s 的 %(acts)s 次行为相加") % {
            "number": period.claim.number,
            "acts": f"{period.claim.acts:,}",
        }
    return _("电表数据") if period.series_id else _("月结算电量")


def _unit(text: str) -> str:
    return "" if text == "1" else text
