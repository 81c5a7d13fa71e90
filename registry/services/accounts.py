"""Holding accounts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.workflow import record, require, verb
from office.services.numbers import next_number
from registry.models import HoldingAccount


@verb("registry.open_account")
def open_account(organisation: Organisation, *, by: User, reason: str = "") -> HoldingAccount:
    """Open the one holding account of an entity. Raises RuleViolation ``account_open``."""
    known = HoldingAccount.objects.filter(organisation=organisation).exists()
    require(not known, "account_open", _("这家单位已有持有账户，一家单位只开一个"))
    return account_of(organisation, by=by, reason=reason)


def account_of(organisation: Organisation, *, by: User, reason: str) -> HoldingAccount:
    """Return the account of an entity, opened where it has none, inside the verb that needs it."""
    known = HoldingAccount.objects.filter(organisation=organisation).first()
    if known is not None:
        return known
    adm6 = organisation.division.adm6
    number = f"CH{adm6}{next_number(f'CH-{adm6}'):06d}"
    account = HoldingAccount.objects.create(organisation=organisation, number=number)
    record("registry.open_account", account, by=by, reason=reason)
    return account
