"""A case of fraud on a batch: opened, decided by a second person, made good by the owner first (domain §1.4.5, §1.4.6).

Units of the batch are suspended whoever holds them. Of what is found false the owner's units are cancelled first; what is missing
then the owner replaces by retiring others; later holders answer only where the profile names the article for it.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.roles import Role
from accounts.scope import Acting
from accounts.services.people import portal_user
from accounts.workflow import PermissionDenied, RuleViolation, advance, lock, record, require, verb
from kernel import clock
from kernel.shares import share
from office.services.numbers import next_number
from projects.models import Project
from projects.services.decisions import Grounds, decision_text
from registry.models import Batch, FraudCase, FraudDecision, HoldingAccount, Retirement
from registry.services import cases, retirements
from registry.services.stopping import stop_orders
from registry.services.transfers import acts_for
from registry.states import CaseState, RetirementKind, RetirementState

AT_ONCE = 200
UNDER_WAY = (RetirementState.CONFIRMING, RetirementState.PENDING, RetirementState.REVIEWED)


@verb("registry.open_fraud_case")
def open_case(batch: Batch, *, facts: str, paper: Attachment, by: User, reason: str = "", key: str = "") -> FraudCase:
    """An officer opens a case on a batch: its orders under way are taken back, and all its units that have not ended are suspended.

    Raises RuleViolation ``no_facts``, ``no_account``, ``case_open``; PermissionDenied for a project of another office.
    """
    project = batch.series.project
    if not Project.objects.visible_to(Acting(by, "registry.open_fraud_case")).filter(pk=project.pk).exists():
        raise PermissionDenied(_("这件事不在您的辖区或单位范围内"))
    facts = facts.strip()
    require(bool(facts), "no_facts", _("请写明发现了什么、怎么发现的"))
    account = HoldingAccount.objects.filter(organisation=project.owner).first()
    if account is None:
        raise RuleViolation("no_account", _("业主还没有持有账户，请先开户"))
    lock(*{account, *cases.holders(batch)})
    require(not cases.of_batches([batch.pk]), "case_open", _("这个批次已有一件没有办结的案件"))
    adm6, year = project.division.adm6, clock.today().year
    number = f"{adm6}-NX-{year}-{next_number(f'NX-{adm6}-{year}'):03d}"
    stop_orders(by=by, reason=_("案件 %s，暂停交易") % number, batch=batch)
    case = FraudCase.objects.create(number=number, batch=batch, account=account, facts=facts, paper=paper, opened_by=by)
    tonnes = cases.suspend(case, by=by)
    record("registry.open_fraud_case", case, by=by, reason=facts, data={"suspended_t": tonnes})
    return case


@verb("registry.decide_fraud_case")
def decide(
    case: FraudCase,
    *,
    false_t: int,
    replace_by: date,
    grounds: Grounds,
    by: User,
    reason: str,
    key: str = "",
) -> FraudCase:
    """A second person decides how many tonnes were false, with the facts (``reason``), the article, remedies and service.

    The owner's suspended units are cancelled first. What is missing the owner replaces until a day (included); until then the
    units of all others stay suspended. Raises RuleViolation ``same_person``, ``wrong_state``, ``no_reason``, ``bad_quantity``,
    ``past_date`` and what a decision refuses.
    """
    case = _second(case, by, reason)
    total = case.batch.quantity_t
    require(0 < false_t <= total, "bad_quantity", _("认定虚假的吨数在 1 到批次的 %d t 之间") % total)
    require(replace_by > clock.today(), "past_date", _("补足期限要晚于今天"))
    text = decision_text(case.account.organisation.division.adm6, facts=reason, grounds=grounds, by=by)
    FraudDecision.objects.create(case=case, false_t=false_t, **text)
    case.false_t, case.replace_by, case.decided_by = false_t, replace_by, by
    case.cancelled_t = cases.cancel(case, case.account, false_t, by=by)
    decided = {"false_t": false_t, "replace_by": replace_by, "decided_by": by, "cancelled_t": case.cancelled_t}
    if case.missing_t:
        advance(case, CaseState.REPLACING, by=by, reason=reason, held_t=case.held_t, **decided)
        return case
    cases.resume(case, by=by)
    advance(case, CaseState.SETTLED, by=by, reason=reason, held_t=0, closed_at=clock.now(), **decided)
    return case


@verb("registry.clear_fraud_case")
def clear(case: FraudCase, *, by: User, reason: str, key: str = "") -> FraudCase:
    """A second person finds that nothing was false: all units are given back. Raises ``same_person``, ``wrong_state``, ``no_reason``."""
    case = _second(case, by, reason)
    cases.resume(case, by=by)
    advance(case, CaseState.CLEARED, by=by, reason=reason, held_t=0, decided_by=by, closed_at=clock.now())
    return case


def _second(case: FraudCase, by: User, reason: str) -> FraudCase:
    case = cases.lock_case(case)
    require(by.pk != case.opened_by_id, "same_person", _("立案的人不能作决定，请第二位人员办理"))
    require(case.state == CaseState.OPEN, "wrong_state", _("这件案件已经作出决定，请刷新页面"))
    require(bool(reason.strip()), "no_reason", _("请写明查到的事实和理由"))
    return case


@verb("registry.initiate_replacement")
def initiate_replacement(
    case: FraudCase, *, quantity_t: int, by: User, batch: Batch | None = None, reason: str = "", key: str = ""
) -> Retirement:
    """The owner's maker has other units retired for those that were false; the checker and the registrar follow as usual.

    In as many parts as the owner likes. Raises RuleViolation ``wrong_state``, ``too_much``, ``bad_quantity``, ``not_enough``.
    """
    case, account = lock(case, case.account)
    acts_for(account, by, Role.MAKER)
    require(case.state == CaseState.REPLACING, "wrong_state", _("这件案件没有要补足的减排量"))
    asked = case.replacements.filter(state__in=UNDER_WAY)
    left = case.missing_t - sum(asked.values_list("quantity_t", flat=True))
    require(quantity_t <= left, "too_much", _("还要补足 %d t，不用注销更多") % left)
    return retirements.begin(
        account,
        quantity_t=quantity_t,
        kind=RetirementKind.SUBSTITUTE,
        beneficiary=account.organisation.name[: retirements.LONGEST_NAME],
        purpose=_("等量注销，案件 %s") % case.number,
        basis=case.decision.number,
        by=by,
        batch=batch,
        reason=reason,
        case=case,
    )


@verb("registry.charge_holders")
def charge(case: FraudCase, *, by: User, reason: str, key: str = "") -> FraudCase:
    """After the owner's time has passed, later holders answer with their suspended units, in proportion, by the profile's article.

    Each share is floored to the tonne, the remainder is the largest holder's (clarification 12). Raises RuleViolation
    ``no_article`` when the profile names none, ``not_due``, ``same_person``, ``wrong_state``, ``no_reason``.
    """
    case = cases.lock_case(case)
    require(case.state == CaseState.REPLACING, "wrong_state", _("这件案件没有要补足的减排量"))
    article = case.batch.series.project.profile.second_liability.strip()
    require(bool(article), "no_article", _("机制配置里没有写明由后手承担的条款，只能由业主补足"))
    late = case.replace_by is not None and clock.today() > case.replace_by
    require(late, "not_due", _("业主的补足期限还没有过"))
    require(by.pk != case.decided_by_id, "same_person", _("认定虚假的人不能再决定追究后手"))
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    case.charged_by, charged = by, 0
    for account, part in _shares(case):
        charged += cases.cancel(case, account, part, by=by)
    case.charged_t += charged
    case.save(update_fields=["charged_by"])
    record("registry.charge_holders", case, by=by, reason=reason, data={"charged_t": charged, "article": article})
    cases.settle(case, by=by, reason=reason)
    return case


def _shares(case: FraudCase) -> list[tuple[HoldingAccount, int]]:
    held: dict[HoldingAccount, int] = {}
    for block in case.blocks():
        held[block.holder] = held.get(block.holder, 0) + int(block.quantity_t)
    if not held:
        return []
    accounts = sorted(held, key=lambda account: account.pk)
    weights = [held[account] for account in accounts]
    parts = share(min(case.missing_t, sum(weights)), weights)
    return list(zip(accounts, parts, strict=True))


@verb("registry.follow_fraud_case")
def follow_case(case: FraudCase, *, by: User, reason: str = "", key: str = "") -> FraudCase:
    """The portal suspends what came free of the batch, and cancels what the owner was given back, up to what is missing."""
    case = cases.lock_case(case)
    cases.suspend(case, by=by)
    if case.state == CaseState.REPLACING:
        case.cancelled_t += cases.cancel(case, case.account, case.missing_t, by=by)
        cases.settle(case, by=by, reason=reason)
    return case


def follow() -> int:
    """Follow the cases that wait for something that has come; return how many. The sweep's body."""
    done = 0
    for case in FraudCase.objects.open().order_by("pk")[:AT_ONCE]:
        own = case.state == CaseState.REPLACING and case.blocks().filter(holder=case.account).exists()
        if own:
            follow_case(case, by=portal_user(), reason=_("业主账户里这个批次的减排量恢复后按决定注销"))
            done += 1
    return done
