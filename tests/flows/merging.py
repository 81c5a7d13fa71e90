"""Pairs of steps that two people have to take, brought to the point where one person is about to take the second one.

``PAIRS`` says, per pair: how the case gets there through the verbs, who is merged, by which doors the second step can be
taken, what is said, and which constraint of the table refuses should every door forget the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Division, RoleGrant, User
from accounts.roles import REPRESENTATIVES, STAFF, Role
from accounts.services.people import end_role, grant_role
from carbon_portal import story
from carbon_portal.story import READINGS_MWH, World
from kernel import clock
from kernel.rules import RuleViolation
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import applications, periods, reviews
from registry.models import Retirement, Transfer
from registry.services import issuing, retirements, transfers

SAME_MAKER = "发起的人不能自己确认，请确认代表登录办理"
KEY = "merged-pair-key"


class Door(NamedTuple):
    """A way to take a step: its name as events call it, and how it is pressed (client signed in, row → answer)."""

    name: str
    press: Callable[[Client, Any], HttpResponse]


class Pair(NamedTuple):
    """Two steps of a case. ``first`` is the column of the person of the first step, ``second`` that of the second."""

    name: str
    case: Callable[[World], Model]
    first: str
    second: str
    role: str
    place: str
    verb: Callable[..., Any]
    said: str
    constraint: str
    doors: tuple[Door, ...]


def page(url_name: str, **body: Any) -> Door:
    """A button on a page of owners or verifiers."""
    return Door("page", lambda client, row: client.post(reverse(url_name, args=[row.pk]), {"key": KEY, **body}))


def desk(name: str, slug: str) -> Door:
    """A button on a desk of the admin."""
    address = f"admin:{name}_press"
    return Door("admin", lambda client, row: client.post(reverse(address, args=[row.pk, slug]), {"key": KEY}))


def api(kind: str, step: str) -> Door:
    """A step over the API."""

    def press(client: Client, row: Model) -> HttpResponse:
        address = f"/api/v1/{kind}/{row.pk}/{step}"
        return client.post(address, "{}", content_type="application/json", headers={"Idempotency-Key": KEY})  # type: ignore[return-value]

    return Door("api", press)


# Cases, told by the verbs up to the step in question.


def submitted(world: World) -> Project:
    """An application the maker has handed in and nobody has confirmed."""
    about = {
        "name": "城南粮库屋顶光伏项目",
        "capacity_kw": Decimal("400"),
        "meter_no": "9901-PV-004000",
        "location": "青岚市城南区粮库路 2 号",
        "commissioned_on": date(2023, 3, 1),
    }
    return applications.submit(story.application(world, **about), by=world.people["owner-maker"])


def accepted(world: World) -> Project:
    """An application the officer has accepted."""
    project = applications.confirm(submitted(world), by=world.people["owner-checker"])
    return reviews.accept(project, by=world.people["officer"])


def noticed(world: World) -> Project:
    """A project whose notice has ended."""
    project = reviews.approve(accepted(world), by=world.people["reviewer"])
    assert project.notice is not None
    days = (project.notice.ends_on - clock.today()).days + 1
    move_clock(forward=timedelta(days=days), by=world.system, reason="走完公示期")
    return project


def reported(world: World) -> MonitoringPeriod:
    """A period of the second project that waits for its verifier."""
    maker = world.people["owner-maker"]
    period = periods.open_period(
        world.projects["yearly"], starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31), by=maker
    )
    readings = {date(2024, month, 1): Decimal(mwh) for month, mwh in enumerate(READINGS_MWH, start=1)}
    period = periods.enter_readings(period, readings=readings, by=maker)
    return periods.submit_report(period, verifier=world.organisations["verifier"], by=maker)


def applied(world: World) -> MonitoringPeriod:
    """A verified period for which the maker has applied and nobody has confirmed."""
    period = periods.verify(reported(world), by=world.people["verifier"], reason="已核对")
    return periods.apply_issue(period, by=world.people["owner-maker"])


def confirmed(world: World) -> MonitoringPeriod:
    """A claim that waits for the reviewer."""
    return periods.confirm_issue(applied(world), by=world.people["owner-checker"])


def approved(world: World) -> MonitoringPeriod:
    """A claim that waits for the second officer."""
    return periods.approve_issue(confirmed(world), by=world.people["reviewer"])


def offered(world: World) -> Transfer:
    """A transfer the buyer's maker has made."""
    return transfers.initiate(
        world.accounts["buyer"],
        target_number=world.accounts["owner"].number,
        quantity_t=50,
        by=world.people["buyer-maker"],
        key="merged-transfer",
    )


def made(world: World) -> Retirement:
    """A retirement the buyer's maker has made."""
    return retirements.initiate(
        world.accounts["buyer"],
        quantity_t=50,
        kind="CORP",
        beneficiary="青岚热电有限公司",
        purpose="自愿注销",
        basis="办公楼，2026 年度",
        by=world.people["buyer-maker"],
        key="merged-retirement",
    )


def pending(world: World) -> Retirement:
    """A retirement that waits for the registry officer."""
    return retirements.confirm(made(world), by=world.people["buyer-checker"], key="merged-confirm")


