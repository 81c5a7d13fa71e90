"""Which passwords are good enough (GB/T 22239-2019, 8.1.4.1: complexity; the figures are the product's)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KINDS = 3


def kinds_in(password: str) -> int:
    """Return how many of the four kinds are in a password: small letters, capitals, digits, anything else."""
    kinds = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    return sum(any(kind(character) for character in password) for kind in kinds)


class ThreeKindsForStaff:
    """Wants three of the four kinds of character from people with a role of the bureau."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError ``password_too_plain`` for a person of the bureau whose password has fewer kinds."""
        if user is not None and user.pk and user.is_staff and kinds_in(password) < KINDS:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return _("主管部门人员的密码，大写字母、小写字母、数字、符号四类中至少要有三类")
