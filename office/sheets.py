"""Writing a list as a file that a spreadsheet opens: CSV with a mark of the byte order, or a workbook with a sheet about itself.

Both write row by row and hold none. A digest is taken over the CSV of the rows, so that the same rows say the same in either form.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, NamedTuple, Protocol

import xlsxwriter
from django.utils.translation import gettext as _

from accounts.tables import plain
from kernel import clock
from office.services.exports import Digests

MOST_DIGITS = 15  # a workbook keeps a number as a double, which is exact to so many digits
MOST_TEXT = 32_000  # a cell of a workbook holds 32,767 characters
MARK = "\ufeff".encode()

Value = str | int | Decimal | date | datetime | None
About = Sequence[tuple[str, str]]


class Column(NamedTuple):
    """A column: its heading, and what stands in it."""

    name: str
    about: str


class Out(Protocol):
    """A file that rows are written to."""

    digests: Digests

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows of typed values."""

    def close(self, about: About, columns: Sequence[Column]) -> None:
        """End the file; ``about`` and the meaning of the columns go with it where the form has room for them."""


def text_of(value: Value) -> str:
    """Return a value as a CSV says it: exact figures, days as 2026-11-25, instants in office time, no formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return clock.local(value).isoformat(" ", timespec="seconds").removesuffix("+08:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return plain(value) if isinstance(value, str) else str(value)


def exact(value: int | Decimal) -> bool:
    """Tell whether a workbook can keep a number as a number without losing a digit."""
    _sign, digits, exponent = Decimal(value).as_tuple()
    written = "".join(str(digit) for digit in digits).strip("0")
    return isinstance(exponent, int) and len(written) <= MOST_DIGITS and abs(exponent) < 100


def csv_lines(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as lines of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([text_of(value) for value in row] for row in rows)
    return text.getvalue().encode()


class CsvOut:
    """A CSV of one heading and the rows; what it is about is said on the page of the export."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self.file, self.digests = file, Digests()
        self._put(MARK + csv_lines([[column.name for column in columns]]))

    def _put(self, lines: bytes) -> None:
        self.digests.update(lines)
        self.file.write(lines)

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows."""
        self._put(csv_lines(rows))

    def close(self, about: About, columns: Sequence[Column]) -> None:
        """A CSV has no room for more than its rows."""


class XlsxOut:
    """A workbook: the rows, and 说明 with where they come from and what the columns mean. Rows go to the disk as they come."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self.digests, self.at = Digests(), 0
        options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
        self.book = xlsxwriter.Workbook(file, {**options, "strings_to_urls": False, "use_zip64": True})
        self.sheet = self.book.add_worksheet(_("数据"))
        self._formats: dict[str, Any] = {}
        self.sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            self.sheet.set_column(at, at, min(40, max(14, 2 * len(column.name) + 2)))
        heading = self.book.add_format({"bold": True, "bg_color": "#E3F1E9", "bottom": 1, "text_wrap": True})
        self._row(self.sheet, 0, [column.name for column in columns], heading)
        self.digests.update(MARK + csv_lines([[column.name for column in columns]]))

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows: figures as numbers where a workbook keeps them exactly, days and instants as such, the rest as text."""
        for row in rows:
            self.at += 1
            self._row(self.sheet, self.at, row)
            self.digests.update(csv_lines([row]))

    def close(self, about: About, columns: Sequence[Column]) -> None:
        """Write 说明 and end the workbook."""
        sheet = self.book.add_worksheet(_("说明"))
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 90)
        bold = self.book.add_format({"bold": True, "valign": "top"})
        wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        lines = [*about, ("", ""), (_("列"), _("含义")), *((column.name, column.about) for column in columns)]
        for at, (name, said) in enumerate(lines):
            sheet.write_string(at, 0, plain(name), bold)
            sheet.write_string(at, 1, plain(said)[:MOST_TEXT], wrap)
        self.book.close()

    def _row(self, sheet: Any, at: int, row: Sequence[Value], style: Any = None) -> None:
        for place, value in enumerate(row):
            self._cell(sheet, at, place, value, style)

    def _cell(self, sheet: Any, at: int, place: int, value: Value, style: Any) -> None:
        if isinstance(value, datetime):
            sheet.write_datetime(at, place, clock.local(value).replace(tzinfo=None), self._like("yyyy-mm-dd hh:mm:ss"))
        elif isinstance(value, date):
            sheet.write_datetime(at, place, value, self._like("yyyy-mm-dd"))
        elif isinstance(value, int | Decimal) and exact(value):
            sheet.write_number(at, place, value, self._like(_places(value)))
        elif value is not None and value != "":
            said = text_of(value)
            sheet.write_string(at, place, said if len(said) <= MOST_TEXT else f"{said[:MOST_TEXT]}…", style)

    def _like(self, pattern: str) -> Any:
        if pattern not in self._formats:
            self._formats[pattern] = self.book.add_format({"num_format": pattern})
        return self._formats[pattern]


def _places(value: int | Decimal) -> str:
    """Return the pattern that shows as many places as the figure has."""
    exponent = Decimal(value).as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    return "0." + "0" * places if places else "0"
