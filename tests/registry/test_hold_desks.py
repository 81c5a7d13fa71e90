"""The desks of freezes, pledges, passings and cases: what an officer types becomes what the verbs do, and a refusal stays there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from carbon_portal.story import World
from registry.models import Deed, FraudCase, Freeze, Pledge
from registry.services import pledges
from registry.states import CaseState, DeedKind, DeedState, PledgeState, UnitState
from tests.holding import fraud_case, freeze_deed, frozen, held, in_days, pledge_in
from tests.papers import picture
from tests.stages import transfer_in

FROZEN = UnitState.JUDICIAL_FROZEN


def signed_in(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def send(world: World, who: str, path: str, **told: Any) -> Any:
    """Post a desk's form with a paper."""
    own = {"authority": "青岚市中级人民法院", "document_no": "（2026）青01执保12号"}
    file = SimpleUploadedFile("裁定书.png", picture(), content_type="image/png")
    return signed_in(world, who).post(f"/manage/registry/{path}", {**own, "file": file, **told})


def enter_freeze(world: World, **told: Any) -> Any:
    about = {"account": world.accounts["owner"].number.lower(), "quantity_t": "200", "until": str(in_days(30))}
    return send(world, "officer", "freezedeskrow/add/", **{**about, **told})


def press(world: World, who: str, desk: str, row: Any, verb: str, **told: Any) -> int:
    path = f"/manage/registry/{desk}/{row.pk}/press/{verb}/"
    return signed_in(world, who).post(path, {"key": f"press-{desk}-{row.pk}-{verb}", **told}).status_code


def test_an_officer_enters_a_freeze_and_the_registrar_carries_it_out(world: World) -> None:
    assert enter_freeze(world).status_code == 302
    deed, sale = Deed.objects.get(), transfer_in(world, "OFFERED", 40)
    assert (deed.state, held(world.accounts["owner"], FROZEN)) == (DeedState.ENTERED, 0)
    assert deed.paper.name == "裁定书.png"

    registrar = signed_in(world, "registrar")
    row = registrar.get(f"/manage/registry/deeddeskrow/{deed.pk}/change/").content.decode()
    assert f"/manage/registry/deeddeskrow/{deed.pk}/paper/" in row
    paper = registrar.get(f"/manage/registry/deeddeskrow/{deed.pk}/paper/")
    assert b"".join(paper.streaming_content) == deed.paper.file.read()
    asked = registrar.get(f"/manage/registry/deeddeskrow/{deed.pk}/press/confirm_deed/").content.decode()
    for said in ("青岚市中级人民法院", "（2026）青01执保12号", "200", f"/{deed.pk}/paper/", f"40 t　{sale}"):
        assert said in asked
    assert press(world, "registrar", "deeddeskrow", deed, "confirm_deed") == 302
    assert held(world.accounts["owner"], FROZEN) == 200
    listed = signed_in(world, "officer").get("/manage/registry/freezedeskrow/").content.decode()
    assert str(Freeze.objects.get()) in listed


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ({"account": "CH990100999999"}, 400, "辖区内没有账户号 CH990100999999"),
        ({"quantity_t": "0"}, 400, "1"),
        ({"until": "2020-01-01"}, 409, "冻结期限不能早于今天"),
        ({"batch": "990100-GD22002-P99999-2025-01"}, 400, "没有批次"),
        ({"behind": "DJ-20200101-000001"}, 400, "没有冻结编号"),
        ({"document_no": "   "}, 400, ""),
        ({"file": SimpleUploadedFile("a.txt", b"hello")}, 400, "不是 PDF、JPG 或 PNG"),
    ],
)
def test_what_is_typed_wrong_is_said_and_nothing_is_entered(
    world: World, told: dict[str, Any], status: int, said: str
) -> None:
    answer = enter_freeze(world, **told)

    assert (answer.status_code, Deed.objects.count()) == (status, 0)
    assert said in answer.content.decode()


def test_a_freeze_waits_behind_the_one_that_is_named(world: World) -> None:
    first, batch = frozen(world, 5), world.periods["yearly"].batch
    answer = enter_freeze(world, document_no="（2026）江02执7号", behind=str(first), batch=str(batch), quantity_t="9")

    assert answer.status_code == 302
    deed = Deed.objects.get(quantity_t=9)
    assert (deed.freeze, deed.batch) == (first, batch)


