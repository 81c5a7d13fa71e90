"""A formula drawn as MathML from its tree, which browsers draw by themselves."""

from __future__ import annotations

import ast
from decimal import Decimal
from html import escape

from methodologies.formula.parse import parse

# How tightly a node holds together; what holds less tightly than its surroundings gets parentheses.
_CHOICE, _OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)
_LOGIC = {ast.Or: (_OR, "或"), ast.And: (_AND, "且")}
_COMPARISONS = {ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠"}
_FENCES = {"floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉"), "abs": ("|", "|")}


def mathml(name: str, source: str) -> str:
    """Return ``name = source`` as a MathML element. Raises FormulaError where the source cannot be read."""
    tree = parse(name, source)
    inside = f"{_identifier(name)}<mo>=</mo>{_drawn(tree, _CHOICE)}"
    said = escape(f"{name} = {source}", quote=True)
    return f'<math displaystyle="true" alttext="{said}"><mrow>{inside}</mrow></math>'


def _drawn(node: ast.expr, around: int) -> str:
    tight, text = _node(node)
    return _fenced("(", text, ")") if tight < around else text


def _fenced(opened: str, inside: str, closed: str) -> str:
    """Put signs around, which grow with what is tall and stay small around a name."""
    grows = "" if "<mfrac>" in inside or "<mtable" in inside else ' stretchy="false"'
    return f"<mrow><mo{grows}>{opened}</mo>{inside}<mo{grows}>{closed}</mo></mrow>"


def _node(node: ast.expr) -> tuple[int, str]:
    match node:
        case ast.Constant(value=Decimal() as value):
            return _ATOM, f"<mn>{value:f}</mn>"
        case ast.Constant(value=value):
            return _ATOM, f"<mtext>{escape(str(value))}</mtext>"
        case ast.Name(id=name):
            return _ATOM, _identifier(name)
        case ast.UnaryOp(op=ast.Not()):
            return _NOT, f"<mo>¬</mo>{_drawn(node.operand, _NOT)}"
        case ast.UnaryOp():
            sign = "−" if isinstance(node.op, ast.USub) else "+"
            return _SIGN, f"<mo>{sign}</mo>{_drawn(node.operand, _SIGN)}"
        case ast.BoolOp():
            tight, word = _LOGIC[type(node.op)]
            return tight, f"<mtext> {word} </mtext>".join(_drawn(value, tight + 1) for value in node.values)
        case ast.Compare():
            parts = [_drawn(node.left, _SUM)]
            for op, side in zip(node.ops, node.comparators, strict=True):
                parts += [f"<mo>{_COMPARISONS[type(op)]}</mo>", _drawn(side, _SUM)]
            return _COMPARED, "".join(parts)
        case ast.IfExp():
            return _ATOM, _cases(node)
        case ast.BinOp():
            return _binary(node)
        case ast.Call(func=ast.Name(id=called)):
            return _ATOM, _called(called, node.args)
    raise TypeError(f"{type(node).__name__} does not pass the gate of parse")


def _binary(node: ast.BinOp) -> tuple[int, str]:
    match node.op:
        case ast.Div():
            return _ATOM, f"<mfrac>{_row(node.left)}{_row(node.right)}</mfrac>"
        case ast.Pow():
            return _POWER, f"<msup>{_boxed(node.left, _ATOM)}{_row(node.right)}</msup>"
        case ast.Mult():
            return _PRODUCT, f"{_drawn(node.left, _PRODUCT)}<mo>·</mo>{_drawn(node.right, _SIGN)}"
        case ast.Sub():
            return _SUM, f"{_drawn(node.left, _SUM)}<mo>−</mo>{_drawn(node.right, _PRODUCT)}"
    return _SUM, f"{_drawn(node.left, _SUM)}<mo>+</mo>{_drawn(node.right, _SUM)}"


def _cases(node: ast.IfExp) -> str:
    """Draw a choice as cases; a choice in the other branch goes on below."""
    rows, rest = [], node
    while True:
        rows.append(f"<mtr><mtd>{_row(rest.body)}</mtd><mtd>{_row(rest.test)}</mtd></mtr>")
        if not isinstance(rest.orelse, ast.IfExp):
            break
        rest = rest.orelse
    rows.append(f"<mtr><mtd>{_row(rest.orelse)}</mtd><mtd><mtext>其他</mtext></mtd></mtr>")
    return f'<mrow><mo stretchy="true">{{</mo><mtable columnalign="left">{"".join(rows)}</mtable></mrow>'


def _called(called: str, given: list[ast.expr]) -> str:
    if called in _FENCES:
        opened, closed = _FENCES[called]
        return _fenced(opened, _drawn(given[0], _CHOICE), closed)
    if called == "convert":
        return f"<msub>{_fenced('[', _drawn(given[0], _CHOICE), ']')}{_row(given[1])}</msub>"
    if called == "lookup":
        return _drawn(given[0], _ATOM) + _fenced("[", _drawn(given[1], _CHOICE), "]")
    if called == "steps":
        return _drawn(given[0], _ATOM) + _fenced("(", _drawn(given[1], _CHOICE), ")")
    if called == "sum" and len(given) == 1:
        return f"<mrow><mo>∑</mo>{_drawn(given[0], _ATOM)}</mrow>"
    if called == "mean" and len(given) == 1:
        return f"<mover>{_row(given[0])}<mo>‾</mo></mover>"
    listed = "<mo>,</mo>".join(_drawn(one, _CHOICE) for one in given)
    return f"<mi>{escape(called)}</mi>" + _fenced("(", listed, ")")


def _row(node: ast.expr) -> str:
    return _boxed(node, _CHOICE)


def _boxed(node: ast.expr, around: int) -> str:
    return f"<mrow>{_drawn(node, around)}</mrow>"


def _identifier(name: str) -> str:
    """Draw a name; what follows the first underscore stands below: ``ef_grid`` is ef with grid below."""
    first, _under, rest = name.partition("_")
    if not rest:
        return f"<mi>{escape(name)}</mi>"
    return f"<msub><mi>{escape(first)}</mi><mtext>{escape(rest.replace('_', ' '))}</mtext></msub>"
