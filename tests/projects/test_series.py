"""Reading a meter's file as it is: what it says to the last decimal, and what is wrong with it by row and column."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_portal.story import SERIES, World
from kernel.rules import RuleViolation
from projects.models import MonitoringPeriod
from projects.services import series
from projects.services.series import Reading, read_series

UTC8 = timezone(timedelta(hours=8))
DAY = date(2024, 5, 1)
QUARTER = timedelta(minutes=15)
HEADER = ("measured_on", "ac_power")


def table(rows: list[tuple[Any, Any]], header: tuple[str, str] = HEADER) -> bytes:
    """Return a CSV as a meter exports it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def day(
    power: Any = "1000", *, first: date = DAY, days: int = 1, step: timedelta = QUARTER, zone: timezone = UTC8
) -> list[tuple[Any, Any]]:
    """Return whole days of constant power, in W."""
    start = datetime.combine(first, time(0), zone)
    return [(str(start + i * step), power) for i in range(int(timedelta(days=days) / step))]


def read(content: bytes, *, ends_on: date = DAY, capacity_kw: str = "10", unit: str = "W") -> Reading:
    """Read a file of 1 May 2024 and the days after it."""
    return read_series(content, starts_on=DAY, ends_on=ends_on, capacity_kw=Decimal(capacity_kw), unit=unit)


def wrong(content: bytes, **told: Any) -> RuleViolation:
    """Read a file that must be refused; return the refusal."""
    with pytest.raises(RuleViolation) as caught:
        read(content, **told)
    return caught.value


def places(refusal: RuleViolation) -> list[tuple[int | None, str]]:
    """Return row and column of every mistake."""
    return [(error.row, error.field) for error in refusal.rows]


def test_the_public_meter_file_gives_the_figures_of_clarification_5(world: World) -> None:
    period: MonitoringPeriod = world.periods["meter"]

    months = list(period.months.order_by("month"))
    assert [(row.month.month, row.energy_kwh) for row in months] == [
        (7, Decimal("858.8969446275")),
        (8, Decimal("863.4308900250")),
        (9, Decimal("869.9818966500")),
        (10, Decimal("349.5978171250")),
    ]
    assert sum(row.clipped for row in months) == 4_767
    assert [row.samples for row in months] == [31 * 96, 31 * 96, 30 * 96, 10_000 - 92 * 96]
    assert [row.complete for row in months] == [True, True, True, False]
    assert (period.issued_t, period.carry_mg) == (1, 931_435_853)
    assert period.meter_offset_minutes == -7 * 60
    assert period.series is not None
    with period.series.file.open("rb") as file:
        assert file.read() == SERIES.read_bytes()


def test_the_public_meter_file_names_its_last_gap(world: World) -> None:
    """It ends at 03:45 on 13 October: the rest of that day is missing, and is not made up."""
    gaps = world.periods["meter"].gaps

    assert gaps == [{"since": "2016-10-13 04:00:00-07:00", "until": "2016-10-14 00:00:00-07:00", "samples": 80}]
    assert world.periods["meter"].months.get(month=date(2016, 10, 1)).missing == 80


def test_each_sample_counts_for_its_interval() -> None:
    reading = read(table(day("1000")))

    assert [month.energy_kwh for month in reading.months] == [Decimal(24)]
    assert (reading.interval, reading.offset, reading.gaps) == (QUARTER, timedelta(hours=8), [])


@pytest.mark.parametrize("minutes", [1, 5, 10, 15, 30, 60])
def test_any_interval_that_divides_the_hour_is_read(minutes: int) -> None:
    reading = read(table(day("600", step=timedelta(minutes=minutes))))

    assert reading.months[0].energy_kwh == Decimal("14.4")
    assert reading.months[0].samples == 24 * 60 // minutes


@pytest.mark.parametrize("seconds", [7 * 60, 90 * 60, 30])
def test_an_interval_that_does_not_divide_the_hour_is_refused(seconds: int) -> None:
    start = datetime.combine(DAY, time(0), UTC8)
    rows = [(str(start + i * timedelta(seconds=seconds)), "1") for i in range(12)]

    refusal = wrong(table(rows))
    assert refusal.code == "bad_file"
    assert "整除一小时" in str(refusal.message)


def test_negative_power_counts_as_nothing_and_is_counted() -> None:
    rows = day("1000")
    rows[0] = (rows[0][0], "-2.8601")
    rows[5] = (rows[5][0], "-0.0001")

    month = read(table(rows)).months[0]
    assert (month.clipped, month.energy_kwh) == (2, Decimal("23.5"))


def test_kilowatts_are_a_thousand_watts() -> None:
    assert read(table(day("1.25")), unit="kW").months[0].energy_kwh == Decimal(30)
    assert read(table(day("1.25")), unit="W").months[0].energy_kwh == Decimal("0.03")


