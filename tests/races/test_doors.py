"""Guesses at once in two processes are counted one after the other, and a reset is decided once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction

from accounts.models import SignInTry
from accounts.services.factors import ask_second_factor_reset, refuse_second_factor_reset, reset_second_factor
from accounts.services.tries import PASSWORD, begin_try
from carbon_portal.story import World
from kernel.rules import RuleViolation
from tests.racing import _until_waiting, hold_open


def test_the_sixth_guess_waits_for_the_fifth_and_is_refused(committed_world: World) -> None:
    """Whichever process it comes to: the count is in the database."""
    for _try in range(4):
        begin_try(PASSWORD, "officer")
    answers: list[Any] = []

    def sixth() -> None:
        try:
            begin_try(PASSWORD, "Officer ")
            answers.append(None)
        except RuleViolation as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=sixth)
    with transaction.atomic():
        begin_try(PASSWORD, "officer")
        thread.start()
        _until_waiting([thread])
        assert answers == []
    thread.join(20)
    assert answers == ["locked_out"]
    assert SignInTry.objects.count() == 5


def test_a_reset_is_confirmed_or_refused_but_not_both(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = committed_world.people
    Authenticator.objects.create(user=people["officer"], type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    reset = ask_second_factor_reset(people["officer"], by=people["security"], reason="手机丢失")
    first, second = hold_open(
        lambda: reset_second_factor(reset, by=people["admin"]),
        lambda: refuse_second_factor_reset(reset, by=people["admin"], reason="没有核实"),
        monkeypatch=monkeypatch,
    )
    assert first.state == "DONE"
    assert second.code == "wrong_state"
    assert not Authenticator.objects.exists()
