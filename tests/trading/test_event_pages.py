"""The organiser's pages from the plan to the certificate, what the public reads, and what the bureau sees."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Division
from carbon_portal.story import Seller, World, meeting
from carbon_portal.story.meeting import HOSTS, ORGANISER, buy, inventory
from carbon_portal.story.world import introduce
from certificates.models import Certificate
from kernel import clock
from registry.models import Retirement
from registry.services import retirements
from tests.refusals import nothing_changed
from tests.worlds import BUREAU
from trading.models import EmissionItem, NeutralEvent
from trading.services import offsets
from trading.states import EventState

SIGNED_IN = {"accounts_user"}  # signing in is written on the person's row
LINES = (
    ("CN-2019-901-V01", {"category": "ENERGY", "electricity_kwh": "3000"}),
    ("CN-2019-902-V01", {"category": "FUEL", "gas_m3": "100"}),
    ("CN-2019-903-V01", {"category": "FUEL", "petrol_l": "200"}),
)


@pytest.fixture
def hosted(world: World) -> World:
    """The world with an organiser who holds 3 t."""
    introduce(world, ORGANISER, HOSTS, accounts=("host",))
    buy(world, Seller("owner", 3, 4_000))
    return world


def _client(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who])
    return client


def _text(answer: Any) -> str:
    return str(answer.content.decode())


def _days(day: date) -> dict[str, int]:
    return {
        f"{name}_{part}": getattr(day, part) for name in ("starts_on", "ends_on") for part in ("year", "month", "day")
    }


def _form(**changed: Any) -> dict[str, Any]:
    return {
        "key": "page-event-01",
        "name": "青岚市第三届绿色出行大会",
        "kind": "CONFERENCE",
        "region": Division.objects.get(code="31").pk,
        "place": "青岚国际会议中心",
        "boundary": "会场净购入电力，场内固定源、公务用车燃料",
        **_days(clock.today() - timedelta(days=1)),
        **changed,
    }


def test_an_event_goes_from_the_plan_to_the_certificate_through_the_pages(hosted: World) -> None:
    maker, checker = _client(hosted, "host-maker"), _client(hosted, "host-checker")
    assert maker.post("/owner/events/new/", _form()).status_code == 302
    event = NeutralEvent.objects.get()
    path = f"/owner/events/{event.pk}/"
    for number, line in LINES:
        body = {**line, "evidence": "结算单", "key": f"page-{number}"}
        assert maker.post(f"{path}items/new/{number}/", body).status_code == 302
    text = _text(maker.get(path))
    for figure in ("1,754.700", "216.220", "438.760", "2,409.680"):
        assert figure in text
    assert "轮到您" in _text(checker.get("/owner/events/"))
    assert checker.post(f"{path}close/", {"key": "page-close-1"}).status_code == 302
    text = _text(maker.get(path))
    assert "2.410" in text
    assert "账户现在可用 3" in text
    assert 'value="3"' in _text(maker.get(f"{path}retire/"))

    assert maker.post(f"{path}retire/", {"quantity_t": 3, "key": "page-retire-1"}).status_code == 302

    order = Retirement.objects.get(kind="EVENT")
    assert str(order) in _text(maker.get(path))
    assert checker.post(f"/owner/retirements/{order.pk}/confirm/", {"key": "page-conf-1"}).status_code == 302
    press = f"/manage/registry/retirementdeskrow/{order.pk}/press"
    for who, verb in (("registrar", "review"), ("leader", "approve")):
        answer = _client(hosted, who).post(f"{press}/{verb}_retirement/", {"key": f"desk-{verb}-1"})
        assert answer.status_code == 302
    assert offsets.settle_events() == 1
    event.refresh_from_db()
    certificate = Certificate.objects.for_subject(event).get()
    text = _text(maker.get(path))
    assert certificate.get_absolute_url() in text
    assert f"/events/{event.number}/" in text


def test_fewer_tonnes_than_needed_are_told_on_the_page(hosted: World) -> None:
    event = inventory(hosted)
    with nothing_changed(but=SIGNED_IN):
        answer = _client(hosted, "host-maker").post(
            f"/owner/events/{event.pk}/retire/", {"quantity_t": 2, "key": "page-retire-2"}
        )
    assert answer.status_code == 409
    assert "这个活动要注销 3 t，2 t 不够" in _text(answer)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 49),
        ("place", "长" * 31),
        ("boundary", ""),
        ("kind", "PARTY"),
        ("region", "0"),
        ("starts_on_day", "31x"),
    ],
)
def test_a_wrong_plan_names_the_field(hosted: World, field: str, value: str) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _client(hosted, "host-maker").post("/owner/events/new/", _form(**{field: value}))
    assert answer.status_code == 400
    assert f"id_{field.removesuffix('_day')}" in _text(answer)


def test_an_end_before_the_start_is_refused_in_words(hosted: World) -> None:
    with nothing_changed(but=SIGNED_IN):
        answer = _client(hosted, "host-maker").post("/owner/events/new/", _form(ends_on_year=2020))
    assert answer.status_code == 409
    assert "结束日期不能早于开始日期" in _text(answer)


@pytest.mark.parametrize(
    ("value", "status"), [("", 400), ("三千", 400), ("1.1234567", 400), ("-1", 409), ("1000000001", 409)]
)
def test_a_wrong_quantity_is_said_and_what_was_typed_stays(hosted: World, value: str, status: int) -> None:
    _client(hosted, "host-maker").post("/owner/events/new/", _form())
    path = f"/owner/events/{NeutralEvent.objects.get().pk}/items/new/CN-2019-901-V01/"
    body = {"category": "ENERGY", "electricity_kwh": value, "evidence": "结算单", "key": "page-line-01"}
    client = _client(hosted, "host-maker")
    with nothing_changed():
        answer = client.post(path, body)
    assert answer.status_code == status
    assert f'value="{value}"' in _text(answer) or not value


def test_where_no_factor_is_published_the_page_says_so(hosted: World) -> None:
    maker = _client(hosted, "host-maker")
    maker.post("/owner/events/new/", _form(region=Division.objects.get(code="99").pk))
    path = f"/owner/events/{NeutralEvent.objects.get().pk}/items/new/CN-2019-901-V01/"
    body = {"category": "ENERGY", "electricity_kwh": "1", "evidence": "结算单", "key": "page-line-02"}
    answer = maker.post(path, body)
    assert answer.status_code == 409
    assert "没有可用的数值" in _text(answer)


def test_only_documents_of_emissions_have_a_form(hosted: World) -> None:
    _client(hosted, "host-maker").post("/owner/events/new/", _form())
    path = f"/owner/events/{NeutralEvent.objects.get().pk}/items/new/"
    for number in ("GD-2022-002-V02", "CN-2019-909-V01", "x"):
        assert _client(hosted, "host-maker").get(f"{path}{number}/").status_code == 404


def test_a_line_is_taken_out_on_the_page_and_not_after_the_inventory_is_closed(hosted: World) -> None:
    maker = _client(hosted, "host-maker")
    event = inventory(hosted)
    line = event.items.all()[0]
    remove = f"/owner/events/{event.pk}/items/{line.pk}/remove/"
    assert maker.post(remove, {"key": "page-remove-1"}).status_code == 409
    body = {"reason": "漏了燃气", "key": "page-reopen-1"}
    assert "写明原因" in _text(maker.get(f"/owner/events/{event.pk}/reopen/"))
    assert maker.post(f"/owner/events/{event.pk}/reopen/", body).status_code == 302
    assert maker.post(remove, {"key": "page-remove-2"}).status_code == 302
    assert EmissionItem.objects.filter(event=event).count() == 2


def test_cancelling_asks_for_a_reason(hosted: World) -> None:
    event, maker = inventory(hosted), _client(hosted, "host-maker")
    path = f"/owner/events/{event.pk}/cancel/"
    assert maker.post(path, {"reason": "", "key": "page-cancel-1"}).status_code == 400
    assert maker.post(path, {"reason": "延期", "key": "page-cancel-2"}).status_code == 302
    event.refresh_from_db()
    assert event.state == EventState.CANCELLED


def test_an_event_is_seen_by_its_organiser_and_the_bureau_only_until_it_is_neutral(hosted: World) -> None:
    event = inventory(hosted)
    seen = {who: _client(hosted, who).get(f"/owner/events/{event.pk}/").status_code for who in sorted(hosted.people)}
    assert {who for who, status in seen.items() if status == 200} == {
        *BUREAU, "host-maker", "host-checker",
    }  # fmt: skip
    assert Client().get(f"/owner/events/{event.pk}/").status_code == 302
    assert Client().get(f"/events/{event.number}/").status_code == 404
    assert _client(hosted, "verifier").get("/owner/events/").status_code == 403


def test_the_public_reads_a_neutral_event_whole_but_not_its_papers(world: World) -> None:
    event = meeting(world)
    text = _text(Client().get(f"/events/{event.number}/"))
    for words in ("2,409.680", "2.410", "自主声明", "已注销，不可重复使用", "CN-2019-901", event.boundary):
        assert words in text
    assert "分割单" not in text
    assert event.offsets.get().block.serial.replace("-", "-<wbr>") in text
    assert event.name in _text(Client().get("/events/"))
    assert "/events/" in _text(Client().get("/registry/"))
    number = Certificate.objects.for_subject(event).get().number
    text = _text(Client().get(f"/verify/{number}/"))
    for words in (
        "碳中和证书",
        "有效，与登记簿一致",
        "实现碳中和",
        "主办单位自主声明，未经第三方评价",
        "已注销，不可重复使用",
    ):
        assert words in text


@pytest.mark.parametrize(
    "path", ["/owner/events/", "/owner/events/new/", "{event}", "{item}", "/events/", "{public}", "{verify}"]
)
def test_the_pages_are_english_for_who_reads_english(world: World, path: str) -> None:
    event = meeting(world)
    open_one = inventory(world)
    number = Certificate.objects.for_subject(event).get().number
    places = {
        "{event}": f"/owner/events/{open_one.pk}/",
        "{item}": f"/owner/events/{open_one.pk}/items/new/CN-2019-901-V01/",
        "{public}": f"/events/{event.number}/",
        "{verify}": f"/verify/{number}/",
    }
    client = _client(world, "host-maker")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    text = _text(client.get(places.get(path, path)))
    assert '<html lang="en"' in text
    assert " style=" not in text
    assert "neutral" in text.lower()


def test_the_registry_offers_no_event_retirement_by_hand(hosted: World) -> None:
    client = _client(hosted, "host-maker")
    assert "大型活动碳中和" not in _text(client.get("/owner/retirements/new/"))
    body = {"quantity_t": 1, "kind": "EVENT", "beneficiary": "会", "purpose": "会", "key": "by-hand-01"}
    with nothing_changed():
        assert client.post("/owner/retirements/new/", body).status_code == 400


def test_the_bureau_reads_events_with_their_inventory(hosted: World) -> None:
    event = inventory(hosted)
    registrar = _client(hosted, "registrar")
    assert event.number in _text(registrar.get("/manage/trading/neutralevent/"))
    text = _text(registrar.get(f"/manage/trading/neutralevent/{event.pk}/change/"))
    assert "会议中心用电分割单" in text
    assert event.number not in _text(_client(hosted, "other-officer").get("/manage/trading/neutralevent/"))


def test_a_refused_retirement_lets_the_organiser_try_again_on_the_page(hosted: World) -> None:
    event, people = inventory(hosted), hosted.people
    order = retirements.confirm(offsets.retire(event, quantity_t=3, by=people["host-maker"]), by=people["host-checker"])
    retirements.refuse(order, by=people["registrar"], reason="用途不清")
    offsets.settle_events()
    text = _text(_client(hosted, "host-maker").get(f"/owner/events/{event.pk}/"))
    assert "注销减排量，抵消排放" in text
    assert "不予注销" in text
