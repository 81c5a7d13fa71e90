"""Cases brought to a stage by the verbs, from the demo world on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Attachment, Division, User
from accounts.services.attachments import keep_file
from accounts.services.people import grant_role, register_person
from carbon_portal.story import World, application
from kernel import clock
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import applications, periods, reviews
from projects.services.decisions import Grounds
from projects.states import PeriodState, ProjectState
from registry.models import Retirement, Transfer
from registry.services import issuing, retirements, transfers
from registry.states import OrderState, RetirementState

ROOF: dict[str, Any] = {
    "name": "城北仓库屋顶光伏项目",
    "capacity_kw": Decimal("500"),
    "meter_no": "9901-PV-000500",
    "location": "青岚市城北区仓前路 5 号",
    "commissioned_on": date(2024, 1, 1),
}
GRID_KG_PER_MWH = Decimal("656.525")  # 722,177.5 kg of 1,100 MWh


def grounds(**changed: Any) -> Grounds:
    """Return on what a decision against the owner rests, and how it is served."""
    told = {
        "article": "演示机制第十五条",
        "service_method": "ELECTRONIC",
        "served_to": "王启",
        "served_on": clock.today(),
    }
    return Grounds(**{**told, **changed})


def project_in(world: World, state: str, **about: Any) -> Project:
    """Apply with another roof and take the application to a state."""
    people, to = world.people, ProjectState(state)
    project = application(world, **{**ROOF, **about})
    if to == ProjectState.DRAFT:
        return project
    if to == ProjectState.WITHDRAWN:
        return applications.withdraw(project, by=people["owner-maker"], reason="改装组件")
    project = applications.submit(project, by=people["owner-maker"])
    if to == ProjectState.CONFIRMING:
        return project
    project = applications.confirm(project, by=people["owner-checker"])
    if to == ProjectState.CORRECTION:
        return reviews.ask_correction(project, by=people["officer"], reason="缺并网验收单")
    if to == ProjectState.NOT_ACCEPTED:
        return reviews.refuse_acceptance(project, by=people["officer"], reason="不在本辖区", grounds=grounds())
    if to == ProjectState.SUBMITTED:
        return project
    project = reviews.accept(project, by=people["officer"])
    if to == ProjectState.ACCEPTED:
        return project
    if to == ProjectState.REJECTED:
        return reviews.reject(project, by=people["reviewer"], reason="不符合适用条件", grounds=grounds())
    return reviews.approve(project, by=people["reviewer"])


def period_in(
    world: World,
    state: str,
    *,
    project: Project | None = None,
    starts_on: date = date(2024, 1, 1),
    ends_on: date = date(2024, 3, 31),
    mwh: str = "90",
    verified_mg: int | None = None,
) -> MonitoringPeriod:
    """Open a period of the larger roof, spread ``mwh`` over its months and take it to a state."""
    people, order = world.people, [*PeriodState]
    maker, to = people["owner-maker"], order.index(PeriodState(state))
    period = periods.open_period(project or world.projects["yearly"], starts_on=starts_on, ends_on=ends_on, by=maker)
    period = periods.enter_readings(period, readings=readings(period, Decimal(mwh)), by=maker)
    if to >= order.index(PeriodState.VERIFYING):
        period = periods.submit_report(period, verifier=world.organisations["verifier"], by=maker)
    if state == PeriodState.RECTIFY:
        return periods.ask_rectification(period, by=people["verifier"], reason="三月读数与结算单不符")
    steps = (
        (PeriodState.VERIFIED, lambda p: periods.verify(p, by=people["verifier"], verified_mg=verified_mg)),
        (PeriodState.CONFIRMING, lambda p: periods.apply_issue(p, by=maker)),
        (PeriodState.APPLIED, lambda p: periods.confirm_issue(p, by=people["owner-checker"])),
        (PeriodState.APPROVED, lambda p: periods.approve_issue(p, by=people["reviewer"])),
        (PeriodState.ISSUED, lambda p: issuing.issue(p, by=people["registrar"])),
    )
    for reached, step in steps:
        if to >= order.index(reached):
            period = step(period)
    return period


def readings(period: MonitoringPeriod, mwh: Decimal) -> dict[date, Decimal]:
    """Spread a quantity over the months of a period; the first month takes what the division leaves."""
    months = [date(period.vintage, month, 1) for month in range(period.starts_on.month, period.ends_on.month + 1)]
    each = mwh // len(months)
    return {month: each if month != months[0] else mwh - each * (len(months) - 1) for month in months}


def block_of(world: World, tonnes: int) -> MonitoringPeriod:
    """Issue exactly so many tonnes in one batch to the owner, from the year 2024 of the larger roof."""
    carry = MonitoringPeriod.objects.get(pk=world.periods["yearly"].pk).carry_mg or 0
    mwh = tonnes * 1000 / GRID_KG_PER_MWH + 1
    return period_in(
        world,
        PeriodState.ISSUED,
        ends_on=date(2024, 12, 31),
        mwh=f"{mwh:.0f}",
        verified_mg=tonnes * 10**9 - carry,
    )


def transfer_in(world: World, state: str, quantity_t: int = 10) -> Transfer:
    """Offer units of the owner to the buyer and take the order to a state."""
    people, to = world.people, OrderState(state)
    transfer = transfers.initiate(
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        quantity_t=quantity_t,
        reason="购销合同",
        by=people["owner-maker"],
    )
    if to == OrderState.CONFIRMING:
        return transfer
    if to == OrderState.CANCELLED:
        return transfers.cancel(transfer, by=people["owner-maker"], reason="合同作废")
    if to == OrderState.EXPIRED:
        move_clock(forward=timedelta(days=transfers.ANSWER_DAYS + 1), by=world.system, reason="过了接收期限")
        return transfers.expire(transfer, by=world.system, reason="没有人办")
    transfer = transfers.confirm(transfer, by=people["owner-checker"])
    if to == OrderState.COMPLETED:
        return transfers.accept(transfer, by=people["buyer-maker"])
    if to == OrderState.REFUSED:
        return transfers.refuse(transfer, by=people["buyer-maker"], reason="数量不符")
    return transfer


def retirement_in(world: World, state: str, quantity_t: int = 10) -> Retirement:
    """Ask to retire units of the owner and take the order to a state."""
    people, to = world.people, RetirementState(state)
    retirement = retirements.initiate(
        world.accounts["owner"],
        quantity_t=quantity_t,
        kind="CORP",
        beneficiary="青岚屋顶能源有限公司",
        purpose="抵销 2025 年度办公用电的排放",
        basis="办公用电，2025 年度",
        by=people["owner-maker"],
    )
    if to == RetirementState.CONFIRMING:
        return retirement
    if to == RetirementState.CANCELLED:
        return retirements.cancel(retirement, by=people["owner-maker"], reason="改用绿证")
    retirement = retirements.confirm(retirement, by=people["owner-checker"])
    if to == RetirementState.PENDING:
        return retirement
    if to == RetirementState.REFUSED:
        return retirements.refuse(retirement, by=people["registrar"], reason="用途不清")
    retirement = retirements.review(retirement, by=people["registrar"])
    return retirement if to == RetirementState.REVIEWED else retire(retirement, world)


def retire(retirement: Retirement, world: World) -> Retirement:
    """Let the registry's officers, who are two, retire what the holder confirmed."""
    if retirement.state == RetirementState.PENDING:
        retirement = retirements.review(retirement, by=world.people["registrar"])
    return retirements.approve(retirement, by=world.people["leader"])


def person(world: World, username: str, role: str, *, organisation: Any = None, division: Any = None) -> User:
    """Register somebody and give the role in the organisation or division."""
    user = register_person(username=username, full_name=f"演示{username}", password="x" * 12, by=world.system)
    give(world, user, role, organisation=organisation, division=division)
    return user


def give(world: World, user: User, role: str, *, organisation: Any = None, division: Any = None) -> None:
    """Give a person one more role."""
    grant_role(user, role, organisation=organisation, division=division, by=world.system)


def office_in(world: World, code: str) -> World:
    """Return the same world with the bureau of another division at the desks."""
    division = Division.objects.get(code=code)
    staff = {
        name: person(world, f"{name}-{code}", role, division=division)
        for name, role in (("officer", "OFFICER"), ("reviewer", "REVIEWER"), ("registrar", "REGISTRAR"))
    }
    return replace(world, people={**world.people, **staff})


def kept(world: World, content: bytes, name: str = "export.csv", *, whose: str = "owner") -> Attachment:
    """Keep a file for the owner, as the upload page does before it reads it."""
    maker = world.people[f"{whose}-maker"]
    return keep_file(world.organisations[whose], ContentFile(content, name=name), by=maker)
