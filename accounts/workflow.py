"""The heart: what every verb goes through, whichever door it was called by.

Order inside every verb: permission → lock → two-person rule → move → amounts → rows. A refused verb leaves nothing behind
but an event that says who was refused what, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar, cast

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _

from accounts.context import own_standing, stand_in
from accounts.events import record
from accounts.keys import remember, remembered
from accounts.refusals import Unavailable, constraint, refusal_of, refusals, sentence, sqlstate
from accounts.scope import Acting, scope
from kernel.rules import RuleViolation, require

__all__ = [
    "PermissionDenied",
    "RuleViolation",
    "Unavailable",
    "advance",
    "lock",
    "record",
    "refusals",
    "require",
    "sentence",
    "told_as",
    "verb",
    "verb_named",
]

P = ParamSpec("P")
R = TypeVar("R")
RETRIED = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock time-out
_running: ContextVar[str] = ContextVar("running_verb", default="")
_functions: dict[str, Callable[..., Any]] = {}


def verb(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function the office's verb ``app.action``: permission, transaction, refusals, events and retries.

    The function takes ``by`` (the acting user) and optionally ``reason`` and ``key``. With a key the same call gives the same
    answer again; the key with another body is refused (``key_reused``). Raises PermissionDenied (403), RuleViolation (409),
    ValidationError (400) or Unavailable (503).
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        shape = signature(function)

        @wraps(function)
        def call(*given: P.args, **named: P.kwargs) -> R:
            bound = shape.bind(*given, **named)  # a row passed by its name is in scope or refused like any other
            args, kwargs = bound.args, bound.kwargs
            with own_standing():
                if _running.get():
                    _permit(name, args, kwargs["by"])
                    return function(*args, **kwargs)
                with told_as(name):
                    return _outermost(name, function, args, kwargs)

        call.verb_name = name  # type: ignore[attr-defined]
        _functions[name] = call
        return call

    return decorate


@contextmanager
def told_as(name: str) -> Iterator[None]:
    """Write the events of the moves inside under this verb's name."""
    token = _running.set(name)
    try:
        yield
    finally:
        _running.reset(token)


def verb_named(name: str) -> Callable[..., Any]:
    """Return the function of a verb, for who holds only its name."""
    return _functions[name]


def _outermost(name: str, function: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
    by, subject = kwargs["by"], next((a for a in args if isinstance(a, models.Model)), None)
    for attempt in (1, 2):
        try:
            with transaction.atomic():
                return _inside(name, function, args, kwargs)
        except (RuleViolation, PermissionDenied, ValidationError) as refusal:
            _refused(name, subject, by, kwargs, refusal)
            raise
        except DatabaseError as error:
            busy = sqlstate(error) in RETRIED or constraint(error) == "verb_key_once"
            if busy and attempt == 1:
                continue
            told = Unavailable(_("系统正忙，什么都没有改动，请再试一次")) if busy else refusal_of(error)
            if told is None:
                raise
            _refused(name, subject, by, kwargs, told)
            raise told from error
    raise AssertionError("both attempts return or raise")


def _inside(name: str, function: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
    _permit(name, args, kwargs["by"])
    key = kwargs.get("key") or ""
    if key and (answer := remembered(name, key, args, kwargs)) is not None:
        return answer
    result = function(*args, **kwargs)
    if key:
        remember(name, key, args, kwargs, cast(models.Model, result))
    with connection.cursor() as cursor:  # so that a deferred refusal comes here, where it can still become a sentence
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return result


def _permit(name: str, args: tuple[Any, ...], by: Any) -> None:
    within = Acting(by, name) if by is not None and by.is_active else None
    if within is None or not within.grants:
        raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
    for absent, standing in _standings(by, within):
        if all(_reaches(standing, row) for row in args if isinstance(row, models.Model)):
            stand_in(by, absent)
            return
    raise PermissionDenied(_("这件事不在您的辖区或单位范围内"))


def _standings(by: Any, within: Acting) -> Iterator[tuple[Any, Acting]]:
    """Yield in whose name a person can act, with the grants that go with it: one's own first, then for each absent officer."""
    for whose in sorted({grant.user_id for grant in within.grants}, key=lambda pk: (pk != by.pk, pk)):
        among = [grant for grant in within.grants if grant.user_id == whose]
        absent = None if whose == by.pk else apps.get_model("accounts", "User")._default_manager.get(pk=whose)
        yield absent, Acting(by, among=among)


def _reaches(standing: Acting, row: models.Model) -> bool:
    known: Any = getattr(row, "surely_within", None)
    if known is not None and known(scope(standing)):
        return True
    scoped: Any = getattr(type(row), "objects", None)
    return not hasattr(scoped, "visible_to") or scoped.visible_to(standing).filter(pk=row.pk).exists()


def lock(*rows: Any) -> Any:
    """Take ``FOR NO KEY UPDATE`` on rows in one order for everybody (rank of table, key) and return them fresh.

    One row gives one row, several give a list in the order asked. A partitioned table is refused: its locks do not order.
    """
    for row in rows:
        if getattr(row, "partitioned", False):
            raise TypeError(f"{type(row).__name__} is partitioned and cannot be locked row by row")
    fresh = {}
    for row in sorted(set(rows), key=lambda row: (_rank(cast(Any, type(row))), row.pk)):
        manager = type(row)._base_manager
        fresh[row] = manager.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    answer = [fresh[row] for row in rows]
    return answer[0] if len(answer) == 1 else answer


@cache
def _rank(model: Any) -> int:
    return list(apps.get_models()).index(model)


def advance(obj: Any, to: str, *, by: Any, reason: str = "", allowed: Any = None, **fields: Any) -> None:
    """Move ``obj`` to a state along its ``MOVES`` and write the event. ``allowed`` narrows the moves, never widens them."""
    moves = obj.MOVES if allowed is None else obj.MOVES & frozenset(allowed)
    was = obj.state
    require((was, to) in moves, "wrong_state", _wrong_state(obj))
    for name, value in fields.items():
        setattr(obj, name, value)
    obj.state = to
    obj.save(update_fields=["state", *fields])
    record(_running.get() or "workflow.advance", obj, by=by, reason=reason, moved=(was, to))


def _wrong_state(obj: Any) -> str:
    return _("现在是“%(state)s”，不能办这一步；请刷新页面看看是否已被别人办理") % {"state": obj.get_state_display()}


def _refused(name: str, subject: Any, by: Any, kwargs: dict[str, Any], refusal: Exception) -> None:
    code = getattr(refusal, "code", "") or {PermissionDenied: "forbidden", Unavailable: "busy"}.get(
        type(refusal), "invalid"
    )
    record(name, subject, by=by, reason=kwargs.get("reason", ""), refused=str(code), said=sentence(refusal))
