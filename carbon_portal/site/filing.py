"""A whole file computed by a published method: its rows, its meter's series or its homes' half hours, with every step added up.

Nothing is stored. Each row is one computation and is floored once, at the milligram, as acts and periods are.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from accounts.tables import decoded
from kernel.rules import RowError, RuleViolation, require
from kernel.rules import sentence as _
from methodologies.document import Document, quantify
from methodologies.document.content import CAPPED
from methodologies.formula import CONTEXT, Kind, Unit, decimal
from methodologies.formula.units import factor
from projects.services.series import read_series

MOST_ERRORS = 20
EXACT = 60  # digits of a sum: no sum of a file's results comes near
HISTORY_DAYS = 7
Given = str | Decimal | tuple[Decimal, ...]


class Column(NamedTuple):
    """Where an input stands in the file: the heading, and the unit of what stands there (None: the method's own)."""

    heading: str
    unit: Unit | None = None


class Line(NamedTuple):
    """One computation: the line of the file it begins in, whose it is (may be empty) and the inputs."""

    row: int
    whose: str
    given: Mapping[str, Given]


@dataclass
class Total:
    """What a file comes to: rows, rows at the cap, rows without a reduction, each step added up exactly, milligrams of CO2e."""

    rows: int = 0
    capped: int = 0
    nothing: int = 0
    steps: dict[str, Decimal] = field(default_factory=dict)
    reduction_mg: int = 0

    def add(self, results: Mapping[str, Decimal], milligrams: int, last: str) -> None:
        """Count one computation."""
        self.rows += 1
        self.reduction_mg += milligrams
        self.nothing += milligrams == 0
        self.capped += CAPPED in results and results[CAPPED] < results[last]
        with localcontext(prec=EXACT):
            for name, value in results.items():
                self.steps[name] = self.steps.get(name, Decimal(0)) + value


def opened(path: Path) -> bytes:
    """Return a file's bytes, unpacked. Raises OSError."""
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def of_rows(document: Document, content: bytes, columns: Mapping[str, Column], fixed: Mapping[str, str]) -> list[Line]:
    """Return one computation for each row; an input of no named column is looked for under its own name or title.

    ``fixed`` are inputs that are the same in every row. A list stands in one cell, its numbers split by ``|``. Raises RuleViolation
    ``bad_file`` (a column is missing) or ``bad_rows`` with a RowError for each cell that is no number.
    """
    reader = csv.DictReader(io.StringIO(decoded(content), newline=None))
    headings = reader.fieldnames or []
    places = {
        name: columns.get(name) or _found(document, name, headings) for name in document.inputs if name not in fixed
    }
    missing = [place.heading for place in places.values() if place.heading not in headings]
    require(not missing, "bad_file", _("文件没有这些列：{names}", names="、".join(missing)))
    lines, errors = [], list[RowError]()
    for cells in reader:
        given: dict[str, Given] = dict(fixed)
        for name, place in places.items():
            try:
                given[name] = _value(document, name, (cells[place.heading] or "").strip(), place.unit)
            except RuleViolation as error:
                errors.append(RowError(reader.line_num, place.heading, error.message))
        lines.append(Line(reader.line_num, "", given))
    _refuse(errors)
    return lines


def _found(document: Document, name: str, headings: Sequence[str]) -> Column:
    title = document.inputs[name].title
    return Column(title if name not in headings and title in headings else name)


def _value(document: Document, name: str, cell: str, unit: Unit | None) -> Given:
    one = document.inputs[name]
    if one.kind is Kind.TEXT:
        return cell
    times = Fraction(1) if unit is None else factor(unit, one.unit)
    said = _("{one} 不能换算成 {other}", one=unit, other=one.unit)
    require(times is not None, "unit_error", said)
    parts = cell.split("|") if one.kind is Kind.LIST and cell else [] if one.kind is Kind.LIST else [cell]
    with localcontext(CONTEXT):
        values = tuple(decimal(part.strip()) * times.numerator / times.denominator for part in parts)  # type: ignore[union-attr]
    return values if one.kind is Kind.LIST else values[0]


def of_meter(
    document: Document, content: bytes, *, starts_on: date, ends_on: date, capacity_kw: Decimal, unit: str
) -> list[Line]:
    """Return the one computation of a power series, whose energy is the method's only input.

    Raises RuleViolation ``bad_file``, ``bad_rows`` as reading a period's series does, ``needs_energy`` for another kind of method.
    """
    names = [name for name, one in document.inputs.items() if str(one.unit) == "MWh" and one.kind is Kind.NUMBER]
    require(len(names) == len(document.inputs) == 1, "needs_energy", _("这个方法学不是只按电量（MWh）计算的"))
    reading = read_series(content, starts_on=starts_on, ends_on=ends_on, capacity_kw=capacity_kw, unit=unit)
    with localcontext(prec=EXACT):
        total = sum((month.energy_kwh for month in reading.months), Decimal(0)) / 1000
    return [Line(2, "", {names[0]: total})]


def of_homes(content: bytes, *, whose: str, at: str, kwh: str, per_day: int) -> list[Line]:
    """Return one computation for each complete day of each home: the day's use, and the seven days before it.

    Only days with all ``per_day`` readings count, and only seven complete days on end are a history (clarification 6). Raises
    RuleViolation ``bad_file`` or ``bad_rows``.
    """
    reader = csv.DictReader(io.StringIO(decoded(content), newline=None))
    missing = [name for name in (whose, at, kwh) if name not in (reader.fieldnames or [])]
    require(not missing, "bad_file", _("文件没有这些列：{names}", names="、".join(missing)))
    read: dict[tuple[str, date], list[tuple[int, Decimal]]] = defaultdict(list)
    errors: list[RowError] = []
    for cells in reader:
        try:
            day = date.fromisoformat(cells[at][:10])
            read[cells[whose], day].append((reader.line_num, decimal(cells[kwh])))
        except ValueError:
            errors.append(RowError(reader.line_num, at, _("日期应如 2022-05-06")))
        except RuleViolation as error:
            errors.append(RowError(reader.line_num, kwh, error.message))
    _refuse(errors)
    whole = {place: found for place, found in read.items() if len(found) == per_day}
    return list(_days(whole))


def _days(whole: Mapping[tuple[str, date], list[tuple[int, Decimal]]]) -> Iterator[Line]:
    used = {place: sum((kwh for _row, kwh in found), Decimal(0)) for place, found in whole.items()}
    for home, day in sorted(used):
        before = [(home, day - timedelta(days=n)) for n in range(HISTORY_DAYS, 0, -1)]
        history = tuple(used[one] for one in before if one in used)
        given: dict[str, Given] = {
            "actual_kwh": used[home, day],
            "history_kwh": history if len(history) == HISTORY_DAYS else (),
        }
        yield Line(whole[home, day][0][0], home, given)


def computed(document: Document, lines: Sequence[Line], on: date, region: str | None = None) -> dict[str, Total]:
    """Return the totals by whose they are. Raises RuleViolation ``bad_rows`` naming the line and input of every refusal."""
    totals: dict[str, Total] = {}
    errors: list[RowError] = []
    for whose, some in groupby(lines, lambda line: line.whose):
        total = totals.setdefault(whose, Total())
        for line in some:
            try:
                result = quantify(document, line.given, on, region)
                total.add(result.results, result.reduction_mg, document.last)
            except RuleViolation as error:
                places = error.rows or (RowError(None, "", error.message),)
                errors += [RowError(line.row, place.field, place.message) for place in places]
    _refuse(errors)
    return totals


def _refuse(errors: Sequence[RowError]) -> None:
    if errors:
        shown = [
            f"第 {one.row} 行{'，' if one.field else ''}{one.field}：{one.message}" for one in errors[:MOST_ERRORS]
        ]
        said = _("有 {n} 处要改，一行也没有计算：\n{listed}", n=len(errors), listed="\n".join(shown))
        raise RuleViolation("bad_rows", said, rows=errors)
