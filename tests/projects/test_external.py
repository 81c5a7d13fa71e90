"""What other registries publish is read as it is: counts and sums by hand, every odd row named, twice the same, never put right."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client

from carbon_portal.story import World
from projects.models import ExternalEntry
from projects.services import external
from tests.database.rows import again, refuses
from tests.refusals import nothing_changed
from tests.stages import project_in

ARB = "arb_offset_credit_issuance/issuance_2013_2019.csv"
# Rows as the README of each folder says; what is odd among them.
ROWS = {
    "registry_offsets/verra_projects.csv": 50, "registry_offsets/verra_transactions.csv": 200,
    "registry_offsets/gold_standard_projects.csv": 50, "registry_offsets/gold_standard_issuances.csv": 100,
    "registry_offsets/gold_standard_retirements.csv": 100, "registry_offsets/acr_projects.csv": 50,
    "registry_offsets/acr_issuances.csv": 100, "registry_offsets/acr_retirements.csv": 100,
    "registry_offsets/acr_cancellations.csv": 50, ARB: 1108,
}  # fmt: skip


@pytest.fixture(scope="module")
def read(module_db: None) -> Counter[str]:
    """All files, read once."""
    return external.load()


def test_every_file_has_the_rows_its_readme_says(read: Counter[str], db: None) -> None:
    assert read == ROWS
    assert ExternalEntry.objects.filter(registry="VERRA", kind="RETIREMENT").count() == 100


def test_the_table_of_california_comes_to_its_sum(read: Counter[str], db: None) -> None:
    rows = ExternalEntry.objects.filter(registry="ARB")
    numeric = rows.exclude(quantity=None)
    assert (rows.count(), numeric.count()) == (1108, 1080)
    assert numeric.aggregate(t=Sum("quantity"))["t"] == 168_596_203
    assert rows.filter(findings__contains=["NOT_NUMERIC"]).count() == 28
    assert rows.filter(findings__contains=["NO_DAY"]).count() == rows.filter(on_day=None).count() == 27
    assert {row.raw["ARB Offset Credits Issued"] for row in rows.filter(quantity=None)} == {"", "reforest defer"}


def test_every_serial_that_can_be_read_is_as_long_as_its_quantity(read: Counter[str], db: None) -> None:
    with_serial = ExternalEntry.objects.exclude(serial="")
    assert with_serial.count() == 200 + 100 + 100 + 100 + 50
    ranges = [row for row in with_serial if row.serial_from is not None and row.serial_to is not None]
    assert len(ranges) == 547
    assert all(row.serial_to - row.serial_from + 1 == row.quantity for row in ranges)  # type: ignore[operator]
    assert not ExternalEntry.objects.filter(findings__contains=["RUN_DIFFERS"]).exists()


def test_the_three_old_serials_of_gold_standard_are_said_and_left(read: Counter[str], db: None) -> None:
    odd = ExternalEntry.objects.filter(findings__contains=["SERIAL_UNREAD"])
    assert {(row.source, row.serial_from) for row in odd} == {("registry_offsets/gold_standard_issuances.csv", None)}
    assert sorted(row.serial for row in odd)[0].startswith("RW-5-")
    assert odd.count() == 3


def test_a_second_import_changes_nothing_and_a_changed_row_stops_it(
    read: Counter[str], db: None, tmp_path: Path
) -> None:
    with nothing_changed():
        call_command("import_registries")
    for layout in external.FILES:
        (tmp_path / layout.path).parent.mkdir(exist_ok=True)
        shutil.copy(external.FOLDER / layout.path, tmp_path / layout.path)
    with (tmp_path / ARB).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    lines[1][7] = "107543"
    with (tmp_path / ARB).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    with nothing_changed(), pytest.raises(external.RuleViolation, match="第 2 行与以前读入的不同"):
        external.load(tmp_path)


def test_the_command_refuses_in_words(read: Counter[str], db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed() -> None:
        raise external.RuleViolation("row_changed", "不同")

    monkeypatch.setattr(external, "load", changed)
    with pytest.raises(CommandError, match="不同"):
        call_command("import_registries")


def test_the_reviewer_sees_a_project_that_is_elsewhere(module_world: World, read: Counter[str], db: None) -> None:
    named = project_in(module_world, "ACCEPTED", name="Bale Mountains Eco-region REDD+ project")
    told = project_in(
        module_world,
        "ACCEPTED",
        name="城东仓库屋顶光伏",
        meter_no="9901-PV-7",
        description="原按 GS11236 申报，另见 CAR 992。",
    )
    assert {entry.project_id for entry in external.elsewhere(named)} == {"1340"}
    found = {(entry.registry, entry.project_id) for entry in external.elsewhere(told)}
    assert found == {("GOLD_STANDARD", "11236"), ("ARB", "CAR992")}
    assert not external.elsewhere(module_world.projects["yearly"]).exists()
    client = Client()
    client.force_login(module_world.people["reviewer"])
    page = client.get(f"/manage/projects/reviewdeskrow/{told.pk}/change/").content.decode()
    assert "其他登记簿里相似的项目" in page
    listed = client.get("/manage/projects/externalentry/?finding=SERIAL_UNREAD").content.decode()
    assert listed.count("RW-5-") == 6, "first and last of three"


GUARDS = {
    "external_row_once": (again("projects_externalentry", "true"),),
    "external_as_read": (
        "UPDATE projects_externalentry SET quantity = quantity + 1 WHERE quantity IS NOT NULL",
        "DELETE FROM projects_externalentry",
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_refuses(read: Counter[str], db: None, guard: str) -> None:
    refuses(guard, *GUARDS[guard])
