"""Reference rows of this app: rules of compliance offset, each with its source and evidence class."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Division
from trading.models import ComplianceRule
from trading.states import CapBase

# Without dates a rule is history: kept to read, and refuses filings.
RULES: dict[str, dict[str, Any]] = {
    # The white paper of 2023 on Wuhan: 10 % of the initial allowance and not more than what is missing; 1 t is one allowance.
    "HB-WH-2022": {
        "market": "湖北碳市场（武汉市排放单位）",
        "year": 2022,
        "base": CapBase.ALLOWANCE,
        "ratio": Decimal("0.10"),
        "within_shortfall": True,
        "source": "2023 碳普惠发展白皮书：抵销不超过年度初始配额的 10%，且不超过缺口",
        "evidence": "A",
    },
}
DEMO: dict[str, Any] = {
    "market": "青岚演示碳市场",
    "year": 2025,
    "base": CapBase.ALLOWANCE,
    "ratio": Decimal("0.10"),
    "within_shortfall": True,
    "quota_t": 150,
    "opens_on": date(2026, 1, 1),
    "closes_on": date(2030, 12, 31),
    "source": "演示用，不是任何地区的规定",
    "evidence": "X",
}


def seed() -> None:
    """Write the rules that are missing; the demo's own only where the demo's city is."""
    for code, rule in RULES.items():
        ComplianceRule.objects.get_or_create(code=code, defaults=rule)
    city = Division.objects.filter(code="9901").first()
    if city is not None:
        ComplianceRule.objects.get_or_create(code="DEMO-2025", defaults=DEMO | {"division": city})
