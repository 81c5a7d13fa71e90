"""How long one certificate takes to draw, warm. ``./portal bench certificates [--n 40]``; the last line is one JSON object.

Drawing needs no database; the durability settings in the last line say so.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")

FACTS = {
    "holder_name": "青岚屋顶能源有限公司",
    "project_no": "PHC-990100-2026-00002",
    "project_name": "东港物流园屋顶光伏项目",
    "owner_uscc": "91990100MA5C00015U",
    "method": "GD-2022-002-V02 分布式光伏发电系统",
    "period_from": "2025-01-01",
    "period_to": "2025-12-31",
    "vintage": 2025,
    "batch": 1,
    "journal_no": "ZX-20261120-0007",
    "issued_at": "2026-11-20T10:05:00+08:00",
    "issuer": "青岚市碳普惠运营管理中心（演示）",
    "portal": "青岚碳普惠",
    "portal_en": "Qinglan Carbon Inclusion",
    "issued_on": "2026-11-20",
}


def draw(index: int) -> bytes:
    """Draw an issuance certificate of its own number and quantity."""
    from certificates.rendering import render
    from kernel import identifiers

    number = identifiers.certificate_no("990100", date(2026, 11, 20), index)
    serial = identifiers.unit_serial("990100", "GD22002", "P00002", 2025, 1, 1, 700 + index)
    snapshot = {**FACTS, "quantity_t": 700 + index, "serials": [serial], "number": number, "kind": "ISSUANCE"}
    url = f"https://carbon.example.org/verify/{number}/"
    return render("ISSUANCE", snapshot, number, url, True, digest="5d0e91c7" * 8, page=8214 + index)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=40, help="certificates after the first (40)")
    count = parser.parse_args().n
    import django

    started = time.perf_counter()
    django.setup()
    draw(1)
    first_ms = (time.perf_counter() - started) * 1000
    took, sizes = [], []
    for index in range(2, count + 2):
        started = time.perf_counter()
        sizes.append(len(draw(index)))
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    result = {
        "bench": "certificates",
        "n": count,
        "first_ms": round(first_ms),
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[min(int(len(took) * 0.95), len(took) - 1)], 1),
        "bytes": round(statistics.median(sizes)),
        "database": "none",
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
