"""Foreign keys point down the stack, and each kind of file keeps to what belongs in it.

Imports between the apps are the contracts of import-linter, which ``./portal check`` runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.names import ROOT, STACK, app_of, our_models, sources

FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "signals"}


def test_foreign_keys_point_down() -> None:
    """A table knows only tables of its own app or below."""
    for model in our_models():
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.related_model is not None:
                above = app_of(field.related_model)
                assert above in STACK[: STACK.index(app_of(model)) + 1], f"{model.__name__}.{field.name} → {above}"


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _offenders(paths: Iterator[Path], *forbidden: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in _imports(path)
        if any(name == word or name.startswith(f"{word}.") for word in forbidden)
    ]


@pytest.mark.parametrize("app", STACK)
def test_services_know_no_door(app: str) -> None:
    """A verb sees no request, no form, no serializer, and sends nothing to a worker."""
    doors = ("celery", "django.http", "django.shortcuts", "django.forms", "django.template", "rest_framework")
    paths = (path for path in sources(app) if "services" in path.relative_to(ROOT).parts)
    assert _offenders(paths, *doors) == []


@pytest.mark.parametrize("app", STACK)
def test_models_and_states_call_no_service(app: str) -> None:
    """A row has no side effects."""
    paths = (
        path for path in sources(app) if path.stem in {"models", "states"} or path.parent.name in {"models", "states"}
    )
    found = _offenders(paths, "celery", *(f"{other}.services" for other in STACK))
    assert found == []


def test_no_drawer_for_everything() -> None:
    """A file says by its name what is in it."""
    assert [path for app in STACK for path in sources(app) if path.stem in FORBIDDEN_NAMES] == []
