"""Settling: everything that needs the other rides, done over the whole file at once and in one transaction.

One advisory lock lets one file settle at a time, whichever worker has it; reading and quantifying run beside it. Acts, keys,
refusals and credits come together or not at all, so a worker that is killed leaves the file waiting and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User
from accounts.workflow import advance, lock, require, verb
from kernel import clock
from kernel.rules import sentence as _
from scenarios.models import Upload
from scenarios.models.acts import ROW_BITS
from scenarios.services.judging import Judged
from scenarios.states import Reason, UploadState

SETTLE_LOCK = 7_203_101
# Two platforms' clocks differ by seconds; the same ride told by both starts and ends within this (domain §4.3).
SAME_RIDE = timedelta(minutes=3)

TURN = "SELECT pg_advisory_xact_lock(%s)"
STAGE = """
CREATE TEMP TABLE stage (row int, citizen_id bigint, key uuid, started_at timestamptz, ended_at timestamptz, amount bigint,
    saved_mg bigint, on_day date, code text) ON COMMIT DROP
"""
# Citizens are held until the end: an account that is closing waits for the credit, or the credit finds it closed. The filter
# stays outside, or only the closed ones would be held.
CLOSED = """
WITH held AS MATERIALIZED (
    SELECT id, state FROM scenarios_citizen WHERE id IN (SELECT citizen_id FROM stage) ORDER BY id FOR SHARE)
SELECT id FROM held WHERE state = 'CLOSED'
"""
SAME_KEY = """
UPDATE stage SET code = %s FROM scenarios_actkey known WHERE known.key = stage.key AND stage.code IS NULL
"""
# Acts of the same citizen that touch a staged ride, or nearly. The days let the planner look into one or two months only.
NEAR = """
SELECT stage.row, stage.citizen_id, act.started_at, act.ended_at, upload.partner_id <> %(partner)s AND scene.mode = %(mode)s
FROM stage CROSS JOIN LATERAL (
    SELECT started_at, ended_at, upload_id FROM scenarios_act
    WHERE citizen_id = stage.citizen_id AND on_day BETWEEN stage.on_day - 3 AND stage.on_day + 3
      AND started_at > stage.started_at - interval '24 hours 5 minutes'
      AND started_at < stage.ended_at + interval '3 minutes' AND ended_at > stage.started_at - interval '3 minutes') act
