"""A computation as a workbook that a spreadsheet computes again: inputs, parameters with their sources, and the formula as formulas.

Names of cells: ``i_`` inputs, ``p_`` parameters, ``s_`` steps. A spreadsheet keeps 15 digits, so exact figures stand beside as text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from methodologies.document import Document, Entry, Parameter
from methodologies.document.computing import value_text
from methodologies.formula import Kind, Steps

MG_PER = {"kg": "1000000", "t": "1000000000"}
Cell = str | int | Decimal


class Computed(NamedTuple):
    """What is to be shown: inputs as stored, each parameter used as ``quantify`` tells it, every step, whole milligrams."""

    document: Document
    inputs: Mapping[str, Any]
    parameters: Sequence[Mapping[str, str]]
    results: Mapping[str, str]
    reduction_mg: int


class Formula(NamedTuple):
    """A cell that computes: the formula without its equals sign, and what it comes to, for programs that only show."""

    text: str
    value: Decimal | str = Decimal(0)


class Book:
    """A workbook being written: sheets of rows, cells with names."""

    def __init__(self) -> None:
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.head = self.book.add_format({"bold": True, "bottom": 1})
        self.sum = self.book.add_format({"bold": True, "top": 1})

    def sheet(
        self,
        title: str,
        columns: Sequence[tuple[str, int]],
        rows: Iterable[Sequence[Cell | Formula]],
        *,
        total: Sequence[Cell | Formula] = (),
    ) -> int:
        """Write a sheet: headings with their widths, rows, a last row of totals; return how many rows there are."""
        sheet = self.book.add_worksheet(title)
        for place, (heading, width) in enumerate(columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, self.head)
        sheet.freeze_panes(1, 0)
        at = 0
        for at, row in enumerate(rows, 1):
            self._row(sheet, at, row)
        if total:
            self._row(sheet, at + 1, total, self.sum)
        return at

    def _row(self, sheet: Any, at: int, row: Sequence[Cell | Formula], form: Any = None) -> None:
        for place, cell in enumerate(row):
            if isinstance(cell, Formula):
                sheet.write_formula(at, place, f"={cell.text}", form, cell.value)
            elif isinstance(cell, str):
                sheet.write_string(at, place, cell, form)
            else:
                sheet.write_number(at, place, cell, form)

    def name(self, name: str, title: str, first: tuple[int, int], last: tuple[int, int] | None = None) -> None:
        """Give a cell, or a range, a name by row and column, both from 0."""
        cells = xl_rowcol_to_cell(*first, True, True)
        if last is not None and last != first:
            cells += f":{xl_rowcol_to_cell(*last, True, True)}"
        self.book.define_name(name, f"='{title}'!{cells}")

    def closed(self) -> bytes:
        """End the workbook and return it."""
        self.book.close()
        return self.file.getvalue()


def places(document: Document, inputs: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return under which name each input, parameter and step stands; ``inputs`` stand elsewhere."""
    named = {name: f"i_{name}" for name in document.inputs} | {name: f"p_{name}" for name in document.parameters}
    return named | {name: f"s_{name}" for name in document.steps} | dict(inputs or {})


def about(book: Book, lines: Sequence[tuple[str, str]]) -> None:
    """Write what the workbook is about."""
    kept = _("表格程序用双精度计算，只有 15 位有效数字；平台按 34 位十进制计算，两者相差应不超过 1 毫克")
    book.sheet(_("说明"), [(_("项目"), 18), (_("内容"), 100)], [*lines, (_("精度"), kept)])


def inputs(book: Book, computed: Computed, formulas: Mapping[str, Formula], source: str) -> None:
    """Write the inputs; those in ``formulas`` are computed from another sheet. A list stands in a column of its own sheet."""
    title, lists = _("输入"), _("输入列")
    rows: list[list[Cell | Formula]] = []
    columns: dict[str, Sequence[Any]] = {}
    for name, one in computed.document.inputs.items():
        given = computed.inputs[name]
        if one.kind is Kind.LIST:
            columns[name] = given
            rows.append([name, one.title, _("见“%s”") % lists, str(one.unit), _("%d 个数") % len(given), source])
            continue
        cell: Cell | Formula = formulas.get(name) or (str(given) if one.kind is Kind.TEXT else Decimal(str(given)))
        book.name(f"i_{name}", title, (len(rows) + 1, 2))
        rows.append([name, one.title, cell, str(one.unit), str(given), source])
    headings = [(_("符号"), 18), (_("量"), 40), (_("数值"), 20), (_("单位"), 10), (_("精确值"), 30), (_("出处"), 40)]
    book.sheet(title, headings, rows)
    if columns:
        length = max(1, *map(len, columns.values()))
        filled = [[Decimal(str(c[n])) if n < len(c) else "" for c in columns.values()] for n in range(length)]
        book.sheet(lists, [(name, 16) for name in columns], filled)
        for place, (name, values) in enumerate(columns.items()):
            book.name(f"i_{name}", lists, (1, place), (max(1, len(values)), place))


