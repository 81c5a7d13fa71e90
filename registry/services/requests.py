"""The life of an account by request: opened, changed, restored, closed by an organisation's two people, or a natural person with a second
factor; frozen by a court's document, closed by that of a death.

The registrar decides within fifteen working days (registry rules 2023, Art. 7 and 8). One table holds all of it, so that one desk does.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Attachment, Organisation, User
from accounts.roles import Role
from accounts.services.people import end_natural_person
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from office.services.calendar import calendar
from projects.models.openings import TRANSACTION
from registry.models import AccountRequest, HoldingAccount
from registry.services.accounts import account_of, may_receive, under_way
from registry.services.transfers import acts_for, by_another
from registry.states import CLOSING, OF_A_COURT, AccountKind, AccountState, RequestKind, RequestState

WORKDAYS = 15


def _represents(organisation: Organisation, by: User, *roles: str) -> None:
    if not by.organisations(*roles, Role.HOLDER).filter(pk=organisation.pk).exists():
        raise PermissionDenied(_("您不是这家单位的代表，不能替它办理"))


def _ask(
    verb_name: str, kind: str, organisation: Organisation, *, by: User, reason: str, **about: Any
) -> AccountRequest:
    known = AccountRequest.objects.under_way().filter(organisation=organisation, kind=kind)
    require(not known.exists(), "request_open", _("同一事项已有一件在办，请等它办结"))
    paper: Attachment | None = about.get("paper")
    mine = paper is None or paper.organisation_id in (None, organisation.pk)
    require(mine, "other_paper", _("附件不是这家单位上传的"))
    request = AccountRequest.objects.create(
        kind=kind, organisation=organisation, made_by=by, reason=reason.strip(), **about
    )
    record(verb_name, request, by=by, reason=reason)
    return request


def _valid(licence_valid_until: date | None) -> None:
    good = licence_valid_until is None or licence_valid_until >= clock.today()
    require(good, "licence_expired", _("执照有效期已过，请先换证"))


@verb("registry.apply_account")
def apply_account(
    organisation: Organisation,
    *,
    account_kind: str,
    legal_representative: str,
    contact_phone: str,
    licence_valid_until: date | None,
    paper: Attachment,
    by: User,
    reason: str = "",
    key: str = "",
) -> AccountRequest:
    """The maker asks for the organisation's account, with its licence. Raises RuleViolation ``account_open``, ``request_open``,
    ``bad_kind``, ``no_representative``, ``licence_expired``, ``other_paper``.
    """
    _represents(organisation, by, Role.MAKER)
    known = HoldingAccount.objects.filter(organisation=organisation).exists()
    require(not known, "account_open", _("这家单位已有持有账户，一家单位只开一个"))
    require(account_kind in AccountKind.values, "bad_kind", _("请从列表里选择账户类型"))
    require(bool(legal_representative.strip()), "no_representative", _("请填写法定代表人"))
    _valid(licence_valid_until)
    return _ask(
        "registry.apply_account", RequestKind.OPEN, organisation, by=by, reason=reason, paper=paper,
        account_kind=account_kind, legal_representative=legal_representative.strip(),
        contact_phone=contact_phone.strip(), licence_valid_until=licence_valid_until, name=organisation.name,
    )  # fmt: skip


@verb("registry.apply_change")
def apply_change(
    account: HoldingAccount,
    *,
    name: str,
    legal_representative: str,
    contact_phone: str,
    licence_valid_until: date | None,
    changed_on: date,
    paper: Attachment,
    by: User,
    reason: str = "",
    key: str = "",
) -> AccountRequest:
    """The maker reports a change of the organisation's data, within fifteen working days of the fact; a later one is taken and marked.

    Raises RuleViolation ``account_closed``, ``request_open``, ``no_name``, ``past_date``, ``licence_expired``, ``other_paper``.
    """
    acts_for(account, by, Role.MAKER)
    may_receive(account)
    require(bool(name.strip() and legal_representative.strip()), "no_name", _("请填写单位名称和法定代表人"))
    require(changed_on <= clock.today(), "past_date", _("变更发生日不能晚于今天"))
    _valid(licence_valid_until)
    late = clock.today() > calendar().add_workdays(changed_on, WORKDAYS)
    return _ask(
        "registry.apply_change", RequestKind.CHANGE, account.organisation, by=by, reason=reason, account=account, paper=paper,
        name=name.strip(), legal_representative=legal_representative.strip(), contact_phone=contact_phone.strip(),
        licence_valid_until=licence_valid_until, changed_on=changed_on, filed_late=late,
    )  # fmt: skip


@verb("registry.apply_restoring")
def apply_restoring(
    account: HoldingAccount,
    *,
    licence_valid_until: date | None,
    paper: Attachment,
    by: User,
    reason: str,
    key: str = "",
) -> AccountRequest:
    """The maker shows that what an account was restricted for is put right. Raises ``not_restricted``, ``no_reason``,
    ``licence_expired``, ``request_open``, ``other_paper``.
    """
    acts_for(account, by, Role.MAKER)
    require(account.state == AccountState.RESTRICTED, "not_restricted", _("账户没有被限制使用，不用申请恢复"))
    require(bool(reason.strip()), "no_reason", _("请写明怎样整改的"))
    _valid(licence_valid_until)
    return _ask(
        "registry.apply_restoring", RequestKind.RESTORE, account.organisation, by=by, reason=reason, account=account,
        paper=paper, licence_valid_until=licence_valid_until,
    )  # fmt: skip


@verb("registry.apply_closing")
def apply_closing(account: HoldingAccount, *, by: User, reason: str, key: str = "") -> AccountRequest:
    """The maker asks to close an account that holds nothing. Raises ``account_not_empty``, ``no_reason``, ``request_open``,
    ``account_closed``.
    """
    acts_for(account, by, Role.MAKER)
    may_receive(account)
    require(bool(reason.strip()), "no_reason", _("请写明销户的理由：合并、分立、解散、破产等"))
    _empty(account)
    return _ask(
        "registry.apply_closing", RequestKind.CLOSE, account.organisation, by=by, reason=reason, account=account
    )


def _empty(account: HoldingAccount) -> None:
    held = account.blocks.open().exclude(state__in=("RETIRED", "CANCELLED")).tonnes()
    said = _("账户里还有 %s t 减排量，转出或注销以后才能销户")
    require(not held, "account_not_empty", said % f"{held:,}")
    require(not under_way(account), "account_not_empty", _("账户还有在途的交易，办结以后才能销户"))


@verb("registry.confirm_request")
def confirm(request: AccountRequest, *, by: User, reason: str = "", key: str = "") -> AccountRequest:
    """The checker of the organisation confirms; the registrar's fifteen working days begin. Raises ``same_person``, ``wrong_state``."""
    request = lock(request)
    _represents(request.organisation, by, Role.CHECKER)
    factor = by_another(request, request.made_by_id, lambda: request.organisation, "registry.confirm_request", by=by)
    told = {"confirmed_by": by, "due_on": _due(), "factor": factor}
    advance(request, RequestState.APPLIED, by=by, reason=reason, **told)
    return request


