"""Refusals: what a person is told, and which rule a constraint or trigger of the database stands for."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, OperationalError
from django.utils.translation import gettext as _

from kernel.rules import RuleViolation, Sentence


class Unavailable(Exception):
    """The database was too busy twice; nothing was done (503)."""


# What a form shows above what was typed; that somebody may not do it at all (PermissionDenied) is another page.
REFUSALS = (RuleViolation, ValidationError, Unavailable)


def sentence(refusal: Exception) -> str:
    """Return what a refusal says to a person."""
    if isinstance(refusal, ValidationError):
        return "；".join(refusal.messages)
    message = getattr(refusal, "message", "")
    return message.translated(_) if isinstance(message, Sentence) else str(message or refusal)


def _diagnosis(error: DatabaseError) -> Any:
    return getattr(error.__cause__, "diag", None)


def sqlstate(error: DatabaseError) -> str:
    """Return the five-character code of what the database said, or nothing."""
    return getattr(_diagnosis(error), "sqlstate", None) or ""


def constraint(error: DatabaseError) -> str:
    """Return the name of the constraint or trigger that refused, or nothing."""
    return getattr(_diagnosis(error), "constraint_name", None) or ""


def refusal_of(error: DatabaseError) -> RuleViolation | None:
    """Return a refusal of the database as the rule it stands for; None for what nobody has a sentence for."""
    known = refusals().get(constraint(error)) if isinstance(error, IntegrityError | OperationalError) else None
    return RuleViolation(*known) if known else None


@cache
def refusals() -> dict[str, tuple[str, Any]]:
    """Return, for every named constraint and trigger of our tables, the code and the sentence its refusal becomes."""
    told: dict[str, tuple[str, Any]] = {}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            told[constraint.name] = (constraint.violation_error_code or "", constraint.violation_error_message)
        for trigger in getattr(model._meta, "triggers", ()):
            told[trigger.name] = (getattr(trigger, "code", ""), getattr(trigger, "message", ""))
    return told
