"""Factors by table: each row a factor with its source, a newer one ending the older one it follows; all rows or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import TableIn, User
from accounts.services.tables import apply_once, each, opened
from accounts.tables import Row, Wanted
from accounts.workflow import record, require, verb
from kernel.rules import RowError, RuleViolation
from methodologies.formula import decimal
from methodologies.models import Factor
from methodologies.states import FactorKind

PURPOSE = "methodologies.import_factors"
MOST_ROWS = 2_000
KIND, NAME, AREA, REGION, YEAR, VALUE, UNIT = "类别", "名称", "地区或电网", "区划代码", "数据年份", "数值", "单位"
SINCE, UNTIL, SOURCE, EVIDENCE = "起", "止", "出处", "依据等级"
EXAMPLE, AVERAGE, GRID = "电力平均排放因子", "电力平均二氧化碳排放因子", "华东"
COLUMNS = (
    Wanted(KIND, example=EXAMPLE, most=20, about=gettext_lazy("电力平均排放因子、区域电网基准线排放因子、燃料与热力、全球变暖潜势")),
    Wanted(NAME, example=AVERAGE, most=60, about=gettext_lazy("与已载入的同一因子要一字不差，才接得上")),
    Wanted(AREA, required=False, example=GRID, most=20, about=gettext_lazy("不分地区的留空")),
    Wanted(REGION, required=False, example="", most=6, about=gettext_lazy("六位，按省市区用的因子填")),
    Wanted(YEAR, required=False, example="2024", most=4, about=gettext_lazy("数据所属年份")),
    Wanted(VALUE, example="0.5000", most=30, about=gettext_lazy("十进制数，小数最多 9 位，不用指数")),
    Wanted(UNIT, example="kgCO2/kWh", most=20, about=gettext_lazy("与已载入的同一因子一致；不一致的不导入，不会替您换算")),
    Wanted(SINCE, required=False, example="2024-01-01", most=10, about=gettext_lazy("从哪一天起有效；不随日期的留空")),
    Wanted(UNTIL, required=False, example="", most=10, about=gettext_lazy("到哪一天止；一直有效的留空")),
    Wanted(SOURCE, example="××公告 20×× 年第 × 号", most=300, also=("来源",), about=gettext_lazy("公告名称、文号或网址")),
    Wanted(EVIDENCE, example="A", most=1, also=("证据等级",), about=gettext_lazy("A 官方文本，B 法定默认值，C 平台公布；X 不入库")),
)  # fmt: skip


class Taken(NamedTuple):
    """What a row came to: the factor, whether it is new, and the older one it ends."""

    factor: Factor
    new: bool
    ended: Factor | None


@verb("methodologies.import_factors")
def import_factors(table: TableIn, *, by: User, reason: str = "") -> TableIn:
    """Load the factors of a table that was kept, once; one refused row refuses all.

    A value never changes: a row that is stored already is left, one that follows an open factor ends it the day before. Raises
    RuleViolation ``table_applied``, ``wrong_table``, ``bad_file`` or ``bad_rows`` with the row and column of every refusal.
    """
    table = apply_once(table, PURPOSE)
    taken = take_all(opened(table, COLUMNS, most_rows=MOST_ROWS).rows)
    told = {"new": sum(one.new for one in taken), "ended": [one.ended.pk for one in taken if one.ended]}
    record(PURPOSE, table, by=by, reason=reason, data={"sha256": table.sha256, **told})
    return table


def take_all(rows: Sequence[Row]) -> list[Taken]:
    """Take in the rows of a table, oldest first, so that each ends the one before. Raises RuleViolation ``bad_rows``."""
    return each(sorted(rows, key=lambda row: row.cells.get(SINCE, "")), lambda row: _take(row.cells))


@contextmanager
def _of(column: str) -> Iterator[None]:
    """Let a refusal name the column it is about."""
    try:
        yield
    except RuleViolation as refusal:
        raise RuleViolation(refusal.code, refusal.message, rows=[RowError(None, column, refusal.message)]) from None


def _take(cells: dict[str, str]) -> Taken:
    row = _read(cells)
    same = Factor.objects.select_for_update().filter(kind=row.kind, name=row.name)
    with _of(UNIT):
        units = set(same.values_list("unit", flat=True))
        said = _("同名的因子用 %(units)s，这一行用 %(unit)s；请先换算再填")
        told = {"units": "、".join(sorted(units)), "unit": row.unit}
        require(not units or row.unit in units, "factor_unit", said % told)
    here = same.filter(area=row.area)
    known = here.filter(valid_from=row.valid_from).first()
    if known is not None:
        with _of(VALUE):
            said = _("这一天起已有数值 %(old)s，数值不改；请核对，或用另一个起始日")
            require(known.value == row.value, "factor_changed", said % {"old": known.figure})
        return Taken(known, False, None)
    ended = _ended(here.filter(valid_to=None).first(), row.valid_from)
    row.save()
    return Taken(row, True, ended)


def _ended(older: Factor | None, since: date | None) -> Factor | None:
    """End a factor that is open the day before another begins; None where there is none to end."""
    if older is None or since is None or (older.valid_from or date.min) >= since:
        return None
    older.valid_to = since - timedelta(days=1)
    older.save(update_fields=["valid_to"])
    return older


def _read(cells: dict[str, str]) -> Factor:
    with _of(KIND):
        kinds = {str(name): kind for kind in FactorKind for name in (kind.value, _label(kind))}
        require(cells[KIND] in kinds, "bad_choice", _("应为 %s 之一") % "、".join(map(_label, FactorKind)))
    with _of(VALUE):
        value = decimal(cells[VALUE])
        require(value == value.quantize(Decimal("1E-9")), "bad_number", _("小数最多 9 位"))
        require(0 <= value < 10**9, "bad_number", _("应不小于 0、小于十亿"))
    with _of(REGION):
        region = cells.get(REGION, "")
        shaped = not region or (len(region) == 6 and region.isascii() and region.isdigit())
        require(shaped, "bad_region", _("应为六位行政区划代码"))
    with _of(EVIDENCE):
        require(cells[EVIDENCE] in ("A", "B", "C"), "evidence", _("应为 A、B、C 之一；X 级的数值不入库"))
    since, until = _day(cells, SINCE), _day(cells, UNTIL)
    with _of(UNTIL):
        ordered = since is None or until is None or since <= until
        require(ordered, "bad_days", _("止日早于起日"))
    return Factor(
        kind=kinds[cells[KIND]],
        name=cells[NAME],
        area=cells.get(AREA, ""),
        region=region,
        year=_year(cells),
        value=value,
        unit=cells[UNIT],
        valid_from=since,
        valid_to=until,
        source=cells[SOURCE],
        evidence=cells[EVIDENCE],
    )


def _label(kind: FactorKind) -> str:
    """Return the kind's name in Chinese: the table is, whoever sends it."""
    with translation.override("zh-hans"):
        return str(kind.label)


def _day(cells: dict[str, str], column: str) -> date | None:
    text = cells.get(column, "")
    with _of(column):
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise RuleViolation("bad_date", _("“%s”不是日期，应如 2024-01-01") % text) from None


def _year(cells: dict[str, str]) -> int | None:
    text = cells.get(YEAR, "")
    with _of(YEAR):
        plain = not text or (text.isascii() and text.isdigit() and 1990 <= int(text) <= 2100)
        require(plain, "bad_year", _("应为 1990 至 2100 的年份"))
    return int(text) if text else None
