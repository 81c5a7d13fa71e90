"""One settled trade, and the three steps of a transfer, against the length of the history: ``./portal bench registry [--to 1000000]``.

The demo story is told first. Then 20,000 holders trade one batch at an exchange until the books hold 1,000, 10,000 … journals:
headers, blocks and trades are written as sets, as the verbs would have left them, and ``check_books`` proves them. What is timed goes
through gunicorn, started as ``./portal`` starts it, with signed requests of clients in processes of their own, on accounts beside
those, one a request and fifty a request. Then, over HTTP as well, the statement of one holder from the first day on, by its own
signed key, and the page of the life of the serial it sold last. Each figure is the median of three rounds. Events and leaves of the
log are not made for the history; no worker runs. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")
os.environ["PORTAL_DB_ROLE"] = ""

HOLDERS, CLIENTS, EACH_T = 20_000, 4, 10_000
SEEDED, MEASURED = 10_000_000, 500_000_000  # first keys of what is made as sets, and of what the verbs write afterwards
LEVELS = (1_000, 10_000, 100_000, 1_000_000)
A_REQUEST, ROUNDS = 50, 3  # trades of a list; rounds of each measurement
# Trade t is of seller t % n in round t / n: it closes the rest of the seller's run, gives its first tonne to the neighbour below
# and opens the rest again.
TRADES = """
    INSERT INTO registry_journal (id, kind, by_id, reason, business_at, real_at, txid)
    SELECT {first} + t, 'SETTLE', {by}, '', now() - interval '1 day', now() - interval '1 day', 1
    FROM generate_series({done}, {to} - 1) t;
    UPDATE registry_block b SET closed_by_id = {first} + t FROM generate_series({done}, least({done} + {n}, {to}) - 1) t
    WHERE b.id = {first} + 2 * t;
    INSERT INTO registry_block (id, series_id, batch_id, serials, holder_id, state, opened_by_id, closed_by_id)
    SELECT {first} + 2 * (t + {n}), {series}, {batch}, int8range(t % {n} * {each} + t / {n} + 2, (t % {n} + 1) * {each} + 1),
        {first} + t % {n}, 'TRADING', {first} + t, CASE WHEN t + {n} < {to} THEN {first} + t + {n} END
    FROM generate_series({done}, {to} - 1) t;
    INSERT INTO registry_block (id, series_id, batch_id, serials, holder_id, state, opened_by_id)
    SELECT {first} + 2 * t + 1, {series}, {batch}, int8range(t % {n} * {each} + t / {n} + 1, t % {n} * {each} + t / {n} + 2),
        {first} + (t + {n} - 1) % {n}, 'TRADING', {first} + t FROM generate_series({done}, {to} - 1) t;
    INSERT INTO registry_trade (id, venue_id, number, seller_id, buyer_id, quantity_t, price_fen, to_state, traded_at, journal_id,
        reported_by_id, reported_at)
    SELECT {first} + t, {venue}, 'S' || t, {first} + t % {n}, {first} + (t + {n} - 1) % {n}, 1, 4050, 'TRADING',
        now() - interval '1 day', {first} + t, {by}, now() - interval '1 day' FROM generate_series({done}, {to} - 1) t;
"""


def _copy(cursor: Any, model: Any, pk: int, many: str, **own: str) -> None:
    """Copy a row once for each of ``many`` (the FROM clause that gives ``n``), with columns of its own."""
    columns = [field.column for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    values = ", ".join(own.get(column, f"one.{column}") for column in columns)
    source = f"{many} CROSS JOIN (SELECT * FROM {model._meta.db_table} WHERE id = {pk}) one"
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {source}")


def _told() -> dict[str, Any]:
    """Tell the story, connect an exchange and issue keys; returns names, ids and keys."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed")
    call_command("demo_story", until="roofs")
    from accounts.models import Organisation, User
    from accounts.roles import Role
    from accounts.services.clients import issue_api_key
    from accounts.services.people import grant_role, portal_user, register_organisation, register_person
    from kernel import clock
    from registry.models import HoldingAccount
    from registry.services.venues import open_venue

    system, people = portal_user(), {user.username: user for user in User.objects.all()}
    owner = HoldingAccount.objects.get(organisation__grants__user=people["owner-maker"])
    buyer = HoldingAccount.objects.get(organisation__grants__user=people["buyer-maker"])
    exchange: Organisation = register_organisation(
        uscc="91990100MA5C001115", name="交易所", kind="COMPANY", division=owner.organisation.division, by=system
    )
    interface = register_person(username="exchange", full_name="接口", password="", by=system)
    grant_role(interface, Role.VENUE, organisation=exchange, by=system)
    venue = open_venue(
        exchange, approved_by="市政府", approval_no="1", approved_on=clock.today(), by=people["registrar"]
    )
    acts = {"exchange": (exchange, interface)} | {
        name: (account.organisation, people[name])
        for name, account in (("owner-maker", owner), ("owner-checker", owner), ("buyer-maker", buyer))
    }
    issued = {name: issue_api_key(*pair, by=people["security"]) for name, pair in acts.items()}
    keys = {name: (one.key.key_id, one.secret) for name, one in issued.items()}
    return {"keys": keys, "owner": owner.number, "buyer": buyer.number, "venue": venue.pk, "by": interface.pk}