JOIN scenarios_upload upload ON upload.id = act.upload_id JOIN scenarios_scene scene ON scene.id = upload.scene_id
WHERE stage.code IS NULL
"""
# All rides of the citizens of whom two cross here, or one touches an act of before.
CROSSING = """
SELECT citizen_id, row, started_at, ended_at FROM (
    SELECT citizen_id, row, started_at, ended_at, bool_or(started_at < latest) OVER (PARTITION BY citizen_id) AS crossing FROM (
        SELECT citizen_id, row, started_at, ended_at, max(ended_at) OVER (PARTITION BY citizen_id
            ORDER BY started_at, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest
        FROM stage WHERE code IS NULL) ride) ride
WHERE crossing OR citizen_id = ANY(%s) ORDER BY citizen_id, started_at, row
"""
MARK = (
    "UPDATE stage SET code = mark.code FROM unnest(%s::int[], %s::text[]) AS mark(row, code) WHERE mark.row = stage.row"
)
ACTS = """
INSERT INTO scenarios_act (id, on_day, citizen_id, upload_id, started_at, ended_at, amount_millionths, saved_mg)
SELECT (%(upload)s::bigint << 24) | row, on_day, citizen_id, %(upload)s, started_at, ended_at, amount, saved_mg
FROM stage WHERE code IS NULL ORDER BY row
"""
KEYS = """
INSERT INTO scenarios_actkey (key, act_id, on_day) SELECT key, (%(upload)s::bigint << 24) | row, on_day
FROM stage WHERE code IS NULL ORDER BY key ON CONFLICT DO NOTHING
"""
REFUSED = """
INSERT INTO scenarios_refusal (id, upload_id, row, code, citizen_id, started_at)
SELECT (%(upload)s::bigint << 24) | row, %(upload)s, row, code, citizen_id, started_at FROM stage WHERE code IS NOT NULL
"""
CREDIT = """
UPDATE scenarios_carbonaccount account SET balance_mg = balance_mg + mg, acts = acts + n
FROM (SELECT citizen_id, sum(saved_mg)::bigint AS mg, count(*) AS n FROM stage WHERE code IS NULL GROUP BY citizen_id) credit
WHERE credit.citizen_id = account.citizen_id
"""
TOTAL = "SELECT count(*), coalesce(sum(saved_mg), 0)::bigint, count(DISTINCT citizen_id) FROM stage WHERE code IS NULL"


@verb("scenarios.settle_upload")
def settle(upload: Upload, judged: Judged, *, by: User) -> Upload:
    """Settle a judged file: keys, overlaps, acts, refusals and one credit for each citizen, whole or not at all.

    A file that is settled already is refused (``wrong_state``), so a second worker changes nothing.
    """
    upload = lock(upload)
    require(upload.state == UploadState.RECEIVED, "wrong_state", _("这个文件已经处理过"))
    with connection.cursor() as cursor:
        _stage(cursor, upload, judged)
        cursor.execute("SET LOCAL lock_timeout = 0")  # the file before this one may take a while
        cursor.execute(TURN, [SETTLE_LOCK])
        _refuse_closed(cursor)
        _refuse_repeated(cursor)
        _refuse_crossing(cursor, upload)
        accepted, saved_mg = _book(cursor, upload)
    advance(
        upload,
        UploadState.SETTLED,
        by=by,
        sent=judged.sent,
        accepted=accepted,
        refused=judged.sent - accepted,
        saved_mg=saved_mg,
        settled_at=clock.now(),
        attempts=0,
        last_error="",
    )
    return upload


def _stage(cursor: Any, upload: Upload, judged: Judged) -> None:
    cursor.execute(STAGE)
    columns = "row, citizen_id, key, started_at, ended_at, amount, saved_mg, on_day"
    with cursor.copy(f"COPY stage ({columns}) FROM STDIN") as copy:
        for block in _blocks(_lines(judged)):
            copy.write(block)
    with cursor.copy("COPY scenarios_refusal (id, upload_id, row, code, citizen_id, started_at) FROM STDIN") as copy:
        for row, code, citizen, started_at in judged.refused:
            copy.write_row(((upload.pk << ROW_BITS) | row, upload.pk, row, str(code), citizen, started_at))


def _lines(judged: Judged) -> Iterator[str]:
    for ride, saved in zip(judged.rides, judged.saved_mg, strict=True):
        start, end = ride.started_at.isoformat(), ride.ended_at.isoformat()
        yield f"{ride.row}\t{ride.citizen}\t{ride.key}\t{start}\t{end}\t{ride.mm}\t{saved}\t{ride.on_day}\n"


def _blocks(lines: Iterable[str], size: int = 2_000) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == size:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _refuse_closed(cursor: Any) -> None:
    cursor.execute(CLOSED)
    closed = [row[0] for row in cursor.fetchall()]
    if closed:
        cursor.execute("UPDATE stage SET code = %s WHERE citizen_id = ANY(%s)", [Reason.ACCOUNT_CLOSED, closed])


def _refuse_repeated(cursor: Any) -> None:
    # The key table outgrows any file: look each key up, never read the table.
    cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    cursor.execute(SAME_KEY, [Reason.DUPLICATE])


class Known(NamedTuple):
    """An act that is booked already and touches a staged ride; ``elsewhere`` when another platform reported it."""

    started_at: datetime
    ended_at: datetime
    elsewhere: bool


def _refuse_crossing(cursor: Any, upload: Upload) -> None:
    cursor.execute(NEAR, {"partner": upload.partner_id, "mode": upload.scene.mode})
    near: dict[int, list[Known]] = defaultdict(list)
    citizens = set()
    for row, citizen, *known in cursor.fetchall():
        near[row].append(Known(*known))
        citizens.add(citizen)
    cursor.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    cursor.execute(CROSSING, [sorted(citizens)])
    marks = list(_walk(cursor.fetchall(), near))
    if marks:
        cursor.execute(MARK, [[row for row, _code in marks], [code for _row, code in marks]])


def _walk(rides: list[tuple[int, int, datetime, datetime]], near: dict[int, list[Known]]) -> Iterator[tuple[int, str]]:
    """Go through each citizen's rides by their start; a refused ride does not block a good one (clarification 8).

    Rides are half-open, so one may begin at the second another ends. What was accepted is in order and apart, so the latest end
    is all there is to remember.
    """
    current, latest = None, None
    for citizen, row, start, end in rides:
        if citizen != current:
            current, latest = citizen, None
        known = near.get(row, ())
        if any(one.elsewhere and _same(one, start, end) for one in known):
            yield row, Reason.DUPLICATE
        elif (latest is not None and start < latest) or any(
            one.started_at < end and start < one.ended_at for one in known
        ):
            yield row, Reason.OVERLAP
        else:
            latest = end


def _same(one: Known, start: datetime, end: datetime) -> bool:
    return abs(one.started_at - start) <= SAME_RIDE and abs(one.ended_at - end) <= SAME_RIDE


def _book(cursor: Any, upload: Upload) -> tuple[int, int]:
    cursor.execute(TOTAL)
    accepted, saved_mg, citizens = cursor.fetchone()
    written = []
    for statement in (ACTS, KEYS):
        cursor.execute(statement, {"upload": upload.pk})
        written.append(cursor.rowcount)
    cursor.execute(REFUSED, {"upload": upload.pk})
    cursor.execute(CREDIT)
    written.append(cursor.rowcount)
    cursor.execute("DROP TABLE stage")
    require(written == [accepted, accepted, citizens], "busy", _("入账的条数前后不一致，什么都没有改动，稍后自动再试"))
    return accepted, saved_mg
