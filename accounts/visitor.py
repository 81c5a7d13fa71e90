"""Who stands at the door: the roles of a visitor, whether a second factor was shown, and how somebody is let in."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import STAFF, VERBS

SHOWN = "second_factor_of"  # in the session: the person whose second factor was shown in it
SEEN = "seen_at"


def grants_now(request: HttpRequest) -> list[Any]:
    """Return the visitor's grants in force, looked up once a request: on every page each of thirty desks asks for them.

    Good for what is shown; a verb looks again.
    """
    if not hasattr(request, "grants_now"):
        user = request.user
        known = isinstance(user, User) and user.is_active
        request.grants_now = user.grants_held() if known else []  # type: ignore[attr-defined,union-attr]
    return request.grants_now  # type: ignore[attr-defined]


def roles_now(request: HttpRequest) -> frozenset[str]:
    """Return the visitor's roles in force."""
    return frozenset(grant.role for grant in grants_now(request))


def may(request: HttpRequest, *verbs: str) -> bool:
    """Tell whether the visitor's roles have one of the verbs."""
    return any(verb in VERBS[role] for role in roles_now(request) for verb in verbs)


def is_staff(request: HttpRequest) -> bool:
    """Tell whether the visitor has a role of the bureau."""
    return bool(roles_now(request) & STAFF)


def show_second_factor(session: Any, user: User) -> None:
    """Note in a session that the person showed a second factor in it.

    The one place where a session becomes good for the office: after a code, after setting one up, and through the demo's door.
    """
    session[SHOWN] = user.pk


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether the visitor showed a second factor in this session."""
    return request.user.is_authenticated and request.session.get(SHOWN) == request.user.pk


def came_by(request: HttpRequest, user: Any) -> list[str]:
    """Return by what the person came in: "password", "code", "mfa", "demo"."""
    return sorted({str(step["method"]) for step in get_authentication_records(request, user)})


def let_in(request: HttpRequest, user: User, *, by: str) -> None:
    """Open a session for somebody whose way in (``by``) was already checked, and put it on the person's list of sessions."""
    record_authentication(request, user, by)
    get_adapter(request).login(request, user)
    UserSession.objects.create_from_request(request)


def idle_s(request: HttpRequest) -> float:
    """Return how many seconds ago the visitor's session was last used, and note that it is used now.

    Written at most once a minute, so that reading pages writes little.
    """
    now = time.time()
    before = float(request.session.get(SEEN, now))
    if SEEN not in request.session or now - before > 60:
        request.session[SEEN] = now
    return now - before