def reviewed(world: World) -> Retirement:
    """A retirement that waits for the second officer."""
    return retirements.review(pending(world), by=world.people["registrar"], key="merged-review")


PAIRS = (
    Pair(
        "the maker of an application confirms it", submitted, "submitted_by", "confirmed_by", Role.CHECKER, "owner",
        applications.confirm, SAME_MAKER, "project_confirmed_by_another", (page("project-confirm"),),
    ),
    Pair(
        "the maker of an issue application confirms it", applied, "applied_by", "confirmed_by", Role.CHECKER, "owner",
        periods.confirm_issue, SAME_MAKER, "period_confirmed_by_another", (page("period-confirm"),),
    ),
    Pair(
        "the accepting officer reviews", accepted, "accepted_by", "approved_by", Role.REVIEWER, "9901",
        reviews.approve, "受理的人不能审核，请另一位人员办理", "project_approved_by_another",
        (desk("projects_reviewdeskrow", "approve"),),
    ),
    Pair(
        "the reviewer registers", noticed, "approved_by", "registered_by", Role.REGISTRAR, "9901",
        reviews.register, "审核的人不能登记，请第二位人员办理", "project_registered_by_another",
        (desk("projects_registrationdeskrow", "register"),),
    ),
    Pair(
        "the verifier reviews", confirmed, "verified_by", "approved_by", Role.REVIEWER, "9901",
        periods.approve_issue, "核证人不得审核自己核证的减排量", "period_verifier_is_not_reviewer",
        (desk("projects_claimdeskrow", "approve_issue"),),
    ),
    Pair(
        "the verifier issues", approved, "verified_by", "issued_by", Role.REGISTRAR, "9901",
        issuing.issue, "核证人不得签发", "period_verifier_is_not_issuer", (desk("registry_issuedeskrow", "issue"),),
    ),
    Pair(
        "the reviewer is the second officer", approved, "approved_by", "issued_by", Role.REGISTRAR, "9901",
        issuing.issue, "审核的人不能签发，请第二位人员办理", "period_reviewer_is_not_issuer",
        (desk("registry_issuedeskrow", "issue"),),
    ),
    Pair(
        "the buyer's maker confirms a transfer", offered, "made_by", "confirmed_by", Role.CHECKER, "buyer",
        transfers.confirm, SAME_MAKER, "transfer_confirmed_by_another",
        (page("transfer-confirm"), api("transfers", "confirm")),
    ),
    Pair(
        "the buyer's maker confirms a retirement", made, "made_by", "confirmed_by", Role.CHECKER, "buyer",
        retirements.confirm, SAME_MAKER, "retirement_confirmed_by_another",
        (page("retirement-confirm"), api("retirements", "confirm")),
    ),
    Pair(
        "the buyer's checker reviews the retirement", pending, "confirmed_by", "reviewed_by", Role.REGISTRAR, "9901",
        retirements.review, "发起或确认的人不能审核，也不能复核", "retirement_not_reviewed_by_checker",
        (desk("registry_retirementdeskrow", "review_retirement"), api("retirements", "review")),
    ),
    Pair(
        "the buyer's checker is the second officer", reviewed, "confirmed_by", "approved_by", Role.LEADER, "9901",
        retirements.approve, "发起或确认的人不能审核，也不能复核", "retirement_approved_by_another",
        (desk("registry_retirementdeskrow", "approve_retirement"), api("retirements", "approve")),
    ),
    Pair(
        "the first officer is the second", reviewed, "reviewed_by", "approved_by", Role.LEADER, "9901",
        retirements.approve, "审核的人不能复核，请第二位人员办理；代办视同本人", "retirement_second_officer",
        (desk("registry_retirementdeskrow", "approve_retirement"), api("retirements", "approve")),
    ),
)  # fmt: skip


def merge(world: World, pair: Pair, row: Model) -> User:
    """Let the person of the first step hold the role of the second one, lawfully where the rules of roles allow it.

    A maker's role is ended and a checker's given. A verifier or a representative may not work for the bureau at the same
    time: that refusal is shown, then the grant is written past the verb, so that the rule of the step itself is reached.
    """
    person: User = getattr(row, pair.first)
    held = person.grants_now()
    where: dict[str, Any] = (
        {"division": Division.objects.get(code=pair.place)}
        if pair.place.isdigit()
        else {"organisation": world.organisations[pair.place]}
    )
    if pair.role in REPRESENTATIVES:
        with pytest.raises(RuleViolation, match="同一个人不能在一个单位既当发起代表又当确认代表"):
            grant_role(person, pair.role, by=world.system, **where)
        end_role(held.get(), by=world.people["security"], reason="换岗")
    elif not held.filter(role__in=STAFF).exists():
        with pytest.raises(RuleViolation, match="主管部门的人员不能同时代表企业或核证机构") as refusal:
            grant_role(person, pair.role, by=world.system, **where)
        assert refusal.value.code == "official_may_not_trade"
        RoleGrant.objects.create(user=person, role=pair.role, granted_by=world.system, **where)
        return person
    grant_role(person, pair.role, by=world.system, **where)
    return person
