"""Issue: whole tonnes once, the rest carried to the milligram, serials that run on and can be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.models import Division
from accounts.roles import Role
from accounts.services.people import register_organisation
from carbon_portal.story import World, application
from certificates.models import Certificate
from kernel import clock
from kernel.identifiers import parse_unit_serial
from office.models import DocumentSeries
from office.services.clock import move_clock
from projects.models import MonitoringPeriod
from projects.services import applications, reviews
from registry.models import Batch, Block, BookCheck, Series
from registry.services import issuing, transfers
from registry.services.checking import check_books
from registry.states import UnitState
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import ROOF, block_of, give, office_in, period_in, person

T = 10**9  # milligrams


def issued(period: MonitoringPeriod) -> tuple[int | None, int | None]:
    """Return tonnes issued and milligrams carried."""
    return period.issued_t, period.carry_mg


def test_a_year_of_1100_mwh_issues_722_t_and_carries_the_rest(world: World) -> None:
    period = world.periods["yearly"]

    assert period.verified_mg == 722_177_500_000
    assert issued(period) == (722, 177_500_000)
    assert (period.batch.serial_from, period.batch.serial_to, period.batch.quantity_t) == (1, 722, 722)
    assert Certificate.objects.for_subject(period.batch).get().snapshot["quantity_t"] == 722


def test_the_carry_completes_an_extra_tonne_in_the_next_period(world: World) -> None:
    """3 MWh are 1.969575 t; with 0.1775 t carried they are 2 t and 0.147075 t more, of the new period's vintage."""
    period = period_in(world, "ISSUED", mwh="3")

    assert period.verified_mg == 1_969_575_000
    assert issued(period) == (2, 147_075_000)
    assert period.batch.series.vintage == 2024
    assert (period.batch.number, period.batch.serial_from, period.batch.serial_to) == (1, 1, 2)


def test_a_period_under_a_tonne_issues_nothing_and_is_carried(world: World) -> None:
    period = period_in(world, "ISSUED", mwh="1")

    assert issued(period) == (0, 177_500_000 + 656_525_000)
    assert period.state == "ISSUED"
    assert not Batch.objects.filter(period=period).exists()
    nothing = period_in(world, "ISSUED", starts_on=date(2024, 4, 1), ends_on=date(2024, 4, 30), mwh="0")
    assert issued(nothing) == (0, 834_025_000)
    third = period_in(world, "ISSUED", starts_on=date(2024, 5, 1), ends_on=date(2024, 5, 31), mwh="1")
    assert issued(third) == (1, 490_550_000)


def test_a_negative_period_is_carried_as_a_deduction(world: World) -> None:
    """0.1775 − 0.6775 = −0.5 t; the next 1.969575 t then make 1 t, not 2."""
    negative = period_in(world, "ISSUED", mwh="1", verified_mg=-677_500_000)
    assert issued(negative) == (0, -500_000_000)

    after = period_in(world, "ISSUED", starts_on=date(2024, 4, 1), ends_on=date(2024, 4, 30), mwh="3")
    assert issued(after) == (1, 469_575_000)
    assert check_books().differences == []


def test_the_tonnes_of_a_project_never_exceed_its_milligrams(world: World) -> None:
    for month, mwh in enumerate(("1", "2", "1", "5", "0", "1"), start=1):
        first = date(2024, month, 1)
        period_in(world, "ISSUED", starts_on=first, ends_on=first + timedelta(days=27), mwh=mwh)

    totals = MonitoringPeriod.objects.filter(project=world.projects["yearly"]).aggregate(
        mg=Sum("verified_mg"), t=Sum("issued_t")
    )
    assert totals["t"] == totals["mg"] // T == (722_177_500_000 + 10 * 656_525_000) // T
    last = MonitoringPeriod.objects.filter(project=world.projects["yearly"], vintage=2024).last()
    assert last is not None
    assert last.carry_mg == totals["mg"] % T
    assert check_books().differences == []


def test_serials_of_a_vintage_run_on_from_batch_to_batch(world: World) -> None:
    first = period_in(world, "ISSUED", mwh="90")
    second = period_in(world, "ISSUED", starts_on=date(2024, 4, 1), ends_on=date(2024, 6, 30), mwh="90")

    assert first.batch.series == second.batch.series
    assert (second.batch.number, second.batch.serial_from) == (2, first.batch.serial_to + 1)
    assert Block.objects.filter(batch=second.batch).get().state == UnitState.AVAILABLE


def test_a_period_is_issued_once(world: World) -> None:
    period = period_in(world, "APPROVED")
    registrar = world.people["registrar"]

    done = issuing.issue(period, by=registrar, key="issue-0001")
    refused(issuing.issue, period, by=registrar, key="issue-0002", code="wrong_state")
    with nothing_changed():
        assert issuing.issue(period, by=registrar, key="issue-0001") == done
    refused(issuing.issue, world.periods["yearly"], by=registrar, key="issue-0001", code="key_reused")


