"""An existing registry moves in: what adds up is taken in whole by two officers, what does not is refused whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db import connection

from accounts.models import User
from accounts.services.people import grant_role
from carbon_portal.story import World
from certificates.models import Certificate
from office.models import DocumentSeries
from projects.models import Opening, Project
from registry.models import Batch, Block, HoldingAccount
from registry.services import issuing
from registry.services.checking import check_books
from registry.services.opening import moving
from registry.states import JournalKind, UnitState
from tests.moving import (
    BATCH,
    BUYER,
    NUMBER,
    OWNER,
    Tables,
    about,
    kept,
    officers,
    packed,
    rows_of,
    submitted,
    tables,
    workbook,
)
from tests.refusals import forbidden, refused
from tests.stages import period_in, person
from tests.worlds import as_owner, last_event

HELD = "PHCER-440100-GD22002-P00017-2023-01-000000001-000004000-N"


class Moved(NamedTuple):
    """The file taken in, and by whom."""

    world: World
    opening: Opening
    first: User
    second: User


@pytest.fixture(scope="module")
def moved(module_world: World) -> Moved:
    """The registry of the tables, moved in by two officers."""
    first, second = officers(module_world)
    opening = moving.accept(submitted(first), by=second, reason="与原登记簿导出核对一致")
    return Moved(module_world, opening, first, second)


def test_a_batch_moves_in_with_its_serials_holders_and_retirement(moved: Moved, db: None) -> None:
    batch = Batch.objects.get(series__project__project_no=NUMBER)
    assert batch.serial == "PHCER-440100-GD22002-P00017-2023-01-000000001-000010363-1"
    blocks = [(k.serial, k.quantity_t, k.holder.organisation.uscc, k.state) for k in batch.blocks.order_by("serials")]
    assert blocks[0] == (HELD, 4000, OWNER, UnitState.AVAILABLE)
    assert [block[1:] for block in blocks[1:]] == [(5000, BUYER, "AVAILABLE"), (1363, OWNER, "RETIRED")]
    assert (batch.journal.kind, batch.journal.number[:2]) == (JournalKind.MOVE_IN, "QR")
    assert (batch.moved.document, batch.moved.held_t, batch.moved.retired_t) == ("穗环函〔2024〕12号", 9000, 1363)
    retired = batch.blocks.get(state="RETIRED").moved_retirement
    assert (retired.beneficiary, retired.certificate_no, retired.retired_on) == (
        "花城马拉松组委会", "GZZX-2024-0007", date(2024, 5, 1),
    )  # fmt: skip


def test_projects_periods_organisations_and_accounts_come_with_it(moved: Moved, db: None) -> None:
    project = Project.objects.get(project_no=NUMBER)
    assert (project.state, project.opening, project.owner.name) == ("REGISTERED", moved.opening, "花城骑行科技有限公司")
    period = project.periods.get()
    assert (period.state, period.issued_t, period.verified_mg, period.carry_mg) == ("ISSUED", 10363, 10363 * 10**9, 0)
    assert HoldingAccount.objects.filter(organisation__uscc__in=[OWNER, BUYER]).count() == 2
    assert DocumentSeries.objects.get(name="PHC-440100").last == 17
    assert not Certificate.objects.filter(division__code="4401").exists(), "no certificate is invented"
    assert last_event(verb="registry.accept_opening", object_type="projects.opening").reason == "与原登记簿导出核对一致"


def test_the_books_with_what_moved_in_are_proven_also_against_the_file(moved: Moved, db: None) -> None:
    assert check_books(roots=True).differences == []
    block = Block.objects.get(opened_by__kind="MOVE_IN", state="RETIRED")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE registry_movedbatch SET held_t = held_t - 1, retired_t = retired_t + 1")
        cursor.execute("SET LOCAL session_replication_role = origin")
    batch = block.batch_id
    assert check_books(roots=True).differences == [
        f"moved-in batch {batch}: file 10363 = 8999 + 1364, books 10363 = 9000 + 1363",
        f"opening {moved.opening.pk}, line 2: file (10363, 9000, 1363), books (10363, 8999, 1364)",
    ]


def test_a_tonne_less_refuses_the_whole_file_and_says_by_how_much(moved: Moved, db: None) -> None:
    wrong = tables()
    wrong["注销"][0]["数量"] = "1362"
    wrong["项目"][0]["项目编号"] = wrong["批次"][0]["项目编号"] = "PHC-440100-2023-00018"
    for row in (*wrong["持有"], *wrong["注销"]):
        row["项目编号"] = "PHC-440100-2023-00018"
    wrong["项目"][0]["项目名称"] = "另一个项目"
    table = kept(moved.first, workbook(wrong))
    refusal = refused(moving.submit, table, by=moved.first, code="does_not_add_up", **about())
    said = "批次 PHC-440100-2023-00018 2023-01：签发 10,363 t，持有 9,000 t ＋ 注销 1,362 t ＝ 10,362 t，差 1 t"
    assert str(refusal.message) == said
    assert rows_of(refusal) == [("批次", 2, "数量", said)]


def test_the_same_file_again_changes_nothing_and_says_so(moved: Moved, db: None) -> None:
    again = kept(moved.first, workbook(tables()))
    if again.sha256 == moved.opening.sha256:
        refusal = refused(moving.submit, again, by=moved.first, code="opening_known", **about())
        assert "什么都没有改动" in str(refusal.message)
    changed = tables()
    changed["批次"][0]["批准文号"] = "别的文号"
    refusal = refused(moving.submit, kept(moved.first, workbook(changed)), by=moved.first, code="bad_rows", **about())
    assert ("项目", 2, "项目编号") in [row[:3] for row in rows_of(refusal)]
    only = {name: rows for name, rows in changed.items() if name not in ("单位", "项目")}
    refusal = refused(moving.submit, kept(moved.first, packed(only)), by=moved.first, code="bad_rows", **about())
    assert rows_of(refusal)[0] == ("批次", 2, "批次号", "这个批次已在登记簿里，什么都没有改动")


def test_it_takes_two_officers_and_is_answered_once(moved: Moved, db: None) -> None:
    fresh = tables()
    for rows in fresh.values():
        for row in rows:
            row.update({"项目编号": "PHC-440100-2022-00005"} if "项目编号" in row else {})
    fresh["项目"][0]["项目名称"] = "第五个项目"
    opening = submitted(moved.first, fresh)
    refused(moving.accept, opening, by=moved.first, code="same_person")
    forbidden(moving.accept, opening, by=moved.world.people["officer"])
    forbidden(moving.accept, opening, by=moved.world.people["registrar"])  # of another city
    refused(moving.refuse, opening, by=moved.second, reason=" ", code="no_reason")
    moving.refuse(opening, by=moved.second, reason="批准文号与档案不符")
    refused(moving.accept, opening, by=moved.second, code="wrong_state")
    submitted(moved.first, fresh)  # what was refused may come again


def test_issuing_goes_on_after_the_serials_that_moved_in(moved: Moved, db: None) -> None:
    """A meter makes the project one that can go on: 2024 issues from 1 on, what is left of 2023 after 10,363."""
    world, fresh = moved.world, tables()
    owner = world.organisations["owner"]
    grant_role(moved.first, "REVIEWER", division=owner.division, by=world.system)
    for rows in fresh.values():
        for row in rows:
            row.update({"项目编号": "PHC-440100-2023-00021"} if "项目编号" in row else {})
    project = {
        "项目名称": "花城屋顶项目",
        "业主信用代码": owner.uscc,
        "装机容量 kW": "900",
        "发电计量表号": "4401-PV-1",
    }
    fresh["项目"][0].update(project)
    fresh["批次"][0].update({"核算期起": "2023-01-01", "核算期止": "2023-06-30"})
    fresh["持有"][0]["持有人"] = owner.uscc
    moving.accept(submitted(moved.first, fresh), by=moved.second)
    roof = Project.objects.get(project_no="PHC-440100-2023-00021")
    bureau = {"reviewer": _reviewer(world, roof), "registrar": moved.second}
    world.people.update(bureau)
    days = {"starts_on": date(2023, 7, 1), "ends_on": date(2023, 12, 31)}
    period = period_in(world, "ISSUED", project=roof, mwh="300", verified_mg=100 * 10**9, **days)
    assert (period.batch.number, period.batch.serial_from, period.batch.quantity_t) == (2, 10364, 100)
    assert check_books(roots=True).differences == []


def _reviewer(world: World, project: Project) -> User:
    return person(world, "reviewer-of-4401", "REVIEWER", division=project.division)


def test_a_second_file_adds_batches_to_a_project_that_moved_in(moved: Moved, db: None) -> None:
    more = {"项目编号": NUMBER, "年份": "2022", "批次号": "1"}
    content: Tables = {
        "批次": [{**more, "数量": "10", "签发日期": "2023-03-01", "批准文号": "穗环函〔2023〕3号"}],
        "持有": [{**more, "持有人": BUYER, "数量": "10"}],
    }
    moving.accept(submitted(moved.first, content), by=moved.second)
    assert Batch.objects.get(series__project__project_no=NUMBER, series__vintage=2022).quantity_t == 10
    assert BATCH["年份"] == "2023"


def test_what_was_issued_here_takes_no_more_batches(moved: Moved, db: None) -> None:
    project = Project.objects.get(project_no=NUMBER)
    assert issuing.series_of(project, 2023).batches.count() == 1
    assert Decimal(project.periods.get().issued_t or 0) == 10363
