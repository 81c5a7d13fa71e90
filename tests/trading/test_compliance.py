"""Compliance offset: caps by the rule, several applications under one cap, the market's quota first come first served."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from carbon_portal.story import World
from certificates.models import Certificate
from registry.models import Retirement
from registry.services import retirements
from registry.services.checking import check_books
from tests.refusals import forbidden, refused
from tests.stages import retire
from trading.amounts import offset_cap
from trading.models import ComplianceFiling, ComplianceRule
from trading.services import compliance

TENTH = Decimal("0.10")


@pytest.fixture
def rule(world: World) -> ComplianceRule:
    """The demo's rule: a tenth of the allowance, not more than is missing, 150 t for the whole market."""
    return ComplianceRule.objects.get(code="DEMO-2025")


def words(world: World, rule: ComplianceRule, **changed: Any) -> dict[str, Any]:
    """Return what the owner files with: 2,000 t of allowance and 2,300 t emitted, so 200 t at most."""
    told = {"rule": rule, "allowance_t": 2000, "emission_t": 2300, "quantity_t": 10}
    return {**told, "by": world.people["owner-maker"], **changed}


def applied(world: World, rule: ComplianceRule, quantity_t: int, **changed: Any) -> Retirement:
    order = compliance.file(world.accounts["owner"], **words(world, rule, quantity_t=quantity_t, **changed))
    return retirements.confirm(order, by=world.people["owner-checker"])


@pytest.mark.parametrize(
    ("allowance", "emission", "cap"),
    [(1_000_000, 1_060_000, 60_000), (200_000, 240_000, 20_000), (500_000, 480_000, 0), (100_000, 110_000, 10_000)],
)
def test_the_cap_of_hubei(allowance: int, emission: int, cap: int) -> None:
    assert offset_cap("ALLOWANCE", TENTH, allowance, emission, within_shortfall=True) == cap


@given(
    base=st.sampled_from(["ALLOWANCE", "EMISSION", "SHORTFALL"]),
    ratio=st.decimals("0.0001", "1", places=4),
    allowance=st.integers(0, 10**9),
    emission=st.integers(0, 10**9),
)
def test_a_cap_is_whole_and_never_more_than_the_ratio_or_the_shortfall(
    base: str, ratio: Decimal, allowance: int, emission: int
) -> None:
    whole = {"ALLOWANCE": allowance, "EMISSION": emission, "SHORTFALL": max(emission - allowance, 0)}[base]
    cap = offset_cap(base, ratio, allowance, emission, within_shortfall=False)
    assert cap <= ratio * whole < cap + 1
    assert offset_cap(base, ratio, allowance, emission, within_shortfall=True) == min(cap, max(emission - allowance, 0))


def test_an_offset_is_retired_with_its_basis_and_counted_once(world: World, rule: ComplianceRule) -> None:
    order = retire(applied(world, rule, 90), world)
    rule.refresh_from_db()
    filing = ComplianceFiling.objects.get()
    assert (order.state, order.kind, filing.cap_t, filing.used_t, rule.used_t) == ("RETIRED", "COMPLIANCE", 200, 90, 90)
    snapshot = Certificate.objects.for_subject(order).get().snapshot
    assert snapshot["use"] == "履约抵销"
    assert "2000 t" in snapshot["basis"]
    assert (snapshot["use_code"], snapshot["market"], snapshot["year"]) == ("COMPLIANCE", rule.market, rule.year)
    assert (snapshot["cap_t"], snapshot["offset_t"]) == (200, 90)
    assert snapshot["emitter_uscc"] == filing.emitter.uscc
    assert check_books().differences == []


def test_applications_of_a_year_add_up_under_one_cap(world: World, rule: ComplianceRule) -> None:
    applied(world, rule, 150)
    refusal = refused(compliance.file, world.accounts["owner"], **words(world, rule, quantity_t=51), code="over_cap")
    assert "在办 150 t，还可以抵销 50 t，不够 51 t" in refusal.message
    assert applied(world, rule, 50).quantity_t == 50
    refused(compliance.file, world.accounts["owner"], **words(world, rule, quantity_t=1), code="over_cap")


def test_the_figures_of_a_year_are_stated_once(world: World, rule: ComplianceRule) -> None:
    applied(world, rule, 1)
    changed = words(world, rule, emission_t=9000)
    assert "2,300" in refused(compliance.file, world.accounts["owner"], **changed, code="figures_differ").message


def test_the_quota_of_the_market_is_taken_at_approval_first_come_first_served(
    world: World, rule: ComplianceRule
) -> None:
    first, second = applied(world, rule, 100), applied(world, rule, 51)
    retire(second, world)
    reviewed = retirements.review(first, by=world.people["registrar"])
    refusal = refused(retirements.approve, reviewed, by=world.people["leader"], code="quota_used_up")
    assert "还剩 99 t，不够 100 t" in refusal.message
    assert check_books().differences == []


def test_what_is_taken_back_is_free_again(world: World, rule: ComplianceRule) -> None:
    order = applied(world, rule, 200)
    retirements.cancel(order, by=world.people["owner-maker"], reason="改买配额")
    assert applied(world, rule, 150).quantity_t == 150


def test_who_may_not_file_and_when_is_refused(world: World, rule: ComplianceRule) -> None:
    owner = world.accounts["owner"]
    history = ComplianceRule.objects.get(code="HB-WH-2022")
    refused(compliance.file, owner, **words(world, history), code="window_closed")
    refused(compliance.file, owner, **words(world, rule, quantity_t=0), code="bad_quantity")
    refused(compliance.file, owner, **words(world, rule, emission_t=1999), code="over_cap")
    forbidden(compliance.file, owner, **words(world, rule, by=world.people["buyer-maker"]))
    forbidden(compliance.file, owner, **words(world, rule, by=world.people["owner-checker"]))


def test_units_of_a_vintage_the_market_does_not_take_are_refused(world: World) -> None:
    fields = {"market": "演示", "year": 2026, "base": "EMISSION", "ratio": TENTH, "within_shortfall": False}
    dates = {"opens_on": "2026-01-01", "closes_on": "2030-12-31", "source": "演示", "evidence": "X"}
    rule = ComplianceRule.objects.create(code="NEW", vintage_from=2030, **fields, **dates)
    rule.refresh_from_db()
    refusal = refused(compliance.file, world.accounts["owner"], **words(world, rule), code="not_eligible")
    assert "2030 年份及以后" in refusal.message


def test_the_page_says_what_is_left_and_the_form_files(world: World, rule: ComplianceRule) -> None:
    client = Client()
    client.force_login(world.people["owner-maker"])
    assert "初始配额的 10%" in client.get("/owner/compliance/").content.decode()
    form = {"key": "page-comply-1", "allowance_t": 2000, "emission_t": 2300, "quantity_t": 201}
    answer = client.post("/owner/compliance/DEMO-2025/new/", form)
    assert (answer.status_code, "还可以抵销 200 t" in answer.content.decode()) == (409, True)
    answer = client.post("/owner/compliance/DEMO-2025/new/", {**form, "key": "page-comply-2", "quantity_t": 20})
    assert answer.status_code == 302
    page = client.get("/owner/compliance/").content.decode()
    assert str(Retirement.objects.get(kind="COMPLIANCE")) in page
    assert client.post("/owner/compliance/DEMO-2025/new/", {**form, "emission_t": -1}).status_code == 400
