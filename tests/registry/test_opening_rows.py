"""The rows of an existing registry's file: each wrong one is named by sheet, row and column, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from stdnum.cn import uscc

from accounts.models import Organisation, User
from carbon_portal.story import World
from kernel.rules import RuleViolation
from projects.models import MonitoringPeriod
from registry.models import Batch, Journal
from registry.services.opening import moving
from tests.moving import Tables, kept, officers, rows_of, submitted, tables, workbook
from tests.refusals import nothing_changed


def _set(sheet: str, at: int, **cells: str) -> Callable[[Tables], None]:
    def change(content: Tables) -> None:
        content[sheet][at].update({name.replace("_", " "): value for name, value in cells.items()})

    return change


WRONG: dict[str, tuple[Callable[[Tables], Any], tuple[str, int, str]]] = {
    "check character": (_set("单位", 0, 统一社会信用代码="91440101MA5C000155"), ("单位", 2, "统一社会信用代码")),
    "kind": (_set("单位", 1, 单位性质="主管部门"), ("单位", 3, "单位性质")),
    "place": (_set("项目", 0, 区划代码="9901"), ("项目", 2, "区划代码")),
    "unknown owner": (_set("项目", 0, 业主信用代码="91110108MA01KPGK0L"), ("项目", 2, "业主信用代码")),
    "method": (_set("项目", 0, 方法学编号="GD-2099-002-V02"), ("项目", 2, "方法学编号")),
    "meter": (_set("项目", 0, **{"装机容量 kW": "7"}), ("项目", 2, "发电计量表号")),
    "crediting": (_set("项目", 0, 计入期止="2020-12-31"), ("项目", 2, "计入期止")),
    "no day": (_set("批次", 0, 签发日期="去年三月"), ("批次", 2, "签发日期")),
    "after the opening": (_set("批次", 0, 签发日期="2026-02-01"), ("批次", 2, "签发日期")),
    "year": (_set("批次", 0, 核算期起="2022-12-01"), ("批次", 2, "核算期止")),
    "run and quantity": (_set("批次", 0, 止号="10362"), ("批次", 2, "数量")),
    "serial of another": (
        _set(
            "批次", 0, 编号="PHCER-420100-WH23001-P00003-2023-02-000010364-000015363-Z", 起号="", 止号="", 数量="5000"
        ),
        ("批次", 2, "编号"),
    ),
    "no such batch": (_set("持有", 0, 批次号="7"), ("持有", 2, "批次号")),
    "outside": (_set("持有", 0, 起号="9001", 止号="13000"), ("持有", 2, "起号")),
    "twice": (_set("注销", 0, 起号="3000", 止号="4362"), ("注销", 2, "起号")),
    "half a run": (_set("持有", 0, 止号=""), ("持有", 2, "止号")),
    "half a tonne": (_set("持有", 1, 数量="5000.5"), ("持有", 3, "数量")),
    "unknown holder": (_set("持有", 1, 持有人="GZ-0009"), ("持有", 3, "持有人")),
    "before it was issued": (_set("注销", 0, 注销日期="2024-02-01"), ("注销", 2, "注销日期")),
    "project twice": (lambda content: content["项目"].append(content["项目"][0]), ("项目", 3, "项目编号")),
    "batch twice": (lambda content: content["批次"].append(content["批次"][0]), ("批次", 3, "批次号")),
    "no project": (lambda content: content["项目"].clear(), ("批次", 2, "项目编号")),
}


@pytest.fixture(scope="module")
def officer(module_world: World) -> User:
    """An officer of the registry of 广州."""
    return officers(module_world)[0]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_row_is_named_by_sheet_row_and_column(officer: User, wrong: str, db: None) -> None:
    change, place = WRONG[wrong]
    content = tables()
    change(content)
    table = kept(officer, workbook(content))
    with nothing_changed(), pytest.raises(RuleViolation) as caught:
        moving.plan_of(table, division=moving.place_of(officer), as_of=date(2025, 12, 31))
    assert caught.value.code == "bad_rows"
    assert place in [row[:3] for row in rows_of(caught.value)], rows_of(caught.value)


def test_an_unknown_region_warns_and_numbers_of_other_shapes_are_kept(
    officer: User, module_world: World, db: None
) -> None:
    first, second = officer, User.objects.get(username="registrar-two")
    content = tables()
    code = _code_of_an_unknown_region()
    content["单位"][0]["统一社会信用代码"] = content["项目"][0]["业主信用代码"] = content["持有"][0]["持有人"] = code
    for rows in content.values():
        for row in rows:
            row.update({"项目编号": "穗碳普惠 2021-7"} if "项目编号" in row else {})
    content["批次"][0].update({"起号": "", "止号": "", "原编号": "GZ2021-7-0001～10363"})
    content["持有"][0].update({"起号": "", "止号": ""})
    opening = submitted(first, content)
    assert len(opening.warnings) == 1
    assert "行政区划 990101 未收录" in opening.warnings[0]
    moving.accept(opening, by=second)
    batch = MonitoringPeriod.objects.get(opening=opening).batch
    assert (batch.series.project.old_no, batch.series.project.project_no) == (
        "穗碳普惠 2021-7",
        "PHC-440100-2021-00001",
    )
    assert (batch.moved.old_serial, batch.serial_from, batch.serial_to) == ("GZ2021-7-0001～10363", 1, 10363)
    assert Journal.objects.filter(kind="MOVE_IN").count() == Batch.objects.filter(moved__isnull=False).count() == 1


def _code_of_an_unknown_region() -> str:
    body = "91990101MA5C00015"
    code = body + uscc.calc_check_digit(body)
    assert not Organisation.objects.filter(uscc=code).exists()
    return code
