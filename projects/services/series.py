"""Reading a power series exactly as a meter exported it. Pure: bytes in, months out, or rows with what is wrong.

Each sample counts for one interval; negative power clips to 0; nothing is imputed for a gap; months are cut in the meter's
own offset (clarification 5).
"""

from __future__ import annotations

import calendar
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.tables import decoded
from kernel.rules import RowError, RuleViolation, require

TIME_COLUMNS = ("measured_on", "timestamp", "时间", "采集时间")
POWER_COLUMNS = ("ac_power", "power", "功率", "有功功率")
KILOWATTS = {"W": Decimal("0.001"), "kW": Decimal(1)}
MOST_BYTES = 60 * 1024 * 1024  # unpacked: two years of one-minute values
MOST_ERRORS = 20
PLACES = Decimal("1E-10")
# ``Decimal`` alone would also take 1_000, NaN and full-width digits, which no meter writes.
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}([.][0-9]{0,30})?|[.][0-9]{1,30})([eE][+-]?[0-9]{1,2})?")


class Sample(NamedTuple):
    """A row of the file: its line number, the instant in the meter's offset, the power as written."""

    row: int
    at: datetime
    power: Decimal


class Columns(NamedTuple):
    """What the file itself calls its two columns: a mistake is named by them."""

    time: str
    power: str


class Month(NamedTuple):
    """A month in the meter's offset; energy in kWh, exact to ten decimals and never rounded up."""

    month: date
    energy_kwh: Decimal
    samples: int
    clipped: int
    missing: int
    complete: bool


class Gap(NamedTuple):
    """Missing samples from an instant up to, not including, another one."""

    since: datetime
    until: datetime
    samples: int


class Reading(NamedTuple):
    """What a file says about a period."""

    offset: timedelta
    interval: timedelta
    months: list[Month]
    gaps: list[Gap]


class Raw(NamedTuple):
    """The samples of a kept file as they stand in it, the interval, and the unit of power the period was read with."""

    samples: list[Sample]
    interval: timedelta
    unit: str


def read_series(content: bytes, *, starts_on: date, ends_on: date, capacity_kw: Decimal, unit: str = "W") -> Reading:
    """Return months and gaps of a CSV (UTF-8 or GB 18030, plain or gzip) with one time and one power column.

    Raises RuleViolation ``bad_file`` (not a table we can read), ``bad_rows`` (with a RowError per row and field).
    """
    columns, samples = _table(_text(content))
    require(bool(samples), "bad_file", _("文件只有表头，没有一行数据"))
    _check_order(samples, columns)
    interval = _interval(samples)
    _check_rows(samples, columns, interval, starts_on, ends_on, capacity_kw / KILOWATTS[unit])
    offset = samples[0].at.utcoffset() or timedelta(0)
    gaps = list(_gaps(samples, interval, starts_on, ends_on))
    return Reading(offset, interval, list(_months(samples, interval, gaps, KILOWATTS[unit], starts_on, ends_on)), gaps)


def raw_series(content: bytes, energy_kwh: Mapping[date, Decimal], starts_on: date, ends_on: date) -> Raw | None:
    """Return the samples a period's months were read from; the unit is the one that gives these months, None when neither does.

    Raises RuleViolation ``bad_file`` or ``bad_rows`` when the file cannot be read.
    """
    _columns, samples = _table(_text(content))
    require(bool(samples), "bad_file", _("文件只有表头，没有一行数据"))
    interval = _interval(samples)
    for unit, kilowatts in KILOWATTS.items():
        months = _months(samples, interval, [], kilowatts, starts_on, ends_on)
        if {month.month: month.energy_kwh for month in months} == energy_kwh:
            return Raw(samples, interval, unit)
    return None


