"""A guard that tells transactions from each other, so that its test must commit."""

from __future__ import annotations

from carbon_portal.story import World
from tests.database.rows import refuses
from tests.database.test_trading import entry, trade


def test_no_entry_is_added_to_a_cash_journal_of_an_earlier_transaction(committed_world: World) -> None:
    """Not even two that balance."""
    trade(committed_world)
    refuses("cash_entry_of_this_transaction", entry(5), f"{entry(5)}; {entry(-5)}")
