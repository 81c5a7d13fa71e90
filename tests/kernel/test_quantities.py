"""Clarifications 1, 2 and 12, the capital numerals of design §11 and vector T38."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import quantities
from kernel.shares import share

T = quantities.MG_PER_T


@pytest.mark.parametrize(
    ("kg", "mg"),
    [("0.890", 890_000), ("0.0000009", 0), ("0.0000019", 1), ("-0.0000001", -1), ("7.6", 7_600_000), ("1E+3", 10**9)],
)
def test_an_act_is_floored_once_at_the_milligram(kg, mg):
    assert quantities.floor_mg(Decimal(kg)) == mg


def test_a_long_decimal_is_floored_exactly_whatever_the_ambient_precision():
    assert (
        quantities.floor_mg(Decimal("123456789012345678901234567890.9999999")) == 123456789012345678901234567890999999
    )
    assert quantities.t_to_mg(Decimal("722.1775")) == 722_177_500_000


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)))
def test_many_are_floored_as_each_by_itself(amounts):
    assert quantities.floors_mg(amounts, quantities.MG_PER_KG) == [quantities.floor_mg(one) for one in amounts]
    assert quantities.floors_mg(amounts, T) == [quantities.t_to_mg(one) for one in amounts]


def test_a_long_one_among_many_is_floored_exactly_too():
    long = Decimal(f"0.{'9' * 70}")
    assert quantities.floors_mg([Decimal("7.6"), long, -long], quantities.MG_PER_KG) == [7_600_000, 999_999, -1_000_000]


def test_a_float_is_refused():
    with pytest.raises(TypeError):
        quantities.floor_mg(0.89)


def test_a_thousand_small_acts_are_exact():
    assert sum(quantities.floor_mg(Decimal("0.0076")) for _ in range(1000)) == quantities.floor_mg(Decimal("7.6"))


@pytest.mark.parametrize(
    ("verified", "issued", "expected"),
    [
        (722_177_500_000, 0, (722, 177_500_000)),
        (722_177_500_000 + 822_500_000, 722, (1, 0)),
        (722_177_500_000 - 1_000_000_000, 722, (0, -822_500_000)),
        (-5, 0, (0, -5)),
        (1_931_435_853, 0, (1, 931_435_853)),
    ],
)
def test_whole_tonnes_are_issued_and_the_rest_is_carried(verified, issued, expected):
    assert quantities.issuable(verified, issued) == expected


@given(st.lists(st.integers(-2 * T, 5 * T), max_size=20))
def test_carrying_loses_nothing_and_never_issues_more_than_was_verified(periods):
    verified = issued = carry = 0
    for mg in periods:
        verified += mg
        tonnes, carry = quantities.issuable(verified, issued)
        issued += tonnes
        assert carry < T
        assert tonnes >= 0
    assert issued * T + carry == verified


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "零吨"),
        (3, "叁吨"),
        (2001, "贰仟零壹吨"),
        (10363, "壹万零叁佰陆拾叁吨"),
        (100010, "壹拾万零壹拾吨"),
        (1000000, "壹佰万吨"),
        (100100000, "壹亿零壹拾万吨"),
    ],
)
def test_tonnes_in_capital_numerals(n, words):
    assert quantities.tonnes_words(n) == words


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (4180, "肆拾壹元捌角整"),
        (5705, "伍拾柒元零伍分"),
        (41452000, "肆拾壹万肆仟伍佰贰拾元整"),
        (0, "零元整"),
        (50, "伍角整"),
    ],
)
def test_amounts_in_capital_numerals(fen, words):
    assert quantities.yuan_words(fen) == words


def test_a_document_states_nothing_negative():
    with pytest.raises(ValueError):
        quantities.tonnes_words(-1)
    with pytest.raises(ValueError):
        quantities.yuan_words(-1)


def test_displays():
    assert quantities.yuan(41452000) == "414,520.00"
    assert quantities.yuan(-5) == "−0.05"
    assert quantities.tonnes(10363) == "10,363"
    assert quantities.tonnes(-1) == "−1"
    assert quantities.grams(383_800) == "383"
    assert quantities.kilograms(890_000) == "0.890"
    assert quantities.kilograms(500) == "0.001"
    assert quantities.kilograms(931_435_853, 6) == "931.435853"
    assert quantities.tonnes_exact(931_435_853) == "0.931435853"
    assert quantities.mass(12_840_000) == "12.84\u00a0kg"
    assert quantities.mass(1000 * 10**6) == "1.000\u00a0t"
    assert quantities.kilograms(-400, 3) == "0.000"


def test_proceeds_are_shared_by_weight():
    assert share(300_000, [10, 20, 70]) == [30_000, 60_000, 210_000]


def test_the_remainder_goes_to_the_largest_and_among_equals_to_the_first():
    assert share(100, [1, 1, 1]) == [34, 33, 33]
    assert share(100, [1, 5, 5]) == [9, 46, 45]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [0, 0]), (1, []), (1, [2, -1])])
def test_a_share_nobody_can_take_is_refused(total, weights):
    with pytest.raises(ValueError):
        share(total, weights)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_shares_add_up_to_the_total(total, weights):
    parts = share(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)
    largest = weights.index(max(weights))
    assert all(
        part == total * w // sum(weights)
        for i, (part, w) in enumerate(zip(parts, weights, strict=True))
        if i != largest
    )


@pytest.mark.parametrize(
    ("mg", "said"),
    [
        (2_409_680_000, "2.410"),
        (2_409_000_000, "2.409"),
        (2_409_000_001, "2.410"),
        (1, "0.001"),
        (0, "0.000"),
        (1_234_567_000_000, "1,234.567"),
    ],
)
def test_an_emission_is_stated_no_lower_than_it_is(mg, said):
    assert quantities.tonnes_up(mg) == said


def test_no_emission_is_negative():
    with pytest.raises(ValueError, match="negative"):
        quantities.tonnes_up(-1)


def test_words_begin_at_nothing_and_never_below():
    assert quantities.tonnes_words(0) == "零吨"
    for words in (quantities.tonnes_words, quantities.yuan_words):
        with pytest.raises(ValueError, match="negative"):
            words(-1)


def test_money_shows_its_sign_only_below_nothing():
    assert [quantities.yuan(fen) for fen in (0, 1, -1, -99, 100)] == ["0.00", "0.01", "−0.01", "−0.99", "1.00"]


def test_a_mass_turns_to_tonnes_at_a_thousand_kilograms():
    assert quantities.mass(999_500_000) == "999.50\u00a0kg"
    assert quantities.mass(-999_500_000) == "−999.50\u00a0kg"
    assert quantities.mass(1_000_000_000) == "1.000\u00a0t"
