"""Whatever people do and in whatever order, the book of units holds: after every single step."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.workflow import RuleViolation
from carbon_portal.story import World
from office.services.clock import move_clock
from registry.models import Batch, Block, FraudCase, Freeze, HoldingAccount, Journal, Pledge, Retirement, Transfer
from registry.services import corrections, frauds, freezes, pledges, retirements, transfers
from registry.services.checking import check_books
from registry.services.nontrade import enter_nontrade
from registry.states import CaseState, DeedKind, FreezeState, OrderState, PledgeState, RetirementState
from tests.holding import decided, document, done, fraud_case, freeze_deed, paper, pledge_in
from tests.stages import block_of

Balances = dict[tuple[int, str], int]
SIDES = st.sampled_from(["owner", "buyer"])
TONNES = st.one_of(st.integers(1, 60), st.integers(1, 450))


def balances(as_of: int) -> Balances:
    """Return tonnes by holder and state as the book stood after a journal."""
    rows = Block.objects.filter(Q(closed_by=None) | Q(closed_by__gt=as_of), opened_by__lte=as_of)
    return {
        (holder, state): t
        for holder, state, t in rows.order_by().values_list("holder", "state").annotate(t=Sum("quantity_t"))
    }


def last_journal() -> int:
    """Return the key of the newest journal."""
    return Journal.objects.latest("pk").pk


class Registry(RuleBasedStateMachine):
    """Two holders, their offices, a court and the fraud of a batch. Each rule is one verb, or a refusal that changes nothing."""

    world: World
    counted: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.past: dict[int, Balances] = {}
        self.paper, self.papers = paper(self.world), 0

    def teardown(self) -> None:
        """Look at everything once more, then let nothing of this story stay."""
        try:
            self.every_serial_is_somewhere_once()
            for journal, then in self.past.items():
                assert balances(journal) == then
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

    @invariant()
    def the_book_holds(self) -> None:
        """Issued = held + retired + cancelled per batch, journals balanced, and a few of the past balances as they were."""
        assert check_books().differences == []
        newest = last_journal()
        self.past.setdefault(newest, balances(newest))
        for journal in {*list(self.past)[:1], *list(self.past)[-3:], *list(self.past)[len(self.past) // 2 :][:1]}:
            assert balances(journal) == self.past[journal]

    def try_to(self, name: str, verb: Callable[..., Any], *args: Any, **told: Any) -> None:
        """Call a verb; a refusal leaves the book as it was."""
        before = last_journal()
        then = self.past.get(before) or balances(before)
        try:
            with transaction.atomic():
                verb(*args, **told)
        except RuleViolation as refusal:
            self.counted[f"{name}: {refusal.code}"] += 1
            assert (last_journal(), balances(before)) == (before, then)
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

        if further > 0:
            self.confirm_sale()
        if further > 1:
            self.answer_sale("accept")

    @rule()
    def confirm_sale(self) -> None:
        """The checker of the seller confirms."""
        if sale := Transfer.objects.filter(state=OrderState.CONFIRMING).last():
            self.try_to("confirm sale", transfers.confirm, sale, by=self.person(sale.source, "checker"))

    @rule(step=st.sampled_from(["accept", "accept", "refuse", "cancel"]))
    def answer_sale(self, step: str) -> None:
        """The other side accepts or refuses, or the seller takes it back."""
        if sale := Transfer.objects.filter(state=OrderState.OFFERED).last():
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

    @rule()
    def suspect(self) -> None:
        """A case of fraud is opened on the batch of the year."""
        if not FraudCase.objects.open().exists():
            self.try_to("suspect", fraud_case, self.world, paper=self.paper)

    @rule(false_t=st.integers(0, 722))
    def judge(self, false_t: int) -> None:
        """The case is decided, or nothing was false."""
        if case := FraudCase.objects.filter(state=CaseState.OPEN).first():
            told = {"by": self.world.people["registrar"], "reason": "与结算单一致"}
            if false_t:
                self.try_to("judge", decided, self.world, case, false_t)
            else:
                self.try_to("clear", frauds.clear, case, **told)

    @rule(tonnes=TONNES)
    def replace(self, tonnes: int) -> None:
        """The owner offers other units for the false ones."""
        if case := FraudCase.objects.filter(state=CaseState.REPLACING).first():
            by, tonnes = self.world.people["owner-maker"], min(tonnes, case.missing_t)
            self.try_to("replace", frauds.initiate_replacement, case, quantity_t=tonnes, by=by)

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
        """The newest transfer was a mistake, and goes back if it is still there."""
        order = Transfer.objects.filter(state=OrderState.COMPLETED).exclude(journal__corrections__state="DONE").last()
        if order is not None:
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
        """Another year is issued, once a story."""
        if Batch.objects.filter(series__vintage=2024).count() == 0:
            self.try_to("issue", block_of, self.world, tonnes)


# In the suite the same six hundred steps every time; PORTAL_STORIES=100 tries four thousand others.
STEPS, STORIES = 40, int(os.environ.get("PORTAL_STORIES", "0"))
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


@pytest.mark.usefixtures("world")
def test_the_book_holds_after_every_step_of_any_story(world: World) -> None:
    """Every sort of act must have been done somewhere, else the machine shows nothing."""
    Registry.world, Registry.counted = world, Counter()
    run_state_machine_as_test(
        Registry,
        settings=settings(
            max_examples=STORIES or 15,
            derandomize=not STORIES,
            stateful_step_count=STEPS,
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