def _holders(told: dict[str, Any]) -> dict[str, int]:
    """Make the holders, the pairs that are timed, and one batch of which each holds ten thousand tonnes at the exchange."""
    from django.db import connection
    from stdnum.cn import uscc

    from accounts.models import Organisation
    from kernel.identifiers import _organisation_check
    from projects.models import MonitoringPeriod, Project
    from registry.models import Batch, HoldingAccount, Journal, Series

    count, batch = HOLDERS + 2 * CLIENTS, Batch.objects.select_related("period", "series").earliest("pk")
    account, total = HoldingAccount.objects.earliest("pk"), (HOLDERS + CLIENTS) * EACH_T
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # what the verbs' guards would ask was done as they want it
        cursor.execute("CREATE TEMP TABLE made (n bigint, code text)")
        for n in range(count):
            base = f"91990100B{n:07d}"
            base += _organisation_check(base[8:])
            cursor.execute("INSERT INTO made VALUES (%s, %s)", [n, base + uscc.calc_check_digit(base)])
        made, key = "made", f"{SEEDED} + n"
        _copy(cursor, Organisation, account.organisation_id, made, id=key, uscc="code", name="'单位' || n")
        _copy(cursor, HoldingAccount, account.pk, made, id=key, organisation_id=key, number="'CH99' || 9900000000 + n")
        one = f"(VALUES ({SEEDED})) made (n)"
        numbers = {
            "project_no": "'PHC-990100-2026-99999'",
            "meter_no": "'BENCH'",
            "acceptance_no": "NULL",
            "name": "'BENCH'",
        }
        _copy(cursor, Project, batch.series.project_id, one, id="n", notice_id="NULL", **numbers)
        _copy(
            cursor, MonitoringPeriod, batch.period_id, one, id="n", project_id="n", carry_mg="0", issued_t=str(total),
            verified_mg=f"{total}000000000", claimed_mg=f"{total}000000000", claim_id="NULL",
        )  # fmt: skip
        _copy(cursor, Series, batch.series_id, one, id="n", project_id="n", proj6="'P99999'")
        _copy(cursor, Journal, batch.journal_id, one, id="n - 1")
        _copy(
            cursor, Batch, batch.pk, one, id="n", series_id="n", period_id="n", journal_id="n - 1", serial_from="1",
            serial_to=str(total), number="1",
        )  # fmt: skip
        cursor.execute(
            f"INSERT INTO registry_seat (venue_id, account_id, opened_at) SELECT {told['venue']}, {key}, now() FROM made;"
            "INSERT INTO registry_block (id, series_id, batch_id, serials, holder_id, state, opened_by_id) "
            f"SELECT CASE WHEN n < {HOLDERS} THEN {SEEDED} + 2 * n ELSE {SEEDED} - 1000 + n - {HOLDERS} END, {SEEDED}, {SEEDED}, "
            f"int8range(n * {EACH_T} + 1, (n + 1) * {EACH_T} + 1), {key}, 'TRADING', {SEEDED} - 1 FROM made "
            f"WHERE n < {HOLDERS + CLIENTS};"
            f"SELECT setval(pg_get_serial_sequence(t, 'id'), {MEASURED}) FROM "
            "unnest(ARRAY['registry_journal', 'registry_block', 'registry_trade', 'registry_seat']) t"
        )
        cursor.execute("SET session_replication_role = origin")
    return {"first": SEEDED, "n": HOLDERS, "each": EACH_T, "series": SEEDED, "batch": SEEDED}


