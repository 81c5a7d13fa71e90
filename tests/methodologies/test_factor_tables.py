"""Factors by table: previewed first, taken in whole; a newer one ends the older, a value never changes, a unit is never scaled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import TableIn
from accounts.services.tables import keep_table
from carbon_portal.story import World
from methodologies.models import Factor
from methodologies.services.factors import AVERAGE
from methodologies.services.importing import COLUMNS, PURPOSE, import_factors
from tests.refusals import forbidden, nothing_changed, refused
from tests.worlds import last_event

pytestmark = pytest.mark.django_db
IMPORT = "/manage/methodologies/factor/import/"
HEAD = ",".join(column.name for column in COLUMNS)
OLD = "电力平均排放因子,电力平均二氧化碳排放因子,湖北,420000,2022,0.4364,kgCO2/kWh,2022-01-01,,公告,B"
NEWER = "电力平均排放因子,电力平均二氧化碳排放因子,湖北,420000,2024,0.4100,kgCO2/kWh,2024-01-01,,演示公告 1 号,A"
NEXT = (
    "电力平均排放因子,电力平均二氧化碳排放因子,湖北,420000,2025,0.4000,kgCO2/kWh,2025-01-01,2025-12-31,演示公告 2 号,A"
)


def table(*rows: str) -> str:
    return "\n".join([HEAD, *rows])


def kept(world: World, text: str) -> TableIn:
    return keep_table(SimpleUploadedFile("因子.csv", text.encode()), purpose=PURPOSE, by=world.people["registrar"])


def at(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def held(on: date) -> Decimal | None:
    row = Factor.objects.in_force(on).filter(name=AVERAGE, area="湖北").first()
    return row.value if row else None


def test_a_table_is_previewed_with_what_it_ends_and_then_taken_in(world: World) -> None:
    registrar = at(world, "registrar")
    assert f'href="{IMPORT}"' in registrar.get(reverse("admin:methodologies_factor_changelist")).content.decode()
    with nothing_changed(but={"accounts_tablein"}):
        answer = registrar.post(IMPORT, {"file": SimpleUploadedFile("因子.csv", table(NEXT, OLD, NEWER).encode())})
    assert answer.status_code == 200
    facts = {str(name): str(value) for name, value in answer.context["facts"][2:]}
    assert (facts["行数"], facts["新增"], facts["已有，不变"], facts["接替旧值"]) == ("3", "2", "1", "2")
    assert "0.4364 到 2023-12-31 止；从 2024-01-01 起 0.41 kgCO2/kWh" in facts.values()
    assert held(date(2024, 6, 30)) == Decimal("0.4364")

    assert registrar.post(IMPORT, {"kept": TableIn.objects.get().pk}).status_code == 302

    days = (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1))
    assert [held(day) for day in days] == [
        Decimal("0.4364"),
        Decimal("0.4100"),
        Decimal("0.4100"),
        Decimal("0.4000"),
        None,
    ]
    event = last_event(verb="methodologies.import_factors")
    assert (event.actor, event.data["new"], len(event.data["ended"])) == (world.people["registrar"], 2, 2)


def test_the_page_of_a_day_shows_the_factor_that_took_the_place(world: World) -> None:
    import_factors(kept(world, table(NEWER)), by=world.people["registrar"])
    page = Client().get(reverse("factors"), {"on_year": "2023", "on_month": "6", "on_day": "30", "on": "2023-06-30"})
    text = page.content.decode()
    assert "2022-01-01 – 2023-12-31" in text
    assert "2024 0.41" in text
    later = Client().get(reverse("factors"), {"on": "2024-06-30"}).content.decode()
    assert "演示公告 1 号" in later


def wrong(**cells: str) -> str:
    names = [column.name for column in COLUMNS]
    values = dict(zip(names, NEWER.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (wrong(类别="电力"), "类别", "应为"),
        (wrong(数值="4.1e-1"), "数值", "不是数字"),
        (wrong(数值="0.4100000001"), "数值", "小数最多 9 位"),
        (wrong(数值="-0.41"), "数值", "不小于 0"),
        (wrong(单位="tCO2/MWh"), "单位", "请先换算再填"),
        (wrong(区划代码="42"), "区划代码", "六位"),
        (wrong(数据年份="24"), "数据年份", "年份"),
        (wrong(起="2024/1/1"), "起", "不是日期"),
        (wrong(起="2024-01-01", 止="2023-12-31"), "止", "止日早于起日"),
        (wrong(依据等级="X"), "依据等级", "X 级"),
        (wrong(起="2022-01-01"), "数值", "数值不改"),
        (wrong(起="2021-06-01"), "", "同一天只能有一个数值"),
        (wrong(起=""), "", "同一天只能有一个数值"),
        (wrong(出处=""), "出处", ""),
    ],
)
def test_a_row_that_does_not_fit_is_named_by_row_and_column_and_nothing_is_taken_in(
    world: World, row: str, column: str, words: str
) -> None:
    rows = refused(import_factors, kept(world, table(NEWER, row)), by=world.people["registrar"], code="bad_rows").rows
    assert [(one.row, one.field) for one in rows] == [(3, column)] or (None, column) in [
        (None, one.field) for one in rows if one.row == 3
    ]
    assert words in "；".join(str(one.message) for one in rows)
    assert held(date(2024, 6, 30)) == Decimal("0.4364")


def test_a_factor_without_days_of_another_name_is_simply_new(world: World) -> None:
    row = "燃料与热力,演示燃料,,,,1.234,tCO2/t,,,演示手册,C"
    import_factors(kept(world, table(row)), by=world.people["registrar"])
    found = Factor.objects.get(name="演示燃料")
    assert (found.value, found.valid_from, found.valid_to, found.evidence) == (Decimal("1.234"), None, None, "C")


def test_only_the_registrar_once(world: World) -> None:
    registrar: Any = world.people["registrar"]
    file = kept(world, table(NEWER))
    for who in ("officer", "reviewer", "admin", "owner-maker", "verifier"):
        forbidden(import_factors, file, by=world.people[who])
    assert at(world, "officer").get(IMPORT).status_code == 403
    import_factors(file, by=registrar)
    refused(import_factors, TableIn.objects.get(pk=file.pk), by=registrar, code="table_applied")