def test_months_are_cut_in_the_offset_of_the_meter() -> None:
    """31 May 20:00 at -07:00 is already June in Greenwich and in Beijing, but not at the meter."""
    rows = day("1000", first=date(2024, 5, 31), days=2, zone=timezone(timedelta(hours=-7)))
    reading = read_series(table(rows), starts_on=date(2024, 5, 31), ends_on=date(2024, 6, 1), capacity_kw=Decimal(10))

    assert [(month.month, month.energy_kwh) for month in reading.months] == [
        (date(2024, 5, 1), Decimal(24)),
        (date(2024, 6, 1), Decimal(24)),
    ]


def test_a_missing_day_is_named_its_month_incomplete_and_nothing_made_up() -> None:
    rows = day("1000", days=31)
    without = rows[: 9 * 96] + rows[10 * 96 :]

    reading = read(table(without), ends_on=date(2024, 5, 31))

    [gap] = reading.gaps
    assert (str(gap.since), str(gap.until), gap.samples) == (
        "2024-05-10 00:00:00+08:00",
        "2024-05-11 00:00:00+08:00",
        96,
    )
    month = reading.months[0]
    assert (month.complete, month.missing, month.samples) == (False, 96, 30 * 96)
    assert month.energy_kwh == 30 * 24


def test_what_is_missing_before_the_first_and_after_the_last_row_is_a_gap_too() -> None:
    reading = read(table(day()[4:-8]))

    assert [gap.samples for gap in reading.gaps] == [4, 8]
    assert reading.months[0].missing == 12


def test_a_part_of_a_month_is_not_a_complete_month() -> None:
    assert not read(table(day())).months[0].complete
    assert read(table(day(days=31)), ends_on=date(2024, 5, 31)).months[0].complete


@pytest.mark.parametrize(
    "dress",
    [
        lambda plain: b"\xef\xbb\xbf" + plain,
        gzip.compress,
        lambda plain: gzip.compress(b"\xef\xbb\xbf" + plain),
        lambda plain: plain.replace(b"\r\n", b"\n"),
        lambda plain: plain.replace(b"\r\n", b"\r"),
        lambda plain: plain.replace(b"\r\n", b"\r\n\r\n"),
        lambda plain: plain + b"\r\n\r\n",
        lambda plain: plain.replace(b",", b" , "),
    ],
    ids=["bom", "gzip", "gzip and bom", "unix", "old mac", "blank lines", "blank end", "spaces"],
)
def test_the_same_data_in_another_dress_say_the_same(dress: Callable[[bytes], bytes]) -> None:
    plain = table(day("1000"))

    assert read(dress(plain)) == read(plain)


def test_a_chinese_export_in_gb18030_is_read_by_its_own_column_names() -> None:
    text = "序号,采集时间,有功功率,备注\n" + "".join(
        f"{number},{at},{power},正常\n" for number, (at, power) in enumerate(day("1000"))
    )

    assert read(text.encode("gb18030")) == read(table(day("1000")))
    assert read(text.encode()) == read(table(day("1000")))
    bad = text.replace(",1000,正常\n95", ",坏,正常\n95").encode("gb18030")
    assert places(wrong(bad)) == [(96, "有功功率")]


HTML = b"<!DOCTYPE html><html><body>\xe8\xaf\xb7\xe7\x99\xbb\xe5\xbd\x95</body></html>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HTML, "网页（HTML）"),
        (b"\xef\xbb\xbf \r\n" + HTML, "网页（HTML）"),
        (gzip.compress(HTML), "网页（HTML）"),
        (b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml", "不是文本表格"),
        ("measured_on,ac_power\n".encode("utf-16"), "不是文本表格"),
        (b"measured_on,ac_power\n\xff\xff\xff\xff", "文字编码"),
        (gzip.compress(table(day()))[:-20], "压缩文件不完整"),
        (b"\x1f\x8b\x08garbage", "压缩文件不完整"),
        (b"", "没有时间列"),
        (b"measured_on,ac_power\n", "没有一行数据"),
        (b"measured_on,ac_power\n\n,\n", "没有一行数据"),
        (table(day()[:1]), "只有一行数据"),
        (b'measured_on,ac_power\n"' + b"1" * 200_000, "第 2 行不像表格"),
    ],
    ids=[
        "html", "html after a mark", "html in gzip", "workbook", "utf-16", "bytes", "cut gzip", "broken gzip",
        "empty", "header only", "blank rows", "one row", "endless cell",
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_what_it_is(content: bytes, said: str) -> None:
    refusal = wrong(content)

    assert refusal.code == "bad_file"
    assert said in str(refusal.message)


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        (("time", "ac_power"), 1, "measured_on"),
        (("measured_on", "watt"), 1, "ac_power"),
        (("measured_on", "measured_on"), 1, "measured_on"),
    ],
)
def test_a_missing_or_doubled_column_is_named(header: tuple[str, str], row: int, field: str) -> None:
    refusal = wrong(table(day(), header))

    assert refusal.code == "bad_file"
    assert places(refusal) == [(row, field)]


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"0" * (series.MOST_BYTES + 2**20), compresslevel=1)
    assert len(bomb) < 2**20

    refusal = wrong(bomb)
    assert refusal.code == "bad_file"
    assert "解压后超过 60 MB" in str(refusal.message)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"power": "abc"}, "ac_power", "“abc”不是数"),
        ({"power": ""}, "ac_power", "“”不是数"),
        ({"power": "NaN"}, "ac_power", "不是数"),
        ({"power": "Infinity"}, "ac_power", "不是数"),
        ({"power": "1_000"}, "ac_power", "不是数"),
        ({"power": "１０"}, "ac_power", "不是数"),
        ({"power": "1,5"}, "ac_power", "不是数"),
        ({"power": "10000.01"}, "ac_power", "高于装机容量"),
        ({"at": "yesterday"}, "measured_on", "“yesterday”不是时间"),
        ({"at": "2024-05-01 25:00:00+08:00"}, "measured_on", "不是时间"),
        ({"at": "2024-05-01 02:30:00"}, "measured_on", "没有时区"),
        ({"at": "2024-05-01 02:15:00+08:00"}, "measured_on", "与第 11 行是同一时刻"),
        ({"at": "2024-05-01 01:00:00+07:00"}, "measured_on", "与第 10 行是同一时刻"),
        ({"at": "2024-05-01 02:20:00+08:00"}, "measured_on", "不在 0:15:00 的间隔上"),
        ({"at": "2024-05-01 03:30:00+09:00"}, "measured_on", "时区与上一行不同"),
        ({"at": "2024-04-30 02:30:00+08:00"}, "measured_on", "比上一行早"),
    ],
)
def test_a_mistake_in_row_12_is_named_by_row_and_column(changed: dict[str, str], field: str, said: str) -> None:
    rows = day()
    rows[10] = (changed.get("at", rows[10][0]), changed.get("power", rows[10][1]))

    refusal = wrong(table(rows))

    assert refusal.code == "bad_rows"
    assert places(refusal)[0] == (12, field)
    assert said in str(refusal.rows[0].message)
    assert "一行也没有导入" in str(refusal.message)