def parameters(book: Book, computed: Computed) -> None:
    """Write the parameters used, each with its source; tables stand two columns each on a sheet of their own."""
    title, rows = _("参数"), list[list[Cell]]()
    tables: dict[str, list[tuple[Cell, Decimal]]] = {}
    for used in computed.parameters:
        parameter = computed.document.parameters[used["name"]]
        entry = _entry(parameter, used)
        if isinstance(entry.value, Decimal):
            value: Cell = entry.value
            book.name(f"p_{parameter.name}", title, (len(rows) + 1, 2))
        else:
            value = _("见“对照表”")
            tables[parameter.name] = _pairs(entry.value)
        unit = "" if used["unit"] == "1" else used["unit"]
        rows.append(
            [
                parameter.name,
                used["title"],
                value,
                unit,
                used["region"],
                used["valid_from"],
                used["source"],
                used["evidence"],
            ]
        )
    headings = [(_("符号"), 18), (_("参数"), 36), (_("数值"), 14), (_("单位"), 10), (_("地区"), 10), (_("起"), 12)]
    book.sheet(title, [*headings, (_("出处"), 80), (_("等级"), 8)], rows)
    if tables:
        _tables(book, tables)


def _tables(book: Book, tables: Mapping[str, list[tuple[Cell, Decimal]]]) -> None:
    title, length = _("对照表"), max(map(len, tables.values()))
    rows: list[list[Cell]] = [
        [cell for pairs in tables.values() for cell in (pairs[n] if n < len(pairs) else ("", ""))]
        for n in range(length)
    ]
    book.sheet(title, [head for name in tables for head in ((name, 16), (_("数值"), 12))], rows)
    for place, (name, pairs) in enumerate(tables.items()):
        book.name(f"p_{name}", title, (1, 2 * place), (len(pairs), 2 * place + 1))


def _entry(parameter: Parameter, used: Mapping[str, str]) -> Entry:
    """Return the entry of the document that was used: of its region, with its value."""
    return next(
        entry
        for entry in parameter.entries
        if entry.region == used["region"] and value_text(entry.value) == used["value"]
    )


def _pairs(value: Mapping[str, Decimal] | Steps | Decimal) -> list[tuple[Cell, Decimal]]:
    if isinstance(value, Steps):
        return list(zip(value.bounds, value.values, strict=True))
    return list(value.items()) if isinstance(value, Mapping) else []


def steps(book: Book, computed: Computed) -> None:
    """Write every step as a live formula beside the portal's own exact figure, and the milligrams both come to."""
    document, title = computed.document, _("计算")
    written = document.in_cells(places(document))
    rows: list[list[Cell | Formula]] = []
    for name, formula in written.items():
        stored, at = computed.results[name], len(rows) + 1
        unit = str(document.compiled.units[name] or document.result)
        book.name(f"s_{name}", title, (at, 2))
        rows.append(
            [
                name,
                document.labels.get(name, name),
                Formula(formula, Decimal(stored)),
                "" if unit == "1" else unit,
                stored,
                document.steps[name],
            ]
        )
    last = f"s_{list(written)[-1]}"
    mg = str(computed.reduction_mg)
    milligrams = Formula(whole_mg(document, last), Decimal(mg))
    at = len(rows) + 2  # the row of the milligrams, as a spreadsheet numbers it
    rows.append(["", _("减排量，毫克，向下取整"), milligrams, "mg", mg, ""])
    rows.append(["", _("与平台相差"), Formula(f"C{at}-{mg}"), "mg", "0", _("应不超过 1 毫克")])
    headings = [(_("符号"), 14), (_("量"), 34), (_("数值"), 24), (_("单位"), 10), (_("平台的精确值"), 40)]
    book.sheet(title, [*headings, (_("公式"), 70)], rows)


def whole_mg(document: Document, place: str) -> str:
    """Return the formula of whole milligrams: the noise of doubles is rounded off before the floor; an act is never below zero."""
    floored = f"INT(ROUND({place}*{MG_PER[document.result]},3))"
    return floored if document.scope == "project" else f"MAX(0,{floored})"
