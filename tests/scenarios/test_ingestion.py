"""A partner's file from its bytes to credited grams: every ride once, every refusal with its reason, whole or not at all."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from carbon_portal.story import World
from scenarios.models import Act, ActKey, CarbonAccount, Citizen, Refusal, Upload
from scenarios.services import reading
from scenarios.services.ingestion import settle_waiting
from scenarios.services.judging import Judged, _millimetres
from scenarios.services.settling import settle
from scenarios.states import Reason, UploadState
from tests import riding
from tests.refusals import nothing_changed, refused
from tests.riding import Here, ago, agreed_before, csv_of, platform, ride, rider, scene, settled

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 11, 1, 8, tzinfo=UTC)
LEFT_BY_SETTLING = {"scenarios_upload", "scenarios_refusal", "office_jobrun"}


def _sent(upload: Upload) -> tuple[int | None, ...]:
    upload.refresh_from_db()
    return upload.sent, upload.accepted, upload.refused, upload.saved_mg


def test_the_winter_file_as_it_is(world: World) -> None:
    """Clarification 8: counts, kilometres and milligrams; again, nothing new."""
    partner, one = riding.winter(world)
    first = riding.send(partner, one, riding.WINTER.read_bytes(), riding.WINTER_MAPPING)
    assert settle_waiting() == 1
    assert _sent(first) == (2893, 2381, 512, 1_678_017_656)
    counted = Counter(riding.reasons(first).values())
    assert counted == {"zero_duration": 31, "too_short": 353, "too_fast": 1, "overlap": 127}
    acts = Act.objects.filter(upload=first)
    assert acts.aggregate(Sum("amount_millionths"))["amount_millionths__sum"] == 8_694_397_500  # mm: 8,694.3975 km
    assert CarbonAccount.objects.aggregate(Sum("balance_mg"), Sum("acts")) == {
        "balance_mg__sum": 1_678_017_656,
        "acts__sum": 2381,
    }
    assert ActKey.objects.count() == 2381
    _can_be_computed_again(first)
    _days_are_the_riders(first)
    again = riding.send(partner, one, riding.WINTER.read_bytes(), riding.WINTER_MAPPING)
    with nothing_changed(but=LEFT_BY_SETTLING):
        assert settle_waiting() == 1
    assert _sent(again) == (2893, 0, 2893, 0)
    assert Counter(riding.reasons(again).values()) == counted + Counter(duplicate=2381)


def _can_be_computed_again(upload: Upload) -> None:
    """Amount and method give the milligrams, and the row is still in the kept file."""
    acts = {act.row: act for act in Act.objects.filter(upload=upload)}
    assert all(act.saved_mg == act.amount_millionths * 193 // 1000 for act in acts.values())
    found = reading.raw_rows(upload.file, upload.mapping, set(list(acts)[:50]))
    assert found
    for row, fields in found.items():
        assert fields is not None
        assert acts[row].amount == Decimal(fields[4]) / 1000
        assert acts[row].started_at == datetime.fromisoformat(fields[2])


def _days_are_the_riders(upload: Upload) -> None:
    """The file is cut by days of New York: 04:32 UTC is still the evening before."""
    early = Act.objects.filter(upload=upload).earliest("started_at")
    assert str(early.on_day) == "2020-11-30"
    assert early.started_at == datetime(2020, 12, 1, 4, 32, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"row": ["anna", "t1", "x"]}, "bad_row"),
        ({"subject": ""}, "bad_row"),
        ({"trip": ""}, "bad_row"),
        ({"trip": "x" * 101}, "bad_row"),
        ({"metres": "-5200"}, "bad_distance"),
        ({"metres": "5e3"}, "bad_distance"),
        ({"metres": "１２００"}, "bad_distance"),
        ({"metres": "1200.0005"}, "bad_distance"),
        ({"metres": "NaN"}, "bad_distance"),
        ({"metres": ""}, "bad_distance"),
        ({"metres": "200000.001"}, "bad_distance"),
        ({"start": datetime(1970, 1, 1, tzinfo=UTC)}, "bad_date"),
        ({"start": datetime(2099, 1, 1, tzinfo=UTC)}, "bad_date"),
        ({"minutes": -5}, "bad_date"),
        ({"from": "2026-11-01 08:00"}, "bad_date"),
        ({"from": "yesterday"}, "bad_date"),
        ({"subject": "nobody"}, "unknown_subject"),
        ({"ago": {"days": 31}}, "before_consent"),
        ({"minutes": 0}, "zero_duration"),
        ({"metres": "99.999"}, "too_short"),
        ({"metres": "10000.1"}, "too_fast"),
        ({"minutes": 24 * 60 + 1, "ago": {"days": 5}}, "too_long"),
    ],
)
def test_a_row_that_does_not_count(here: Here, changed: dict[str, Any], code: str) -> None:
    """One reason, the good ride beside it counts, and the account shows only that."""
    _world, partner, one = here
    start = ago(**changed.get("ago", {"days": 2}))
    about = {"subject": "anna", "trip": "t1", "start": start, "minutes": 20, "metres": "5200.0", **changed}
    row = list(ride(about["subject"], about["trip"], about["start"], about["minutes"], about["metres"]))
    row[2] = about.get("from", row[2])
    upload = settled(partner, one, about.get("row", row), ride("anna", "good", ago(days=1)))
    assert riding.reasons(upload) == {1: code}
    assert _sent(upload) == (2, 1, 1, 1_003_600)
    assert CarbonAccount.objects.get(citizen__user__username="rider-anna").balance_mg == 1_003_600


@pytest.mark.parametrize(("metres", "minutes"), [("100", 20), ("10000.000", 20), ("200000", 400), ("5200", 24 * 60)])
def test_a_bound_itself_counts(here: Here, metres: str, minutes: int) -> None:
    _world, partner, one = here
    assert riding.reasons(settled(partner, one, ride("anna", "t1", ago(days=3), minutes, metres))) == {}


def test_late_rides_are_stale_from_the_scenes_window_on(world: World) -> None:
    """35 days by default; the demo's scene takes ten years."""
    one = scene("reaching-back", history_allowed=True)
    partner = platform(world, scenes=[one])
    rider(world, "anna", (partner, one), since=ago(days=60))
    upload = settled(
        partner, one, ride("anna", "in", ago(days=34, hours=23)), ride("anna", "out", ago(days=35, minutes=1))
    )
    assert riding.reasons(upload) == {2: "stale"}


