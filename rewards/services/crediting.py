"""Crediting: settled files that have no run of points yet give their citizens points, whole files at a time.

Points are floored for each act, summed for each citizen and local day, and trimmed to the day's cap. One lot, one entry and
one leg for each citizen. The rider who has closed his account meanwhile gets none.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, connection

from accounts.models import User
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, Unavailable, lock, record, require, sentence, verb
from kernel import clock
from kernel.rules import sentence as _
from office.services.jobs import job_run
from rewards.models import PointRule, PointsRun
from rewards.services.rules import rule_on
from scenarios.models import Upload
from scenarios.models.acts import ROW_BITS
from scenarios.states import UploadState

logger = logging.getLogger(__name__)
CREDIT_LOCK = 7_203_201  # one file at a time, since two may hold rides of one person and day

EARNED = """
CREATE TEMP TABLE earned ON COMMIT DROP AS
SELECT citizen_id, on_day, sum(saved_mg * %(per_kg)s / 1000000)::bigint AS points
FROM scenarios_act WHERE id >= %(first)s AND id < %(end)s GROUP BY citizen_id, on_day
"""
# Citizens are held until the end: an account that is closing waits for the credit, or the credit finds it closed. The filter
# stays outside, or only the closed ones would be held.
LEAVE_OUT_CLOSED = """
WITH held AS MATERIALIZED (
    SELECT id, state FROM scenarios_citizen WHERE id IN (SELECT citizen_id FROM earned WHERE points > 0) ORDER BY id FOR SHARE)
DELETE FROM earned WHERE points = 0 OR citizen_id IN (SELECT id FROM held WHERE state = 'CLOSED')
"""
ACCOUNTS = """
INSERT INTO rewards_pointaccount (citizen_id, balance_points, debt_points)
SELECT DISTINCT citizen_id, 0, 0 FROM earned WHERE NOT EXISTS (
    SELECT 1 FROM rewards_pointaccount known WHERE known.citizen_id = earned.citizen_id)
ORDER BY citizen_id ON CONFLICT DO NOTHING
"""
HOLD = """
SELECT count(*) FROM (SELECT id FROM rewards_pointaccount WHERE citizen_id IN (SELECT citizen_id FROM earned)
    ORDER BY id FOR NO KEY UPDATE) held
"""
DAYS = """
INSERT INTO rewards_pointday (run_id, account_id, on_day, earned_points, points)
SELECT %(run)s, account.id, earned.on_day, earned.points,
    CASE WHEN %(cap)s::bigint IS NULL THEN earned.points
         ELSE least(earned.points, greatest(%(cap)s::bigint - coalesce(before.points, 0), 0)) END
FROM earned JOIN rewards_pointaccount account USING (citizen_id)
LEFT JOIN LATERAL (
    SELECT sum(day.points) AS points FROM rewards_pointday day JOIN rewards_pointsrun run ON run.id = day.run_id
    WHERE day.account_id = account.id AND day.on_day = earned.on_day AND run.scene_id = %(scene)s) before
    ON %(cap)s::bigint IS NOT NULL
"""
# What an account gains, and how much of it pays a debt first.
GAINS = """
CREATE TEMP TABLE gain ON COMMIT DROP AS
SELECT account_id, sum(points)::bigint AS points, least(sum(points)::bigint, max(account.debt_points)) AS paid
FROM rewards_pointday day JOIN rewards_pointaccount account ON account.id = day.account_id
WHERE run_id = %(run)s GROUP BY account_id HAVING sum(points) > 0
"""
ENTRIES = """
INSERT INTO rewards_pointentry (account_id, kind, points, debt_points, run_id, reason, key, business_at, real_at)
SELECT account_id, 'CREDIT', points, -paid, %(run)s, '', 'credit:' || %(upload)s || ':' || account_id, %(at)s, %(real)s
FROM gain ORDER BY account_id
"""
LOTS = """
INSERT INTO rewards_pointlot (account_id, points, left_points, source, run_id, expires_on, opened_at)
SELECT account_id, points - paid, points - paid, 'UPLOAD', %(run)s, %(expires)s, %(at)s
FROM gain WHERE points > paid ORDER BY account_id
"""
LEGS = """
INSERT INTO rewards_pointleg (entry_id, lot_id, points) SELECT entry.id, lot.id, lot.points
FROM rewards_pointlot lot JOIN rewards_pointentry entry ON entry.run_id = lot.run_id AND entry.account_id = lot.account_id
WHERE lot.run_id = %(run)s
"""
BALANCES = """
UPDATE rewards_pointaccount account SET balance_points = balance_points + points - paid, debt_points = debt_points - paid
FROM gain WHERE gain.account_id = account.id
"""


@verb("rewards.credit_points")
def credit(upload: Upload, *, by: User) -> PointsRun:
    """Credit the points of one settled file by the rule in force on the day it was settled; without a rule it gives none.

    Raises RuleViolation ``wrong_state`` for a file that is not settled and ``already_credited`` for one that has its run.
    """
    upload = lock(upload)
    require(upload.state == UploadState.SETTLED, "wrong_state", _("这个文件还没有入账，不能计积分"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")  # the file before this one may take a while
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CREDIT_LOCK])
        known = PointsRun.objects.filter(upload=upload).exists()
        require(not known, "already_credited", _("这个文件的积分已经记过"))
        rule = rule_on(upload.scene, clock.local(upload.settled_at or clock.now()).date())
        run = PointsRun.objects.create(upload=upload, scene=upload.scene, rule=rule)
        points, citizens = _book(cursor, run, rule) if rule is not None else (0, 0)
    record("rewards.credit_points", upload, by=by, data={"points": points, "citizens": citizens})
    return run


def _book(cursor: Any, run: PointsRun, rule: PointRule) -> tuple[int, int]:
    expires = clock.months_later(clock.local(run.at).date(), rule.expiry_months)
    values = {
        "run": run.pk,
        "upload": run.upload_id,
        "scene": run.scene_id,
        "per_kg": rule.points_per_kg,
        "cap": rule.daily_cap,
        "first": run.upload_id << ROW_BITS,
        "end": (run.upload_id + 1) << ROW_BITS,
        "at": run.at,
        "real": clock.real_now(),
        "expires": expires,
    }
    for statement in (EARNED, LEAVE_OUT_CLOSED, ACCOUNTS, HOLD, DAYS, GAINS, ENTRIES, LOTS, LEGS, BALANCES):
        cursor.execute(statement, values)
    cursor.execute("SELECT coalesce(sum(points), 0)::bigint, count(*) FROM gain")
    points, citizens = cursor.fetchone()
    cursor.execute("DROP TABLE earned, gain")
    return points, citizens


def credit_waiting(limit: int = 1_000) -> int:
    """Credit settled files that have no run yet, oldest first; returns how many. The sweep's body.

    One that fails does not keep the others waiting; it is tried again in the next round.
    """
    by = portal_user()
    waiting = Upload.objects.filter(state=UploadState.SETTLED, points_run=None).order_by("pk")[:limit]
    with job_run("rewards.credit") as run:
        for upload in waiting.select_related("scene"):
            try:
                credit(upload, by=by)
            except (RuleViolation, Unavailable, DatabaseError) as error:
                run.failed += 1
                logger.warning("upload %s not credited: %s", upload.number, sentence(error))
            else:
                run.done += 1
        return run.done
