"""Settling: everything that needs the other rides, done over the whole file at once and in one transaction.

One advisory lock lets one file settle at a time, whichever worker has it; reading and quantifying run beside it. Acts, keys,
refusals and credits come together or not at all, so a worker that is killed leaves the file waiting and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from struct import Struct
from typing import Any, NamedTuple

from django.db import IntegrityError, connection

from accounts.models import User
from accounts.refusals import sqlstate
from accounts.workflow import advance, lock, require, verb
from kernel import clock
from kernel.rules import RuleViolation
from kernel.rules import sentence as _
from scenarios.models import Upload
from scenarios.models.acts import ROW_BITS
from scenarios.services.judging import Judged
from scenarios.states import Reason, UploadState

SETTLE_LOCK = 7_203_101
# Two platforms' clocks differ by seconds; the same ride told by both starts and ends within this (domain §4.3).
SAME_RIDE = timedelta(minutes=3)

UNIQUE = "23505"  # PostgreSQL's state for a key that is there already
BLOCK = 2_000  # rows sent to the database at once
_ROW = Struct("!hiiiqi16siqiqiqiqii")
_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"

TURN = "SELECT pg_advisory_xact_lock(%s)"
STAGE = """
CREATE TEMP TABLE stage (row int, citizen_id bigint, key uuid, started_at timestamptz, ended_at timestamptz, amount bigint,
    saved_mg bigint, on_day date, code text) ON COMMIT DROP
"""
# An account that closes from here on waits for the credit, or the credit finds it closed and the file is settled again.
CLOSED = """
UPDATE stage SET code = %s FROM scenarios_citizen citizen WHERE citizen.id = stage.citizen_id AND citizen.state = 'CLOSED'
"""
# In the order of the keys, so that neighbours are found on one page.
SAME_KEY = """
SELECT row FROM (SELECT row, key FROM stage WHERE code IS NULL ORDER BY key) sent
JOIN scenarios_actkey known ON known.key = sent.key
"""
# Acts of the same citizen that touch a staged ride, or nearly. The days let the planner look into one or two months only.
NEAR = """
SELECT stage.row, stage.citizen_id, act.started_at, act.ended_at, upload.partner_id <> %(partner)s AND scene.mode = %(mode)s
FROM (SELECT * FROM stage WHERE code IS NULL ORDER BY citizen_id) stage CROSS JOIN LATERAL (
    SELECT started_at, ended_at, upload_id FROM scenarios_act
    WHERE citizen_id = stage.citizen_id AND on_day BETWEEN stage.on_day - 3 AND stage.on_day + 3
      AND started_at > stage.started_at - interval '24 hours 5 minutes'
      AND started_at < stage.ended_at + interval '3 minutes' AND ended_at > stage.started_at - interval '3 minutes') act
JOIN scenarios_upload upload ON upload.id = act.upload_id JOIN scenarios_scene scene ON scene.id = upload.scene_id
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
FROM stage WHERE code IS NULL ORDER BY citizen_id, started_at
"""
KEYS = """
INSERT INTO scenarios_actkey (key, act_id, on_day) SELECT key, (%(upload)s::bigint << 24) | row, on_day
FROM stage WHERE code IS NULL ORDER BY key
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
        cursor.execute(CLOSED, [Reason.ACCOUNT_CLOSED])
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
    with cursor.copy(f"COPY stage ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_HEADER)
        for first in range(0, len(judged.rides), BLOCK):
            copy.write(_packed(judged, first))
        copy.write(_TRAILER)
    with cursor.copy("COPY scenarios_refusal (id, upload_id, row, code, citizen_id, started_at) FROM STDIN") as copy:
        for row, code, citizen, started_at in judged.refused:
            copy.write_row(((upload.pk << ROW_BITS) | row, upload.pk, row, str(code), citizen, started_at))


def _packed(judged: Judged, first: int) -> bytes:
    """Return a block of rides as the rows of a binary COPY: each value after its length."""
    pack, block = _ROW.pack, slice(first, first + BLOCK)
    return b"".join(
        pack(8, 4, row, 8, citizen, 16, key, 8, start, 8, end, 8, mm, 8, saved, 4, day)
        for (row, citizen, key, start, end, mm, day), saved in zip(
            judged.rides[block], judged.saved_mg[block], strict=True
        )
    )


def _refuse_repeated(cursor: Any) -> None:
    cursor.execute(SAME_KEY)
    _mark(cursor, [(row, Reason.DUPLICATE) for (row,) in cursor.fetchall()])


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
    cursor.execute(CROSSING, [sorted(citizens)])
    _mark(cursor, list(_walk(cursor.fetchall(), near)))


def _mark(cursor: Any, marks: list[tuple[int, str]]) -> None:
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
    busy = _("入账的条数前后不一致，什么都没有改动，稍后自动再试")
    try:
        for statement in (ACTS, KEYS):
            cursor.execute(statement, {"upload": upload.pk})
            written.append(cursor.rowcount)
    except IntegrityError as error:
        if sqlstate(error) != UNIQUE:
            raise
        raise RuleViolation("busy", busy) from error
    cursor.execute(REFUSED, {"upload": upload.pk})
    cursor.execute(CREDIT)
    written.append(cursor.rowcount)
    cursor.execute("DROP TABLE stage")
    require(written == [accepted, accepted, citizens], "busy", busy)
    return accepted, saved_mg
