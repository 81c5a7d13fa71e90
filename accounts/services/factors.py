"""A second factor given for one act of a natural person; and one that was lost, which two administrators take away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.utils.translation import gettext as _

from accounts.models import Event, RoleGrant, SecondFactorReset, User
from accounts.scope import Acting
from accounts.services.tries import CODE, forget_tries
from accounts.states import ResetState
from accounts.workflow import PermissionDenied, RuleViolation, advance, lock, record, require, verb
from kernel import clock

SHOWN = "accounts.show_second_factor"
# From the code to the act it was typed for. The guard of the row allows a minute more, for the act itself.
GOOD_FOR = timedelta(minutes=5)


@verb("accounts.ask_second_factor_reset")
def ask_second_factor_reset(user: User, *, by: User, reason: str) -> SecondFactorReset:
    """Ask for the second factor of a person who lost it to be taken away; nothing changes until another person confirms.

    Raises RuleViolation ``no_second_factor``, ``no_reason``, ``own_reset`` or ``reset_asked``.
    """
    _same_office(user, by)
    user = lock(user)
    require(bool(reason.strip()), "no_reason", _("请写明怎样核实了本人身份"))
    require(Authenticator.objects.filter(user=user).exists(), "no_second_factor", _("这个人没有设置第二因素"))
    asked = SecondFactorReset.objects.create(user=user, asked_by=by, reason=reason.strip())
    record("accounts.ask_second_factor_reset", asked, by=by, reason=reason)
    return asked


@verb("accounts.reset_second_factor")
def reset_second_factor(reset: SecondFactorReset, *, by: User, reason: str = "") -> SecondFactorReset:
    """Take the second factor and the recovery codes away, end the person's sessions; the event tells the person (office.occasions).

    Raises RuleViolation ``same_person`` when who asked confirms, ``own_reset``, or ``wrong_state``.
    """
    reset, user = lock(reset, reset.user)
    require(by.pk != reset.asked_by_id, "same_person", _("提出重置的人不能自己确认，请另一位管理员办理"))
    advance(reset, ResetState.DONE, by=by, reason=reason, closed_by=by, closed_at=clock.now())
    Authenticator.objects.filter(user=user).delete()
    forget_tries(CODE, str(user.pk))
    end_sessions(user)
    record("accounts.reset_second_factor", user, by=by, reason=reset.reason, data={"asked_by": str(reset.asked_by)})
    return reset


@verb("accounts.refuse_second_factor_reset")
def refuse_second_factor_reset(reset: SecondFactorReset, *, by: User, reason: str) -> SecondFactorReset:
    """Leave the second factor as it is. Raises RuleViolation ``wrong_state``."""
    reset = lock(reset)
    advance(reset, ResetState.REFUSED, by=by, reason=reason, closed_by=by, closed_at=clock.now())
    return reset


def factor_for(row: Any, act: str, *, by: User) -> Event:
    """Return the event of the second factor a person has just given for this act (a verb's name) on this row.

    Raises RuleViolation ``second_factor_needed``: it was given for nothing, for something else, or too long ago.
    """
    shown = Event.objects.filter(
        verb=SHOWN, outcome=Event.Outcome.DONE, actor=by, object_type=row._meta.label_lower, object_id=row.pk,
        data__act=act, real_at__gte=clock.real_now() - GOOD_FOR,
    )  # fmt: skip
    event = shown.order_by("-pk").first()
    if event is None:
        raise RuleViolation("second_factor_needed", _("这一步要输入您的动态验证码才能办，什么都没有改动"))
    return event


def end_sessions(user: User) -> None:
    """End every session on the person's list."""
    for session in UserSession.objects.filter(user=user):
        SessionStore().delete(session.session_key)
        session.delete()


def _same_office(user: User, by: User) -> None:
    within = RoleGrant.objects.visible_to(Acting(by, "accounts.ask_second_factor_reset"))
    if not within.filter(user=user).exists():
        raise PermissionDenied(_("这个人不在您的辖区或单位范围内"))
