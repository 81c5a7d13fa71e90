"""A month is gathered whole and once, whoever's acts they are, and every act of it can be proven to be in it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Division
from carbon_portal.story import World
from kernel import clock, digest
from methodologies.models import Method
from office.services.clock import move_clock
from registry.services.checking import check_books
from scenarios.models import Act, ActUse, Citizen, ClaimBatch, Consent, Partner, Upload
from scenarios.services import claims
from scenarios.services.claims import close_claim
from tests.gathering import Riding, claimed, gathering
from tests.refusals import forbidden, refused
from tests.stages import person
from tests.worlds import as_owner, last_event

JANUARY, FEBRUARY = date(2021, 1, 1), date(2021, 2, 1)


@pytest.fixture
def made(world: World) -> Riding:
    """Three riders; five rides of January and two of February, by the riders' days."""
    made = gathering(world)
    made.rides(
        ("ada", "2020-12-31T16:00:00+00:00", 1000),  # New Year's midnight where the riders are
        ("ada", "2021-01-05T08:00:00+08:00", 5200),
        ("bo", "2021-01-06T08:00:00+08:00", 2000),
        ("bo", "2021-01-07T08:00:00+08:00", 2000),
        ("cy", "2021-01-31T15:59:00+00:00", 1500),
        ("bo", "2021-01-31T16:00:00+00:00", 2000),  # and the midnight that ends their January
        ("cy", "2021-02-03T08:00:00+08:00", 2000),
    )
    return made


def test_a_month_is_gathered_by_the_riders_days_with_its_sums(made: Riding) -> None:
    claim = claimed(made, date(2021, 1, 17))

    assert (claim.number, claim.month, claim.acts, claim.citizens) == ("GJ-990100-202101-001", JANUARY, 5, 3)
    assert claim.saved_mg == 193_000 + 1_003_600 + 2 * 386_000 + 289_500
    assert claim.amount_millionths == 11_700_000
    assert claim.method == made.scene.method
    assert (claim.consents, claim.consent_versions) == (3, {"1": 3})
    assert ActUse.objects.filter(claim=claim).count() == 5
    assert last_event(verb="scenarios.close_claim").data["root"] == claim.merkle_root


def test_what_is_gathered_is_not_gathered_again_and_what_comes_late_gets_a_batch_of_its_own(made: Riding) -> None:
    first = claimed(made, JANUARY)
    operator = made.world.people["operator"]
    refused(close_claim, made.scene, made.partner, JANUARY, by=operator, code="nothing_to_claim")

    made.rides(("ada", "2021-01-20T08:00:00+08:00", 3000))
    late = claimed(made, JANUARY)

    assert (late.number, late.acts, late.saved_mg) == ("GJ-990100-202101-002", 1, 579_000)
    assert ClaimBatch.objects.get(pk=first.pk).saved_mg == first.saved_mg


def test_a_closed_account_s_acts_are_gathered_like_the_others(made: Riding) -> None:
    Citizen.objects.filter(pk=made.citizens["ada"].pk).update(state="CLOSED", closed_at=clock.now())
    Consent.objects.filter(citizen=made.citizens["ada"]).update(withdrawn_at=clock.now() + timedelta(seconds=1))

    claim = claimed(made, JANUARY)

    assert (claim.acts, claim.citizens) == (5, 3)


def test_a_month_that_is_not_over_where_the_riders_are_is_not_gathered(made: Riding) -> None:
    operator, today = made.world.people["operator"], clock.today()
    refusal = refused(close_claim, made.scene, made.partner, today, by=operator, code="month_running")
    assert f"{today:%Y-%m} 还没有过完" in str(refusal.message)

    _first, after = claims.month_of(today)
    midnight = datetime(after.year, after.month, 1, tzinfo=UTC) - timedelta(hours=8)
    move_clock(forward=midnight - clock.now() - timedelta(minutes=5), by=made.world.system, reason="试")
    refused(close_claim, made.scene, made.partner, today, by=operator, code="month_running")
    move_clock(forward=timedelta(minutes=6), by=made.world.system, reason="试")
    refused(close_claim, made.scene, made.partner, today, by=operator, code="nothing_to_claim")


def test_months_are_cut_at_both_ends_of_the_year() -> None:
    assert claims.month_of(date(2020, 12, 31)) == (date(2020, 12, 1), date(2021, 1, 1))
    assert claims.month_of(date(2021, 1, 1)) == (date(2021, 1, 1), date(2021, 2, 1))


def test_a_partner_gathers_only_what_it_reported_itself(made: Riding) -> None:
    other = Partner.objects.create(organisation=made.world.organisations["buyer"], name="别家")
    other.scenes.add(made.scene)

    refused(close_claim, made.scene, other, JANUARY, by=made.world.people["operator"], code="nothing_to_claim")


def test_only_the_operator_of_the_division_gathers(made: Riding) -> None:
    for name, user in made.world.people.items():
        if name != "operator":
            forbidden(close_claim, made.scene, made.partner, JANUARY, by=user)
    elsewhere = person(made.world, "operator-9902", "OPERATOR", division=Division.objects.get(code="9902"))
    forbidden(close_claim, made.scene, made.partner, JANUARY, by=elsewhere)


