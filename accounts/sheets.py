"""Reading several tables that belong together: a workbook with a sheet for each, or a ZIP with a CSV for each.

Each is read as ``accounts.tables`` reads one, within the same bounds; what is wrong in any of them is said at once.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from accounts.content import XLSX, checked
from accounts.tables import (
    MOST_BYTES,
    MOST_ROWS,
    MOST_UNPACKED,
    Row,
    Wanted,
    lines_of_csv,
    measured,
    refuse,
    rows_of,
    too_much,
    unreadable,
)
from kernel.rules import RowError, RuleViolation, require

MOST_FILES = 20
Lines = Iterable[tuple[int, list[Any]]]


class SheetOf(NamedTuple):
    """One of the tables: its title, its columns, and whether it must be there."""

    title: str
    columns: Sequence[Wanted]
    required: bool = True


class Sheets(NamedTuple):
    """The rows of each table by its title (none: no such table, or nothing in it), and what has to be said about the file."""

    rows: dict[str, list[Row]]
    notes: list[str]


def read_sheets(name: str, content: bytes, wanted: Sequence[SheetOf], *, most_rows: int = MOST_ROWS) -> Sheets:
    """Return the rows of each table. Raises RuleViolation ``bad_file`` (naming the sheet) or ``bad_rows`` with every bad cell."""
    require(len(content) > 0, "bad_file", _("文件“%s”是空的（0 字节），请重新导出后再上传") % name)
    require(len(content) <= MOST_BYTES, "bad_file", _("文件超过 %d MB，请拆成几个文件") % (MOST_BYTES // 2**20))
    one = _("这里要几张表：请用一个工作簿（每张表一个工作表），或把各表的 CSV 压成一个 ZIP")
    require(content.startswith(b"PK"), "bad_file", one)
    notes: list[str] = []
    found = _found(name, content, [sheet.title for sheet in wanted], notes)
    rows: dict[str, list[Row]] = {}
    errors: list[RowError] = []
    for sheet in wanted:
        rows[sheet.title] = []
        try:
            lines = [line for line in found.get(sheet.title, ()) if any(str(cell).strip() for cell in line[1])]
            if lines:
                rows[sheet.title] = rows_of(lines, sheet.columns, notes, most_rows)
        except RuleViolation as refusal:
            if refusal.code != "bad_rows":
                raise RuleViolation(refusal.code, _("工作表“%s”：") % sheet.title + str(refusal.message)) from refusal
            errors += [error._replace(sheet=sheet.title) for error in refusal.rows]
            continue
        except csv.Error as error:
            bad = _("“%s”不像规范的 CSV（引号没有闭合，或一格太长），请重新导出") % sheet.title
            raise RuleViolation("bad_file", bad) from error
        there = bool(rows[sheet.title]) or not sheet.required
        require(there, "bad_file", _("工作表“%s”没有，或一行数据也没有；请用模板填写") % sheet.title)
    refuse(errors)
    return Sheets(rows, notes)


def _found(name: str, content: bytes, titles: Sequence[str], notes: list[str]) -> Mapping[str, Lines]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if "[Content_Types].xml" not in packed.namelist():
                return dict(_files(packed, titles))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise unreadable() from error
    checked(name, content, allowed=(XLSX,))
    if measured(content):
        notes.append(_("有些格子是公式，按文件里保存的结果读取，请核对"))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        there = [title for title in titles if title in book.sheet_names]
        return {
            title: enumerate(book.get_sheet_by_name(title).to_python(skip_empty_area=False), start=1) for title in there
        }
    except (CalamineError, ValueError, IndexError) as error:
        raise unreadable() from error


def _files(packed: zipfile.ZipFile, titles: Sequence[str]) -> Iterator[tuple[str, Lines]]:
    """Yield the lines of each CSV that bears a title. A name that does not say it is UTF-8 was written in GB 18030."""
    parts = [part for part in packed.infolist() if not part.is_dir()]
    fits = len(parts) <= MOST_FILES and sum(part.file_size for part in parts) <= MOST_UNPACKED
    require(fits, "bad_file", too_much())
    for part in parts:
        title = part.filename
        if not part.flag_bits & 0x800:
            title = title.encode("cp437", "replace").decode("gb18030", "replace")
        title = title.rpartition("/")[2].removesuffix(".csv")
        if title in titles:
            yield title, list(lines_of_csv(packed.read(part)))
