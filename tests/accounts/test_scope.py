"""Who sees which rows: a district its own, a park below it, a city its districts, a province all of them; in every list alike.

One table, written by hand, says where each row lies and whose it is. Every scoped model and every list of the admin is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, Q
from django.http import HttpRequest
from django.test import Client

from accounts.desk import Desk, ReadOnly
from accounts.models import Deputy, Division, TableIn, User
from accounts.roles import STAFF, Role
from accounts.scope import Acting
from accounts.services.people import grant_role, portal_user, propose_role, register_person
from accounts.visitor import grants_now
from carbon_portal.story import World
from carbon_portal.story.recalling import recall
from kernel import clock
from office.models import Assignment, ExportJob, Phrase, Profile, SavedFilter
from projects.models import Opening, Project
from scenarios.models import Citizen
from tests.architecture.names import our_models
from tests.citizens import verified
from tests.stages import retirement_in, transfer_in

SCOPED = {model._meta.label: model for model in our_models() if hasattr(getattr(model, "objects", None), "visible_to")}


class Line(NamedTuple):
    """Of a model: the lookups of the divisions a row lies in, of the organisations and of the people it belongs to."""

    divisions: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def _of(path: str, *, people: tuple[str, ...] = ()) -> Line:
    return Line((f"{path}__division",), (path,), people)


OF_CITIZEN = Line(("citizen__division",), (), ("citizen__user",))
OF_PROJECT = Line(("project__division",), ("project__owner",))
TABLE: dict[str, Line] = {
    "accounts.ApiKey": _of("organisation"),
    "accounts.Attachment": _of("organisation"),
    "accounts.Deputy": Line(("division",), (), ("absent", "deputy")),
    "accounts.Organisation": Line(("division",), ("pk",)),
    "accounts.RoleGrant": Line(("division", "organisation__division")),
    "accounts.RoleProposal": Line(("division", "organisation__division")),
    "accounts.SecondFactorReset": Line(
        ("user__grants__division", "user__grants__organisation__division"), (), ("user",)
    ),
    "accounts.TableIn": Line((), (), ("uploaded_by",)),
    "certificates.Certificate": Line(("division",)),
    "methodologies.Draft": Line(("division",), ("developer",), ("evaluations__expert",)),
    "office.Assignment": Line(("division",)),
    "office.Delivery": Line(),
    "office.ExportJob": Line((), (), ("asked_by",)),
    "office.Message": Line((), (), ("person",)),
    "office.Notice": Line(("division",)),
    "office.Objection": Line(("notice__division",)),
    "office.Phrase": Line((), (), ("owner",)),
    "office.SavedFilter": Line((), (), ("owner",)),
    "office.SignOff": Line(("division",)),
    "projects.CounterEntry": OF_PROJECT,
    "projects.Decision": OF_PROJECT,
    "projects.MonitoringPeriod": Line(("project__division",), ("project__owner", "verifier")),
    "projects.Opening": Line(("division",)),
    "projects.OpinionLetter": Line(("project__division",)),
    "projects.Project": Line(("division",), ("owner", "periods__verifier")),
    "projects.SiteVisit": Line(("project__division",)),
    "registry.Block": _of("holder__organisation"),
    "registry.Deed": Line(("account__organisation__division",)),
    "registry.FraudCase": _of("account__organisation"),
    "registry.Freeze": _of("account__organisation"),
    "registry.AccountRequest": _of("organisation"),
    "registry.HoldingAccount": _of("organisation"),
    "registry.Journal": _of("opened__holder__organisation"),
    "registry.Pledge": _of("account__organisation"),
    "registry.Retirement": _of("account__organisation"),
    "registry.Trade": Line(
        ("venue__organisation__division",), ("venue__organisation", "seller__organisation", "buyer__organisation")
    ),
    "registry.Transfer": _of("source__organisation"),
    "registry.Venue": _of("organisation"),
    "registry.VenueOrder": _of("account__organisation"),
    "registry.VenueReport": _of("venue__organisation"),
    "rewards.Cashier": _of("merchant__organisation"),
    "rewards.Coupon": _of("offer__merchant__organisation", people=("citizen__user",)),
    "rewards.Merchant": _of("organisation"),
    "rewards.MerchantDevice": _of("merchant__organisation"),
    "rewards.Offer": _of("merchant__organisation"),
    "rewards.PointAccount": OF_CITIZEN,
    "rewards.ProceedsPool": Line(("division",)),
    "scenarios.Act": OF_CITIZEN,
    "scenarios.Citizen": Line(("division",), (), ("user",)),
    "scenarios.ClaimBatch": _of("partner__organisation"),
    "scenarios.Consent": OF_CITIZEN,
    "scenarios.Partner": _of("organisation"),
    "scenarios.PersonalStatement": OF_CITIZEN,
    "scenarios.Upload": _of("partner__organisation"),
    "trading.Agreement": _of("seller__organisation"),
    "trading.BankMessage": _of("instruction__agreement__seller__organisation"),
    "trading.CashInstruction": _of("agreement__seller__organisation"),
    "trading.ComplianceFiling": _of("emitter"),
    "trading.EmissionItem": _of("event__organiser"),
    "trading.NeutralEvent": _of("organiser"),
}
# Lists of rows without a scope of their own: where a row lies all the same, or nothing where all who may open the list see all.
LISTS: dict[str, tuple[str, ...]] = {
    "rewards.CouponUse": ("device__merchant__organisation__division",),
    "rewards.PointsRun": ("upload__partner__organisation__division",),
    "rewards.ProceedsShare": ("pool__division",),
    "scenarios.Refusal": ("upload__partner__organisation__division",),
    "trading.CashJournal": ("instruction__agreement__seller__organisation__division",),
    "accounts.User": ("grants__division", "grants__organisation__division"),
    # The audit administrator's, who looks over the whole portal; rules and calendars; what the public reads; the portal's own runs.
    "accounts.Event": (), "methodologies.Factor": (), "methodologies.Method": (), "office.CalendarDay": (),
    "office.JobRun": (), "office.Outage": (),
    "office.Profile": (), "projects.ExternalEntry": (), "certificates.LogHead": (), "certificates.LogLeaf": (), "registry.Batch": (),
    "registry.BookCheck": (), "rewards.PointRule": (), "scenarios.Scene": (),
    "trading.ComplianceRule": (),
}  # fmt: skip
# What nobody but its person sees, an auditor neither.
PRIVATE = {"accounts.TableIn", "office.Message", "office.SavedFilter", "office.ExportJob", "office.Phrase"}
PROVINCE, CITY, OTHER, DISTRICT, PARK = "99", "9901", "9902", "990101", "990101P01"
PLACES = (PROVINCE, CITY, OTHER, DISTRICT, PARK)
APIS = (
    ("/api/v1/transfers", "registry.Transfer"),
    ("/api/v1/retirements", "registry.Retirement"),
    ("/api/v1/agreements", "trading.Agreement"),
)


class Everywhere(NamedTuple):
    """The world, with people of every role everywhere."""

    world: World
    people: dict[tuple[str, str], User]


@cache
def looking(user: User) -> HttpRequest:
    """Return a visit of a person, whose roles are asked for once."""
    request = HttpRequest()
    request.method, request.user = "GET", user
    return request


@pytest.fixture(scope="module")
def everywhere(django_db_setup: None, django_db_blocker: Any) -> Iterator[Everywhere]:
    """The world with the owner and his project in a park and a rider in the district; one transaction, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _populated()
        transaction.set_rollback(True)


