"""Two callers want the same tonnes: nobody is sold twice, nobody loses any, with the row locks and without them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.backends.postgresql.psycopg_any import NumericRange

from accounts.models import User, VerbKey
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import Batch, Block, Journal, Retirement, Transfer
from registry.services import books, retirements, transfers
from registry.services.checking import check_books
from registry.states import OrderState, UnitState
from tests.racing import hold_open, together, without_row_locks
from tests.stages import block_of

ASKED = (400, 300) * 4  # eight callers, alternately
LOCKS = pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])


@pytest.fixture
def batch(committed_world: World) -> Batch:
    """A block of 1,000 t of one batch, held by the owner."""
    made: Batch = block_of(committed_world, 1000).batch
    return made


def ask(world: World, batch: Batch, quantity_t: int, key: str) -> Callable[[], Transfer]:
    """Return a caller who asks for tonnes of the block."""
    return lambda: transfers.initiate(
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        quantity_t=quantity_t,
        batch=batch,
        by=world.people["owner-maker"],
        key=key,
    )


def assert_books_hold(batch: Batch, tonnes: int = 1000) -> None:
    """The open blocks of the batch are disjoint, cover it whole, and every journal balances."""
    blocks = list(Block.objects.open().filter(batch=batch).order_by("serials"))
    assert all(left.last + 1 == right.first for left, right in pairwise(blocks))
    assert (blocks[0].first, blocks[-1].last) == (1, tonnes)
    assert sum(block.quantity_t for block in blocks) == tonnes
    assert check_books().differences == []


def left_over(batch: Batch) -> int:
    """Return what is still available of the batch."""
    return Block.objects.open().filter(batch=batch, state=UnitState.AVAILABLE).tonnes()


@LOCKS
def test_eight_callers_share_a_block_of_1000(
    committed_world: World, batch: Batch, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        without_row_locks(monkeypatch)
    callers = [ask(committed_world, batch, quantity, f"eight-{i:03d}") for i, quantity in enumerate(ASKED)]

    answers = hold_open(*callers, monkeypatch=monkeypatch)

    accepted = sum(answer.quantity_t for answer in answers if isinstance(answer, Transfer))
    refused = [answer for answer in answers if not isinstance(answer, Transfer)]
    assert all(isinstance(answer, RuleViolation) for answer in refused)
    if locked:
        assert accepted in {800, 900, 1000}
        assert left_over(batch) < 300
        assert {answer.code for answer in refused} == {"not_enough"}
    else:
        assert 0 < accepted <= 1000
        assert "units_taken" in {answer.code for answer in refused}
    assert left_over(batch) == 1000 - accepted
    assert_books_hold(batch)


@LOCKS
def test_eight_callers_with_one_key_make_one_journal(
    committed_world: World, batch: Batch, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        without_row_locks(monkeypatch)
        monkeypatch.setattr("accounts.workflow.remembered", _remembered_without_lock)
    before = Journal.objects.count()

    answers = hold_open(*[ask(committed_world, batch, 400, "one-key-01")] * 8, monkeypatch=monkeypatch)

    made = [answer.pk for answer in answers if isinstance(answer, Transfer)]
    assert set(made) == {Transfer.objects.latest("pk").pk}
    if locked:
        assert len(made) == 8
    else:  # without any lock the units refuse before the key is asked again; still one journal
        assert {answer.code for answer in answers if not isinstance(answer, Transfer)} <= {"units_taken", "key_reused"}
    assert Journal.objects.count() == before + 1
    assert VerbKey.objects.filter(key="one-key-01").count() == 1
    assert left_over(batch) == 600
    assert_books_hold(batch)


def _remembered_without_lock(verb: str, key: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``remembered`` would be without its advisory lock: read, and hope."""
    row = VerbKey.objects.filter(actor=kwargs["by"], verb=verb, key=key).first()
    return Transfer.objects.get(pk=row.object_id) if row else None