def test_who_approved_cannot_issue(world: World) -> None:
    reviewer = world.people["reviewer"]
    give(world, reviewer, Role.REGISTRAR, division=Division.objects.get(code="9901"))

    refused(issuing.issue, period_in(world, "APPROVED"), by=reviewer, code="same_person")


def test_only_the_registrar_of_the_place_issues(world: World) -> None:
    period = period_in(world, "APPROVED")
    elsewhere = person(world, "elsewhere", Role.REGISTRAR, division=Division.objects.get(code="9902"))

    forbidden(issuing.issue, period, by=elsewhere)
    forbidden(issuing.issue, period, by=world.people["officer"])


def test_a_difference_in_the_books_stops_issuing_until_it_is_gone(world: World) -> None:
    period, registrar = period_in(world, "APPROVED"), world.people["registrar"]
    BookCheck.objects.create(batches=2, issued_t=723, held_t=622, retired_t=100, differences=["batch 1: 1 t"])

    refused(issuing.issue, period, by=registrar, code="books_differ")
    assert check_books().differences == []
    assert issuing.issue(period, by=registrar).state == "ISSUED"


def test_nothing_is_issued_to_an_owner_without_an_account(world: World) -> None:
    city = Division.objects.get(code="9901")
    newcomer = register_organisation(
        uscc="91420100MA4K00002Y", name="江滩光伏有限公司", kind="COMPANY", division=city, by=world.system
    )
    people = {
        f"owner-{name}": person(world, f"new-{name}", role, organisation=newcomer)
        for name, role in (("maker", Role.MAKER), ("checker", Role.CHECKER))
    }
    other = replace(
        world,
        people={**world.people, **people},
        organisations={**world.organisations, "owner": newcomer},
    )
    project = registered(other, **ROOF)
    period = period_in(other, "APPROVED", project=project)

    refused(issuing.issue, period, by=world.people["registrar"], code="no_account")


def registered(world: World, **about: object) -> object:
    """Register a project with the bureau at the desks of ``world``."""
    project = applications.submit(application(world, **about), by=world.people["owner-maker"])
    project = applications.confirm(project, by=world.people["owner-checker"])
    project = reviews.accept(project, by=world.people["officer"])
    project = reviews.approve(project, by=world.people["reviewer"])
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完公示期")
    return reviews.register(project, by=world.people["registrar"])


@pytest.fixture
def guangzhou(world: World) -> World:
    """The bureau of 440100, whose next project number is 17."""
    DocumentSeries.objects.create(name="PHC-440100", last=16)
    return office_in(world, "4401")


def test_serials_carry_the_check_characters_of_the_domain_before_and_after_a_split(guangzhou: World) -> None:
    """Domain §2.10: 10,363 t of 440100-GD22002-P00017-2023, then 4,000 t of them transferred."""
    world = guangzhou
    project = registered(
        world,
        **{**ROOF, "capacity_kw": Decimal(20_000), "commissioned_on": date(2023, 1, 1)},
        division=Division.objects.get(code="4401"),
    )
    period = period_in(
        world,
        "ISSUED",
        project=project,  # type: ignore[arg-type]
        starts_on=date(2023, 1, 1),
        ends_on=date(2023, 12, 31),
        mwh="15785",
    )
    prefix = "PHCER-440100-GD22002-P00017-2023-01"

    assert str(period.batch.series) == "440100-GD22002-P00017-2023"
    assert period.issued_t == 10_363
    assert period.batch.serial == f"{prefix}-000000001-000010363-1"
    [whole] = Block.objects.open().filter(batch=period.batch)
    assert whole.serial == period.batch.serial

    transfer = transfers.initiate(
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        quantity_t=4_000,
        batch=period.batch,
        by=world.people["owner-maker"],
    )
    split = [f"{prefix}-000000001-000004000-N", f"{prefix}-000004001-000010363-B"]
    assert serials(period.batch) == split
    transfer = transfers.confirm(transfer, by=world.people["owner-checker"])
    transfers.accept(transfer, by=world.people["buyer-maker"])

    assert serials(period.batch) == split
    sold, kept = Block.objects.open().filter(batch=period.batch).order_by("serials")
    assert (sold.holder, kept.holder) == (world.accounts["buyer"], world.accounts["owner"])
    assert period.batch.serial == f"{prefix}-000000001-000010363-1"
    certificate = Certificate.objects.for_subject(period.batch).get()
    assert certificate.snapshot["serials"] == [f"{prefix}-000000001-000010363-1"]
    for serial in split:
        parts = parse_unit_serial(serial)
        assert (parts.adm6, parts.meth7, parts.proj6, parts.vintage) == ("440100", "GD22002", "P00017", 2023)


def serials(batch: Batch) -> list[str]:
    """Return the serials of a batch as they are held now."""
    return [block.serial for block in Block.objects.open().filter(batch=batch).order_by("serials")]


def test_a_block_of_exactly_a_thousand_tonnes_can_be_made(world: World) -> None:
    period = block_of(world, 1_000)

    assert issued(period) == (1_000, 0)
    assert Series.objects.get(project=world.projects["yearly"], vintage=2024).batches.get() == period.batch
