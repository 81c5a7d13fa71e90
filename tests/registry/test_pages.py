"""The registry's pages: what anybody reads, and what holders do there."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carbon_portal.story import World
from kernel.identifiers import unit_serial
from registry.models import Retirement, Transfer
from registry.states import OrderState, RetirementState

SERIAL = "PHCER-990100-GD22002-P00002-2025-01-000000150-000000160-"


def _client(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def _text(answer: Any) -> str:
    return answer.content.decode().replace("<wbr>", "")


def test_anybody_sees_where_each_tonne_is(world: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = _text(Client().get(reverse("registry-project", args=[world.projects["yearly"].project_no])))
    for words in (
        "722",
        "622",
        "可用 422",
        "青岚市第三届绿色出行大会",
        "合计 ＝ 签发量",
        "注销证明",
        "签发凭证",
    ):
        assert words in page
    assert "-000000001-000000100-A" in page
    assert len(queries) <= 20


def test_the_registry_finds_projects_owners_beneficiaries_and_serials(world: World) -> None:
    client, project = Client(), world.projects["yearly"].name
    assert project in _text(client.get("/registry/"))
    assert project in _text(client.get("/registry/", {"q": "屋顶能源"}))
    assert "青岚市第三届绿色出行大会" in _text(client.get("/registry/", {"q": "绿色出行"}))
    nothing = _text(client.get("/registry/", {"q": "没有这个名字"}))
    assert "没有找到项目" in nothing
    serial = unit_serial("990100", "GD22002", "P00002", 2025, 1, 150, 160)
    assert serial.startswith(SERIAL)
    found = _text(client.get("/registry/", {"q": serial}))
    assert "000000101-000000300" in found
    assert "青岚热电有限公司" in found


def test_a_serial_with_one_wrong_character_is_told_so(world: World) -> None:
    page = _text(Client().get("/registry/", {"q": SERIAL + "?"}))
    assert "登记簿里没有这段编号" in page


def test_the_batch_comes_as_a_table_that_adds_up(world: World) -> None:
    batch = world.periods["yearly"].batch
    answer = Client().get(reverse("registry-batch-csv", args=[world.projects["yearly"].project_no, batch.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["quantity_t"]) for row in rows) == 722
    assert [row["state"] for row in rows] == ["RETIRED", "AVAILABLE", "AVAILABLE"]


def test_a_holder_sees_the_account_and_others_do_not(world: World) -> None:
    page = _text(_client(world, "buyer-maker").get("/owner/holdings/"))
    assert world.accounts["buyer"].number in page
    assert "发起注销" in page
    assert "发起注销</a>" not in _text(_client(world, "buyer-checker").get("/owner/holdings/"))
    assert _client(world, "verifier").get("/owner/holdings/").status_code == 403
    assert Client().get("/owner/holdings/").status_code == 302
    retirement = reverse("retirement", args=[world.retirement.pk if world.retirement else 0])
    assert _client(world, "owner-maker").get(retirement).status_code == 404


def test_a_transfer_goes_through_the_pages(world: World) -> None:
    maker = _client(world, "owner-maker")
    form = {
        "key": "page-transfer-1",
        "target_number": world.accounts["buyer"].number,
        "quantity_t": 7,
        "reason": "合同 8",
    }
    assert maker.post("/owner/transfers/new/", form).status_code == 302
    order = Transfer.objects.first()
    assert order is not None
    for who, step in (("owner-checker", "confirm"), ("buyer-checker", "accept")):
        assert "轮到您" in _text(_client(world, who).get("/owner/holdings/"))
        answer = _client(world, who).post(f"/owner/transfers/{order.pk}/{step}/", {"key": f"page-{step}-1"})
        assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED


def test_more_than_held_is_told_on_the_page_and_what_was_typed_stays(world: World) -> None:
    form = {
        "key": "page-transfer-2",
        "target_number": world.accounts["buyer"].number,
        "quantity_t": 9999,
        "reason": "合同 7",
    }
    answer = _client(world, "owner-maker").post("/owner/transfers/new/", form)
    page = _text(answer)
    assert answer.status_code == 409
    assert "可用 423 t，不够 9,999 t" in page
    assert 'value="9999"' in page
    assert "合同 7" in page
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("quantity_t", "0"), ("beneficiary", ""), ("beneficiary", "长" * 49)])
def test_a_wrong_retirement_form_names_the_field(world: World, field: str, value: str) -> None:
    form = {
        "key": "page-retire-1",
        "quantity_t": 3,
        "kind": "CORP",
        "beneficiary": "青岚大会",
        "purpose": "会议",
        "basis": "会议",
    }
    answer = _client(world, "buyer-maker").post("/owner/retirements/new/", {**form, field: value})
    assert answer.status_code == 400
    assert f"id_{field}" in _text(answer)
    assert Retirement.objects.count() == 1


def test_cancelling_needs_a_reason_and_gives_the_units_back(world: World) -> None:
    form = {
        "key": "page-retire-2",
        "quantity_t": 3,
        "kind": "CORP",
        "beneficiary": "青岚大会",
        "purpose": "会议",
        "basis": "会议",
    }
    maker = _client(world, "buyer-maker")
    maker.post("/owner/retirements/new/", form)
    order = Retirement.objects.first()
    assert order is not None
    key = {
        "key": re.findall(r'name="key" value="(\w+)"', _text(maker.get(f"/owner/retirements/{order.pk}/cancel/")))[0]
    }
    assert maker.post(f"/owner/retirements/{order.pk}/cancel/", {**key, "reason": ""}).status_code == 400
    assert maker.post(f"/owner/retirements/{order.pk}/cancel/", {**key, "reason": "写错了受益方"}).status_code == 302
    order.refresh_from_db()
    assert order.state == RetirementState.CANCELLED
    assert "200" in _text(maker.get("/owner/holdings/"))
