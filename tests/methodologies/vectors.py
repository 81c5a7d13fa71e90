"""The worked figures of domain §3.27 that a method gives, and those in the text of §3, as one table for every door.

A vector is one or several acts and the exact total in kilograms (tonnes where the method says so), or the code it is refused with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

Given = dict[str, str | tuple[str, ...]]


class Vector(NamedTuple):
    """``acts`` are (method, inputs); ``expected`` the total, or a code; ``places`` rounds half up where the domain does."""

    name: str
    acts: tuple[tuple[str, Given], ...]
    expected: str
    places: int | None = None
    on: str = "2022-06-30"
    region: str = ""

    @property
    def total(self) -> Decimal | None:
        """The expected total, None where the vector is refused."""
        return Decimal(self.expected) if self.expected[0].isdigit() else None


def one(name: str, method: str, expected: str, places: int | None = None, region: str = "", **given: object) -> Vector:
    """Return a vector of one act; list inputs are tuples."""
    return Vector(name, ((method, _text(given)),), expected, places, region=region)


def _text(given: dict[str, object]) -> Given:
    return {name: tuple(map(str, v)) if isinstance(v, tuple) else str(v) for name, v in given.items()}


WEEK = (12, 11, 13, 12, 12, 11, 13)
STOCK: dict[str, object] = {"years": 1, "project_t": 0, "leakage_t": 0, "buffer": 0}
FIR: dict[str, object] = {"species": "杉木", "growth": 6, **STOCK}

VECTORS = (
    one("T01", "QD-2021-001-V01", "0.890", distance_km=10),
    one("T02", "QD-2021-002-V01", "0.741", trips=1),
    one("T03", "QD-2021-003-V01", "0.3838", distance_km="1.9"),
    one("T04", "QD-2021-004-V01", "0.579", distance_km=3),
    one("T05", "QD-2021-005-V01", "3.060", distance_km=20),
    one("T06", "SH-2021-001-V01", "0.66700", mode="地铁", distance_km="7.25"),
    one("T07", "SH-2021-002-V01", "0.371", trips=1),
    one("T08", "SH-2021-001-V01", "0.420", mode="单车", distance_km=3),
    one("T09", "SH-2021-001-V01", "2.000", mode="新能源汽车", distance_km=20),
    Vector(
        "T10",
        (
            ("QD-2021-001-V01", {"distance_km": "12.4"}),
            ("QD-2021-002-V01", {"trips": "1"}),
            ("QD-2021-003-V01", {"distance_km": "2.3"}),
        ),
        "2.3092",
    ),
    one("T11", "SH-2021-001-V01", "no_factor", mode="电动助力单车", distance_km=3),
    one("T12", "CN-2023-001-V01", "0.1632", step_count=6000, stride_m="0.68"),
    one("T13", "CN-2023-001-V01", "0.27176", step_count=10000, stride_m="0.6794"),
    one("T14", "CN-2023-004-V01", "6.54", displacement_l="1.4", days=2),
    one("T15", "CN-2023-004-V01", "31.85", displacement_l="2.0", days=7),
    one("T16", "CN-2023-004-V01", "3.27", displacement_l="1.25", days=1),
    one("T17", "CN-2023-005-V01", "7.6000", orders=1000),
    one("T18", "SH-2024-001-V01", "462", generation_kwh=1100000),
    one("T19", "GD-2022-002-V02", "722.1775", generation_mwh=1100),
    one("T20", "WH-2023-001-V01", "3576.875", generation_mwh=5000, factor_set="华中组合边际"),
    one("T21", "WH-2023-001-V01", "2182.0", generation_mwh=5000, factor_set="湖北平均"),
    one("T22", "SZ-2021-001-V01", "0.46875", actual_kwh="6.5", history_kwh=()),
    one("T23", "SZ-2021-001-V01", "0.6250", actual_kwh=10, history_kwh=WEEK),
    one("T24", "SZ-2021-001-V01", "0", actual_kwh=13, history_kwh=(12,) * 7),
    one("T25", "GD-2022-005-V01", "12.80", mass_kg=10),
    one("T26", "CN-2023-006-V01", "340.0", phones=1, digital=1, appliances=1, bicycles=1, clothes=3, books=10),
    one("T27", "SD-2023-001-V01", "157.666667", 6, area_ha=100, **STOCK),
    one("T28", "GD-2023-001-V01", "297.0", climate="只计土壤", area_ha=50, **STOCK),
    one("T29", "CD-2023-001-V01", "4.290", saved_n_kg=1),
    one("T30", "WH-2022-001-V01", "0.145", step_count=7250),
    one("3.3 Hubei", "CN-2023-002-V01", "22.009", 3, energy_kwh=30, grid="湖北"),
    one("3.3 nation", "CN-2023-002-V01", "0.6334", 4, energy_kwh=1, grid="全国"),
    one("3.3 south", "CN-2023-002-V01", "0.7831", 4, energy_kwh=1, grid="南方"),
    one("3.3 south-west, capped", "CN-2023-002-V01", "0.8", energy_kwh=1, grid="西南"),
    one("3.4", "CN-2023-003-V01", "9.5014", distance_km=100),
    one("3.5 small", "CN-2023-004-V01", "2.58", displacement_l="1.0", days=1),
    one("3.8 resident", "GD-2022-002-V02", "6.56525", generation_mwh=10),
    one("3.9 Guangdong", "GD-2022-003-V01", "136.093", 3, "440000", output_kwh=3000, units=1, years=1, capacity="4.5 kW 及以下"),
    one("3.9 nation", "GD-2022-003-V01", "165.858", 3, output_kwh=3000, units=1, years=1, capacity="4.5 kW 及以下"),
    one("3.10", "GD-2022-004-V01", "824.919", 3, "440000", litres_per_day=150, delta_k=35, days=365, cop="3.7"),
    one("3.13", "CN-2023-007-V01", "0.45444", orders=12),
    one("3.13 hotel", "CN-2023-008-V01", "0.6096", orders=3),
    one("3.15 contracts", "CN-2023-009-V01", "3.51428", contracts=20),
    one("3.15 invoices", "CN-2023-010-V01", "0.51515", invoices=100),
    one("3.17 fir", "GD-2022-001-V01", "7.1505", 4, baseline_growth=0, area_ha=1, **FIR),
    one("3.17 fir, 100 ha over 4 m3", "GD-2022-001-V01", "238.349", 3, baseline_growth=4, area_ha=100, **FIR),
    one("3.17 pine", "GD-2022-001-V01", "5.5994", 4, species="马尾松", growth=5, baseline_growth=0, area_ha=1, **STOCK),
    one("3.17 eucalypt", "GD-2022-001-V01", "25.7376", 4, species="桉树", growth=15, baseline_growth=0, area_ha=1, **STOCK),
    one("3.18 with biomass", "GD-2023-001-V01", "1516.662", 3, climate="热带湿润", area_ha=50, **STOCK),
    one("3.21", "WH-2023-002-V01", "2110.205", 3, head=100000, days=365, electricity_mwh=60),
    one("3.22", "CD-2023-001-V01", "4290", saved_n_kg=1000),
)  # fmt: skip
