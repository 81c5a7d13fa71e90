"""Reading a table that somebody sends: CSV or a workbook, with the sender's headings, as rows of text with their line numbers.

Nothing is unpacked, and no cell is believed, before the file was measured: kind, parts, rows, columns, length of a cell.
"""

from __future__ import annotations

import csv
import io
import zipfile
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from accounts.content import XLSX, checked
from kernel.rules import RowError, RuleViolation, require

MOST_BYTES = 2 * 2**20
MOST_UNPACKED = 32 * 2**20
MOST_ROWS, MOST_COLUMNS, MOST_CELL = 5_000, 60, 1_000
EXACT_BELOW = 10**15  # a workbook keeps a number as a double: a longer one has lost its last digits already
SPLITS = ",\t;"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Wanted(NamedTuple):
    """A column: its heading, whether each row must fill it, an example, how long it may be, other headings it goes by."""

    name: str
    required: bool = True
    example: str = ""
    most: int = 200
    also: tuple[str, ...] = ()
    about: Any = ""


class Row(NamedTuple):
    """A line of the file, as a spreadsheet numbers them, and the wanted columns by their heading; an empty cell is ''."""

    at: int
    cells: dict[str, str]


class Table(NamedTuple):
    """What a file says, and what has to be said about it."""

    rows: list[Row]
    notes: list[str]