def test_renewal_release_and_enforcement_are_entered_on_the_freeze(world: World) -> None:
    freeze, desk = frozen(world, 50), "freezedeskrow"
    path = f"{desk}/{freeze.pk}/press/"
    assert signed_in(world, "officer").get(f"/manage/registry/{path}enter_renewal/").status_code == 200
    assert send(world, "officer", f"{path}enter_renewal/", document_no="甲", until=str(in_days(60))).status_code == 302
    assert send(world, "officer", f"{path}enter_release/", document_no="乙").status_code == 302
    buyer = world.accounts["buyer"].number
    told = {"document_no": "丙", "target_number": buyer, "quantity_t": "51"}
    assert send(world, "officer", f"{path}enter_enforcement/", **told).status_code == 409
    assert send(world, "officer", f"{path}enter_enforcement/", **{**told, "quantity_t": "50"}).status_code == 302

    kinds = set(Deed.objects.filter(state=DeedState.ENTERED).values_list("kind", flat=True))
    assert kinds == {DeedKind.RENEW, DeedKind.RELEASE, DeedKind.ENFORCE}


def test_units_pass_without_a_sale_from_their_own_desk(world: World) -> None:
    told = {
        "kind": "MERGER",
        "account": world.accounts["owner"].number,
        "target_number": world.accounts["buyer"].number,
    }
    assert send(world, "officer", "nontradedeskrow/add/", **told).status_code == 302
    deed = Deed.objects.get()
    assert press(world, "officer", "nontradedeskrow", deed, "confirm_deed") == 403
    assert press(world, "registrar", "nontradedeskrow", deed, "confirm_deed") == 302
    assert held(world.accounts["buyer"]) == 623
    assert signed_in(world, "registrar").get("/manage/registry/nontradedeskrow/").status_code == 200


def test_a_pledge_in_default_comes_to_its_desk(world: World) -> None:
    pledge = pledge_in(world, "IN_FORCE", 40)
    desk = signed_in(world, "officer")
    assert str(pledge) not in desk.get("/manage/registry/pledgedeskrow/").content.decode()
    pledges.ask_disposal(pledge, by=world.people["buyer-checker"], reason="逾期未还")
    assert str(pledge) in desk.get("/manage/registry/pledgedeskrow/").content.decode()

    path = f"pledgedeskrow/{pledge.pk}/press/enter_disposal/"
    assert send(world, "officer", path, quantity_t="40").status_code == 302
    assert press(world, "registrar", "deeddeskrow", Deed.objects.get(), "confirm_deed") == 302
    assert Pledge.objects.get().state == PledgeState.ENFORCED


def test_a_case_is_opened_and_decided_at_its_desk(world: World) -> None:
    batch = str(world.periods["yearly"].batch)
    assert send(world, "officer", "casedeskrow/add/", batch=batch, facts="群众举报读数不符").status_code == 302
    case = FraudCase.objects.get()
    assert held(world.accounts["buyer"], UnitState.SUSPENDED) == 200

    path = f"casedeskrow/{case.pk}/press/decide_fraud_case/"
    assert signed_in(world, "registrar").get(f"/manage/registry/{path}").status_code == 200
    told = {
        "false_t": "500",
        "replace_by": str(in_days(30)),
        "reason": "结算单证实多报",
        "article": "演示机制第四十三条",
        "service_method": "ELECTRONIC",
        "served_to": "王启",
        "served_on": str(in_days(0)),
    }
    assert send(world, "registrar", path, **{**told, "article": " "}).status_code == 400
    assert send(world, "registrar", path, **told).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.missing_t) == (CaseState.REPLACING, 78)
    assert press(world, "registrar", "casedeskrow", case, "charge_holders", reason="业主没有补足") == 409


def test_every_row_of_a_desk_can_be_opened(world: World) -> None:
    pledge = pledge_in(world, "IN_FORCE", 4)
    pledges.ask_disposal(pledge, by=world.people["buyer-checker"], reason="逾期未还")
    rows = {
        "freezedeskrow": frozen(world, 5),
        "deeddeskrow": freeze_deed(world, 6, document_no="待办"),
        "casedeskrow": fraud_case(world),
        "pledgedeskrow": pledge,
    }
    client = signed_in(world, "registrar")
    for desk, row in rows.items():
        assert client.get(f"/manage/registry/{desk}/{row.pk}/change/").status_code == 200, desk
        assert client.get(f"/manage/registry/{desk}/").status_code == 200, desk
    assert signed_in(world, "owner-maker").get("/manage/registry/freezedeskrow/").status_code in (302, 403)
