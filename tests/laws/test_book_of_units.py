"""Whatever people do and in whatever order, the book of units holds: after every single step."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any, cast

import pytest
from django.db import connection, transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from office.services.clock import move_clock
from registry.models import Batch, Block, FraudCase, Freeze, HoldingAccount, Pledge, Retirement, Transfer
from registry.services import corrections, frauds, freezes, pledges, retirements, transfers
from registry.services.checking import check_books
from registry.services.nontrade import enter_nontrade
from registry.states import CaseState, DeedKind, FreezeState, OrderState, PledgeState, RetirementState
from tests.holding import decided, document, done, fraud_case, freeze_deed, paper, pledge_in
from tests.stages import block_of
from tests.worlds import as_owner

# Tonnes that a journal put to, or took from, a holder in a state: one row of the history, which only ever grows at its end.
Change = tuple[int, int, str, int]
Balances = dict[tuple[int, str], int]
SIDES = st.sampled_from(["owner", "buyer"])
TONNES = st.one_of(st.integers(1, 60), st.integers(1, 450))

# The whole history, journal by journal. Past balances are its sums, so that as long as its beginning stays, they all do.
_HISTORY = """
    SELECT journal, holder_id, state, sum(t)::int8 FROM (
        SELECT opened_by_id AS journal, holder_id, state, quantity_t AS t FROM registry_block
        UNION ALL SELECT closed_by_id, holder_id, state, -quantity_t FROM registry_block WHERE closed_by_id IS NOT NULL
    ) AS legs GROUP BY 1, 2, 3 HAVING sum(t) <> 0 ORDER BY 1, 2, 3
"""
# Batches of which issued is not held + retired + cancelled, or whose open blocks do not cover the serials: with as many tonnes as
# serials, to cover them all is to hold none of them twice.
_BROKEN = """
    SELECT b.id FROM registry_batch b LEFT JOIN registry_block k ON k.batch_id = b.id AND k.closed_by_id IS NULL GROUP BY b.id
    HAVING b.serial_to - b.serial_from + 1 <> coalesce(sum(k.quantity_t) FILTER (WHERE k.state NOT IN ('RETIRED', 'CANCELLED')), 0)
            + coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'RETIRED'), 0)
            + coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'CANCELLED'), 0)
        OR range_agg(k.serials) IS DISTINCT FROM int8multirange(int8range(b.serial_from, b.serial_to, '[]'))
        OR bool_or(upper(k.serials) - lower(k.serials) <> k.quantity_t)
