"""My work: what waits for the person at any desk of the portal, the most urgent first. The admin's start page.

A desk comes here by being registered in the admin; an app above adds its desks without this page knowing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from accounts.desk import Desk
from kernel import clock
from kernel.workdays import Calendar
from office.models import Assignment
from office.services.calendar import calendar
from office.services.limits import Limit, limit

MOST_OF_A_DESK = 50  # the rest is on the desk itself


class Waiting(NamedTuple):
    """A row that waits: what it is, on which desk, since when, until when."""

    title: str
    url: str
    desk: str
    tone: str
    state: str
    came_at: datetime | None
    limit: Limit | None


class Count(NamedTuple):
    """A desk with how many rows wait; ``more`` when there are more than were looked at."""

    desk: str
    url: str
    waiting: int
    late: int
    more: bool


def desks(request: HttpRequest) -> list[Desk]:
    """Return the desks the person sits at, in the order of the work."""
    found = [one for one in admin.site._registry.values() if isinstance(one, Desk) and one.buttons]
    return sorted((one for one in found if one.has_view_permission(request)), key=lambda one: one.turn)


def address(desk: Desk, page: str, *args: Any) -> str:
    """Return the address of a desk's page: ``changelist``, or ``change`` with the row's key."""
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_{page}", args=args)


def clock_of(desk: Desk, row: Any, *, today: date, days: Calendar) -> Limit | None:
    """Return the clock of a waiting row: its own last day, else the desk's working days from when it came."""
    due_on, total = desk.limit_of(row, days)
    came_at = getattr(row, "came_at", None)
    if due_on is None and total and came_at is not None:
        due_on = days.add_workdays(clock.local(came_at).date(), total)
    return limit(due_on, total, today=today, days=days) if due_on is not None else None


def _rows(desk: Desk, request: HttpRequest) -> list[Any]:
    rows = desk.waiting(request)
    if desk.list_select_related:
        rows = rows.select_related(*desk.list_select_related)
    names = {field.name for field in desk.opts.fields} | set(rows.query.annotations)
    first = [F(name).asc(nulls_last=True) for name in ("due_on", "came_at") if name in names]
    return list(rows.order_by(*first, "pk")[: MOST_OF_A_DESK + 1])


def _urgent(one: Waiting) -> tuple[date, datetime]:
    ever = datetime.max.replace(tzinfo=clock.now().tzinfo)
    return one.limit.due_on if one.limit else date.max, one.came_at or ever


def _waiting(desk: Desk, rows: list[Any], today: date, days: Calendar) -> Iterator[Waiting]:
    for row in rows:
        shown = getattr(row, "get_state_display", None)
        yield Waiting(
            title=str(row),
            url=address(desk, "change", row.pk),
            desk=str(desk.opts.verbose_name_plural),
            tone=getattr(row, "badge", "office"),
            state=str(shown()) if shown is not None else "",
            came_at=getattr(row, "came_at", None),
            limit=clock_of(desk, row, today=today, days=days),
        )


def work(request: HttpRequest) -> tuple[list[Waiting], list[Count]]:
    """Return the rows that wait for the person, most urgent first, and how many wait on each desk: a query a desk."""
    today, days = clock.today(), calendar()
    found: list[Waiting] = []
    counts: list[Count] = []
    for desk in desks(request):
        if desk.waits == ():
            continue
        rows = _rows(desk, request)
        here = list(_waiting(desk, rows[:MOST_OF_A_DESK], today, days))
        late = sum(one.limit is not None and one.limit.overdue for one in here)
        words, more = str(desk.opts.verbose_name_plural), len(rows) > MOST_OF_A_DESK
        counts.append(Count(words, address(desk, "changelist"), len(here), late, more))
        found += here
    return sorted(found, key=_urgent), counts


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what waits for the person to the admin's start page."""
    waiting, counts = work(request)
    due = [one for one in waiting if one.limit is not None]
    return context | {
        "in_hand": Assignment.objects.open().filter(assignee=request.user).select_related("given_by")[:MOST_OF_A_DESK],
        "waiting": waiting,
        "counts": counts,
        "late": sum(one.limit.overdue and one.limit.left < 0 for one in due if one.limit),
        "today": sum(one.limit.left == 0 for one in due if one.limit),
    }
