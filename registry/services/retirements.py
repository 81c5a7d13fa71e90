"""Retirement: made and confirmed by two people of the holder, reviewed and approved by two of the registry. Retired is for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.workflow import advance, lock, record, require, verb
from certificates.models import Certificate
from certificates.services.certificates import award
from kernel import clock
from registry.models import Batch, FraudCase, HoldingAccount, Journal, Retirement
from registry.models.orders import SECOND_OFFICER
from registry.services import cases
from registry.services.accounts import may_send
from registry.services.books import opened, reserve, shift
from registry.services.transfers import acts_for, by_another
from registry.states import BASIS, FREE_KINDS, NOT_OF_A_PERSON, JournalKind, RetirementKind, RetirementState, UnitState

# What else happens when a retirement of a kind is approved, inside the verb and after its locks; apps above add theirs.
AT_APPROVAL: dict[str, Callable[..., None]] = {RetirementKind.SUBSTITUTE: cases.count}
# What the certificate of a kind states besides, as ``award`` takes it; apps above add theirs.
ON_PAPER: dict[str, Callable[[Retirement], dict[str, Any]]] = {}
LONGEST_NAME = 48  # what a certificate can show in two lines


@verb("registry.initiate_retirement")
def initiate(
    account: HoldingAccount,
    *,
    quantity_t: int,
    kind: str,
    beneficiary: str,
    purpose: str,
    by: User,
    basis: str = "",
    batch: Batch | None = None,
    reason: str = "",
    key: str = "",
) -> Retirement:
    """The maker sets aside whole tonnes, oldest serials first, to be retired for a beneficiary and a purpose.

    Raises RuleViolation ``bad_kind``, ``no_beneficiary``, ``name_too_long``, ``no_purpose``, ``no_basis`` (what the kind goes back
    to: boundary and year, a court's document, a summary of points), ``bad_quantity``, ``not_enough``.
    """
    of_unit = kind in NOT_OF_A_PERSON and account.organisation.is_person
    require(kind in dict(FREE_KINDS) and not of_unit, "bad_kind", _("请从列表里选择用途类别"))
    return begin(
        account,
        quantity_t=quantity_t,
        kind=kind,
        beneficiary=beneficiary,
        purpose=purpose,
        by=by,
        basis=basis,
        batch=batch,
        reason=reason,
    )


def begin(
    account: HoldingAccount,
    *,
    quantity_t: int,
    kind: str,
    beneficiary: str,
    purpose: str,
    by: User,
    basis: str = "",
    batch: Batch | None = None,
    reason: str = "",
    case: FraudCase | None = None,
) -> Retirement:
    """Set units aside and write the order, inside the verb that asks for it; refuses as :func:`initiate` does."""
    acts_for(account, by, Role.MAKER)
    beneficiary, purpose, basis = beneficiary.strip(), purpose.strip(), basis.strip()
    require(bool(beneficiary), "no_beneficiary", _("请填写受益方，它会写在注销证明上"))
    require(
        len(beneficiary) <= LONGEST_NAME, "name_too_long", _("受益方最多 %d 个字，证书上写不下更长的") % LONGEST_NAME
    )
    require(0 < len(purpose) <= 100, "no_purpose", _("请用不超过 100 个字写明用途"))
    said = _("这一类注销要写明%s，不超过 100 个字")
    require(kind not in BASIS or 0 < len(basis) <= 100, "no_basis", said % BASIS.get(RetirementKind(kind), ""))
    account = lock(account)
    reservation = reserve(account, quantity_t, state=UnitState.RETIRE_PENDING, by=by, reason=purpose, batch=batch)
    retirement = Retirement.objects.create(
        account=account,
        kind=kind,
        beneficiary=beneficiary,
        purpose=purpose,
        basis=basis,
        quantity_t=quantity_t,
        reserved=reservation,
        case=case,
        made_by=by,
    )
    record("registry.initiate_retirement", retirement, by=by, reason=reason, data={"quantity_t": quantity_t})
    return retirement


@verb("registry.confirm_retirement")
def confirm(retirement: Retirement, *, by: User, reason: str = "", key: str = "") -> Retirement:
    """The checker of the same organisation confirms. Raises ``same_person``, ``second_factor_needed``."""
    retirement = lock(retirement)
    acts_for(retirement.account, by, Role.CHECKER)
    factor = by_another(
        retirement,
        retirement.made_by_id,
        lambda: retirement.account.organisation,
        "registry.confirm_retirement",
        by=by,
    )
    advance(retirement, RetirementState.PENDING, by=by, reason=reason, confirmed_by=by, factor=factor)
    return retirement


@verb("registry.review_retirement")
def review(retirement: Retirement, *, by: User, reason: str = "", key: str = "") -> Retirement:
    """The first officer of the registry finds the order in order; a second one approves it. Raises ``same_person``."""
    retirement = lock(retirement)
    _not_of_the_holder(retirement, by)
    advance(retirement, RetirementState.REVIEWED, by=by, reason=reason, reviewed_by=by)
    return retirement


@verb("registry.approve_retirement")
def approve(retirement: Retirement, *, by: User, reason: str = "", key: str = "") -> Retirement:
    """The second officer approves: the units are retired for good and a certificate is awarded. Raises ``same_person``.

    In an office of one it is an officer of the superior bureau (clarification 18).
    """
    replaces = [retirement.case, *cases.holders(retirement.case.batch)] if retirement.case else []
    retirement, account, *_others = lock(retirement, retirement.account, *replaces)
    _not_of_the_holder(retirement, by)
    require(by.pk != retirement.reviewed_by_id, "same_person", SECOND_OFFICER)
    require(retirement.state == RetirementState.REVIEWED, "wrong_state", _("这笔注销不在待复核状态，请刷新页面"))
    may_send(account)
    journal = shift(
        retirement.reserved,
        JournalKind.RETIRE,
        holder=account,
        state=UnitState.RETIRED,
        by=by,
        reason=retirement.purpose,
    )
    advance(
        retirement,
        RetirementState.RETIRED,
        by=by,
        reason=reason,
        approved_by=by,
        journal=journal,
        retired_at=clock.now(),
    )
    if retirement.kind in AT_APPROVAL:
        AT_APPROVAL[retirement.kind](retirement, by=by)
    award(
        Certificate.Kind.RETIREMENT,
        division=account.organisation.division,
        holder_name=account.organisation.name,
        snapshot=_facts(retirement, account, journal),
        subject=retirement,
        by=by,
    )
    return retirement


def _not_of_the_holder(retirement: Retirement, by: User) -> None:
    mine = by.pk in (retirement.made_by_id, retirement.confirmed_by_id)
    require(not mine, "same_person", _("发起或确认的人不能审核，也不能复核"))


def _facts(retirement: Retirement, account: HoldingAccount, journal: Journal) -> dict[str, Any]:
    blocks = opened(journal)
    projects = {block.series.project for block in blocks}
    return {
        "project_no": "、".join(sorted(project.project_no or "" for project in projects)),
        "project_name": "、".join(sorted(project.name for project in projects)),
        "method": "、".join(sorted({str(project.method) for project in projects})),
        "vintage": min(block.series.vintage for block in blocks),
        "quantity_t": retirement.quantity_t,
        "serials": [block.serial for block in blocks],
        "purpose": retirement.purpose,
        "use": str(retirement.get_kind_display()),
        "use_code": retirement.kind,
        "basis": retirement.basis,
        "beneficiary": retirement.beneficiary,
        "journal_no": journal.number,
        "retired_at": clock.local(journal.business_at).isoformat(timespec="seconds"),
        "account_no": account.number,
        **(ON_PAPER[retirement.kind](retirement) if retirement.kind in ON_PAPER else {}),
    }


@verb("registry.refuse_retirement")
def refuse(retirement: Retirement, *, by: User, reason: str, key: str = "") -> Retirement:
    """An officer of the registry refuses with the reason, the first or the second; the units are available again."""
    retirement, _account = lock(retirement, retirement.account)
    _not_of_the_holder(retirement, by)
    return _release(retirement, RetirementState.REFUSED, by=by, reason=reason)


@verb("registry.cancel_retirement")
def cancel(retirement: Retirement, *, by: User, reason: str, key: str = "") -> Retirement:
    """The owner takes the order back before it is approved; the units are available again."""
    retirement, account = lock(retirement, retirement.account)
    acts_for(account, by, Role.MAKER, Role.CHECKER)
    return _release(retirement, RetirementState.CANCELLED, by=by, reason=reason)


def _release(retirement: Retirement, to: str, *, by: User, reason: str, **fields: User) -> Retirement:
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(retirement, to, by=by, reason=reason, **fields)
    shift(
        retirement.reserved,
        JournalKind.RELEASE,
        holder=retirement.account,
        state=UnitState.AVAILABLE,
        by=by,
        reason=reason,
    )
    return retirement
