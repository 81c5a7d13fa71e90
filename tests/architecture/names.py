"""Our apps in the order of the stack, and what they hold."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
# From the bottom up; an app may know those before it.
STACK = (
    "kernel",
    "accounts",
    "office",
    "certificates",
    "methodologies",
    "scenarios",
    "projects",
    "registry",
    "trading",
    "rewards",
    "carbon_portal",
)


def our_models() -> list[type[models.Model]]:
    """Return every concrete model of ours."""
    return [model for model in apps.get_models() if app_of(model) in STACK and not model._meta.proxy]


def app_of(thing: Any) -> str:
    """Return the app a class or function is defined in."""
    return str(thing.__module__).partition(".")[0]


def guards() -> Iterator[tuple[type[models.Model], Any]]:
    """Yield every named constraint and trigger with its model."""
    for model in our_models():
        for guard in (*model._meta.constraints, *getattr(model._meta, "triggers", ())):
            yield model, guard


def services() -> list[Any]:
    """Return every module of services."""
    found = []
    for app in STACK:
        if (ROOT / app / "services").is_dir():
            package = importlib.import_module(f"{app}.services")
            walk = pkgutil.walk_packages(package.__path__, f"{app}.services.")
            found += [package, *(importlib.import_module(module.name) for module in walk)]
    return found


def verbs() -> dict[str, Callable[..., Any]]:
    """Return verb → function."""
    return {
        function.verb_name: function
        for module in services()
        for function in vars(module).values()
        if hasattr(function, "verb_name")
    }


def sources(app: str) -> Iterator[Path]:
    """Yield the Python files of an app that people write."""
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts and "__pycache__" not in path.parts:
            yield path
