"""Pledge: proposed and confirmed by two people of the holder, accepted by the creditor, who releases it or asks for the units.

The units stay free until the creditor accepts: what is only offered keeps nothing from a court. A natural person
pledges alone with a second factor (clarification 18), and is no creditor.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from registry.models import Batch, Deed, HoldingAccount, Journal, Pledge
from registry.services import deeds
from registry.services.accounts import numbered
from registry.services.books import leave_what_is_due
from registry.services.deeds import Document
from registry.services.holding import hold, let_go
from registry.services.transfers import acts_for, by_another
from registry.states import DeedKind, JournalKind, PledgeState


@verb("registry.propose_pledge")
def propose(
    account: HoldingAccount,
    *,
    creditor_number: str,
    quantity_t: int,
    contract_no: str,
    by: User,
    batch: Batch | None = None,
    reason: str = "",
    key: str = "",
) -> Pledge:
    """The maker offers whole tonnes to a creditor as security, by a contract.

    Raises RuleViolation ``unknown_account``, ``same_account``, ``no_contract``, ``bad_quantity``.
    """
    acts_for(account, by, Role.MAKER)
    creditor = numbered(creditor_number, other_than=account)
    require(bool(contract_no.strip()), "no_contract", _("请填写质押合同号"))
    require(quantity_t > 0, "bad_quantity", _("数量是大于 0 的整吨"))
    pledge = Pledge.objects.create(
        account=account,
        creditor=creditor,
        quantity_t=quantity_t,
        batch=batch,
        contract_no=contract_no.strip(),
        reason=reason.strip(),
        made_by=by,
    )
    record("registry.propose_pledge", pledge, by=by, reason=reason, data={"quantity_t": quantity_t})
    return pledge


@verb("registry.confirm_pledge")
def confirm(pledge: Pledge, *, by: User, reason: str = "", key: str = "") -> Pledge:
    """The checker of the holder confirms; the creditor may now accept. Raises ``same_person``, ``wrong_state``."""
    pledge = lock(pledge)
    acts_for(pledge.account, by, Role.CHECKER)
    factor = by_another(
        pledge, pledge.made_by_id, lambda: pledge.account.organisation, "registry.confirm_pledge", by=by
    )
    advance(pledge, PledgeState.OFFERED, by=by, reason=reason, confirmed_by=by, factor=factor)
    return pledge


@verb("registry.accept_pledge")
def accept(pledge: Pledge, *, by: User, reason: str = "", key: str = "") -> Pledge:
    """The creditor accepts: the units are pledged from now on. Raises ``wrong_state``, ``not_enough`` when they are gone."""
    pledge, account, creditor = lock(pledge, pledge.account, pledge.creditor)
    acts_for(creditor, by, Role.MAKER, Role.CHECKER)
    require(pledge.state == PledgeState.OFFERED, "wrong_state", _("对方的确认代表还没有确认，或这笔已办结"))
    leave_what_is_due(account, pledge.quantity_t, pledge.batch)
    hold(pledge, pledge.quantity_t, kind=JournalKind.PLEDGE, by=by, reason=pledge.contract_no, save=False)
    told = {"held_t": pledge.held_t, "answered_by": by, "accepted_at": clock.now()}
    advance(pledge, PledgeState.IN_FORCE, by=by, reason=reason, **told)
    return pledge


@verb("registry.refuse_pledge")
def refuse(pledge: Pledge, *, by: User, reason: str, key: str = "") -> Pledge:
    """The creditor does not accept. Raises ``no_reason``, ``wrong_state``."""
    pledge = lock(pledge)
    acts_for(pledge.creditor, by, Role.MAKER, Role.CHECKER)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(pledge, PledgeState.REFUSED, by=by, reason=reason, answered_by=by)
    return pledge


@verb("registry.cancel_pledge")
def cancel(pledge: Pledge, *, by: User, reason: str, key: str = "") -> Pledge:
    """The holder takes the offer back before it is accepted. Raises ``no_reason``, ``wrong_state``."""
    pledge = lock(pledge)
    acts_for(pledge.account, by, Role.MAKER, Role.CHECKER)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(pledge, PledgeState.CANCELLED, by=by, reason=reason)
    return pledge


@verb("registry.release_pledge")
def release(pledge: Pledge, *, by: User, reason: str = "", key: str = "") -> Pledge:
    """The creditor's checker lets the units go. Raises ``wrong_state``."""
    pledge, _account, creditor = lock(pledge, pledge.account, pledge.creditor)
    acts_for(creditor, by, Role.CHECKER)
    _in_force(pledge)
    let_go(pledge, kind=JournalKind.UNPLEDGE, by=by, reason=pledge.contract_no, save=False)
    advance(pledge, PledgeState.RELEASED, by=by, reason=reason, held_t=0, released_by=by, ended_at=clock.now())
    return pledge


