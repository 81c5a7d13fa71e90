"""Every figure of domain §3 comes out exactly, and alike through the page, the API and in bulk."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from kernel.quantities import MG_PER_KG, MG_PER_T, floor_mg, issuable, t_to_mg
from kernel.rules import RuleViolation
from methodologies.document import parse, quantify, quantify_many
from tests.methodologies.vectors import VECTORS, Vector

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
every = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def document_of(number):
    return parse((CATALOGUE / f"{number}.toml").read_text(encoding="utf-8"))


def exactly(vector: Vector) -> tuple[Decimal, list[int]]:
    """Return the exact total and the milligrams of each act, computed act by act."""
    exact, milligrams = Decimal(0), []
    for number, given in vector.acts:
        result = quantify(document_of(number), given, date.fromisoformat(vector.on), vector.region or None)
        exact += max(list(result.results.values())[-1], Decimal(0))
        milligrams.append(result.reduction_mg)
    return exact, milligrams


def booked(vector: Vector) -> int:
    """Return the milligrams the doors must give: those of the stated total, where the domain states it unrounded."""
    if vector.places is not None:
        return sum(exactly(vector)[1])
    assert vector.total is not None
    tonnes = document_of(vector.acts[0][0]).result == "t"
    return t_to_mg(vector.total) if tonnes else floor_mg(vector.total)


def test_the_thirty_vectors_of_the_domain_are_all_here():
    assert [vector.name for vector in VECTORS][:30] == [f"T{n:02d}" for n in range(1, 31)]


@every
def test_the_exact_result(vector):
    if vector.total is None:
        with pytest.raises(RuleViolation) as refusal:
            exactly(vector)
        assert refusal.value.code == vector.expected
        return
    exact, milligrams = exactly(vector)
    if vector.places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-vector.places), ROUND_HALF_UP)
    assert exact == vector.total
    assert sum(milligrams) == booked(vector)


@every
def test_in_bulk(vector):
    def bulk():
        on, region = date.fromisoformat(vector.on), vector.region or None
        return [
            quantify_many(document_of(number), {name: [value] * 3 for name, value in given.items()}, on, region)
            for number, given in vector.acts
        ]

    if vector.total is None:
        with pytest.raises(RuleViolation) as refusal:
            bulk()
        assert refusal.value.code == vector.expected
        return
    found = bulk()
    assert all(len(set(rows)) == 1 for rows in found)
    assert sum(rows[0] for rows in found) == booked(vector)


@every
@pytest.mark.django_db
def test_over_the_api(client, vector):
    total = 0
    for number, given in vector.acts:
        body = {"inputs": given, "on": vector.on} | ({"region": vector.region} if vector.region else {})
        answer = client.post(f"/api/v1/methods/{number}/quantify", body, content_type="application/json")
        if vector.total is None:
            assert (answer.status_code, answer.json()["code"]) == (409, vector.expected)
            return
        assert answer.status_code == 200, answer.content.decode()
        total += answer.json()["reduction_mg"]
    assert total == booked(vector)


@every
@pytest.mark.django_db
def test_on_the_page(client, vector):
    total = 0
    for number, given in vector.acts:
        asked = {name: value if isinstance(value, str) else ", ".join(value) for name, value in given.items()}
        asked |= {"on-day": vector.on, "in-region": vector.region}
        page = client.get(reverse("method", args=[number]), asked).content.decode()
        found = re.search(r'data-mg="(\d+)"', page)
        if vector.total is None:
            assert found is None
            assert "没有可用的数值" in page
            return
        assert found is not None
        total += int(found[1])
    assert total == booked(vector)


def test_a_pv_claim_of_t19_issues_whole_tonnes_and_carries_the_rest():
    assert issuable(exactly(next(one for one in VECTORS if one.name == "T19"))[1][0], 0) == (722, 177_500_000)


def test_a_seagrass_claim_of_t27_issues_whole_tonnes():
    assert issuable(exactly(next(one for one in VECTORS if one.name == "T27"))[1][0], 0)[0] == 157


def test_a_thousand_refuels_one_by_one_are_the_same_to_the_milligram():
    refuel = document_of("CN-2023-005-V01")
    assert sum(quantify_many(refuel, {"orders": ["1"] * 1000}, date(2023, 1, 1))) == 76 * MG_PER_KG // 10


def test_the_units_of_the_doors_are_milligrams():
    assert (MG_PER_KG, MG_PER_T) == (10**6, 10**9)