def _populated() -> Everywhere:
    world, by = recall(), portal_user()
    district = Division.objects.get(code=DISTRICT)
    park = Division.objects.create(code=PARK, name="城南低碳产业园", parent=district, path=f"{district.path}.{PARK}")
    transfer_in(world, "CONFIRMING", 3)
    retirement_in(world, "PENDING", 2)
    owner = world.organisations["owner"]
    type(owner).objects.filter(pk=owner.pk).update(division=park)
    Project.objects.filter(owner=owner).update(division=park)
    Citizen.objects.filter(pk=verified().pk).update(division=district)
    people = {}
    for code, role in [*((place, role) for place in (CITY, PARK) for role in sorted(STAFF)), *_officers()]:
        user = register_person(username=f"{role}-{code}", full_name=role, password=None, by=by)
        grant_role(user, role, division=Division.objects.get(code=code), by=by)
        people[role, code] = user
    _own_things(world, people, district, park)
    return Everywhere(world, people)


def _officers() -> list[tuple[str, str]]:
    return [
        (place, role) for place in (PROVINCE, OTHER, DISTRICT) for role in (Role.OFFICER, Role.REGISTRAR, Role.OPERATOR)
    ]


def _own_things(world: World, people: dict[tuple[str, str], User], district: Division, park: Division) -> None:
    """Rows of one person each, or of a division, that the story does not hold."""
    mine, other, today = people[Role.OFFICER, CITY], people[Role.OFFICER, PARK], clock.today()
    for user in (mine, other):
        TableIn.objects.create(purpose="x", name="a.csv", size=1, sha256="0" * 64, uploaded_by=user)
        ExportJob.objects.create(desk="x.y", title="x", format="CSV", asked_by=user)
        SavedFilter.objects.create(owner=user, desk="x", title="x", query="q=1")
        Phrase.objects.create(title="x", text="x", owner=user, made_by=user)
        Assignment.objects.create(
            object_type="x",
            object_id=user.pk,
            object_label="x",
            division=user.grants.get().division,
            assignee=user,
            given_by=user,
        )
    for place in (district, park):
        table = TableIn.objects.create(purpose="x", name="a.xlsx", size=1, sha256="0" * 64, uploaded_by=mine)
        Opening.objects.create(
            table=table, sha256=place.code, division=place, profile=Profile.objects.get(code="DEMO"), source="x", as_of=today,
            projects_count=0, batches_count=0, issued_t=0, held_t=0, retired_t=0, submitted_by=mine,
        )  # fmt: skip
    ExportJob.objects.create(book="UNITS", year=2024, asked_by=people[Role.AUDITOR, CITY])
    Phrase.objects.create(title="x", text="x", division=district, made_by=mine)
    day = today + timedelta(days=1)
    about = {"from_on": day, "to_on": day, "reason": "休假", "named_by": other}
    Deputy.objects.create(absent=other, deputy=people[Role.OFFICER, DISTRICT], division=park, **about)
    admin_here = people[Role.SYSADMIN, CITY]
    propose_role(
        world.people["buyer-maker"],
        Role.MERCHANT,
        organisation=world.organisations["owner"],
        reason="任命",
        by=admin_here,
    )


