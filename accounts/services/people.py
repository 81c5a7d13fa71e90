"""Organisations and roles."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Division, Organisation, RoleGrant, RoleProposal, User
from accounts.personal import blind
from accounts.roles import ACT_FOR_ACCOUNTS, STAFF, Role
from accounts.scope import Acting, scope
from accounts.states import ProposalState
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import check_phone, check_uscc, normalise


def _within(by: User, verb_name: str, *places: Division | None) -> None:
    reach = scope(Acting(by, verb_name))
    if not all(reach.covers(place) for place in places if place is not None):
        raise PermissionDenied(_("这件事不在您的辖区范围内"))


def user_of_phone(phone: str) -> User | None:
    """Return the active person who signs in with a mobile number, or None. Raises RuleViolation ``bad_phone``."""
    return User.objects.filter(is_active=True, phone_blind=blind("phone", check_phone(phone))).first()


def portal_user() -> User:
    """Return the portal itself (seeded), by whom sweeps act and people register themselves."""
    return User.objects.get(username="system")


@verb("accounts.register_organisation")
def register_organisation(
    *,
    uscc: str,
    name: str,
    kind: str,
    division: Division,
    by: User,
    legal_representative: str = "",
    contact_phone: str = "",
) -> Organisation:
    """Register a legal person under its unified social credit code (GB 32100-2015, both check characters).

    Raises RuleViolation ``bad_credit_code`` or ``organisation_known``.
    """
    _within(by, "accounts.register_organisation", division)
    uscc = normalise(uscc)
    check_uscc(uscc)
    require(
        not Organisation.objects.filter(uscc=uscc).exists(), "organisation_known", _("信用代码 %s 的单位已登记") % uscc
    )
    organisation = Organisation.objects.create(
        uscc=uscc,
        name=name.strip(),
        kind=kind,
        division=division,
        legal_representative=legal_representative,
        contact_phone=contact_phone,
    )
    record("accounts.register_organisation", organisation, by=by)
    return organisation


def natural_person(user: User, *, token: str, masked_name: str, division: Division) -> Organisation:
    """Make the row under which a natural person holds units, with the person alone to act for it, inside the verb that asks.

    ``token`` is the blind index of the identity number. Refused by the database: ``person_known``, ``holds_another``.
    """
    system = portal_user()
    known = Organisation.objects.filter(person_token=token, ended_at=None).exists()
    require(not known, "person_known", _("您已有个人持有账户，或已有一件开户申请在办；一人只能开一个"))
    person = Organisation.objects.create(
        kind=Organisation.Kind.PERSON, person_token=token, name=masked_name, division=division
    )
    record("accounts.register_organisation", person, by=system)
    grant_role(user, Role.HOLDER, by=system, organisation=person)
    return person


def end_natural_person(person: Organisation, *, by: User, reason: str) -> None:
    """End the row of a natural person and the role that goes with it, inside the verb that closes or does not open the account."""
    person = lock(person)
    person.ended_at = clock.now()
    person.save(update_fields=["ended_at"])
    for grant in person.grants.filter(valid_to=None).select_related("user"):
        _end(grant, by=by, reason=reason)


@verb("accounts.register_person")
def register_person(
    *, username: str, full_name: str, password: str | None, by: User, phone_blind: str | None = None, email: str = ""
) -> User:
    """Let a person sign in; what the person may do comes with the roles. Without a password the first way in is the phone.

    Raises RuleViolation ``username_taken``, ``phone_taken`` or ``email_taken``.
    """
    require(not User.objects.filter(username=username).exists(), "username_taken", _("用户名 %s 已有人用") % username)
    known = phone_blind and User.objects.filter(phone_blind=phone_blind).exists()
    require(not known, "phone_taken", _("这个手机号已经注册"))
    require(not (email and User.objects.filter(email__iexact=email).exists()), "email_taken", _("这个邮箱已经注册"))
    user = User.objects.create_user(
        username, full_name=full_name, password=password, email=email, phone_blind=phone_blind
    )
    record("accounts.register_person", user, by=by)
    return user


@verb("accounts.grant_role")
def grant_role(
    user: User,
    role: str,
    *,
    by: User,
    organisation: Organisation | None = None,
    division: Division | None = None,
    reason: str = "",
) -> RoleGrant:
    """Give a person a role in an organisation or a division from now on, inside the giver's own division.

    A person of the bureau may hold no role in a company that trades, nor the other way round (GHG voluntary trading rules
    2023, Art. 37: officials and registry staff do not trade). Raises RuleViolation ``official_may_not_trade``, ``role_held``,
    ``same_person`` or ``role_without_place``.
    """
    _within(by, "accounts.grant_role", division, organisation.division if organisation else None)
    grant = _give(user, role, by=by, organisation=organisation, division=division)
    _record_grant(grant, by=by, reason=reason)
    return grant


def _give(
    user: User, role: str, *, by: User, organisation: Organisation | None, division: Division | None
) -> RoleGrant:
    user = lock(user)
    held = set(user.grants_now().values_list("role", flat=True))
    mixed = (role in STAFF and held & {*ACT_FOR_ACCOUNTS, "VERIFIER"}) or (role not in STAFF and held & STAFF)
    require(not mixed, "official_may_not_trade", _("主管部门的人员不能同时代表企业或核证机构"))
    return RoleGrant.objects.create(user=user, role=role, organisation=organisation, division=division, granted_by=by)


def _record_grant(grant: RoleGrant, *, by: User, reason: str) -> None:
    place = str(grant.organisation or grant.division or "")
    record("accounts.grant_role", grant.user, by=by, reason=reason, data={"role": grant.role, "place": place})


@verb("accounts.propose_role")
def propose_role(
    user: User,
    role: str,
    *,
    by: User,
    reason: str,
    organisation: Organisation | None = None,
    division: Division | None = None,
) -> RoleProposal:
    """Propose a person for a role inside the proposer's own division; it is in force once the security administrator grants it.

    Raises RuleViolation ``no_reason``, ``role_held``, ``role_proposed``, ``own_role`` or ``role_without_place``.
    """
    _within(by, "accounts.propose_role", division, organisation.division if organisation else None)
    user = lock(user)
    require(bool(reason.strip()), "no_reason", _("请写明授权的依据，例如任命文件或单位的授权书"))
    held = user.grants_now().filter(role=role, organisation=organisation, division=division).exists()
    require(not held, "role_held", _("这个人已有这个角色"))
    proposal = RoleProposal.objects.create(
        user=user, role=role, organisation=organisation, division=division, reason=reason.strip(), proposed_by=by
    )
    record("accounts.propose_role", proposal, by=by, reason=reason)
    return proposal


@verb("accounts.grant_proposed_role")
def grant_proposed_role(proposal: RoleProposal, *, by: User, reason: str = "") -> RoleProposal:
    """Grant what was proposed, from now on.

    Raises RuleViolation ``same_person``, ``own_role``, ``wrong_state``, ``official_may_not_trade``, ``one_administrator``,
    ``auditor_alone`` or ``role_held``.
    """
    proposal = lock(proposal)
    require(by.pk != proposal.proposed_by_id, "same_person", _("提名的人不能自己授权，请安全管理员办理"))
    require(proposal.state == ProposalState.PROPOSED, "wrong_state", _("这件提名已经办结"))
    grant = _give(proposal.user, proposal.role, by=by, organisation=proposal.organisation, division=proposal.division)
    advance(proposal, ProposalState.GRANTED, by=by, reason=reason, closed_by=by, closed_at=clock.now(), grant=grant)
    _record_grant(grant, by=by, reason=proposal.reason)
    return proposal


@verb("accounts.refuse_proposed_role")
def refuse_proposed_role(proposal: RoleProposal, *, by: User, reason: str) -> RoleProposal:
    """Do not grant what was proposed. Raises RuleViolation ``own_role`` or ``wrong_state``."""
    proposal = lock(proposal)
    advance(proposal, ProposalState.REFUSED, by=by, reason=reason, closed_by=by, closed_at=clock.now())
    return proposal


@verb("accounts.end_role")
def end_role(grant: RoleGrant, *, by: User, reason: str = "") -> RoleGrant:
    """End a role now; the row stays, so that "who was authorised on that day" can be answered."""
    grant = lock(grant)
    require(grant.valid_to is None, "role_ended", _("这项授权已经结束"))
    _end(grant, by=by, reason=reason)
    return grant


def _end(grant: RoleGrant, *, by: User, reason: str) -> None:
    grant.valid_to = clock.now()
    grant.save(update_fields=["valid_to"])
    record("accounts.end_role", grant.user, by=by, reason=reason, data={"role": grant.role})
