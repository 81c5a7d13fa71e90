"""Who the story is about: people, organisations, their roles and holding accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.models import Division, Organisation, User
from accounts.roles import Role
from accounts.services.people import grant_role, portal_user, register_organisation, register_person
from projects.models import MonitoringPeriod, Project
from registry.models import HoldingAccount, Retirement, Transfer
from registry.services.accounts import open_account

# username, name, role, place: a division code or an organisation of ORGANISATIONS.
PEOPLE = (
    ("admin", "钟岚", Role.SYSADMIN, "9901"),
    ("security", "沈安", Role.SECURITY_ADMIN, "9901"),
    ("audit", "严明", Role.AUDIT_ADMIN, "9901"),
    ("auditor", "韩审", Role.AUDITOR, "9901"),
    ("officer", "陈立", Role.OFFICER, "9901"),
    ("officer-two", "马敏", Role.OFFICER, "9901"),
    ("reviewer", "周宁", Role.REVIEWER, "9901"),
    ("registrar", "林森", Role.REGISTRAR, "9901"),
    ("reviewer-two", "郑和", Role.REVIEWER, "9901"),
    ("leader", "冯岩", Role.LEADER, "9901"),
    ("other-officer", "吴远", Role.OFFICER, "9902"),
    ("verifier", "徐核", Role.VERIFIER, "verifier"),
    ("owner-maker", "王启", Role.MAKER, "owner"),
    ("owner-checker", "赵确", Role.CHECKER, "owner"),
    ("buyer-maker", "孙采", Role.MAKER, "buyer"),
    ("buyer-checker", "李对", Role.CHECKER, "buyer"),
)
ORGANISATIONS = {
    "owner": ("91990100MA5C00015U", "青岚屋顶能源有限公司", Organisation.Kind.COMPANY),
    "buyer": ("91990100MA5C00023N", "青岚热电有限公司", Organisation.Kind.COMPANY),
    "verifier": ("91990100MA5C00031H", "青岚低碳核证有限公司", Organisation.Kind.VERIFIER),
}


@dataclass
class World:
    """Who and what the story made, by short names."""

    system: User
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    accounts: dict[str, HoldingAccount] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    periods: dict[str, MonitoringPeriod] = field(default_factory=dict)
    transfer: Transfer | None = None
    retirement: Retirement | None = None


def cast_people() -> World:
    """Make people, organisations, roles and holding accounts."""
    world = World(system=portal_user())
    introduce(world, ORGANISATIONS, PEOPLE, accounts=("owner", "buyer"))
    return world


def introduce(
    world: World,
    organisations: Mapping[str, tuple[str, str, str]],
    people: Sequence[tuple[str, str, str, str]],
    *,
    accounts: Sequence[str] = (),
) -> None:
    """Register organisations and people of the city, give the people their roles, and open holding accounts.

    ``organisations`` are short name → (credit code, name, kind), ``people`` as PEOPLE.
    """
    city = Division.objects.get(code="9901")
    for name, (uscc, title, kind) in organisations.items():
        world.organisations[name] = register_organisation(
            uscc=uscc, name=title, kind=kind, division=city, contact_phone="0990-5550-0100", by=world.system
        )
    for username, full_name, role, place in people:
        user = register_person(username=username, full_name=full_name, password=settings.DEMO_PASSWORD, by=world.system)
        where: dict[str, Any] = (
            {"division": Division.objects.get(code=place)}
            if place.isdigit()
            else {"organisation": world.organisations[place]}
        )
        grant_role(user, role, by=world.system, **where)
        world.people[username] = user
    for name in accounts:
        world.accounts[name] = open_account(world.organisations[name], by=world.system)