def test_a_row_with_too_few_cells_is_named() -> None:
    content = table(day()).replace(b"\r\n2024-05-01 02:30:00+08:00,1000", b"\r\n2024-05-01 02:30:00+08:00")

    assert places(wrong(content)) == [(12, "ac_power")]


def test_power_at_exactly_the_capacity_is_accepted() -> None:
    assert read(table(day("10000"))).months[0].energy_kwh == 240


def test_rows_outside_the_period_are_named() -> None:
    rows = day(days=2)

    refusal = wrong(table(rows))
    assert places(refusal)[0] == (98, "measured_on")
    assert "2024-05-02 不在核算期" in str(refusal.rows[0].message)


def test_an_unsorted_file_is_refused_and_not_silently_sorted() -> None:
    rows = day()
    rows[20], rows[40] = rows[40], rows[20]

    assert wrong(table(rows)).code == "bad_rows"


def test_no_more_than_twenty_mistakes_are_listed() -> None:
    refusal = wrong(table(day("abc")))

    assert len(refusal.rows) == series.MOST_ERRORS == 20
    assert "至少有 20 处" in str(refusal.message)


@given(
    step=st.sampled_from([5, 10, 15, 30, 60]),
    offset=st.integers(-48, 56),
    days=st.integers(1, 3),
    gap=st.tuples(st.integers(1, 20), st.integers(0, 3)),
    powers=st.lists(st.decimals(-50, 7000, places=4), min_size=1, max_size=40),
    kilowatts=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_energy_equals_an_independent_sum_of_fractions(
    step: int, offset: int, days: int, gap: tuple[int, int], powers: list[Decimal], kilowatts: bool
) -> None:
    """Σ max(power, 0) × interval, per month in the meter's offset, in exact fractions, cut at the tenth decimal."""
    zone, first = timezone(timedelta(minutes=15 * offset)), date(2024, 4, 30)
    at = datetime.combine(first, time(0), zone)
    slots = [(at + i * timedelta(minutes=step), powers[i % len(powers)]) for i in range(days * 24 * 60 // step)]
    kept = slots[: gap[0]] + slots[gap[0] + gap[1] :]
    last = first + timedelta(days=days - 1)
    unit, capacity = ("kW", "7000") if kilowatts else ("W", "7")

    reading = read_series(
        table([(str(when), power) for when, power in kept]),
        starts_on=first,
        ends_on=last,
        capacity_kw=Decimal(capacity),
        unit=unit,
    )

    exact: dict[date, Fraction] = {}
    for when, power in kept:
        worth = max(Fraction(power), Fraction(0)) * (1 if kilowatts else Fraction(1, 1000)) * Fraction(step, 60)
        month = date(when.year, when.month, 1)
        exact[month] = exact.get(month, Fraction(0)) + worth
    for month in reading.months:
        wanted = exact.get(month.month, Fraction(0)) * 10**10
        assert Fraction(month.energy_kwh) * 10**10 == wanted.numerator // wanted.denominator
    assert sum(month.samples for month in reading.months) == len(kept)
    assert sum(month.clipped for month in reading.months) == sum(power < 0 for _at, power in kept)
    assert sum(month.missing for month in reading.months) == len(slots) - len(kept)