"""


def asked(query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def history() -> list[Change]:
    """Return the changes of every journal, in order."""
    return cast(list[Change], asked(_HISTORY))


def balances(as_of: int) -> Balances:
    """Return tonnes by holder and state as the book stood after a journal, from the blocks themselves."""
    rows = Block.objects.filter(Q(closed_by=None) | Q(closed_by__gt=as_of), opened_by__lte=as_of)
    return {
        (holder, state): t
        for holder, state, t in rows.order_by().values_list("holder", "state").annotate(t=Sum("quantity_t"))
    }


class Registry(RuleBasedStateMachine):
    """Two holders, their offices, a court and the fraud of a batch. Each rule is one verb, or a refusal that changes nothing."""

    world: World
    counted: Counter[str]
    steps: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.history = history()
        self.issues, self.corrections = 0, Counter[int]()
        self.paper, self.papers = paper(self.world), 0

    def teardown(self) -> None:
        """Prove everything once more, and count all that was, then let nothing of this story stay."""
        try:
            assert check_books().differences == []
            self.every_serial_is_somewhere_once()
            self.every_past_balance_is_the_sum_of_what_came_before()
        finally:
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    def every_serial_is_somewhere_once(self) -> None:
        """Counted here without the proof's own statements: each batch's open blocks follow each other from end to end."""
        for batch in Batch.objects.all():
            blocks = list(Block.objects.open().filter(batch=batch).order_by("serials"))
            assert sum(block.quantity_t for block in blocks) == batch.quantity_t
            assert all(left.last + 1 == right.first for left, right in pairwise(blocks))
            assert (blocks[0].first, blocks[-1].last) == (batch.serial_from, batch.serial_to)

    def every_past_balance_is_the_sum_of_what_came_before(self) -> None:
        """The balance as of each journal, asked for now, is what the journals up to it had added up to when they were booked."""
        sums: Counter[tuple[int, str]] = Counter()
        for journal, changes in groupby(self.history, key=lambda change: change[0]):
            for _journal, holder, state, t in changes:
                sums[holder, state] += t
            assert balances(journal) == {place: t for place, t in sums.items() if t}

    def look(self) -> None:
        """Assert what holds at any time: issued = held + retired + cancelled, serials disjoint, past balances unchanged."""
        now = history()
        assert now[: len(self.history)] == self.history
        self.history = now
        assert asked(_BROKEN) == []

    @invariant()
    def the_book_holds(self) -> None:
        """Look after every step, and let the proof of the books say the same after every tenth."""
        self.look()
        self.steps["all"] += 1
        if self.steps["all"] % 10 == 0:
            assert check_books().differences == []

    def try_to(self, name: str, verb: Callable[..., Any], *args: Any, **told: Any) -> None:
        """Call a verb and look; a refusal leaves the book as it was."""
        self.steps["tried"] += 1
        before = self.history
        try:
            with transaction.atomic():
                verb(*args, **told)
        except RuleViolation as refusal:
            self.counted[f"{name}: {refusal.code}"] += 1
            self.look()
            assert self.history == before
        else:
            self.counted[name] += 1

    def person(self, account: HoldingAccount, role: str) -> Any:
        """Return who acts for an account."""
        side = next(side for side in ("owner", "buyer") if self.world.accounts[side] == account)
        return self.world.people[f"{side}-{role}"]

    def document_no(self) -> dict[str, Any]:
        """Return a document of its own."""
        self.papers += 1
        return {"document_no": f"（2026）青01执{self.papers}号", "paper": self.paper}

    @rule(side=SIDES, tonnes=TONNES, further=st.integers(0, 2))
    def sell(self, side: str, tonnes: int, further: int) -> None:
        """Set tonnes aside for the other side, and go on with it at once, or leave it."""
        target = self.world.accounts["buyer" if side == "owner" else "owner"].number
        by = self.world.people[f"{side}-maker"]
        self.try_to(
            "sell", transfers.initiate, self.world.accounts[side], target_number=target, quantity_t=tonnes, by=by
        )
        for _step in range(further):
            self.go_on_selling("accept")

    @rule(step=st.sampled_from(["accept", "accept", "refuse", "cancel"]))
    def go_on_selling(self, step: str) -> None:
        """The newest sale goes a step further: the checker of the seller confirms, or the other side answers, or it is taken back."""
        sale = Transfer.objects.filter(state__in=(OrderState.CONFIRMING, OrderState.OFFERED)).last()
        if sale is None:
            return
        if sale.state == OrderState.CONFIRMING and step != "cancel":
            self.try_to("confirm sale", transfers.confirm, sale, by=self.person(sale.source, "checker"))
            return
        by = self.person(sale.source if step == "cancel" else sale.target, "maker")
        self.try_to(f"{step} sale", getattr(transfers, step), sale, by=by, reason="按合同")

    @rule(days=st.sampled_from([0, 0, 1, 15]))
    def time_passes(self, days: int) -> None:
        """Days pass, and the sweeps run: transfers time out, freezes expire and are served, cases catch what came free."""
        if days:
            move_clock(forward=timedelta(days=days), by=self.world.system, reason="过几天")
        self.counted["expired"] += transfers.expire_due()
        self.counted["followed"] += freezes.follow() + frauds.follow()

    @rule(side=SIDES, tonnes=TONNES, further=st.integers(0, 3))
    def retire(self, side: str, tonnes: int, further: int) -> None:
        """Set tonnes aside to be retired, and go on with it at once, or leave it."""
        told = {
            "kind": "CHARITY",
            "beneficiary": "青岚市民",
            "purpose": "公益",
            "by": self.world.people[f"{side}-maker"],
        }
        self.try_to("retire", retirements.initiate, self.world.accounts[side], quantity_t=tonnes, **told)

        for _step in range(further):
            self.go_on_retiring(refuse=1)

    @rule(refuse=st.integers(0, 5))
    def go_on_retiring(self, refuse: int) -> None:
        """Take the newest retirement one step further, or have it refused."""
        order = Retirement.objects.filter(state__in=("CONFIRMING", "PENDING", "REVIEWED")).last()
        if order is None:
            return
        officer = self.world.people["leader" if order.state == RetirementState.REVIEWED else "registrar"]
        if order.state == RetirementState.CONFIRMING:
            self.try_to("confirm end", retirements.confirm, order, by=self.person(order.account, "checker"))
        elif not refuse:
            self.try_to("refuse end", retirements.refuse, order, by=officer, reason="用途不清")
        elif order.state == RetirementState.PENDING:
            self.try_to("review end", retirements.review, order, by=officer)
        else:
            self.try_to("approve end", retirements.approve, order, by=officer)

    @rule(side=SIDES, tonnes=TONNES, stops_orders=st.booleans())
    def freeze(self, side: str, tonnes: int, stops_orders: bool) -> None:
        """A court freezes, waiting for what is not there."""
        if Freeze.objects.in_force().count() < 4:
            told = {"whose": side, "stops_orders": stops_orders, **self.document_no()}
            self.try_to("freeze", lambda: done(self.world, freeze_deed(self.world, tonnes, **told)))

    @rule()
    def lift(self) -> None:
        """The oldest freeze is lifted."""
        if freeze := Freeze.objects.filter(state=FreezeState.IN_FORCE).order_by("pk").first():
            told = document(self.world, **self.document_no())
            self.try_to("lift", lambda: done(self.world, freezes.enter_release(freeze, **told)))

    @rule(false_t=st.integers(0, 722), tonnes=TONNES)
    def follow_the_case(self, false_t: int, tonnes: int) -> None:
        """A case of fraud is opened on the batch of the year; it is decided, or nothing was false; the owner offers other units for
        the false ones."""
        case = FraudCase.objects.open().first()
        told = {"by": self.world.people["registrar"], "reason": "与结算单一致"}
        if case is None:
            self.try_to("suspect", fraud_case, self.world, paper=self.paper)
        elif case.state == CaseState.REPLACING:
            by, tonnes = self.world.people["owner-maker"], min(tonnes, case.missing_t)
            self.try_to("replace", frauds.initiate_replacement, case, quantity_t=tonnes, by=by)
        elif false_t:
            self.try_to("judge", decided, self.world, case, false_t)
        else:
            self.try_to("clear", frauds.clear, case, **told)

    @rule(tonnes=TONNES)
    def pledge(self, tonnes: int) -> None:
        """The owner pledges units to the buyer."""
        if Pledge.objects.count() < 3:
            self.try_to("pledge", pledge_in, self.world, PledgeState.IN_FORCE, tonnes)

    @rule()
    def redeem(self) -> None:
        """The creditor lets a pledge go."""
        if pledge := Pledge.objects.filter(state=PledgeState.IN_FORCE).first():
            self.try_to("redeem", pledges.release, pledge, by=self.person(pledge.creditor, "checker"))

    @rule(side=SIDES, tonnes=TONNES, whole=st.booleans())
    def merge(self, side: str, tonnes: int, whole: bool) -> None:
        """One company takes the other's units over, some or all that there are."""
        target = self.world.accounts["buyer" if side == "owner" else "owner"].number
        told = document(self.world, quantity_t=None if whole else tonnes, target_number=target, **self.document_no())
        account = self.world.accounts[side]
        self.try_to("merge", lambda: done(self.world, enter_nontrade(account, kind=DeedKind.MERGER, **told)))

    @rule()
    def correct(self) -> None:
        """The newest transfer was a mistake, and goes back if it is still there; what is not there is tried a second time at most."""
        order = Transfer.objects.filter(state=OrderState.COMPLETED).exclude(journal__corrections__state="DONE").last()
        if order is not None and self.corrections[order.pk] < 2:
            self.corrections[order.pk] += 1
            told = document(self.world, journal=order.journal, reason="合同号录错", **self.document_no())
            self.try_to("correct", lambda: done(self.world, corrections.enter_correction(order.target, **told)))

    @rule(tonnes=st.integers(1, 30))
    def void(self, tonnes: int) -> None:
        """Tonnes of the year should not have been issued."""
        batch, owner = self.world.periods["yearly"].batch, self.world.accounts["owner"]
        told = document(self.world, batch=batch, quantity_t=tonnes, reason="重复一个月", **self.document_no())
        self.try_to("void", lambda: done(self.world, corrections.enter_overissue(owner, **told)))

    @rule(tonnes=TONNES)
    def issue(self, tonnes: int) -> None:
        """Another year is issued, once a story; what stops it is tried a second time and then left."""
        self.issues += 1
        if self.issues < 3 and Batch.objects.filter(series__vintage=2024).count() == 0:
            self.try_to("issue", block_of, self.world, tonnes)


