"""Tables made in one step of a migration: named by each other, guarded, rendered once, and gone again on the way back."""

from __future__ import annotations

from collections import Counter

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.migrations import CreateModel, Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.utils import IntegrityError
from pgtrigger.migrations import AddTrigger

from accounts.migrating import AtOnce
from accounts.triggers import AppendOnly


def _person() -> models.ForeignKey:
    return models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")


# A boat names its captain, one of the crew, and the crew names its boat; what is written of a boat stays.
TABLES: list[Operation] = [
    CreateModel(
        "Boat",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("captain", models.ForeignKey("harbour.Crew", models.PROTECT, null=True, related_name="+")),
            ("owner", _person()),
        ],
    ),
    AddTrigger("boat", AppendOnly(name="boat_append_only")),
    CreateModel(
        "Crew",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("boat", models.ForeignKey("harbour.Boat", models.PROTECT)),
            ("person", _person()),
        ],
    ),
]


class Harbour(Migration):
    operations = [AtOnce(TABLES)]


@pytest.fixture
def state(db: None) -> ProjectState:
    """The apps there are, rendered, and the rights of the owner."""
    _asked("SET LOCAL ROLE NONE")
    state = ProjectState.from_apps(apps)
    assert state.apps
    return state


def _asked(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [str(row[0]) for row in cursor.fetchall()] if cursor.description else []


def _tables() -> list[str]:
    return _asked("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'harbour_%' ORDER BY 1")


def test_tables_that_name_each_other_are_made_with_their_guard_and_unmade(state: ProjectState) -> None:
    step, before = Harbour("0001_initial", "harbour"), state.clone()
    with connection.schema_editor() as editor:
        step.apply(state, editor)
    assert _tables() == ["harbour_boat", "harbour_crew"]
    _asked("INSERT INTO harbour_boat (id) VALUES (7); SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="boat_append_only"), transaction.atomic():
        _asked("DELETE FROM harbour_boat")
    with pytest.raises(IntegrityError, match="harbour_crew"), transaction.atomic():
        _asked("INSERT INTO harbour_crew (id, boat_id) VALUES (1, 8); SET CONSTRAINTS ALL IMMEDIATE")
    assert _asked("SELECT id FROM harbour_boat") == ["7"]
    with connection.schema_editor() as editor:
        step.unapply(before, editor)
    assert _tables() == []


def test_each_model_is_rendered_once_for_all_of_them(state: ProjectState, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one each of the three steps would render again whatever is connected with a person."""
    rendered: Counter[str] = Counter()
    render = ModelState.render

    def counted(model: ModelState, registry: object) -> object:
        rendered[f"{model.app_label}.{model.name}"] += 1
        return render(model, registry)

    monkeypatch.setattr(ModelState, "render", counted)
    AtOnce(TABLES).state_forwards("harbour", state)
    assert state.apps.get_model("harbour.Boat")._meta.get_field("captain").related_model._meta.label == "harbour.Crew"
    assert set(rendered.values()) == {1}
    assert {"harbour.Boat", "harbour.Crew", "accounts.User"} <= rendered.keys()
