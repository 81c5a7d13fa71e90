"""Proof of the book of points, of coupons and of shared proceeds, from their own history."""

from __future__ import annotations

from django.db import connection

from office.services.jobs import job_run

# Each row that comes back is a difference: what, which, what stands there, what the history gives.
QUESTIONS = {
    "lot": """
        SELECT l.id, l.left_points, coalesce(sum(g.points), 0) FROM rewards_pointlot l
        LEFT JOIN rewards_pointleg g ON g.lot_id = l.id GROUP BY l.id HAVING l.left_points <> coalesce(sum(g.points), 0)
    """,
    "entry": """
        SELECT e.id, e.points + e.debt_points, coalesce(sum(g.points), 0) FROM rewards_pointentry e
        LEFT JOIN rewards_pointleg g ON g.entry_id = e.id
        GROUP BY e.id HAVING e.points + e.debt_points <> coalesce(sum(g.points), 0)
    """,
    "account, by its lots": """
        SELECT a.id, a.balance_points, coalesce(sum(l.left_points), 0) FROM rewards_pointaccount a
        LEFT JOIN rewards_pointlot l ON l.account_id = a.id
        GROUP BY a.id HAVING a.balance_points <> coalesce(sum(l.left_points), 0)
    """,
    "account, by its entries": """
        SELECT a.id, a.balance_points - a.debt_points, coalesce(sum(e.points), 0) FROM rewards_pointaccount a
        LEFT JOIN rewards_pointentry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.balance_points - a.debt_points <> coalesce(sum(e.points), 0)
    """,
    "credit, by its days": """
        SELECT e.id, e.points, coalesce(sum(d.points), 0) FROM rewards_pointentry e
        LEFT JOIN rewards_pointday d ON d.run_id = e.run_id AND d.account_id = e.account_id
        WHERE e.kind = 'CREDIT' GROUP BY e.id HAVING e.points <> coalesce(sum(d.points), 0)
    """,
    "coupon, by its uses": """
        SELECT c.id, c.state, count(u.id) FROM rewards_coupon c
        LEFT JOIN rewards_couponuse u ON u.coupon_id = c.id AND u.undone_at IS NULL
        GROUP BY c.id HAVING (c.state = 'USED') <> (count(u.id) = 1)
    """,
    "pool, by its shares": """
        SELECT p.id, p.distributable_fen, coalesce(sum(s.amount_fen), 0) FROM rewards_proceedspool p
        LEFT JOIN rewards_proceedsshare s ON s.pool_id = p.id
        GROUP BY p.id HAVING coalesce(sum(s.amount_fen), 0) <> CASE p.state WHEN 'SHARED' THEN p.distributable_fen ELSE 0 END
    """,
}


def differences() -> list[str]:
    """Return what does not add up, one sentence each; nothing when all is well."""
    found = []
    with connection.cursor() as cursor:
        for what, question in QUESTIONS.items():
            cursor.execute(question)
            found += [f"{what} {pk}: {stands}, history {history}" for pk, stands, history in cursor.fetchall()]
    return found


def check_points() -> list[str]:
    """Prove the book of points and leave a run that names its differences. The nightly sweep's body."""
    with job_run("rewards.check_points") as run:
        found = differences()
        run.failed, run.error = len(found), "\n".join(found)[:4_000]
    return found
