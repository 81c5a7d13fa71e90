"""Finding again what earlier chapters made, so that the story can be told on by another process."""

from __future__ import annotations

from accounts.models import Organisation, User
from carbon_portal.story.roofs import PROJECTS
from carbon_portal.story.winter import COMPANIES, SCENE, Winter
from carbon_portal.story.world import ORGANISATIONS, World
from projects.models import Project
from registry.models import HoldingAccount, Retirement, Transfer
from scenarios.models import Partner, PartnerLink, Scene


def recall() -> World:
    """Find the people, organisations, accounts and projects of the roofs, however far the story was told."""
    world = World(system=User.objects.get(username="system"))
    world.people = {
        user.username: user for user in User.objects.exclude(username="system").filter(citizen__isnull=True)
    }
    world.organisations = {name: Organisation.objects.get(uscc=uscc) for name, (uscc, *_rest) in ORGANISATIONS.items()}
    world.accounts = {
        name: HoldingAccount.objects.get(organisation=world.organisations[name]) for name in ("owner", "buyer")
    }
    world.projects = {name: Project.objects.get(name=about["name"]) for name, about in PROJECTS.items()}
    world.periods = {name: project.periods.get() for name, project in world.projects.items()}
    world.transfer = Transfer.objects.earliest("pk")
    world.retirement = Retirement.objects.earliest("pk")
    return world


def recall_winter(world: World) -> Winter:
    """Find the platforms and their riders."""
    told = Winter(scene=Scene.objects.get(code=SCENE))
    for name, (uscc, *_rest) in COMPANIES.items():
        told.partners[name] = Partner.objects.get(organisation__uscc=uscc)
        told.interfaces[name] = world.people[f"{name}-api"]
        world.organisations[name] = told.partners[name].organisation
    links = PartnerLink.objects.filter(partner=told.partners["riding"]).order_by("pk").select_related("citizen")
    told.riders = {link.subject: link.citizen for link in links}
    return told
