"""The chapter of the units: from riders' milligrams to a tonne with a serial number, through the verbs."""

from __future__ import annotations

from datetime import date
from itertools import count

from accounts.models import Division, Organisation
from accounts.roles import Role
from carbon_portal.story.roofs import pass_notice
from carbon_portal.story.world import World, introduce
from office.models import Profile
from projects.models import MonitoringPeriod, Project
from projects.services import applications, claim_periods, periods, reviews, sampling
from registry.models import HoldingAccount
from registry.services import issuing
from registry.services.accounts import open_account
from scenarios.models import Act, ClaimBatch, Partner, Scene
from scenarios.services.claims import close_claim

# Who applies for the platform that reports the rides.
REPRESENTATIVES = (("maker", "郑驰", Role.MAKER), ("checker", "黄核", Role.CHECKER))


def represent(world: World, organisation: Organisation, *, whose: str) -> None:
    """Give an organisation its two representatives, ``<whose>-maker`` and ``<whose>-checker``."""
    world.organisations[whose] = organisation
    introduce(world, {}, [(f"{whose}-{name}", full_name, role, whose) for name, full_name, role in REPRESENTATIVES])


def units_of_riders(world: World, scene: Scene, partner: Partner, *, whose: str) -> Project:
    """Register the partner's project of the scene, claim every month it has acts in, and bring each to issue.

    ``whose`` is the short name of the partner's people (see ``represent``); ``operator`` gathers. The winter file of
    clarification 8 gives 1,678,017,656 mg in all: 1 t, and 678,017,656 mg are carried. Its first ride was on the last of November
    where it was ridden, so the winter has four months.
    """
    project = register(world, scene, partner, whose=whose)
    if not HoldingAccount.objects.filter(organisation=partner.organisation).exists():
        world.accounts[whose] = open_account(partner.organisation, by=world.system)
    months = Act.objects.filter(upload__scene=scene, upload__partner=partner).dates("on_day", "month")
    for number, month in zip(count(1), months):
        claim = close_claim(scene, partner, month, by=world.people["operator"])
        world.periods[f"rides-{number}"] = to_issue(world, project, claim, whose=whose)
    return project


def register(world: World, scene: Scene, partner: Partner, *, whose: str) -> Project:
    """Apply for the scene's project, pass its notice and register it."""
    people, began = (
        world.people,
        Act.objects.filter(upload__scene=scene, upload__partner=partner).dates("on_day", "month"),
    )
    started = began.first() or date(2020, 12, 1)
    project = applications.draft(
        partner.organisation,
        by=people[f"{whose}-maker"],
        name="青岚市共享电动单车骑行减排项目",
        division=Division.objects.get(code="9901"),
        profile=Profile.objects.get(code="DEMO"),
        method=scene.method,
        scene=scene,
        location="青岚市全域",
        description=f"已授权的市民骑行共享电动单车，行程由{partner.name}记录，逐次核算；边界为还车点之间的骑行。",
        commissioned_on=started,
        crediting_from=started,
        crediting_to=started.replace(year=started.year + 10),
        unique_elsewhere=True,
        truth_promised=True,
    )
    project = applications.submit(project, by=people[f"{whose}-maker"])
    project = applications.confirm(project, by=people[f"{whose}-checker"])
    project = reviews.accept(project, by=people["officer"], reason="材料齐全")
    world.projects["rides"] = reviews.approve(project, by=people["reviewer"], reason="场景已上线，授权书完整，同意公示")
    pass_notice(world)
    world.projects["rides"] = reviews.register(world.projects["rides"], by=people["registrar"])
    return world.projects["rides"]


def to_issue(world: World, project: Project, claim: ClaimBatch, *, whose: str) -> MonitoringPeriod:
    """Open the claim's period; report, sample, verification, application, review, issue."""
    people, maker = world.people, world.people[f"{whose}-maker"]
    period = claim_periods.open_claim_period(project, claim, by=maker)
    period = periods.submit_report(period, verifier=world.organisations["verifier"], by=maker)
    sampling.draw_sample(period, by=people["verifier"])
    period = periods.verify(period, by=people["verifier"], reason="样本按原始记录重算，与入账一致")
    period = periods.apply_issue(period, by=maker)
    period = periods.confirm_issue(period, by=people[f"{whose}-checker"])
    period = periods.approve_issue(period, by=people["reviewer"], reason="申请量等于核证量")
    return issuing.issue(period, by=people["registrar"], key=f"demo-issue-{claim.number}")
