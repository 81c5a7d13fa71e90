"""The catalogue: what the methods rest on, and what is known only by name."""

import tomllib
from pathlib import Path

import pytest
from django.urls import reverse

from methodologies.document import Document, parse
from methodologies.models import Method
from methodologies.services import known
from methodologies.states import TextState

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(CATALOGUE.glob("*.toml"))}
DOCUMENTS = {number: parse(text) for number, text in TEXTS.items()}
STOCK = ("GD-2022-001-V01", "GD-2023-001-V01", "SD-2023-001-V01", "SC-2023-001-V01")


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=str)
def test_no_method_claims_an_official_number_or_text(document: Document):
    assert "自编" in document.chapters["note"]
    assert document.evidence in "ABC"
    assert all(entry.source for one in document.parameters.values() for entry in one.entries)


def test_only_the_methods_without_a_factor_are_qualitative():
    assert {number for number, one in DOCUMENTS.items() if one.kind == "qualitative"} == {
        "CN-2023-011-V01",
        "CN-2023-012-V01",
    }


def test_a_project_shows_baseline_project_emission_leakage_and_reduction():
    ours = {
        number: one for number, one in DOCUMENTS.items() if one.scope == "project" and one.title.endswith("减排方法")
    }
    assert len(ours) >= 3
    for number in ours.keys() - {*STOCK}:
        assert {"BE", "PE", "LE", "ER"} <= ours[number].formula.keys(), number


def test_forest_habitat_mangrove_and_seagrass_are_one_method_of_stock_change():
    lines = [
        {name: DOCUMENTS[number].formula[name] for name in ("STOCK", "PE", "LE", "BUFFER", "ER")} for number in STOCK
    ]
    assert all(one == lines[0] for one in lines)


def test_the_habitat_of_the_panda_has_no_number_of_ours():
    assert not DOCUMENTS["SC-2023-001-V01"].parameters


def test_the_list_of_the_white_paper_has_its_twenty_three_entries():
    entries = tomllib.loads(known.LIST.read_text(encoding="utf-8"))["entries"]
    assert len(entries) == 23
    assert len({entry["title"] for entry in entries}) == 23
    for entry in entries:
        assert bool(entry.get("own")) != bool(entry.get("missing")), entry["title"]
        assert all(f"{code}-V01" in TEXTS or f"{code}-V02" in TEXTS for code in entry.get("own", ()))


@pytest.mark.django_db
def test_the_page_shows_each_of_them_with_its_state(client):
    found = known.known()
    assert sum(one.state is TextState.WAITING for one in found) == 9
    page = client.get(reverse("methods")).content.decode()
    for one in found:
        assert one.title in page
        assert all(method.number in page for method in one.own)
    assert page.count("待载入") >= 9


@pytest.mark.django_db
def test_every_method_has_its_page_with_every_example_come_out(client):
    for method in Method.objects.filter(state=Method.State.PUBLISHED):
        page = client.get(reverse("method", args=[method.number])).content.decode()
        assert method.title in page
        assert "不一致" not in page


@pytest.mark.django_db
def test_a_qualitative_method_says_that_it_gives_points_only(client):
    page = client.get(reverse("method", args=["CN-2023-011-V01"])).content.decode()
    assert "不产生减排量" in page
    assert "449" in page
