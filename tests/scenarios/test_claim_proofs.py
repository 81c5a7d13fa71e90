"""On the page of an act: the claim it went into, its proof, and nothing of anybody else's."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from kernel import digest
from scenarios.models import Act, Citizen
from tests.gathering import Riding, claim_period_in, claimed, gathering, scene_project


@pytest.fixture
def made(world: World) -> Riding:
    """Two verified riders with rides of January; one more in February."""
    made = gathering(world)
    made.rides(
        ("ada", "2021-01-05T08:00:00+08:00", 5200),
        ("bo", "2021-01-05T08:00:00+08:00", 1000),
        ("ada", "2021-02-05T08:00:00+08:00", 5200),
    )
    for citizen in made.citizens.values():
        Citizen.objects.filter(pk=citizen.pk).update(state="ACTIVE")
    return made


def _client(made: Riding, who: str) -> Client:
    client = Client()
    client.force_login(made.citizens[who].user)
    return client


def test_an_act_leads_to_its_claim_and_to_a_proof_that_holds(made: Riding) -> None:
    claim = claimed(made, date(2021, 1, 1))
    act = Act.objects.get(citizen=made.citizens["ada"], on_day=date(2021, 1, 5))
    page = _client(made, "ada").get(reverse("me-act", args=[act.pk])).content.decode()
    assert claim.number in page
    assert reverse("me-act-proof", args=[act.pk]) in page

    answer = _client(made, "ada").get(reverse("me-act-proof", args=[act.pk]))

    proof = answer.json()
    leaf = digest.leaf_hash(proof["leaf"]["content"].encode())
    way = [bytes.fromhex(step) for step in proof["inclusion"]]
    root = bytes.fromhex(claim.merkle_root)
    assert digest.verify_inclusion(leaf, proof["leaf"]["position"], proof["size"], way, root)
    assert (proof["claim"], proof["root"], proof["size"]) == (claim.number, claim.merkle_root, 2)
    assert claim.number in answer.headers["Content-Disposition"]


def test_nobody_takes_the_proof_of_somebody_elses_act_or_of_an_open_one(made: Riding) -> None:
    claimed(made, date(2021, 1, 1))
    others = Act.objects.get(citizen=made.citizens["bo"])
    still_open = Act.objects.get(citizen=made.citizens["ada"], on_day=date(2021, 2, 5))
    for act in (others, still_open):
        assert _client(made, "ada").get(reverse("me-act-proof", args=[act.pk])).status_code == 404
    assert Client().get(reverse("me-act-proof", args=[others.pk])).status_code == 302
    assert "还没有；汇入后" in _client(made, "ada").get(reverse("me-act", args=[still_open.pk])).content.decode()


def test_an_issued_act_leads_to_its_project(made: Riding) -> None:
    project = scene_project(made)
    claim_period_in(made, project, claimed(made, date(2021, 1, 1)), "ISSUED")
    act = Act.objects.get(citizen=made.citizens["bo"])

    page = _client(made, "bo").get(reverse("me-act", args=[act.pk])).content.decode()

    assert reverse("registry-project", args=[project.project_no]) in page
    assert "已核证，计入签发" in page
