"""What a holder's system is told of its accounts over HTTP: the figures of the pages, of its own accounts only."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.services.clients import issue_api_key
from accounts.signing import sign
from carbon_portal.story import World
from kernel import clock
from registry.models import Block, HoldingAccount, Journal
from registry.services.statements import balance, day_span
from registry.states import UnitState
from tests.stages import retirement_in, transfer_in


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """A story in which units were offered, taken back, moved and retired."""
    transfer_in(module_world, "COMPLETED", 7)
    transfer_in(module_world, "OFFERED", 11)
    retirement_in(module_world, "RETIRED", 13)
    return module_world


def get(who: Any, path: str, **query: str) -> Any:
    """Ask as somebody signed in, or as nobody."""
    client = Client()
    if who is not None:
        client.force_login(who)
    return client.get(f"/api/v1/{path}", query)


def of(world: World, side: str = "owner") -> str:
    """Return the number of an account."""
    return world.accounts[side].number


def in_state(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return tonnes by state."""
    return {row["state"]: row["quantity_t"] for row in rows}


def test_a_signed_key_lists_the_accounts_of_its_organisation_and_no_others(told: World) -> None:
    key = issue_api_key(told.organisations["owner"], told.people["owner-maker"], by=told.people["security"])
    for path in ("accounts", f"accounts/{of(told)}/balance"):
        headers = sign(key.key.key_id, key.secret, "GET", f"/api/v1/{path}", b"")
        answer = Client().get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200
        rows = answer.json().get("results", [answer.json()])
        assert [row.get("number") or row["account"] for row in rows] == [of(told)]
    strange = f"/api/v1/accounts/{of(told, 'buyer')}/balance"
    assert Client().get(strange, headers=sign(key.key.key_id, key.secret, "GET", strange, b"")).status_code == 404


def test_the_balance_now_is_what_the_open_blocks_add_up_to(told: World) -> None:
    body = get(told.people["owner-maker"], f"accounts/{of(told)}/balance").json()
    held = {
        state: t
        for state in UnitState
        if (t := Block.objects.open().filter(holder=told.accounts["owner"], state=state).tonnes())
    }
    assert in_state(body["tonnes"]) == held
    assert (body["held_t"], body["final"]) == (sum(held.values()) - held.get("RETIRED", 0), False)


def test_the_balance_of_every_past_journal_is_the_end_of_the_statement_that_ends_there(told: World) -> None:
    who, account = told.people["owner-maker"], told.accounts["owner"]
    for at in Journal.objects.order_by("-pk").values_list("business_at", flat=True)[:6]:
        asked = at.isoformat()
        body = get(who, f"accounts/{account.number}/balance", at=asked).json()
        said = get(who, f"accounts/{account.number}/statement", starts="2020-01-01T00:00:00Z", ends=asked).json()
        assert in_state(body["tonnes"]) == in_state(said["closing"]) == dict(balance(account, at).tonnes)
        assert sum(run["quantity_t"] for run in said["held"]) == sum(in_state(said["closing"]).values())
        opening = sum(in_state(said["opening"]).values())
        assert opening + sum(line["change_t"] for line in said["lines"]) == sum(in_state(said["closing"]).values())


