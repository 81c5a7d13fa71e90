"""What a journal may do to blocks, as bodies of triggers: they are generated from the tables in ``registry.states``."""

from __future__ import annotations

from collections.abc import Iterable

from registry.states import CHANGES_HOLDER, ENTERS, LEAVES, UNIT_ENDED


def words(values: Iterable[str]) -> str:
    """Return a list of words for SQL."""
    return ", ".join(f"'{word}'" for word in sorted(map(str, values)))


def legs_balance() -> str:
    """Compare, per batch, what a journal closed with what it opened, and per holder too unless the journal is one that gives
    units to another; an issue opens exactly its batch and closes nothing.
    """
    return f"""
        IF NOT EXISTS (SELECT 1 FROM registry_block WHERE opened_by_id = NEW.id) THEN {{refuse}} END IF;
        IF NEW.kind IN ('ISSUE', 'MOVE_IN') THEN
            IF EXISTS (SELECT 1 FROM registry_block WHERE closed_by_id = NEW.id)
                OR (SELECT range_agg(serials) FROM registry_block WHERE opened_by_id = NEW.id) IS DISTINCT FROM
                   (SELECT range_agg(int8range(serial_from, serial_to, '[]')) FROM registry_batch WHERE journal_id = NEW.id)
                OR EXISTS (SELECT 1 FROM registry_block k JOIN registry_batch b ON b.id = k.batch_id
                           WHERE k.opened_by_id = NEW.id AND (b.journal_id <> NEW.id OR b.series_id <> k.series_id))
            THEN {{refuse}} END IF;
        ELSIF EXISTS (
            SELECT 1 FROM (
                SELECT series_id, batch_id, serials, holder_id, true AS opened FROM registry_block WHERE opened_by_id = NEW.id
                UNION ALL
                SELECT series_id, batch_id, serials, holder_id, false FROM registry_block WHERE closed_by_id = NEW.id
            ) AS legs
            GROUP BY series_id, batch_id, CASE WHEN NEW.kind IN ({words(CHANGES_HOLDER)}) THEN 0 ELSE holder_id END
            HAVING range_agg(serials) FILTER (WHERE opened) IS DISTINCT FROM range_agg(serials) FILTER (WHERE NOT opened)
        ) THEN {{refuse}} END IF;
        RETURN NULL;
    """  # noqa: S608  the words are those of states.py


def state_follows() -> str:
    """Let a journal take units out of a state, and put them into one, only if its kind does so; the rest of a split block stays.
    That nothing leaves an end is a guard of its own."""
    leaves = " OR ".join(
        f"(OLD.state = '{state!s}' AND journal_kind IN ({words(kinds)}))" for state, kinds in LEAVES.items() if kinds
    )
    enters = " OR ".join(
        f"(NEW.state = '{state!s}' AND journal_kind IN ({words(kinds)}))" for state, kinds in ENTERS.items()
    )
    return f"""
        IF TG_OP = 'INSERT' THEN
            SELECT kind INTO journal_kind FROM registry_journal WHERE id = NEW.opened_by_id;
            IF ({enters}) IS NOT TRUE AND NOT EXISTS (
                SELECT 1 FROM registry_block k WHERE k.closed_by_id = NEW.opened_by_id AND k.batch_id = NEW.batch_id
                    AND k.state = NEW.state AND k.holder_id = NEW.holder_id AND k.serials @> NEW.serials
            ) THEN {{refuse}} END IF;
        ELSE
            SELECT kind INTO journal_kind FROM registry_journal WHERE id = NEW.closed_by_id;
            IF ({leaves}) IS NOT TRUE AND OLD.state NOT IN ({words(UNIT_ENDED)}) THEN {{refuse}} END IF;
        END IF;
        RETURN NEW;
    """  # noqa: S608  the words are those of states.py


def venue_moves() -> str:
    """Body for the blocks, with ``at bigint`` declared: what is held for trading is at the one venue of its holder, and trading
    journals that touch it are that venue's own: an order or a trade of the venue names them."""
    return """
        SELECT venue_id INTO at FROM registry_seat WHERE account_id = NEW.holder_id AND closed_at IS NULL;
        IF at IS NULL OR EXISTS (
            SELECT 1 FROM registry_journal j
            WHERE j.id = COALESCE(NEW.closed_by_id, NEW.opened_by_id) AND j.kind IN ('TO_VENUE', 'FROM_VENUE', 'SETTLE')
                AND NOT EXISTS (SELECT 1 FROM registry_trade WHERE journal_id = j.id AND venue_id = at)
                AND NOT EXISTS (SELECT 1 FROM registry_venueorder WHERE journal_id = j.id AND venue_id = at)
        ) THEN {refuse} END IF;
        RETURN NULL;
    """
