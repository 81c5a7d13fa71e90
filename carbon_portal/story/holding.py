"""A natural person who holds units: an account of one's own, twelve tonnes from the larger roof, two of them retired for a year."""

from __future__ import annotations

import time

from allauth.mfa.app_settings import TOTP_PERIOD
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from accounts.models import User
from accounts.second_factor import prove
from accounts.services.codes import send_code
from carbon_portal.story.world import World
from registry.models import HoldingAccount, Retirement
from registry.services import persons, requests, retirements, transfers
from scenarios.services import people

# Invented, of a region that does not exist; the telephone is one of the demo's own.
PHONE, NAME, IDENTITY_NO = "19900009001", "苏禾宁", "119901199203150018"
RECEIVED_T, RETIRED_T = 12, 2


def hold(world: World) -> HoldingAccount:
    """Verify the person, open the account, and let the person receive and retire."""
    code = send_code(phone=PHONE, purpose=people.ENTERING)
    citizen = people.register(phone=PHONE, code=code, by=world.system)
    citizen = people.verify_identity(citizen, name=NAME, identity_no=IDENTITY_NO, by=citizen.user)
    holder = User.objects.get(pk=citizen.user_id)
    secret = generate_totp_secret()
    TOTP.activate(holder, secret)
    request = persons.apply(citizen, by=holder)
    prove(request, requests.confirm.verb_name, _code(secret), by=holder)  # type: ignore[attr-defined]
    request = requests.confirm(request, by=holder)
    account = requests.approve(request, by=world.people["registrar"]).account
    if account is None:
        raise TypeError(f"{request} was approved without an account")
    order = transfers.initiate(
        world.accounts["owner"],
        target_number=account.number,
        quantity_t=RECEIVED_T,
        batch=world.periods["yearly"].batch,
        reason="转让合同 QL-2026-112",
        by=world.people["owner-maker"],
    )
    transfers.accept(transfers.confirm(order, by=world.people["owner-checker"]), by=holder)
    _retire(world, account, holder, _code(secret, before=1))
    return account


def _retire(world: World, account: HoldingAccount, holder: User, code: str) -> Retirement:
    order = retirements.initiate(
        account,
        quantity_t=RETIRED_T,
        kind="PERSONAL",
        beneficiary=account.organisation.name,
        purpose="抵消 2026 年的出行和用电",
        by=holder,
    )
    prove(order, retirements.confirm.verb_name, code, by=holder)  # type: ignore[attr-defined]
    order = retirements.confirm(order, by=holder)
    return retirements.approve(retirements.review(order, by=world.people["registrar"]), by=world.people["leader"])


def _code(secret: str, *, before: int = 0) -> str:
    """Return what the person's app shows now, or showed ``before`` half minutes ago, which still opens and was not used."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // TOTP_PERIOD - before))
