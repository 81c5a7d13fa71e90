"""Riders, their partner and its files, brought up to credited grams by the ingestion itself."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection

from accounts.models import Division, Organisation, User
from accounts.services.attachments import keep_file
from accounts.services.people import register_organisation
from carbon_portal.story import World
from kernel import clock
from methodologies.models import Method
from scenarios.models import CarbonAccount, Citizen, Consent, Partner, PartnerLink, Scene, Upload
from scenarios.services.ingestion import ingest
from tests.stages import person

WINTER = settings.BASE_DIR / "data" / "bike_gps_valleybike" / "trips_2020-12_to_2021-02.csv.gz"
MAPPING = {
    "user_id": "subject",
    "trip_id": "trip",
    "start_time_utc": "started_at",
    "end_time_utc": "ended_at",
    "path_distance_m": "distance_m",
}
HEAD = ",".join(MAPPING)
SINCE = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass
class Riding:
    """A scene with one partner, its people and its riders by the partner's own numbers."""

    world: World
    scene: Scene
    partner: Partner
    citizens: dict[str, Citizen] = field(default_factory=dict)

    def upload(self, content: bytes, name: str = "trips.csv") -> Upload:
        """Send a file and let it be settled."""
        kept = keep_file(
            self.partner.organisation, ContentFile(content, name=name), by=self.world.people["platform-maker"]
        )
        upload = Upload.objects.create(
            partner=self.partner,
            scene=self.scene,
            method=self.scene.method,
            file=kept,
            mapping=MAPPING,
            received_by=self.world.people["platform-maker"],
        )
        settled = ingest(upload)
        with connection.cursor() as cursor:  # two files in one transaction of a test
            cursor.execute("DROP TABLE IF EXISTS stage")
        return settled

    def rides(self, *rides: tuple[str, str, int]) -> Upload:
        """Send rides of (subject, start as ISO text, metres), each six minutes a kilometre long."""
        return self.upload(table(rides))

    def join(self, subjects: Iterable[str]) -> None:
        """Register riders who agreed to everything since 2015."""
        for subject in sorted(set(subjects) - self.citizens.keys()):
            self.citizens[subject] = _citizen(self, subject)


def table(rides: Iterable[tuple[str, str, int]]) -> bytes:
    """Return rides as the file a partner sends."""
    lines = [HEAD]
    for number, (subject, start, metres) in enumerate(rides):
        began = datetime.fromisoformat(start)
        ended = began + timedelta(seconds=metres * 36 // 100)
        trip = hashlib.sha256(f"{subject} {start} {metres} {number}".encode()).hexdigest()[:12]
        lines.append(f"{subject},{trip},{began.isoformat()},{ended.isoformat()},{metres}")
    return "\n".join(lines).encode()


def riding(world: World, subjects: Iterable[str] = ("ada", "bo", "cy"), *, zone: str = "Asia/Shanghai") -> Riding:
    """Open a scene, take in a partner with a maker and a checker, an operator, and riders."""
    city = Division.objects.get(code="9901")
    platform = register_organisation(
        uscc="91990100MA5T00010G",
        name="青岚出行科技有限公司",
        kind=Organisation.Kind.COMPANY,
        division=city,
        by=world.system,
    )
    world.organisations["platform"] = platform
    for name, role in (("maker", "MAKER"), ("checker", "CHECKER")):
        world.people[f"platform-{name}"] = person(world, f"platform-{name}", role, organisation=platform)
    world.people["operator"] = person(world, "operator", "OPERATOR", division=city)
    scene = Scene.objects.create(
        code="ebike-winter",
        title="共享电动单车（演示）",
        mode="EBIKE",
        method=Method.objects.get(code="QD-2021-004", version=1),
        input_name="distance_km",
        fastest_kmh=30,
        late_window_days=4000,
        history_allowed=True,
        consent_version="1",
        consent_text="演示授权书",
    )
    partner = Partner.objects.create(organisation=platform, name="青岚出行", zone=zone)
    partner.scenes.add(scene)
    made = Riding(world, scene, partner)
    made.join(subjects)
    return made


def winter(world: World) -> Riding:
    """Return the winter file of clarification 8, settled, with every rider it names."""
    lines = gzip.decompress(WINTER.read_bytes()).decode().splitlines()[1:]
    made = riding(world, {line.split(",")[1] for line in lines}, zone="America/New_York")
    made.upload(WINTER.read_bytes(), WINTER.name)
    return made


def _citizen(made: Riding, subject: str) -> Citizen:
    user = User.objects.create(username=f"rider-{made.partner.pk}-{subject}", full_name="骑行者")
    citizen = Citizen.objects.create(user=user, division=made.partner.organisation.division)
    CarbonAccount.objects.create(citizen=citizen)
    Consent.objects.create(
        citizen=citizen,
        scene=made.scene,
        partner=made.partner,
        version="1",
        text_digest=hashlib.sha256(made.scene.consent_text.encode()).hexdigest(),
        granted_at=clock.now(),
        covers_from=SINCE,
    )
    PartnerLink.objects.create(partner=made.partner, subject=subject, citizen=citizen)
    return citizen