def read_table(name: str, content: bytes, columns: Sequence[Wanted], *, most_rows: int = MOST_ROWS) -> Table:
    """Return the rows of a CSV (UTF-8 or GB 18030) or the first sheet of a workbook; empty lines are left out.

    Raises RuleViolation ``bad_file`` (no table, too much of it, a heading missing or there twice) or ``bad_rows`` with every
    cell that is empty, too long or a number that lost digits; also what ``accounts.content.checked`` raises for a workbook.
    """
    require(len(content) > 0, "bad_file", _("文件“%s”是空的（0 字节），请重新导出后再上传") % name)
    require(len(content) <= MOST_BYTES, "bad_file", _("文件超过 %d MB，请拆成几个文件") % (MOST_BYTES // 2**20))
    notes: list[str] = []
    try:
        lines = _workbook(name, content, notes) if content.startswith(b"PK") else lines_of_csv(content)
        rows = rows_of(lines, columns, notes, most_rows)
    except csv.Error as error:
        raise RuleViolation("bad_file", _("文件不像规范的 CSV（引号没有闭合，或一格太长），请重新导出")) from error
    require(bool(rows), "bad_file", _("文件只有表头，没有一行数据"))
    return Table(rows, notes)


def plain(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8 or GB 18030. Raises RuleViolation ``bad_file`` for a web page, a workbook, anything else."""
    head = content[:400].removeprefix(BOM_UTF8).lstrip().lower()
    page = _("这个文件其实是网页（HTML），不是 CSV；多半是登录过期时另存的，请重新从监控平台导出")
    require(not head.startswith((b"<!doctype", b"<html", b"<?xml")), "bad_file", page)
    packed = _("这个文件不是文本表格（可能是 Excel 工作簿），请另存为 CSV 再上传")
    require(b"\x00" not in content, "bad_file", packed)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleViolation("bad_file", _("文件的文字编码既不是 UTF-8 也不是 GB 18030，请另存为 UTF-8 的 CSV"))


def lines_of_csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Yield the numbered lines of a CSV, split by whatever its first line is split by most."""
    text = decoded(content)
    first = text.partition("\n")[0]
    split = max(SPLITS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=split, strict=True)
    at = 1
    for cells in reader:
        yield at, cells
        at = reader.line_num + 1


def _workbook(name: str, content: bytes, notes: list[str]) -> Iterator[tuple[int, list[Any]]]:
    checked(name, content, allowed=(XLSX,))
    if measured(content):
        notes.append(_("有些格子是公式，按文件里保存的结果读取，请核对"))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        if len(book.sheet_names) > 1:
            notes.append(_("只读第一张工作表“%s”") % book.sheet_names[0])
        return enumerate(sheet.to_python(skip_empty_area=False), start=1)
    except (CalamineError, ValueError, IndexError) as error:
        raise unreadable() from error


def unreadable() -> RuleViolation:
    """What is said of a workbook nobody can read."""
    return RuleViolation("bad_file", _("工作簿读不出来，可能损坏或加了密码，请另存为新的 XLSX"))


class _Measure:
    """Looks through the parts of a workbook for a cell too far out, which a reader would make room for, and for formulas."""

    def __init__(self) -> None:
        self.formulas, self.cells, self.row, self.place = False, 0, 0, ""

    def part(self, content: bytes) -> None:
        """Look through one part."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.StartDoctypeDeclHandler = self._element, self._doctype
        parser.Parse(content, True)

    def _doctype(self, *_about: Any) -> None:
        raise unreadable()

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "row":
            self.row = _number(attributes.get("r", ""))
        elif tag == "c":
            self.place = attributes.get("r", "")
        elif tag == "f":
            self.formulas = True
        elif tag in {"v", "is"}:  # an empty cell, as far out as it may be, takes no room
            self.cells += 1
            letters = self.place.rstrip("0123456789")
            row = max(self.row, _number(self.place[len(letters) :]))
            far = row > 2 * MOST_ROWS or _column(letters) > 4 * MOST_COLUMNS
            require(not far and self.cells <= MOST_ROWS * MOST_COLUMNS, "bad_file", too_much())


def _number(digits: str) -> int:
    return int(digits) if digits.isdecimal() and len(digits) < 10 else 10**9 if digits else 0


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + ord(letter.upper()) - 64
    return number


def too_much() -> str:
    """What is said of a table with too many rows or columns."""
    return _("表格太大：最多 %(rows)d 行、%(columns)d 列，请拆成几个文件") % {
        "rows": MOST_ROWS,
        "columns": MOST_COLUMNS,
    }


def measured(content: bytes) -> bool:
    """Refuse a workbook that is larger inside than it may be; return whether it holds formulas."""
    measure = _Measure()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        require(sum(part.file_size for part in packed.infolist()) <= MOST_UNPACKED, "bad_file", too_much())
        for part in packed.infolist():
            if part.filename.endswith((".png", ".jpeg", ".jpg", ".emf", ".bin", "/")):
                continue
            try:
                measure.part(packed.read(part))
            except expat.ExpatError as error:
                raise unreadable() from error
    return measure.formulas


def rows_of(
    lines: Iterable[tuple[int, list[Any]]], columns: Sequence[Wanted], notes: list[str], most_rows: int
) -> list[Row]:
    """Return the rows under the heading, without empty lines. Raises RuleViolation ``bad_file`` or ``bad_rows``."""
    heading: dict[int, Wanted] = {}
    rows: list[Row] = []
    errors: list[RowError] = []
    for at, cells in lines:
        if not any(str(cell).strip() for cell in cells):
            continue
        if not heading:
            heading = _heading(at, [_text(cell) for cell in cells], columns, notes)
            continue
        require(len(rows) < most_rows, "bad_file", _("超过 %d 行，请拆成几个文件") % most_rows)
        rows.append(Row(at, dict(_cells(at, cells, heading, errors))))
    require(bool(heading), "bad_file", _("文件里没有表头，请用模板填写"))
    refuse(errors)
    return rows


def _heading(at: int, cells: list[str], columns: Sequence[Wanted], notes: list[str]) -> dict[int, Wanted]:
    require(len(cells) <= 4 * MOST_COLUMNS, "bad_file", too_much())
    names = {name: column for column in columns for name in (column.name, *column.also)}
    found = {place: names[cell] for place, cell in enumerate(cells) if cell in names}
    twice = sorted({column.name for column in found.values() if list(found.values()).count(column) > 1})
    said = {"at": at, "names": "、".join(twice)}
    require(not twice, "bad_file", _("第 %(at)d 行（表头）里这些列有两个：%(names)s") % said)
    missing = [column.name for column in columns if column.required and column not in found.values()]
    said = {"at": at, "names": "、".join(missing)}
    require(not missing, "bad_file", _("第 %(at)d 行（表头）里没有这些列：%(names)s；请用模板填写") % said)
    other = [cell for cell in cells if cell and cell not in names]
    if other:
        notes.append(_("没有读这些列：%s") % "、".join(other[:10]))
    return found


def _cells(at: int, cells: list[Any], heading: dict[int, Wanted], errors: list[RowError]) -> Iterator[tuple[str, str]]:
    for place, column in heading.items():
        cell = cells[place] if place < len(cells) else ""
        said = _text(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT_BELOW:
            errors.append(RowError(at, column.name, _("数字太长，表格软件已改掉末几位；请把这一列设成文本后重填")))
        elif column.required and not said:
            errors.append(RowError(at, column.name, _("没有填")))
        elif len(said) > min(column.most, MOST_CELL):
            errors.append(RowError(at, column.name, _("太长，最多 %d 个字") % min(column.most, MOST_CELL)))
        yield column.name, said


def _text(cell: Any) -> str:
    """Return a cell as somebody would type it: 12.0 is 12, a day 2026-01-31."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return format(Decimal(repr(cell)).normalize(), "f") if abs(cell) < EXACT_BELOW else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def refuse(errors: Sequence[RowError]) -> None:
    """Raise RuleViolation ``bad_rows`` when there is anything to put right."""
    if errors:
        raise RuleViolation("bad_rows", _("有 %d 处要改，一行也没有导入") % len(errors), rows=errors)
