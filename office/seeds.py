"""Reference rows of this app: the announced calendar and the first mechanism profiles."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

from django.conf import settings

from office.models import CalendarDay, Profile

HOLIDAYS = settings.BASE_DIR / "data" / "cn_holidays" / "holidays_2020_2026.csv"

# The product's own lengths (class C), where an instrument's are not checked against its original.
OWN_LENGTHS = {"notice_workdays": 7, "acceptance_workdays": 5, "review_workdays": 10, "evidence": "C"}
PROFILES: dict[str, dict[str, Any]] = {
    # 20 working days of notice, generation after 2020-09-22 and a look-back of five years: GHG voluntary emission reduction
    # trading rules (2023), Art. 12 and 17.
    "CCER-2023": {
        "title": "温室气体自愿减排（CCER）",
        "instrument": "温室气体自愿减排交易管理办法（试行）2023",
        "valid_from": date(2023, 10, 19),
        "notice_workdays": 20,
        "acceptance_workdays": 15,
        "review_workdays": 15,
        "generated_after": date(2020, 9, 22),
        "look_back_years": 5,
    },
    # Domain §1.6: Guangdong's measures run five years from 2022-05-06; Wuhan's trial measures have ended and are kept as history.
    "GD-2022": OWN_LENGTHS
    | {
        "title": "广东省碳普惠",
        "instrument": "广东省碳普惠交易管理办法（粤环发〔2022〕4号）",
        "valid_from": date(2022, 5, 6),
        "valid_to": date(2027, 5, 5),
        # A decision on units is drafted, reviewed and signed by three people (the portal's own default for a province).
        "sign_off": ["projects.approve", "projects.reject", "registry.issue"],
    },
    "WH-2023": OWN_LENGTHS
    | {
        "title": "武汉市碳普惠",
        "instrument": "武汉市碳普惠管理办法（试行）（武环规〔2023〕3号）",
        "valid_from": date(2023, 9, 22),
        "valid_to": date(2025, 9, 21),
    },
}
# No look-back gate in the demo: old public data may be shown.
DEMO = OWN_LENGTHS | {"title": "演示机制", "instrument": "演示用，不是任何地区的规定"}


def seed() -> None:
    """Write what is missing; a day or a profile that an officer changed stays as it is."""
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        days = [
            CalendarDay(
                date=date.fromisoformat(row["date"]),
                name=row["name"],
                is_off=row["is_off_day"] == "true",
                source=row["source"][:300],
                announced_year=int(row["year_file"]),
            )
            for row in csv.DictReader(file)
        ]
    CalendarDay.objects.bulk_create(days, ignore_conflicts=True)
    for code, about in PROFILES.items():
        Profile.objects.get_or_create(code=code, defaults=about)
    if settings.DEMO or settings.TESTING:
        Profile.objects.get_or_create(code="DEMO", defaults=DEMO)
