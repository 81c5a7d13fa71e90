"""Forms for the second factor that count wrong codes where wrong passwords are counted, and take a code once."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.app_settings import TOTP_PERIOD
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.events import record
from accounts.models import Event, User
from accounts.services.factors import SHOWN
from accounts.services.tries import CODE, begin_try, forget_tries
from accounts.workflow import RuleViolation, sentence

# A code of the app is good for its own half minute and the one to either side.
CODE_LIVES_S = 120
NUMBERS = {"inputmode": "numeric", "autocomplete": "one-time-code", "placeholder": ""}


class Counted:
    """Five wrong codes close the door as five wrong passwords do; a code that was taken is not taken again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]  # type: ignore[attr-defined]
        code.label, code.max_length = _("验证码"), 20
        code.widget.attrs |= NUMBERS

    def clean_code(self) -> str:
        """Return the code when it is right. Raises ValidationError, with the time when the door opens again."""
        user = self.user  # type: ignore[attr-defined]
        try:
            begin_try(CODE, str(user.pk))
        except RuleViolation as refusal:
            record("accounts.show_second_factor", user, by=None, refused=refusal.code, said=sentence(refusal))
            raise ValidationError(sentence(refusal), code=refusal.code) from refusal
        try:
            code = super().clean_code()  # type: ignore[misc]
            if not _taken_now(user, code.strip()):
                raise get_adapter().validation_error("incorrect_code")
        except ValidationError as wrong:
            record("accounts.show_second_factor", user, by=None, refused="bad_code", said="".join(wrong.messages))
            raise
        forget_tries(CODE, str(user.pk))
        return code


class CodeForm(Counted, AuthenticateForm):
    """The code on the way in: of the app, or a recovery code."""


class CodeAgainForm(Counted, ReauthenticateForm):
    """The code again, before something is changed."""


class FirstCodeForm(Counted, ActivateTOTPForm):
    """The first code of an app that has just read the secret."""


def has_one(user: User) -> bool:
    """Tell whether somebody has set up a second factor."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def prove(row: Any, act: str, code: str, *, by: User) -> Event:
    """Take a code for one act (a verb's name) on one row and write down that it was given: the order keeps the event.

    Called by a page before the verb, because a wrong code is counted also when nothing else is kept. Counted and taken once, as on
    the way in. Raises RuleViolation ``no_second_factor``, ``bad_code``, ``locked_out``.
    """
    if not has_one(by):
        raise RuleViolation("no_second_factor", gettext("请先设置第二因素（动态验证码），再来办这一步"))
    begin_try(CODE, str(by.pk))
    typed = "".join(code.split())
    factors = [row.wrap() for row in Authenticator.objects.filter(user=by)]
    if not any(factor.validate_code(typed) for factor in factors) or not _taken_now(by, typed):
        said = str(get_adapter().error_messages["incorrect_code"])
        record(SHOWN, row, by=by, refused="bad_code", said=said)
        raise RuleViolation("bad_code", said)
    forget_tries(CODE, str(by.pk))
    return record(SHOWN, row, by=by, data={"act": act})


def _taken_now(user: User, code: str) -> bool:
    """Take a code; False when it was taken before."""
    return cache.add(f"code-taken-{user.pk}-{code}", "1", timeout=CODE_LIVES_S)


def demo_code(user: User) -> str:
    """Return the code the person's app shows now, in a demo only, where nobody has the telephone; nothing anywhere else."""
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first() if settings.DEMO else None
    if factor is None:
        return ""
    secret, step = get_adapter().decrypt(factor.data["secret"]), int(time.time()) // TOTP_PERIOD
    codes = [format_hotp_value(hotp_value(secret, step + later)) for later in (0, 1)]  # the next one opens already
    return next((code for code in codes if not cache.get(f"code-taken-{user.pk}-{code}")), "")