@cache
def _path(code: str) -> str:
    return Division.objects.get(code=code).path


@cache
def below(label: str, code: str, lookups: tuple[str, ...]) -> set[Any]:
    """Return the keys of the rows that lie in a division or below it."""
    path, within = _path(code), Q(pk__in=[])
    for lookup in lookups:
        within |= Q(**{f"{lookup}__path": path}) | Q(**{f"{lookup}__path__startswith": f"{path}."})
    return _keys(label, within)


def _keys(label: str, rows: Q) -> set[Any]:
    model: Any = next(model for model in our_models() if model._meta.label == label)
    return set(model._base_manager.filter(rows).values_list("pk", flat=True))


def wanted(label: str, role: str, code: str, user: User) -> set[Any]:
    """Return what a person of the bureau is to see by the table."""
    line, everything = TABLE[label], _keys(label, Q())
    own = _keys(label, Q(pk__in=[]))
    for lookup in line.people:
        own |= _keys(label, Q(**{lookup: user}))
    if role == Role.AUDITOR and label not in PRIVATE:
        return everything
    return below(label, code, line.divisions) | own | _besides(label, role, code)


def _besides(label: str, role: str, code: str) -> set[Any]:
    """Return what is seen for another reason than place and person."""
    if label == "office.Delivery" and role == Role.SYSADMIN:  # without words or addresses, to send again
        return _keys(label, Q())
    if label == "office.ExportJob" and role == Role.AUDITOR:  # the books auditors asked for
        return _keys(label, Q(desk=""))
    if label == "office.Phrase":  # shared by a division with those below
        return _keys(label, Q(division__path__in=_above(code)))
    if label == "trading.BankMessage":  # that names no instruction of ours: anybody's to find out
        return _keys(label, Q(instruction=None))
    return set()


def _above(code: str) -> list[str]:
    parts = _path(code).split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def seen(label: str, user: User) -> set[Any]:
    """Return the keys of the rows a person sees."""
    model: Any = SCOPED[label]
    return set(model.objects.visible_to(Acting(user, among=grants_now(looking(user)))).values_list("pk", flat=True))


def desks(label: str) -> list[tuple[type[Model], Any]]:
    """Return the lists of the admin over a table."""
    return [
        (shown, desk) for shown, desk in admin.site._registry.items() if shown._meta.concrete_model._meta.label == label
    ]  # type: ignore[union-attr]


def test_every_model_with_a_scope_and_every_list_is_in_the_table() -> None:
    assert TABLE.keys() == SCOPED.keys()
    lists = {shown._meta.concrete_model._meta.label for shown in admin.site._registry}  # type: ignore[union-attr]
    assert lists - TABLE.keys() == LISTS.keys()


@pytest.mark.parametrize("label", sorted(TABLE))
def test_every_role_sees_its_division_and_what_is_below(everywhere: Everywhere, label: str) -> None:
    """The rows themselves and every list of the office; an auditor sees all but what is somebody's own."""
    for (role, code), user in everywhere.people.items():
        rows = wanted(label, role, code, user)
        assert seen(label, user) == rows, (role, code)
        _look(label, user, rows, exactly=True)


