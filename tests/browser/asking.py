"""Which pages there are: who asks for which address, or presses what, to see every template once. In the city of the demo."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from carbon_portal.story import World, recall
from certificates.models import Certificate
from certificates.services.certificates import revoke
from methodologies.models import Draft
from projects.models import MonitoringPeriod
from registry.models import Batch
from registry.services import venues
from rewards.models import CouponUse, Offer
from rewards.services.coupons import redeem
from scenarios.models import CarbonAccount, Citizen, Scene
from scenarios.services import consents
from tests.alone import asked
from tests.citizens import identity_no, registered, verified
from tests.codes import app_code
from tests.holding import decided, fraud_case, frozen, pledge_in
from tests.projects.test_counter import entered
from tests.shopping import coupon, shop
from tests.stages import project_in
from tests.venues import connected, settled, taken_in
from tests.worlds import as_owner
from trading.models import Agreement, NeutralEvent

Press = Callable[[Client], Any]
SEAT_PAGES = {"": "/owner/venue/", "-order": "/owner/venue/{}/", "-new": "/owner/venue/new/"}
SECRET = re.compile(r'id="secret">([A-Z2-7]{32})<')


class Ask(NamedTuple):
    """A page by the name of its picture: how it is come by, and the status it comes with."""

    name: str
    press: Press
    status: int = 200


def page(path: str, status: int = 200) -> Ask:
    """Ask for an address."""
    return Ask(_name(path), lambda client: client.get(path), status)


def pages(*paths: str) -> list[Ask]:
    """Ask for several."""
    return [page(path) for path in paths]


def _name(path: str) -> str:
    return path.strip("/").partition("?")[0].replace("/", "-") or "home"


def by_password(path: str, username: str = "owner-maker", *, app: bool = False) -> Ask:
    """Come in by password, or with an app set up as well, and ask for an address of one's own account."""

    def press(client: Client) -> Any:
        own = _beside(client)
        own.post("/login/", {"username": username, "password": settings.DEMO_PASSWORD})
        if app:
            found = SECRET.search(own.get("/account/2fa/totp/activate/").content.decode())
            assert found is not None
            own.post("/account/2fa/totp/activate/", {"code": app_code(found[1])})
        return own.get(path)

    return Ask(_name(path), press)


def _beside(client: Client) -> Client:
    """Return another browser in the same language."""
    own = Client()
    own.cookies[settings.LANGUAGE_COOKIE_NAME] = client.cookies[settings.LANGUAGE_COOKIE_NAME].value
    return own


def _second_try(client: Client) -> Any:
    """Log in again after an app was set up: the page that asks for its code."""
    by_password("/", app=True).press(client)
    own = _beside(client)
    return own.post("/login/", {"username": "owner-maker", "password": settings.DEMO_PASSWORD}, follow=True)