def _text(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        content = _unpack(content)
    return decoded(content)


def _unpack(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise RuleViolation("bad_file", _("压缩文件不完整或已损坏，请重新压缩后上传")) from error
    require(
        len(unpacked) <= MOST_BYTES,
        "bad_file",
        _("解压后超过 %d MB，停止读取；请只上传本核算期的数据") % (MOST_BYTES // 2**20),
    )
    return unpacked


def _table(text: str) -> tuple[Columns, list[Sample]]:
    table = csv.reader(io.StringIO(text, newline=None))  # lines may end as on Windows, on Unix or on an old Mac
    try:
        header = [cell.strip() for cell in next(table, [])]
        time_at, power_at = _column(header, TIME_COLUMNS, _("时间")), _column(header, POWER_COLUMNS, _("功率"))
        return Columns(header[time_at], header[power_at]), list(_samples(table, header, time_at, power_at))
    except csv.Error as error:
        said = _("第 %d 行不像表格的一行（引号没有闭合，或一格太长），请重新导出") % max(table.line_num, 1)
        raise RuleViolation("bad_file", said) from error


def _samples(table: Iterator[list[str]], header: list[str], time_at: int, power_at: int) -> Iterator[Sample]:
    errors: list[RowError] = []
    for row, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        sample = _sample(row, cells, time_at, power_at, header, errors)
        if sample is not None:
            yield sample
        if len(errors) >= MOST_ERRORS:
            break
    _refuse(errors)


def _column(header: list[str], names: tuple[str, ...], what: str) -> int:
    for name in names:
        if header.count(name) > 1:
            raise RuleViolation(
                "bad_file", _("第 1 行有两个“%s”列，请只留一个") % name, rows=[RowError(1, name, _("列名重复"))]
            )
        if name in header:
            return header.index(name)
    said = _("第 1 行没有%(what)s列。请用其中一个列名：%(names)s") % {"what": what, "names": "、".join(names)}
    raise RuleViolation("bad_file", said, rows=[RowError(1, names[0], _("缺少这一列"))])


def _sample(
    row: int, cells: list[str], time_at: int, power_at: int, header: list[str], errors: list[RowError]
) -> Sample | None:
    if max(time_at, power_at) >= len(cells):
        errors.append(RowError(row, header[max(time_at, power_at)], _("这一行少了列")))
        return None
    at, power = _instant(cells[time_at]), _number(cells[power_at])
    if at is None:
        errors.append(
            RowError(row, header[time_at], _("“%s”不是时间，应形如 2016-07-01 00:00:00-07:00") % cells[time_at][:40])
        )
    elif at.utcoffset() is None:
        errors.append(
            RowError(row, header[time_at], _("“%s”没有时区，请补上电表的时区，如 +08:00") % cells[time_at][:40])
        )
        at = None
    if power is None:
        errors.append(RowError(row, header[power_at], _("“%s”不是数，请改成数字或删去这一行") % cells[power_at][:40]))
    return Sample(row, at, power) if at is not None and power is not None else None


def _instant(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell.strip())
    except ValueError:
        return None


def _number(cell: str) -> Decimal | None:
    if not _NUMBER.fullmatch(cell.strip()):
        return None
    return Decimal(cell.strip())


def _refuse(errors: list[RowError]) -> None:
    if errors:
        said = _("有 %d 处要改，一行也没有导入") if len(errors) < MOST_ERRORS else _("至少有 %d 处要改，一行也没有导入")
        raise RuleViolation("bad_rows", said % len(errors), rows=errors)


def _check_order(samples: list[Sample], columns: Columns) -> None:
    errors: list[RowError] = []
    seen: dict[datetime, int] = {}
    before = None
    for sample in samples:
        if sample.at in seen:
            errors.append(RowError(sample.row, columns.time, _("与第 %d 行是同一时刻，请删去一行") % seen[sample.at]))
        elif before is not None and sample.at < before.at:
            errors.append(RowError(sample.row, columns.time, _("时间比上一行早，请按时间先后排序")))
        elif before is not None and sample.at.utcoffset() != before.at.utcoffset():
            errors.append(RowError(sample.row, columns.time, _("时区与上一行不同，一只电表只用一个时区")))
        seen.setdefault(sample.at, sample.row)
        before = sample
        if len(errors) >= MOST_ERRORS:
            break
    _refuse(errors)


def _interval(samples: list[Sample]) -> timedelta:
    steps = Counter(later.at - earlier.at for earlier, later in pairwise(samples))
    require(bool(steps), "bad_file", _("只有一行数据，看不出采样间隔"))
    interval = steps.most_common(1)[0][0]
    require(
        timedelta(minutes=1) <= interval <= timedelta(hours=1) and timedelta(hours=1) % interval == timedelta(0),
        "bad_file",
        _("采样间隔是 %s，应能整除一小时（如 15 分钟）") % interval,
    )
    return interval


def _check_rows(
    samples: list[Sample], columns: Columns, interval: timedelta, starts_on: date, ends_on: date, most: Decimal
) -> None:
    errors: list[RowError] = []
    first = samples[0].at
    for sample in samples:
        if not starts_on <= sample.at.date() <= ends_on:
            said = _("%(day)s 不在核算期 %(from)s 至 %(to)s 内") % {
                "day": sample.at.date(),
                "from": starts_on,
                "to": ends_on,
            }
            errors.append(RowError(sample.row, columns.time, said))
        elif (sample.at - first) % interval:
            errors.append(RowError(sample.row, columns.time, _("时刻不在 %s 的间隔上") % interval))
        elif sample.power > most:
            said = _("功率 %(power)s 高于装机容量 %(most)s，请核对单位或容量") % {
                "power": sample.power,
                "most": most.normalize(),
            }
            errors.append(RowError(sample.row, columns.power, said))
        if len(errors) >= MOST_ERRORS:
            break
    _refuse(errors)


def _gaps(samples: list[Sample], interval: timedelta, starts_on: date, ends_on: date) -> Iterator[Gap]:
    zone = samples[0].at.tzinfo
    expected = datetime.combine(starts_on, datetime.min.time(), zone)
    end = datetime.combine(ends_on + timedelta(days=1), datetime.min.time(), zone)
    for at in (*(sample.at for sample in samples), end):
        if at - expected >= interval:
            yield Gap(expected, at, (at - expected) // interval)
        expected = at + interval


def _months(
    samples: list[Sample], interval: timedelta, gaps: list[Gap], kilowatts: Decimal, starts_on: date, ends_on: date
) -> Iterator[Month]:
    power: dict[date, Decimal] = {}
    counted, clipped = Counter[date](), Counter[date]()
    with localcontext() as exact:
        exact.prec = 60  # a sum of decimals stays exact
        for sample in samples:
            month = sample.at.date().replace(day=1)
            counted[month] += 1
            clipped[month] += sample.power < 0
            power[month] = power.get(month, Decimal(0)) + max(sample.power, Decimal(0))
        seconds = Decimal(int(interval.total_seconds()))
        missing = _missing(gaps, interval)
        for month in _each_month(starts_on, ends_on):
            energy = (power.get(month, Decimal(0)) * kilowatts * seconds / 3600).quantize(PLACES, ROUND_DOWN)
            whole = month >= starts_on and _last(month) <= ends_on
            yield Month(month, energy, counted[month], clipped[month], missing[month], whole and not missing[month])


def _missing(gaps: list[Gap], interval: timedelta) -> Counter[date]:
    missing = Counter[date]()
    for gap in gaps:
        for step in range(gap.samples):
            missing[(gap.since + step * interval).date().replace(day=1)] += 1
    return missing


def _each_month(starts_on: date, ends_on: date) -> Iterator[date]:
    month = starts_on.replace(day=1)
    while month <= ends_on:
        yield month
        month = _last(month) + timedelta(days=1)


def _last(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
