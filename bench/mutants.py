"""The small changes ``bench/mutation.py`` makes: each is one edit at one node of a module's tree.

Not changed: docstrings, sentences for people, annotations, decorators and ``__all__``, because no behaviour hangs on them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_REFUSALS = {"require": 1, "RuleViolation": 0, "FormulaError": 2, "refuse": 2, "NotComputable": 1}  # place of the code


@dataclass(frozen=True)
class Mutant:
    """One change: the ``at``-th node of the tree, which way, the line, the function and words for it."""

    at: int
    way: str
    line: int
    inside: str
    what: str

    def applied(self, source: str) -> ast.Module:
        """Return the changed tree."""
        tree = ast.parse(source)
        parents = {child: (parent, name, place) for parent, name, place, child in _children(tree)}
        old = list(ast.walk(tree))[self.at]
        new = _changed(old, self.way)
        parent, name, place = parents[old]
        if place is None:
            setattr(parent, name, new)
        else:
            getattr(parent, name)[place] = new
        return ast.fix_missing_locations(tree)


def mutants(source: str) -> list[Mutant]:
    """Return every change of a module, in the order of its lines."""
    tree = ast.parse(source)
    left_out, inside = _left_out(tree), _inside(tree)
    found = []
    for at, node in enumerate(ast.walk(tree)):
        if node in left_out or not hasattr(node, "lineno"):
            continue
        for way in _ways(node):
            before, after = _short(node), _short(_changed(copy.deepcopy(node), way))
            found.append(Mutant(at, way, node.lineno, inside.get(node, ""), f"{before} → {after}"))
    return sorted(found, key=lambda one: (one.line, one.at, one.way))


def _children(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list):
                yield from ((parent, name, n, child) for n, child in enumerate(value) if isinstance(child, ast.AST))
            elif isinstance(value, ast.AST):
                yield parent, name, None, value


def _left_out(tree: ast.Module) -> set[ast.AST]:
    out: set[ast.AST] = set()
    for node in ast.walk(tree):
        kept: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            kept += node.decorator_list
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            kept += [node.returns, *(one.annotation for one in every if one)]
        if isinstance(node, ast.AnnAssign):
            kept.append(node.annotation)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            kept.append(node)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            kept.append(node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and node.col_offset == 0:
            kept += _types(node.value)
        out.update(part for one in kept if one is not None for part in ast.walk(one))
    return out


def _types(node: ast.BinOp) -> list[ast.AST]:
    """Return ``A | B`` at the top of a module, which names a type."""
    return [node] if isinstance(node.op, ast.BitOr) else []


def _inside(tree: ast.Module) -> dict[ast.AST, str]:
    names: dict[ast.AST, str] = {}

    def walk(node: ast.AST, name: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}".lstrip(".")
        names[node] = name
        for child in ast.iter_child_nodes(node):
            walk(child, name)

    walk(tree, "")
    return names


def _ways(node: ast.AST) -> list[str]:
    match node:
        case ast.Compare():
            return [f"compare {n}" for n, _op in enumerate(node.ops)]
        case ast.BinOp() if type(node.op) in _COMPUTED:
            return ["operator"]
        case ast.AugAssign() if type(node.op) in _COMPUTED:
            return ["operator"]
        case ast.BoolOp():
            return ["and or"]
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            return ["drop sign"]
        case ast.Constant(value=bool()):
            return ["truth"]
        case ast.Constant(value=int()):
            return ["plus one", "minus one"]
        case ast.If() | ast.IfExp() | ast.While():
            return ["condition"]
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            return ["return none"]
        case ast.Expr(value=ast.Call()) | ast.Raise():
            return ["drop"]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if _code(node, name) is not None:
            return ["code"]
    return []


def _code(call: ast.Call, name: str) -> int | None:
    at = _REFUSALS.get(name)
    known = at is not None and at < len(call.args) and isinstance(call.args[at], ast.Constant)
    return at if known and isinstance(call.args[at].value, str) else None  # type: ignore[index, union-attr]


def _changed(node: Any, way: str) -> ast.AST:
    """Return the node changed in place, or what stands in its place."""
    kind, _space, place = way.partition(" ")
    match kind:
        case "compare":
            node.ops[int(place)] = _COMPARED[type(node.ops[int(place)])]()
        case "operator":
            node.op = _COMPUTED[type(node.op)]()
        case "and":
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case "truth":
            node.value = not node.value
        case "plus":
            node.value += 1
        case "minus":
            node.value -= 1
        case "condition":
            node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
        case "return":
            node.value = ast.copy_location(ast.Constant(None), node.value)
        case "code":
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            node.args[_REFUSALS[name]] = ast.copy_location(ast.Constant("changed"), node)
        case "drop":
            if isinstance(node, ast.stmt):
                return ast.copy_location(ast.Pass(), node)
            return node.operand  # type: ignore[no-any-return]
    return node  # type: ignore[no-any-return]


def _short(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)[:80]}"
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= 90 else f"{text[:60]}…{text[-29:]}"
