"""Guards of compliance offset: caps, quotas, and the retirements they count."""

from __future__ import annotations

import pytest

from tests.database.rows import person, refuses

RULE = "(SELECT id FROM trading_compliancerule WHERE code = 'DEMO-2025')"
BUYER = (
    "(SELECT organisation_id FROM registry_holdingaccount a JOIN registry_retirement r ON r.account_id = a.id LIMIT 1)"
)
RETIREMENT = "(SELECT min(id) FROM registry_retirement)"
TAKES = f"UPDATE trading_compliancerule SET used_t = 100 WHERE id = {RULE}"


def filing(emitter: str = BUYER, cap: str = "200", used: str = "0", key: int = 1) -> str:
    """Return the SQL of a filing: 2,000 t of allowance, 2,300 t emitted, 200 t at most."""
    return (
        "INSERT INTO trading_compliancefiling (id, rule_id, emitter_id, allowance_t, emission_t, cap_t, used_t, filed_by_id, "
        f"filed_at) VALUES ({-key}, {RULE}, {emitter}, 2000, 2300, {cap}, {used}, {person('buyer-maker')}, now())"
    )


def order(kind: str = "COMPLIANCE", taken: str = "0") -> str:
    """Return the SQL that ties the story's retirement of 100 t to the filing, made to be of a kind."""
    return (
        f"ALTER TABLE registry_retirement DISABLE TRIGGER ALL; UPDATE registry_retirement SET kind = '{kind}', basis = 'x'; "
        "ALTER TABLE registry_retirement ENABLE TRIGGER ALL; "
        f"INSERT INTO trading_complianceretirement (id, filing_id, retirement_id, taken_t) VALUES (-1, -1, {RETIREMENT}, {taken})"
    )


ACTS = {
    "compliance_within_quota": (
        f"UPDATE trading_compliancerule SET used_t = 151 WHERE id = {RULE}",
        f"UPDATE trading_compliancerule SET used_t = -1 WHERE id = {RULE}",
    ),
    "compliance_ratio": (
        "INSERT INTO trading_compliancerule (id, code, market, year, base, ratio, within_shortfall, used_t, source, evidence) "
        "VALUES (-1, 'X', 'x', 2025, 'EMISSION', 1.5, false, 0, 'x', 'X')",
    ),
    "compliance_rule_stays": (
        f"UPDATE trading_compliancerule SET ratio = 0.5 WHERE id = {RULE}",
        f"UPDATE trading_compliancerule SET quota_t = 9000 WHERE id = {RULE}",
        f"DELETE FROM trading_compliancerule WHERE id = {RULE}",
    ),
    "compliance_filing_once": (f"{filing()}; {filing(key=2)}",),
    "compliance_within_cap": (filing(used="201"), filing(used="-1")),
    "compliance_filing_stays": (
        f"{filing()}; UPDATE trading_compliancefiling SET emission_t = 9000",
        f"{filing()}; DELETE FROM trading_compliancefiling",
    ),
    "compliance_cap_by_rule": (filing(cap="201"), filing(cap="300")),
    "compliance_retirement_fits": (
        f"{filing()}; {order('CHARITY')}",
        f"{filing(emitter='(SELECT owner_id FROM projects_project LIMIT 1)')}; {order()}",
    ),
    "compliance_retirement_stays": (
        f"{filing()}; {order()}; UPDATE trading_complianceretirement SET retirement_id = 0",
        f"{filing()}; {order()}; DELETE FROM trading_complianceretirement",
    ),
}
AT_COMMIT = {
    "compliance_counts_what_was_retired": (
        f"{filing(used='99')}; {order()}; UPDATE trading_complianceretirement SET taken_t = 99",
    ),
    "compliance_filing_adds_up": (f"{filing()}; UPDATE trading_compliancefiling SET used_t = 7",),
    "compliance_rule_adds_up": (f"{filing()}; {TAKES}",),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
@pytest.mark.parametrize("guard", AT_COMMIT)
def test_refuses_at_commit(guard: str) -> None:
    """Sums are compared when the transaction ends."""
    refuses(guard, *AT_COMMIT[guard], at_commit=True)