def desk_pages(world: World) -> dict[str, list[Ask]]:
    """Return the pages of visitors, owners, verifiers, auditors and the counter, by who asks."""
    project, period = world.projects["meter"], world.periods["meter"]
    made, half = Draft.objects.get(state="NOTICE"), Draft.objects.get(state="DRAFT")
    event, agreement = NeutralEvent.objects.get(), Agreement.objects.earliest("pk")
    certificate = Certificate.objects.filter(kind=Certificate.Kind.RETIREMENT).earliest("pk")
    neutral, batch = Certificate.objects.for_subject(event).get(), Batch.objects.earliest("pk")
    assert project.notice is not None
    assert world.transfer is not None
    assert world.retirement is not None
    claim = (
        MonitoringPeriod.objects.filter(claim__isnull=False, batch__isnull=False)
        .select_related("project")
        .earliest("pk")
    )
    owner = User.objects.filter(grants__organisation=claim.project.owner, grants__role="MAKER").first()
    assert owner is not None
    return {
        "": [
            *pages(
                "/", "/notices/", f"/notices/{project.notice.pk}/", "/registry/", f"/registry/projects/{project.project_no}/",
                f"/registry/batches/{batch}/", f"/registry/batches/{claim.batch}/", "/methods/",
                f"/methods/{project.method.number}/", "/methods/CN-2023-002/?energy_kwh=30&grid=西南",
                "/methods/CN-2023-003/?distance_km=x&on-day=2022", f"/methods/{project.method.number}/changes/",
                f"/registry/methods/{project.method.number}/", f"/methods/drafts/{made.pk}/",
                "/methods/CN-2023-011/", "/factors/", "/policies/",
                "/registry/open-data/", "/registry/serials/", f"/registry/serials/?q={batch.serial}", "/verify/",
                f"/verify/{certificate.number}/", f"/verify/{neutral.number}/", "/events/", f"/events/{event.number}/", "/login/",
                "/login/phone/", "/register/", "/account/inactive/", "/about/", "/preferences/", "/objections/", "/api/",
            ),
            page("/verify/TPH990100202601010000010/", 404),
            page("/nowhere/", 404),
            Ask("verify-revoked", _revoked(world, certificate)),
            Ask("verify-tampered", _changed(certificate, "snapshot", "jsonb_set(snapshot, '{facts}', '[]')"), 409),
            Ask("certificate-waiting", _changed(certificate, "pdf", "''", "/certificates/{}.pdf"), 503),
            Ask("notice-open", _on_notice(world, "/notices/{}/")),
            Ask("objection-new", _on_notice(world, "/notices/{}/object/")),
            Ask("objection", _objected(world)),
            Ask("second-factor-asked", _second_try),
        ],
        "owner-maker": [
            *pages(
                "/owner/", "/owner/projects/new/", f"/owner/projects/{project.pk}/", f"/owner/projects/{project.pk}/periods/new/",
                f"/owner/periods/{period.pk}/", "/owner/holdings/", "/owner/transfers/new/", f"/owner/transfers/{world.transfer.pk}/",
                "/messages/", "/account/messages/", "/owner/statements/",
            ),
            *(Ask(f"seat{name}", _at_the_exchange(path)) for name, path in SEAT_PAGES.items()),
            *(by_password(path) for path in ("/account/password/", "/account/again/", "/account/sessions/", "/account/2fa/")),
            by_password("/account/2fa/totp/activate/"),
            by_password("/account/2fa/start/", "officer"),
            *(
                by_password(path, app=True)
                for path in (
                    "/account/2fa/totp/deactivate/", "/account/2fa/recovery-codes/", "/account/2fa/recovery-codes/generate/",
                    "/account/2fa/reauthenticate/",
                )
            ),
        ],
        "buyer-maker": [
            *pages("/owner/retirements/new/", f"/owner/retirements/{world.retirement.pk}/", "/owner/pledges/new/"),
            Ask("pledge", lambda client: client.get(f"/owner/pledges/{pledge_in(world, 'OFFERED', 1).pk}/")),
            Ask("fraud-case", _under_a_case(world)),
            Ask("holdings-held", _frozen(world)),
        ],
        "host-maker": pages(
            "/owner/agreements/", "/owner/agreements/new/", "/owner/compliance/", "/owner/account/", "/owner/account/change/",
            "/owner/compliance/DEMO-2025/new/", f"/owner/agreements/{agreement.pk}/", "/owner/events/",
            "/owner/events/new/", f"/owner/events/{event.pk}/",
        ),
        owner.username: pages(
            f"/owner/projects/{claim.project_id}/", f"/owner/projects/{claim.project_id}/periods/claim/", f"/owner/periods/{claim.pk}/"
        ),
        "verifier": pages("/verifier/", f"/verifier/periods/{claim.pk}/"),
        "expert-one": pages("/workshop/", f"/workshop/{made.pk}/"),
        "auditor": pages("/audit/", "/audit/grants/", "/audit/pairs/", "/audit/events/", "/audit/exports/"),
        "officer": [
            *pages("/counter/", f"/counter/{world.organisations['owner'].pk}/new/", "/field/"),
            *pages("/workshop/", "/workshop/new/", f"/workshop/{half.pk}/edit/", f"/workshop/{half.pk}/", f"/workshop/{half.pk}/paste/"),
            Ask("counter-receipt", _entered(world)),
            Ask("field-visit", _visited(world)),
        ],
        "admin": pages("/health/"),
        "registrar": [Ask("personal-account", _not_opened), Ask("with-code", _asking_for_code(world))],
    }  # fmt: skip


def _not_opened(client: Client) -> Any:
    """The page where a natural person asks for an account."""
    own = _beside(client)
    own.force_login(verified("13700137000", "何安安", identity_no("44010119900101003")).user)
    return own.get("/owner/account/personal/")


def _asking_for_code(world: World) -> Press:
    """The page that asks a natural person for the code."""

    def press(client: Client) -> Any:
        request, own = asked(world), _beside(client)
        own.force_login(world.people["holder"])
        return own.post(f"/owner/account/requests/{request.pk}/confirm/", {"key": "asking-for-code"})

    return press


def _revoked(world: World, certificate: Certificate) -> Press:
    def press(client: Client) -> Any:
        revoke(certificate, by=world.people["registrar"], reason="数据重复")
        return client.get(f"/verify/{certificate.number}/")

    return press


def _changed(certificate: Certificate, column: str, value: str, path: str = "/verify/{}/") -> Press:
    """Look a certificate up whose row somebody with the owner's password has changed."""

    def press(client: Client) -> Any:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE certificates_certificate DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE certificates_certificate SET {column} = {value} WHERE id = %s", [certificate.pk])
        return client.get(path.format(certificate.number))

    return press


def _under_a_case(world: World) -> Press:
    """The public record of a case in which so much was found false that the owner has to replace some."""
    return lambda client: client.get(f"/registry/cases/{decided(world, fraud_case(world), 722).number}/")


def _frozen(world: World) -> Press:
    """An account of which a court holds some, waits for more, and whose units of a batch are suspended."""

    def press(client: Client) -> Any:
        frozen(world, 5, whose="buyer")
        frozen(world, 900, whose="buyer", document_no="（2026）江02执7号", authority="江北市中级人民法院")
        return client.get("/owner/holdings/")

    return press


