"""Snapshots as the other apps hand them in, and complete ones as ``award`` stores them."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.models import Division, User
from certificates.models import Certificate
from certificates.services.certificates import award
from certificates.states import Kind
from kernel import identifiers

SERIAL = identifiers.unit_serial("990100", "GD22002", "P00002", 2025, 1, 1, 722)
PROJECT = {
    "project_no": "PHC-990100-2026-00002",
    "project_name": "东港物流园屋顶光伏项目",
    "method": "GD-2022-002-V02 分布式光伏发电系统",
}
UNITS = {"vintage": 2025, "quantity_t": 722, "serials": [SERIAL], "journal_no": "QF-20261120-0001"}
FACTS: dict[str, dict[str, Any]] = {
    Kind.REGISTRATION: {
        **PROJECT,
        "owner_uscc": "91990100MA5C00015U",
        "crediting_from": "2025-01-01",
        "crediting_to": "2034-12-31",
        "registered_on": "2026-11-20",
        "capacity_kw": "1000",
        "location": "青岚市城南区港西路 8 号",
    },
    Kind.ISSUANCE: {
        **PROJECT,
        **UNITS,
        "owner_uscc": "91990100MA5C00015U",
        "period_from": "2025-01-01",
        "period_to": "2025-12-31",
        "batch": 1,
        "issued_at": "2026-11-20T10:05:00+08:00",
    },
    Kind.RETIREMENT: {
        **PROJECT,
        **UNITS,
        "quantity_t": 100,
        "purpose": "企业碳中和",
        "beneficiary": "青岚市第三届绿色出行大会",
        "account_no": "PH990100000003",
        "retired_at": "2026-11-20T10:05:00+08:00",
    },
    Kind.PERSONAL: {
        "person": "林*华",
        "starts_on": "2026-01-01",
        "ends_on": "2026-11-22",
        "acts": 412,
        "saved_mg": 96_420_123,
        "methods": ["QD-2021-004-V01 低碳出行碳普惠方法学（电动助力单车）"],
        "months": [
            f"2026-{month:02d} {mg}"
            for month, mg in enumerate(
                (
                    6_100_000,
                    4_020_123,
                    8_900_000,
                    9_300_000,
                    10_100_000,
                    9_000_000,
                    8_000_000,
                    7_500_000,
                    12_000_000,
                    9_500_000,
                    12_000_000,
                ),
                1,
            )
        ],
    },
    Kind.NEUTRAL: {
        **PROJECT,
        **UNITS,
        "quantity_t": 3,
        "event_no": "HD-990100-2026-00001",
        "event_name": "青岚市第三届绿色出行大会",
        "organiser_uscc": "91990100MA5C00015U",
        "place": "青岚国际会议中心",
        "starts_on": "2026-11-14",
        "ends_on": "2026-11-14",
        "boundary": "会场净购入电力，场内固定源、公务用车燃料",
        "basis": "《大型活动碳中和实施指南（试行）》",
        "emission_mg": 2_409_680_000,
        "declared": "SELF",
        "retired_at": "2026-11-20T10:05:00+08:00",
    },
}
# What a retirement of each use says besides.
USES: dict[str, dict[str, Any]] = {
    "COMPLIANCE": {
        "beneficiary": "青岚水泥股份有限公司",
        "holder_name": "青岚水泥股份有限公司",
        "purpose": "青岚演示碳市场 2025 年度履约抵销",
        "use": "履约抵销",
        "basis": "DEMO-2025，初始配额 20000 t，经核查排放量 21000 t",
        "emitter_uscc": "91990100MA5C00015U",
        "market": "青岚演示碳市场",
        "year": 2025,
        "cap_t": 1_000,
        "offset_t": 640,
    },
    "CHARITY": {"beneficiary": "青岚市城南小学", "purpose": "公益注销", "use": "公益自愿注销"},
    "CORP": {
        "beneficiary": "青岚新材料有限公司",
        "purpose": "企业碳中和",
        "use": "企业碳中和",
        "basis": "东港办公楼范围一和范围二，2025 年度",
    },
    "PERSONAL": {"beneficiary": "林*华", "purpose": "2025 年家庭用电和出行", "use": "个人碳中和"},
    "ECO_DAMAGE": {
        "beneficiary": "青岚市生态环境局",
        "purpose": "替代性修复",
        "use": "生态环境损害赔偿",
        "basis": "（2026）青01环民初3号",
    },
    "POINTS": {
        "beneficiary": "青岚碳普惠用户",
        "purpose": "积分兑换",
        "use": "碳积分兑换消耗",
        "basis": "2026 年 10 月汇总单 0003 号",
    },
    "SUBSTITUTE": {
        "beneficiary": "青岚屋顶能源有限公司",
        "purpose": "补足虚假减排量",
        "use": "等量注销",
        "basis": "青环碳决〔2026〕7号",
    },
}
ISSUER = {
    "issuer": "青岚市碳普惠运营管理中心（演示）",
    "portal": "青岚碳普惠",
    "portal_en": "Qinglan Carbon Inclusion",
    "issued_on": "2026-11-20",
}
NUMBER = identifiers.certificate_no("990100", date(2026, 11, 20), 21)
URL = f"https://carbon.example.org/verify/{NUMBER}/"


def snapshot(kind: str, **changes: Any) -> dict[str, Any]:
    """Return a complete snapshot of a kind."""
    whole = {**FACTS[kind], **ISSUER, "number": NUMBER, "kind": str(kind), "holder_name": "青岚屋顶能源有限公司"}
    return {**whole, **changes}


def retired_for(use: str) -> dict[str, Any]:
    """Return what a retirement of a use says, as changes of the sample."""
    return {"use_code": use, **USES[use]}


def awarded(kind: str = Kind.REGISTRATION, *, holder_name: str = "青岚屋顶能源有限公司", **changes: Any) -> Certificate:
    """Award a certificate for the city's division, which stands in for a project."""
    city = Division.objects.get(code="9901")
    facts = {**FACTS[kind], **changes}
    return award(kind, division=city, holder_name=holder_name, snapshot=facts, subject=city, by=registrar())


def registrar() -> User:
    """Return the registry officer of the story."""
    return User.objects.get(username="registrar")
