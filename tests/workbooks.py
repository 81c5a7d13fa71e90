"""Reading a workbook's formulas from its parts and computing them again with decimals, as an independent spreadsheet would."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from typing import Any
from xml.etree import ElementTree

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"(?:[^\"]|\"\")*\")|(?P<ref>(?:'[^']+'!|\w+!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)"
    r"(?![\w(])|(?P<name>[A-Za-z_][\w.]*)|(?P<op><=|>=|<>|[-+*/(),<>=]))"
)
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")


class Workbook:
    """Cells by sheet and address, and the names; ``value`` computes a cell from the formulas alone."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - our own file
            shared = self._shared(parts)
            self.titles = [str(sheet.get("name")) for sheet in book.iterfind(".//m:sheet", NS)]
            self.names = {str(one.get("name")): str(one.text) for one in book.iterfind(".//m:definedName", NS)}
            self.formulas: dict[tuple[str, str], str] = {}
            self.cells: dict[tuple[str, str], Any] = {}
            for number, title in enumerate(self.titles, 1):
                self._sheet(title, parts.read(f"xl/worksheets/sheet{number}.xml"), shared)
        self.computed: dict[tuple[str, str], Any] = {}

    @staticmethod
    def _shared(parts: zipfile.ZipFile) -> list[str]:
        if "xl/sharedStrings.xml" not in parts.namelist():
            return []
        root = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314
        return ["".join(text.text or "" for text in one.iter(f"{{{NS['m']}}}t")) for one in root.iterfind("m:si", NS)]

    def _sheet(self, title: str, content: bytes, shared: list[str]) -> None:
        for cell in ElementTree.fromstring(content).iterfind(".//m:c", NS):  # noqa: S314
            place, value = (title, str(cell.get("r"))), cell.findtext("m:v", namespaces=NS)
            formula = cell.findtext("m:f", namespaces=NS)
            if formula is not None:
                self.formulas[place] = formula
            if value:
                kind = cell.get("t")
                self.cells[place] = shared[int(value)] if kind == "s" else value if kind == "str" else Decimal(value)

    def value(self, title: str, cell: str) -> Any:
        """Return what a cell comes to: computed from its formula where it has one, never taken from what was saved with it."""
        place = (title, cell)
        if place not in self.formulas:
            return self.cells.get(place, "")
        if place not in self.computed:
            with localcontext(prec=34):
                self.computed[place] = _Reader(self, title, self.formulas[place]).whole()
        return self.computed[place]

    def named(self, name: str) -> Any:
        """Return the value of a named cell, or the rows of a named range."""
        return self.reference("", self.names[name])

    def reference(self, title: str, text: str) -> Any:
        """Return a cell's value or a range's rows."""
        sheet, bang, cells = text.rpartition("!")
        title = sheet.strip("'") if bang else title
        first, _colon, last = cells.partition(":")
        if not last:
            return self.value(title, first.replace("$", ""))
        (left, top), (right, bottom) = (_CELL.fullmatch(one).groups() for one in (first, last))  # type: ignore[union-attr]
        columns = [_letters(n) for n in range(_number(left), _number(right) + 1)]
        return [[self.value(title, f"{c}{r}") for c in columns] for r in range(int(top), int(bottom) + 1)]

    def table(self, title: str) -> list[list[Any]]:
        """Return the rows of a sheet, computed, without its headings."""
        rows: dict[int, dict[int, Any]] = {}
        for sheet, cell in [*self.cells, *self.formulas]:
            if sheet == title:
                column, row = _CELL.fullmatch(cell).groups()  # type: ignore[union-attr]
                rows.setdefault(int(row), {})[_number(column)] = self.value(title, cell)
        return [[row.get(n, "") for n in range(1, max(row) + 1)] for at, row in sorted(rows.items()) if at > 1]


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found


