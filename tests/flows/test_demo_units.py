"""The demo as it is told: the winter's rides are a tonne in the registry, and anybody can follow it back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import MonitoringPeriod, SampleCheck
from registry.models import Batch
from registry.services.checking import check_books
from scenarios.models import ActUse, ClaimBatch


@pytest.mark.usefixtures("city")
def test_the_demo_tells_how_a_winter_of_rides_became_a_tonne() -> None:
    claims = ClaimBatch.objects.order_by("month")
    assert [f"{claim.month:%Y-%m}" for claim in claims] == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert sum(claim.saved_mg for claim in claims) == 1_678_017_656
    assert ActUse.objects.count() == 2381
    last = MonitoringPeriod.objects.filter(claim__isnull=False).latest("starts_on")
    assert (last.state, last.carry_mg) == ("ISSUED", 678_017_656)
    assert set(SampleCheck.objects.values_list("wrong", flat=True)) == {0}
    batch = Batch.objects.get(series__project__scene__isnull=False)
    assert batch.quantity_t == 1
    page = Client().get(reverse("registry-batch", args=[str(batch)])).content.decode()
    assert "次行为" in page
    assert check_books(roots=True).differences == []
