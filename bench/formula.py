"""How fast the formula engine computes columns, against the same arithmetic written by hand in the same run, and how fast a
method turns a file's text into whole milligrams.

Needs no database: ``python bench/formula.py [rows]`` or ``./portal bench formula [rows]``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from methodologies.document import parse, quantify_many
from methodologies.formula import CONTEXT, decimals

ROUNDS = 5
DAY = date(2022, 6, 30)
METHOD = """
code = "CN-2000-001"
version = 1
title = "two terms"
source = "bench"
evidence = "B"
kind = "quantitative"
factor_basis = "fixed"
result = "kg"
inputs.metro_km = { unit = "km", min = "0", max = "200" }
inputs.bus_km = { unit = "km", min = "0", max = "200" }
parameters.metro = { unit = "kg/km", value = "0.089", source = "bench" }
parameters.bus = { unit = "kg/km", value = "0.0741", source = "bench" }
formula.ER = "metro_km * metro + bus_km * bus"
"""


def best(measured: Callable[[], object]) -> float:
    """Return the shortest of a few runs in seconds: the others only measure the machine's other work."""
    times = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        measured()
        times.append(time.perf_counter() - start)
    return min(times)


def main(rows: int) -> None:
    """Compute ``metro * a + bus * b`` for ``rows`` rows and print one JSON object as the last line."""
    document = parse(METHOD)
    formula = document.compiled
    metro, bus = Decimal("0.089"), Decimal("0.0741")
    factors = {"metro": metro, "bus": bus}
    texts = {
        "metro_km": [f"{n % 400 / 10:.1f}" for n in range(rows)],
        "bus_km": [f"{n % 170 / 10:.1f}" for n in range(rows)],
    }
    columns = {name: decimals(column) for name, column in texts.items()}

    def by_hand() -> list[Decimal]:
        with localcontext(CONTEXT):
            return [a * metro + b * bus for a, b in zip(columns["metro_km"], columns["bus_km"], strict=True)]

    def from_text() -> list[int]:
        return quantify_many(document, texts, DAY)

    assert formula.bulk(columns, factors) == by_hand()
    assert from_text() == [int(kg * 10**6) for kg in by_hand()]
    hand, bulk, strings = best(by_hand), best(lambda: formula.bulk(columns, factors)), best(from_text)
    few = min(rows, 50_000)
    one = best(lambda: [formula.row({"metro_km": a, "bus_km": a}, factors) for a in columns["metro_km"][:few]])
    report = {
        "bench": "formula",
        "rows": rows,
        "bulk_per_s": round(rows / bulk),
        "by_hand_per_s": round(rows / hand),
        "ratio": round(hand / bulk, 3),
        "strings_per_s": round(rows / strings),
        "row_per_s": round(few / one),
        "load": round(os.getloadavg()[0], 1),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
