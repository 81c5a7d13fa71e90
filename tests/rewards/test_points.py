"""Points: what an act gives, when it expires, how lots are spent and given back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.services.people import portal_user
from carbon_portal.story import World
from kernel import clock
from rewards.models import PointAccount, PointDay, PointEntry, PointLot, PointsRun
from rewards.services import expiring, rules
from rewards.services.checking import differences
from rewards.services.coupons import redeem
from rewards.services.crediting import credit, credit_waiting
from rewards.services.points import spendable
from rewards.states import EntryKind
from scenarios.models import Upload
from scenarios.services.ingestion import settle_waiting
from tests import riding
from tests.refusals import forbidden, nothing_changed, refused
from tests.shopping import MG_PER_POINT, citizen, closed, gain, later, offer, operator, rule, settled, shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 11, 25), 24, date(2028, 11, 25)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 120, date(2036, 12, 1)),
    ],
)
def test_the_last_day_is_the_same_day_of_the_month_or_the_months_last(day: date, months: int, last: date) -> None:
    assert clock.months_later(day, months) == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 120))
def test_months_later_is_in_that_month_and_never_after_the_day(day: date, months: int) -> None:
    last = clock.months_later(day, months)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)


def test_each_act_is_floored_and_a_citizen_gets_one_lot_and_one_entry_a_file(world: World) -> None:
    rule(world)
    one, two = citizen(world), citizen(world)
    # 383,800 mg is 38.38 points and counts 38; three of 9,999 mg count nothing.
    upload = settled(world, (one, 383_800, 1), (one, 383_800, 2), (two, 1_003_600, 1), *[(two, 9_999, 1)] * 3)
    credit(upload, by=portal_user())
    held = {account.citizen: account.balance_points for account in PointAccount.objects.all()}
    assert held == {one: 76, two: 100}
    lot = PointLot.objects.get(account__citizen=one)
    assert (lot.points, lot.left_points, lot.expires_on) == (76, 76, clock.months_later(clock.today(), 24))
    entry = PointEntry.objects.get(account__citizen=one)
    assert (entry.kind, entry.points, entry.run, entry.legs.get().lot) == (EntryKind.CREDIT, 76, upload.points_run, lot)
    assert differences() == []


def test_points_of_the_winter_file(world: World) -> None:
    partner, scene = riding.winter(world)
    rule(world, scene)
    upload = riding.send(partner, scene, riding.WINTER.read_bytes(), riding.WINTER_MAPPING)
    settle_waiting()
    assert credit_waiting() == 1
    upload.refresh_from_db()
    by_act = sum(act.saved_mg * 100 // 10**6 for act in upload.acts.all())
    assert sum(PointAccount.objects.values_list("balance_points", flat=True)) == by_act > 160_000
    assert differences() == []


def test_a_files_points_are_credited_once(world: World) -> None:
    rule(world)
    upload = settled(world, (citizen(world), 383_800, 1))
    assert credit_waiting() == 1
    with nothing_changed():
        assert credit_waiting() == 0
    refused(credit, upload, code="already_credited", by=portal_user())


def test_a_file_that_is_not_settled_gives_nothing(world: World) -> None:
    upload = settled(world, (citizen(world), 383_800, 1))
    waiting = Upload.objects.create(
        partner=upload.partner, scene=upload.scene, method=upload.method, file=upload.file, mapping={},
        received_by=upload.received_by,
    )  # fmt: skip
    refused(credit, waiting, code="wrong_state", by=portal_user())
    forbidden(credit, upload, by=operator(world))


def test_a_scene_without_a_rule_gives_no_points_and_the_run_says_so(world: World) -> None:
    upload = settled(world, (citizen(world), 383_800, 1))
    credit(upload, by=portal_user())
    assert PointsRun.objects.get().rule is None
    assert not PointAccount.objects.exists()


def test_a_daily_cap_trims_to_what_is_left_over_all_files_of_the_day(world: World) -> None:
    rule(world, daily_cap=50)
    one = citizen(world)
    first = settled(world, (one, 30 * MG_PER_POINT, 1), (one, 80 * MG_PER_POINT, 2))
    second = settled(world, (one, 15 * MG_PER_POINT, 1), (one, 15 * MG_PER_POINT, 1), (one, 5 * MG_PER_POINT, 2))
    credit(first, by=portal_user())
    credit(second, by=portal_user())
    days = PointDay.objects.order_by("run_id", "-on_day").values_list("earned_points", "points")
    assert list(days) == [(30, 30), (80, 50), (30, 20), (5, 0)]
    assert PointAccount.objects.get().balance_points == 100
    assert differences() == []


def test_grams_of_an_account_closed_meanwhile_give_no_points(world: World) -> None:
    rule(world)
    one, two = citizen(world), citizen(world)
    upload = settled(world, (one, 383_800, 1), (two, 383_800, 1))
    closed(one)
    credit(upload, by=portal_user())
    assert PointAccount.objects.get().citizen == two


def test_a_gain_pays_a_debt_first(world: World) -> None:
    one = citizen(world)
    rule(world)
    account = PointAccount.objects.create(citizen=one, debt_points=30)
    PointEntry.objects.create(account=account, kind=EntryKind.EXPIRE, points=-30, debt_points=30, key="reversed")
    for points in (20, 25):
        credit(settled(world, (one, points * MG_PER_POINT, 1)), by=portal_user())
    account.refresh_from_db()
    assert (account.balance_points, account.debt_points) == (15, 0)
    assert [lot.points for lot in account.lots.all()] == [15]
    assert differences() == []


def test_points_are_good_to_the_end_of_their_last_day_and_gone_at_midnight(world: World) -> None:
    one = citizen(world)
    account = gain(world, one, 200, months=1)
    item = offer(world, shop(world).merchant)
    last = account.lots.get().expires_on
    later(world, days=(last - clock.today()).days)
    assert (clock.today(), spendable(account)) == (last, 200)
    midnight = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    later(world, seconds=int((midnight - clock.now()).total_seconds()) + 1)
    assert spendable(account) == 0
    refused(redeem, item, one, code="not_enough_points", by=one.user)  # the sweep has not run yet
    assert expiring.end_all() == 1
    account.refresh_from_db()
    assert account.balance_points == 0
    entry = account.entries.first()
    assert entry is not None
    assert (entry.kind, entry.points) == (EntryKind.EXPIRE, -200)
    with nothing_changed():
        assert expiring.end_all() == 0
    assert differences() == []


def test_the_points_of_a_closed_account_are_forfeited(world: World) -> None:
    one, two = citizen(world), citizen(world)
    account, other = gain(world, one, 70), gain(world, two, 30)
    closed(one)
    assert expiring.end_all() == 1
    account.refresh_from_db()
    other.refresh_from_db()
    assert (account.balance_points, other.balance_points) == (0, 30)
    assert account.entries.filter(kind=EntryKind.FORFEIT, points=-70).count() == 1
    assert differences() == []


def test_a_rule_is_for_the_future_and_never_changes_what_was_credited(world: World) -> None:
    by, scene = operator(world), riding.scene()
    yesterday = clock.today() - timedelta(days=1)
    refused(rules.set_rule, scene, code="rule_in_the_past", by=by, valid_from=yesterday)
    refused(rules.set_rule, scene, code="bad_rule", by=by, expiry_months=121)
    refused(rules.set_rule, scene, code="bad_rule", by=by, daily_cap=0)
    rules.set_rule(scene, by=by, points_per_kg=50)
    refused(rules.set_rule, scene, code="rule_known", by=by)
    rules.set_rule(scene, by=by, points_per_kg=200, valid_from=clock.today() + timedelta(days=10))
    one = citizen(world)
    credit(settled(world, (one, 10**6, 1)), by=portal_user())
    later(world, days=10)
    credit(settled(world, (one, 10**6, 1)), by=portal_user())
    assert list(PointLot.objects.order_by("pk").values_list("points", flat=True)) == [50, 200]
    forbidden(rules.set_rule, scene, by=world.people["officer"])
