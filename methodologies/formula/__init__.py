"""The formula engine: text in, exact decimals out. Pure Python, so that a method can be recomputed anywhere.

``compile_formula`` reads named formulas in order; each may use the ones before it, the last is the result.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException, DivisionByZero, DivisionUndefined, localcontext
from types import TracebackType
from typing import Any

from kernel.rules import sentence as _
from methodologies.formula.build import FILE, NotComputable, Piece, Steps, build
from methodologies.formula.check import FUNCTIONS, Checker, Declared, Kind
from methodologies.formula.errors import FormulaError, Place
from methodologies.formula.numbers import CONTEXT, decimal, decimals
from methodologies.formula.parse import is_name, parse
from methodologies.formula.spreadsheet import translated
from methodologies.formula.units import ONE, Unit, parse_unit

__all__ = [
    "CONTEXT",
    "FUNCTIONS",
    "ONE",
    "Declared",
    "Formula",
    "FormulaError",
    "Kind",
    "Place",
    "Steps",
    "Unit",
    "compile_formula",
    "decimal",
    "decimals",
    "is_name",
    "parse_unit",
    "spreadsheet_formulas",
]

Value = Decimal | str | Sequence[Decimal] | Mapping[str, Decimal] | Steps


@dataclass(frozen=True)
class Formula:
    """Compiled formulas. ``units`` gives every named result's unit (None: a zero that fits every unit)."""

    sources: Mapping[str, str]
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    units: Mapping[str, Unit | None]
    used: frozenset[str]
    _row: Callable[..., tuple[Decimal, ...]]
    _bulk: Callable[..., list[Decimal]]

    def row(self, inputs: Mapping[str, Value], parameters: Mapping[str, Value]) -> dict[str, Decimal]:
        """Return every named result for one set of inputs, unrounded within 34 digits.

        Raises FormulaError("not_computable") with the place, for instance of a division by zero, or ("no_factor") when a
        table has no row for a choice.
        """
        values = [*(inputs[name] for name in self.inputs), *(parameters[name] for name in self.parameters)]
        try:
            with localcontext(CONTEXT):
                return dict(zip(self.sources, self._row(*values), strict=True))
        except (DecimalException, NotComputable) as error:
            raise self._located(error) from error

    def bulk(self, columns: Mapping[str, Sequence[Value]], parameters: Mapping[str, Value]) -> list[Decimal]:
        """Return the last result for columns of inputs of equal length; the same values as :meth:`row`, much faster.

        Raises FormulaError("not_computable") or ("no_factor") naming the first row without a value.
        """
        values = [*(columns[name] for name in self.inputs), *(parameters[name] for name in self.parameters)]
        try:
            with localcontext(CONTEXT):
                return self._bulk(*values)
        except (DecimalException, NotComputable):
            return self._one_by_one(columns, parameters)

    def _one_by_one(self, columns: Mapping[str, Sequence[Value]], parameters: Mapping[str, Value]) -> list[Decimal]:
        last, found = list(self.sources)[-1], []
        for number, row in enumerate(zip(*(columns[name] for name in self.inputs), strict=True), 1):
            try:
                found.append(self.row(dict(zip(self.inputs, row, strict=True)), parameters)[last])
            except FormulaError as error:
                raise error.in_row(number) from error
        return found

    def _located(self, error: DecimalException | NotComputable) -> FormulaError:
        line, start, end = _position(error.__traceback__)
        name, source = list(self.sources.items())[line]
        data = source.encode()
        place = Place(name, source, len(data[:start].decode()), len(data[:end].decode()))
        code = error.code if isinstance(error, NotComputable) else "not_computable"
        return FormulaError(_what(error), place, code)


def _position(trace: TracebackType | None) -> tuple[int, int, int]:
    """Return formula number and byte offsets of the last instruction that ran in a built function."""
    found = (0, 0, 0)
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == FILE:
            line, _end_line, start, end = list(code.co_positions())[trace.tb_lasti // 2]
            found = ((line or 1) - 1, start or 0, end or 0)
        trace = trace.tb_next
    return found


def _what(error: DecimalException | NotComputable) -> str:
    if isinstance(error, NotComputable):
        return error.what
    conditions: Any = error.args[0] if error.args else []
    if isinstance(error, DivisionByZero) or DivisionUndefined in conditions:
        return _("除数为 0，算不出结果")
    return _("这一步算不出结果，或结果超出范围")


def compile_formula(
    sources: Mapping[str, str], inputs: Mapping[str, Declared], parameters: Mapping[str, Declared]
) -> Formula:
    """Read, check and compile named formulas. ``inputs`` change from row to row, ``parameters`` do not.

    Raises FormulaError with code bad_formula or unit_error and the place marked.
    """
    pieces, units = _checked(sources, {**inputs, **parameters})
    row, bulk = build(pieces, tuple(inputs), tuple(parameters))
    used = frozenset[str]().union(*(piece.used for piece in pieces))
    return Formula(dict(sources), tuple(inputs), tuple(parameters), units, used, row, bulk)


def spreadsheet_formulas(
    sources: Mapping[str, str], declared: Mapping[str, Declared], places: Mapping[str, str]
) -> dict[str, str]:
    """Return each named formula as a spreadsheet writes it, without the equals sign; ``places`` say where each name stands.

    A list is a range, a table or steps a range of two columns. Raises FormulaError as ``compile_formula`` does.
    """
    pieces, _units = _checked(sources, declared)
    return {piece.name: translated(piece, places) for piece in pieces}


def _checked(
    sources: Mapping[str, str], declared: Mapping[str, Declared]
) -> tuple[list[Piece], dict[str, Unit | None]]:
    names = dict(declared)
    pieces: list[Piece] = []
    units: dict[str, Unit | None] = {}
    for line, (name, source) in enumerate(sources.items()):
        if name in names or name in FUNCTIONS or not is_name(name):
            raise FormulaError(_("“{name}”不能用作名字，或已另有所指", name=name), Place(name, source, 0, 1))
        tree = parse(name, source)
        checker = Checker(name, source, names)
        units[name] = checker.result(tree)
        names[name] = Declared(Kind.NUMBER, units[name])
        _number_lines(tree, line + 1)
        pieces.append(Piece(name, tree, frozenset(checker.used), checker.factors))
    return pieces, units


def _number_lines(tree: ast.expr, line: int) -> None:
    """Give all nodes of a formula its number as their line, which is how a failing step is found again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.lineno = node.end_lineno = line
