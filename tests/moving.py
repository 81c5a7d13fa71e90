"""Files of an existing registry, small enough to add up by hand: one project, one batch of 10,363 t, two holders, one retirement."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.core.files.base import ContentFile

from accounts.models import Division, TableIn, User
from accounts.services.tables import keep_table
from carbon_portal.story import World
from kernel.rules import RuleViolation
from office.models import Profile
from projects.models import Opening
from registry.services.opening import moving
from tests.stages import person

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]
NUMBER, OWNER, BUYER = "PHC-440100-2023-00017", "91440101MA5C000154", "91420100MA4K00002Y"
METHOD = "GD-2022-002-V02"
BATCH = {"项目编号": NUMBER, "年份": "2023", "批次号": "1"}


def tables() -> Tables:
    """Return the five tables: 10,363 t issued are 4,000 t of the owner, 5,000 t of the buyer and 1,363 t retired."""
    return {
        "单位": [
            {"单位名称": "花城骑行科技有限公司", "统一社会信用代码": OWNER, "单位性质": "企业", "区划代码": "4401", "原账户号": "GZ-0001"},
            {"单位名称": "江城热电有限公司", "统一社会信用代码": BUYER, "单位性质": "企业", "区划代码": "4401", "原账户号": "GZ-0002"},
        ],
        "项目": [
            {
                "项目编号": NUMBER, "项目名称": "花城骑行减排项目", "业主信用代码": OWNER, "区划代码": "4401", "方法学编号": METHOD,
                "计入期起": "2021-01-01", "计入期止": "2030-12-31", "登记日期": "2021-03-15",
            }
        ],
        "批次": [{**BATCH, "起号": "1", "止号": "10363", "数量": "10,363", "签发日期": "2024-03-01", "批准文号": "穗环函〔2024〕12号"}],
        "持有": [
            {**BATCH, "持有人": OWNER, "起号": "1", "止号": "4000", "数量": "4000"},
            {**BATCH, "持有人": "GZ-0002", "数量": "5000"},
        ],
        "注销": [
            {
                **BATCH, "数量": "1363", "受益方": "花城马拉松组委会", "用途": "2023 年花城马拉松碳中和", "注销日期": "2024-05-01",
                "原证书号": "GZZX-2024-0007",
            }
        ],
    }  # fmt: skip


def workbook(content: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the tables as a workbook with a sheet for each."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for title, rows in content.items():
        sheet = book.add_worksheet(title)
        heading = list(dict.fromkeys(name for row in rows for name in row))
        sheet.write_row(0, 0, heading)
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [row.get(name, "") for name in heading])
    book.close()
    return file.getvalue()


def packed(content: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return the tables as a ZIP with a CSV for each, as an office computer makes them: in GB 18030."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for title, rows in content.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"{title}.csv", text.getvalue().encode("gb18030"))
    return file.getvalue()


def officers(world: World) -> tuple[User, User]:
    """Return two registry officers of 广州."""
    place = Division.objects.get(code="4401")
    first, second = (person(world, f"registrar-{name}", "REGISTRAR", division=place) for name in ("one", "two"))
    return first, second


def kept(by: User, content: bytes, name: str = "登记簿.xlsx") -> TableIn:
    """Keep a file, as the page does."""
    return keep_table(ContentFile(content, name=name), purpose=moving.PURPOSE, by=by)


def about() -> dict[str, Any]:
    """Return what is asked beside the file."""
    return {"source": "广州碳普惠登记簿", "as_of": date(2025, 12, 31), "profile": Profile.objects.get(code="DEMO")}


def submitted(by: User, content: Tables | None = None) -> Opening:
    """Submit the file of the tables."""
    return moving.submit(kept(by, workbook(content or tables())), by=by, **about())


def rows_of(refusal: RuleViolation) -> list[tuple[str, int | None, str, str]]:
    """Return sheet, row, column and sentence of each place."""
    return [(row.sheet, row.row, row.field, str(row.message)) for row in refusal.rows]
