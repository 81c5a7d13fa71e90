"""A natural person at two windows at once: one account is opened, no tonne goes out twice, and one code confirms one order."""

from __future__ import annotations

import pytest

from accounts.models import Organisation, RoleGrant
from accounts.workflow import RuleViolation
from carbon_portal.story import World
from registry.models import AccountRequest, Transfer
from registry.services import persons, transfers
from registry.services.checking import check_books
from tests.alone import opened, proven, received
from tests.citizens import verified
from tests.holding import held
from tests.racing import hold_open, without_row_locks

LOCKS = pytest.mark.parametrize("locked", [True, False], ids=["locked", "without row locks"])


@LOCKS
def test_asked_twice_at_once_one_account_is_asked_for(
    committed_world: World, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = verified()
    if not locked:
        without_row_locks(monkeypatch)

    answers = hold_open(*[lambda: persons.apply(citizen, by=citizen.user)] * 3, monkeypatch=monkeypatch)

    assert sum(isinstance(answer, AccountRequest) for answer in answers) == 1
    codes = {answer.code for answer in answers if isinstance(answer, RuleViolation)}
    assert codes <= {"person_known", "holds_another"}
    assert codes
    assert Organisation.objects.filter(kind="PERSON").count() == 1
    assert RoleGrant.objects.filter(role="HOLDER").count() == 1


def test_two_orders_at_once_share_what_there_is(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account, holder = opened(committed_world), committed_world.people["holder"]
    received(committed_world, 10)
    number = committed_world.accounts["buyer"].number

    answers = hold_open(
        *[lambda: transfers.initiate(account, target_number=number, quantity_t=6, by=holder)] * 2,
        monkeypatch=monkeypatch,
    )

    assert sum(isinstance(answer, Transfer) for answer in answers) == 1
    assert [answer.code for answer in answers if isinstance(answer, RuleViolation)] == ["not_enough"]
    assert (held(account), held(account, "TRANSFER_PENDING")) == (4, 6)
    assert check_books().differences == []


def test_one_code_confirms_an_order_once(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account, holder = opened(committed_world), committed_world.people["holder"]
    received(committed_world, 10)
    order = transfers.initiate(account, target_number=committed_world.accounts["buyer"].number, quantity_t=6, by=holder)
    proven(order, transfers.confirm, by=holder)

    answers = hold_open(*[lambda: transfers.confirm(order, by=holder)] * 2, monkeypatch=monkeypatch)

    assert sum(isinstance(answer, Transfer) for answer in answers) == 1
    assert [answer.code for answer in answers if isinstance(answer, RuleViolation)] == ["wrong_state"]
    order.refresh_from_db()
    assert (order.state, order.made_by, order.confirmed_by) == ("OFFERED", holder, holder)
