"""Riders' grams brought to a claim, a period and a unit, from the riding tests on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from accounts.models import Division
from carbon_portal.story import World
from carbon_portal.story.units import register
from projects.models import MonitoringPeriod, Project
from projects.services.claim_periods import open_claim_period
from projects.services.periods import apply_issue, approve_issue, confirm_issue, submit_report, verify
from projects.services.sampling import draw_sample
from projects.states import PeriodState
from registry.services.accounts import open_account
from registry.services.issuing import issue
from scenarios.models import Citizen, ClaimBatch, Partner, Scene, Upload
from scenarios.services.claims import close_claim
from scenarios.services.ingestion import settle_waiting
from tests import riding
from tests.stages import person

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Riding:
    """A scene with one partner, its people and its riders by the partner's own numbers."""

    world: World
    scene: Scene
    partner: Partner
    citizens: dict[str, Citizen] = field(default_factory=dict)

    def join(self, subjects: Iterable[str]) -> None:
        """Register riders who agreed to everything since 2020."""
        for subject in sorted(set(subjects) - self.citizens.keys()):
            self.citizens[subject] = riding.rider(self.world, subject, (self.partner, self.scene), since=SINCE)

    def rides(self, *rides: tuple[str, str, int]) -> Upload:
        """Send rides of (subject, start as ISO text, metres), ten km/h each, and let the sweep settle them."""
        return riding.settled(self.partner, self.scene, *(_row(*ride) for ride in rides))


def _row(subject: str, start: str, metres: int) -> riding.Row:
    began = datetime.fromisoformat(start)
    trip = hashlib.sha256(f"{subject} {start} {metres}".encode()).hexdigest()[:12]
    return riding.ride(subject, trip, began, minutes=metres * 6 / 1000, metres=f"{metres}.0")


def staffed(world: World, partner: Partner) -> None:
    """Give a partner the two people who apply for it, and the city an operator."""
    for name, role in (("maker", "MAKER"), ("checker", "CHECKER")):
        user = person(world, f"platform-{name}", role, organisation=partner.organisation)
        world.people[f"platform-{name}"] = user
    world.people["operator"] = person(world, "operator", "OPERATOR", division=Division.objects.get(code="9901"))
    world.organisations["platform"] = partner.organisation


def gathering(world: World, subjects: Iterable[str] = ("ada", "bo", "cy")) -> Riding:
    """Open the scene that takes history, a partner with its people, an operator, and riders."""
    scene = riding.historic()
    made = Riding(world, scene, riding.platform(world, scenes=[scene]))
    staffed(world, made.partner)
    made.join(subjects)
    return made


def winter(world: World) -> Riding:
    """Return the winter file of clarification 8, settled, with every rider it names."""
    partner, scene = riding.winter(world)
    staffed(world, partner)
    riding.send(partner, scene, riding.WINTER.read_bytes(), riding.WINTER_MAPPING)
    settle_waiting()
    return Riding(world, scene, partner)


def claimed(made: Riding, month: date) -> ClaimBatch:
    """Let the operator gather a month."""
    return close_claim(made.scene, made.partner, month, by=made.world.people["operator"])


def scene_project(made: Riding) -> Project:
    """Register the partner's project of the scene and give the partner a holding account."""
    project = register(made.world, made.scene, made.partner, whose="platform")
    open_account(made.partner.organisation, by=made.world.system)
    return project


def claim_period_in(made: Riding, project: Project, claim: ClaimBatch, state: str) -> MonitoringPeriod:
    """Open the period of a claim and take it to a state."""
    people, order = made.world.people, [*PeriodState]
    maker, to = people["platform-maker"], order.index(PeriodState(state))
    period = open_claim_period(project, claim, by=maker)
    steps = (
        (PeriodState.VERIFYING, lambda p: submit_report(p, verifier=made.world.organisations["verifier"], by=maker)),
        (PeriodState.VERIFIED, lambda p: verify(draw_sample(p, by=people["verifier"]).period, by=people["verifier"])),
        (PeriodState.CONFIRMING, lambda p: apply_issue(p, by=maker)),
        (PeriodState.APPLIED, lambda p: confirm_issue(p, by=people["platform-checker"])),
        (PeriodState.APPROVED, lambda p: approve_issue(p, by=people["reviewer"])),
        (PeriodState.ISSUED, lambda p: issue(p, by=people["registrar"])),
    )
    for reached, step in steps:
        if to >= order.index(reached):
            period = step(period)
    return period
