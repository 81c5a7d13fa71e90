"""What a person's telephone shows: the code of the app, from the secret on the page."""

from __future__ import annotations

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

STEP_S = 30


def app_code(secret: str, *, later: int = 0) -> str:
    """Return the code of a secret now, or ``later`` half minutes on (one on still opens, and was not used before)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP_S + later))
