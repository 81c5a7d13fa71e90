"""A partner's day from gzip to credited grams: ``./portal bench ingest_day [--rows 1000000] [--files 20]``.

Two workers run the sweep as they do in a deployment. The reference, in the same run and with the same durability, is a bare
``COPY`` of the accepted acts and keys, file by file, into empty tables of the same shape (partitions, indexes and checks, no
foreign keys). The rows come from a generator that knows the truth. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")
os.environ["PORTAL_DB_ROLE"] = ""

USCC = "91990100MA5C00015U"
BARE = """
CREATE TABLE bare_act (LIKE scenarios_act INCLUDING ALL) PARTITION BY RANGE (on_day);
CREATE TABLE bare_actkey (LIKE scenarios_actkey INCLUDING ALL) PARTITION BY HASH (key);
"""


def _set_up() -> tuple[Any, Any, Any]:
    """Make the database, one partner and its scene."""
    from django.core.management import call_command

    from accounts.models import Division, Organisation, User
    from accounts.services.people import grant_role, portal_user, register_organisation, register_person
    from methodologies.models import Method
    from scenarios.models import Partner, Scene

    call_command("migrate", verbosity=0)
    call_command("seed")
    system, city = portal_user(), Division.objects.get(code="9901")
    organisation = register_organisation(
        uscc=USCC, name="骑行平台", kind=Organisation.Kind.COMPANY, division=city, by=system
    )
    user: User = register_person(username="partner", full_name="接口", password="", by=system)
    grant_role(user, "PARTNER", organisation=organisation, by=system)
    scene = Scene.objects.create(
        code="bench",
        title="骑行",
        mode="EBIKE",
        method=Method.objects.get(code="QD-2021-004"),
        input_name="distance_km",
        fastest_kmh=30,
        consent_version="1",
        consent_text="1",
    )
    partner = Partner.objects.create(organisation=organisation, name="骑行平台", zone="Asia/Shanghai")
    partner.scenes.add(scene)
    return partner, scene, user


def _citizens(count: int, partner: Any, scene: Any) -> None:
    """Make the riders by SQL: registering them is not what is measured."""
    from django.db import connection

    from bench.generator.rides import subject

    people = io.StringIO("".join(f"{subject(number)}\n" for number in range(count)))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE rider (subject text)")
        with cursor.copy("COPY rider FROM STDIN") as copy:
            copy.write(people.read())
        cursor.execute(
            "INSERT INTO accounts_user (password, username, full_name, email, is_active, date_joined) "
            "SELECT '', subject, '骑行者', '', true, now() FROM rider"
        )
        cursor.execute("ALTER TABLE scenarios_citizen DISABLE TRIGGER USER")  # a new account is not verified yet
        cursor.execute(
            "INSERT INTO scenarios_citizen (user_id, division_id, state, opened_at) "
            "SELECT u.id, (SELECT id FROM accounts_division WHERE code = '9901'), 'ACTIVE', now() "
            "FROM accounts_user u JOIN rider ON subject = username ORDER BY u.id"
        )
        cursor.execute("ALTER TABLE scenarios_citizen ENABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO scenarios_carbonaccount (citizen_id, balance_mg, acts) SELECT id, 0, 0 FROM scenarios_citizen"
        )
        cursor.execute(
            """
            INSERT INTO scenarios_consent (citizen_id, scene_id, partner_id, version, text_digest, granted_at, covers_from)
            SELECT id, %(scene)s, %(partner)s, '1', '', now() - interval '40 days', now() - interval '40 days'
            FROM scenarios_citizen;
            INSERT INTO scenarios_partnerlink (partner_id, subject, citizen_id, linked_at)
            SELECT %(partner)s, username, c.id, now() FROM scenarios_citizen c JOIN accounts_user u ON u.id = c.user_id;
            """,
            {"scene": scene.pk, "partner": partner.pk},
        )
        cursor.execute("ANALYZE")


def _start() -> None:
    """Start a process as a worker starts: before any file comes."""
    import django

    django.setup()
    from scenarios.services.ingestion import settle_waiting

    settle_waiting(limit=0)


def _work() -> int:
    """Run the sweep until nothing waits."""
    from scenarios.services.ingestion import settle_waiting

    return settle_waiting()


def _settle(files: int) -> tuple[float, list[float]]:
    """Let two workers settle all files; return the seconds in all and for each quarter of the files."""
    from django.db import connection

    from scenarios.models import Upload

    connection.close()
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=_start) as pool:
        for warm in [pool.submit(time.sleep, 1) for _ in range(2)]:
            warm.result()
        began = datetime.now(UTC)
        done = [pool.submit(_work) for _ in range(2)]
        if sum(one.result() for one in done) != files:
            raise SystemExit("not every file was settled: " + str(list(Upload.objects.values("pk", "last_error"))))
    marks = [began, *Upload.objects.order_by("settled_at").values_list("settled_at", flat=True)]
    quarter = files // 4
    spent = [(marks[(at + 1) * quarter] - marks[at * quarter]).total_seconds() for at in range(4)]
    return (marks[-1] - began).total_seconds(), spent


def _bare_copy() -> float:
    """Return the seconds of the reference."""
    from django.db import connection

    from scenarios.models import Upload
    from scenarios.models.acts import ROW_BITS

    spent = 0.0
    with connection.cursor() as cursor:
        cursor.execute(BARE)
        cursor.execute("SELECT DISTINCT date_trunc('month', on_day)::date FROM scenarios_act")
        for (month,) in cursor.fetchall():
            until = (month + timedelta(days=32)).replace(day=1)
            cursor.execute(
                f"CREATE TABLE bare_{month:%Y_%m} PARTITION OF bare_act FOR VALUES FROM ('{month}') TO ('{until}')"
            )
        for part in range(8):
            cursor.execute(
                f"CREATE TABLE bare_key_{part} PARTITION OF bare_actkey FOR VALUES WITH (MODULUS 8, REMAINDER {part})"
            )
        for pk in Upload.objects.order_by("pk").values_list("pk", flat=True):
            low, high = pk << ROW_BITS, (pk + 1) << ROW_BITS
            for table, column in (("act", "id"), ("actkey", "act_id")):
                query = (
                    f"SELECT * FROM scenarios_{table} WHERE {column} >= {low} AND {column} < {high} ORDER BY {column}"
                )
                with cursor.copy(f"COPY ({query}) TO STDOUT") as out:
                    content = b"".join(out)
                started = time.perf_counter()
                with cursor.copy(f"COPY bare_{table} FROM STDIN") as copy:
                    copy.write(content)
                spent += time.perf_counter() - started
    return spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=20)
    chosen = parser.parse_args()
    import django

    django.setup()
    from django.core.files import File
    from django.db.models import Sum

    from accounts.services.attachments import keep_file
    from bench.generator.rides import MAPPING, write_day
    from bench.report import print_report
    from scenarios.models import CarbonAccount, Upload
    from scenarios.services.uploads import receive

    partner, scene, user = _set_up()
    day = (datetime.now(UTC) - timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)
    with tempfile.TemporaryDirectory() as folder:
        paths, citizens, truth = write_day(Path(folder), rows=chosen.rows, files=chosen.files, day=day)
        _citizens(citizens, partner, scene)
        for path in paths:
            with path.open("rb") as file:
                kept = keep_file(partner.organisation, File(file, name=path.name), by=user)
            receive(partner, scene, file=kept, mapping=MAPPING, by=user)
    seconds, quarters = _settle(len(paths))
    told = Upload.objects.aggregate(Sum("sent"), Sum("accepted"), Sum("refused"), Sum("saved_mg"))
    copy_s = _bare_copy()
    accepted = told["accepted__sum"]
    print_report(
        "ingest_day",
        acts_per_s=round(chosen.rows / seconds),
        ratio_to_copy=round((accepted / seconds) / (accepted / copy_s), 3),
        quarters_per_s=[round(chosen.rows / 4 / one) for one in quarters],
        sent=told["sent__sum"],
        accepted=accepted,
        refused=told["refused__sum"],
        mg_equal=told["saved_mg__sum"] == truth.saved_mg
        and accepted == truth.accepted
        and told["sent__sum"] == truth.sent == accepted + told["refused__sum"]
        and CarbonAccount.objects.aggregate(mg=Sum("balance_mg"))["mg"] == truth.saved_mg
        and truth.refused.total() == told["refused__sum"],
        seconds=round(seconds, 2),
        copy_acts_per_s=round(accepted / copy_s),
        citizens=citizens,
        workers=2,
    )


if __name__ == "__main__":
    main()
