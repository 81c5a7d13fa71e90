"""Compliance offset (履约抵销): an emitter retires units within its own cap and the market's quota (domain §5.3)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.workflow import RuleViolation, lock, require, verb
from kernel import clock
from registry.models import HoldingAccount, Retirement
from registry.services import books, retirements
from registry.services.transfers import acts_for
from registry.states import RetirementKind, RetirementState
from trading.amounts import offset_cap
from trading.models import ComplianceFiling, ComplianceRetirement, ComplianceRule

# What certificates say is said in Chinese, the language of the act, whatever the person reads.
PURPOSE = "{} {} 年度履约抵销"
BASIS = "{}，初始配额 {} t，经核查排放量 {} t"
OPEN = (RetirementState.CONFIRMING, RetirementState.PENDING, RetirementState.REVIEWED)


@verb("trading.file_compliance")
def file(
    account: HoldingAccount,
    *,
    rule: ComplianceRule,
    allowance_t: int,
    emission_t: int,
    quantity_t: int,
    by: User,
    reason: str = "",
    key: str = "",
) -> Retirement:
    """The emitter's maker states allowance and verified emission of the year, and asks to retire units against it.

    Several applications of a year add up under one cap, floored to whole tonnes (clarification 15); what still waits counts. The
    market's quota is taken at approval, first come first served. Raises RuleViolation ``window_closed``, ``other_division``,
    ``figures_differ``, ``over_cap`` (with what is left), ``not_eligible``, and what the registry refuses.
    """
    acts_for(account, by, Role.MAKER)
    rule, account = lock(rule, account)
    require(rule.open_on(clock.today()), "window_closed", _("“%s”现在不受理抵销申请") % rule)
    place = account.organisation.division
    inside = (
        rule.division is None or place.path == rule.division.path or place.path.startswith(f"{rule.division.path}.")
    )
    require(inside, "other_division", _("这个市场只受理%s的排放单位") % (rule.division and rule.division.name))
    filing = _filing(rule, account, allowance_t, emission_t, by)
    waiting = sum(filing.orders.filter(retirement__state__in=OPEN).values_list("retirement__quantity_t", flat=True))
    left = filing.cap_t - filing.used_t - waiting
    said = _(
        "本单位本年度最多抵销 %(cap)s t，已抵销 %(used)s t，在办 %(waiting)s t，还可以抵销 %(left)s t，不够 %(wanted)s t"
    )
    told = {"cap": filing.cap_t, "used": filing.used_t, "waiting": waiting, "left": left, "wanted": quantity_t}
    require(quantity_t <= left, "over_cap", said % {name: f"{value:,}" for name, value in told.items()})
    retirement = retirements.begin(
        account,
        quantity_t=quantity_t,
        kind=RetirementKind.COMPLIANCE,
        beneficiary=account.organisation.name,
        purpose=PURPOSE.format(rule.market, rule.year),
        basis=BASIS.format(rule.code, allowance_t, emission_t),
        by=by,
        reason=reason,
    )
    _all_eligible(rule, retirement)
    ComplianceRetirement.objects.create(filing=filing, retirement=retirement)
    return retirement


def _filing(
    rule: ComplianceRule, account: HoldingAccount, allowance_t: int, emission_t: int, by: User
) -> ComplianceFiling:
    emitter = account.organisation
    filing = ComplianceFiling.objects.select_for_update(no_key=True).filter(rule=rule, emitter=emitter).first()
    if filing is None:
        require(allowance_t >= 0 and emission_t >= 0, "bad_quantity", _("配额和排放量不能是负数"))
        cap = offset_cap(rule.base, rule.ratio, allowance_t, emission_t, within_shortfall=rule.within_shortfall)
        return ComplianceFiling.objects.create(
            rule=rule, emitter=emitter, allowance_t=allowance_t, emission_t=emission_t, cap_t=cap, filed_by=by
        )
    same = (filing.allowance_t, filing.emission_t) == (allowance_t, emission_t)
    said = _("本年度已申报初始配额 %(allowance)s t、排放量 %(emission)s t，再次申请要用同样的数")
    known = {"allowance": f"{filing.allowance_t:,}", "emission": f"{filing.emission_t:,}"}
    require(same, "figures_differ", said % known)
    return filing


def _all_eligible(rule: ComplianceRule, retirement: Retirement) -> None:
    if rule.vintage_from is None:
        return
    for block in books.reserved(retirement.reserved):
        said = _("%(serial)s 是 %(vintage)s 年份，这个市场只收 %(first)s 年份及以后的")
        told = {"serial": block.serial, "vintage": block.series.vintage, "first": rule.vintage_from}
        require(block.series.vintage >= rule.vintage_from, "not_eligible", said % told)


def take(retirement: Retirement, *, by: User) -> None:
    """Count an approved retirement against cap and quota, inside the verb that approves it.

    Raises RuleViolation ``no_filing``, ``over_cap``, ``quota_used_up`` with what is left of the market's quota: refused whole.
    """
    order = ComplianceRetirement.objects.filter(retirement=retirement).select_related("filing").first()
    if order is None:
        raise RuleViolation("no_filing", _("这笔履约抵销没有对应的申报"))
    rule, filing = lock(order.filing.rule, order.filing)
    if rule.quota_t is not None:
        left = rule.quota_t - rule.used_t
        said = _("“%(market)s”的总量还剩 %(left)s t，不够 %(wanted)s t，整笔不能批准")
        told = {"market": rule, "left": f"{left:,}", "wanted": f"{retirement.quantity_t:,}"}
        require(retirement.quantity_t <= left, "quota_used_up", said % told)
    rule.used_t += retirement.quantity_t
    filing.used_t += retirement.quantity_t
    order.taken_t = retirement.quantity_t
    rule.save(update_fields=["used_t"])
    filing.save(update_fields=["used_t"])
    order.save(update_fields=["taken_t"])


def on_paper(retirement: Retirement) -> dict[str, Any]:
    """Return what the confirmation of a compliance offset states of the emitter's year: cap and what was offset of it, in tonnes."""
    filing = ComplianceFiling.objects.select_related("rule", "emitter").get(orders__retirement=retirement)
    return {
        "emitter_uscc": filing.emitter.uscc,
        "market": filing.rule.market,
        "year": filing.rule.year,
        "cap_t": filing.cap_t,
        "offset_t": filing.used_t,
    }
