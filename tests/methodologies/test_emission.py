"""Documents of what was emitted: T35 to the gram, rounded up at the milligram, and never a reduction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kernel.rules import RuleViolation
from methodologies.document import check, emission, outcomes, parse, quantify, quantify_many

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
ELECTRICITY, GAS, PETROL = (
    parse((CATALOGUE / f"CN-2019-90{n}-V01.toml").read_text(encoding="utf-8")) for n in (1, 2, 3)
)
ON, SHANGHAI = date(2026, 11, 14), "310000"


def test_the_meeting_of_t35_emits_2409_680_kg() -> None:
    items = (
        (ELECTRICITY, {"electricity_kwh": "3000"}, 1_754_700_000),
        (GAS, {"gas_m3": "100"}, 216_220_000),
        (PETROL, {"petrol_l": "200"}, 438_760_000),
    )
    found = [emission(document, inputs, ON, SHANGHAI).emission_mg for document, inputs, _mg in items]
    assert found == [mg for _document, _inputs, mg in items]
    assert sum(found) == 2_409_680_000


def test_an_emission_is_rounded_up_to_the_milligram() -> None:
    """0.0001 m³ are 216.22 mg."""
    assert emission(GAS, {"gas_m3": "0.0001"}, ON).emission_mg == 217
    assert emission(GAS, {"gas_m3": "0"}, ON).emission_mg == 0


def test_the_factor_of_the_place_is_told_with_its_source() -> None:
    told = emission(ELECTRICITY, {"electricity_kwh": Decimal(1)}, ON, "310115")
    assert (told.code, told.version, told.digest) == ("CN-2019-901", 1, ELECTRICITY.digest)
    (factor,) = told.parameters
    assert (factor["value"], factor["region"], factor["valid_from"]) == ("0.5849", "310000", "2022-01-01")
    assert "2022" in factor["source"]


@pytest.mark.parametrize("document", [ELECTRICITY, GAS, PETROL])
def test_the_catalogues_emission_documents_may_be_published(document: object) -> None:
    check(document)  # type: ignore[arg-type]
    assert all(one.exact for one in outcomes(document))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("inputs", "region", "on", "code"),
    [
        ({"electricity_kwh": "-1"}, SHANGHAI, ON, "bad_input"),
        ({"electricity_kwh": "三千"}, SHANGHAI, ON, "bad_input"),
        ({"electricity_kwh": "3000"}, "990100", ON, "no_factor"),
        ({"electricity_kwh": "3000"}, SHANGHAI, date(2021, 12, 31), "no_factor"),
        ({}, SHANGHAI, ON, "bad_input"),
        ({"electricity_kwh": "1", "gas_m3": "1"}, SHANGHAI, ON, "bad_input"),
    ],
)
def test_what_cannot_be_counted_is_refused(inputs: dict[str, str], region: str, on: date, code: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        emission(ELECTRICITY, inputs, on, region)
    assert refused.value.code == code


def test_an_emission_is_never_taken_for_a_reduction_nor_the_other_way_round() -> None:
    with pytest.raises(RuleViolation) as refused:
        quantify(GAS, {"gas_m3": "100"}, ON)
    assert refused.value.code == "not_a_reduction"
    with pytest.raises(RuleViolation) as refused:
        quantify_many(GAS, {"gas_m3": ["100"]}, ON)
    assert refused.value.code == "not_a_reduction"
    pv = parse((CATALOGUE / "GD-2022-002-V02.toml").read_text(encoding="utf-8"))
    with pytest.raises(RuleViolation) as refused:
        emission(pv, {"generation_mwh": "1"}, ON)
    assert refused.value.code == "not_an_emission"


def test_an_emission_below_nothing_is_refused() -> None:
    text = GAS.text.replace('E = "gas_m3 * gas_factor"', 'E = "gas_m3 * gas_factor - 10 * gas_factor * gas_m3"')
    with pytest.raises(RuleViolation) as refused:
        emission(parse(text), {"gas_m3": "1"}, ON)
    assert refused.value.code == "not_computable"


def test_an_emission_in_steps_is_its_last_one() -> None:
    text = GAS.text.replace("[formula]\n", '[formula]\nhalf = "gas_m3 / 2"\n', 1)
    assert emission(parse(text), {"gas_m3": "100"}, ON).emission_mg == 216_220_000
