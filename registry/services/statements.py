"""What an account held at an instant, and what happened to it between two: read from blocks and journals only.

An instant cuts the books *before* the journals that bear it, as the exports do: 24:00 of a day is 0:00 of the next, and what was
booked at that very microsecond belongs to the next day. So the balance of an instant is what the statement that ends there says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.direct import along, ask, read
from accounts.workflow import require
from kernel import clock
from kernel.clock import SHANGHAI
from registry.models import Block, HoldingAccount, Journal
from registry.states import CHANGES_HOLDER, UNIT_ENDED, UnitState

# A transaction commits a little after the instant its journal bears; the web lets none run for longer than fifteen seconds.
SETTLES = timedelta(minutes=1)
TOUCHING = """
    JOIN registry_journal o ON o.id = t.opened_by_id LEFT JOIN registry_journal c ON c.id = t.closed_by_id
    WHERE t.holder_id = %s AND (c.id IS NULL OR c.business_at >= %s) AND o.business_at < %s ORDER BY t.series_id, t.serials, t.id
"""
OTHERS = """
    SELECT opened_by_id, holder_id FROM registry_block WHERE opened_by_id = ANY(%s) AND holder_id <> %s
    UNION SELECT closed_by_id, holder_id FROM registry_block WHERE closed_by_id = ANY(%s) AND holder_id <> %s
"""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

Tonnes = Mapping[str, int]  # state → tonnes; a state without any is not in it


class Balance(NamedTuple):
    """Tonnes by state just before an instant; ``final`` once no transaction can still add to it."""

    account: HoldingAccount
    at: datetime
    tonnes: Tonnes
    final: bool

    @property
    def held_t(self) -> int:
        """Tonnes that had not ended, in whatever state."""
        return sum(t for state, t in self.tonnes.items() if state not in UNIT_ENDED)


class Line(NamedTuple):
    """One journal as the account saw it: the runs that came into a state and those that left one, and who stood on the other side."""

    journal: Journal
    came: list[Block]
    went: list[Block]
    other: list[HoldingAccount]

    @property
    def change_t(self) -> int:
        """Tonnes the account holds more or, below zero, less; a mere change of state is 0."""
        return sum(block.quantity_t for block in self.came) - sum(block.quantity_t for block in self.went)


class Statement(NamedTuple):
    """An account from ``starts`` on and before ``ends``: opening + what the lines say = closing, state by state."""

    account: HoldingAccount
    starts: datetime
    ends: datetime
    opening: Tonnes
    lines: list[Line]
    closing: Tonnes
    held: list[Block]
    final: bool


def as_of(instant: datetime) -> QuerySet[Block]:
    """Return the blocks that were open just before an instant."""
    still = Q(closed_by=None) | Q(closed_by__business_at__gte=instant)
    return Block.objects.filter(still, opened_by__business_at__lt=instant)


def balance(account: HoldingAccount, at: datetime) -> Balance:
    """Return what the account held just before an instant. Raises RuleViolation ``future_instant`` or ``bad_instant``."""
    now = _checked(at)
    rows = as_of(at).filter(holder=account).order_by().values("state").annotate(t=Sum("quantity_t"))
    return Balance(account, at, {row["state"]: row["t"] for row in rows}, _final(at, now))


def statement(account: HoldingAccount, starts: datetime, ends: datetime) -> Statement:
    """Return the statement of an account. Raises RuleViolation ``future_instant``, ``bad_instant`` or ``bad_span``.

    Each table is asked once: the blocks that were open at some time of the span, then what they point at; the rest is counted here.
    """
    now = _checked(ends)
    require(EARLIEST <= starts < ends, "bad_span", _("起始时间要早于截止时间"))
    blocks = _touching(account, starts, ends)
    opening = [block for block in blocks if block.opened_by.business_at < starts]
    held = [block for block in blocks if block.closed_by is None or block.closed_by.business_at >= ends]
    return Statement(
        account,
        starts,
        ends,
        _sums(opening),
        _lines(account, blocks, starts, ends),
        _sums(held),
        held,
        _final(ends, now),
    )


def _touching(account: HoldingAccount, starts: datetime, ends: datetime) -> list[Block]:
    blocks = read(Block, TOUCHING, [account.pk, starts, ends])
    along(blocks, "series", "batch", "opened_by", "closed_by")
    return blocks


def _lines(account: HoldingAccount, blocks: list[Block], starts: datetime, ends: datetime) -> list[Line]:
    lines: dict[int, Line] = {}
    for block in blocks:
        for journal, came in ((block.opened_by, True), (block.closed_by, False)):
            if journal is not None and starts <= journal.business_at < ends:
                line = lines.setdefault(journal.pk, Line(journal, [], [], []))
                (line.came if came else line.went).append(block)
    _name_others(account, lines)
    return sorted(lines.values(), key=lambda line: (line.journal.business_at, line.journal.pk))


def _name_others(account: HoldingAccount, lines: dict[int, Line]) -> None:
    """Say who had the units before or after: the holders of the journal's other legs. An issue, and a registry that moved in, may
    have opened units for thousands beside this account, and none of them is its other side."""
    moved = [pk for pk, line in lines.items() if line.change_t and line.journal.kind in CHANGES_HOLDER]
    holders: dict[int, set[int]] = {}
    for pk, holder in ask(OTHERS, [moved, account.pk, moved, account.pk]):
        holders.setdefault(pk, set()).add(holder)
    wanted = list({pk for found in holders.values() for pk in found})
    known = {one.pk: one for one in read(HoldingAccount, "WHERE t.id = ANY(%s)", [wanted], also=("organisation",))}
    for pk, found in holders.items():
        lines[pk].other.extend(known[holder] for holder in sorted(found))


def _sums(blocks: list[Block]) -> Tonnes:
    sums: Counter[str] = Counter()
    for block in blocks:
        sums[block.state] += block.quantity_t
    return dict(sums)


def _checked(at: datetime) -> datetime:
    now = clock.now()
    require(at <= now, "future_instant", _("这个时间还没有到，只能查现在和以前的账"))
    require(at >= EARLIEST, "bad_instant", _("时间太早，登记簿从 2000 年起"))
    return now


def _final(at: datetime, now: datetime) -> bool:
    return at <= now - SETTLES


def day_span(day: date) -> tuple[datetime, datetime]:
    """Return the instants a day of the office begins and ends at, 0:00 and 24:00 in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI), datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def month_span(day: date) -> tuple[datetime, datetime]:
    """Return the instants the month of a day begins and ends at."""
    first = day.replace(day=1)
    return datetime.combine(first, time(), SHANGHAI), datetime.combine(clock.months_later(first, 1), time(), SHANGHAI)


def by_state(tonnes: Tonnes) -> list[tuple[UnitState, int]]:
    """Return states with tonnes in the order of the table of states."""
    return [(state, tonnes[state]) for state in UnitState if tonnes.get(state)]
