"""What a holder and the public see of freezes, pledges and cases, and the steps a holder takes there."""

from __future__ import annotations

from typing import Any

from django.test import Client

from carbon_portal.story import World
from office.models import Message
from registry.models import Pledge, Retirement
from registry.services import frauds
from registry.states import PledgeState, RetirementKind
from tests.holding import decided, done, fraud_case, freeze_deed, frozen, held, paper, pledge_in, released
from tests.stages import block_of


def signed_in(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def text(world: World, who: str, path: str) -> str:
    answer = signed_in(world, who).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def told(world: World, who: str) -> list[str]:
    """Return the occasions of which a person was told."""
    return list(Message.objects.filter(person=world.people[who]).order_by("pk").values_list("template", flat=True))


def test_the_holdings_say_what_is_held_by_whom_and_until_when(world: World) -> None:
    first = frozen(world, 200)
    frozen(world, 300, behind=first, authority="江北市中级人民法院", document_no="（2026）江02执7号")
    pledge_in(world, "IN_FORCE", 20)
    page = text(world, "owner-maker", "/owner/holdings/")

    for said in ("青岚市中级人民法院", "（2026）青01执保12号", "江北市中级人民法院", "QLZY-2026-003", "受限制的减排量"):
        assert said in page
    assert "受限制的减排量" in text(world, "buyer-maker", "/owner/holdings/")
    assert "江北市中级人民法院" not in text(world, "buyer-maker", "/owner/holdings/")


def test_nobody_of_the_account_learns_of_a_freeze_before_it_is_carried_out(world: World) -> None:
    deed = freeze_deed(world, 10)
    assert "（2026）青01执保12号" not in text(world, "owner-maker", "/owner/holdings/")
    assert told(world, "owner-maker").count("registry.units_frozen") == 0
    assert "registry.deed_to_confirm" in told(world, "registrar")

    freeze = done(world, deed).made_freeze
    assert told(world, "owner-maker").count("registry.units_frozen") == 1
    assert "registry.more_frozen" not in told(world, "owner-maker")
    released(world, freeze)
    assert told(world, "owner-checker").count("registry.freeze_ended") == 1


def test_a_pledge_is_made_accepted_and_released_on_its_page(world: World) -> None:
    about = {
        "creditor_number": world.accounts["buyer"].number,
        "contract_no": "QLZY-2026-009",
        "quantity_t": "30",
        "key": "pledge-once-1",
    }
    made = signed_in(world, "owner-maker").post("/owner/pledges/new/", about)
    pledge = Pledge.objects.get()
    path = f"/owner/pledges/{pledge.pk}/"
    assert made.headers["Location"] == path
    assert signed_in(world, "buyer-maker").get(path).status_code == 404
    for who, step, state in (
        ("owner-checker", "confirm", PledgeState.OFFERED),
        ("buyer-maker", "accept", PledgeState.IN_FORCE),
        ("buyer-checker", "release", PledgeState.RELEASED),
    ):
        assert f"{path}{step}/" in text(world, who, path)
        assert signed_in(world, who).post(f"{path}{step}/", {"key": f"step-{step}-1"}).status_code == 302
        pledge.refresh_from_db()
        assert pledge.state == state
    assert "registry.pledge_offered" in told(world, "buyer-checker")


def test_a_creditor_asks_for_the_units_with_a_reason(world: World) -> None:
    path = f"/owner/pledges/{pledge_in(world, 'IN_FORCE', 30).pk}/"
    creditor = signed_in(world, "buyer-checker")
    assert creditor.get(f"{path}dispose/").status_code == 200
    assert creditor.post(f"{path}dispose/", {"reason": "", "key": "dispose-1"}).status_code == 400
    assert creditor.post(f"{path}dispose/", {"reason": "逾期未还", "key": "dispose-2"}).status_code == 302
    assert "registry.disposal_asked" in told(world, "registrar")
    assert "逾期未还" in text(world, "owner-maker", path)


def test_the_record_of_a_case_is_public_with_its_remedies_and_the_owner_makes_good_from_it(world: World) -> None:
    block_of(world, 100)
    case = fraud_case(world)
    path, batch = f"/registry/cases/{case.number}/", f"/registry/batches/{case.batch}/"
    assert case.number in Client().get(batch).content.decode()
    assert "622" in Client().get(path).content.decode()
    decided(world, case, 500)
    page = Client().get(path).content.decode()
    for said in ("演示机制第四十三条", "60", "行政复议", "一、项目业主。", "后手不承担", "422"):
        assert said in page
    assert "演示officer" not in page
    assert f"/owner/cases/{case.number}/replace/" not in page
    assert f"/owner/cases/{case.number}/replace/" in text(world, "owner-maker", path)

    owner, paper = signed_in(world, "owner-maker"), f"/owner/cases/{case.number}/decision.pdf"
    assert owner.get(paper).content.startswith(b"%PDF")
    assert signed_in(world, "registrar").get(paper).status_code == 200
    assert signed_in(world, "buyer-maker").get(paper).status_code == 404
    own = f"/owner/cases/{case.number}/replace/"
    assert owner.post(own, {"quantity_t": "79", "key": "replace-once-1"}).status_code == 409
    assert owner.post(own, {"quantity_t": "78", "key": "replace-once-2"}).status_code == 302
    assert Retirement.objects.get(case=case).kind == RetirementKind.SUBSTITUTE
    assert signed_in(world, "buyer-maker").get(own).status_code == 404
    assert told(world, "buyer-maker").count("registry.units_suspended") == 1
    assert told(world, "owner-maker").count("registry.fraud_found") == 1


def test_a_small_case_names_only_its_own(world: World) -> None:
    """The buyer holds nothing of the meter's batch, is told nothing and sees no limit."""
    batch = world.periods["meter"].batch
    frauds.open_case(batch, facts="复查", paper=paper(world), by=world.people["officer"])

    assert told(world, "buyer-maker").count("registry.units_suspended") == 0
    assert "受限制的减排量" not in text(world, "buyer-maker", "/owner/holdings/")
    page: Any = text(world, "owner-checker", "/owner/holdings/")
    assert "弄虚作假案件" in page
    assert held(world.accounts["buyer"]) == 200