def _letters(number: int) -> str:
    return (_letters((number - 1) // 26) if number > 26 else "") + chr(65 + (number - 1) % 26)


def _flat(arguments: list[Any]) -> list[Decimal]:
    found: list[Decimal] = []
    for one in arguments:
        found += _flat(one) if isinstance(one, list) else [one] if isinstance(one, Decimal) else []
    return found


def _vlookup(key: Any, rows: list[list[Any]], column: Decimal, near: Any) -> Any:
    fitting = [row for row in rows if (row[0] <= key if near else row[0] == key)]
    return fitting[-1 if near else 0][int(column) - 1]


def _sumifs(what: list[list[Any]], where: list[list[Any]], wanted: Any) -> Decimal:
    return sum((row[0] for row, key in zip(what, where, strict=True) if key[0] == wanted), Decimal(0))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "MIN": lambda *given: min(_flat(list(given))),
    "MAX": lambda *given: max(_flat(list(given))),
    "SUM": lambda *given: sum(_flat(list(given)), Decimal(0)),
    "AVERAGE": lambda *given: sum(_flat(list(given)), Decimal(0)) / len(_flat(list(given))),
    "COUNT": lambda *given: Decimal(len(_flat(list(given)))),
    "ABS": abs,
    "INT": lambda value: value.to_integral_value(ROUND_FLOOR),
    "ROUND": lambda value, places: value.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP),
    "POWER": lambda base, exponent: base**exponent,
    "NOT": lambda value: not value,
    "AND": lambda *given: all(given),
    "OR": lambda *given: any(given),
    "VLOOKUP": _vlookup,
    "SUMIFS": _sumifs,
}


class _Reader:
    """Reads and computes one formula; the branch an IF does not take is not computed, as in a spreadsheet."""

    def __init__(self, book: Workbook, title: str, text: str) -> None:
        self.book, self.title, self.tokens, self.at = book, title, list[tuple[str, str]](), 0
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            assert found is not None, (text, place)
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()

    def whole(self) -> Any:
        value = self.comparison()()
        assert self.at == len(self.tokens)
        return value

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> tuple[str, str]:
        token = self.tokens[self.at]
        assert not wanted or token[1] == wanted, (wanted, token)
        self.at += 1
        return token

    def comparison(self) -> Callable[[], Any]:
        left = self.sum()
        operations: dict[str, Callable[[Any, Any], bool]] = {
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
            "=": lambda a, b: a == b,
            "<>": lambda a, b: a != b,
        }
        if self.peek() in operations:
            does, right = operations[self.take()[1]], self.sum()
            return lambda: does(left(), right())
        return left

    def sum(self) -> Callable[[], Any]:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = self._joined(self.take()[1], value, self.product())
        return value

    def product(self) -> Callable[[], Any]:
        value = self.signed()
        while self.peek() in ("*", "/"):
            value = self._joined(self.take()[1], value, self.signed())
        return value

    @staticmethod
    def _joined(sign: str, left: Callable[[], Any], right: Callable[[], Any]) -> Callable[[], Any]:
        does = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}[
            sign
        ]
        return lambda: does(left(), right())

    def signed(self) -> Callable[[], Any]:
        if self.peek() == "-":
            self.take()
            value = self.signed()
            return lambda: -value()
        return self.atom()

    def atom(self) -> Callable[[], Any]:
        kind, text = self.take()
        if kind == "number":
            return lambda: Decimal(text)
        if kind == "text":
            return lambda: text[1:-1].replace('""', '"')
        if kind == "ref":
            return lambda: self.book.reference(self.title, text)
        if text == "(":
            value = self.comparison()
            self.take(")")
            return value
        assert kind == "name", text
        if text in ("TRUE", "FALSE"):
            return lambda: text == "TRUE"
        return self.call(text) if self.peek() == "(" else lambda: self.book.named(text)

    def call(self, name: str) -> Callable[[], Any]:
        self.take("(")
        given = [self.comparison()]
        while self.peek() == ",":
            self.take()
            given.append(self.comparison())
        self.take(")")
        if name == "IF":
            test, yes, no = given
            return lambda: yes() if test() else no()
        return lambda: _FUNCTIONS[name](*(one() for one in given))