# In the suite the same two thousand steps every time; PORTAL_STORIES=100 tries four thousand others. Stories are told in lots of
# ten, because after ten valid ones hypothesis mostly repeats parts of those it has, and each lot has a seed of its own.
STEPS, LOT, LOTS = 40, 10, 5
STORIES = int(os.environ.get("PORTAL_STORIES", "0"))
SORTS = (
    *(
        "sell",
        "confirm sale",
        "accept sale",
        "retire",
        "confirm end",
        "review end",
        "approve end",
        "freeze",
        "lift",
        "suspect",
    ),
    *("judge", "replace", "pledge", "redeem", "merge", "correct", "void", "issue"),
)


def seeds() -> list[int]:
    """Return the seed of each lot: always the same ones, or, where more stories are asked for, any."""
    return [secrets.randbits(64) for _lot in range(-(-STORIES // LOT))] if STORIES else list(range(LOTS))


def told_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write no messages: whom a story tells of it changes no book, and took a fifth of its time."""
    monkeypatch.setattr("accounts.events._tell", None)


@pytest.mark.usefixtures("world")
def test_the_book_holds_after_every_step_of_any_story(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sort of act must have been done somewhere, else the machine shows nothing."""
    told_nobody(monkeypatch)
    Registry.world, Registry.counted, Registry.steps = world, Counter(), Counter()
    for number in seeds():
        run_state_machine_as_test(
            seed(number)(Registry),
            settings=settings(
                max_examples=LOT,
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    tried = {sort.partition(":")[0] for sort in Registry.counted}
    assert tried >= set(SORTS), Registry.counted
    assert Registry.counted.keys() >= {
        "sell",
        "retire",
        "freeze",
        "lift",
        "suspect",
        "judge",
        "issue",
        "pledge",
        "merge",
        "void",
    }
    assert Registry.steps["all"] >= (2_000 if not STORIES else STORIES * STEPS // 2)


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE registry_block SET holder_id = %(other)s WHERE id = %(closed)s",
        "UPDATE registry_block SET closed_by_id = NULL WHERE id = %(closed)s",
        "UPDATE registry_block SET serials = int8range(lower(serials) + 1, upper(serials) + 1) WHERE id = %(open)s",
        "DELETE FROM registry_block WHERE id = %(open)s",
    ],
)
def test_what_is_looked_at_after_every_step_is_not_blind(world: World, tampered: str) -> None:
    """With all guards off, somebody changes one row of the book."""
    Registry.world, Registry.counted, Registry.steps = world, Counter(), Counter()
    machine = Registry()
    machine.look()
    places = {
        "other": world.accounts["buyer"].pk,
        "closed": Block.objects.exclude(closed_by=None).exclude(holder=world.accounts["buyer"]).earliest("pk").pk,
        "open": Block.objects.open().earliest("pk").pk,
    }
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE registry_block DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE registry_block DROP CONSTRAINT block_serials_held_once")
        cursor.execute(tampered, places)
    with pytest.raises(AssertionError):
        machine.look()
    with pytest.raises(AssertionError):
        machine.teardown()
