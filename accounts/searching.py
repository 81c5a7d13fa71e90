"""Searching lists of a hundred thousand rows by a word or a part of one, two Chinese characters included.

No index of three letters serves a word of two characters, so the rows are read; what is asked of each row is kept cheap: another
table is searched once and its keys are looked up, and a word without case is compared as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Model, Q


def holding(model: type[Model], fields: Sequence[str], word: str) -> Q:
    """Return the condition that one of the fields holds the word; a field behind a relation is written ``owner__name``."""
    lookup = "contains" if word.upper() == word.lower() else "icontains"
    return reduce(or_, (_one(model, field, word, lookup) for field in fields))


def _one(model: type[Model], field: str, word: str, lookup: str) -> Q:
    relation, _mark, rest = field.partition("__")
    if not rest:
        return Q(**{f"{field}__{lookup}": word})
    other = model._meta.get_field(relation).related_model
    if not isinstance(other, type):
        raise TypeError(f"{model.__name__}.{relation} leads to no model")
    found = other._base_manager.filter(_one(other, rest, word, lookup))
    return Q(**{f"{relation}__in": found.values("pk")})
