"""Transfer: made, confirmed by a second person of the same organisation, accepted by the other side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Event, Organisation, User
from accounts.roles import Role
from accounts.services.factors import factor_for
from accounts.services.people import portal_user
from accounts.workflow import PermissionDenied, RuleViolation, advance, lock, record, require, verb
from kernel import clock
from registry.models import Batch, HoldingAccount, Transfer
from registry.services.accounts import may_receive, may_send, numbered
from registry.services.books import reserve, shift
from registry.states import JournalKind, OrderState, UnitState

# How long a transfer may wait for its two answers (§1.4.5 names a time-out and no length: class [product]).
ANSWER_DAYS = 14
WAITING = (OrderState.CONFIRMING, OrderState.OFFERED)


def acts_for(account: HoldingAccount, by: User, *roles: str) -> None:
    """Refuse a person who holds none of the roles in the account's organisation (403): seeing a row is not acting for it.

    A natural person acts for the own account in every role; which verbs that are is in ``accounts.roles``.
    """
    if not by.organisations(*roles, Role.HOLDER).filter(pk=account.organisation_id).exists():
        raise PermissionDenied(_("您不是这个账户的代表，不能替它办理"))


def by_another(
    row: Any, first_id: int | None, organisation: Callable[[], Organisation], act: str, *, by: User, said: str = ""
) -> Event | None:
    """Refuse the same person twice (``same_person``); of a natural person ask for the second factor given for this act instead.

    Returns its event, which the row keeps, and None where two people act. ``organisation`` is asked for only when it matters.
    Raises ``second_factor_needed``.
    """
    if by.pk != first_id:
        return None
    require(organisation().is_person, "same_person", said or _("发起的人不能自己确认，请确认代表登录办理"))
    return factor_for(row, act, by=by)


@verb("registry.initiate_transfer")
def initiate(
    source: HoldingAccount,
    *,
    target_number: str,
    quantity_t: int,
    by: User,
    batch: Batch | None = None,
    reason: str = "",
    key: str = "",
) -> Transfer:
    """The maker sets aside whole tonnes, oldest serials first (or of one batch), for another account.

    Raises RuleViolation ``unknown_account``, ``same_account``, ``bad_quantity``, ``not_enough``.
    """
    acts_for(source, by, Role.MAKER)
    target = numbered(target_number, other_than=source)
    may_receive(target)
    source = lock(source)
    reservation = reserve(source, quantity_t, state=UnitState.TRANSFER_PENDING, by=by, reason=reason, batch=batch)
    transfer = Transfer.objects.create(
        source=source,
        target=target,
        quantity_t=quantity_t,
        reason=reason,
        reserved=reservation,
        made_by=by,
        answer_by=clock.today() + timedelta(days=ANSWER_DAYS),
    )
    record("registry.initiate_transfer", transfer, by=by, reason=reason, data={"quantity_t": quantity_t})
    return transfer


@verb("registry.confirm_transfer")
def confirm(transfer: Transfer, *, by: User, reason: str = "", key: str = "") -> Transfer:
    """The checker of the same organisation confirms; the other side may now accept. Raises ``same_person``, ``second_factor_needed``."""
    transfer = lock(transfer)
    acts_for(transfer.source, by, Role.CHECKER)
    factor = by_another(
        transfer, transfer.made_by_id, lambda: transfer.source.organisation, "registry.confirm_transfer", by=by
    )
    require(transfer.state == OrderState.CONFIRMING, "wrong_state", _("这笔转移不在待确认状态，请刷新页面"))
    _in_time(transfer)
    advance(transfer, OrderState.OFFERED, by=by, reason=reason, confirmed_by=by, factor=factor)
    return transfer


@verb("registry.accept_transfer")
def accept(transfer: Transfer, *, by: User, reason: str = "", key: str = "") -> Transfer:
    """The other side accepts and holds the units from now on."""
    transfer, source, target = lock(transfer, transfer.source, transfer.target)
    acts_for(target, by, Role.MAKER, Role.CHECKER)
    require(transfer.state == OrderState.OFFERED, "wrong_state", _("对方的确认代表还没有确认，或这笔已办结"))
    may_send(source)
    may_receive(target)
    _in_time(transfer)
    journal = shift(
        transfer.reserved, JournalKind.TRANSFER, holder=target, state=UnitState.AVAILABLE, by=by, reason=transfer.reason
    )
    advance(transfer, OrderState.COMPLETED, by=by, reason=reason, answered_by=by, journal=journal)
    return transfer


def _in_time(transfer: Transfer) -> None:
    said = _("这笔转移过了接收期限，减排量会退回转出账户，请对方重新发起")
    require(clock.today() <= transfer.answer_by, "expired", said)


@verb("registry.refuse_transfer")
def refuse(transfer: Transfer, *, by: User, reason: str, key: str = "") -> Transfer:
    """The other side refuses; the units go back."""
    transfer, _source, target = lock(transfer, transfer.source, transfer.target)
    acts_for(target, by, Role.MAKER, Role.CHECKER)
    return _release(transfer, OrderState.REFUSED, by=by, reason=reason, answered_by=by)


@verb("registry.cancel_transfer")
def cancel(transfer: Transfer, *, by: User, reason: str, key: str = "") -> Transfer:
    """The owner takes the order back before it is accepted; the units are available again."""
    transfer, source = lock(transfer, transfer.source)
    acts_for(source, by, Role.MAKER, Role.CHECKER)
    return _release(transfer, OrderState.CANCELLED, by=by, reason=reason)


@verb("registry.expire_transfer")
def expire(transfer: Transfer, *, by: User, reason: str, key: str = "") -> Transfer:
    """The portal ends a transfer that nobody answered in time; the units are available again. Raises ``not_due``, ``wrong_state``."""
    transfer, _source = lock(transfer, transfer.source)
    require(transfer.state in WAITING, "wrong_state", _("这笔转移已办结，请刷新页面"))
    require(clock.today() > transfer.answer_by, "not_due", _("这笔转移还在接收期限内"))
    return _release(transfer, OrderState.EXPIRED, by=by, reason=reason)


def expire_due() -> int:
    """Expire the transfers whose last day has passed, 200 at most; return how many. The sweep's body."""
    waiting = Transfer.objects.filter(state__in=WAITING, answer_by__lt=clock.today())
    expired = 0
    for transfer in waiting.order_by("pk")[:200]:
        try:
            expire(transfer, by=portal_user(), reason=_("过了接收期限，没有办完"))
        except RuleViolation:  # answered by somebody meanwhile; the event says so
            continue
        expired += 1
    return expired


def _release(transfer: Transfer, to: str, *, by: User, reason: str, **fields: User) -> Transfer:
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(transfer, to, by=by, reason=reason, **fields)
    shift(
        transfer.reserved, JournalKind.RELEASE, holder=transfer.source, state=UnitState.AVAILABLE, by=by, reason=reason
    )
    return transfer
