"""The library of factors: which number held on which day, where it was read, and that methods use the same ones."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.models import User
from kernel.rules import RuleViolation
from methodologies import seeds
from methodologies.document import parse
from methodologies.models import Factor
from methodologies.services import factors
from methodologies.states import FactorKind

pytestmark = pytest.mark.django_db
CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"


def value(name: str, area: str, on: date) -> Decimal | None:
    row = Factor.objects.in_force(on).filter(name=name, area=area).first()
    return row.value if row else None


@pytest.mark.parametrize(
    ("area", "on", "expected"),
    [
        ("全国", date(2021, 12, 31), "0.5568"),
        ("全国", date(2022, 1, 1), "0.5366"),
        ("全国", date(2023, 1, 1), "0.5306"),
        ("全国", date(2026, 11, 25), "0.5306"),
        ("湖北", date(2022, 6, 30), "0.4364"),
        ("湖北", date(2024, 6, 30), "0.4364"),
        ("广东", date(2022, 6, 30), "0.4403"),
        ("西南", date(2021, 6, 30), "0.2113"),
        ("西藏", date(2022, 6, 30), None),
        ("广东", date(2020, 12, 31), None),
    ],
)
def test_the_average_of_a_year_holds_in_it_and_until_the_next_is_loaded(area, on, expected):
    assert value(factors.AVERAGE, area, on) == (Decimal(expected) if expected else None)


def test_the_margins_of_the_six_grids_are_those_of_2019():
    assert value("电量边际排放因子 OM", "南方", date(2016, 7, 1)) == Decimal("0.8042")
    assert value("容量边际排放因子 BM", "华中", date(2026, 1, 1)) == Decimal("0.2854")
    assert Factor.objects.filter(kind=FactorKind.MARGIN).count() == 12


def test_seeding_again_loads_nothing():
    before = list(Factor.objects.values())
    seeds.seed()
    assert list(Factor.objects.values()) == before
    assert len(before) == 60 + 14 + 3 + 12 + 14 + 13


def test_a_table_whose_value_changed_is_refused(monkeypatch):
    def changed():
        for row in rows:
            if (row.area, row.year) == ("湖北", 2022):
                row.value += 1
            yield row

    rows = list(factors.tables())
    monkeypatch.setattr(factors, "tables", changed)
    with pytest.raises(RuleViolation) as refusal:
        factors.load()
    assert refusal.value.code == "factor_changed"
    assert value(factors.AVERAGE, "湖北", date(2022, 6, 30)) == Decimal("0.4364")


def test_a_newer_year_ends_the_older_one_and_both_stay_known(client, monkeypatch):
    rows = [row for row in factors.tables() if row.name == factors.AVERAGE and row.area == "湖北"]
    rows[-1].valid_to = date(2022, 12, 31)
    newer = factors._factor(
        "ELECTRICITY", factors.AVERAGE, "湖北", "420000", 2023, "0.4", "kgCO2/kWh", (date(2023, 1, 1), None), "假设的"
    )
    monkeypatch.setattr(factors, "tables", lambda: [*rows, newer])
    assert factors.load() == 1
    assert value(factors.AVERAGE, "湖北", date(2022, 12, 31)) == Decimal("0.4364")
    assert value(factors.AVERAGE, "湖北", date(2023, 1, 1)) == Decimal("0.4")
    page = client.get(reverse("factors"), {"on": "2022-06-30"}).content.decode()
    assert "2023 0.4<" in page


def test_every_factor_has_a_source_and_none_is_of_a_class_that_may_not_be_used():
    assert not Factor.objects.filter(source="").exists()
    assert set(Factor.objects.values_list("evidence", flat=True)) == {"B"}


def test_the_page_says_which_factor_was_in_force_and_what_took_its_place(client):
    page = client.get(reverse("factors"), {"on": "2021-06-30"}).content.decode()
    for words in ("0.5568", "2022 0.5366", "公告 2024 年第 12 号", "0.8042", "273", "2021-12-31"):
        assert words in page
    assert "0.5306" not in page
    assert "0.5306" in client.get(reverse("factors")).content.decode()


def test_a_day_that_is_none_is_said_so(client):
    answer = client.get(reverse("factors"), {"on": "2021-13-01"})
    assert answer.status_code == 200
    assert "日期应如" in answer.content.decode()


def test_the_methods_use_the_numbers_of_the_library():
    charging = parse((CATALOGUE / "CN-2023-002-V01.toml").read_text(encoding="utf-8"))
    table = charging.parameters["ef_grid"].entries[0].value
    assert isinstance(table, dict)
    assert {area: value(factors.AVERAGE, area, date(2022, 6, 30)) for area in table} == table
    driving = parse((CATALOGUE / "CN-2023-003-V01.toml").read_text(encoding="utf-8"))
    for entry in driving.parameters["ef_grid"].entries:
        assert entry.value == value(factors.AVERAGE, "全国", entry.valid_from or date.min)
    for number, name, area in (("GD-2022-002-V02", "om", "南方"), ("WH-2023-001-V01", "om", "华中")):
        document = parse((CATALOGUE / f"{number}.toml").read_text(encoding="utf-8"))
        assert document.parameters[name].entries[0].value == value("电量边际排放因子 OM", area, date(2019, 1, 1))


def test_the_admin_shows_factors_and_changes_none(client):
    client.force_login(User.objects.get(username="officer"))
    row = Factor.objects.get(area="湖北", year=2022)
    assert client.get(reverse("admin:methodologies_factor_changelist")).status_code == 200
    assert client.post(reverse("admin:methodologies_factor_change", args=[row.pk]), {"value": "1"}).status_code == 403
    assert client.get(reverse("admin:methodologies_factor_add")).status_code == 403
