"""What each part of a formula is: a number in a unit, a column of numbers, a condition. Mistakes are shown in place."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from fractions import Fraction

from kernel.rules import RuleViolation
from kernel.rules import sentence as _
from methodologies.formula.errors import FormulaError
from methodologies.formula.parse import place_of
from methodologies.formula.units import ONE, Unit, factor, parse_unit

LARGEST_POWER = 64


class Kind(Enum):
    """What a declared name stands for."""

    NUMBER = "number"
    LIST = "list"  # several numbers in one unit
    TEXT = "text"  # a choice, only for lookup
    TABLE = "table"  # choice → number, only for lookup
    STEPS = "steps"  # lower bound → number, only for steps
    CONDITION = "condition"  # yes or no; never declared, only the result of a comparison


@dataclass(frozen=True)
class Declared:
    """A declared name: its kind, its unit (None fits every unit) and, for steps, the unit of what is looked up."""

    kind: Kind = Kind.NUMBER
    unit: Unit | None = ONE
    by: Unit = ONE


_CONDITION = Declared(Kind.CONDITION)
_FREE = Declared(Kind.NUMBER, None)

# function → fewest and most arguments
FUNCTIONS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("min", "max", "sum", "mean"), (1, 12)),
    **dict.fromkeys(("floor", "ceil", "abs", "count"), (1, 1)),
    **dict.fromkeys(("convert", "lookup", "steps"), (2, 2)),
}


class Checker:
    """Checks one named formula against the declared names and remembers what ``convert`` has to multiply by."""

    def __init__(self, name: str, source: str, names: Mapping[str, Declared]) -> None:
        self.name, self.source, self.names = name, source, names
        self.used: set[str] = set()
        self.factors: dict[ast.Call, Fraction] = {}

    def refuse(self, what: str, node: ast.expr, code: str = "bad_formula") -> FormulaError:
        return FormulaError(what, place_of(node, self.name, self.source), code)

    def result(self, tree: ast.expr) -> Unit | None:
        """Return the unit of the whole formula, which has to be a number."""
        return self.number(tree).unit

    def number(self, node: ast.expr) -> Declared:
        found = self.of(node)
        if found.kind is not Kind.NUMBER:
            raise self.refuse(_("这里要一个数"), node)
        return found

    def condition(self, node: ast.expr) -> Declared:
        found = self.of(node)
        if found.kind is not Kind.CONDITION:
            raise self.refuse(_("这里要一个条件，例如 x > 0"), node)
        return found

    def of(self, node: ast.expr) -> Declared:
        """Return what a node is. Conditions and numbers never stand for each other."""
        match node:
            case ast.Constant(value=Decimal() as value):
                return Declared() if value else _FREE
            case ast.Constant():
                raise self.refuse(_("文字只能用在 convert 和 lookup 里"), node)
            case ast.Name():
                return self.named(node)
            case ast.UnaryOp(op=ast.Not()):
                return self.condition(node.operand)
            case ast.UnaryOp():
                return self.number(node.operand)
            case ast.BoolOp():
                for value in node.values:
                    self.condition(value)
                return _CONDITION
            case ast.Compare():
                self.alike(node, *(self.number(side) for side in (node.left, *node.comparators)))
                return _CONDITION
            case ast.IfExp():
                self.condition(node.test)
                return self.alike(node, self.number(node.body), self.number(node.orelse))
            case ast.BinOp():
                return self.arithmetic(node)
            case ast.Call(func=ast.Name(id=called)):
                return self.call(node, called)
        raise self.refuse(_("公式里不能用这种写法"), node)

    def named(self, node: ast.Name) -> Declared:
        if node.id not in self.names:
            close = get_close_matches(node.id, self.names, 1)
            hint = _("，是不是 {name}", name=close[0]) if close else ""
            raise self.refuse(_("没有名为 {name} 的量{hint}", name=node.id, hint=hint), node)
        self.used.add(node.id)
        return self.names[node.id]

    def alike(self, node: ast.expr, *parts: Declared) -> Declared:
        """Return the common unit of parts that are added, compared or chosen from."""
        units = [part.unit for part in parts if part.unit is not None]
        for unit in units[1:]:
            if unit != units[0]:
                hint = _("，需要换算时请写 convert") if factor(unit, units[0]) is not None else ""
                what = _("单位不一致：{one} 与 {other}{hint}", one=units[0], other=unit, hint=hint)
                raise self.refuse(what, node, "unit_error")
        return Declared(Kind.NUMBER, units[0]) if units else _FREE

    def arithmetic(self, node: ast.BinOp) -> Declared:
        left, right = self.number(node.left), self.number(node.right)
        match node.op:
            case ast.Add() | ast.Sub():
                return self.alike(node, left, right)
            case ast.Mult():
                known = left.unit is not None and right.unit is not None
                return Declared(Kind.NUMBER, left.unit * right.unit) if known else _FREE  # type: ignore[operator]
            case ast.Div():
                if right.unit is None:
                    raise self.refuse(_("除数是 0"), node.right)
                return _FREE if left.unit is None else Declared(Kind.NUMBER, left.unit / right.unit)
        return self.power(node, left, right)

    def power(self, node: ast.BinOp, base: Declared, exponent: Declared) -> Declared:
        if exponent.unit not in (ONE, None):
            raise self.refuse(_("指数不能带单位"), node.right, "unit_error")
        value = _literal(node.right)
        if value is not None and abs(value) > LARGEST_POWER:
            raise self.refuse(_("指数太大，最大 {most}", most=LARGEST_POWER), node.right)
        if base.unit is None or base.unit == ONE:
            return Declared()
        if value is None or value != int(value):
            raise self.refuse(_("带单位的量只能取整数次幂"), node.right, "unit_error")
        return Declared(Kind.NUMBER, base.unit ** int(value))

    def call(self, node: ast.Call, called: str) -> Declared:
        if called not in FUNCTIONS:
            known = "、".join(FUNCTIONS)
            raise self.refuse(_("没有 {name} 这个函数；可用的有 {known}", name=called, known=known), node.func)
        least, most = FUNCTIONS[called]
        if not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least}—{most}"
            what = _("{name} 要 {wanted} 个参数，这里有 {n} 个", name=called, wanted=wanted, n=len(node.args))
            raise self.refuse(what, node)
        match called:
            case "convert":
                return self.convert(node)
            case "lookup":
                return self.lookup(node)
            case "steps":
                return self.steps(node)
            case "floor" | "ceil" | "abs":
                return self.number(node.args[0])
            case "count":
                self.several(node)
                return Declared()
        return self.several(node) if len(node.args) == 1 else self.alike(node, *map(self.number, node.args))

    def several(self, node: ast.Call) -> Declared:
        found = self.of(node.args[0])
        if found.kind is not Kind.LIST:
            raise self.refuse(_("这里要一列数"), node.args[0])
        return Declared(Kind.NUMBER, found.unit)

    def convert(self, node: ast.Call) -> Declared:
        number, target = self.number(node.args[0]), node.args[1]
        if not isinstance(target, ast.Constant) or not isinstance(target.value, str):
            raise self.refuse(_("convert 的第二个参数是带引号的单位"), target)
        try:
            unit = parse_unit(target.value)
        except RuleViolation as error:
            raise self.refuse(str(error), target, "unit_error") from None
        times = Fraction(1) if number.unit is None else factor(number.unit, unit)
        if times is None:
            raise self.refuse(_("{one} 不能换算成 {other}", one=number.unit, other=unit), node, "unit_error")
        self.factors[node] = times
        return Declared(Kind.NUMBER, unit)

    def lookup(self, node: ast.Call) -> Declared:
        table, key = self.of(node.args[0]), node.args[1]
        if table.kind is not Kind.TABLE:
            raise self.refuse(_("lookup 的第一个参数是一张对照表"), node.args[0])
        text = isinstance(key, ast.Constant) and isinstance(key.value, str)
        if not text and self.of(key).kind is not Kind.TEXT:
            raise self.refuse(_("lookup 的第二个参数是文字"), key)
        return Declared(Kind.NUMBER, table.unit)

    def steps(self, node: ast.Call) -> Declared:
        table, value = self.of(node.args[0]), self.number(node.args[1])
        if table.kind is not Kind.STEPS:
            raise self.refuse(_("steps 的第一个参数是一张分档表"), node.args[0])
        self.alike(node, Declared(Kind.NUMBER, table.by), value)
        return Declared(Kind.NUMBER, table.unit)


def _literal(node: ast.expr) -> Decimal | None:
    """Return the value of a written number with its sign, None for anything that has to be computed."""
    match node:
        case ast.Constant(value=Decimal() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=Decimal() as value)):
            return -value
    return None
