"""Computing with a document, and the checks a method passes before it may be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from kernel.quantities import MG_PER_KG, MG_PER_T, floor_mg, floors_mg, t_to_mg
from kernel.rules import RowError, RuleViolation, require
from kernel.rules import sentence as _
from methodologies.document.content import CAPPED, Document, Entry, Example, Input, Parameter
from methodologies.document.marking import refuse_unit
from methodologies.formula import Kind, Steps, decimal, decimals

MOST_VALUES = 50_000  # a year of quarter hours is 35,136

Given = str | Decimal | int | Sequence[str | Decimal | int]


@dataclass(frozen=True)
class Result:
    """A figure with all it was computed from.

    ``reduction_mg`` are whole milligrams of CO2e, floored once; ``results`` every named step, unrounded;
    ``parameters`` name, value, unit, region, valid_from, source and evidence of every factor used, as text;
    ``notes`` say why the figure is not the formula's own (capped, below zero).
    """

    reduction_mg: int
    results: Mapping[str, Decimal]
    parameters: tuple[Mapping[str, str], ...]
    code: str
    version: int
    digest: str
    unit: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Emission:
    """What an event emitted, by a document of kind ``emission``.

    ``emission_mg`` are whole milligrams of CO2e, rounded up once, so that nothing emitted is left out; ``results`` and
    ``parameters`` are as in :class:`Result`.
    """

    emission_mg: int
    results: Mapping[str, Decimal]
    parameters: tuple[Mapping[str, str], ...]
    code: str
    version: int
    digest: str


class Outcome(NamedTuple):
    """A worked example computed again: what came out, and whether it is exactly what the document states."""

    example: Example
    got: Decimal
    exact: bool


def quantify(document: Document, inputs: Mapping[str, Given], on: date, region: str | None = None) -> Result:
    """Return the reduction for one set of inputs.

    ``on`` is the day the document's ``factor_basis`` names; it chooses the factors, unless they are a fixed set.
    Raises RuleViolation: ``qualitative`` (no figure at all), ``not_a_reduction`` (an emission's document), ``bad_input`` with
    a row for each field, ``no_factor``, or FormulaError ``not_computable``.
    """
    _quantitative(document)
    results, used = _evaluated(document, inputs, on, region)
    reduction = list(results.values())[-1]
    milligrams, notes = _booked(document, reduction)
    if CAPPED in results and results[CAPPED] < results[document.last]:
        notes = (_("按上限计：公式得 {raw}，上限 {cap}", raw=results[document.last], cap=results[CAPPED]), *notes)
    return Result(milligrams, results, used, document.code, document.version, document.digest, document.result, notes)


def emission(document: Document, inputs: Mapping[str, Given], on: date, region: str | None = None) -> Emission:
    """Return the emission for one set of inputs, by a document of kind ``emission``.

    Raises RuleViolation ``not_an_emission`` for any other kind, and what :func:`quantify` raises for inputs and factors;
    a result below zero is refused (``not_computable``).
    """
    require(document.kind == "emission", "not_an_emission", _("这份方法学不是用来核算排放的"))
    results, used = _evaluated(document, inputs, on, region)
    emitted = list(results.values())[-1]
    require(emitted >= 0, "not_computable", _("公式得 {raw}，排放量不能低于零", raw=emitted))
    milligrams = -floor_mg(-emitted) if document.result == "kg" else -t_to_mg(-emitted)
    return Emission(milligrams, results, used, document.code, document.version, document.digest)


def _evaluated(
    document: Document, inputs: Mapping[str, Given], on: date, region: str | None
) -> tuple[Mapping[str, Decimal], tuple[Mapping[str, str], ...]]:
    values = _read_inputs(document, inputs)
    entries = _entries(document, on, region)
    results = document.compiled.row(values, {name: entry.value for name, entry in entries.items()})
    return results, tuple(_told(document.parameters[name], entry) for name, entry in entries.items())


def quantify_many(
    document: Document, columns: Mapping[str, Sequence[Given]], on: date, region: str | None = None
) -> list[int]:
    """Return whole milligrams for columns of inputs; the same figures as :func:`quantify`, much faster.

    Columns are of one length; an input of the kind list has a list in every row. The factors are chosen once for all rows.

    Raises as :func:`quantify` does; the rows of ``bad_input`` are counted from 1.
    """
    _quantitative(document)
    require(columns.keys() == document.inputs.keys(), "bad_input", _("列与方法学的输入不一致"))
    errors: list[RowError] = []
    values = {name: _read_column(document.inputs[name], column, errors) for name, column in columns.items()}
    if errors:
        raise RuleViolation("bad_input", _("有 {n} 处输入要改", n=len(errors)), rows=errors)
    entries = _entries(document, on, region)
    found = document.compiled.bulk(values, {name: entry.value for name, entry in entries.items()})
    milligrams = floors_mg(found, MG_PER_KG if document.result == "kg" else MG_PER_T)
    if document.scope == "act" and milligrams and min(milligrams) < 0:
        return [max(mg, 0) for mg in milligrams]
    return milligrams


def _quantitative(document: Document) -> None:
    require(document.kind != "emission", "not_a_reduction", _("这份方法学核算排放，不产生减排量"))
    require(document.kind == "quantitative", "qualitative", _("定性方法学不产生减排量"))


def _booked(document: Document, reduction: Decimal) -> tuple[int, tuple[str, ...]]:
    """Floor once, at the milligram. An act is never negative; a project's negative period stays a deduction."""
    milligrams = floor_mg(reduction) if document.result == "kg" else t_to_mg(reduction)
    if milligrams >= 0:
        return milligrams, ()
    if document.scope == "project":
        return milligrams, (_("本期为负，从以后的减排量中扣减"),)
    return 0, (_("公式得 {raw}，低于零，按 0 计", raw=reduction),)


def _read_inputs(document: Document, inputs: Mapping[str, Given]) -> dict[str, Decimal | str | tuple[Decimal, ...]]:
    errors = [RowError(None, name, _("方法学没有这一项输入")) for name in inputs if name not in document.inputs]
    values: dict[str, Decimal | str | tuple[Decimal, ...]] = {}
    for name, one in document.inputs.items():
        try:
            require(name in inputs, "bad_input", _("缺这一项"))
            values[name] = _read_input(one, inputs[name])
        except RuleViolation as error:
            errors.append(RowError(None, name, error.message))
    if errors:
        listed = "；".join(f"{error.field}：{error.message}" for error in errors)
        raise RuleViolation("bad_input", _("输入有 {n} 处要改：{listed}", n=len(errors), listed=listed), rows=errors)
    return values


def _read_input(one: Input, given: Given) -> Decimal | str | tuple[Decimal, ...]:
    if one.kind is Kind.TEXT:
        require(given in one.choices, "bad_input", _("“{given}”不在可选值里", given=given))
        return str(given)
    if isinstance(given, Sequence) and not isinstance(given, str):
        require(one.kind is Kind.LIST, "bad_input", _("只要一个数"))
        require(len(given) <= MOST_VALUES, "bad_input", _("一列最多 {most} 个数", most=MOST_VALUES))
        return tuple(_within(one, decimal(value)) for value in given)
    require(one.kind is Kind.NUMBER, "bad_input", _("要一列数"))
    return _within(one, decimal(given))


def _within(one: Input, value: Decimal) -> Decimal:
    require(
        one.least is None or value >= one.least, "bad_input", _("{value} 低于 {least}", value=value, least=one.least)
    )
    require(one.most is None or value <= one.most, "bad_input", _("{value} 高于 {most}", value=value, most=one.most))
    return value


def _read_column(
    one: Input, column: Sequence[Given], errors: list[RowError]
) -> Sequence[Decimal | str | tuple[Decimal, ...]]:
    """Read a column at once; only when something is wrong look for the rows."""
    if one.kind is Kind.NUMBER:
        try:
            texts = set(map(type, column)) == {str}
            values = decimals(column) if texts else [decimal(value) for value in column]  # type: ignore[arg-type]
            if values:
                _within(one, min(values))
                _within(one, max(values))
            return values
        except RuleViolation:
            pass  # the row is found below
    found = []
    for row, value in enumerate(column, 1):
        try:
            found.append(_read_input(one, value))
        except RuleViolation as error:
            errors.append(RowError(row, one.name, error.message))
    return found


def _entries(document: Document, on: date, region: str | None) -> dict[str, Entry]:
    """Choose each parameter's value: of the narrowest region that holds it, and there the latest in force."""
    fixed = document.factor_basis == "fixed"
    chosen: dict[str, Entry] = {}
    for name, parameter in document.parameters.items():
        fitting = [entry for entry in parameter.entries if entry.fits(region or "") and (fixed or entry.holds(on))]
        if not fitting:
            said = _(
                "{title} 在 {region} {on} 没有可用的数值，不能计算", title=parameter.title, region=region or "—", on=on
            )
            raise RuleViolation("no_factor", said)
        chosen[name] = max(fitting, key=lambda entry: (len(entry.region.rstrip("0")), entry.valid_from or date.min))
    return chosen


def _told(parameter: Parameter, entry: Entry) -> Mapping[str, str]:
    return {
        "name": parameter.name,
        "title": parameter.title,
        "value": value_text(entry.value),
        "unit": str(parameter.unit),
        "region": entry.region,
        "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
        "source": entry.source,
        "evidence": entry.evidence,
    }


def value_text(value: Decimal | Mapping[str, Decimal] | Steps) -> str:
    """Return a parameter's value as text: a number, ``choice=number`` pairs, or ``bound→number`` steps."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Steps):
        return "；".join(f"{bound}→{step}" for bound, step in zip(value.bounds, value.values, strict=True))
    return "；".join(f"{key}={number}" for key, number in value.items())


def told(value: Decimal) -> str:
    """Return an exact result as plain text without trailing zeros: 722.1775, never 7.221775E+2."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def outcomes(document: Document) -> list[Outcome]:
    """Compute every worked example again. Raises what :func:`quantify` raises."""
    return [outcome(document, example) for example in document.examples]


def outcome(document: Document, example: Example) -> Outcome:
    """Compute one worked example again. Raises what :func:`quantify` raises."""
    results, _used = _evaluated(document, example.inputs, example.on, example.region or None)
    got = list(results.values())[-1]
    if document.scope == "act":
        got = max(got, Decimal(0))
    if example.places is not None:
        got = got.quantize(Decimal(1).scaleb(-example.places), ROUND_HALF_UP)
    return Outcome(example, got, got == example.expected)


def check(document: Document) -> None:
    """Refuse a document that may not be published; a qualitative one has no formula to check.

    Raises FormulaError (``bad_formula``, ``unit_error``, the latter also when the result is not in the declared unit), or
    RuleViolation ``unused`` names, ``no_example``, ``bad_example`` with a row for each, ``evidence`` of class X.
    """
    used = [document.evidence, *(entry.evidence for one in document.parameters.values() for entry in one.entries)]
    require("X" not in used, "evidence", _("X 级依据不能用于签发"))
    if document.kind == "qualitative":
        return
    compiled = document.compiled
    refuse_unit(document)
    unused = sorted({*document.inputs, *document.parameters} - compiled.used)
    require(not unused, "unused", _("公式没有用到：{names}", names="、".join(unused)))
    require(document.examples, "no_example", _("至少要有一个算例"))
    wrong = [
        RowError(number, "expected", _("算得 {got}，写的是 {expected}", got=one.got, expected=one.example.expected))
        for number, one in enumerate(outcomes(document), 1)
        if not one.exact
    ]
    if wrong:
        listed = "；".join(f"算例 {error.row} {error.message}" for error in wrong)
        raise RuleViolation("bad_example", _("算例与公式不符：{listed}", listed=listed), rows=wrong)
