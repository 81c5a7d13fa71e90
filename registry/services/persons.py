"""Accounts of natural persons: applied for under the real name, and who a holder is, for the few who may know.

Everybody else sees the masked name: it is the only one the organisation's row has.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.services.people import natural_person
from accounts.workflow import RuleViolation, lock, record, require, verb
from registry.models import AccountRequest, HoldingAccount
from registry.states import AccountKind, RequestKind
from scenarios.models import Citizen
from scenarios.services import people
from scenarios.services.people import Person
from scenarios.states import CitizenState

# Who acts alone must be able to: from eighteen on a natural person does (Civil Code, art. 17 and 18).
OF_AGE = 18


@verb("registry.apply_personal_account")
def apply(citizen: Citizen, *, by: User, reason: str = "", key: str = "") -> AccountRequest:
    """Apply for the one account of a natural person, who was verified by the real name; confirmed with the second factor.

    Raises RuleViolation ``not_verified``, ``needs_guardian``, ``official_may_not_trade``, ``person_known``.
    """
    citizen = lock(citizen)
    require(citizen.state == CitizenState.ACTIVE, "not_verified", _("请先完成实名，再申请个人持有账户"))
    known = people.person(citizen)
    old_enough = people.age(known.identity_no) >= OF_AGE
    require(old_enough, "needs_guardian", _("未满 18 周岁不能独自使用持有账户，请监护人带证件到服务窗口"))
    token = citizen.identity.identity_blind or ""
    person = natural_person(citizen.user, token=token, masked_name=citizen.user.full_name, division=citizen.division)
    request = AccountRequest.objects.create(
        kind=RequestKind.OPEN, organisation=person, citizen=citizen, account_kind=AccountKind.TRADER,
        name=person.name, made_by=by, reason=reason.strip(),
    )  # fmt: skip
    record("registry.apply_personal_account", request, by=by, reason=reason)
    return request


def citizen_of(person: Organisation) -> Citizen | None:
    """Return whose row it is, None for a legal person."""
    held = person.grants.filter(role=Role.HOLDER).values("user")
    return Citizen.objects.filter(user__in=held).select_related("identity").first() if person.is_person else None


def name_for(organisation: Organisation, viewer: User) -> str:
    """Return the name to show a visitor on pages and files of the own account: in full to the natural person alone."""
    citizen = citizen_of(organisation)
    if citizen is None or citizen.user_id != viewer.pk:
        return organisation.name
    return people.person(citizen).name or organisation.name


@verb("registry.unmask_holder")
def unmask(account: HoldingAccount, *, by: User, reason: str) -> Person:
    """Show a registrar who the natural person is whose account it is, to compare with a document.

    The event says who looked, at whom, and why; it does not say what was seen. Raises ``no_reason``, ``not_a_person``.
    """
    require(bool(reason.strip()), "no_reason", _("请写明为什么要看"))
    citizen = citizen_of(account.organisation)
    if citizen is None or citizen.state == CitizenState.CLOSED:
        raise RuleViolation("not_a_person", _("这不是自然人的账户，或本人已注销、身份资料已清除"))
    record("registry.unmask_holder", citizen, by=by, reason=reason, data={"account": account.number})
    return people.person(citizen)
