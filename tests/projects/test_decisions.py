"""A decision against the applicant is whole or it is none: facts, article, remedies, service (clarification 21)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from kernel import clock
from kernel.rules import RuleViolation
from office.models import Profile
from office.services import signoffs
from projects.models import Decision, Project
from projects.services import reviews
from projects.views.papers import paper
from tests.refusals import nothing_changed, refused
from tests.stages import grounds, person, project_in

VERBS: dict[str, tuple[Callable[..., Project], str, str]] = {
    "refuse_acceptance": (reviews.refuse_acceptance, "officer", "SUBMITTED"),
    "reject": (reviews.reject, "reviewer", "ACCEPTED"),
    "revoke": (reviews.revoke, "registrar", "REGISTERED"),
}
FACTS = "屋面租赁合同已于 2025 年 6 月解除。"


def place(world: World, name: str) -> Project:
    """Return a project in the state a verb against the owner is pressed in."""
    state = VERBS[name][2]
    return world.projects["yearly"] if state == "REGISTERED" else project_in(world, state)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_against_the_owner_writes_a_whole_decision(world: World, name: str, settings: Any) -> None:
    verb, who, _state = VERBS[name]
    project = verb(place(world, name), by=world.people[who], reason=FACTS, grounds=grounds())
    row = project.decision
    assert (row.kind, row.facts, row.article) == (project.state, FACTS, "演示机制第十五条")
    assert (row.review_days, row.suit_months) == (60, 6)
    assert (row.review_body, row.court) == (settings.REVIEW_BODY, settings.COURT_NAME)
    assert (row.served_to, row.decided_by) == ("王启", world.people[who])


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize(
    ("changed", "code"), [({"article": " "}, "no_article"), ({"served_to": ""}, "not_served"), (None, "no_article")]
)
def test_a_gap_refuses_the_verb(world: World, name: str, changed: dict[str, str] | None, code: str) -> None:
    verb, who, _state = VERBS[name]
    told = grounds(**changed) if changed is not None else None
    refused(verb, place(world, name), by=world.people[who], reason=FACTS, grounds=told, code=code)


def test_a_decision_is_not_served_before_it_is_made(world: World) -> None:
    early = grounds(served_on=clock.today() - timedelta(days=1))
    refused(
        reviews.reject,
        place(world, "reject"),
        by=world.people["reviewer"],
        reason=FACTS,
        grounds=early,
        code="not_served",
    )


@pytest.mark.parametrize("name", ["REVIEW_BODY", "COURT_NAME"])
def test_without_remedies_nothing_is_refused(world: World, settings: Any, name: str) -> None:
    setattr(settings, name, "")
    refused(
        reviews.reject, place(world, "reject"), by=world.people["reviewer"], reason=FACTS, grounds=grounds(),
        code="no_remedies",
    )  # fmt: skip


@pytest.mark.parametrize("field", ["facts", "article", "review_body", "court", "served_to"])
def test_a_paper_with_a_gap_is_not_drawn(world: World, field: str) -> None:
    row = project_in(world, "REJECTED").decision
    setattr(row, field, "")
    with pytest.raises(RuleViolation) as caught:
        paper(row)
    assert caught.value.code == "decision_incomplete"
    assert str(Decision._meta.get_field(field).verbose_name) in str(caught.value)


def at(world: World, who: str) -> Client:
    """Return the client of a person."""
    client = Client()
    client.force_login(world.people[who])
    return client


def test_the_owner_reads_the_decision_and_takes_the_paper(world: World) -> None:
    project = project_in(world, "REJECTED")
    page = at(world, "owner-maker").get(reverse("project-case", args=[project.pk])).content.decode()
    for said in ("不予登记决定书", "演示机制第十五条", "60 日内", "6 个月内", "电子送达"):
        assert said in page, said
    address = reverse("project-decision", args=[project.pk])
    answer = at(world, "owner-maker").get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    with pikepdf.open(BytesIO(answer.content)) as file:
        assert len(file.pages) == 1
        assert project.decision.number in str(file.docinfo.get("/Title", ""))
    assert at(world, "buyer-maker").get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_desk_asks_for_everything_the_decision_says(world: World) -> None:
    project = project_in(world, "ACCEPTED")
    press = f"/manage/projects/reviewdeskrow/{project.pk}/press/reject/"
    reviewer = at(world, "reviewer")
    form = {
        "reason": FACTS,
        "article": "演示机制第十五条",
        "service_method": "POST",
        "served_to": "王启",
        "served_on": clock.today(),
    }
    page = reviewer.get(press).content.decode()
    assert "依据的条款" in page
    for name in ("reason", "article", "served_to", "served_on"):
        with nothing_changed():
            assert reviewer.post(press, {**form, name: ""}).status_code == 400, name
    assert at(world, "officer").post(press, form).status_code == 403
    assert reviewer.post(press, form).status_code == 302
    assert Decision.objects.get(project=project).service_method == "POST"


def test_three_people_agree_to_what_the_decision_says(world: World) -> None:
    profile = Profile.objects.get(code="GD-2022")
    project = project_in(world, "ACCEPTED", name="广东机制的屋顶", meter_no="9901-PV-S1", profile=profile)
    city = project.division
    form = {
        "reason": FACTS,
        "article": "粤环发〔2022〕4号第九条",
        "service_method": "POST",
        "served_to": "王启",
        "served_on": clock.today(),
    }
    press = f"/manage/projects/reviewdeskrow/{project.pk}/press/reject/"
    assert at(world, "reviewer").post(press, form).status_code == 302
    project.refresh_from_db()
    assert project.state == "ACCEPTED"
    chain = signoffs.of_case(project)
    assert chain is not None
    chain = signoffs.review(chain, by=person(world, "second", "REVIEWER", division=city))
    signoffs.sign(chain, by=person(world, "the-leader", "LEADER", division=city))
    row = Decision.objects.get(project=project)
    assert (row.kind, row.facts, row.article, row.service_method) == ("REJECTED", FACTS, form["article"], "POST")