@verb("registry.ask_disposal")
def ask_disposal(pledge: Pledge, *, by: User, reason: str, key: str = "") -> Pledge:
    """The creditor's checker says the debtor is in default and asks the office for the units. Raises ``no_reason``, ``wrong_state``."""
    pledge = lock(pledge)
    acts_for(pledge.creditor, by, Role.CHECKER)
    _in_force(pledge)
    require(bool(reason.strip()), "no_reason", _("请写明违约情况和依据"))
    pledge.requested_by, pledge.requested_at = by, clock.now()
    pledge.save(update_fields=["requested_by", "requested_at"])
    record("registry.ask_disposal", pledge, by=by, reason=reason)
    return pledge


@verb("registry.enter_disposal")
def enter_disposal(
    pledge: Pledge, *, document: Document, quantity_t: int, by: User, reason: str = "", key: str = ""
) -> Deed:
    """An officer enters the document by which pledged tonnes go to the creditor, who has asked for it.

    Raises RuleViolation ``wrong_state``, ``not_asked``, ``not_enough`` and what :func:`registry.services.deeds.enter` refuses.
    """
    _in_force(pledge)
    require(pledge.requested_at is not None, "not_asked", _("质权人还没有申请处置"))
    _holds(pledge, quantity_t)
    return deeds.enter(
        DeedKind.DISPOSE,
        pledge.account,
        "registry.enter_disposal",
        document,
        quantity_t=quantity_t,
        pledge=pledge,
        target=pledge.creditor,
        by=by,
        reason=reason,
    )


def dispose(deed: Deed, account: HoldingAccount, *, by: User) -> Journal | None:
    """Carry a disposal out: pledged tonnes go to the creditor; when nothing is left, the pledge has ended."""
    if deed.pledge is None:
        raise TypeError(f"{deed} is about no pledge")
    pledge, quantity_t = deed.pledge, deed.quantity_t or 0
    pledge.refresh_from_db()  # locked by who confirms
    _in_force(pledge)
    _holds(pledge, quantity_t)
    pledge.enforced_t += quantity_t
    said = deeds.words(deed)
    journal = let_go(
        pledge,
        kind=JournalKind.ENFORCE,
        by=by,
        reason=said,
        holder=deed.target,
        quantity_t=quantity_t,
        save=False,
    )
    left = {"held_t": pledge.held_t, "enforced_t": pledge.enforced_t}
    if pledge.held_t:
        pledge.save(update_fields=[*left])
        record("registry.confirm_deed", pledge, by=by, reason=said, data=left)
    else:
        advance(pledge, PledgeState.ENFORCED, by=by, reason=said, ended_at=clock.now(), **left)
    return journal


def _in_force(pledge: Pledge) -> None:
    require(pledge.state == PledgeState.IN_FORCE, "wrong_state", _("这笔质押不在质押中，请刷新页面"))


def _holds(pledge: Pledge, quantity_t: int) -> None:
    said = _("这笔质押现在占着 %(held)s t，不够 %(wanted)s t，什么都没有改动")
    enough = quantity_t <= pledge.held_t
    require(enough, "not_enough", said % {"held": f"{pledge.held_t:,}", "wanted": f"{quantity_t:,}"})
