"""Decimals from text, and the one context all methods are computed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from kernel.rules import RuleViolation, require
from kernel.rules import sentence as _

# Decimal128: 34 digits. The context of the running thread may be any, so every evaluation enters this one.
CONTEXT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[DivisionByZero, InvalidOperation, Overflow]
)

_WHOLE, _FRACTION = 15, 19  # at most 34 digits, so that nothing given is rounded
_PLAIN = rf"[0-9]{{1,{_WHOLE}}}(?:\.[0-9]{{1,{_FRACTION}}})?"
_NUMBER = re.compile(rf"-?{_PLAIN}")
UNSIGNED = re.compile(_PLAIN)


def decimal(value: object) -> Decimal:
    """Return a plain decimal (text, int or Decimal) or raise RuleViolation("bad_number").

    Refused on purpose, although ``Decimal`` reads them: exponents, underscores, full-width digits, NaN, floats.
    """
    if isinstance(value, Decimal):
        require(value.is_finite(), "bad_number", _("不是一个有限的数"))
        return value
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise RuleViolation("bad_number", _("“{value}”不是数字；请写成 1234.5 这样的十进制数", value=str(value)[:40]))
    return Decimal(text)


def decimals(column: Sequence[str]) -> list[Decimal]:
    """Return a column of text as decimals, as strictly as :func:`decimal` but most of it at once.

    Raises RuleViolation("bad_number") for the first value that is not a plain decimal.
    """
    if _plain(column):
        try:
            return list(map(Decimal, column))
        except InvalidOperation:
            pass  # the strict way below finds the value and its sentence
    return [decimal(value) for value in column]


def _plain(column: Sequence[str]) -> bool:
    """Return whether only values ``Decimal`` itself refuses could still be wrong: short, ASCII, no odd point or break."""
    joined = "\n".join(["", *column, ""])
    return (
        joined.isascii()
        and not joined.encode().translate(None, b"0123456789.-\n")
        and joined.count("\n") == len(column) + 1
        and not any(odd in joined for odd in ("\n.", "-.", ".\n"))
        and max(map(len, column), default=0) <= _WHOLE
    )