def test_a_withdrawn_consent_ends_what_may_be_reported(here: Here) -> None:
    """What happened before counts still; what happened after does not."""
    _world, partner, one = here
    anna = Citizen.objects.get(user__username="rider-anna")
    anna.consents.update(withdrawn_at=ago(days=5))
    upload = settled(partner, one, ride("anna", "a", ago(days=6)), ride("anna", "b", ago(days=4)))
    assert riding.reasons(upload) == {2: "before_consent"}


def test_a_refused_ride_does_not_block_a_good_one(here: Here) -> None:
    """Walked in order of their starts: b crosses a and is refused, c crosses only b and counts."""
    _world, partner, one = here
    start = ago(days=2)
    upload = settled(
        partner,
        one,
        ride("anna", "c", start + timedelta(minutes=25)),
        ride("anna", "b", start + timedelta(minutes=10)),
        ride("anna", "a", start),
        ride("anna", "d", start + timedelta(minutes=45)),  # begins in the second c ends
    )
    assert riding.reasons(upload) == {2: "overlap"}


def test_overlap_with_a_ride_of_an_earlier_file_counts_whichever_came_first(here: Here) -> None:
    """An accepted ride stays; a later file's ride that begins before it and reaches into it is refused."""
    _world, partner, one = here
    start = ago(days=2)
    assert riding.reasons(settled(partner, one, ride("anna", "a", start))) == {}
    later = settled(
        partner,
        one,
        ride("anna", "before", start - timedelta(minutes=10)),
        ride("anna", "inside", start + timedelta(minutes=5), 5, "900"),
        ride("anna", "around", start - timedelta(hours=20), 20 * 60 + 60),
        ride("anna", "touching", start + timedelta(minutes=20)),
        ride("anna", "before and touching", start - timedelta(minutes=20)),
    )
    assert riding.reasons(later) == {1: "overlap", 2: "overlap", 3: "overlap", 5: "overlap"} or riding.reasons(
        later
    ) == {
        1: "overlap",
        2: "overlap",
        3: "overlap",
    }


def test_the_same_trip_with_another_date_is_the_same_trip(here: Here) -> None:
    """The key is the partner's number of the trip, never its time: neither in one file nor in two."""
    _world, partner, one = here
    upload = settled(partner, one, ride("anna", "t1", ago(days=2)), ride("anna", "t1", ago(days=3)))
    assert riding.reasons(upload) == {2: "duplicate"}
    assert riding.reasons(settled(partner, one, ride("anna", "t1", ago(days=4)))) == {1: "duplicate"}


def test_a_second_platform_reporting_the_same_rides_counts_nothing_twice(here: Here) -> None:
    """Shifted by seconds it is the same ride; shifted by an hour it is another one."""
    world, partner, one = here
    other = platform(world, "map", scenes=[one])
    anna = Citizen.objects.get(user__username="rider-anna")
    riding.agree(anna, other, one)
    agreed_before(anna, days=30)
    other.links.create(subject="A-1", citizen=anna)
    start = ago(days=2)
    settled(partner, one, ride("anna", "t1", start), ride("anna", "t2", start + timedelta(hours=3)))
    upload = settled(
        other,
        one,
        ride("A-1", "m1", start + timedelta(seconds=40)),
        ride("A-1", "m2", start + timedelta(hours=3, seconds=-170)),
        ride("A-1", "m3", start + timedelta(hours=1)),
    )
    assert riding.reasons(upload) == {1: "duplicate", 2: "duplicate"}
    assert CarbonAccount.objects.get(citizen=anna).acts == 3


