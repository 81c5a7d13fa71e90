"""An event from the plan to the certificate, verb by verb; what is refused changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Division
from accounts.roles import Role
from accounts.services.people import end_role, portal_user
from carbon_portal.story import Seller, World, meeting
from carbon_portal.story.meeting import HOSTS, ORGANISER, buy, inventory, neutralise
from carbon_portal.story.world import introduce
from certificates.models import Certificate
from certificates.services.verification import Outcome
from certificates.services.verification import check as verified
from kernel import clock
from methodologies.models import Method
from office.services.clock import move_clock
from registry.models import Block, Retirement
from registry.services import retirements
from registry.services.checking import check_books
from registry.states import UnitState
from tests.refusals import forbidden, refused
from tests.stages import give, retire
from tests.worlds import last_event
from trading.models import EmissionItem, EventOffset, EventRetirement, NeutralEvent
from trading.services import events, offsets
from trading.states import EventState

T35_MG = 2_409_680_000


@pytest.fixture
def hosted(world: World) -> World:
    """The world with an organiser, who has no units yet."""
    introduce(world, ORGANISER, HOSTS, accounts=("host",))
    return world


def supplied(world: World, quantity_t: int = 3) -> None:
    """Let the organiser buy units of the larger roof."""
    buy(world, Seller("owner", quantity_t, 4_000, world.periods["yearly"].batch))


def plan(world: World, **changed: Any) -> dict[str, Any]:
    """Return what an event is planned with: it was yesterday."""
    day = clock.today() - timedelta(days=1)
    return {
        "name": "青岚市第三届绿色出行大会",
        "kind": "CONFERENCE",
        "place": "青岚国际会议中心",
        "region": Division.objects.get(code="31"),
        "starts_on": day,
        "ends_on": day,
        "boundary": "会场净购入电力",
        "by": world.people["host-maker"],
        **changed,
    }


def item(world: World, **changed: Any) -> dict[str, Any]:
    """Return what a line of the inventory is added with: 3,000 kWh."""
    return {
        "category": "ENERGY",
        "method": Method.objects.get(code="CN-2019-901"),
        "inputs": {"electricity_kwh": "3000"},
        "evidence": "结算单 2026-11",
        "by": world.people["host-maker"],
        **changed,
    }


def planned(world: World, **changed: Any) -> NeutralEvent:
    """Plan an event."""
    return events.plan(world.organisations["host"], **plan(world, **changed))


def test_the_meeting_of_the_story_is_neutral_with_a_certificate_anybody_can_check(world: World) -> None:
    event = meeting(world)

    assert (event.state, event.total_mg, event.needed_t) == (EventState.NEUTRAL, T35_MG, 3)
    certificate = Certificate.objects.for_subject(event).get()
    snapshot = certificate.snapshot
    assert (snapshot["emission_mg"], snapshot["quantity_t"], snapshot["declared"]) == (T35_MG, 3, "SELF")
    assert snapshot["serials"] == [block.serial for block in Block.objects.filter(pk__in=event.offsets.values("block"))]
    assert verified(certificate.number).outcome == Outcome.VALID
    order = Retirement.objects.get(for_events__event=event)
    assert (order.beneficiary, order.kind, order.quantity_t) == (event.name, "EVENT", 3)
    assert Certificate.objects.for_subject(order).count() == 1
    assert check_books().differences == []


def test_two_sellers_may_supply_one_meeting(world: World) -> None:
    event = meeting(
        world,
        Seller("owner", 2, 4_000, world.periods["yearly"].batch),
        Seller("owner", 1, 4_180, world.periods["meter"].batch),
    )

    names = {offset.block.series.project for offset in event.offsets.all()}
    assert names == {world.projects["yearly"], world.projects["meter"]}
    assert sum(offset.block.quantity_t for offset in event.offsets.all()) == 3


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "PARTY"}, "bad_kind"),
        ({"name": " "}, "no_name"),
        ({"name": "长" * 49}, "no_name"),
        ({"place": ""}, "no_place"),
        ({"place": "长" * 31}, "no_place"),
        ({"boundary": ""}, "no_boundary"),
        ({"boundary": "长" * 61}, "no_boundary"),
    ],
)
def test_an_event_that_cannot_be_planned_is_refused(hosted: World, changed: dict[str, Any], code: str) -> None:
    refused(events.plan, hosted.organisations["host"], **plan(hosted, **changed), code=code)


def test_an_event_does_not_end_before_it_starts(hosted: World) -> None:
    told = plan(hosted, ends_on=clock.today() - timedelta(days=2))
    refused(events.plan, hosted.organisations["host"], **told, code="bad_days")


def test_only_the_organisers_makers_plan_and_count(hosted: World) -> None:
    event = planned(hosted)
    line = events.add_item(event, **item(hosted))
    for name in sorted(hosted.people.keys() - {"host-maker"}):
        by = hosted.people[name]
        forbidden(events.plan, hosted.organisations["host"], **plan(hosted, by=by))
        forbidden(events.add_item, event, **item(hosted, by=by))
        forbidden(events.remove_item, line, by=by)


def test_a_line_says_by_which_document_and_factor_it_was_counted(hosted: World) -> None:
    line = events.add_item(planned(hosted), **item(hosted))

    assert (line.emission_mg, line.inputs, line.recorded_by) == (
        1_754_700_000,
        {"electricity_kwh": "3000"},
        hosted.people["host-maker"],
    )
    assert [(factor["value"], factor["region"]) for factor in line.factors] == [("0.5849", "310000")]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"category": "SMOKE"}, "bad_category"),
        ({"evidence": " "}, "no_evidence"),
        ({"evidence": "长" * 201}, "no_evidence"),
        ({"inputs": {}}, "bad_input"),
        ({"inputs": {"electricity_kwh": "-1"}}, "bad_input"),
        ({"inputs": {"electricity_kwh": "三千"}}, "bad_input"),
        ({"inputs": {"electricity_kwh": "1", "gas_m3": "1"}}, "bad_input"),
    ],
)
def test_a_line_that_cannot_be_is_refused(hosted: World, changed: dict[str, Any], code: str) -> None:
    refused(events.add_item, planned(hosted), **item(hosted, **changed), code=code)


def test_a_reduction_method_counts_no_emission(hosted: World) -> None:
    told = item(hosted, method=Method.objects.get(code="GD-2022-002"), inputs={"generation_mwh": "1"})
    refused(events.add_item, planned(hosted), **told, code="not_an_emission")


def test_where_no_factor_is_published_nothing_is_counted(hosted: World) -> None:
    event = planned(hosted, region=Division.objects.get(code="99"))
    refused(events.add_item, event, **item(hosted), code="no_factor")


def test_a_line_can_be_taken_out_while_the_inventory_is_open(hosted: World) -> None:
    event = planned(hosted)
    line = events.add_item(event, **item(hosted))

    events.remove_item(line, by=hosted.people["host-maker"])

    assert events.total_mg(event) == 0
    told = last_event(verb="trading.remove_item")
    assert (told.object_id, told.data["emission_mg"]) == (event.pk, 1_754_700_000)


def test_the_checker_closes_the_inventory_and_the_total_is_rounded_up(hosted: World) -> None:
    event = inventory(hosted)

    assert (event.state, event.total_mg, event.needed_t) == (EventState.INVENTORIED, T35_MG, 3)
    assert event.closed_by == hosted.people["host-checker"]


def test_an_inventory_is_closed_by_the_checker_only_after_the_event_and_with_something_in_it(hosted: World) -> None:
    checker, event = hosted.people["host-checker"], planned(hosted)
    refused(events.close_inventory, event, by=checker, code="no_items")
    running = planned(hosted, ends_on=clock.today())
    events.add_item(running, **item(hosted))
    refused(events.close_inventory, running, by=checker, code="event_not_over")
    for name in sorted(hosted.people.keys() - {"host-checker"}):
        forbidden(events.close_inventory, event, by=hosted.people[name])


def test_who_wrote_the_inventory_cannot_close_it_even_after_changing_roles(hosted: World) -> None:
    event, maker = planned(hosted), hosted.people["host-maker"]
    events.add_item(event, **item(hosted))
    end_role(maker.grants.get(), by=hosted.people["security"])
    give(hosted, maker, Role.CHECKER, organisation=hosted.organisations["host"])

    refused(events.close_inventory, event, by=maker, code="same_person")


def test_a_closed_inventory_stays_as_it_is_until_it_is_given_back(hosted: World) -> None:
    event, maker, checker = inventory(hosted), hosted.people["host-maker"], hosted.people["host-checker"]
    line = event.items.all()[0]
    refused(events.add_item, event, **item(hosted), code="wrong_state")
    refused(events.remove_item, line, by=maker, code="wrong_state")
    refused(events.close_inventory, event, by=checker, code="wrong_state")
    refused(events.reopen_inventory, event, by=checker, reason=" ", code="no_reason")

    event = events.reopen_inventory(event, by=checker, reason="漏了燃气")

    assert (event.state, event.total_mg, event.needed_t) == (EventState.PLANNED, None, None)
    refused(events.reopen_inventory, event, by=maker, reason="再退", code="wrong_state")
    events.remove_item(line, by=maker)


def test_fewer_tonnes_than_needed_are_refused(hosted: World) -> None:
    supplied(hosted)
    event = inventory(hosted)
    for quantity_t in (2, 0, -3):
        said = refused(
            offsets.retire, event, quantity_t=quantity_t, by=hosted.people["host-maker"], code="not_enough_for_event"
        )
        assert f"要注销 3 t，{quantity_t} t 不够" in said.message


def test_more_tonnes_than_held_are_refused(hosted: World) -> None:
    supplied(hosted, 2)
    refused(offsets.retire, inventory(hosted), quantity_t=3, by=hosted.people["host-maker"], code="not_enough")


def test_an_event_is_offset_by_its_organisers_maker_once(hosted: World) -> None:
    supplied(hosted, 6)
    event, maker = inventory(hosted), hosted.people["host-maker"]
    for name in sorted(hosted.people.keys() - {"host-maker"}):
        forbidden(offsets.retire, event, quantity_t=3, by=hosted.people[name])

    order = offsets.retire(event, quantity_t=3, by=maker)

    event.refresh_from_db()
    assert (event.state, order.state) == (EventState.OFFSETTING, "CONFIRMING")
    assert EventRetirement.objects.get().retirement == order
    assert Block.objects.open().filter(state=UnitState.RETIRE_PENDING).tonnes() == 3
    refused(offsets.retire, event, quantity_t=3, by=maker, code="wrong_state")
    refused(events.cancel, event, by=maker, reason="不办了", code="wrong_state")
    refused(offsets.declare_neutral, event, by=portal_user(), code="still_waiting")
    refused(offsets.resume, event, by=portal_user(), code="still_waiting")


def test_nothing_is_offset_before_the_inventory_is_closed(hosted: World) -> None:
    refused(offsets.retire, planned(hosted), quantity_t=3, by=hosted.people["host-maker"], code="wrong_state")


def test_an_organiser_without_an_account_is_told_so(world: World) -> None:
    introduce(world, ORGANISER, HOSTS)
    refused(offsets.retire, inventory(world), quantity_t=3, by=world.people["host-maker"], code="no_account")


def test_a_year_after_the_event_it_is_too_late(hosted: World) -> None:
    supplied(hosted)
    event = inventory(hosted)
    a_year = event.ends_on.replace(year=event.ends_on.year + 1)
    move_clock(forward=timedelta(days=(a_year - clock.today()).days + 1), by=hosted.system, reason="一年后")
    refused(offsets.retire, event, quantity_t=3, by=hosted.people["host-maker"], code="offset_too_late")


@pytest.mark.parametrize("end", ["refuse", "cancel"])
def test_after_a_retirement_that_came_to_nothing_the_event_waits_again(hosted: World, end: str) -> None:
    supplied(hosted)
    event, people = inventory(hosted), hosted.people
    order = retirements.confirm(offsets.retire(event, quantity_t=3, by=people["host-maker"]), by=people["host-checker"])
    by = people["registrar" if end == "refuse" else "host-maker"]
    getattr(retirements, end)(order, by=by, reason="用途不清")

    assert offsets.settle_events() == 1

    event.refresh_from_db()
    assert event.state == EventState.INVENTORIED
    assert neutralise(hosted, event).state == EventState.NEUTRAL
    assert EventOffset.objects.count() == 1


def test_the_sweep_declares_what_is_retired_and_nothing_else(hosted: World) -> None:
    supplied(hosted)
    event, people = inventory(hosted), hosted.people
    order = retirements.confirm(offsets.retire(event, quantity_t=3, by=people["host-maker"]), by=people["host-checker"])
    assert offsets.settle_events() == 0
    retire(order, hosted)

    assert offsets.settle_events() == 1
    assert offsets.settle_events() == 0

    event.refresh_from_db()
    assert (event.state, event.neutral_at is not None) == (EventState.NEUTRAL, True)
    refused(offsets.declare_neutral, event, by=portal_user(), code="wrong_state")
    forbidden(offsets.declare_neutral, event, by=people["host-maker"])
    forbidden(offsets.resume, event, by=people["host-checker"])


def test_what_neutralised_one_event_cannot_neutralise_another(hosted: World) -> None:
    supplied(hosted)
    neutralise(hosted, inventory(hosted))

    refused(offsets.retire, inventory(hosted), quantity_t=3, by=hosted.people["host-maker"], code="not_enough")


def test_an_event_is_given_up_before_anything_is_retired(hosted: World) -> None:
    maker, checker = hosted.people["host-maker"], hosted.people["host-checker"]
    refused(events.cancel, planned(hosted), by=maker, reason=" ", code="no_reason")
    assert events.cancel(planned(hosted), by=maker, reason="延期").state == EventState.CANCELLED
    event = events.cancel(inventory(hosted), by=checker, reason="延期")
    assert (event.state, event.total_mg) == (EventState.CANCELLED, T35_MG)
    for name in sorted(hosted.people.keys() - {"host-maker", "host-checker"}):
        forbidden(events.cancel, planned(hosted), by=hosted.people[name], reason="试")
    assert EmissionItem.objects.count() == 3


def test_the_whole_story_tells_of_a_neutral_meeting(city: str) -> None:
    """And the books hold after riders, roofs and the meeting."""
    event = NeutralEvent.objects.get()
    assert (event.state, event.total_mg, event.needed_t) == (EventState.NEUTRAL, T35_MG, 3)
    assert Certificate.objects.for_subject(event).get().snapshot["declared"] == "SELF"
    assert check_books().differences == []
