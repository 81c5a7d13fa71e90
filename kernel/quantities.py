"""Masses and money as integers, and how people read them.

Reductions are booked in milligrams of CO2e, registry units in tonnes, money in fen. What is shown never feeds back.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext

MG_PER_G = 10**3
MG_PER_KG = 10**6
MG_PER_T = 10**9
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


def floor_mg(kg: Decimal) -> int:
    """Return kilograms as whole milligrams, rounded down (a deduction away from zero). Exact at any length."""
    return _floor(kg, MG_PER_KG)


def t_to_mg(t: Decimal) -> int:
    """Return tonnes as whole milligrams, rounded down."""
    return _floor(t, MG_PER_T)


def floors_mg(amounts: Sequence[Decimal], mg_per_unit: int) -> list[int]:
    """Return many amounts as whole milligrams, each as :func:`floor_mg` or :func:`t_to_mg` gives it, much faster.

    ``mg_per_unit`` is a power of ten, so a product that fits the context is exact; one that does not is floored exactly.
    """
    times = Decimal(mg_per_unit)
    try:
        with localcontext(_EXACT):
            return [(amount * times).__floor__() for amount in amounts]
    except Inexact:
        return [_floor(amount, mg_per_unit) for amount in amounts]


def _floor(amount: Decimal, factor: int) -> int:
    if not isinstance(amount, Decimal):
        raise TypeError("a quantity is a Decimal")
    numerator, denominator = amount.as_integer_ratio()
    return numerator * factor // denominator


def issuable(verified_mg_total: int, issued_t: int) -> tuple[int, int]:
    """Return tonnes that may be issued now and milligrams carried, given all verified so far and issued before.

    A deduction beyond the carry gives 0 tonnes and a negative carry, which later periods have to fill first.
    """
    tonnes = max(verified_mg_total // MG_PER_T - issued_t, 0)
    return tonnes, verified_mg_total - (issued_t + tonnes) * MG_PER_T


def tonnes_words(n: int) -> str:
    """Return whole tonnes in the capital numerals of certificates, as 壹万零叁佰陆拾叁吨."""
    if n < 0:
        raise ValueError("a certificate states no negative tonnes")
    return f"{_capitals(n, 'up')}吨"


def yuan_words(fen: int) -> str:
    """Return an amount in capital numerals; 整 follows when no fen follow, as the rules for bills require."""
    if fen < 0:
        raise ValueError("a bill states no negative amount")
    words = _capitals(yuan(fen).replace(",", ""), "rmb")
    return f"{words}整" if words.endswith("角") else words


def _capitals(number: int | str, mode: str) -> str:
    import cn2an  # a third of a second of start-up, which only papers need

    return str(cn2an.an2cn(number, mode))


def yuan(fen: int) -> str:
    """Return fen as yuan with two decimals, as 414,520.00."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def tonnes(n: int) -> str:
    """Return whole tonnes with thousands commas and no unit, as 10,363."""
    return f"{'−' if n < 0 else ''}{abs(n):,}"


def grams(mg: int) -> str:
    """Return whole grams of one act, cut and not rounded up: 383,800 mg is 383."""
    return f"{mg // MG_PER_G:,}"


def kilograms(mg: int, places: int = 3) -> str:
    """Return kilograms rounded half up to ``places`` decimals (6 is exact)."""
    return _half_up(mg, MG_PER_KG, places)


def tonnes_exact(mg: int) -> str:
    """Return tonnes with all nine decimals, as 0.931435853; what a carry is shown with."""
    return _half_up(mg, MG_PER_T, 9)


def tonnes_up(mg: int, places: int = 3) -> str:
    """Return an emission in tonnes rounded up to ``places`` decimals, so that what is stated covers it: 2,409.68 kg is 2.410."""
    if mg < 0:
        raise ValueError("no emission is negative")
    step = MG_PER_T // 10**places
    whole, rest = divmod(-(-mg // step), 10**places)
    return f"{whole:,}.{rest:0{places}d}"


def mass(mg: int) -> str:
    """Return a person's or month's total with its unit: kg with two decimals, from 1,000 kg on t with three."""
    if abs(mg) < 1000 * MG_PER_KG:
        return f"{_half_up(mg, MG_PER_KG, 2)}\u00a0kg"
    return f"{_half_up(mg, MG_PER_T, 3)}\u00a0t"


def _half_up(mg: int, per_unit: int, places: int) -> str:
    step = per_unit // 10**places
    steps = (2 * abs(mg) + step) // (2 * step)
    whole, rest = divmod(steps, 10**places)
    sign = "−" if mg < 0 and steps else ""
    return f"{sign}{whole:,}" + (f".{rest:0{places}d}" if places else "")
