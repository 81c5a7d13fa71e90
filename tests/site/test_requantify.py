"""Old figures come out again; the one that was changed behind the portal's back is named, and a rehearsal touches nothing."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from carbon_portal.story import World
from methodologies.models import Method
from projects.models import MonitoringPeriod, Quantification
from scenarios.models import Act
from tests.refusals import nothing_changed
from tests.riding import ago, platform, ride, rider, scene, settled
from tests.stages import period_in
from tests.worlds import as_owner

pytestmark = pytest.mark.django_db


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("requantify", *arguments, stdout=out)
    return out.getvalue()


def differences(*arguments: str) -> list[str]:
    with pytest.raises(CommandError) as failure:
        call_command("requantify", *arguments)
    return str(failure.value).split("\n")[1:]


def tamper(statement: str, *values: Any) -> None:
    """Change a row past triggers and roles, as somebody with the database's password would."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def metro(world: World) -> list[Act]:
    """A thousand kilometres by metro, in ten trips of one rider."""
    by_metro = scene("metro", method=Method.objects.get(code="QD-2021-001"), fastest_kmh=300)
    partner = platform(world, "metro", scenes=[by_metro])
    first = ago(days=20).replace(hour=4, minute=0)
    rider(world, "u1", (partner, by_metro), since=first - timedelta(days=1))
    starts = [first + timedelta(days=day) for day in range(10)]
    upload = settled(partner, by_metro, *(ride("u1", f"t{n}", start, 60, "100000.0") for n, start in enumerate(starts)))
    assert (upload.accepted, upload.saved_mg) == (10, 89_000_000)
    return list(Act.objects.filter(upload=upload).order_by("pk"))


def draft(tmp_path: Path, code: str = "QD-2021-001", **changes: str) -> str:
    text = Method.objects.get(code=code).document
    for old, new in {"version = 1\n": "version = 2\n", **changes}.items():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "draft.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


LOWER = {'"0.089"': '"0.080"', '"0.890"': '"0.800"', '"1.1036"': '"0.992"'}


def test_every_stored_figure_comes_out_again(world: World, metro: list[Act]) -> None:
    period_in(world, "VERIFIED")
    said = told()
    assert "没有差异" in said
    assert f"{Act.objects.count()} 次行为、{Quantification.objects.count()} 份量化记录" in said
    assert "重算 10 次行为、0 份" in told("--method", "QD-2021-001-V01")
    days = ("--since", str(metro[1].on_day), "--until", str(metro[3].on_day))
    assert "重算 3 次行为、0 份" in told("--method", "QD-2021-001", *days)


def test_exactly_the_act_that_was_changed_is_named(metro: list[Act]) -> None:
    act = metro[3]
    tamper("UPDATE scenarios_act SET saved_mg = saved_mg + 1 WHERE id = %s", act.pk)
    (line,) = differences()
    assert f"行为 {act.pk}（" in line
    assert "第 4 行" in line
    assert "存 8900001 mg，重算 8900000 mg" in line


def test_an_amount_beyond_the_method_s_bounds_is_named_too(metro: list[Act]) -> None:
    tamper("UPDATE scenarios_act SET amount_millionths = 201000000 WHERE id = %s", metro[0].pk)
    (line,) = differences()
    assert f"行为 {metro[0].pk}（" in line
    assert "高于 200" in line


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("reduction_mg = reduction_mg + 1", "量化记录"),
        ("results = jsonb_set(results, '{BE}', '\"1\"')", "的 BE"),
        ("parameters = '[]'", "的系数"),
        ('inputs = \'{"generation_mwh": "1"}\'', "量化记录"),
    ],
)
def test_exactly_the_computation_that_was_changed_is_named(world: World, change: str, named: str) -> None:
    figure = Quantification.objects.get(period=period_in(world, "VERIFIED"))
    tamper(f"UPDATE projects_quantification SET {change} WHERE id = %s", figure.pk)
    lines = [line for line in differences() if "核算期" not in line]
    assert len(lines) == 1
    assert f"量化记录 {figure.pk}（" in lines[0]
    assert named in lines[0]


def test_a_period_whose_claim_was_changed_is_named(world: World) -> None:
    period = period_in(world, "VERIFIED")
    tamper("UPDATE projects_monitoringperiod SET claimed_mg = claimed_mg + 5 WHERE id = %s", period.pk)
    (line,) = differences()
    assert re.match(rf"核算期 \w* ?{period.pk}（", line)


def test_a_lower_factor_is_rehearsed_and_no_row_touched(metro: list[Act], tmp_path: Path) -> None:
    """0.089 → 0.080 on 1,000 km is −9.000 kg."""
    with nothing_changed():
        said = told("--rehearse", draft(tmp_path, **LOWER))
    assert "10 次行为" in said
    assert "现有 89.000 kg，草案 80.000 kg" in said
    assert "差 −9.000 kg" in said
    assert not Method.objects.filter(code="QD-2021-001", version=2).exists()


def test_a_draft_for_meters_is_rehearsed_over_the_periods(world: World, tmp_path: Path) -> None:
    period = period_in(world, "VERIFIED")
    days = ("--since", str(period.ends_on), "--until", str(period.ends_on))
    stored = Quantification.objects.filter(period__ends_on=period.ends_on).count()
    path = tmp_path / "draft.toml"
    text = Method.objects.get(code="GD-2022-002").document.replace("version = 2\n", "version = 3\n")
    path.write_text(text, encoding="utf-8")
    said = told("--rehearse", str(path), *days)
    assert f"{stored} 份量化记录" in said
    assert "差 0.000 kg" in said


def test_a_draft_that_cannot_compute_some_says_which(metro: list[Act], tmp_path: Path) -> None:
    said = told("--rehearse", draft(tmp_path, **{'max = "200"': 'max = "99"'}))
    assert said.count("草案算不出：行为") == 10


def test_a_draft_whose_examples_do_not_come_out_is_not_rehearsed(metro: list[Act], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="算例与公式不符"):
        told("--rehearse", draft(tmp_path, **{'"0.089"': '"0.080"'}))
    with pytest.raises(CommandError, match="不能试算"):
        told("--rehearse", str(tmp_path / "nothing.toml"))


def test_the_methods_prove_themselves() -> None:
    out = io.StringIO()
    call_command("check_methods", stdout=out)
    assert "全部重算一致" in out.getvalue()
    assert out.getvalue().startswith(f"{Method.objects.filter(state='PUBLISHED').count()} 个方法学")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("document = replace(document, '0.089', '0.098')", "摘要不符"),
        ("title = 'x'", "名称与登记的不符"),
    ],
)
def test_exactly_the_method_that_was_changed_is_named(change: str, words: str) -> None:
    tamper(f"UPDATE methodologies_method SET {change} WHERE code = %s", "QD-2021-001")
    with pytest.raises(CommandError) as failure:
        call_command("check_methods")
    (line,) = str(failure.value).split("\n")[1:]
    assert line.startswith("QD-2021-001-V01：")
    assert words in line


def test_every_period_of_the_story_has_its_figure() -> None:
    assert MonitoringPeriod.objects.exclude(claimed_mg=None).count() > 0
