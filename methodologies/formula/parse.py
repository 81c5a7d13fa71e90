"""From text to a checked tree: only arithmetic, comparison, if/else, named quantities and calls get through."""

from __future__ import annotations

import ast
import keyword
import re
from decimal import Decimal

from kernel.rules import sentence as _
from methodologies.formula.errors import FormulaError, Place
from methodologies.formula.numbers import UNSIGNED

MOST_CHARACTERS = 1000
MOST_DEPTH = 50

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER_LIKE = re.compile(r"\.?[0-9][A-Za-z0-9_.]*")
_CHARACTER = re.compile(r"[.,+\-*/()<>=! \t\r\n]")
_QUOTED = re.compile(r"\"[^\"\\\n]*\"|'[^'\\\n]*'")
_FULL_WIDTH = dict(zip("（），＋－×÷＜＞＝．。“”", '(),+-*/<>=..""', strict=True))
_PLAIN_NUMBERS = _("数字请写成 1234.5 这样的十进制数，不用指数、下划线或 0x")

_OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow),
    *(ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
)
_NODES = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant)
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: _("不能用“.”取属性"),
    ast.FloorDiv: _("不能用“//”；取整请写 floor(…)"),
    ast.JoinedStr: _("不能用格式化文本"),
    ast.Tuple: _("一条公式只能有一个结果"),
    ast.GeneratorExp: _("不能用循环"),
    ast.Starred: _("不能用“*”展开"),
    ast.In: _("不能用 in"),
    ast.Is: _("不能用 is"),
}


def is_name(text: str) -> bool:
    """Return whether a quantity may be called so: a Latin letter, then letters, digits and underscores."""
    return bool(_NAME.fullmatch(text)) and not keyword.iskeyword(text)


def parse(name: str, source: str) -> ast.expr:
    """Return the tree of one formula; number constants in it are Decimals taken from the text.

    Offsets in the tree count UTF-8 bytes of ``source`` in one line. Raises FormulaError with the place marked.
    """
    if not source.strip():
        raise FormulaError(_("公式是空的"), Place(name, source, 0, 0))
    if len(source) > MOST_CHARACTERS:
        raise FormulaError(_("公式太长，最多 {most} 个字符", most=MOST_CHARACTERS), Place(name, source, 0, 1))
    _check_characters(name, source)
    flat = re.sub(r"[\t\n\r\f\v]", " ", source)
    indent = len(flat) - len(flat.lstrip())
    try:
        tree = ast.parse(flat.lstrip(), mode="eval").body
    except SyntaxError as error:
        at = min(max((error.offset or 1) - 1 + indent, 0), len(source) - 1)
        raise FormulaError(_("这里的写法不对"), Place(name, source, at, at + 1)) from None
    except (RecursionError, MemoryError):
        raise FormulaError(_("公式嵌套太深"), Place(name, source, 0, 1)) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += indent
            node.end_col_offset = (node.end_col_offset or 0) + indent
    _Gate(name, source).check(tree, MOST_DEPTH)
    return tree


def _check_characters(name: str, source: str) -> None:
    at = 0
    while at < len(source):
        if skipped := _QUOTED.match(source, at) or _WORD.match(source, at):
            at = skipped.end()
        elif number := _NUMBER_LIKE.match(source, at):
            if not UNSIGNED.fullmatch(number[0]):
                raise FormulaError(_PLAIN_NUMBERS, Place(name, source, at, number.end()))
            at = number.end()
        elif _CHARACTER.match(source, at):
            at += 1
        else:
            hint = _FULL_WIDTH.get(source[at])
            what = _("请用半角“{half}”", half=hint) if hint else _("公式里不能有“{char}”", char=source[at])
            raise FormulaError(what, Place(name, source, at, at + 1))


def place_of(node: ast.expr, name: str, source: str) -> Place:
    """Return where a node stands in its source."""
    data = source.encode()
    start, end = (len(data[: offset or 0].decode()) for offset in (node.col_offset, node.end_col_offset))
    return Place(name, source, start, end)


class _Gate:
    """Walks the tree once, lets only known nodes through and turns number constants into Decimals."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def refuse(self, what: str, node: ast.expr) -> FormulaError:
        return FormulaError(what, place_of(node, self.name, self.source))

    def check(self, node: ast.expr, depth: int) -> None:
        if not isinstance(node, _NODES):
            raise self.refuse(_REFUSED.get(type(node), _("公式里不能用这种写法")), node)
        if depth == 0:
            raise self.refuse(_("公式嵌套太深，最多 {most} 层", most=MOST_DEPTH), node)
        self.check_operators(node)
        if isinstance(node, ast.Constant):
            self.check_constant(node)
        if isinstance(node, ast.Call):
            self.check_call(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.check(child, depth - 1)

    def check_operators(self, node: ast.expr) -> None:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.expr, ast.expr_context, ast.keyword, *_OPERATORS)):
                raise self.refuse(_REFUSED.get(type(child), _("公式里不能用这个运算")), node)

    def check_call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Name):
            raise self.refuse(_REFUSED.get(type(node.func), _("只能调用列出的函数")), node.func)
        if node.keywords:
            raise self.refuse(_("函数的参数不写名字"), node.keywords[0].value)

    def check_constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            return
        if isinstance(node.value, bool) or node.value is None or node.value is ...:
            raise self.refuse(_("公式里只能写数字"), node)
        place = place_of(node, self.name, self.source)
        text = self.source[place.start : place.end]
        if not UNSIGNED.fullmatch(text):
            raise FormulaError(_PLAIN_NUMBERS, place)
        node.value = Decimal(text)  # type: ignore[assignment]