def _not_opened(request: AccountRequest, *, by: User) -> None:
    """Of a natural person nothing is left of an account that was not opened; who asks again begins anew."""
    if request.kind == RequestKind.OPEN and request.organisation.is_person:
        end_natural_person(request.organisation, by=by, reason=str(request))


def _due() -> date:
    return calendar().add_workdays(clock.today(), WORKDAYS)


@verb("registry.cancel_request")
def cancel(request: AccountRequest, *, by: User, reason: str = "", key: str = "") -> AccountRequest:
    """The organisation takes its request back before it is decided. Raises ``wrong_state``."""
    request = lock(request)
    _represents(request.organisation, by, Role.MAKER, Role.CHECKER)
    require(request.kind not in OF_A_COURT, "wrong_state", _("法律文书由登记人员办理，不能由单位取消"))
    advance(request, RequestState.CANCELLED, by=by, reason=reason)
    _not_opened(request, by=by)
    return request


@verb("registry.enter_account_order")
def enter_account_order(
    account: HoldingAccount,
    *,
    kind: str,
    authority: str,
    document_no: str,
    paper: Attachment,
    by: User,
    reason: str = "",
    key: str = "",
) -> AccountRequest:
    """An officer enters a court's document that freezes a whole account, or frees it, or the proof that a natural person has died;
    another officer decides on it.

    Raises RuleViolation ``bad_kind``, ``wrong_state`` when there is nothing to freeze or free, ``no_document``, ``request_open``.
    """
    fits = kind in OF_A_COURT and (kind != RequestKind.DECEASED or account.organisation.is_person)
    require(fits, "bad_kind", _("请选择整户冻结、整户解冻，或自然人账户的死亡销户"))
    frozen = account.state == AccountState.FROZEN
    fits = frozen == (kind == RequestKind.UNFREEZE) and account.state != AccountState.CLOSED
    require(fits, "wrong_state", _("账户现在是“%s”，这份文书办不了") % account.get_state_display())
    require(bool(authority.strip() and document_no.strip()), "no_document", _("请填写出具文书的单位和文书号"))
    return _ask(
        "registry.enter_account_order", kind, account.organisation, by=by, reason=reason, account=account, paper=paper,
        authority=authority.strip(), document_no=document_no.strip(), state=RequestState.APPLIED, due_on=clock.today(),
    )  # fmt: skip