@pytest.mark.parametrize("label", sorted(name for name, lookups in LISTS.items() if lookups))
def test_lists_without_a_scope_of_their_own_keep_to_the_division_too(everywhere: Everywhere, label: str) -> None:
    everything = _keys(label, Q())
    free = _keys(label, Q(grants=None)) if label == "accounts.User" else set()
    for (role, code), user in everywhere.people.items():
        rows = everything if role == Role.AUDITOR else below(label, code, LISTS[label]) | free
        _look(label, user, rows, exactly=label != "accounts.User")


def _look(label: str, user: User, rows: set[Any], *, exactly: bool) -> None:
    request = looking(user)
    for shown, desk in desks(label):
        if not desk.has_view_permission(request):
            continue
        listed = set(desk.get_queryset(request).values_list("pk", flat=True))
        assert listed <= rows, (shown, user)
        if exactly and type(desk).get_queryset is ReadOnly.get_queryset and not isinstance(desk, Desk):
            assert listed == rows, (shown, user)


@pytest.mark.parametrize("label", sorted(name for name, line in TABLE.items() if line.organisations))
def test_an_organisation_sees_its_own(everywhere: Everywhere, label: str) -> None:
    """Also what it buys, once the seller's two people have agreed: that is told apart from what is still between those two."""
    for who, name in (("owner-maker", "owner"), ("buyer-checker", "buyer"), ("verifier", "verifier")):
        user, organisation = everywhere.world.people[who], everywhere.world.organisations[name]
        rows: set[Any] = set()
        for lookup in TABLE[label].organisations:
            rows |= _keys(label, Q(**{lookup: organisation.pk}))
        if label in {
            "registry.Transfer",
            "registry.Pledge",
            "trading.Agreement",
            "trading.CashInstruction",
            "trading.BankMessage",
        }:
            rows |= _bought(label, organisation)
        assert seen(label, user) == rows, who


def _bought(label: str, organisation: Any) -> set[Any]:
    path = {
        "registry.Transfer": ("", "target"),
        "registry.Pledge": ("", "creditor"),
        "trading.Agreement": ("", "buyer"),
        "trading.CashInstruction": ("agreement__", "buyer"),
        "trading.BankMessage": ("instruction__agreement__", "buyer"),
    }[label]
    to, state = f"{path[0]}{path[1]}__organisation", f"{path[0]}state"
    return _keys(label, Q(**{to: organisation}) & ~Q(**{state: "CONFIRMING"}))


def test_the_world_has_rows_to_tell_apart(everywhere: Everywhere) -> None:
    """Else the table above would compare nothing with nothing."""
    for label in (
        "projects.Project",
        "registry.Block",
        "registry.Transfer",
        "registry.Retirement",
        "scenarios.Citizen",
    ):
        counts = [len(below(label, code, TABLE[label].divisions)) for code in (PROVINCE, CITY, DISTRICT, PARK, OTHER)]
        assert counts == sorted(counts, reverse=True), label
        assert counts[1] > 0, label
    assert below("projects.Project", PARK, ("division",))
    assert below("scenarios.Citizen", DISTRICT, ("division",)) > below("scenarios.Citizen", PARK, ("division",))
    assert below("accounts.Organisation", CITY, ("division",)) > below("accounts.Organisation", DISTRICT, ("division",))
    for label in sorted(PRIVATE | {"accounts.Deputy", "office.Assignment"}):
        assert _keys(label, Q()) or label == "office.Message", label


@pytest.mark.parametrize(("address", "label"), APIS)
def test_the_api_lists_the_same_rows(everywhere: Everywhere, address: str, label: str) -> None:
    for code in PLACES:
        client = Client()
        client.force_login(everywhere.people[Role.REGISTRAR, code])
        body = json.loads(client.get(address).content)
        listed = {row["id"] for row in (body["results"] if isinstance(body, dict) else body)}
        assert listed == below(label, code, TABLE[label].divisions), code


@pytest.mark.parametrize("label", ["projects.Project", "registry.HoldingAccount", "accounts.Organisation"])
def test_the_page_of_the_office_lists_the_same_rows(everywhere: Everywhere, label: str) -> None:
    meta = SCOPED[label]._meta
    for code in (CITY, OTHER, PARK):
        client = Client()
        client.force_login(everywhere.people[Role.OFFICER, code])
        page = client.get(f"/manage/{meta.app_label}/{meta.model_name}/")
        assert set(page.context["cl"].queryset.values_list("pk", flat=True)) == below(
            label, code, TABLE[label].divisions
        ), code
