"""Accounts on their way: a company without one, and what its two people and the registry's officers ask and decide."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Attachment, Division, Organisation, User
from accounts.services.attachments import keep_file, keep_paper
from accounts.services.people import register_organisation
from carbon_portal.story import World
from registry.models import AccountRequest, HoldingAccount
from registry.services import requests
from tests.stages import person

CODE = "91310115591693856A"
VALID = date(2030, 12, 31)


def newcomer(world: World) -> Organisation:
    """Register a company of the city with its two people, ``new-maker`` and ``new-checker``, and no account."""
    city = Division.objects.get(code="9901")
    company = register_organisation(
        uscc=CODE, name="青岚新材料有限公司", kind="COMPANY", division=city, by=world.system
    )
    for name, role in (("new-maker", "MAKER"), ("new-checker", "CHECKER")):
        world.people[name] = person(world, name, role, organisation=company)
    world.organisations["new"] = company
    return company


def licence(world: World, whose: str = "new") -> Attachment:
    """Keep a licence for an organisation."""
    file = ContentFile(b"%PDF-1.4 licence of " + whose.encode(), name="licence.pdf")
    return keep_file(world.organisations[whose], file, by=world.people[f"{whose}-maker"])


def order_paper(by: User) -> Attachment:
    """Keep a court's document."""
    return keep_paper(ContentFile(b"%PDF-1.4 order", name="order.pdf"), by=by)


def applied(world: World, **about: Any) -> AccountRequest:
    """Ask for an account of the newcomer, confirmed by its second person."""
    told: dict[str, Any] = {
        "account_kind": "OWNER", "legal_representative": "何新", "contact_phone": "0990-5550-0200",
        "licence_valid_until": VALID, "paper": licence(world),
    }  # fmt: skip
    request = requests.apply_account(world.organisations["new"], by=world.people["new-maker"], **{**told, **about})
    return requests.confirm(request, by=world.people["new-checker"])


def change_of(world: World, account: HoldingAccount, **about: Any) -> AccountRequest:
    """Report another legal representative of the owner."""
    told: dict[str, Any] = {
        "name": account.organisation.name, "legal_representative": "周新", "contact_phone": "", "licence_valid_until": VALID,
        "changed_on": date(2026, 11, 20), "paper": licence(world, "owner"),
    }  # fmt: skip
    return requests.apply_change(account, by=world.people["owner-maker"], **{**told, **about})


def ordered(world: World, account: HoldingAccount, kind: str, *, by: User) -> AccountRequest:
    """Enter a court's document about a whole account."""
    about = {"authority": "青岚市中级人民法院", "document_no": f"（2026）青执 {kind} 号", "paper": order_paper(by)}
    return requests.enter_account_order(account, kind=kind, by=by, **about)


def frozen(world: World, account: HoldingAccount, *, first: User, second: User) -> HoldingAccount:
    """Freeze a whole account by two officers."""
    requests.approve(ordered(world, account, "FREEZE", by=first), by=second)
    return HoldingAccount.objects.get(pk=account.pk)
