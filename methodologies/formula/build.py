"""From checked trees to two Python functions: one for a row, one for columns at once.

The functions are built from our own trees, never from text, and see nothing but the names put before them here.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from kernel.rules import sentence as _
from methodologies.formula.check import LARGEST_POWER

FILE = "<formula>"


class NotComputable(Exception):
    """An evaluation without a value; the caller adds the place. A table without the row asked for is ``no_factor``."""

    def __init__(self, what: str, code: str = "not_computable") -> None:
        super().__init__(what)
        self.what, self.code = what, code


class Steps(NamedTuple):
    """A table of steps: the value at a place holds from its bound up to the next; bounds rise."""

    bounds: tuple[Decimal, ...]
    values: tuple[Decimal, ...]


class Piece(NamedTuple):
    """One named formula, checked: its tree, the names it uses and the factors of its conversions."""

    name: str
    tree: ast.expr
    used: frozenset[str]
    factors: Mapping[ast.Call, Fraction]


def _sum(values: Sequence[Decimal]) -> Decimal:
    return sum(_some(values), Decimal(0))


def _mean(values: Sequence[Decimal]) -> Decimal:
    return _sum(values) / len(values)


def _min(values: Sequence[Decimal]) -> Decimal:
    return min(_some(values))


def _max(values: Sequence[Decimal]) -> Decimal:
    return max(_some(values))


def _some(values: Sequence[Decimal]) -> Sequence[Decimal]:
    if not values:
        raise NotComputable(_("这一列没有数"))
    return values


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > LARGEST_POWER:
        raise NotComputable(_("指数太大，最大 {most}", most=LARGEST_POWER))
    return base**exponent


def _lookup(table: Mapping[str, Decimal], key: str) -> Decimal:
    if key not in table:
        raise NotComputable(_("对照表里没有“{key}”，没有可用的数值，不能计算", key=key), "no_factor")
    return table[key]


def _steps(table: Steps, value: Decimal) -> Decimal:
    place = bisect_right(table.bounds, value)
    if place == 0:
        raise NotComputable(_("{value} 低于分档表的第一档", value=value))
    return table.values[place - 1]


_KNOWN: dict[str, Any] = {
    "_sum": _sum,
    "_mean": _mean,
    "_min": _min,
    "_max": _max,
    "_least": min,
    "_greatest": max,
    "_power": _power,
    "_lookup": _lookup,
    "_steps": _steps,
    "_abs": abs,
    "_count": lambda values: Decimal(len(values)),
    "_floor": lambda value: value.to_integral_value(ROUND_FLOOR),
    "_ceil": lambda value: value.to_integral_value(ROUND_CEILING),
    "_zip": zip,
    "__builtins__": {},
}


class _Rewriter(ast.NodeTransformer):
    """Puts bound names in the place of constants, functions, powers and conversions."""

    def __init__(self, namespace: dict[str, Any], factors: Mapping[ast.Call, Fraction]) -> None:
        self.namespace, self.factors = namespace, factors

    def bind(self, value: Any, node: ast.expr) -> ast.expr:
        name = f"_c{len(self.namespace)}"
        self.namespace[name] = value
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return node if isinstance(node.value, str) else self.bind(node.value, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Pow):
            return _called("_power", [left, right], node)
        return ast.copy_location(ast.BinOp(left, node.op, right), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id  # type: ignore[attr-defined]
        arguments = [self.visit(argument) for argument in node.args]
        if name == "convert":
            return self.converted(arguments[0], self.factors[node], node)
        if name in ("min", "max") and len(arguments) > 1:
            return _called({"min": "_least", "max": "_greatest"}[name], arguments, node)
        if name in ("sum", "mean") and len(arguments) > 1:
            arguments = [ast.copy_location(ast.Tuple(arguments, ast.Load()), node)]
        return _called(f"_{name}", arguments, node)

    def converted(self, value: ast.expr, times: Fraction, node: ast.expr) -> ast.expr:
        """Multiply by the factor, exactly when it is a finite decimal, else multiply first and divide last."""
        if times == 1:
            return value
        finite = _finite(times)
        top, bottom = (finite, None) if finite is not None else (Decimal(times.numerator), Decimal(times.denominator))
        product = ast.copy_location(ast.BinOp(value, ast.Mult(), self.bind(top, node)), node)
        if bottom is None:
            return product
        return ast.copy_location(ast.BinOp(product, ast.Div(), self.bind(bottom, node)), node)


def _called(name: str, arguments: list[ast.expr], node: ast.expr) -> ast.expr:
    function = ast.copy_location(ast.Name(name, ast.Load()), node)
    return ast.copy_location(ast.Call(function, arguments, []), node)


def _finite(value: Fraction) -> Decimal | None:
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        digits = max(digits, power)
    return Decimal(value.numerator * 10**digits // value.denominator).scaleb(-digits) if rest == 1 else None


def build(
    pieces: Sequence[Piece], inputs: Sequence[str], parameters: Sequence[str]
) -> tuple[Callable[..., tuple[Decimal, ...]], Callable[..., list[Decimal]]]:
    """Return the row function ``(*inputs, *parameters) -> every result`` and the bulk function over columns of inputs.

    The bulk function gives the last result only, and computes what depends on parameters alone once.
    """
    namespace = dict(_KNOWN)
    trees = [_Rewriter(namespace, piece.factors).visit(piece.tree) for piece in pieces]
    exec(compile(_module(pieces, trees, inputs, parameters), FILE, "exec"), namespace)  # noqa: S102 - our own tree
    return namespace["_row"], namespace["_bulk"]


def _module(
    pieces: Sequence[Piece], trees: Sequence[ast.expr], inputs: Sequence[str], parameters: Sequence[str]
) -> ast.Module:
    names = [piece.name for piece in pieces]
    settings = [_assign(name, tree) for name, tree in zip(names, trees, strict=True)]
    results = ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load())
    row = _function("_row", [*inputs, *parameters], [*settings, ast.Return(results)])

    varying, moving = set(inputs), []
    steady: list[ast.stmt] = []
    for piece, tree, setting in zip(pieces, trees, settings, strict=True):
        if piece is pieces[-1] or piece.used & varying:
            varying.add(piece.name)
            moving.append((piece.name, tree))
        else:
            steady.append(setting)
    # "for name in [value]" inside a comprehension costs no more than an assignment
    loops = [_loop(name, ast.List([tree], ast.Load())) for name, tree in moving[:-1]]
    columns = [ast.Name(f"_in_{name}", ast.Load()) for name in inputs]
    each = ast.Tuple([ast.Name(name, ast.Store()) for name in inputs], ast.Store())
    zipped = ast.Call(
        ast.Name("_zip", ast.Load()), list[ast.expr](columns), [ast.keyword("strict", ast.Constant(True))]
    )
    rows = ast.comprehension(each, zipped, [], 0)
    listed = ast.ListComp(moving[-1][1], [rows, *loops])
    bulk = _function("_bulk", [*(column.id for column in columns), *parameters], [*steady, ast.Return(listed)])
    return ast.fix_missing_locations(ast.Module([row, bulk], []))


def _assign(name: str, tree: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], tree)


def _loop(name: str, values: ast.expr) -> ast.comprehension:
    return ast.comprehension(ast.Name(name, ast.Store()), values, [], 0)


def _function(name: str, arguments: Sequence[str], body: list[ast.stmt]) -> ast.FunctionDef:
    taken = ast.arguments([], [ast.arg(argument) for argument in arguments], None, [], [], None, [])
    function = ast.FunctionDef(name, taken, body, [])
    function.type_params = []  # type: ignore[attr-defined, unused-ignore]  # asked for from Python 3.12 on
    return function
