"""What the log-in library (django-allauth) asks of the portal: who gets in, what is counted, how a secret is kept."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.context import caller
from accounts.events import record
from accounts.models import User
from accounts.personal import seal, unseal
from accounts.roles import Role
from accounts.services.tries import PASSWORD, begin_try, forget_tries
from accounts.visitor import came_by, show_second_factor
from accounts.workflow import RuleViolation, sentence

SILENT = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}
WRONG = _("用户名或密码不对，请检查大小写后再试")


class AccountDoor(DefaultAccountAdapter):
    """Name and password: tries are counted in PostgreSQL, and everybody who comes in or is refused leaves an event."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "incorrect_password": WRONG,
        "too_many_login_attempts": _("试得太多了，请稍后再试"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers through the library's own form; ours asks for a code first."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the person with this name and password, counting the try first."""
        name = str(credentials.get("username", ""))
        known = User.objects.filter(username=name).first()
        try:
            begin_try(PASSWORD, name)
        except RuleViolation as refusal:
            record("accounts.sign_in", known, by=None, refused=refusal.code, said=sentence(refusal))
            raise ValidationError(sentence(refusal), code=refusal.code) from refusal
        user = authenticate(request, **credentials)
        if user is None:
            record("accounts.sign_in", known, by=None, refused="bad_login", said=str(WRONG))
            return None
        forget_tries(PASSWORD, name)
        return user

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session, remember whether a second factor was shown on the way, and write down who came in."""
        steps = came_by(request, user)
        super().login(request, user)
        if {"mfa", "demo"} & set(steps):
            show_second_factor(request.session, user)
        record("accounts.sign_in", user, by=user, data={"steps": steps})

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address the events know too."""
        return caller().ip or "0.0.0.0"  # noqa: S104  a socket has no address

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask for the password again before the second factor is touched, unless it was typed just now.

        Who has no password and came in by a code on the telephone shows the factor itself: else whoever has the telephone's number
        would have the factor, and the recovery codes, too.
        """
        steps = get_authentication_records(self.request, self.request.user) if self.request else []
        limit = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        recent = {step["method"] for step in steps if step["at"] > limit} - {"demo"}
        return not (recent & {"mfa"} if self._by_factor_only() else recent)

    def _by_factor_only(self) -> bool:
        user: Any = self.request.user if self.request else None
        if user is None or not user.is_authenticated or user.has_usable_password():
            return False
        return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *args: Any, **kw: Any
    ) -> None:
        """Say what was done, but not that somebody came in or went out: the head of the page shows it."""
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kw)


class SecondFactorDoor(DefaultMFAAdapter):
    """The second factor: its secret is sealed like personal fields, and people of the bureau cannot go without one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("主管部门人员和个人持有人必须有第二因素，不能停用；丢失的请找安全管理员重置"),
        "incorrect_code": _("验证码不对，请看手机上现在显示的六位数字，或用一个没用过的恢复码"),
    }

    def get_totp_label(self, user: Any) -> str:
        """Return what the app on the telephone shows for the person."""
        return user.username

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """People without a role of the bureau may go back to the password alone, but for who acts alone with the factor."""
        user = authenticator.user
        return not (user.is_staff or user.grants_now().filter(role=Role.HOLDER).exists())
