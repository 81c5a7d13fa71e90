"""Proof of the books, from their own history."""

from __future__ import annotations

from django.db import connection, transaction

from accounts.models import RoleGrant
from accounts.roles import Role
from office.announcing import declared
from office.services.messages import write
from registry.models import BookCheck
from registry.services.opening import proving as moved_in
from scenarios.services import proving

# Per batch: what was issued, what is held, retired and cancelled now, whether the open blocks cover the batch once, and whether the
# milligrams of the project's issued periods still give the tonnes that were issued.
_BATCHES = """
    SELECT b.id, b.serial_to - b.serial_from + 1 AS issued_t,
           coalesce(sum(k.quantity_t) FILTER (WHERE k.state NOT IN ('RETIRED', 'CANCELLED')), 0) AS held_t,
           coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'RETIRED'), 0) AS retired_t,
           coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'CANCELLED'), 0) AS cancelled_t,
           range_agg(k.serials) = int8multirange(int8range(b.serial_from, b.serial_to, '[]')) AS covered,
           p.issued_t AS period_t
    FROM registry_batch b
    JOIN projects_monitoringperiod p ON p.id = b.period_id
    LEFT JOIN registry_block k ON k.batch_id = b.id AND k.closed_by_id IS NULL
    GROUP BY b.id, p.issued_t ORDER BY b.id
"""
# What was issued has its batch: else its serials could be taken out of the books with nothing left to miss them.
_WITHOUT_BATCH = """
    SELECT p.id, p.issued_t FROM projects_monitoringperiod p
    WHERE p.state = 'ISSUED' AND p.issued_t >= 1 AND NOT EXISTS (SELECT 1 FROM registry_batch b WHERE b.period_id = p.id)
    ORDER BY p.id
"""
_JOURNALS = """
    SELECT j FROM (
        SELECT opened_by_id AS j, batch_id, serials, true AS opened FROM registry_block
        UNION ALL SELECT closed_by_id, batch_id, serials, false FROM registry_block WHERE closed_by_id IS NOT NULL
    ) AS legs JOIN registry_journal h ON h.id = j WHERE h.kind NOT IN ('ISSUE', 'MOVE_IN')
    GROUP BY j, batch_id
    HAVING range_agg(serials) FILTER (WHERE opened) IS DISTINCT FROM range_agg(serials) FILTER (WHERE NOT opened)
"""
_PROJECTS = """
    SELECT project_id, floor(sum(verified_mg)::numeric / 1000000000), sum(issued_t) FROM projects_monitoringperiod
    WHERE state = 'ISSUED' GROUP BY project_id
    HAVING sum(verified_mg)::numeric - sum(issued_t)::numeric * 1000000000
        IS DISTINCT FROM (array_agg(carry_mg ORDER BY issued_at DESC, id DESC))[1]
"""


_CLAIMED = """
    SELECT p.id, p.claimed_mg, claim.saved_mg FROM projects_monitoringperiod p JOIN scenarios_claimbatch claim ON claim.id = p.claim_id
    WHERE p.claimed_mg IS DISTINCT FROM claim.saved_mg
"""


def check_books(*, roots: bool = False) -> BookCheck:
    """Compare issued = held + retired + cancelled per batch, a batch for every period, every journal, every project, and below them
    the book of reductions: uploads, accounts and claims against the acts; keep and return the proof. ``roots`` builds the trees of
    claims again.

    A proof with differences stops ``registry.issue`` until a later one has none, and tells the administrators and the registrars.
    """
    differences: list[str] = []
    issued = held = retired = cancelled = 0
    with connection.cursor() as cursor:
        cursor.execute(_BATCHES)
        batches = cursor.fetchall()
        for batch, issued_t, held_t, retired_t, cancelled_t, covered, period_t in batches:
            issued, held = issued + issued_t, held + int(held_t)
            retired, cancelled = retired + int(retired_t), cancelled + int(cancelled_t)
            if issued_t != held_t + retired_t + cancelled_t or not covered or issued_t != period_t:
                differences.append(
                    f"batch {batch}: issued {issued_t}, held {held_t}, retired {retired_t}, cancelled {cancelled_t}, period {period_t}"
                )
        cursor.execute(_WITHOUT_BATCH)
        differences += [f"period {row[0]}: issued {row[1]} t, no batch" for row in cursor.fetchall()]
        cursor.execute(_JOURNALS)
        differences += [f"journal {row[0]} does not balance" for row in cursor.fetchall()]
        cursor.execute(_PROJECTS)
        differences += [f"project {row[0]}: verified {row[1]} t, issued {row[2]} t" for row in cursor.fetchall()]
        cursor.execute(_CLAIMED)
        differences += [f"period {row[0]}: claims {row[1]} mg, its batch {row[2]} mg" for row in cursor.fetchall()]
    differences += moved_in.differences(files=roots)
    differences += proving.differences(roots=roots)
    with transaction.atomic():
        check = BookCheck.objects.create(
            batches=len(batches),
            issued_t=issued,
            held_t=held,
            retired_t=retired,
            cancelled_t=cancelled,
            differences=differences,
        )
        if differences:
            _tell(check)
    return check


def _tell(check: BookCheck) -> None:
    grants = RoleGrant.objects.in_force().filter(role__in=(Role.SYSADMIN, Role.REGISTRAR)).select_related("user")
    people = [grant.user for grant in grants if grant.user.is_active]
    write(declared()["registry.books_differ"], check, people, occasion_key="found")
