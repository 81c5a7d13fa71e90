"""An event is planned, counted item by item, closed by a second person, offset by retiring, and declared neutral.

The steps are those of the guide (MEE announcement 2019 No. 19): plan, reduce, count, offset, declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Division, Organisation, User
from accounts.roles import Role
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from methodologies.models import Method
from methodologies.services.quantify import emission
from office.services.numbers import next_number
from trading.amounts import needed_tonnes
from trading.models import EmissionItem, NeutralEvent
from trading.states import Category, EventKind, EventState

METHODS = "emission"  # the kind of document an inventory is counted by


def _acts_for(organisation: Organisation, by: User, *roles: str) -> None:
    if not by.organisations(*roles).filter(pk=organisation.pk).exists():
        raise PermissionDenied(_("您不是主办单位的代表，不能替它办理"))


@verb("trading.plan_event")
def plan(
    organiser: Organisation,
    *,
    name: str,
    kind: str,
    place: str,
    region: Division,
    starts_on: date,
    ends_on: date,
    boundary: str,
    by: User,
    reason: str = "",
    key: str = "",
) -> NeutralEvent:
    """The organiser's maker says what the event is and where the line of its inventory runs.

    ``region`` is the province it takes place in, which chooses the factor of its electricity. Raises RuleViolation
    ``bad_kind``, ``no_name``, ``no_place``, ``no_boundary``, ``bad_days``.
    """
    _acts_for(organiser, by, Role.MAKER)
    name, place, boundary = name.strip(), place.strip(), boundary.strip()
    require(kind in EventKind.values, "bad_kind", _("请从列表里选择活动类型"))
    require(0 < len(name) <= 48, "no_name", _("请填写活动名称，不超过 48 个字，它会写在证书上"))
    require(0 < len(place) <= 30, "no_place", _("请填写举办地点，不超过 30 个字"))
    require(0 < len(boundary) <= 60, "no_boundary", _("请用不超过 60 个字写明核算边界"))
    require(starts_on <= ends_on, "bad_days", _("结束日期不能早于开始日期"))
    adm6, year = organiser.division.adm6, clock.today().year
    number = f"HD-{adm6}-{year}-{next_number(f'HD-{adm6}-{year}'):05d}"
    event = NeutralEvent.objects.create(
        number=number,
        organiser=organiser,
        name=name,
        kind=kind,
        place=place,
        region=region,
        starts_on=starts_on,
        ends_on=ends_on,
        boundary=boundary,
        made_by=by,
    )
    record("trading.plan_event", event, by=by, reason=reason)
    return event


@verb("trading.add_item")
def add_item(
    event: NeutralEvent,
    *,
    category: str,
    method: Method,
    inputs: Mapping[str, str],
    evidence: str,
    by: User,
    key: str = "",
) -> EmissionItem:
    """The maker adds a line to the inventory; the method's document says what it emitted, rounded up at the milligram.

    ``inputs`` are numbers as text in the document's units. Raises RuleViolation ``wrong_state``, ``bad_category``,
    ``not_an_emission``, ``no_evidence``, ``bad_input``, ``no_factor``.
    """
    event = lock(event)
    _acts_for(event.organiser, by, Role.MAKER)
    _is_open(event)
    require(category in Category.values, "bad_category", _("请从六类排放里选择"))
    published = method.kind == METHODS and method.state == Method.State.PUBLISHED
    require(published, "not_an_emission", _("请选择已发布的排放核算方法"))
    evidence = evidence.strip()
    require(0 < len(evidence) <= 200, "no_evidence", _("请写明数据的依据，如结算单号，不超过 200 个字"))
    told = {name: str(value) for name, value in inputs.items()}
    figure = emission(method, told, on=event.ends_on, region=event.region.adm6)
    item = EmissionItem.objects.create(
        event=event,
        category=category,
        method=method,
        inputs=told,
        factors=[dict(factor) for factor in figure.parameters],
        emission_mg=figure.emission_mg,
        evidence=evidence,
        recorded_by=by,
    )
    record("trading.add_item", event, by=by, data={"item": str(item), "emission_mg": item.emission_mg})
    return item


@verb("trading.remove_item")
def remove_item(item: EmissionItem, *, by: User, key: str = "") -> NeutralEvent:
    """The maker takes a line out of an inventory that is still open; the event keeps what it said. Raises ``wrong_state``."""
    event: NeutralEvent = lock(item.event)
    _acts_for(event.organiser, by, Role.MAKER)
    _is_open(event)
    record("trading.remove_item", event, by=by, data={"item": str(item), "emission_mg": item.emission_mg})
    item.delete()
    return event


def _is_open(event: NeutralEvent) -> None:
    require(event.state == EventState.PLANNED, "wrong_state", _("核算已确认，清单不能再改；要改请先退回核算"))


def counting_methods() -> Any:
    """Return the published documents an inventory is counted by."""
    return Method.objects.filter(kind=METHODS, state=Method.State.PUBLISHED).order_by("code", "version")


def total_mg(event: NeutralEvent) -> int:
    """Return the sum of an inventory in milligrams."""
    return event.items.aggregate(mg=Sum("emission_mg"))["mg"] or 0


@verb("trading.close_inventory")
def close_inventory(event: NeutralEvent, *, by: User, reason: str = "", key: str = "") -> NeutralEvent:
    """The checker confirms the inventory after the event is over: total and needed tonnes are fixed.

    Raises RuleViolation ``same_person`` when the checker planned the event or recorded a line, ``event_not_over``,
    ``no_items``, ``wrong_state``.
    """
    event = lock(event)
    _acts_for(event.organiser, by, Role.CHECKER)
    wrote = by.pk == event.made_by_id or event.items.filter(recorded_by=by).exists()
    require(not wrote, "same_person", _("填报的人不能自己确认，请确认代表登录办理"))
    require(event.ends_on < clock.today(), "event_not_over", _("活动结束后才能确认核算"))
    mg = total_mg(event)
    require(mg > 0, "no_items", _("清单里还没有排放，请先填报"))
    advance(
        event,
        EventState.INVENTORIED,
        by=by,
        reason=reason,
        total_mg=mg,
        needed_t=needed_tonnes(mg),
        closed_by=by,
        closed_at=clock.now(),
    )
    return event


@verb("trading.reopen_inventory")
def reopen_inventory(event: NeutralEvent, *, by: User, reason: str, key: str = "") -> NeutralEvent:
    """A representative gives the inventory back to be put right, before anything is retired. Raises ``no_reason``."""
    event = lock(event)
    _acts_for(event.organiser, by, Role.MAKER, Role.CHECKER)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    require(event.state == EventState.INVENTORIED, "wrong_state", _("只有待抵消的活动能退回核算"))
    cleared: dict[str, Any] = dict.fromkeys(("total_mg", "needed_t", "closed_by", "closed_at"))
    advance(event, EventState.PLANNED, by=by, reason=reason, **cleared)
    return event


@verb("trading.cancel_event")
def cancel(event: NeutralEvent, *, by: User, reason: str, key: str = "") -> NeutralEvent:
    """The organiser gives up before anything is retired. Raises ``no_reason``, ``wrong_state``."""
    event = lock(event)
    _acts_for(event.organiser, by, Role.MAKER, Role.CHECKER)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(event, EventState.CANCELLED, by=by, reason=reason)
    return event
