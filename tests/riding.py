"""A platform, its riders and what it sends, for tests of what happens to a file."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from stdnum.cn import uscc

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.services.attachments import keep_file
from accounts.services.people import grant_role, register_organisation, register_person
from carbon_portal.story import World
from kernel import clock, identifiers
from methodologies.models import Method
from scenarios.models import CarbonAccount, Citizen, Consent, Partner, PartnerLink, Refusal, Scene, Upload
from scenarios.services.ingestion import settle_waiting
from scenarios.services.uploads import receive
from tests.worlds import as_owner

WINTER = settings.BASE_DIR / "data" / "bike_gps_valleybike" / "trips_2020-12_to_2021-02.csv.gz"
WINTER_MAPPING = {
    "user_id": "subject",
    "trip_id": "trip",
    "start_time_utc": "started_at",
    "end_time_utc": "ended_at",
    "path_distance_m": "distance_m",
}
MAPPING = {"user": "subject", "trip": "trip", "from": "started_at", "to": "ended_at", "metres": "distance_m"}
HEADING = "user,trip,from,to,metres"
Row = Sequence[str]


class Here(NamedTuple):
    """The world, a platform and the scene it reports."""

    world: World
    partner: Partner
    scene: Scene


def scene(code: str = "riding", **about: Any) -> Scene:
    """Return a scene of e-bikes; a normal one unless told otherwise."""
    given: dict[str, Any] = {
        "title": "骑行",
        "mode": "EBIKE",
        "method": Method.objects.get(code="QD-2021-004"),
        "input_name": "distance_km",
        "fastest_kmh": 30,
        "consent_version": "1",
        "consent_text": "同意",
    }
    return Scene.objects.get_or_create(code=code, defaults={**given, **about})[0]


def historic() -> Scene:
    """Return the scene of the winter file: consents may reach back, and late files are taken."""
    return scene("winter", history_allowed=True, late_window_days=3650)


def platform(world: World, name: str = "ride", *, zone: str = "Asia/Shanghai", scenes: Iterable[Scene] = ()) -> Partner:
    """Return a platform with a user of its interface, reporting the scenes."""
    code = _uscc(name)
    organisation = Organisation.objects.filter(uscc=code).first() or register_organisation(
        uscc=code,
        name=f"{name} 平台",
        kind=Organisation.Kind.COMPANY,
        division=world.organisations["owner"].division,
        by=world.system,
    )
    partner, made = Partner.objects.get_or_create(organisation=organisation, defaults={"name": name, "zone": zone})
    if made:
        user = register_person(username=f"api-{name}", full_name="接口", password="x" * 12, by=world.system)
        grant_role(user, Role.PARTNER, organisation=organisation, by=world.system)
    partner.scenes.add(*scenes)
    return partner


def _uscc(name: str) -> str:
    """Return a credit code of the demo city with both check characters right, the same for the same name."""
    body = f"MA6{sum(map(ord, name)):05d}"
    code = f"91990100{body}{identifiers._organisation_check(body)}"
    return code + str(uscc.calc_check_digit(code + "0"))


def interface(partner: Partner) -> User:
    """Return the user the platform's interface acts as."""
    return User.objects.get(grants__role=Role.PARTNER, grants__organisation=partner.organisation)


def rider(world: World, subject: str, *where: tuple[Partner, Scene], since: datetime | None = None) -> Citizen:
    """Return a citizen with consents from ``since`` on, known to the platforms as ``subject``."""
    user = User.objects.create_user(f"rider-{subject}", full_name="骑*")
    citizen = Citizen.objects.create(user=user, division=world.organisations["owner"].division)
    CarbonAccount.objects.create(citizen=citizen)
    for partner, one in where:
        agree(citizen, partner, one, since=since)
        PartnerLink.objects.get_or_create(partner=partner, citizen=citizen, defaults={"subject": subject})
    return citizen


def agree(citizen: Citizen, partner: Partner, one: Scene, *, since: datetime | None = None) -> Consent:
    """Let a platform report a scene from an instant on; before now only where the scene allows history."""
    granted = clock.now()
    return Consent.objects.create(
        citizen=citizen,
        scene=one,
        partner=partner,
        version="1",
        text_digest="0" * 64,
        granted_at=granted if one.history_allowed else (since or granted),
        covers_from=since or granted,
    )


def ago(**span: int) -> datetime:
    """Return an instant before now, to the second."""
    return (clock.now() - timedelta(**span)).replace(microsecond=0)


def ride(subject: str, trip: str, start: datetime, minutes: float = 20, metres: str = "5200.0") -> Row:
    """Return one row of a file."""
    return subject, trip, text(start), text(start + timedelta(minutes=minutes)), metres


def text(moment: datetime) -> str:
    """Return an instant as a platform writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv_of(*rows: Row, heading: str = HEADING) -> bytes:
    """Return rows as a gzip CSV."""
    return gzip.compress("\n".join([heading, *(",".join(row) for row in rows), ""]).encode(), mtime=0)


def send(partner: Partner, one: Scene, content: bytes, mapping: dict[str, str] | None = None) -> Upload:
    """Send a file; it waits."""
    by = interface(partner)
    kept = keep_file(partner.organisation, ContentFile(content, name="trips.csv.gz"), by=by)
    return receive(partner, one, file=kept, mapping=mapping or MAPPING, by=by)


def settled(partner: Partner, one: Scene, *rows: Row) -> Upload:
    """Send rows and let the sweep settle them."""
    upload = send(partner, one, csv_of(*rows))
    settle_waiting()
    upload.refresh_from_db()
    assert upload.state == Upload.State.SETTLED, upload.last_error
    return upload


def reasons(upload: Upload) -> dict[int, str]:
    """Return row → reason of what was not counted."""
    return dict(Refusal.objects.filter(upload=upload).order_by("row").values_list("row", "code"))


def winter(world: World) -> tuple[Partner, Scene]:
    """Make the platform of the winter file and its 290 riders, whose consents reach back to before it."""
    one = historic()
    partner = platform(world, "valley", zone="America/New_York", scenes=[one])
    with gzip.open(WINTER, "rt", newline="") as file:
        subjects = sorted({row["user_id"] for row in csv.DictReader(file)})
    for subject in subjects:
        rider(world, subject, (partner, one), since=datetime(2020, 11, 1, tzinfo=UTC))
    return partner, one


def agreed_before(citizen: Citizen, *, days: int) -> None:
    """Date a citizen's consents back, past the guards that forbid it: a normal scene lets nobody agree for the past."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE scenarios_consent SET granted_at = %(at)s, covers_from = %(at)s WHERE citizen_id = %(citizen)s",
            {"at": ago(days=days), "citizen": citizen.pk},
        )
        cursor.execute("SET session_replication_role = origin")