def test_a_statement_says_what_the_file_of_the_page_says(told: World) -> None:
    client, number, day = Client(), of(told), clock.today() - timedelta(days=1)
    client.force_login(told.people["owner-maker"])
    first = day - timedelta(days=400)
    days = f"first={first:%Y-%m-%d}&last={day:%Y-%m-%d}"
    file = client.get(f"/registry/accounts/{number}/statement/file/?{days}&kind=csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    starts, ends = day_span(first)[0], day_span(day)[1]
    said = get(
        told.people["owner-maker"], f"accounts/{number}/statement", starts=starts.isoformat(), ends=ends.isoformat()
    ).json()
    assert said["final"] is True
    assert [run["serial"] for run in said["held"]] == [row[7] for row in rows if row[0] == "期末编号"]
    moved = [(line["journal"], run["serial"]) for line in said["lines"] for run in (*line["went"], *line["came"])]
    assert moved == [(row[2], row[7]) for row in rows if row[0] == "流水"]
    assert [sum(in_state(said[part]).values()) for part in ("opening", "closing")] == [
        sum(int(row[6]) for row in rows if row[0] == words) for words in ("期初", "期末")
    ]


def test_a_sale_names_the_other_side(told: World) -> None:
    said = get(told.people["owner-maker"], f"accounts/{of(told)}/statement", starts="2020-01-01T00:00:00Z").json()
    sold = next(line for line in said["lines"] if line["kind"] == "TRANSFER" and line["change_t"] == -7)
    assert sold["came"] == []
    assert [row["account"] for row in sold["other"]] == [of(told, "buyer")]


@pytest.mark.parametrize("part", ["balance", "statement"])
@pytest.mark.parametrize(("who", "status"), [("buyer-maker", 404), ("other-officer", 404), ("registrar", 200)])
def test_a_stranger_is_not_told_that_there_is_such_an_account(told: World, who: str, status: int, part: str) -> None:
    answer = get(told.people[who], f"accounts/{of(told)}/{part}", starts="2025-01-01T00:00:00Z")
    assert answer.status_code == status
    none = get(told.people[who], f"accounts/CH990199999999/{part}", starts="2025-01-01T00:00:00Z")
    assert none.status_code == 404
    if status == 404:
        assert answer.json() | {"instance": ""} == none.json() | {"instance": ""}


def test_who_has_no_account_has_an_empty_list_and_who_is_nobody_none(told: World) -> None:
    assert get(told.people["verifier"], "accounts").json()["results"] == []
    assert get(None, "accounts").status_code == 401
    assert get(None, f"accounts/{of(told)}/balance").status_code == 401
    assert {row["number"] for row in get(told.people["registrar"], "accounts").json()["results"]} == set(
        HoldingAccount.objects.values_list("number", flat=True)
    )


@pytest.mark.parametrize(
    ("part", "query", "status", "said"),
    [
        ("balance", {"at": "gestern"}, 400, "at"),
        ("balance", {"at": "2026-01-01"}, 400, "at"),
        ("balance", {"at": "2026-01-01T00:00:00"}, 400, "at"),
        ("balance", {"at": "2026-01-01T00:00:00 08:00"}, 400, "at"),
        ("balance", {"at": ""}, 400, "at"),
        ("balance", {"at": "2099-01-01T00:00:00Z"}, 409, "future_instant"),
        ("balance", {"at": "1999-01-01T00:00:00Z"}, 409, "bad_instant"),
        ("statement", {}, 400, "starts"),
        ("statement", {"starts": "2026-13-01T00:00:00Z"}, 400, "starts"),
        ("statement", {"starts": "2026-01-01T00:00:00Z", "ends": "x"}, 400, "ends"),
        ("statement", {"starts": "2026-02-01T00:00:00Z", "ends": "2026-01-01T00:00:00Z"}, 409, "bad_span"),
        ("statement", {"starts": "2026-01-01T00:00:00Z", "ends": "2099-01-01T00:00:00Z"}, 409, "future_instant"),
    ],
)
def test_an_instant_that_cannot_be_is_refused_in_a_problem_document(
    told: World, part: str, query: dict[str, str], status: int, said: str
) -> None:
    answer = get(told.people["owner-maker"], f"accounts/{of(told)}/{part}", **query)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["code"] if status == 409 else body["errors"][0]["field"]) == said


def test_anybody_is_told_the_life_of_a_serial_as_the_page_tells_it(told: World) -> None:
    batch = told.periods["yearly"].batch
    answer = get(None, f"serials/{quote(batch.serial)}")
    assert answer.status_code == 200
    body, page = answer.json(), Client().get("/registry/serials/", {"q": batch.serial}).content.decode()
    assert (body["batch"], body["more"]) == (str(batch), False)
    assert all(stage["journal"] in page and stage["holder"] in page for stage in body["stages"])
    now = [stage for stage in body["stages"] if stage["until"] is None]
    assert sum(stage["quantity_t"] for stage in now) == batch.quantity_t
    assert get(None, f"serials/{quote(batch.serial.lower())}").json() == body


@pytest.mark.parametrize(
    ("serial", "status"),
    [("PHCER-990100-QD21004-P00001-2025-01-000000001-000000002-X", 400), ("x", 400), ("编号", 400)],
)
def test_a_serial_that_is_none_is_refused_with_what_is_wrong(told: World, serial: str, status: int) -> None:
    answer = get(None, f"serials/{serial}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, "serial")


def test_a_serial_never_issued_and_one_of_a_project_not_public_are_not_found(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = told.periods["yearly"].batch
    never = "PHCER-440100-GD22002-P00017-2023-01-000000001-000010363-1"  # the vector of the field's own rules
    assert get(None, f"serials/{never}").status_code == 404
    monkeypatch.setattr("projects.models.Project.objects.public", batch.series.project.__class__.objects.none)
    assert get(None, f"serials/{quote(batch.serial)}").status_code == 404