@LOCKS
def test_two_retirements_of_the_whole_retire_it_once(
    committed_world: World, batch: Batch, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not locked:
        without_row_locks(monkeypatch)

    def retire(key: str) -> Callable[[], Retirement]:
        return lambda: retirements.initiate(
            committed_world.accounts["owner"],
            quantity_t=1000,
            batch=batch,
            kind="CHARITY",
            beneficiary="青岚屋顶能源有限公司",
            purpose="2026 年度碳中和",
            by=committed_world.people["owner-maker"],
            key=key,
        )

    answers = hold_open(retire("whole-001"), retire("whole-002"), monkeypatch=monkeypatch)

    assert isinstance(answers[0], Retirement)
    assert isinstance(answers[1], RuleViolation)
    assert answers[1].code == ("not_enough" if locked else "units_taken")
    assert Block.objects.open().filter(batch=batch, state=UnitState.RETIRE_PENDING).tonnes() == 1000
    assert_books_hold(batch)


@LOCKS
def test_a_to_b_against_b_to_a_never_shows_a_deadlock(
    committed_world: World, batch: Batch, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, accounts = committed_world.people, committed_world.accounts
    if not locked:
        without_row_locks(monkeypatch)
    there = transfers.confirm(ask(committed_world, batch, 100, "there-001")(), by=people["owner-checker"])
    back = transfers.confirm(
        transfers.initiate(
            accounts["buyer"],
            target_number=accounts["owner"].number,
            quantity_t=50,
            by=people["buyer-maker"],
            key="back-0001",
        ),
        by=people["buyer-checker"],
    )

    def accept_both() -> tuple[Callable[[], Transfer], Callable[[], Transfer]]:
        return (
            lambda: transfers.accept(there, by=people["buyer-maker"]),
            lambda: transfers.accept(back, by=people["owner-maker"]),
        )

    answers = hold_open(*accept_both(), monkeypatch=monkeypatch)

    assert [answer.state for answer in answers] == [OrderState.COMPLETED] * 2
    again = together(*accept_both())  # nothing is left to accept, and that is what is said
    assert [answer.code for answer in again] == ["wrong_state"] * 2
    assert_books_hold(batch)


@pytest.mark.parametrize("act", ["accept", "cancel"])
def test_accept_against_cancel_has_one_winner(
    committed_world: World, batch: Batch, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = committed_world.people
    order = transfers.confirm(ask(committed_world, batch, 100, "winner-01")(), by=people["owner-checker"])
    acts = {
        "accept": lambda: transfers.accept(order, by=people["buyer-maker"]),
        "cancel": lambda: transfers.cancel(order, by=people["owner-maker"], reason="改签合同"),
    }
    other = next(name for name in acts if name != act)

    first, second = hold_open(acts[act], acts[other], monkeypatch=monkeypatch)

    assert isinstance(first, Transfer)
    assert (type(second), second.code) == (RuleViolation, "wrong_state")
    assert_books_hold(batch)


def test_without_locks_and_guards_the_same_tonnes_are_sold_twice(
    committed: str, committed_world: World, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that these races can fail: take locks, the code's own check and both guards away, and the sale is double."""
    without_row_locks(monkeypatch)
    monkeypatch.setattr(books, "write", _write_without_looking)
    with psycopg.connect(committed, autocommit=True) as owner:
        owner.execute("ALTER TABLE registry_block DROP CONSTRAINT block_serials_held_once")
        for (name,) in owner.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_block_closed_once%' AND NOT tgisinternal"
        ).fetchall():
            owner.execute(f'DROP TRIGGER "{name}" ON registry_block')

    answers = hold_open(
        ask(committed_world, batch, 1000, "double-01"),
        ask(committed_world, batch, 1000, "double-02"),
        monkeypatch=monkeypatch,
    )

    assert [type(answer) for answer in answers] == [Transfer, Transfer]
    pending = Block.objects.open().filter(batch=batch, state=UnitState.TRANSFER_PENDING)
    assert pending.tonnes() == 2000
    assert check_books().differences != []


def _write_without_looking(journal: Journal, *, close: Any = (), open: Any = ()) -> None:
    Block.objects.filter(pk__in=[block.pk for block in close]).update(closed_by=journal)
    Block.objects.bulk_create(
        Block(
            series_id=leg.batch.series_id,
            batch=leg.batch,
            serials=NumericRange(leg.first, leg.last + 1, "[)"),
            holder=leg.holder,
            state=leg.state,
            opened_by=journal,
        )
        for leg in open
    )


def test_eight_callers_over_http_are_answered_201_or_409(committed_world: World, batch: Batch, server: str) -> None:
    world, cookie = committed_world, _signed_in(committed_world.people["owner-maker"])
    body = {"source": world.accounts["owner"].number, "target": world.accounts["buyer"].number, "batch": batch.pk}

    def post(i: int, quantity_t: int) -> Callable[[], tuple[int, dict[str, Any]]]:
        return lambda: _post(server, cookie, {**body, "quantity_t": quantity_t}, f"http-{i:04d}")

    answers = together(*[post(i, quantity) for i, quantity in enumerate(ASKED)])

    assert {status for status, _body in answers} <= {201, 409}
    accepted = sum(told["quantity_t"] for status, told in answers if status == 201)
    assert accepted in {800, 900, 1000}
    assert all(told["code"] == "not_enough" for status, told in answers if status == 409)
    assert left_over(batch) == 1000 - accepted < 300
    assert_books_hold(batch)


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={'a' * 32}"


def _post(server: str, cookie: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
    line = http.client.HTTPConnection(urlsplit(server).netloc, timeout=30)
    headers = {"Content-Type": "application/json", "Cookie": cookie, "X-CSRFToken": "a" * 32, "Idempotency-Key": key}
    line.request("POST", "/api/v1/transfers", json.dumps(body), headers)
    answer = line.getresponse()
    told: dict[str, Any] = json.loads(answer.read())
    line.close()
    return answer.status, told
