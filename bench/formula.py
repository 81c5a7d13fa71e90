"""How fast the formula engine computes columns, against the same arithmetic written by hand in the same run, and how fast a
method turns a file's text into whole milligrams.

The ways take turns, round by round, so that what else the machine does falls on all of them; of each the shortest round counts, in
processor seconds of the one thread: waiting for a core that somebody else has is not counted, a shared cache is.
``ratio_median`` is the middle of the ratios round by round, which no lucky round can lift.

Needs no database: ``python bench/formula.py [rows]`` or ``./portal bench formula [rows]``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from methodologies.document import parse, quantify_many
from methodologies.formula import CONTEXT, decimals

ROUNDS = 15
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


def seconds(measured: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Return the processor seconds of every round of each way; the ways take turns."""
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _round in range(ROUNDS):
        for name, run in measured.items():
            start = time.thread_time()
            run()
            times[name].append(time.thread_time() - start)
    return times


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
    few = [{"metro_km": a, "bus_km": a} for a in columns["metro_km"][:50_000]]
    times = seconds(
        {
            "hand": by_hand,
            "bulk": lambda: formula.bulk(columns, factors),
            "strings": from_text,
            "row": lambda: [formula.row(inputs, factors) for inputs in few],
        }
    )
    best = {name: min(found) for name, found in times.items()}
    report = {
        "bench": "formula",
        "measured_on": datetime.now(UTC).date().isoformat(),
        "rows": rows,
        "rounds": ROUNDS,
        "taken": "shortest of the rounds, ways taking turns, processor seconds of one thread",
        "bulk_per_s": round(rows / best["bulk"]),
        "by_hand_per_s": round(rows / best["hand"]),
        "ratio": round(best["hand"] / best["bulk"], 3),
        "ratio_median": round(median(h / b for h, b in zip(times["hand"], times["bulk"], strict=True)), 3),
        "strings_per_s": round(rows / best["strings"]),
        "row_per_s": round(len(few) / best["row"]),
        "load": round(os.getloadavg()[0], 1),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