def _at_the_exchange(path: str) -> Press:
    """An account that sold some of what it has at an exchange, and asks to take more there."""

    def press(client: Client) -> Any:
        world = recall()  # of its own: the exchange is taken back with the asking, and the world would go on knowing it
        venue = connected(world)
        taken_in(world, venue, 100)
        settled(world, venue)
        order = venues.initiate(world.accounts["owner"], venue=venue, quantity_t=20, by=world.people["owner-maker"])
        return client.get(path.format(order.pk))

    return press


def _entered(world: World) -> Press:
    """A paper that came in over the counter."""

    def press(client: Client) -> Any:
        return client.get(f"/counter/entries/{entered(world).counter_entries.get().pk}/")

    return press


def _visited(world: World) -> Press:
    """The form for the phone, of a case that is before the office."""
    return lambda client: client.get(f"/field/{project_in(world, 'ACCEPTED').pk}/")


def _on_notice(world: World, path: str) -> Press:
    def press(client: Client) -> Any:
        project = project_in(world, "PUBLIC_NOTICE")
        assert project.notice is not None
        return client.get(path.format(project.notice.pk))

    return press


def _objected(world: World) -> Press:
    def press(client: Client) -> Any:
        project = project_in(world, "PUBLIC_NOTICE")
        assert project.notice is not None
        form = _beside(client)
        about = {
            "name": "郑明远",
            "contact": "13800000042",
            "text": "公示的装机容量与现场组件数量不一致，请到现场核对。",
        }
        return form.post(f"/notices/{project.notice.pk}/object/", {**about, "key": "objected-once"}, follow=True)

    return press


def phone_pages(world: World) -> dict[str, list[Ask]]:
    """Return the pages of a rider's phone and of a till. The rider is the one of the most rides."""
    rider = CarbonAccount.objects.order_by("-balance_mg").select_related("citizen__user")[0].citizen
    act, offer = rider.acts.earliest("pk"), Offer.objects.earliest("pk")
    scene, link = Scene.objects.earliest("pk"), rider.links.earliest("pk")
    return {
        "": [
            *pages("/me/enter/", f"/scenes/{scene.code}/text/", "/till/device/"),
            Ask("me-code", lambda client: client.post("/me/enter/", {"phone": "13911112222"})),
            Ask("me-name", _newcomer),
            Ask("me-binding", _binding(link.partner_id)),
            *(Ask(f"till-{name or 'start'}", _at_the_till(world, name)) for name in ("", "used", "undo", "day")),
        ],
        rider.user.username: [
            *pages(
                "/me/", "/me/acts/", f"/me/acts/{act.pk}/", "/me/refusals/", "/me/consents/", "/me/consents/new/", "/me/mine/",
                "/me/certificates/", "/me/data/", "/me/close/", "/me/points/", "/me/mall/", f"/me/mall/{offer.pk}/", "/me/coupons/",
                "/me/messages/", "/me/messages/settings/",
            ),
            Ask("me-consent", _agreeing(rider)),
            *(Ask(f"coupon{step}", _bought(rider, step)) for step in ("", "-cancel")),
            Ask("me-closed", lambda client: client.post("/me/close/", {"words": "注销账户", "reason": "不再使用"})),
        ],
    }  # fmt: skip


def _newcomer(client: Client) -> Any:
    """Somebody whose phone is known and whose name is not yet."""
    own = _beside(client)
    own.force_login(registered("13911113333").user)
    return own.get("/me/name/")


def _binding(partner_id: int) -> Press:
    """Somebody whose name is known takes a code to type at a platform."""

    def press(client: Client) -> Any:
        own = _beside(client)
        own.force_login(verified("13911114444", "王芳", "440101198506150007").user)
        return own.post(f"/me/partners/{partner_id}/code/")

    return press


def _agreeing(rider: Citizen) -> Press:
    """Give back what was agreed to, and read the text again."""

    def press(client: Client) -> Any:
        given = rider.consents.open().earliest("pk")
        consents.withdraw(given, by=rider.user)
        return client.get(f"/me/consents/new/?scene={given.scene.code}&partner={given.partner_id}")

    return press


def _bought(rider: Citizen, step: str) -> Press:
    def press(client: Client) -> Any:
        coupon = redeem(Offer.objects.order_by("price_points")[0], rider, by=rider.user)
        return client.get(f"/me/coupons/{coupon.pk}/{step.strip('-') and 'cancel/'}")

    return press


def _at_the_till(world: World, name: str) -> Press:
    """Set up a till in a shop of its own, and use a coupon at it, or take the use back."""

    def press(client: Client) -> Any:
        own, here = _beside(client), shop(world)
        own.post("/till/device/", {"key": here.key})
        if not name:
            return own.get("/till/")
        _coupon, code = coupon(world, here)
        about = {"code": code, "cashier": here.cashier.pk, "pin": here.pin, "key": "till-press-1"}
        used = own.post("/till/", about, follow=True)
        if name == "undo":
            return own.get(f"/till/uses/{CouponUse.objects.latest('pk').pk}/undo/")
        return used if name == "used" else own.get("/till/")

    return press
