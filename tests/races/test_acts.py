"""Two files tell of the same rides at once, or one tells of a rider who is leaving: each ride counts once, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import Sum

from accounts.workflow import RuleViolation, advance, lock, verb
from carbon_portal.story import World
from kernel import clock
from scenarios.models import Act, ActKey, CarbonAccount, Citizen, Partner, Scene, Upload
from scenarios.services import settling
from scenarios.services.ingestion import ingest, settle_waiting
from tests import databases, guards, riding
from tests.racing import hold_open
from tests.riding import ago, csv_of, ride


@pytest.fixture
def scene(committed_world: World) -> Scene:
    """A scene whose consents reach back."""
    return riding.historic()


@pytest.fixture
def platform(committed_world: World, scene: Scene) -> Partner:
    """A platform with two riders."""
    partner = riding.platform(committed_world, scenes=[scene])
    for name in ("anna", "ben"):
        riding.rider(committed_world, name, (partner, scene), since=ago(days=9))
    return partner


def _ingesting(upload: Upload) -> Callable[[], Any]:
    return lambda: ingest(Upload.objects.get(pk=upload.pk))


def assert_each_ride_once(count: int) -> None:
    """The books hold so many rides, and every balance is their sum."""
    assert Act.objects.count() == ActKey.objects.count() == count
    for account in CarbonAccount.objects.all():
        acts = Act.objects.filter(citizen=account.citizen_id)
        assert (account.acts, account.balance_mg) == (acts.count(), acts.aggregate(mg=Sum("saved_mg"))["mg"] or 0)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "without the lock"])
def test_two_files_of_the_same_rides_at_once(
    platform: Partner, scene: Scene, locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second waits and finds them counted; without the lock the key refuses it, and the sweep tries it again later."""
    rows = [ride(name, f"{name}-{n}", ago(days=2, hours=n)) for name in ("anna", "ben") for n in range(5)]
    first, second = (riding.send(platform, scene, csv_of(*rows)) for _ in range(2))
    if not locked:
        monkeypatch.setattr(settling, "TURN", "SELECT %s")

    answers = hold_open(_ingesting(first), _ingesting(second), monkeypatch=monkeypatch)

    assert_each_ride_once(10)
    if locked:
        assert [answer.accepted for answer in answers] == [10, 0]
    else:
        assert isinstance(answers[1], RuleViolation)
        assert answers[1].code == "busy"
        monkeypatch.undo()
        settle_waiting()
        second.refresh_from_db()
        assert (second.accepted, second.refused) == (0, 10)
        assert_each_ride_once(10)


def test_two_platforms_tell_of_the_same_ride_at_once(
    committed_world: World, platform: Partner, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their keys differ, so only waiting for each other keeps the ride from counting twice."""
    other = riding.platform(committed_world, "map", scenes=[scene])
    anna = Citizen.objects.get(user__username="rider-anna")
    riding.agree(anna, other, scene, since=ago(days=9))
    other.links.create(subject="A-1", citizen=anna)
    start = ago(days=2)
    first = riding.send(platform, scene, csv_of(ride("anna", "t1", start)))
    second = riding.send(other, scene, csv_of(ride("A-1", "m1", start)))

    hold_open(_ingesting(first), _ingesting(second), monkeypatch=monkeypatch)

    assert_each_ride_once(1)
    assert riding.reasons(second) == {1: "duplicate"}


@verb("scenarios.settle_upload")
def _leave(citizen: Citizen, *, by: Any) -> Citizen:
    """Close an account the way the verb does: the citizen's row first."""
    citizen = lock(citizen)
    advance(citizen, Citizen.State.CLOSED, by=by, closed_at=clock.now())
    return citizen


@pytest.mark.parametrize("leaves_first", [True, False], ids=["closed first", "credited first"])
def test_a_credit_against_the_closing_of_the_account(
    committed_world: World, platform: Partner, scene: Scene, leaves_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes first: the ride is counted on an open account, or refused on a closed one; never half."""
    anna = Citizen.objects.get(user__username="rider-anna")
    upload = riding.send(platform, scene, csv_of(ride("anna", "t1", ago(days=2)), ride("ben", "t2", ago(days=2))))
    calls = [lambda: _leave(anna, by=committed_world.system), _ingesting(upload)]

    answers = hold_open(*(calls if leaves_first else calls[::-1]), monkeypatch=monkeypatch)

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    anna.refresh_from_db()
    assert anna.state == Citizen.State.CLOSED
    assert riding.reasons(upload) == ({1: "account_closed"} if leaves_first else {})
    assert_each_ride_once(1 if leaves_first else 2)


def test_an_account_does_not_close_while_a_credit_is_under_way(platform: Partner) -> None:
    """Whoever closes it, by whatever statement, waits for the balance row the credit holds; without the trigger nobody would."""
    anna = Citizen.objects.get(user__username="rider-anna")
    with pytest.raises(OperationalError):
        _close_beside_a_credit(anna)
    anna.refresh_from_db()
    assert anna.state != Citizen.State.CLOSED
    with psycopg.connect(databases.url(connection.settings_dict["NAME"]), autocommit=True) as owner:
        guards.drop(owner.cursor(), "citizen_closes_between_credits")
    _close_beside_a_credit(anna)
    guards.MISSED.add("citizen_closes_between_credits")


def _close_beside_a_credit(anna: Citizen) -> None:
    url = databases.url(connection.settings_dict["NAME"])
    with psycopg.connect(url) as other, transaction.atomic(), connection.cursor() as cursor:
        other.execute("SELECT 1 FROM scenarios_carbonaccount WHERE citizen_id = %s FOR NO KEY UPDATE", [anna.pk])
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
        Citizen.objects.filter(pk=anna.pk).update(state="CLOSED", closed_at=clock.now())
