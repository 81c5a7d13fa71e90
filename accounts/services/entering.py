"""Signing in by a code on the telephone."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import SmsCode, User
from accounts.roles import Role
from accounts.services.codes import check_code
from accounts.services.people import user_of_phone
from accounts.workflow import RuleViolation, record, sentence

# Said alike for both, so that nobody learns which numbers are registered.
ALIKE = {"bad_code", "phone_unknown"}


def enter_by_code(*, phone: str, code: str) -> User:
    """Return the person whose telephone has the code, and write down who came in.

    A code alone opens no office and no company: whoever holds a role there is treated as unknown. A natural person's own account
    may be looked at; what goes out of it asks for the second factor each time. Raises RuleViolation
    ``bad_phone``, ``code_expired``, ``too_many_tries``, or ``bad_login`` for an unknown number and a wrong code alike; the
    event keeps which of the two it was.
    """
    try:
        user = _entering(phone, code)
    except RuleViolation as refusal:
        told = refusal
        if refusal.code in ALIKE:
            told = RuleViolation("bad_login", _("手机号或验证码不对；没有用这个手机号开过账户的，请先开户"))
        record("accounts.enter_by_code", None, by=None, refused=refusal.code, said=sentence(told))
        raise told from refusal
    record("accounts.enter_by_code", user, by=user)
    return user


def demo_person(username: str) -> User:
    """Return the person of a demo who comes in by one click, which counts as both factors. Raises RuleViolation ``no_demo``.

    There is no such door outside a demo or a test, whatever the address is asked for.
    """
    if not (settings.DEMO or settings.TESTING):
        raise RuleViolation("no_demo", _("这里不是演示环境，请用用户名和密码登录"))
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not user.has_usable_password():
        raise RuleViolation("no_demo", _("没有这个演示用户"))
    return user


def _entering(phone: str, code: str) -> User:
    check_code(phone=phone, purpose=SmsCode.Purpose.LOGIN, code=code)
    user = user_of_phone(phone)
    if user is None or user.grants_now().exclude(role__in=(Role.CITIZEN, Role.HOLDER)).exists():
        raise RuleViolation("phone_unknown")
    return user
