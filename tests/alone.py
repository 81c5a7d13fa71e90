"""Natural persons who hold units: verified by the real name, with a second factor, and alone."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache

from accounts.models import User
from accounts.second_factor import has_one, prove
from carbon_portal.story import World
from registry.models import AccountRequest, HoldingAccount, Transfer
from registry.services import persons, requests, transfers
from scenarios.models import Citizen
from tests.citizens import IDENTITY_NO, NAME, PHONE, verified
from tests.codes import app_code


def with_factor(user: User) -> User:
    """Set up the app on the telephone."""
    if not has_one(user):
        TOTP.activate(user, generate_totp_secret())
    return user


def code_of(user: User) -> str:
    """Return the code the app shows now; what was typed before does not stand in its way."""
    cache.clear()
    secret = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]
    return app_code(get_adapter().decrypt(secret))


def proven(row: Any, verb: Any, *, by: User) -> None:
    """Type the code for a verb on a row."""
    prove(row, verb.verb_name, code_of(by), by=by)


def confirmed(row: Any, verb: Any, *, by: User) -> Any:
    """Confirm an order as its natural person does: the code, then the verb."""
    proven(row, verb, by=by)
    return verb(row, by=by)


def asked(world: World, phone: str = PHONE, name: str = NAME, number: str = IDENTITY_NO) -> AccountRequest:
    """Ask for an account of a natural person, who becomes ``world.people["holder"]``."""
    citizen = verified(phone, name, number)
    world.people["holder"] = with_factor(citizen.user)
    return persons.apply(citizen, by=citizen.user)


def opened(world: World, **who: str) -> HoldingAccount:
    """Open the account of a natural person: ``world.accounts["holder"]``."""
    request = asked(world, **who)
    request = confirmed(request, requests.confirm, by=world.people["holder"])
    request = requests.approve(request, by=world.people["registrar"])
    assert request.account is not None
    world.accounts["holder"] = request.account
    world.organisations["holder"] = request.organisation
    return request.account


def received(world: World, quantity_t: int = 10) -> Transfer:
    """Have the owner transfer tonnes to the natural person, who accepts."""
    account = world.accounts["holder"]
    order = transfers.initiate(
        world.accounts["owner"], target_number=account.number, quantity_t=quantity_t, by=world.people["owner-maker"]
    )
    order = transfers.confirm(order, by=world.people["owner-checker"])
    return transfers.accept(order, by=world.people["holder"])


def citizen(world: World) -> Citizen:
    """Return the citizen the natural person is."""
    return Citizen.objects.get(user=world.people["holder"])
