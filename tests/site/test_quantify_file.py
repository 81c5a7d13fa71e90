"""A whole file by a published method: each step added up, every wrong row named, nothing stored."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.refusals import nothing_changed

pytestmark = pytest.mark.django_db
DATA = settings.BASE_DIR / "data"
SESSIONS = str(DATA / "ev_sessions_epfl" / "sessions_2022-04_to_2023-01.csv")
METER = str(DATA / "pv_generation_nrel" / "serf_east_15min_ac_power.csv")
HOMES = str(DATA / "household_electricity_sgsc" / "halfhourly_hh01_hh06.csv.gz")


def told(*arguments: str) -> str:
    out = io.StringIO()
    with nothing_changed():
        call_command("quantify_file", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal, nothing_changed():
        call_command("quantify_file", *arguments, stdout=io.StringIO())
    return str(refusal.value)


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_sessions_are_computed_row_by_row_with_every_step_added_up() -> None:
    said = told("CN-2023-002", SESSIONS, "--column", "energy_kwh=energy_wh:Wh", "--set", "grid=湖北")
    assert "CN-2023-002-V01 新能源汽车充电减排方法：992 行，0 行没有减排量，0 行按上限" in said
    assert [line.split()[0] for line in said.splitlines()[1:8]] == ["distance", "BE", "PE", "LE", "ER", "cap", "capped"]
    assert "PE 合计 14416.36503091999995636 kg" in said
    assert "减排量 24235173251 mg（24235.173251 kg）" in said
    assert said.endswith("没有存任何数据\n")


def test_a_meter_s_series_is_one_computation_and_the_carry_of_clarification_5_is_in_it() -> None:
    days = ("--since", "2016-07-01", "--until", "2016-10-13")
    said = told("GD-2022-002-V02", METER, "--meter", *days, "--capacity-kw", "6.5")
    assert "  BE 1.9314358532313644375 t\n" in said
    assert "减排量 1931435853 mg" in said


def test_homes_are_told_apart() -> None:
    said = told("SZ-2021-001", HOMES, "--homes", "household_id,reading_datetime,kwh")
    assert "SZ-2021-001-V01 hh01：749 行，265 行没有减排量" in said
    assert said.count("减排量 ") == 6
    assert "减排量 274055431 mg（274.055431 kg）" in said


def test_a_file_is_computed_under_every_choice_of_an_input(tmp_path: Path) -> None:
    said = told("CN-2023-002", written(tmp_path, "energy_kwh\n30\n1\n"), "--each", "grid")
    assert "CN-2023-002-V01 湖北：2 行，0 行没有减排量，0 行按上限\n  capped 合计" in said
    assert "CN-2023-002-V01 云南：2 行，0 行没有减排量，2 行按上限\n  capped 合计 24.8 kg" in said
    assert said.count("CN-2023-002-V01 ") == 38


def test_columns_go_by_the_input_s_title_and_lists_stand_in_one_cell(tmp_path: Path) -> None:
    rows = "当日用电量,history_kwh\n6.5,\n10,12|11|13|12|12|11|13\n13,12|12|12|12|12|12|12\n"
    said = told("SZ-2021-001", written(tmp_path, rows))
    assert "3 行，1 行没有减排量" in said
    assert "减排量 1093750 mg（1.093750 kg）" in said


def test_a_draft_is_computed_as_it_would_be_published() -> None:
    draft = str(settings.BASE_DIR / "methodologies" / "catalogue" / "QD-2021-001-V01.toml")
    rows = str(DATA / "no such file.csv")
    assert "No such file" in refused(draft, rows)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("energy_kwh,grid\n30,湖北\n1e3,湖北\n", ["第 3 行，energy_kwh：“1e3”不是数字"]),
        (
            "energy_kwh,grid\n30,火星\n-1,湖北\n",
            ["第 2 行，grid：“火星”不在可选值里", "第 3 行，energy_kwh：-1 低于 0"],
        ),
        ("energy_kwh\n30\n", ["文件没有这些列：grid"]),
    ],
)
def test_every_wrong_row_is_named_and_none_is_computed(tmp_path: Path, rows: str, named: list[str]) -> None:
    said = refused("CN-2023-002", written(tmp_path, rows))
    assert all(one in said for one in named)
    assert "减排量 " not in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("CN-2099-001", SESSIONS), "没有已发布的方法学 CN-2099-001"),
        (("CN-2023-002", SESSIONS, "--column", "energy_kwh=energy_wh:km", "--set", "grid=湖北"), "km 不能换算成 kWh"),
        (("CN-2023-002", SESSIONS, "--column", "energy_kwh"), "应写成 输入=值"),
        (("CN-2023-002", SESSIONS, "--each", "energy_kwh"), "没有名为 energy_kwh 的选择项"),
        (("CN-2023-002", METER, "--meter", "--since", "2016-07-01", "--until", "2016-10-13"), "不是只按电量"),
        (("GD-2022-002", METER, "--meter"), "要写明 --since 和 --until"),
        (("SZ-2021-001", HOMES, "--homes", "household_id,kwh"), "要三个列名"),
        (("SZ-2021-001", HOMES, "--homes", "house,reading_datetime,kwh"), "文件没有这些列：house"),
        (("SZ-2021-001", HOMES, "--homes", "household_id,kwh,kwh"), "日期应如 2022-05-06"),
    ],
)
def test_what_is_asked_wrongly_is_said(arguments: tuple[str, ...], named: str) -> None:
    assert named in refused(*arguments)
