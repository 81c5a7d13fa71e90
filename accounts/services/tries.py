"""Tries at a door: five wrong ones in half an hour close it for half an hour, for that name only.

Counted in PostgreSQL, so every process of the portal sees the same count, and it outlives the broker. A try is written down
before the password is looked at and taken away when it was right: ten guesses at once are ten tries, not one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.context import caller
from accounts.models import SignInTry
from accounts.personal import blind
from accounts.services.codes import one_at_a_time
from accounts.workflow import RuleViolation
from kernel import clock

PASSWORD, CODE = "password", "code"


def closed_for() -> timedelta:
    """Return how long the door stays closed, which is also how far back tries are counted."""
    return timedelta(minutes=settings.SIGN_IN_CLOSED_MINUTES)


def begin_try(kind: str, name: str) -> None:
    """Count a try of ``kind`` ("password", "code") at a name, known or not. Raises RuleViolation ``locked_out``."""
    found = _key(kind, name)
    with transaction.atomic():
        one_at_a_time(f"try {found}")
        now = clock.real_now()
        recent = list(
            SignInTry.objects.filter(name_blind=found, at__gt=now - closed_for())
            .order_by("-at")
            .values_list("at", flat=True)
        )
        if len(recent) < settings.SIGN_IN_TRIES:
            SignInTry.objects.create(name_blind=found, ip=caller().ip, at=now)
            return
    raise RuleViolation("locked_out", _said(recent[0] + closed_for()))


def forget_tries(kind: str, name: str) -> None:
    """Start counting afresh after a right password or code."""
    SignInTry.objects.filter(name_blind=_key(kind, name)).delete()


def sweep_tries() -> int:
    """Remove tries that no longer count; returns how many."""
    removed, _by_table = SignInTry.objects.filter(at__lt=clock.real_now() - closed_for()).delete()
    return removed


def _key(kind: str, name: str) -> str:
    # What was typed as a name may be a password typed into the wrong box, so it is kept as a blind index only.
    return blind("sign_in", f"{kind} {name.strip().casefold()}")


def _said(opens_at: datetime) -> str:
    words = {"times": settings.SIGN_IN_TRIES, "at": date_format(timezone.localtime(opens_at), "H:i")}
    return (
        _("连续 %(times)s 次输错，这个用户名暂时不能登录，%(at)s 以后可以再试；不是您本人输错的，请告诉安全管理员")
        % words
    )
