"""Judicial freeze: by document and two officers; renewed, released, enforced, expired; with a queue (轮候).

A freeze takes available units only. What an order under way has set aside is named to the officer, who can have the orders taken
back when the document asks for it; pledged, traded, retired and cancelled units are left alone.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, advance, lock, record, require, verb
from kernel import clock
from registry.models import Batch, Deed, Freeze, HoldingAccount, Journal
from registry.services import deeds
from registry.services.accounts import numbered
from registry.services.books import available, due
from registry.services.deeds import Document
from registry.services.holding import hold, let_go
from registry.services.stopping import stop_orders
from registry.states import DeedKind, FreezeState, JournalKind

AT_ONCE = 200


@verb("registry.enter_freeze")
def enter_freeze(
    account: HoldingAccount,
    *,
    document: Document,
    quantity_t: int,
    until: date,
    by: User,
    batch: Batch | None = None,
    behind: Freeze | None = None,
    stops_orders: bool = False,
    reason: str = "",
    key: str = "",
) -> Deed:
    """An officer enters a court's freeze of whole tonnes, of one batch if named, to a day (included); behind another if it says so.

    Raises RuleViolation ``past_date``, ``other_account`` and what :func:`registry.services.deeds.enter` refuses.
    """
    require(until >= clock.today(), "past_date", _("冻结期限不能早于今天"))
    followed = behind is None or (behind.account_id == account.pk and behind.state == FreezeState.IN_FORCE)
    require(followed, "other_account", _("轮候要排在同一个账户、还在冻结中的一笔之后"))
    return deeds.enter(
        DeedKind.FREEZE,
        account,
        "registry.enter_freeze",
        document,
        quantity_t=quantity_t,
        until=until,
        batch=batch,
        freeze=behind,
        stops_orders=stops_orders,
        by=by,
        reason=reason,
    )


@verb("registry.enter_renewal")
def enter_renewal(
    freeze: Freeze,
    *,
    document: Document,
    until: date,
    by: User,
    reason: str = "",
    key: str = "",
) -> Deed:
    """An officer enters that a freeze goes on to a later day. Raises ``not_in_force``, ``not_later``."""
    _in_force(freeze)
    require(until > freeze.until, "not_later", _("续冻的期限要晚于现在的 %s") % freeze.until)
    about = {"until": until, "freeze": freeze}
    return deeds.enter(
        DeedKind.RENEW, freeze.account, "registry.enter_renewal", document, by=by, reason=reason, **about
    )


@verb("registry.enter_release")
def enter_release(
    freeze: Freeze,
    *,
    document: Document,
    by: User,
    reason: str = "",
    key: str = "",
) -> Deed:
    """An officer enters that a freeze is lifted. Raises ``not_in_force``."""
    _in_force(freeze)
    return deeds.enter(
        DeedKind.RELEASE, freeze.account, "registry.enter_release", document, freeze=freeze, by=by, reason=reason
    )


@verb("registry.enter_enforcement")
def enter_enforcement(
    freeze: Freeze,
    *,
    document: Document,
    target_number: str,
    quantity_t: int,
    by: User,
    reason: str = "",
    key: str = "",
) -> Deed:
    """An officer enters that frozen tonnes go to another account. Raises ``not_in_force``, ``unknown_account``, ``same_account``,
    ``not_enough`` for more than the freeze holds.
    """
    _in_force(freeze)
    target = numbered(target_number, other_than=freeze.account)
    _holds(freeze, quantity_t)
    return deeds.enter(
        DeedKind.ENFORCE,
        freeze.account,
        "registry.enter_enforcement",
        document,
        quantity_t=quantity_t,
        freeze=freeze,
        target=target,
        by=by,
        reason=reason,
    )


def _in_force(freeze: Freeze) -> None:
    there = freeze.state == FreezeState.IN_FORCE and freeze.until >= clock.today()
    require(there, "not_in_force", _("这笔冻结已经结束或到期，不能再办"))


def _holds(freeze: Freeze, quantity_t: int) -> None:
    said = _("这笔冻结现在占着 %(held)s t，不够 %(wanted)s t，什么都没有改动")
    enough = quantity_t <= freeze.held_t
    require(enough, "not_enough", said % {"held": f"{freeze.held_t:,}", "wanted": f"{quantity_t:,}"})


def freeze(deed: Deed, account: HoldingAccount, *, by: User) -> None:
    """Carry a freeze out: it takes what is available after those before it, and waits for the rest."""
    until, quantity_t = deed.until or date.min, deed.quantity_t or 0  # the table wants both of a freeze
    require(until >= clock.today(), "past_date", _("冻结期限不能早于今天"))
    if deed.stops_orders:
        stop_orders(by=by, reason=deeds.words(deed), holder=account)
    made = Freeze.objects.create(
        deed=deed,
        account=account,
        quantity_t=quantity_t,
        batch=deed.batch,
        until=until,
        behind=deed.freeze,
    )
    serve(account, by=by)
    made.refresh_from_db()
    told = {"deed": deed.kind, "held_t": made.held_t}
    record("registry.confirm_deed", made, by=by, reason=deeds.words(deed), data=told)


def renew(deed: Deed, account: HoldingAccount, *, by: User) -> None:
    """Carry a renewal out."""
    row = _of(deed)
    require(deed.until is not None and deed.until > row.until, "not_later", _("续冻的期限要晚于现在的期限"))
    row.until = deed.until  # type: ignore[assignment]
    row.save(update_fields=["until"])
    told = {"deed": deed.kind, "until": str(deed.until)}
    record("registry.confirm_deed", row, by=by, reason=deeds.words(deed), data=told)


def release(deed: Deed, account: HoldingAccount, *, by: User) -> Journal | None:
    """Carry a release out: whoever waits is served at once."""
    return _end(_of(deed), FreezeState.RELEASED, by=by, reason=deeds.words(deed))


def enforce(deed: Deed, account: HoldingAccount, *, by: User) -> Journal | None:
    """Carry an enforcement out: frozen tonnes go to the account the document names."""
    row, quantity_t = _of(deed), deed.quantity_t or 0
    _holds(row, quantity_t)
    row.enforced_t += quantity_t
    journal = let_go(
        row,
        kind=JournalKind.ENFORCE,
        by=by,
        reason=deeds.words(deed),
        holder=deed.target,
        quantity_t=quantity_t,
        also=("enforced_t",),
    )
    told = {"deed": deed.kind, "enforced_t": quantity_t}
    record("registry.confirm_deed", row, by=by, reason=deeds.words(deed), data=told)
    if row.enforced_t == row.quantity_t:
        _end(row, FreezeState.ENFORCED, by=by, reason=deeds.words(deed))
    return journal


def _of(deed: Deed) -> Freeze:
    if deed.freeze is None:
        raise TypeError(f"{deed} is about no freeze")
    row = deed.freeze
    row.refresh_from_db()  # locked by who confirms
    _in_force(row)
    return row


def _end(freeze: Freeze, to: str, *, by: User, reason: str) -> Journal | None:
    """Let go what a freeze holds and give it to who waits, under one lock of the account."""
    journal = let_go(freeze, kind=JournalKind.UNFREEZE, by=by, reason=reason)
    advance(freeze, to, by=by, reason=reason, ended_at=clock.now())
    serve(freeze.account, by=by)
    return journal


def serve(account: HoldingAccount, *, by: User) -> int:
    """Give the freezes that wait on a locked account what is available, first come first, partly if need be; return the tonnes."""
    given = 0
    for freeze in Freeze.objects.waiting().filter(account=account).select_related("account", "batch", "deed"):
        part = min(available(account, freeze.batch), freeze.missing_t)
        if part:
            reason = deeds.words(freeze.deed)
            journal = hold(freeze, part, kind=JournalKind.FREEZE, by=by, reason=reason)
            told = {"taken_t": part, "journal": journal.number}
            record("registry.serve_freezes", freeze, by=by, reason=reason, data=told)
            given += part
    return given


@verb("registry.serve_freezes")
def serve_waiting(account: HoldingAccount, *, by: User, reason: str = "", key: str = "") -> HoldingAccount:
    """The portal gives units that came to an account to the freezes that wait for them."""
    account = lock(account)
    serve(account, by=by)
    return account


@verb("registry.expire_freeze")
def expire(freeze: Freeze, *, by: User, reason: str = "", key: str = "") -> Freeze:
    """The portal ends a freeze whose last day has passed. Raises ``not_due`` on or before it, ``wrong_state``."""
    freeze, _account = lock(freeze, freeze.account)
    require(clock.today() > freeze.until, "not_due", _("这笔冻结还没有到期"))
    require(freeze.state == FreezeState.IN_FORCE, "wrong_state", _("这笔冻结已经结束"))
    _end(freeze, FreezeState.EXPIRED, by=by, reason=reason)
    return freeze


def follow() -> int:
    """Expire what is past its last day and serve who waits; return how many rows were handled. The sweep's body."""
    done = 0
    for freeze in Freeze.objects.in_force().filter(until__lt=clock.today()).order_by("pk")[:AT_ONCE]:
        try:
            expire(freeze, by=portal_user(), reason=_("冻结期限届满，没有续冻"))
        except RuleViolation:  # settled by somebody else meanwhile; the event says so
            continue
        done += 1
    accounts = HoldingAccount.objects.filter(freezes__in=Freeze.objects.waiting()).distinct().order_by("pk")
    for account in accounts[:AT_ONCE]:
        if due(account):
            serve_waiting(account, by=portal_user())
            done += 1
    return done
