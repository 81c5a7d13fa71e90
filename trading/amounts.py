"""Pure arithmetic of trading: what an agreement costs, and how many units an event needs. Integers only."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from kernel.quantities import MG_PER_T

PPM = 10**6


class Settlement(NamedTuple):
    """What the buyer pays, the fee taken from it, and what the seller receives, in fen."""

    amount_fen: int
    fee_fen: int
    payable_fen: int


def settlement(quantity_t: int, price_fen: int, fee_ppm: int = 0) -> Settlement:
    """Return the money of an agreement: ``quantity_t`` whole tonnes at ``price_fen`` per tonne.

    The fee's rate, in millionths, is applied once to the total and rounded half up (clarification 12): 137 t at 4.50 yuan are
    616.50 yuan, 0.6 % of it 3.70, which leaves 612.80. Raises ValueError for a quantity, price or rate that cannot be.
    """
    if quantity_t <= 0 or price_fen <= 0 or not 0 <= fee_ppm <= PPM:
        raise ValueError("an agreement has a positive quantity and price, and a fee between nothing and all")
    amount_fen = quantity_t * price_fen
    fee_fen = (2 * amount_fen * fee_ppm + PPM) // (2 * PPM)
    return Settlement(amount_fen, fee_fen, amount_fen - fee_fen)


def offset_cap(base: str, ratio: Decimal, allowance_t: int, emission_t: int, *, within_shortfall: bool) -> int:
    """Return the most an emitter may offset in a year, in whole tonnes, rounded down (clarification 15).

    ``base`` is what the ratio is of: ALLOWANCE (initial allowance), EMISSION (verified emission) or SHORTFALL; ``within_shortfall``
    caps the result at what is missing. Hubei (domain §5.3): 10 % of 1,000,000 t with 1,060,000 t emitted are 60,000 t, because no
    more is missing. Raises ValueError for figures that cannot be.
    """
    if allowance_t < 0 or emission_t < 0 or not 0 < ratio <= 1:
        raise ValueError("an allowance and an emission are at least 0, and a ratio lies between 0 and 1")
    shortfall_t = max(emission_t - allowance_t, 0)
    whole = {"ALLOWANCE": allowance_t, "EMISSION": emission_t, "SHORTFALL": shortfall_t}[base]
    over, under = ratio.as_integer_ratio()
    cap = whole * over // under
    return min(cap, shortfall_t) if within_shortfall else cap


def needed_tonnes(emission_mg: int, external_mg: int = 0) -> int:
    """Return the whole units an event has to retire: what is left of its emission after accepted external units, rounded up.

    Clarification 15: 3,000.000 kg need 3 t and 3,000.001 kg need 4 t. Both arguments are milligrams of CO2e, at least 0;
    more external units than emission leave nothing to retire.
    """
    if emission_mg < 0 or external_mg < 0:
        raise ValueError("neither an emission nor accepted units are negative")
    return -(-max(emission_mg - external_mg, 0) // MG_PER_T)