def test_one_platforms_number_of_a_trip_means_nothing_to_another(here: Here) -> None:
    world, partner, one = here
    other = platform(world, "map", scenes=[one])
    ben = rider(world, "ben", (other, one))
    agreed_before(ben, days=30)
    settled(partner, one, ride("anna", "t1", ago(days=2)))
    assert riding.reasons(settled(other, one, ride("ben", "t1", ago(days=2)))) == {}


def test_a_closed_account_is_credited_nothing(here: Here) -> None:
    _world, partner, one = here
    Citizen.objects.filter(user__username="rider-anna").update(state="CLOSED", closed_at=ago(days=1))
    upload = settled(partner, one, ride("anna", "t1", ago(days=2)))
    assert riding.reasons(upload) == {1: "account_closed"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv_of(ride("anna", "t1", DAY))[:-12], "压缩文件损坏"),
        (b"\x1f\x8bnonsense", "压缩文件损坏"),
        (csv_of(ride("anna", "t1", DAY), heading="user,trip,from,to,meters"), "metres"),
        (csv_of(ride("anna", "t1", DAY), heading="user,trip,from,from,metres"), "to"),
        (gzip.compress("user,trip,from,to,metres\n骑行,".encode("gbk")), "UTF-8"),
        (csv_of(("anna", 't"1', "x", "y", '"open')), "CSV"),
    ],
    ids=["cut off", "no gzip", "no such column", "column twice", "no UTF-8", "no CSV"],
)
def test_a_file_nobody_can_read_is_refused_whole_and_kept(here: Here, content: bytes, words: str) -> None:
    _world, partner, one = here
    upload = riding.send(partner, one, content)
    with nothing_changed(but={"scenarios_upload", "office_jobrun"}):
        settle_waiting()
    upload.refresh_from_db()
    assert upload.state == UploadState.UNREADABLE
    assert words in upload.last_error
    with upload.file.file.open("rb") as kept:
        assert kept.read() == content


def test_a_file_that_unpacks_to_too_much_is_refused(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    _world, partner, one = here
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 2**20)
    bomb = riding.send(partner, one, gzip.compress(b"user,trip,from,to,metres\n" + b"a,b,c,d,e\n" * 2**19))
    settle_waiting()
    monkeypatch.setattr(reading, "MAX_ROWS", 10)
    long = riding.send(partner, one, csv_of(*[ride("anna", f"t{n}", ago(days=2)) for n in range(11)]))
    settle_waiting()
    bomb.refresh_from_db()
    long.refresh_from_db()
    assert "解压后超过 1 MB" in bomb.last_error
    assert "超过 10 行" in long.last_error


def test_kilometres_and_plain_text_are_taken_too(here: Here) -> None:
    _world, partner, one = here
    row = list(ride("anna", "t1", ago(days=2)))
    row[4] = "5.2"
    content = gzip.decompress(csv_of(row, heading="user,trip,from,to,km"))
    mapping = {**{k: v for k, v in riding.MAPPING.items() if k != "metres"}, "km": "distance_km"}
    riding.send(partner, one, b"\xef\xbb\xbf" + content, mapping)
    settle_waiting()
    assert Act.objects.get().amount == Decimal("5.2")


def test_settling_twice_is_refused(here: Here) -> None:
    world, partner, one = here
    upload = settled(partner, one, ride("anna", "t1", ago(days=2)))
    refused(settle, upload, Judged(), by=world.system, code="wrong_state")


def test_settling_asks_the_database_as_often_for_ten_rows_as_for_one(here: Here) -> None:
    """Set-based: the number of statements does not grow with the rows."""
    _world, partner, one = here

    def statements(day: int, count: int) -> int:
        rows = [ride("anna", f"{day}-{n}", ago(days=day) + timedelta(minutes=25 * n)) for n in range(count)]
        riding.send(partner, one, csv_of(*rows))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            settle_waiting()
        return len(asked)

    assert statements(5, 1) == statements(3, 10)


@pytest.mark.parametrize(
    ("text", "unit", "mm"),
    [("5200.0", 1000, 5_200_000), ("0.001", 1000, 1), ("0.0001", 1000, None), ("5.2", 10**6, 5_200_000), ("+5", 1000, None),
     (".5", 1000, None), ("5.", 1000, None), ("1_000", 1000, None), ("٣", 1000, None), ("1.10000", 1000, 1100), ("9" * 20, 1000, None)],
)  # fmt: skip
def test_a_distance_is_exact_or_refused(text: str, unit: int, mm: int | None) -> None:
    assert _millimetres(text, unit) == mm


def test_every_reason_has_words() -> None:
    """A citizen reads the reason, so each has its own sentence."""
    assert len({str(reason.label) for reason in Reason}) == len(Reason)
    assert Refusal._meta.get_field("code").max_length >= max(len(reason) for reason in Reason)
