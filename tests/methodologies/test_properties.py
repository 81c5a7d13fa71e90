"""What holds of every figure, whatever the inputs: more saves no less, nothing is negative, twice is twice, sums are sums."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methodologies.document import parse, quantify, quantify_many

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
DAY = date(2022, 6, 30)
# method, the input that is scaled, the others
LINEAR = (
    ("QD-2021-001-V01", "distance_km", {}),
    ("QD-2021-004-V01", "distance_km", {}),
    ("SH-2021-001-V01", "distance_km", {"mode": "地铁"}),
    ("CN-2023-001-V01", "step_count", {"stride_m": "0.68"}),
    ("CN-2023-002-V01", "energy_kwh", {"grid": "西南"}),
    ("CN-2023-003-V01", "distance_km", {}),
    ("CN-2023-004-V01", "days", {"displacement_l": "1.6"}),
    ("GD-2022-002-V02", "generation_mwh", {}),
    ("GD-2022-005-V01", "mass_kg", {}),
    ("CD-2023-001-V01", "saved_n_kg", {}),
)
every = pytest.mark.parametrize(("number", "name", "others"), LINEAR, ids=[one[0] for one in LINEAR])
amounts = st.decimals(min_value=0, max_value=90, places=3)


def exact(number, name, others, amount):
    document = parse((CATALOGUE / f"{number}.toml").read_text(encoding="utf-8"))
    result = quantify(document, {name: amount, **others}, DAY)
    return list(result.results.values())[-1], result.reduction_mg


@every
@given(one=amounts, other=amounts)
@settings(max_examples=25, deadline=None)
def test_more_saves_no_less_and_nothing_is_negative(number, name, others, one, other):
    less, more = sorted((one, other))
    assert 0 <= exact(number, name, others, less)[1] <= exact(number, name, others, more)[1]


@every
@given(amount=st.decimals(min_value=0, max_value=45, places=3))
@settings(max_examples=25, deadline=None)
def test_twice_as_much_saves_twice_as_much(number, name, others, amount):
    once, twice = exact(number, name, others, amount)[0], exact(number, name, others, 2 * amount)[0]
    assert abs(twice - 2 * once) <= abs(once) * Decimal("1e-30")


@every
@given(column=st.lists(amounts, max_size=12))
@settings(max_examples=15, deadline=None)
def test_a_batch_is_the_sum_of_its_acts(number, name, others, column):
    document = parse((CATALOGUE / f"{number}.toml").read_text(encoding="utf-8"))
    columns = {name: column, **{key: [value] * len(column) for key, value in others.items()}}
    assert quantify_many(document, columns, DAY) == [exact(number, name, others, one)[1] for one in column]


@given(
    actual=st.decimals(min_value=0, max_value=30, places=2),
    history=st.lists(st.decimals(min_value=0, max_value=30, places=2), max_size=9),
)
@settings(max_examples=60, deadline=None)
def test_a_household_never_loses_and_never_gains_more_than_the_baseline(actual, history):
    document = parse((CATALOGUE / "SZ-2021-001-V01.toml").read_text(encoding="utf-8"))
    result = quantify(document, {"actual_kwh": actual, "history_kwh": history}, DAY)
    most = max([Decimal(8), *history])
    assert 0 <= result.reduction_mg <= int(most * Decimal("0.3125") * 10**6)
    if len(history) != 7 and actual >= 8:
        assert result.reduction_mg == 0
