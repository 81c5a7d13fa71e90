"""Where two people have to act, one person is refused at every door: page, admin desk, API, verb and table."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.test import Client

from accounts.models import Event, RoleGrant
from accounts.services.people import end_role, grant_role
from accounts.workflow import refusals
from carbon_portal.story import World
from certificates.models import Certificate, LogLeaf
from kernel.rules import RuleViolation
from office.models import DocumentSeries, Notice
from office.services import clock
from projects.models import MonitoringPeriod, Project
from registry.models import Batch, Block, Journal, Retirement, Series, Transfer
from tests.flows.merging import KEY, PAIRS, Door, Pair, approved, merge
from tests.worlds import last_event

WATCHED = (
    Project, MonitoringPeriod, Notice, DocumentSeries, Series, Batch, Journal, Block, Transfer, Retirement, Certificate,
    LogLeaf, RoleGrant,
)  # fmt: skip
AT_DOORS = [pytest.param(pair, door, id=f"{pair.name}: {door.name}") for pair in PAIRS for door in pair.doors]
EACH = [pytest.param(pair, id=pair.name) for pair in PAIRS]


@pytest.fixture(autouse=True)
def _clock_read_again() -> Iterator[None]:
    """Some cases move the clock in a transaction that is rolled back; the next test must not remember it."""
    clock.forget()
    yield
    clock.forget()


def everything() -> dict[type[models.Model], list[dict[str, Any]]]:
    """Return every row a step could have changed."""
    return {model: list(model._base_manager.order_by("pk").values()) for model in WATCHED}


def assert_refusal_event(pair: Pair, row: models.Model, person: models.Model, door: str) -> None:
    """The newest event says who was refused what, why, and through which door."""
    event = last_event()
    assert (event.outcome, event.code, event.said) == (Event.Outcome.REFUSED, "same_person", pair.said)
    assert event.verb == pair.verb.verb_name  # type: ignore[attr-defined]
    assert (event.actor_id, event.object_type, event.object_id) == (person.pk, row._meta.label_lower, row.pk)
    assert event.door == door


@pytest.mark.parametrize(("pair", "door"), AT_DOORS)
def test_one_person_is_refused_both_steps_at_the_door(pair: Pair, door: Door, world: World, client: Client) -> None:
    row = pair.case(world)
    person = merge(world, pair, row)
    client.force_login(person)
    before, events = everything(), Event.objects.count()

    answer = door.press(client, row)

    assert answer.status_code == 409
    assert pair.said in unescape(answer.content.decode())
    if door.name == "api":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "same_person"
    assert everything() == before
    assert Event.objects.count() == events + 1
    assert_refusal_event(pair, row, person, door.name)


@pytest.mark.parametrize("pair", EACH)
def test_one_person_is_refused_both_steps_by_the_verb(pair: Pair, world: World) -> None:
    row = pair.case(world)
    person = merge(world, pair, row)
    before = everything()
    key = {"key": KEY} if isinstance(row, Transfer | Retirement) else {}

    with pytest.raises(RuleViolation) as refusal:
        pair.verb(row, by=person, **key)

    assert (refusal.value.code, str(refusal.value.message)) == ("same_person", pair.said)
    assert everything() == before
    assert_refusal_event(pair, row, person, "command")


@pytest.mark.parametrize("pair", EACH)
def test_one_person_is_refused_both_steps_by_the_table(pair: Pair, world: World) -> None:
    row = pair.case(world)
    before = everything()

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**{pair.second: getattr(row, pair.first)})

    assert error.value.__cause__.diag.constraint_name == pair.constraint  # type: ignore[union-attr]
    assert refusals()[pair.constraint][0] == "same_person"
    assert everything() == before


@pytest.mark.parametrize("pair", EACH)
def test_two_people_may_take_the_same_two_steps(pair: Pair, world: World) -> None:
    """The pairs are brought to the point where nothing but the person is missing; otherwise their refusals prove nothing."""
    row = pair.case(world)
    usual = {
        "CHECKER": f"{pair.place}-checker", "REVIEWER": "reviewer", "REGISTRAR": "registrar", "LEADER": "leader",
    }[pair.role]  # fmt: skip
    key = {"key": KEY} if isinstance(row, Transfer | Retirement) else {}

    done = pair.verb(row, by=world.people[usual], **key)

    assert getattr(done, pair.second) == world.people[usual]


def test_a_verifier_who_changes_to_the_bureau_still_may_not_issue_what_was_verified(world: World) -> None:
    """Nobody holds two roles here at any moment; the rule is about the person, not about the role."""
    period, person = approved(world), world.people["verifier"]
    end_role(person.grants_now().get(), by=world.people["security"], reason="离职")
    grant_role(person, "REGISTRAR", by=world.system, division=world.people["registrar"].grants_now().get().division)
    pair = next(pair for pair in PAIRS if pair.name == "the verifier issues")
    before = everything()

    with pytest.raises(RuleViolation, match="核证人不得签发"):
        pair.verb(period, by=person)

    assert everything() == before
    assert_refusal_event(pair, period, person, "command")
