"""The public page of a batch: whose milligrams it is, how it was verified, and how anybody checks it."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from certificates.models import Certificate
from kernel import digest
from projects.models import MonitoringPeriod
from registry.models import Batch
from scenarios.models import ClaimBatch
from tests.gathering import Riding, claim_period_in, claimed, gathering, scene_project


def _text(answer: object) -> str:
    return answer.content.decode().replace("<wbr>", "")  # type: ignore[attr-defined]


def _issued(world: World, people: int) -> Riding:
    """Bring two months of some 616 kg each to issue: the first gives no tonne, the second fills it."""
    subjects = [f"r{number:02d}" for number in range(people)]
    made = gathering(world, subjects)
    each, metres = (14, 19_000) if people >= 10 else (28, 38_000)
    for month in (1, 2):
        days = [f"2021-{month:02d}-{day:02d}T08:00:00+08:00" for day in range(1, each + 1)]
        made.rides(*((subject, start, metres) for subject in subjects for start in days))
    project = scene_project(made)
    for month in (1, 2):
        claim_period_in(made, project, claimed(made, date(2021, month, 1)), "ISSUED")
    return made


@pytest.fixture
def crowd(world: World) -> Riding:
    """Twelve riders."""
    return _issued(world, 12)


def test_the_page_says_how_many_trips_of_how_many_people_made_the_tonnes(crowd: Riding) -> None:
    batch = Batch.objects.get(series__project__scene=crowd.scene)
    claims = ClaimBatch.objects.order_by("month")
    page = _text(Client().get(reverse("registry-batch", args=[str(batch)])))

    assert batch.serial in page
    assert "来自 12 个人的 336 次行为" in page
    for claim in claims:
        for words in (
            claim.number,
            claim.merkle_root,
            f"{claim.month:%Y-%m}",
            "从 168 次里抽 30 次",
            claim.consent_digest,
        ):
            assert words in page
    assert reverse("method", args=["QD-2021-004-V01"]) in page
    # 336 rides of 19 km × 0.193 kg are 1,232.112 kg: 1 t, and the rest is carried.
    assert "1.232112000" in page
    assert "0.232112000" in page
    assert [period.issued_t for period in MonitoringPeriod.objects.filter(claim__isnull=False).order_by("pk")] == [0, 1]


def test_no_page_of_a_batch_names_a_rider_or_counts_fewer_than_ten(world: World) -> None:
    made = _issued(world, 3)
    batch = Batch.objects.filter(series__project__scene=made.scene).latest("pk")
    page = _text(Client().get(reverse("registry-batch", args=[str(batch)])))

    assert "少于 10 人" in page
    for words in ("3 个人", "3 人", "<td>3</td>"):
        assert words not in page
    for claim in ClaimBatch.objects.all():
        assert claim.salt not in page
    for citizen in made.citizens.values():
        assert citizen.number not in page
        assert citizen.user.username not in page


def test_anybody_finds_the_root_again_from_the_leaf_hashes(crowd: Riding) -> None:
    claim = ClaimBatch.objects.latest("month")
    answer = Client().get(reverse("claim-leaves", args=[claim.number]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]

    assert [row["index"] for row in rows] == [str(number) for number in range(claim.acts)]
    assert digest.root([bytes.fromhex(row["leaf_sha256"]) for row in rows]).hex() == claim.merkle_root
    assert set(rows[0]) == {"index", "act", "leaf_sha256"}


def test_a_claim_that_is_not_issued_and_a_batch_that_is_not_there_are_not_shown(crowd: Riding) -> None:
    crowd.rides(("r01", "2021-03-05T08:00:00+08:00", 5200))
    waiting = claimed(crowd, date(2021, 3, 1))
    assert Client().get(reverse("claim-leaves", args=[waiting.number])).status_code == 404
    for number in (
        "990100-QD21004-P00009-2021-01",
        "x",
        "a-b-c-d-e",
        "990100-QD21004-P00003-202100000-01",
        "²-a-b-²-²",
    ):
        assert Client().get(reverse("registry-batch", args=[number])).status_code == 404


def test_a_meter_s_batch_has_the_page_too_and_both_lead_to_it(crowd: Riding) -> None:
    for batch in Batch.objects.select_related("series__project"):
        address = reverse("registry-batch", args=[str(batch)])
        assert Client().get(address).status_code == 200
        assert address in _text(Client().get(reverse("registry-project", args=[batch.series.project.project_no])))
    solar = Batch.objects.get(series__project=crowd.world.projects["yearly"])
    page = _text(Client().get(reverse("registry-batch", args=[str(solar)])))
    assert "722" in page
    assert "0.177500000" in page
    assert "次行为" not in page


def test_the_certificate_leads_to_what_its_serials_are_made_of(crowd: Riding) -> None:
    for certificate in Certificate.objects.filter(kind__in=["ISSUANCE", "RETIREMENT"]):
        page = _text(Client().get(certificate.get_absolute_url()))
        for serial in certificate.snapshot["serials"]:
            batch = "-".join(serial.split("-")[1:6])
            assert reverse("registry-batch", args=[batch]) in page


def test_the_script_in_the_documents_finds_root_and_sample(crowd: Riding, tmp_path: Path) -> None:
    claim = ClaimBatch.objects.latest("month")
    answer = Client().get(reverse("claim-leaves", args=[claim.number]))
    leaves = tmp_path / "leaves.csv"
    leaves.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    document = (settings.BASE_DIR / "docs" / "verify-offline.md").read_text()
    script = document.partition("```python\n")[2].partition("```")[0]

    run = subprocess.run([sys.executable, "-c", script, leaves, "30"], capture_output=True, text=True, check=True)

    sample = claim.periods.get().samples.get()
    assert run.stdout.splitlines() == [
        f"root {claim.merkle_root}",
        *(f"drawn {row['act']}" for row in sample.rows),
    ]