@verb("registry.refuse_request")
def refuse(request: AccountRequest, *, by: User, reason: str, key: str = "") -> AccountRequest:
    """The registrar refuses, with the reason. Raises ``no_reason``, ``same_person``, ``wrong_state``."""
    request = lock(request)
    require(bool(reason.strip()), "no_reason", _("请写明理由，申请人会看到原文"))
    _another(request, by)
    advance(request, RequestState.REFUSED, by=by, reason=reason, decided_by=by, decided_at=clock.now())
    _not_opened(request, by=by)
    return request


@verb("registry.approve_request")
def approve(request: AccountRequest, *, by: User, reason: str = "", key: str = "") -> AccountRequest:
    """The registrar approves, and what was asked happens: the account is opened, its data change, or it moves.

    Raises RuleViolation ``same_person``, ``wrong_state``, ``account_open``, ``account_not_empty``, ``licence_expired``.
    """
    request = lock(request)
    _another(request, by)
    require(request.state == RequestState.APPLIED, "wrong_state", _("这件事项不在审核中，请刷新页面"))
    if request.kind in (RequestKind.OPEN, RequestKind.CHANGE, RequestKind.RESTORE):
        _valid(request.licence_valid_until)
    account = _opened(request, by=by) if request.kind == RequestKind.OPEN else lock(request.account)
    if request.kind in CLOSING:
        _empty(account)
    now = clock.now()
    about = {"decided_by": by, "decided_at": now, "account": account, "txid": TRANSACTION}
    advance(request, RequestState.APPROVED, by=by, reason=reason, **about)
    request.refresh_from_db(fields=["txid"])
    _carry_out(request, account, by=by)
    return request


def _another(request: AccountRequest, by: User) -> None:
    apart = by.pk not in (request.made_by_id, request.confirmed_by_id)
    require(apart, "same_person", _("发起或确认的人不能审核，请另一位人员办理"))


def _opened(request: AccountRequest, *, by: User) -> HoldingAccount:
    known = HoldingAccount.objects.filter(organisation=request.organisation).exists()
    require(not known, "account_open", _("这家单位已有持有账户，一家单位只开一个"))
    _renew(request)
    return account_of(
        request.organisation, by=by, reason=str(request), kind=request.account_kind,
        licence_valid_until=request.licence_valid_until,
    )  # fmt: skip


def _renew(request: AccountRequest) -> None:
    organisation = lock(request.organisation)
    organisation.name, organisation.legal_representative = request.name, request.legal_representative
    organisation.contact_phone = request.contact_phone or organisation.contact_phone
    organisation.save(update_fields=["name", "legal_representative", "contact_phone"])


_ENDS_IN = {
    RequestKind.RESTORE: AccountState.OPEN,
    RequestKind.CLOSE: AccountState.CLOSED,
    RequestKind.DECEASED: AccountState.CLOSED,
    RequestKind.FREEZE: AccountState.FROZEN,
    RequestKind.UNFREEZE: AccountState.OPEN,
}


def _carry_out(request: AccountRequest, account: HoldingAccount, *, by: User) -> None:
    kind = RequestKind(request.kind)
    if kind == RequestKind.CHANGE:
        _renew(request)
    if kind in (RequestKind.CHANGE, RequestKind.RESTORE):
        account.licence_valid_until, account.checked_on = request.licence_valid_until, clock.today()
        account.save(update_fields=["licence_valid_until", "checked_on"])
    if kind in _ENDS_IN:
        advance(account, _ENDS_IN[kind], by=by, reason=str(request))
    if kind in CLOSING and account.organisation.is_person:
        end_natural_person(account.organisation, by=by, reason=str(request))
