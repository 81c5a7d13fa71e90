"""Offsetting an event: the organiser retires units for it, and when they are retired it is declared neutral."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, advance, lock, require, verb
from certificates.models import Certificate
from certificates.services.certificates import award
from kernel import clock
from registry.models import Batch, Block, HoldingAccount, Retirement
from registry.services import retirements
from registry.states import RetirementKind, RetirementState
from trading.models import EventOffset, EventRetirement, NeutralEvent
from trading.states import EventState

# What certificates say is said in Chinese, the language of the act, whatever the person reads.
BASIS = "《大型活动碳中和实施指南（试行）》"
PURPOSE = "抵消活动的温室气体排放，活动编号 {}"
ENDED = (RetirementState.REFUSED, RetirementState.CANCELLED)


@verb("trading.retire_for_event")
def retire(
    event: NeutralEvent, *, quantity_t: int, by: User, batch: Batch | None = None, reason: str = "", key: str = ""
) -> Retirement:
    """The organiser's maker asks to retire held units for the event, at least as many as it needs.

    The order goes the registry's way: checker, then registrar. Raises RuleViolation ``no_account``, ``wrong_state``,
    ``not_enough_for_event``, ``offset_too_late`` more than a year after the event, and what the registry refuses.
    """
    account = HoldingAccount.objects.filter(organisation=event.organiser_id).first()
    require(account is not None, "no_account", _("主办单位还没有持有账户，请先开户"))
    event, account = lock(event, account)
    waits = event.state == EventState.INVENTORIED
    require(waits, "wrong_state", _("这个活动不在待抵消状态，请刷新页面"))
    enough = quantity_t >= (event.needed_t or 0)
    said = _("这个活动要注销 %(needed)s t，%(told)s t 不够，什么都没有改动")
    require(enough, "not_enough_for_event", said % {"needed": f"{event.needed_t:,}", "told": f"{quantity_t:,}"})
    in_time = clock.today() <= _a_year_after(event.ends_on)
    require(in_time, "offset_too_late", _("活动结束已超过一年，不能再用减排量抵消"))
    retirement = retirements.begin(
        account,
        quantity_t=quantity_t,
        kind=RetirementKind.EVENT,
        beneficiary=event.name,
        purpose=PURPOSE.format(event.number),
        by=by,
        batch=batch,
        reason=reason,
    )
    EventRetirement.objects.create(event=event, retirement=retirement)
    advance(event, EventState.OFFSETTING, by=by, reason=reason)
    return retirement


def _a_year_after(day: date) -> date:
    last = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return last.replace(year=last.year + 1)


@verb("trading.resume_event")
def resume(event: NeutralEvent, *, by: User, reason: str = "", key: str = "") -> NeutralEvent:
    """After the retirement was refused or taken back the event waits to be offset again. Raises ``still_waiting``."""
    event = lock(event)
    ended = not _orders(event).exclude(state__in=ENDED).exists()
    require(ended, "still_waiting", _("为这个活动的注销还没有办完"))
    advance(event, EventState.INVENTORIED, by=by, reason=reason)
    return event


@verb("trading.declare_neutral")
def declare_neutral(event: NeutralEvent, *, by: User, reason: str = "", key: str = "") -> NeutralEvent:
    """Tie exactly the serials retired for the event to it, declare it neutral and award its certificate.

    Whoever asked to retire and whoever confirmed it have declared it; the portal only checks. Raises RuleViolation
    ``still_waiting`` while fewer tonnes than needed are retired, ``already_used`` when a serial serves another event.
    """
    event = lock(event)
    require(event.state == EventState.OFFSETTING, "wrong_state", _("这个活动不在注销办理中，请刷新页面"))
    orders = list(_orders(event).filter(state=RetirementState.RETIRED).select_related("journal").order_by("pk"))
    retired_t = sum(order.quantity_t for order in orders)
    require(retired_t >= (event.needed_t or 0), "still_waiting", _("为这个活动的注销还没有办完"))
    blocks = list(
        Block.objects.filter(opened_by__in=[order.journal_id for order in orders])
        .select_related("series__project__method", "batch__series")
        .order_by("series_id", "serials")
    )
    EventOffset.objects.bulk_create(
        EventOffset(event=event, block=block, series_id=block.series_id, serials=block.serials) for block in blocks
    )
    advance(event, EventState.NEUTRAL, by=by, reason=reason, neutral_at=clock.now())
    award(
        Certificate.Kind.NEUTRAL,
        division=event.organiser.division,
        holder_name=event.organiser.name,
        snapshot=_facts(event, orders, blocks),
        subject=event,
        by=by,
    )
    return event


def _orders(event: NeutralEvent) -> Any:
    return Retirement.objects.filter(for_events__event=event)


def _facts(event: NeutralEvent, orders: list[Retirement], blocks: list[Block]) -> dict[str, Any]:
    projects = {block.series.project for block in blocks}
    journals = [order.journal for order in orders if order.journal is not None]
    return {
        "event_no": event.number,
        "event_name": event.name,
        "organiser_uscc": event.organiser.uscc,
        "place": event.place,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "boundary": event.boundary,
        "basis": BASIS,
        "emission_mg": event.total_mg,
        "quantity_t": sum(order.quantity_t for order in orders),
        "declared": "SELF",
        "project_no": "、".join(sorted(project.project_no or "" for project in projects)),
        "project_name": "、".join(sorted(project.name for project in projects)),
        "method": "、".join(sorted({str(project.method) for project in projects})),
        "vintage": min(block.series.vintage for block in blocks),
        "serials": [block.serial for block in blocks],
        "journal_no": "、".join(journal.number for journal in journals),
        "retired_at": clock.local(max(journal.business_at for journal in journals)).isoformat(timespec="seconds"),
    }


def settle_events() -> int:
    """Declare what has been retired for, and let wait again what has not; return how many moved. The sweep's body."""
    moved, portal = 0, portal_user()
    for event in NeutralEvent.objects.filter(state=EventState.OFFSETTING).order_by("pk")[:200]:
        states = set(_orders(event).values_list("state", flat=True))
        act = declare_neutral if RetirementState.RETIRED in states else resume if states <= set(ENDED) else None
        if act is None:
            continue
        try:
            act(event, by=portal)
        except RuleViolation:  # settled by another worker meanwhile, or refused: the verb has written down which
            continue
        moved += 1
    return moved
