"""Citizens, partners and rides, brought about by the verbs as people and systems would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import F
from stdnum.cn import ric

from accounts.models import Organisation, SmsCode, User
from accounts.services.attachments import keep_file
from accounts.services.codes import send_code
from accounts.services.people import portal_user, register_organisation, register_person
from carbon_portal.story import World
from kernel import clock
from scenarios.models import Citizen, Consent, Partner, Scene, Upload
from scenarios.services import consents, people
from scenarios.services.ingestion import settle_waiting
from scenarios.services.partners import add_partner
from scenarios.services.uploads import receive
from tests.stages import give, person

PHONE, NAME, IDENTITY_NO = "13800138000", "林晓华", "420106199003070016"
OTHER = ("13900139001", "王芳", "440101198506150007")
MAPPING = {"user": "subject", "trip": "trip", "from": "started_at", "to": "ended_at", "metres": "distance_m"}
PARTNER_USCC = "91420100MA4K00002Y"


def identity_no(seventeen: str) -> str:
    """Return an identity number with its check character (GB 11643)."""
    return seventeen + str(ric.calc_check_digit(seventeen + "0"))


def code_for(phone: str) -> str:
    """Have a code sent to a phone; the last one is a few minutes old already."""
    SmsCode.objects.update(sent_at=F("sent_at") - timedelta(minutes=3))
    return send_code(phone=phone, purpose=people.ENTERING)


def registered(phone: str = PHONE) -> Citizen:
    """Register with a phone."""
    return people.register(phone=phone, code=code_for(phone), by=portal_user())


def verified(phone: str = PHONE, name: str = NAME, number: str = IDENTITY_NO) -> Citizen:
    """Register and verify the real name."""
    citizen = registered(phone)
    citizen = people.verify_identity(citizen, name=name, identity_no=number, by=citizen.user)
    return Citizen.objects.select_related("user", "division", "carbon", "identity").get(pk=citizen.pk)


def operator(world: World) -> User:
    """Return an operator of the city."""
    known = User.objects.filter(username="operator-here").first()
    return known or person(world, "operator-here", "OPERATOR", division=world.organisations["owner"].division)


def partner_of(world: World, *codes: str, uscc: str = PARTNER_USCC, zone: str = "Asia/Shanghai") -> Partner:
    """Let an organisation report for scenes; its interface signs in as ``partner-<uscc>``."""
    city = world.organisations["owner"].division
    organisation = register_organisation(
        uscc=uscc, name=f"青岚单车{uscc[-3:]}", kind=Organisation.Kind.COMPANY, division=city, by=world.system
    )
    user = register_person(username=f"partner-{uscc}", full_name="骑行平台接口", password="x" * 12, by=world.system)
    give(world, user, "PARTNER", organisation=organisation)
    scenes = list(Scene.objects.filter(code__in=codes or ("ebike", "ebike-demo")))
    name = f"青岚单车{uscc[-3:]}"
    return add_partner(organisation, name=name, zone=zone, scenes=scenes, by=operator(world))


def interface(partner: Partner) -> User:
    """Return the user a partner's system signs in as."""
    return User.objects.get(username=f"partner-{partner.organisation.uscc}")


def linked(citizen: Citizen, partner: Partner, subject: str = "u-1") -> None:
    """Bind the partner's number of a user to the citizen, by a code."""
    code = consents.binding_code(citizen, partner, by=citizen.user)
    consents.link(partner, code=code, subject=subject, by=interface(partner))


def consented(
    citizen: Citizen,
    partner: Partner,
    *,
    scene: str = "ebike-demo",
    since: datetime | None = None,
    subject: str = "u-1",
) -> Consent:
    """Consent to a scene, from an instant on where it allows history, and bind the partner's number."""
    given = consents.consent(citizen, Scene.objects.get(code=scene), partner, covers_from=since, by=citizen.user)
    linked(citizen, partner, subject)
    return given


# What a partner reports: start, minutes, metres.
Ride = tuple[datetime, int, int]


def rides(partner: Partner, told: Sequence[Ride], *, scene: str = "ebike-demo", subject: str = "u-1") -> Upload:
    """Send a file with rides and settle it."""
    lines = [",".join(MAPPING)]
    for start, minutes, metres in told:
        end = start + timedelta(minutes=minutes)
        lines.append(f"{subject},{subject}-{start:%Y%m%d%H%M%S},{start.isoformat()},{end.isoformat()},{metres}")
    content = "\n".join(lines).encode()
    by = interface(partner)
    kept = keep_file(partner.organisation, ContentFile(content, name="rides.csv"), by=by)
    upload = receive(partner, Scene.objects.get(code=scene), file=kept, mapping=MAPPING, by=by)
    with connection.cursor() as cursor:  # inside a test's one transaction an earlier file's stage is still there
        cursor.execute("DROP TABLE IF EXISTS pg_temp.stage")
    settle_waiting()
    upload.refresh_from_db()
    return upload


def rider(world: World, told: Sequence[Ride] = ()) -> tuple[Citizen, Partner]:
    """Return a verified citizen whose rides the partner reported; by default 5.2 km yesterday at eight."""
    citizen, partner = verified(), partner_of(world)
    morning = clock.local(clock.now()).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=1)
    consented(citizen, partner, since=clock.now() - timedelta(days=400))
    rides(partner, told or [(morning, 20, 5_200)])
    return Citizen.objects.select_related("user", "division", "carbon", "identity").get(pk=citizen.pk), partner
