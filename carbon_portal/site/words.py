"""How numbers, days and moments are written for people, in Chinese and British English. Nothing feeds back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language

from kernel import clock, quantities

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NBSP = "\u00a0"
MG_PER_G = 10**3


def english() -> bool:
    """Tell whether the page is being written in English."""
    return (get_language() or "").startswith("en")


def number(value: Decimal | int | str | None, places: int | None = None) -> str:
    """Write a number with thousands commas and a true minus; ``places`` rounds half up, without it all digits stay.

    Trailing zeros of a Decimal are dropped when no places are asked, so 12.5000000000 kWh reads 12.5.
    """
    if value is None or value == "":
        return ""
    exact = Decimal(value)
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    elif exact == exact.to_integral_value():
        exact = exact.quantize(Decimal(1))
    else:
        exact = exact.normalize()
    return f"{exact:,f}".replace("-", "\u2212")


def tonnes(value: int | None) -> str:
    """Write whole tonnes with their unit: ``10,363 t``."""
    return "" if value is None else f"{quantities.tonnes(value)}{NBSP}t"


def yuan(value_fen: int | None) -> str:
    """Write fen as yuan with two decimals: ``612.80 元``, in English ``612.80 yuan``."""
    return "" if value_fen is None else f"{quantities.yuan(value_fen)}{NBSP}{'yuan' if english() else '元'}"


def emission(value_mg: int | None) -> str:
    """Write what was emitted in tonnes with three decimals, rounded up: ``2.410``; the unit is the page's."""
    return "" if value_mg is None else quantities.tonnes_up(value_mg)


def kilograms(value_mg: int | None) -> str:
    """Write milligrams as kilograms with three decimals: ``0.890 kg``."""
    return "" if value_mg is None else f"{quantities.kilograms(value_mg)}{NBSP}kg"


def grams(value_mg: int | None) -> str:
    """Write milligrams as grams to the last digit: ``931,435.853 g``."""
    return "" if value_mg is None else f"{number(Decimal(value_mg) / MG_PER_G)}{NBSP}g"


def _moment(value: date | datetime | str) -> date | datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    return value


def day(value: date | datetime | str | None, short: bool = False) -> str:
    """Write a day: ``2026年11月22日`` or ``22 November 2026``; ``short`` leaves the year out. Takes ISO text too."""
    if not value:
        return ""
    moment = _moment(value)
    if isinstance(moment, datetime):
        moment = clock.local(moment)
    if english():
        return f"{moment.day} {MONTHS[moment.month - 1]}" + ("" if short else f" {moment.year}")
    return ("" if short else f"{moment.year}年") + f"{moment.month}月{moment.day}日"


def moment(value: datetime | str | None, seconds: bool = False, short: bool = False) -> str:
    """Write a moment in Shanghai: ``2026年11月22日 19:26``, with seconds where the law asks for them."""
    if not value:
        return ""
    at = _moment(value)
    if not isinstance(at, datetime):
        return day(at, short)
    time = clock.local(at).strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{day(at, short)}, {time}" if english() else f"{day(at, short)} {time}"


def span(start: date | str | None, end: date | str | None) -> str:
    """Write two days as one span, without repeating what they share: ``2025年1月1日—12月31日``; one day alone."""
    if not start or not end or start == end:
        return day(start or end)
    first, last = _moment(start), _moment(end)
    if english():
        return f"{day(first, short=first.year == last.year)} to {day(last)}"
    if first.year != last.year:
        return f"{day(first)}—{day(last)}"
    return f"{day(first)}—{day(last, short=True)}"
