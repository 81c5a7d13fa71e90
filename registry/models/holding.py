"""That a hold and the units in its state are the same tonnes, as bodies of deferred triggers on either side."""

from __future__ import annotations

# Units of a batch under a case may be held by a court or pledged, and may have ended; nothing of it can be used.
FREE = "('AVAILABLE', 'TRANSFER_PENDING', 'RETIRE_PENDING', 'TRADING')"
CASE_IS_OPEN = "('OPEN', 'REPLACING')"
NOTHING_FREE = f"""
    IF NEW.state IN {FREE} AND EXISTS (SELECT 1 FROM registry_block k WHERE k.id = NEW.id AND k.closed_by_id IS NULL)
        AND EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.batch_id = NEW.batch_id AND c.state IN {CASE_IS_OPEN})
    THEN {{refuse}} END IF;
    RETURN NULL;
"""  # noqa: S608  words of ours


def _units(column: str, state: str, hold: str) -> str:
    """Return the SQL of the tonnes that the journals of a hold keep in its state."""
    return f"""(
        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k
        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id
        WHERE e.{column}_id = {hold} AND k.state = '{state!s}' AND k.closed_by_id IS NULL
    )"""  # noqa: S608  names of ours


def hold_has_its_units(column: str, state: str) -> str:
    """Body for the table of the holds: what the row says it holds now are the units its journals keep."""
    row = f"(SELECT h.held_t FROM registry_{column} h WHERE h.id = NEW.id)"  # noqa: S608  names of ours
    return f"IF {row} IS DISTINCT FROM {_units(column, state, 'NEW.id')} THEN {{refuse}} END IF; RETURN NULL;"


def units_have_their_hold(column: str, state: str) -> str:
    """Body for the blocks, with ``held_by bigint`` declared: units in the state belong to a hold that says it holds as much."""
    return f"""
        IF NEW.state = '{state!s}' THEN
            SELECT e.{column}_id INTO held_by FROM registry_holdentry e WHERE e.journal_id = NEW.opened_by_id;
            IF held_by IS NULL
                OR (SELECT h.held_t FROM registry_{column} h WHERE h.id = held_by)
                    IS DISTINCT FROM {_units(column, state, "held_by")}
            THEN {{refuse}} END IF;
        END IF;
        RETURN NULL;
    """  # noqa: S608  names of ours
