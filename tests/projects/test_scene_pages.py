"""The pages of a scene's project: its application, its period from a claim, the verifier's sample."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Division
from carbon_portal.story import World
from office.models import Profile
from projects.models import MonitoringPeriod, Project, SampleCheck
from projects.services import applications
from tests.gathering import Riding, claim_period_in, claimed, gathering, scene_project
from tests.worlds import last_event


@pytest.fixture
def made(world: World) -> Riding:
    """Two rides of January."""
    made = gathering(world)
    made.rides(("ada", "2021-01-05T08:00:00+08:00", 5200), ("bo", "2021-01-05T08:00:00+08:00", 1000))
    return made


def _client(made: Riding, who: str) -> Client:
    client = Client()
    client.force_login(made.world.people[who], settings.AUTHENTICATION_BACKENDS[0])
    return client


def _form(made: Riding, **changed: Any) -> dict[str, Any]:
    filled = {
        "uscc": made.partner.organisation.uscc,
        "name": "骑行项目",
        "scene": made.scene.pk,
        "profile": Profile.objects.get(code="DEMO").pk,
        "method": made.scene.method.pk,
        "division": Division.objects.get(code="9901").pk,
        "location": "青岚市",
        "description": "骑行。",
        "unique_elsewhere": "on",
        "truth_promised": "on",
    }
    for name, day in (("commissioned_on", "2020-5-1"), ("crediting_from", "2020-5-1"), ("crediting_to", "2030-4-30")):
        year, month, of_month = day.split("-")
        filled |= {f"{name}_year": year, f"{name}_month": month, f"{name}_day": of_month}
    return filled | changed


def test_a_partner_applies_with_its_scene_and_is_asked_for_no_meter(made: Riding) -> None:
    client = _client(made, "platform-maker")
    assert reverse("project-new-scene") in client.get(reverse("owner-home")).content.decode()
    page = client.get(reverse("project-new-scene")).content.decode()
    assert 'name="scene"' in page
    assert 'name="meter_no"' not in page

    answer = client.post(reverse("project-new-scene"), _form(made))

    project = Project.objects.get(scene=made.scene)
    assert answer.headers["Location"] == reverse("project-case", args=[project.pk])
    case = client.get(answer.headers["Location"]).content.decode()
    assert "场景上线日期" in case
    assert "装机容量" not in case
    changed = client.post(reverse("project-edit", args=[project.pk]), _form(made, name="骑行项目二"))
    assert changed.status_code == 302
    assert Project.objects.get(pk=project.pk).name == "骑行项目二"
    missing = client.post(reverse("project-new-scene"), _form(made, scene=""))
    assert missing.status_code == 400


def test_who_reports_no_scene_is_offered_none(made: Riding) -> None:
    client = _client(made, "owner-maker")
    assert reverse("project-new-scene") not in client.get(reverse("owner-home")).content.decode()
    own = made.world.organisations["owner"].uscc
    assert client.post(reverse("project-new-scene"), _form(made, uscc=own)).status_code == 400
    page = client.get(reverse("project-new")).content.decode()
    assert 'name="meter_no"' in page
    assert 'name="scene"' not in page


def test_a_period_is_opened_from_a_claim_and_asks_for_no_data(made: Riding) -> None:
    project = scene_project(made)
    client = _client(made, "platform-maker")
    address = reverse("claim-period-new", args=[project.pk])
    assert address in client.get(reverse("project-case", args=[project.pk])).content.decode()
    assert "没有可申报的归集批次" in client.get(address).content.decode()

    claim = claimed(made, date(2021, 1, 1))
    assert claim.number in client.get(address).content.decode()
    answer = client.post(address, {"claim": claim.pk})

    period = MonitoringPeriod.objects.get(claim=claim)
    assert answer.headers["Location"] == reverse("period", args=[period.pk])
    page = client.get(answer.headers["Location"]).content.decode()
    for words in (claim.number, claim.merkle_root, "0.001196600", "2 次行为相加", "0.193"):
        assert words in page
    assert reverse("period-upload", args=[period.pk]) not in page
    assert client.post(address, {"claim": claim.pk}).status_code == 400
    refused = client.post(reverse("period-readings", args=[period.pk]), {"m1": "1"})
    assert (refused.status_code, last_event().code) == (409, "from_claim")


def test_the_verifier_draws_first_and_sees_every_row_with_its_difference(made: Riding) -> None:
    period = claim_period_in(made, scene_project(made), claimed(made, date(2021, 1, 1)), "VERIFYING")
    client = _client(made, "verifier")
    address = reverse("verifier-period", args=[period.pk])
    before = client.get(address).content.decode()
    assert reverse("period-sample", args=[period.pk]) in before
    assert reverse("period-verify", args=[period.pk]) not in before
    early = client.post(reverse("period-verify", args=[period.pk]), {"reason": "同意"})
    assert (early.status_code, last_event().code) == (409, "no_sample")

    assert client.post(reverse("period-sample", args=[period.pk])).status_code == 302

    sample = SampleCheck.objects.get(period=period)
    page = client.get(address).content.decode()
    for words in (sample.seed, "样本没有多计", "5200.0", "1,003,600", *(row["citizen"][:8] for row in sample.rows)):
        assert words in page
    assert made.citizens["ada"].number not in page
    assert reverse("period-verify", args=[period.pk]) in page
    assert client.post(reverse("period-verify", args=[period.pk]), {"reason": "同意"}).status_code == 302
    assert MonitoringPeriod.objects.get(pk=period.pk).state == "VERIFIED"
    again = client.post(reverse("period-sample", args=[period.pk]))
    assert (again.status_code, last_event().code) == (409, "wrong_state")


def test_the_officers_desk_shows_the_scene(made: Riding) -> None:
    by = made.world.people["platform-maker"]
    form = _form(made)
    project = applications.draft(
        made.partner.organisation,
        by=by,
        name=form["name"],
        scene=made.scene,
        method=made.scene.method,
        profile=Profile.objects.get(code="DEMO"),
        division=Division.objects.get(code="9901"),
        location="青岚市",
        description="骑行。",
        commissioned_on=date(2020, 1, 1),
        crediting_from=date(2020, 1, 1),
        crediting_to=date(2030, 1, 1),
        unique_elsewhere=True,
        truth_promised=True,
    )
    applications.confirm(applications.submit(project, by=by), by=made.world.people["platform-checker"])
    page = _client(made, "officer").get(f"/manage/projects/acceptancedeskrow/{project.pk}/change/")
    assert page.status_code == 200
    assert str(made.scene) in page.content.decode()