def test_acts_of_somebody_who_never_agreed_stop_the_gathering(made: Riding) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE scenarios_consent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM scenarios_consent WHERE citizen_id = %s", [made.citizens["bo"].pk])
        cursor.execute("ALTER TABLE scenarios_consent ENABLE TRIGGER USER")

    refused(close_claim, made.scene, made.partner, JANUARY, by=made.world.people["operator"], code="no_consent")


def test_a_batch_is_of_one_method_and_the_older_comes_first(made: Riding) -> None:
    old, new = Method.objects.order_by("pk")[:2]
    made.rides(("ada", "2021-01-20T08:00:00+08:00", 3000))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE scenarios_upload DISABLE TRIGGER USER")
        Upload.objects.filter(pk=Upload.objects.latest("pk").pk).update(method=new)
        Upload.objects.exclude(pk=Upload.objects.latest("pk").pk).update(method=old)
        cursor.execute("ALTER TABLE scenarios_upload ENABLE TRIGGER USER; SET CONSTRAINTS ALL DEFERRED")

    first, second = claimed(made, JANUARY), claimed(made, JANUARY)

    assert [(claim.method, claim.acts) for claim in (first, second)] == [(old, 5), (new, 1)]


def test_every_act_of_a_claim_is_proven_to_be_in_it_and_no_changed_one_is(made: Riding) -> None:
    claim = claimed(made, JANUARY)

    for act in Act.objects.filter(on_day__lt=FEBRUARY).order_by("pk"):
        proof = claims.proof(act)
        assert proof is not None
        assert (proof.claim, proof.size) == (claim, 5)
        assert proof.holds
        assert json.loads(proof.content)["saved_mg"] == act.saved_mg
        altered = json.loads(proof.content) | {"saved_mg": act.saved_mg + 1}
        assert not proof._replace(content=digest.canonical(altered)).holds
    assert claims.proof(Act.objects.get(on_day=FEBRUARY)) is None


@given(
    st.integers(0, 2**62),
    st.dates(date(2010, 1, 1)),
    st.binary(min_size=16, max_size=16),
    st.datetimes(datetime(2010, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 2**62),
    st.integers(0, 2**62),
)
def test_a_leaf_is_the_canonical_form_of_its_act(
    act: int, day: date, name: bytes, start: datetime, amount: int, saved: int
) -> None:
    leaf = claims.Leaf(act, day, name.hex(), start, amount, saved)
    assert leaf.content("QD-2021-004-V01") == digest.canonical(leaf._asdict() | {"method": "QD-2021-004-V01"})


def test_a_leaf_names_nobody_and_the_same_rider_has_another_name_in_another_claim(made: Riding) -> None:
    claimed(made, JANUARY)
    claimed(made, FEBRUARY)
    proofs = [claims.proof(act) for act in Act.objects.filter(citizen=made.citizens["cy"]).order_by("on_day")]
    names = [json.loads(proof.content)["citizen"] for proof in proofs if proof is not None]

    assert len(set(names)) == len(names) == 2
    for proof in proofs:
        assert proof is not None
        assert proof.claim.salt not in proof.content.decode()
        assert made.citizens["cy"].number not in proof.content.decode()
        assert set(json.loads(proof.content)) == {
            "act", "on_day", "citizen", "started_at", "amount_millionths", "saved_mg", "method",
        }  # fmt: skip


def test_the_check_of_the_books_finds_every_difference_below_the_units(made: Riding) -> None:
    claim = claimed(made, JANUARY)
    assert check_books(roots=True).differences == []
    act = Act.objects.filter(on_day__lt=FEBRUARY).earliest("pk")

    found = _after("scenarios_act", f"UPDATE scenarios_act SET saved_mg = saved_mg + 7 WHERE id = {act.pk}")

    assert [line.split(":")[0] for line in found] == [
        f"upload {act.upload_id}",
        f"carbon account of {act.citizen_id}",
        f"claim {claim.number}",
        f"claim {claim.number}",
    ]
    moved = _after(
        "scenarios_act", f"UPDATE scenarios_act SET started_at = started_at - interval '1 s' WHERE id = {act.pk}"
    )
    assert moved == [f"claim {claim.number}: the acts no longer give the root {claim.merkle_root}"]
    lost = _after("scenarios_actuse", f"DELETE FROM scenarios_actuse WHERE act_id = {act.pk}")
    assert lost[0] == f"claim {claim.number}: states 5 acts 2258100 mg, holds 4 acts 2065100 mg"
    twice = _after(
        "scenarios_act",
        "INSERT INTO scenarios_act SELECT id, on_day + 1, citizen_id, upload_id, started_at, ended_at, amount_millionths, saved_mg "
        f"FROM scenarios_act WHERE id = {act.pk}",
    )
    assert f"act {act.pk} stands twice" in twice


def _after(table: str, statement: str) -> list[str]:
    """Return the differences somebody with the owner's password would leave, and put everything back."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT tampering")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        found = check_books(roots=True).differences
        cursor.execute("ROLLBACK TO SAVEPOINT tampering")
    return found
