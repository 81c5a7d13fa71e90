"""Proof of what came from another registry: the books against the file that two officers took in, read again."""

from __future__ import annotations

from collections import defaultdict

from django.db import connection

from accounts.services.tables import opened_sheets
from kernel.rules import RuleViolation
from projects.models import Opening
from projects.states import OpeningState
from registry.models import MovedBatch
from registry.services.opening import sheets

# What each batch's own journal opened, beside what was taken down of it; and batches of a moved-in period without that.
_BATCHES = """
    SELECT b.id, m.issued_t, m.held_t, m.retired_t,
           coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'AVAILABLE'), 0),
           coalesce(sum(r.quantity_t), 0), b.serial_to - b.serial_from + 1
    FROM registry_batch b
    JOIN projects_monitoringperiod p ON p.id = b.period_id AND p.opening_id IS NOT NULL
    LEFT JOIN registry_movedbatch m ON m.batch_id = b.id AND m.opening_id = p.opening_id
    LEFT JOIN registry_block k ON k.opened_by_id = b.journal_id
    LEFT JOIN registry_movedretirement r ON r.block_id = k.id AND r.opening_id = p.opening_id
    GROUP BY b.id, m.id ORDER BY b.id
"""


def differences(*, files: bool = False) -> list[str]:
    """Return where the books differ from what moved in; ``files`` opens every accepted file again, by its digest."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_BATCHES)
        for batch, issued, held, retired, opened_held, opened_retired, run in cursor.fetchall():
            if (issued, held, retired) != (run, int(opened_held), int(opened_retired)) or issued != held + retired:
                found.append(
                    f"moved-in batch {batch}: file {issued} = {held} + {retired}, "
                    f"books {run} = {int(opened_held)} + {int(opened_retired)}"
                )
    for opening in Opening.objects.filter(state=OpeningState.ACCEPTED).select_related("table") if files else ():
        found += _against_file(opening)
    return found


def _against_file(opening: Opening) -> list[str]:
    """Compare the sums of each batch, as the file's rows give them by line, with what was taken down."""
    try:
        if opening.table.sha256 != opening.sha256:
            return [f"opening {opening.pk}: file {opening.table.sha256}, accepted {opening.sha256}"]
        rows = opened_sheets(opening.table, sheets.SHEETS, most_rows=sheets.MOST_ROWS).rows
        issued = {row.at: (sheets.key_of(row), sheets.whole(row, sheets.QUANTITY)) for row in rows[sheets.BATCHES]}
        sums: dict[tuple[str, sheets.Key], int] = defaultdict(int)
        for sheet in (sheets.HOLDINGS, sheets.RETIREMENTS):
            for row in rows[sheet]:
                sums[sheet, sheets.key_of(row)] += sheets.whole(row, sheets.QUANTITY)
    except RuleViolation as refusal:
        return [f"opening {opening.pk}: its file cannot be read ({refusal.code})"]
    found = []
    kept = {batch.row: batch for batch in MovedBatch.objects.filter(opening=opening)}
    if kept.keys() != issued.keys():
        found.append(f"opening {opening.pk}: {len(issued)} batches in the file, {len(kept)} in the books")
    for line, batch in kept.items():
        key, quantity = issued.get(line, (("", 0, 0), -1))
        said = (quantity, sums[sheets.HOLDINGS, key], sums[sheets.RETIREMENTS, key])
        books = (batch.issued_t, batch.held_t, batch.retired_t)
        if said != books:
            found.append(f"opening {opening.pk}, line {line}: file {said}, books {books}")
    return found
