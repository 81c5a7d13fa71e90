"""The operator's page that gathers a month."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from carbon_portal.story import World
from scenarios.models import ClaimBatch
from tests.gathering import Riding, claimed, gathering
from tests.refusals import nothing_changed
from tests.worlds import last_event

GATHER = "/manage/scenarios/claimbatch/gather/"


@pytest.fixture
def made(world: World) -> Riding:
    """Two rides of January."""
    made = gathering(world)
    made.rides(("ada", "2021-01-05T08:00:00+08:00", 5200), ("bo", "2021-01-05T08:00:00+08:00", 1000))
    return made


def _client(made: Riding, who: str) -> Client:
    client = Client()
    client.force_login(made.world.people[who])
    return client


def _asked(made: Riding, month: str = "2021-01") -> dict[str, str]:
    return {"source": f"{made.partner.pk}-{made.scene.pk}", "month": month}


def test_the_operator_sees_what_is_open_and_gathers_it(made: Riding) -> None:
    client = _client(made, "operator")
    listed = client.get(reverse("admin:scenarios_claimbatch_changelist")).content.decode()
    assert GATHER in listed

    page = client.get(GATHER, _asked(made)).content.decode()
    assert "0.001196600" in page
    assert "已过完" in page

    answer = client.post(GATHER, {**_asked(made), "reason": "月度归集"})
    assert answer.status_code == 302
    claim = ClaimBatch.objects.get()
    assert (claim.month, claim.acts, claim.closed_by) == (date(2021, 1, 1), 2, made.world.people["operator"])
    assert last_event(verb="scenarios.close_claim").reason == "月度归集"
    assert claim.number in client.get(reverse("admin:scenarios_claimbatch_changelist")).content.decode()
    detail = client.get(reverse("admin:scenarios_claimbatch_change", args=[claim.pk])).content.decode()
    assert claim.merkle_root in detail
    assert claim.salt not in detail
    assert f"{claim.number}（2）" in client.get(GATHER, _asked(made)).content.decode()


def test_a_refusal_is_said_where_the_button_was_pressed(made: Riding) -> None:
    claimed(made, date(2021, 1, 1))
    client = _client(made, "operator")
    with nothing_changed():
        answer = client.post(GATHER, _asked(made))
    assert answer.status_code == 409
    assert "没有可以归集的行为" in answer.content.decode()
    assert last_event().code == "nothing_to_claim"


def test_a_month_that_is_none_is_asked_for_again(made: Riding) -> None:
    client = _client(made, "operator")
    for month in ("2021-13", "january", "2021-1"):
        answer = client.get(GATHER, _asked(made, month))
        assert answer.status_code == 400
        assert "请写成年-月" in answer.content.decode()
    assert client.get(GATHER, {"source": "9-9", "month": "2021-01"}).status_code == 400


def test_nobody_else_gathers_and_no_other_office_sees_the_claims(made: Riding) -> None:
    claim = claimed(made, date(2021, 1, 1))
    for who in ("officer", "registrar", "admin"):
        assert _client(made, who).get(GATHER).status_code == 403
        assert _client(made, who).post(GATHER, _asked(made)).status_code == 403
    assert (
        claim.number in _client(made, "officer").get(reverse("admin:scenarios_claimbatch_changelist")).content.decode()
    )
    others = _client(made, "other-officer").get(reverse("admin:scenarios_claimbatch_changelist")).content.decode()
    assert claim.number not in others
