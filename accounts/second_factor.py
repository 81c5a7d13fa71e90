"""Forms for the second factor that count wrong codes where wrong passwords are counted, and take a code once."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.events import record
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
            if not cache.add(f"code-taken-{user.pk}-{code.strip()}", "1", timeout=CODE_LIVES_S):
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
