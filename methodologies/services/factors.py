"""The library of factors: read from the kept tables, and looked up by day."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from kernel.rules import require
from methodologies.models import Factor

TABLES = settings.BASE_DIR / "data" / "cn_emission_factors"
OTHERS = Path(__file__).resolve().parents[1] / "catalogue" / "known" / "factors.csv"
AVERAGE = "电力平均二氧化碳排放因子"
CHECK = "数值取自公开整理的表，须与公告原文核对"
PUBLISHED = {
    2021: "生态环境部、国家统计局公告 2024 年第 12 号",
    2022: "生态环境部、国家统计局 2024-12-20 发布",
    2023: "生态环境部、国家统计局发布的 2023 年数值",
}
MARGINS = (("电量边际排放因子 OM", "om_tco2_per_mwh"), ("容量边际排放因子 BM", "bm_tco2_per_mwh"))


class InForce(NamedTuple):
    """A factor of a day, and the row that takes its place afterwards."""

    factor: Factor
    next: Factor | None


def load() -> int:
    """Write the rows of the kept tables that are missing; return how many.

    A row whose value differs from the one stored is refused (RuleViolation ``factor_changed``): what a factor was stays known.
    A row still open gets the day it ends from the table.
    """
    stored = {row.key: row for row in Factor.objects.all()}
    missing = []
    for row in tables():
        known = stored.get(row.key)
        if known is None:
            missing.append(row)
            continue
        changed = _("因子 %(name)s 与已载入的数值不同，请另起一行") % {"name": str(row)}
        require((known.value, known.unit, known.year) == (row.value, row.unit, row.year), "factor_changed", changed)
        if known.valid_to is None and row.valid_to is not None:
            known.valid_to = row.valid_to
            known.save(update_fields=["valid_to"])
    Factor.objects.bulk_create(missing)
    return len(missing)


def in_force(on: date) -> list[InForce]:
    """Return every factor that holds on a day, by kind, name and place."""
    rows = list(Factor.objects.all())
    after = {(row.kind, row.name, row.area, row.valid_from.toordinal()): row for row in rows if row.valid_from}
    found = []
    for row in rows:
        if (row.valid_from or date.min) <= on <= (row.valid_to or date.max):
            ends = row.valid_to.toordinal() + 1 if row.valid_to else 0
            found.append(InForce(row, after.get((row.kind, row.name, row.area, ends))))
    return found


def tables() -> Iterator[Factor]:
    """Yield the rows of the kept tables, not stored. An average holds for its year, the newest until another is loaded."""
    yield from _averages("electricity_national.csv", "scope", {"全国平均": "全国"})
    yield from _averages("electricity_region_2021_2022.csv", "region", {})
    yield from _averages("electricity_province_2021_2022.csv", "province", {})
    for row in _rows(TABLES / "grid_om_bm_2019.csv"):
        for name, column in MARGINS:
            source = f"2019 年度减排项目中国区域电网基准线排放因子；{CHECK}"
            yield _factor("MARGIN", name, row["grid"], "", 2019, row[column], "tCO2/MWh", (None, None), source)
    for row in _rows(TABLES / "fuels_defaults.csv"):
        unit = f"tCO2/{row['unit'].replace('10^4', '万')}"
        source = (
            f"省级温室气体清单指南缺省值：{row['ncv_gj_per_unit']} GJ × {row['carbon_content_tc_per_tj']} tC/TJ × "
            f"{row['oxidation_rate']} × 44/12；须与原文核对"
        )
        yield _factor("FUEL", row["fuel"], "", "", None, row["ef_tco2_per_unit"], unit, (None, None), source)
    for row in _rows(OTHERS):
        days = (_day(row["valid_from"]), _day(row["valid_to"]))
        year = int(row["year"]) if row["year"] else None
        one = _factor(
            row["kind"], row["name"], row["area"], row["region"], year, row["value"], row["unit"], days, row["source"]
        )
        one.evidence = row["evidence"]
        yield one


def _averages(file: str, column: str, names: dict[str, str]) -> Iterator[Factor]:
    rows = _rows(TABLES / file)
    last = max(int(row["year"]) for row in rows)
    for row in rows:
        year, area = int(row["year"]), names.get(row[column], row[column])
        days = (date(year, 1, 1), None if year == last else date(year, 12, 31))
        region = row.get("admin_code", "").ljust(6, "0") if "admin_code" in row else ""
        yield _factor(
            "ELECTRICITY",
            AVERAGE,
            area,
            region,
            year,
            row["ef_kgco2_per_kwh"],
            "kgCO2/kWh",
            days,
            f"{PUBLISHED[year]}；{CHECK}",
        )


def _factor(
    kind: str,
    name: str,
    area: str,
    region: str,
    year: int | None,
    value: str,
    unit: str,
    days: tuple[date | None, date | None],
    source: str,
) -> Factor:
    return Factor(
        kind=kind,
        name=name,
        area=area,
        region=region,
        year=year,
        value=Decimal(value),
        unit=unit,
        valid_from=days[0],
        valid_to=days[1],
        source=source,
        evidence="B",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
