"""What an account held at an instant, and its statement: the same figures, and a past that nothing later changes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from kernel import clock
from kernel.identifiers import parse_unit_serial
from registry.models import Block, HoldingAccount, Journal
from registry.services.statements import SETTLES, Statement, balance, statement
from tests.stages import retirement_in, transfer_in

SIDES = ("owner", "buyer")


@pytest.fixture(scope="module")
def told(module_world: World) -> World:
    """A story in which units were offered, taken back, moved and retired."""
    transfer_in(module_world, "COMPLETED", 7)
    transfer_in(module_world, "CANCELLED", 9)
    transfer_in(module_world, "OFFERED", 11)
    retirement_in(module_world, "RETIRED", 13)
    return module_world


def by_hand(account: HoldingAccount, at: datetime) -> dict[str, int]:
    """Replay the journals before an instant one by one, which is how a clerk would find the balance."""
    sums: Counter[str] = Counter()
    for journal in Journal.objects.filter(business_at__lt=at).order_by("pk"):
        for block in Block.objects.filter(opened_by=journal, holder=account):
            sums[block.state] += block.quantity_t
        for block in Block.objects.filter(closed_by=journal, holder=account):
            sums[block.state] -= block.quantity_t
    return {state: t for state, t in sums.items() if t}


def changes(told: Statement) -> dict[str, int]:
    """Return the opening balance with every line of the statement put on it."""
    sums = Counter(told.opening)
    for line in told.lines:
        for block in line.came:
            sums[block.state] += block.quantity_t
        for block in line.went:
            sums[block.state] -= block.quantity_t
    return {state: t for state, t in sums.items() if t}


def instants() -> list[datetime]:
    """Return every instant a journal bears, and the microseconds around it."""
    found = sorted(Journal.objects.values_list("business_at", flat=True))
    return [at + timedelta(microseconds=step) for at in found for step in (-1, 0, 1)]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_the_balance_of_any_instant_is_what_its_statement_says(told: World, data: st.DataObject) -> None:
    known = [at for at in instants() if at <= clock.now()]
    first, second = sorted(data.draw(st.lists(st.sampled_from(known), min_size=2, max_size=2, unique=True)))
    account = told.accounts[data.draw(st.sampled_from(SIDES))]
    said = statement(account, first, second)
    assert dict(said.opening) == dict(balance(account, first).tonnes) == by_hand(account, first)
    assert dict(said.closing) == dict(balance(account, second).tonnes) == by_hand(account, second) == changes(said)
    assert sum(block.quantity_t for block in said.held) == sum(said.closing.values())


def test_what_is_done_later_leaves_every_past_balance_as_it_was(world: World) -> None:
    past = {(side, at): dict(balance(world.accounts[side], at).tonnes) for side in SIDES for at in instants()[-12:]}
    assert any(past.values())
    transfer_in(world, "COMPLETED", 300)
    retirement_in(world, "RETIRED", 20)
    assert past == {(side, at): dict(balance(world.accounts[side], at).tonnes) for side, at in past}


def test_a_line_names_the_other_side_only_where_units_changed_hands(told: World) -> None:
    owner, buyer = told.accounts["owner"], told.accounts["buyer"]
    said = statement(owner, instants()[0], clock.now())
    sold = next(line for line in said.lines if line.journal.kind == "TRANSFER" and line.change_t == -7)
    assert (sold.came, sold.other) == ([], [buyer])
    assert all(line.other == [] for line in said.lines if line.journal.kind in ("RESERVE", "RELEASE", "RETIRE"))
    bought = statement(buyer, sold.journal.business_at, sold.journal.business_at + timedelta(microseconds=1))
    assert [(line.change_t, line.other) for line in bought.lines] == [(7, [owner])]


def test_the_future_is_refused_and_the_last_minute_is_not_final(told: World) -> None:
    account, now = told.accounts["owner"], clock.now()
    assert not balance(account, now).final
    assert balance(account, now - SETTLES).final
    for asked in (
        lambda: balance(account, now + timedelta(hours=1)),
        lambda: statement(account, now, now + timedelta(1)),
    ):
        with pytest.raises(RuleViolation, match="还没有到") as refusal:
            asked()
        assert refusal.value.code == "future_instant"
    with pytest.raises(RuleViolation) as refusal:
        statement(account, now, now)
    assert refusal.value.code == "bad_span"


def test_a_statement_asks_seven_times_whatever_it_says(told: World, django_assert_max_num_queries: Any) -> None:
    since = instants()[0]
    with django_assert_max_num_queries(7):
        said = statement(told.accounts["owner"], since, clock.now())
        assert all(block.serial for line in said.lines for block in (*line.came, *line.went))


def signed_in(world: World, who: str) -> Client:
    """Return the browser of a person."""
    client = Client()
    client.force_login(world.people[who])
    return client


def test_the_page_and_both_files_say_the_same(told: World) -> None:
    client, number = signed_in(told, "owner-maker"), told.accounts["owner"].number
    page = client.get("/owner/statements/")
    assert page.status_code == 200
    days = f"first={clock.today():%Y-%m-%d}&last={clock.today():%Y-%m-%d}"
    address = f"/registry/accounts/{number}/statement/file/?{days}"
    rows = list(csv.reader(io.StringIO(client.get(f"{address}&kind=csv").content.decode("utf-8-sig"))))
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{address}&kind=xlsx").content))
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()] == [row[0] for row in rows]
    held = [row for row in rows if row[0] == "期末编号"]
    assert sum(int(row[6]) for row in held) == sum(balance(told.accounts["owner"], clock.now()).tonnes.values())
    assert all(parse_unit_serial(row[7]) for row in held)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("first=2026-01-01&last=2099-01-01", 409, "还没有到"),
        ("first=2026-02-01&last=2026-01-01", 409, "起始时间要早于截止时间"),
        ("first=1990-02-01&last=2026-01-01", 409, "起始时间要早于截止时间"),
        ("first=x&last=2026-01-01", 400, "输入"),
        ("first=&last=", 400, "必填"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(told: World, query: str, status: int, said: str) -> None:
    answer = signed_in(told, "owner-maker").get(f"/owner/statements/?{query}")
    assert answer.status_code == status
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("registrar", 200), ("owner-checker", 200), ("buyer-maker", 404), ("other-officer", 404)]
)
def test_a_statement_is_for_the_holder_and_the_office_of_the_place(told: World, who: str, status: int) -> None:
    path = f"/registry/accounts/{told.accounts['owner'].number}/statement/"
    client = signed_in(told, who)
    assert client.get(path).status_code == status
    assert client.get(f"{path}file/?kind=csv").status_code == status
