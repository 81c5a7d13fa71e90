"""The pages of agreements: both sides press their buttons, and are told what was refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from accounts.models import User
from carbon_portal.story import World
from tests.refusals import nothing_changed
from tests.trading.stages import agreement_in, bank_says, live
from tests.worlds import BUREAU
from trading.models import Agreement, CashInstruction
from trading.states import AgreementState

SIGNED_IN = {"accounts_user"}  # signing in is written on the person's row
FORM = {"key": "page-agreement-1", "quantity_t": 7, "price": "41.80", "terms": "合同 8"}


def _client(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_agreement_goes_through_the_pages(world: World) -> None:
    maker = _client(world, "owner-maker")
    form = {**FORM, "buyer_number": world.accounts["buyer"].number}
    assert maker.post("/owner/agreements/new/", form).status_code == 302
    agreement = Agreement.objects.get()
    assert (agreement.price_fen, agreement.amount_fen, agreement.terms) == (4_180, 29_260, "合同 8")
    path = f"/owner/agreements/{agreement.pk}/"
    assert "轮到您" not in _text(_client(world, "buyer-maker").get("/owner/agreements/"))
    for who, step in (("owner-checker", "confirm"), ("buyer-maker", "accept"), ("buyer-checker", "pay")):
        assert "轮到您" in _text(_client(world, who).get("/owner/agreements/"))
        assert _client(world, who).post(f"{path}{step}/", {"key": f"page-{step}-1"}).status_code == 302
    text = _text(_client(world, "buyer-maker").get(path))
    assert "演示清算行" in text
    assert "292.60" in text
    assert _client(world, "buyer-maker").post(f"{path}demo-bank/").status_code == 302
    text = _text(maker.get(path))
    assert "已交割" in text
    assert "银行确认到账，已交割" in text
    assert agreement.delivered_blocks().count() == 0  # asked of the row as it was
    agreement.refresh_from_db()
    assert agreement.delivered_blocks()[0].serial.replace("-", "-<wbr>") in text


def test_more_than_held_is_told_on_the_page_and_what_was_typed_stays(world: World) -> None:
    form = {**FORM, "buyer_number": world.accounts["buyer"].number, "quantity_t": 9999}
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-maker").post("/owner/agreements/new/", form)
    assert answer.status_code == 409
    assert "可用 423 t，不够 9,999 t" in _text(answer)
    assert 'value="9999"' in _text(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", ""), ("price", "四十"), ("price", "41.805"), ("quantity_t", "0"), ("quantity_t", "1.5"), ("terms", "")],
)
def test_a_wrong_form_names_the_field(world: World, field: str, value: str) -> None:
    form = {**FORM, "buyer_number": world.accounts["buyer"].number, field: value}
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-maker").post("/owner/agreements/new/", form)
    assert answer.status_code == 400
    assert f"id_{field}" in _text(answer)


def test_refusing_asks_for_a_reason_the_other_side_reads(world: World) -> None:
    agreement = agreement_in(world, "OFFERED")
    buyer, path = _client(world, "buyer-maker"), f"/owner/agreements/{agreement.pk}/"
    assert "写明原因" in _text(buyer.get(f"{path}refuse/"))
    assert buyer.post(f"{path}refuse/", {"reason": "", "key": "page-refuse-1"}).status_code == 400
    assert buyer.post(f"{path}refuse/", {"reason": "价格高于预算", "key": "page-refuse-2"}).status_code == 302
    assert "价格高于预算" in _text(_client(world, "owner-maker").get(path))
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.REFUSED


def test_a_button_pressed_too_late_says_so_on_the_page(world: World) -> None:
    agreement = agreement_in(world, "CANCELLED")
    with nothing_changed(but=SIGNED_IN):
        answer = _client(world, "owner-checker").post(
            f"/owner/agreements/{agreement.pk}/confirm/", {"key": "late-0001"}
        )
    assert answer.status_code == 409
    assert "请刷新页面" in _text(answer)


def test_an_agreement_is_seen_by_its_two_sides_and_the_bureau_only(world: World) -> None:
    path = f"/owner/agreements/{agreement_in(world, 'CONFIRMING').pk}/"
    seen = {who: _client(world, who).get(path).status_code for who in sorted(world.people)}
    assert {who for who, status in seen.items() if status == 200} == {
        *BUREAU, "owner-maker", "owner-checker",
    }  # fmt: skip
    assert Client().get(path).status_code == 302
    offered = f"/owner/agreements/{agreement_in(world, 'OFFERED').pk}/"
    assert _client(world, "buyer-checker").get(offered).status_code == 200
    assert _client(world, "verifier").get("/owner/agreements/").status_code == 403


def test_only_a_demo_plays_the_bank_and_only_for_its_own_agreement(world: World) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT")
    path = f"/owner/agreements/{agreement.pk}/demo-bank/"
    with nothing_changed(but=SIGNED_IN):
        assert _client(world, "verifier").post(path).status_code == 404
        assert _client(world, "owner-maker").get(path).status_code == 405
    bank_says(live(agreement))
    with nothing_changed(but=SIGNED_IN):
        assert _client(world, "owner-maker").post(path).status_code == 404


def test_after_a_failure_the_buyers_checker_finds_the_button_again(world: World) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT")
    path, checker = f"/owner/agreements/{agreement.pk}/", _client(world, "buyer-checker")
    assert "重新通知银行付款" not in _text(checker.get(path))
    bank_says(live(agreement), status="FAILED")
    assert "重新通知银行付款" in _text(checker.get(path))
    assert checker.post(f"{path}pay-again/", {"key": "again-0001"}).status_code == 302
    assert CashInstruction.objects.filter(agreement=agreement).count() == 2


@pytest.mark.parametrize("state", ["CONFIRMING", "AWAITING_PAYMENT", "DELIVERED", "REFUSED"])
def test_the_pages_are_english_for_who_reads_english(world: World, state: str) -> None:
    agreement, client = agreement_in(world, state), _client(world, "owner-maker")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for path in ("/owner/agreements/", "/owner/agreements/new/", f"/owner/agreements/{agreement.pk}/"):
        text = _text(client.get(path))
        assert '<html lang="en"' in text
        assert " style=" not in text
        assert "Agreement" in text
    assert "400.00\u00a0yuan" in _text(client.get("/owner/agreements/"))


def test_the_desks_show_what_waits_and_take_the_operators_finding(world: World, operator: User) -> None:
    agreement = agreement_in(world, "AWAITING_PAYMENT")
    kept = bank_says(live(agreement), amount_fen=1)
    client = Client()
    client.force_login(operator)
    desk = "/manage/trading/bankmessagedeskrow/"
    assert kept.message_id in _text(client.get(desk))
    assert "wrong_amount" in _text(client.get(f"{desk}{kept.pk}/change/"))
    press = f"{desk}{kept.pk}/press/close_bank_message/"
    assert client.post(press, {"reason": "", "key": "desk-close-1"}).status_code == 409
    assert client.post(press, {"reason": "银行已退回", "key": "desk-close-1"}).status_code == 302
    kept.refresh_from_db()
    assert (kept.state, kept.finding) == ("CLOSED", "银行已退回")
    assert _client(world, "officer").get(desk).status_code == 403
    CashInstruction.objects.update(attempts=5, last_error="OSError: no route")
    desk = "/manage/trading/instructiondeskrow/"
    assert live(agreement).number in _text(client.get(desk))
    press = f"{desk}{live(agreement).pk}/press/send_again/"
    assert client.post(press, {"key": "desk-send-01"}).status_code == 302
    assert live(agreement).number not in _text(client.get(desk))


def test_the_bureau_reads_the_tables_of_its_division(world: World) -> None:
    agreement = agreement_in(world, "DELIVERED")
    for table in ("agreement", "cashinstruction", "bankmessage", "cashjournal"):
        assert _client(world, "registrar").get(f"/manage/trading/{table}/").status_code == 200
    assert agreement.number in _text(_client(world, "registrar").get("/manage/trading/agreement/"))
    assert agreement.number not in _text(_client(world, "other-officer").get("/manage/trading/agreement/"))


@override_settings(DEMO=False, TESTING=False)
def test_outside_a_demo_payment_is_refused_in_words(world: World) -> None:
    agreement = agreement_in(world, "ACCEPTED")
    answer = _client(world, "buyer-checker").post(f"/owner/agreements/{agreement.pk}/pay/", {"key": "no-bank-01"})
    assert answer.status_code == 409
    assert "还没有接入结算银行" in _text(answer)
