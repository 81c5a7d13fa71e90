"""A winter of rides: 290 riders open accounts and consent, their platform sends its file as it is, another tells of the same rides.

The rides are ValleyBike's (USA, MIT licence, see data/bike_gps_valleybike); the riders, names and numbers are invented.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from stdnum.cn import ric

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.services.attachments import keep_file
from accounts.services.codes import send_code
from carbon_portal.story.world import World, introduce
from scenarios.models import Citizen, Partner, Scene, Upload
from scenarios.services import consents, people, uploads
from scenarios.services.ingestion import settle_waiting
from scenarios.services.partners import add_partner

WINTER = settings.BASE_DIR / "data" / "bike_gps_valleybike" / "trips_2020-12_to_2021-02.csv.gz"
MAPPING = {
    "user_id": "subject",
    "trip_id": "trip",
    "start_time_utc": "started_at",
    "end_time_utc": "ended_at",
    "path_distance_m": "distance_m",
}
SCENE = "ebike-demo"
SINCE = datetime(2020, 11, 1, tzinfo=UTC)
# The rides were ridden in Massachusetts: their days are cut there.
ZONE = "America/New_York"
COMPANIES = {
    "riding": ("91990100MA5C000664", "青岚骑行科技有限公司", "青岚骑行（演示）"),
    "map": ("91990100MA5C00074Y", "青岚地图信息有限公司", "绿行地图（演示）"),
}
STAFF = (("operator", "何运", Role.OPERATOR, "9901"), ("operator-two", "梁营", Role.OPERATOR, "9901"))
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
GIVEN = "安宁和平春晓秋实明亮清泉青山绿水行健知远乐游"


@dataclass
class Winter:
    """Who and what this chapter made."""

    scene: Scene
    partners: dict[str, Partner] = field(default_factory=dict)
    interfaces: dict[str, User] = field(default_factory=dict)
    riders: dict[str, Citizen] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)


def gather(world: World) -> Winter:
    """Two platforms join, and all riders but the keenest, who comes last."""
    told = Winter(scene=Scene.objects.get(code=SCENE))
    introduce(world, {}, STAFF)
    for name in COMPANIES:
        join(world, told, name)
    last = keenest()
    for number, subject in enumerate(subjects()):
        if subject != last:
            told.riders[subject] = enrol(world, told, number, subject)
    return told


def ride(world: World, told: Winter) -> None:
    """The last rider comes, and the winter is told from the partner's file to the credited grams."""
    for number, subject in enumerate(subjects()):
        if subject not in told.riders:
            told.riders[subject] = enrol(world, told, number, subject)
    told.uploads.append(send(told, "riding", WINTER.read_bytes()))
    told.uploads.append(send(told, "map", _told_again()))
    settle_waiting()


def join(world: World, told: Winter, name: str) -> None:
    """A company becomes a partner, with a user its interface acts as."""
    uscc, title, platform = COMPANIES[name]
    companies = {name: (uscc, title, Organisation.Kind.COMPANY)}
    introduce(world, companies, [(f"{name}-api", f"{platform}接口", Role.PARTNER, name)])
    told.interfaces[name], organisation = world.people[f"{name}-api"], world.organisations[name]
    by = world.people["operator"]
    told.partners[name] = add_partner(organisation, name=platform, zone=ZONE, scenes=[told.scene], by=by)


def subjects() -> list[str]:
    """Return the platform's numbers of the riders, in order."""
    return sorted(_rides_by_subject())


def keenest() -> str:
    """Return the number of the rider with the most rides."""
    rides = _rides_by_subject()
    return max(sorted(rides), key=lambda subject: rides[subject])


def _rides_by_subject() -> Counter[str]:
    with gzip.open(WINTER, "rt", newline="") as file:
        return Counter(row["user_id"] for row in csv.DictReader(file))


def enrol(world: World, told: Winter, number: int, subject: str) -> Citizen:
    """One rider: phone, real name, consent back to the winter, and the code that ties the platform's number to the account."""
    phone = f"1990000{number:04d}"
    code = send_code(phone=phone, purpose=people.ENTERING)
    citizen = people.register(phone=phone, code=code, by=world.system)
    by, name = citizen.user, SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)]
    citizen = people.verify_identity(citizen, name=name, identity_no=identity_no(number), by=by)
    consents.consent(citizen, told.scene, told.partners["riding"], covers_from=SINCE, by=by)
    bound = consents.binding_code(citizen, told.partners["riding"], by=by)
    consents.link(told.partners["riding"], code=bound, subject=subject, by=told.interfaces["riding"])
    if number % 10 == 0:  # some tell a second platform too
        consents.consent(citizen, told.scene, told.partners["map"], covers_from=SINCE, by=by)
        bound = consents.binding_code(citizen, told.partners["map"], by=by)
        consents.link(told.partners["map"], code=bound, subject=f"m-{subject}", by=told.interfaces["map"])
    return citizen


def identity_no(number: int) -> str:
    """Return an invented identity number of a region that does not exist, with the right check character (GB 11643)."""
    body = f"119901{1960 + number % 40}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def send(told: Winter, name: str, content: bytes) -> Upload:
    """A platform sends a file."""
    partner, by = told.partners[name], told.interfaces[name]
    kept = keep_file(partner.organisation, ContentFile(content, name=WINTER.name), by=by)
    return uploads.receive(partner, told.scene, file=kept, mapping=MAPPING, by=by)


def _told_again() -> bytes:
    """Return the second platform's file: the same rides of those who told it, seconds apart, under its own numbers."""
    known = {subject for number, subject in enumerate(subjects()) if number % 10 == 0}
    columns, lines = list(MAPPING), []
    with gzip.open(WINTER, "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["user_id"] in known:
                row |= {"user_id": f"m-{row['user_id']}", "trip_id": f"m-{row['trip_id']}"}
                row |= {name: _later(row[name], 12) for name in ("start_time_utc", "end_time_utc")}
                lines.append(",".join(row[column] for column in columns))
    return gzip.compress("\n".join([",".join(columns), *lines, ""]).encode(), mtime=0)


def _later(moment: str, seconds: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
