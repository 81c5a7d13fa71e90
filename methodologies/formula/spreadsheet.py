"""From checked trees to the formulas of a spreadsheet, so that somebody else's program computes them again.

A spreadsheet counts in binary with 15 digits; what comes out there agrees to about that, not digit by digit.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from decimal import Decimal

from methodologies.formula.build import Piece

_COMPUTED = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "=", ast.NotEq: "<>"}
_CALLED = {"min": "MIN", "max": "MAX", "sum": "SUM", "mean": "AVERAGE", "abs": "ABS", "floor": "INT", "count": "COUNT"}


def translated(piece: Piece, places: Mapping[str, str]) -> str:
    """Return one formula as a spreadsheet writes it. ``places`` say where every name stands: a cell, a range, a defined name."""
    return _Writer(piece, places).written(piece.tree)


class _Writer:
    """Writes a tree; everything computed stands in brackets, because spreadsheets bind signs and powers in their own way."""

    def __init__(self, piece: Piece, places: Mapping[str, str]) -> None:
        self.piece, self.places = piece, places

    def written(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=Decimal() as value):
                return format(value, "f")
            case ast.Constant(value=str() as text):
                return _quoted(text)
            case ast.Name(id=name):
                return self.places[name]
            case ast.UnaryOp(op=ast.Not()):
                return f"NOT({self.written(node.operand)})"
            case ast.UnaryOp(op=ast.USub()):
                return f"(-{self.written(node.operand)})"
            case ast.UnaryOp():
                return self.written(node.operand)
            case ast.BoolOp():
                name = "AND" if isinstance(node.op, ast.And) else "OR"
                return f"{name}({','.join(map(self.written, node.values))})"
            case ast.Compare():
                return self.compared(node)
            case ast.IfExp():
                return f"IF({self.written(node.test)},{self.written(node.body)},{self.written(node.orelse)})"
            case ast.BinOp(op=ast.Pow()):
                return f"POWER({self.written(node.left)},{self.written(node.right)})"
            case ast.BinOp():
                return f"({self.written(node.left)}{_COMPUTED[type(node.op)]}{self.written(node.right)})"
            case ast.Call(func=ast.Name(id=called)):
                return self.called(node, called)
        raise TypeError(ast.dump(node))  # the check lets nothing else through

    def compared(self, node: ast.Compare) -> str:
        """Write each pair by itself: a spreadsheet would compare ``a<b<c`` as ``(a<b)<c``."""
        sides = [self.written(side) for side in (node.left, *node.comparators)]
        pairs = [f"({sides[n]}{_COMPARED[type(op)]}{sides[n + 1]})" for n, op in enumerate(node.ops)]
        return pairs[0] if len(pairs) == 1 else f"AND({','.join(pairs)})"

    def called(self, node: ast.Call, called: str) -> str:
        given = [self.written(argument) for argument in node.args]
        match called:
            case "convert":
                times = self.piece.factors[node]
                return f"({given[0]}*{times.numerator}/{times.denominator})"
            case "ceil":
                return f"(-INT(-{given[0]}))"
            case "lookup":
                return f"VLOOKUP({given[1]},{given[0]},2,FALSE)"
            case "steps":
                return f"VLOOKUP({given[1]},{given[0]},2,TRUE)"
        return f"{_CALLED[called]}({','.join(given)})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
