"""What anybody may look up: the life of a serial, and the registry as open data with a dictionary."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise

import pytest
from django.test import Client

from carbon_portal.story import World
from kernel.identifiers import unit_serial
from registry.models import Batch, Block, Retirement
from registry.opendata import TABLES
from registry.services.serials import life_of
from registry.states import UnitState
from tests.holding import frozen
from tests.stages import transfer_in


def number_of(batch: Batch, first: int, last: int) -> str:
    series = batch.series
    return unit_serial(series.adm6, series.meth7, series.proj6, series.vintage, batch.number, first, last)


def test_a_serial_leads_from_its_issue_to_where_it_is_now(world: World) -> None:
    """Serial 50 of the year: issued to the owner, set aside, sold to the buyer, set aside, retired."""
    batch = world.periods["yearly"].batch
    life = life_of(number_of(batch, 50, 50).lower())
    assert [stage.journal.kind for stage in life.stages] == ["ISSUE", "RESERVE", "TRANSFER", "RESERVE", "RETIRE"]
    holders = [stage.block.holder for stage in life.stages]
    assert holders == [world.accounts["owner"]] * 2 + [world.accounts["buyer"]] * 3
    assert all(left.until == right.since for left, right in pairwise(life.stages))
    assert [(stage.first, stage.last, stage.until) for stage in life.now] == [(50, 50, None)]
    assert {stage.serial for stage in life.stages} == {number_of(batch, 50, 50)}


def test_a_range_splits_and_every_tonne_of_it_is_somewhere(world: World) -> None:
    batch = world.periods["yearly"].batch
    transfer_in(world, "OFFERED", 20)
    frozen(world, 30)
    life = life_of(number_of(batch, 90, 400))
    assert sum(stage.quantity_t for stage in life.now) == 311
    assert {stage.block.state for stage in life.now} == {
        UnitState.RETIRED, UnitState.AVAILABLE, UnitState.TRANSFER_PENDING, UnitState.JUDICIAL_FROZEN,
    }  # fmt: skip
    assert not life.more


def test_the_page_shows_it_and_says_what_is_wrong_with_a_number(world: World) -> None:
    batch = world.periods["yearly"].batch
    number = number_of(batch, 1, 100)
    page = Client().get("/registry/serials/", {"q": number.replace("-", "－")})
    text = page.content.decode()
    assert page.status_code == 200
    order = Retirement.objects.get(state="RETIRED")
    assert order.journal is not None
    assert order.journal.number in text
    assert world.organisations["buyer"].name in text
    assert "购销合同" not in text, "reasons name contracts and are nobody's business"
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    for asked, said in ((wrong, "校验位"), (number_of(batch, 700, 900), "没有这段编号"), ("PHCER-1", "格式")):
        answer = Client().get("/registry/serials/", {"q": asked})
        assert (answer.status_code, said in answer.content.decode()) == (404, True)
    assert Client().get("/registry/serials/").status_code == 200


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_the_same_in_csv_and_json_and_every_column_is_explained(world: World, name: str) -> None:
    client = Client()
    answer = client.get(f"/registry/open-data/{name}.csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    told = json.loads(b"".join(client.get(f"/registry/open-data/{name}.json").streaming_content))  # type: ignore[attr-defined]
    assert (told["table"], len(told["rows"])) == (name, len(lines))
    assert lines
    columns = TABLES[name].columns
    for line, row in zip(lines, told["rows"], strict=True):
        assert list(line) == list(row) == [column.name for column in columns]
        assert list(line.values()) == ["" if value is None else str(value) for value in row.values()]
    page = client.get("/registry/open-data/").content.decode()
    assert all(f">{column.name}<" in page and str(column.meaning) in page for column in columns)
    again = client.get(f"/registry/open-data/{name}.csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_open_books_add_up_and_follow_every_journal(world: World) -> None:
    def blocks() -> list[dict[str, int]]:
        body = Client().get("/registry/open-data/blocks.json").streaming_content  # type: ignore[attr-defined]
        rows: list[dict[str, int]] = json.loads(b"".join(body))["rows"]
        return rows

    issued = sum(batch.quantity_t for batch in Batch.objects.all())
    assert sum(row["quantity_t"] for row in blocks()) == issued
    tag = Client().get("/registry/open-data/blocks.csv").headers["ETag"]
    frozen(world, 5)
    assert Client().get("/registry/open-data/blocks.csv").headers["ETag"] != tag
    assert sum(row["quantity_t"] for row in blocks()) == issued
    assert len(blocks()) == Block.objects.open().count()
    assert Client().get("/registry/open-data/people.csv").status_code == 404