def _holder_key() -> tuple[str, str]:
    """Give the holder whose statement is timed a person and a key."""
    from accounts.models import Organisation, User
    from accounts.roles import Role
    from accounts.services.clients import issue_api_key
    from accounts.services.people import grant_role, portal_user, register_person

    system, organisation = portal_user(), Organisation.objects.get(pk=SEEDED + 7)
    person = register_person(username="bench-holder", full_name="持有人", password="", by=system)
    grant_role(person, Role.MAKER, organisation=organisation, by=system)
    issued = issue_api_key(organisation, person, by=User.objects.get(username="security"))
    return issued.key.key_id, issued.secret


def _grow(done: int, to: int, facts: dict[str, Any]) -> None:
    """Write the trades ``done`` to ``to`` and prove the books."""
    from django.db import connection

    from registry.services.checking import check_books

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(TRADES.format(**facts, done=done, to=to))
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE registry_block, registry_journal, registry_trade")
    if differences := check_books().differences:
        raise SystemExit(f"the books differ: {differences[:3]}")


def _client(port: int, keys: Any, rounds: list[list[tuple[str, str, dict[str, Any]]]], once: str) -> list[float]:
    """Send rounds of calls (who, path, body) over one connection; return the milliseconds of each round."""
    from accounts.signing import sign

    line, times, made = http.client.HTTPConnection("127.0.0.1", port, timeout=60), [], 0
    for at, calls in enumerate(rounds):
        started = time.perf_counter()
        for step, (who, path, body) in enumerate(calls):
            content = json.dumps(body).encode()
            headers = sign(*keys[who], "POST", path.format(made=made), content)
            headers |= {
                "Content-Type": "application/json",
                "Host": "localhost",
                "Idempotency-Key": f"{once}-{at}-{step}-key",
            }
            line.request("POST", path.format(made=made), content, headers)
            answer = line.getresponse()
            said = answer.read()
            if answer.status not in (200, 201):
                raise SystemExit(f"{path}: {answer.status} {said.decode()}")
            answered = json.loads(said)
            if not all(trade["settled"] for trade in answered.get("trades", ())):
                raise SystemExit(f"{path}: {said.decode()}")
            made = answered.get("id", made) if step == 0 else made
        times.append((time.perf_counter() - started) * 1000)
    return times


def _trades(
    client: int, level: str, count: int, when: str, at_once: int = 0
) -> list[list[tuple[str, str, dict[str, Any]]]]:
    seller, buyer = (f"CH99{9_900_000_000 + HOLDERS + client + side}" for side in (0, CLIENTS))
    told = {
        "seller": seller,
        "buyer": buyer,
        "quantity_t": 1,
        "price_fen": 4050,
        "traded_at": "2026-01-05T10:00:00+08:00",
    }
    trades = [{**told, "number": f"M-{level}-{when}-{client}-{n}"} for n in range(count)]
    if at_once:
        lists = [trades[at : at + at_once] for at in range(0, count, at_once)]
        return [[("exchange", "/api/v1/venue/trades/list", {"trades": some})] for some in lists]
    return [[("exchange", "/api/v1/venue/trades", trade)] for trade in trades]


def _steps(told: dict[str, Any], count: int) -> list[list[tuple[str, str, dict[str, Any]]]]:
    body = {"source": told["owner"], "target": told["buyer"], "quantity_t": 1, "reason": "合同"}
    return [
        [
            ("owner-maker", "/api/v1/transfers", body),
            ("owner-checker", "/api/v1/transfers/{made}/confirm", {}),
            ("buyer-maker", "/api/v1/transfers/{made}/accept", {}),
        ]
        for _ in range(count)
    ]


def _measured(port: int, told: dict[str, Any], level: int, count: int, pool: ProcessPoolExecutor) -> dict[str, Any]:
    """Return the median of each figure of three rounds: a neighbour's busy minute on the same machine is not ours."""
    rounds = [_round(port, told, f"{level}-{number}", count, pool) for number in range(ROUNDS)]
    return {name: round(statistics.median(one[name] for one in rounds), 1) for name in rounds[0]}


