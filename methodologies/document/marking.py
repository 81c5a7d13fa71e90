"""Where a formula mixes measures: the place of a result in the wrong unit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from kernel.rules import sentence as _
from methodologies.document.content import Document
from methodologies.formula import Declared, FormulaError, Place, Unit, parse_unit
from methodologies.formula.check import Checker
from methodologies.formula.parse import parse, place_of
from methodologies.formula.units import factor


def refuse_unit(document: Document) -> None:
    """Raise FormulaError("unit_error") unless the last line comes out in the declared unit.

    The place marked is where two measures of the same thing were multiplied or divided (kWh by t/MWh), else the whole last line.
    """
    compiled = document.compiled
    unit, wanted = compiled.units[list(compiled.units)[-1]], parse_unit(document.result)
    if unit is None or unit == wanted:
        return
    mixed = next(_mixed(document), None)
    if mixed is not None:
        place, found, one, other = mixed
        what = _(
            "结果的单位是 {unit}，应为 {wanted}：这里 {one} 与 {other} 相乘除，单位成了 {found}，差一个倍数；请先写 convert(…, '{other}')",
            unit=unit, wanted=wanted, one=one, other=other, found=found,
        )  # fmt: skip
        raise FormulaError(what, place, "unit_error")
    name, source = list(compiled.sources.items())[-1]
    what = _("公式结果的单位是 {unit}，应为 {wanted}；需要换算时请写 convert", unit=unit, wanted=wanted)
    raise FormulaError(what, Place(name, source, 0, len(source)), "unit_error")


def _mixed(document: Document) -> Iterator[tuple[Place, Unit, str, str]]:
    """Yield the smallest places that carry two symbols of one measure, with their unit and the two symbols, line by line."""
    compiled = document.compiled
    names = {name: Declared(one.kind, one.unit) for name, one in document.inputs.items()}
    names |= {name: Declared(one.kind, one.unit, one.by) for name, one in document.parameters.items()}
    for name, source in compiled.sources.items():
        tree, checker = parse(name, source), Checker(name, source, names)
        products = [
            node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))
        ]
        for node in reversed(products):  # the innermost first
            unit = checker.number(node).unit
            pair = _pair(unit) if unit is not None else None
            if unit is not None and pair is not None:
                yield place_of(node, name, source), unit, *pair
        names[name] = Declared(unit=compiled.units[name])


def _pair(unit: Unit) -> tuple[str, str] | None:
    """Return two symbols of one dimension in a unit, the one above the line first."""
    above = sorted(unit.powers, key=lambda power: -power[1])
    for (one, _n), (other, _m) in combinations(above, 2):
        if factor(Unit(((one, 1),)), Unit(((other, 1),))) is not None:
            return one, other
    return None
