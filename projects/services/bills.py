"""Reading a table of monthly bills: one line a month, the energy in MWh or kWh as the bill says it. Pure: bytes in, readings out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tables import Row, Wanted, read_table, refuse
from kernel.rules import RowError

MONTH, MWH, KWH = "月份", "电量（MWh）", "电量（kWh）"
COLUMNS = (
    Wanted(MONTH, example="2025-01", most=20, also=("month", "结算月份"), about=gettext_lazy("形如 2025-01 或 2025年1月")),
    Wanted(MWH, required=False, most=24, also=("mwh", "电量(MWh)"), about=gettext_lazy("两列电量填一列")),
    Wanted(KWH, required=False, example="86000", most=24, also=("kwh", "电量(kWh)", "结算电量"), about=gettext_lazy("两列电量填一列")),
)  # fmt: skip
MOST_ROWS = 24
_MONTH = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})(?:月|[-/.]0?1)?")
_NUMBER = re.compile(r"[0-9]{1,12}([.][0-9]{0,10})?")


def read_bills(name: str, content: bytes, *, months: Sequence[date]) -> dict[date, Decimal]:
    """Return the readings in MWh of the ``months`` of a period (first days) from a CSV or a workbook.

    Raises RuleViolation ``bad_file``, or ``bad_rows`` with each month that is none, outside the period, there twice or missing,
    and each figure that is none.
    """
    found: dict[date, Decimal] = {}
    errors: list[RowError] = []
    for row in read_table(name, content, COLUMNS, most_rows=MOST_ROWS).rows:
        month, energy = _month(row, months, found, errors), _energy(row, errors)
        if month is not None and energy is not None:
            found[month] = energy
    if not errors:
        errors = [RowError(None, MONTH, _("缺 %s 的读数") % f"{month:%Y-%m}") for month in months if month not in found]
    refuse(errors)
    return found


def _month(row: Row, months: Sequence[date], found: dict[date, Decimal], errors: list[RowError]) -> date | None:
    said = row.cells[MONTH]
    known = _MONTH.fullmatch(said)
    month = date(int(known[1]), int(known[2]), 1) if known and known[1] > "0000" and 1 <= int(known[2]) <= 12 else None
    if month is None:
        errors.append(RowError(row.at, MONTH, _("“%s”不是月份，应形如 2025-01") % said[:20]))
    elif month not in months:
        errors.append(RowError(row.at, MONTH, _("%s 不在核算期内") % f"{month:%Y-%m}"))
    elif month in found:
        errors.append(RowError(row.at, MONTH, _("%s 写了两次") % f"{month:%Y-%m}"))
    return month


def _energy(row: Row, errors: list[RowError]) -> Decimal | None:
    given = {column: row.cells.get(column, "").replace(",", "") for column in (MWH, KWH)}
    filled = {column: said for column, said in given.items() if said}
    if len(filled) != 1:
        errors.append(RowError(row.at, MWH, _("MWh、kWh 两列要填一列，只填一列")))
        return None
    [(column, said)] = filled.items()
    if not _NUMBER.fullmatch(said):
        errors.append(RowError(row.at, column, _("“%s”不是电量，应是不小于 0 的数") % said[:20]))
        return None
    return Decimal(said) if column == MWH else Decimal(said) / 1000