def _round(port: int, told: dict[str, Any], level: str, count: int, pool: ProcessPoolExecutor) -> dict[str, Any]:
    """Time trades of one client and of four, and transfers in three steps."""
    keys = told["keys"]
    list(
        pool.map(_client, [port] * 4, [keys] * 4, [_trades(n, level, 20, "warm") for n in range(4)], [f"w{level}"] * 4)
    )
    one = pool.submit(_client, port, keys, _trades(0, level, count, "one"), f"o{level}").result()
    started = time.perf_counter()
    rounds = [_trades(n, level, count // 2, "four") for n in range(4)]
    list(pool.map(_client, [port] * 4, [keys] * 4, rounds, [f"f{level}"] * 4))
    four_s = time.perf_counter() - started
    started, listed = time.perf_counter(), max(count // 2 // A_REQUEST, 1) * A_REQUEST
    rounds = [_trades(n, level, listed, "lists", A_REQUEST) for n in range(4)]
    list(pool.map(_client, [port] * 4, [keys] * 4, rounds, [f"l{level}"] * 4))
    lists_s = time.perf_counter() - started
    steps = pool.submit(_client, port, keys, _steps(told, 30), f"s{level}").result()
    return {
        "p50_ms": round(statistics.median(one), 1),
        "p95_ms": round(statistics.quantiles(one, n=20)[-1], 1),
        "per_s_1": round(1000 * len(one) / sum(one), 1),
        "per_s_4": round(4 * (count // 2) / four_s, 1),
        "per_s_4_in_lists": round(4 * listed / lists_s, 1),
        "three_steps_p50_ms": round(statistics.median(steps), 1),
    }


def _statement_ms(port: int, key: tuple[str, str], n: int = 45) -> float:
    """Time the statement of the eighth holder from the first day on, by its signed key."""
    from accounts.signing import sign

    number = f"CH99{9_900_000_000 + 7}"
    path = f"/api/v1/accounts/{number}/statement?starts=2020-01-01T00:00:00Z"
    text, ms = _gets(port, path, n, lambda: sign(*key, "GET", path))
    print(f"statement: {len(json.loads(text)['lines'])} journals", flush=True)
    return ms


def _serial_ms(port: int, done: int, n: int = 45) -> float:
    """Time the page of a serial's life: the tonne the eighth holder sold last."""
    from registry.models import Batch
    from registry.models.series import serial_of

    batch = Batch.objects.select_related("series").get(pk=SEEDED)
    at = 7 * EACH_T + max(1, -(-(done - 7) // HOLDERS))
    path = f"/registry/serials/?q={serial_of(batch.series, batch.number, at, at)}"
    text, ms = _gets(port, path, n, dict)
    print(f"serial: {text.count(b'<tr>') - 2} stages", flush=True)
    return ms


def _gets(port: int, path: str, n: int, headers: Callable[[], dict[str, str]]) -> tuple[bytes, float]:
    """Ask for an address n times over one connection; return the last answer and the median of the milliseconds."""
    line, times = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for _ in range(n):
        started = time.perf_counter()
        line.request("GET", path, headers={"Host": "localhost", **headers()})
        answer = line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {text.decode()[:500]}")
        times.append((time.perf_counter() - started) * 1000)
    return text, round(statistics.median(times), 1)


def _serve(port: int) -> subprocess.Popen[bytes]:
    """Start gunicorn as the demo does; the limits of callers are not what is measured."""
    env = {**os.environ, "WEB_BIND": f"127.0.0.1:{port}", "PORTAL_DB_POOL": "1", "PORTAL_DB_ROLE": "portal_app"}
    env |= {"API_CALLER_A_MINUTE": "10000000", "API_ADDRESS_A_MINUTE": "10000000"}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "deploy/gunicorn_conf.py",
        "carbon_portal.wsgi:application",
    ]
    web = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return web
    web.terminate()
    raise SystemExit("gunicorn did not start")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=int, default=LEVELS[-1])
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--port", type=int, default=18431)
    chosen = parser.parse_args()
    import django

    django.setup()
    from bench.report import print_report

    told = _told()
    facts = {**_holders(told), "venue": told["venue"], "by": told["by"]}
    key = _holder_key()
    web, journals, done, ms, serial = _serve(chosen.port), {}, 0, 0.0, 0.0
    try:
        with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn"), initializer=django.setup) as pool:
            for level in (one for one in LEVELS if one <= chosen.to):
                _grow(done, level, facts)
                done, ms, serial = level, _statement_ms(chosen.port, key), _serial_ms(chosen.port, level)
                journals[str(level)] = _measured(chosen.port, told, level, chosen.n, pool)
                print(level, journals[str(level)], ms, serial, flush=True)
    finally:
        web.terminate()
        web.wait(30)
    _grow(done, done, facts)
    print_report(
        "registry", journals=journals, statement_ms=ms, serial_ms=serial, holders=HOLDERS, trades_timed=chosen.n, rounds=ROUNDS,
        web_workers=2, command=f"./portal bench registry --to {chosen.to} --n {chosen.n}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
