"""The ends of points: lots past their last day, and everything of accounts that were closed. Set-based, part by part."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts.models import User
from accounts.services.people import portal_user
from accounts.workflow import record, verb
from kernel import clock
from office.services.jobs import job_run

PART = 5_000  # accounts in one transaction

CHOOSE_EXPIRED = """
CREATE TEMP TABLE ending ON COMMIT DROP AS
SELECT id FROM rewards_pointaccount WHERE id IN (
    SELECT account_id FROM rewards_pointlot WHERE left_points > 0 AND expires_on < %(today)s
    ORDER BY account_id LIMIT %(part)s)
ORDER BY id FOR NO KEY UPDATE
"""
CHOOSE_CLOSED = """
CREATE TEMP TABLE ending ON COMMIT DROP AS
SELECT id FROM rewards_pointaccount WHERE id IN (
    SELECT a.id FROM rewards_pointaccount a JOIN scenarios_citizen c ON c.id = a.citizen_id
    WHERE a.balance_points > 0 AND c.state = 'CLOSED' ORDER BY a.id LIMIT %(part)s)
ORDER BY id FOR NO KEY UPDATE
"""
LOST = """
CREATE TEMP TABLE lost ON COMMIT DROP AS
SELECT account_id, id AS lot_id, left_points FROM rewards_pointlot
WHERE account_id IN (SELECT id FROM ending) AND left_points > 0 AND (expires_on < %(today)s OR %(kind)s = 'FORFEIT')
"""
ENTRIES = """
INSERT INTO rewards_pointentry (account_id, kind, points, debt_points, reason, key, business_at, real_at)
SELECT account_id, %(kind)s::text, -sum(left_points), 0, '', lower(%(kind)s::text) || ':' || account_id || ':' || %(today)s::text,
    %(at)s, %(real)s
FROM lost GROUP BY account_id ORDER BY account_id
"""
LEGS = """
INSERT INTO rewards_pointleg (entry_id, lot_id, points) SELECT entry.id, lost.lot_id, -lost.left_points
FROM lost JOIN rewards_pointentry entry ON entry.key = lower(%(kind)s::text) || ':' || lost.account_id || ':' || %(today)s::text
"""
LOTS = "UPDATE rewards_pointlot lot SET left_points = 0 FROM lost WHERE lost.lot_id = lot.id"
BALANCES = """
UPDATE rewards_pointaccount account SET balance_points = balance_points - points
FROM (SELECT account_id, sum(left_points) AS points FROM lost GROUP BY account_id) gone WHERE gone.account_id = account.id
"""


@verb("rewards.expire_points")
def expire(*, by: User) -> int:
    """Expire what is left in lots past their last day, of up to 5,000 accounts; returns how many accounts."""
    return _end("EXPIRE", CHOOSE_EXPIRED, "rewards.expire_points", by)


@verb("rewards.forfeit_points")
def forfeit(*, by: User) -> int:
    """Take the points of up to 5,000 closed accounts; returns how many accounts."""
    return _end("FORFEIT", CHOOSE_CLOSED, "rewards.forfeit_points", by)


def _end(kind: str, choose: str, name: str, by: User) -> int:
    values: dict[str, Any] = {
        "kind": kind,
        "today": clock.today(),
        "part": PART,
        "at": clock.now(),
        "real": clock.real_now(),
    }
    with connection.cursor() as cursor:
        for statement in (choose, LOST, ENTRIES, LEGS, LOTS, BALANCES):
            cursor.execute(statement, values)
        cursor.execute("SELECT count(DISTINCT account_id), coalesce(sum(left_points), 0)::bigint FROM lost")
        accounts, points = cursor.fetchone()
        cursor.execute("DROP TABLE ending, lost")
    if accounts:
        record(name, None, by=by, data={"accounts": accounts, "points": points})
    return int(accounts)


def end_all() -> int:
    """Expire and forfeit until nothing is left to; returns how many accounts. The nightly sweep's body."""
    by, done = portal_user(), 0
    with job_run("rewards.end_points") as run:
        for part in (expire, forfeit):
            while ended := part(by=by):
                done += ended
        run.done = done
    return done
