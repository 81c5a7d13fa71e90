"""Sentences of the law, written by hand from the domain (§1.1, §1.4.3 to §1.4.6), each tried at the verb and at a second door."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Division
from accounts.services.people import grant_role
from accounts.workflow import PermissionDenied, RuleViolation, refusals
from carbon_portal.story import World
from kernel import clock
from office.services.calendar import calendar
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import applications, periods, reviews
from registry.models import Block, Journal
from registry.services import issuing, retirements, transfers
from registry.states import JournalKind, UnitState
from tests.stages import block_of, give, period_in, project_in, retirement_in, transfer_in
from tests.worlds import as_owner


def _door(world: World, who: str, path: str, body: dict[str, Any] | None = None) -> int:
    client = Client()
    client.force_login(world.people[who])
    return client.post(path, body or {"key": "second-door"}).status_code


def _desk(row: models.Model, desk: str, verb: str) -> str:
    return f"/manage/{desk}/{row.pk}/press/{verb}/"


def _refused(code: str, verb: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(RuleViolation) as caught:
        verb(*args, **kwargs)
    assert caught.value.code == code
    assert str(caught.value)


def _refused_by_table(name: str, row: models.Model, **fields: Any) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**fields)
    assert caught.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    assert refusals()[name][1]


def _close(block: Block, world: World) -> None:
    journal = Journal.objects.create(kind=JournalKind.RESERVE, by=world.system)
    Block.objects.filter(pk=block.pk).update(closed_by=journal)


def test_a_project_is_not_registered_before_its_notice_has_ended(world: World) -> None:
    project = project_in(world, "PUBLIC_NOTICE")
    assert project.notice is not None
    _refused("notice_running", reviews.register, project, by=world.people["registrar"])
    assert _door(world, "registrar", _desk(project, "projects/registrationdeskrow", "register")) == 409
    days = (project.notice.ends_on - clock.today()).days
    move_clock(forward=timedelta(days=days), by=world.system, reason="公示期最后一天")
    _refused("notice_running", reviews.register, project, by=world.people["registrar"])
    move_clock(forward=timedelta(days=1), by=world.system, reason="次日")
    assert reviews.register(project, by=world.people["registrar"]).state == "REGISTERED"


def test_a_notice_runs_seven_working_days_and_its_first_day_does_not_count(world: World) -> None:
    notice = project_in(world, "PUBLIC_NOTICE").notice
    assert notice is not None
    assert notice.starts_on == clock.today()
    counted = [notice.starts_on + timedelta(days=n) for n in range(1, (notice.ends_on - notice.starts_on).days + 1)]
    assert sum(calendar().is_workday(day) for day in counted) == 7
    assert calendar().is_workday(notice.ends_on)


def test_a_notice_is_never_shortened(world: World) -> None:
    notice = project_in(world, "PUBLIC_NOTICE").notice
    assert notice is not None
    with as_owner():
        _refused_by_table("notice_never_shorter", notice, ends_on=notice.ends_on - timedelta(days=1))


def test_the_verifier_does_not_issue(world: World) -> None:
    period = period_in(world, "APPROVED")
    with pytest.raises(PermissionDenied):
        issuing.issue(period, by=world.people["verifier"])
    assert _door(world, "verifier", _desk(period, "registry/issuedeskrow", "issue")) in (302, 403)
    _refused_by_table("period_verifier_is_not_issuer", period, issued_by=period.verified_by)


def test_the_reviewer_is_not_the_second_officer(world: World) -> None:
    period = period_in(world, "APPROVED")
    give(world, world.people["reviewer"], "REGISTRAR", division=Division.objects.get(code="9901"))
    _refused("same_person", issuing.issue, period, by=world.people["reviewer"])
    assert _door(world, "reviewer", _desk(period, "registry/issuedeskrow", "issue")) == 409
    _refused_by_table("period_reviewer_is_not_issuer", period, issued_by=period.approved_by)


def test_the_owner_does_not_verify_its_own_project(world: World) -> None:
    period = period_in(world, "DRAFT")
    _refused(
        "not_a_verifier",
        periods.submit_report,
        period,
        verifier=world.organisations["owner"],
        by=world.people["owner-maker"],
    )
    form = {"verifier": world.organisations["owner"].pk}
    assert _door(world, "owner-maker", reverse("period-report", args=[period.pk]), form) == 400


def test_an_official_does_not_trade(world: World) -> None:
    officer, buyer = world.people["officer"], world.organisations["buyer"]
    _refused("official_may_not_trade", grant_role, officer, "MAKER", organisation=buyer, by=world.system)
    assert _door(world, "officer", "/owner/transfers/new/", {"key": "official-1"}) == 403


def test_maker_and_checker_are_two_people(world: World) -> None:
    maker, owner = world.people["owner-maker"], world.organisations["owner"]
    _refused("same_person", grant_role, maker, "CHECKER", organisation=owner, by=world.system)
    transfer = transfer_in(world, "CONFIRMING")
    _refused_by_table("transfer_confirmed_by_another", transfer, confirmed_by=transfer.made_by)


def test_retired_units_never_move_again(world: World) -> None:
    retired = Block.objects.get(state=UnitState.RETIRED)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        _close(retired, world)
    assert caught.value.__cause__.diag.constraint_name == "block_retired_stays"  # type: ignore[union-attr]
    available = Block.objects.open().filter(holder=retired.holder, state=UnitState.AVAILABLE).tonnes()
    form = {
        "key": "retired-01",
        "target_number": world.accounts["owner"].number,
        "quantity_t": available + 1,
        "reason": "再卖一次",
    }
    assert _door(world, "buyer-maker", "/owner/transfers/new/", form) == 409


def test_one_period_is_not_claimed_twice(world: World) -> None:
    maker, project = world.people["owner-maker"], world.projects["yearly"]
    _refused(
        "period_overlap",
        periods.open_period,
        project,
        starts_on=date(2025, 12, 1),
        ends_on=date(2025, 12, 31),
        by=maker,
    )
    dates = {"starts_on": (2025, 6, 1), "ends_on": (2025, 6, 30)}
    form = {f"{name}_{i}": part for name, parts in dates.items() for i, part in enumerate(parts)}
    assert _door(world, "owner-maker", reverse("period-new", args=[project.pk]), form) in (400, 409)
    assert MonitoringPeriod.objects.filter(project=project).count() == 1


def test_one_meter_belongs_to_one_project(world: World) -> None:
    with pytest.raises(RuleViolation) as caught:
        project_in(world, "DRAFT", meter_no=world.projects["meter"].meter_no)
    assert caught.value.code == "meter_taken"


def test_units_are_whole_tonnes_and_the_rest_is_carried(world: World) -> None:
    period = world.periods["meter"]
    assert (period.verified_mg, period.issued_t, period.carry_mg) == (1_931_435_853, 1, 931_435_853)
    with as_owner():
        _refused_by_table("period_issued_is_whole", period, carry_mg=10**9)


def test_more_than_verified_is_never_issued(world: World) -> None:
    period = period_in(world, "VERIFIED")
    assert period.claimed_mg is not None
    _refused_by_table("period_verified_not_above_claim", period, verified_mg=period.claimed_mg + 1)
    other = period_in(world, "VERIFYING", starts_on=date(2024, 4, 1), ends_on=date(2024, 4, 30))
    assert other.claimed_mg is not None
    _refused("above_claim", periods.verify, other, verified_mg=other.claimed_mg + 1, by=world.people["verifier"])


def test_nothing_is_issued_twice(world: World) -> None:
    period = world.periods["yearly"]
    _refused("wrong_state", issuing.issue, period, by=world.people["registrar"])
    assert _door(world, "registrar", _desk(period, "registry/issuedeskrow", "issue")) == 409
    assert period.batch.quantity_t == 722


def test_a_transfer_needs_the_other_side(world: World) -> None:
    transfer = transfer_in(world, "CONFIRMING")
    with pytest.raises(PermissionDenied):  # not offered yet: the other side does not even see it
        transfers.accept(transfer, by=world.people["buyer-maker"])
    assert _door(world, "buyer-maker", reverse("transfer-accept", args=[transfer.pk]), {"key": "accept-01"}) == 403


def test_a_retirement_is_approved_by_officers_of_the_registry_only(world: World) -> None:
    order = retirement_in(world, "REVIEWED")
    for who in ("buyer-checker", "owner-maker", "officer", "reviewer"):
        with pytest.raises(PermissionDenied):
            retirements.approve(order, by=world.people[who])
    assert _door(world, "officer", _desk(order, "registry/retirementdeskrow", "approve_retirement")) == 403


def test_an_officer_of_another_city_decides_nothing_here(world: World) -> None:
    project = project_in(world, "SUBMITTED")
    with pytest.raises(PermissionDenied):
        reviews.accept(project, by=world.people["other-officer"])
    assert _door(world, "other-officer", _desk(project, "projects/acceptancedeskrow", "accept")) == 403
    assert Project.objects.get(pk=project.pk).state == "SUBMITTED"


def test_an_application_promises_truth_and_uniqueness(world: World) -> None:
    project = project_in(world, "DRAFT")
    for field, code in (("unique_elsewhere", "not_unique"), ("truth_promised", "no_promise")):
        changed = applications.edit(project, by=world.people["owner-maker"], **{field: False})
        _refused(code, applications.submit, changed, by=world.people["owner-maker"])
        assert _door(world, "owner-maker", reverse("project-submit", args=[project.pk])) == 409
        project = applications.edit(changed, by=world.people["owner-maker"], **{field: True})


def test_a_serial_is_never_used_again(world: World) -> None:
    batch = block_of(world, 5).batch
    again = period_in(world, "ISSUED", starts_on=date(2023, 4, 1), ends_on=date(2023, 4, 30), mwh="9").batch
    assert batch.series != again.series
    assert (batch.serial_from, again.serial_from) == (1, 1)
    assert Decimal(batch.quantity_t) == 5
    with as_owner():
        _refused_by_table("batch_append_only", batch, serial_to=4)
