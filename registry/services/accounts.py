"""Holding accounts: opened, restricted, looked at again; and whether one may send or receive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, advance, lock, record, require, verb
from kernel import clock
from office.services.numbers import next_number
from registry.models import HoldingAccount
from registry.states import AccountKind, AccountState

AT_ONCE = 200
UnderWay = Callable[[HoldingAccount], int]
_elsewhere: list[UnderWay] = []


def under_way_from(source: UnderWay) -> None:
    """Let an app above say how many orders it has under way for an account: a closed account could not finish them."""
    _elsewhere.append(source)


def under_way(account: HoldingAccount) -> int:
    """Return how many orders of the apps above the account has under way."""
    return sum(source(account) for source in _elsewhere)


@verb("registry.open_account")
def open_account(
    organisation: Organisation, *, by: User, kind: str = AccountKind.TRADER, reason: str = ""
) -> HoldingAccount:
    """Open the one holding account of an entity. Raises RuleViolation ``account_open``."""
    known = HoldingAccount.objects.filter(organisation=organisation).exists()
    require(not known, "account_open", _("这家单位已有持有账户，一家单位只开一个"))
    return account_of(organisation, by=by, reason=reason, kind=kind)


def account_of(
    organisation: Organisation,
    *,
    by: User,
    reason: str,
    kind: str = AccountKind.TRADER,
    licence_valid_until: date | None = None,
) -> HoldingAccount:
    """Return the account of an entity, opened where it has none, inside the verb that needs it."""
    known = HoldingAccount.objects.filter(organisation=organisation).first()
    if known is not None:
        return known
    adm6 = organisation.division.adm6
    number = f"CH{adm6}{next_number(f'CH-{adm6}'):06d}"
    account = HoldingAccount.objects.create(
        organisation=organisation, number=number, kind=kind, licence_valid_until=licence_valid_until
    )
    record("registry.open_account", account, by=by, reason=reason)
    return account


def numbered(number: str, *, other_than: HoldingAccount) -> HoldingAccount:
    """Return the account of a number as people type it. Raises RuleViolation ``unknown_account``, ``same_account``."""
    account = HoldingAccount.objects.filter(number=number.strip().upper()).first()
    if account is None:
        raise RuleViolation("unknown_account", _("没有账户号 %s，请与对方核对") % number)
    require(account != other_than, "same_account", _("转入和转出不能是同一个账户"))
    return account


def may_send(account: HoldingAccount) -> None:
    """Refuse an account that begins or finishes nothing outgoing now; the account is locked by who asks.

    Raises RuleViolation ``account_restricted``, ``account_frozen`` or ``account_closed``.
    """
    said = {
        AccountState.RESTRICTED: _("账户 %s 被限制使用，恢复以前不能转出、交易、质押或注销"),
        AccountState.FROZEN: _("账户 %s 已被司法冻结，不能转出、交易、质押或注销"),
    }.get(AccountState(account.state), "")
    if said:
        raise RuleViolation(f"account_{account.state.lower()}", said % account.number)
    may_receive(account)


def may_receive(account: HoldingAccount) -> None:
    """Refuse an account that holds nothing any more. Raises RuleViolation ``account_closed``."""
    require(account.state != AccountState.CLOSED, "account_closed", _("账户 %s 已销户") % account.number)


@verb("registry.restrict_account")
def restrict(account: HoldingAccount, *, by: User, reason: str, key: str = "") -> HoldingAccount:
    """The registrar restricts an account and tells its holder why (registry rules, Art. 10). Raises ``no_reason``, ``wrong_state``."""
    account = lock(account)
    require(bool(reason.strip()), "no_reason", _("请写明限制的理由，账户单位会看到原文"))
    advance(account, AccountState.RESTRICTED, by=by, reason=reason)
    return account


@verb("registry.check_account")
def check(
    account: HoldingAccount, *, licence_valid_until: date | None, by: User, reason: str = "", key: str = ""
) -> HoldingAccount:
    """The registrar has looked at licence and data again and writes down until when they hold (None: without an end).

    Raises RuleViolation ``licence_expired`` (restrict it instead), ``account_closed``.
    """
    account = lock(account)
    may_receive(account)
    good = licence_valid_until is None or licence_valid_until >= clock.today()
    require(good, "licence_expired", _("执照有效期已过：请限制使用，等单位换证后再恢复"))
    account.licence_valid_until, account.checked_on = licence_valid_until, clock.today()
    account.save(update_fields=["licence_valid_until", "checked_on"])
    told = str(licence_valid_until or "")
    record("registry.check_account", account, by=by, reason=reason, data={"licence_valid_until": told})
    return account


@verb("registry.restrict_expired")
def restrict_expired(account: HoldingAccount, *, by: User, reason: str = "", key: str = "") -> HoldingAccount:
    """The portal restricts an account whose licence has ended. Raises ``licence_valid`` when it has not, ``wrong_state``."""
    account = lock(account)
    until = account.licence_valid_until
    require(until is not None and until < clock.today(), "licence_valid", _("执照还在有效期内"))
    advance(account, AccountState.RESTRICTED, by=by, reason=_("执照有效期至 %s，已过期") % until)
    return account


def restrict_all_expired() -> int:
    """Restrict every open account whose licence ended before today; return how many."""
    ended = HoldingAccount.objects.filter(state=AccountState.OPEN, licence_valid_until__lt=clock.today())
    by, done = portal_user(), 0
    for account in ended.order_by("pk")[:AT_ONCE]:
        try:
            restrict_expired(account, by=by)
        except RuleViolation:  # looked at, restricted or closed by somebody meanwhile; the event says so
            continue
        done += 1
    return done
