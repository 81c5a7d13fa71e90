"""What an agreement costs and how many units an event needs, to the fen and to the milligram."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.amounts import Settlement, needed_tonnes, settlement

KG = 10**6


def test_the_example_of_the_fee_comes_out() -> None:
    assert settlement(137, 450, 6_000) == Settlement(61_650, 370, 61_280)


@pytest.mark.parametrize(
    ("quantity_t", "price_fen", "ppm", "fee_fen"),
    [
        (1, 250, 2_000, 1),  # half a fen goes up
        (1, 249, 2_000, 0),
        (3, 4_000, 0, 0),
        (1, 1, 1_000_000, 1),
        (999_999_999, 10**9, 6_000, 5_999_999_994_000_000),
    ],
)
def test_a_rate_is_applied_once_to_the_total_and_rounded_half_up(
    quantity_t: int, price_fen: int, ppm: int, fee_fen: int
) -> None:
    assert settlement(quantity_t, price_fen, ppm).fee_fen == fee_fen


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10**6))
def test_fee_and_payable_make_up_the_amount(quantity_t: int, price_fen: int, ppm: int) -> None:
    money = settlement(quantity_t, price_fen, ppm)
    assert money.amount_fen == quantity_t * price_fen == money.fee_fen + money.payable_fen
    assert 0 <= money.fee_fen <= money.amount_fen


@pytest.mark.parametrize(
    ("quantity_t", "price_fen", "ppm"), [(0, 1, 0), (1, 0, 0), (-1, 5, 0), (1, 1, -1), (1, 1, 10**6 + 1)]
)
def test_what_cannot_be_agreed_has_no_price(quantity_t: int, price_fen: int, ppm: int) -> None:
    with pytest.raises(ValueError, match="agreement"):
        settlement(quantity_t, price_fen, ppm)


@pytest.mark.parametrize(
    ("emission_mg", "external_mg", "needed_t"),
    [
        (2_409_680_000, 0, 3),  # T35
        (3_000_000_000, 0, 3),
        (3_000_001_000, 0, 4),
        (3_000_000_001, 0, 4),
        (3_000_001_000, 1_000, 3),
        (2_409_680_000, 409_680_000, 2),
        (2_409_680_000, 2_409_680_000, 0),
        (1, 5 * KG, 0),
        (0, 0, 0),
        (1, 0, 1),
    ],
)
def test_what_is_left_of_an_emission_is_rounded_up_to_whole_tonnes(
    emission_mg: int, external_mg: int, needed_t: int
) -> None:
    assert needed_tonnes(emission_mg, external_mg) == needed_t


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_the_units_cover_the_emission_and_one_less_would_not(emission_mg: int, external_mg: int) -> None:
    needed_mg = needed_tonnes(emission_mg, external_mg) * 10**9
    left = max(emission_mg - external_mg, 0)
    assert needed_mg - 10**9 < left <= needed_mg


@pytest.mark.parametrize(("emission_mg", "external_mg"), [(-1, 0), (1, -1)])
def test_nothing_is_negative(emission_mg: int, external_mg: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        needed_tonnes(emission_mg, external_mg)
