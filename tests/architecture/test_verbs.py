"""Verbs, roles and moves agree with each other."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from accounts.roles import VERBS, Role
from accounts.triggers import Moves
from tests.architecture.names import our_models, verbs

# Rights to edit a reference table by form, and to read, which are no verbs.
FORMS = {"office.edit_calendar", "accounts.read_events", "accounts.read_everything"}
BADGES = {"draft", "office", "you", "public", "good", "bad", "hold", "frozen", "final"}
WITH_STATE = [model for model in our_models() if any(field.name == "state" for field in model._meta.fields)]
WITH_MOVES = [model for model in WITH_STATE if hasattr(model, "MOVES")]


def test_every_verb_is_some_roles_and_every_roles_verb_exists() -> None:
    """The table of roles is the table of permissions: nothing in it is empty, nothing outside it can be pressed."""
    assert set().union(*VERBS.values()) - FORMS == verbs().keys()
    assert VERBS.keys() == set(Role)


@pytest.mark.parametrize("name", sorted(verbs()))
def test_a_verb_says_what_it_does_and_who_does_it(name: str) -> None:
    """Its name carries the app; ``by`` cannot be forgotten or mistaken for the row."""
    function = verbs()[name]
    assert name.partition(".")[0] == function.__module__.partition(".")[0]
    assert (function.__doc__ or "").strip()
    parameters = inspect.signature(function).parameters
    assert parameters["by"].kind is inspect.Parameter.KEYWORD_ONLY
    for optional in ("reason", "key"):
        assert optional not in parameters or parameters[optional].kind is inspect.Parameter.KEYWORD_ONLY


def test_bookings_take_a_key() -> None:
    """Whoever repeats a call to the registry gets the first answer again."""
    # One account an entity, one opening a file, one venue an organisation; what a venue reports is booked once by its own number,
    # or once a day.
    without = {"registry.open_account", "registry.submit_opening", "registry.open_venue", "registry.report_balances"}
    without |= {
        "registry.settle_trade",
        "registry.take_out_of_venue",
        "registry.unmask_holder",
    }  # the last one only shows
    booking = {name: function for name, function in verbs().items() if name.startswith("registry.")}
    assert {
        name for name, function in booking.items() if "key" not in inspect.signature(function).parameters
    } == without


@pytest.mark.parametrize("model", WITH_MOVES, ids=lambda model: model.__name__)
def test_moves_lead_from_known_states_to_known_states(model: Any) -> None:
    """And the trigger that guards them is made from the same table."""
    known = set(dict(model._meta.get_field("state").choices))
    assert {str(state) for move in model.MOVES for state in move} <= known
    trigger = next(trigger for trigger in model._meta.triggers if isinstance(trigger, Moves))
    assert set(trigger.moves) == set(model.MOVES)


@pytest.mark.parametrize("model", WITH_MOVES, ids=lambda model: model.__name__)
def test_every_state_can_be_reached(model: Any) -> None:
    """No state stands in the list without a way to it."""
    trigger = next(trigger for trigger in model._meta.triggers if isinstance(trigger, Moves))
    reached = {str(state) for state in trigger.start}
    while more := {str(to) for was, to in model.MOVES if str(was) in reached} - reached:
        reached |= more
    assert reached == set(model.State.values)


@pytest.mark.django_db
@pytest.mark.parametrize("model", WITH_STATE, ids=lambda model: model.__name__)
def test_every_state_has_a_badge(model: Any) -> None:
    """People read the state as one of nine badges."""
    for state, _label in model._meta.get_field("state").choices:
        assert model(state=state).badge in BADGES
