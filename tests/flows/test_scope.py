"""Who sees which rows: a district its own, a park below it, a city its districts, a province all of them; in every list alike.

One table, written by hand, says where each row lies. Every model with ``visible_to`` must be in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.test import Client, RequestFactory

from accounts.desk import ReadOnly
from accounts.models import Division, Organisation, User
from accounts.roles import STAFF, Role
from accounts.services.people import grant_role, portal_user, register_person
from projects.models import Project
from scenarios.models import Citizen
from tests import databases
from tests.architecture.names import our_models

SCOPED = {model._meta.label: model for model in our_models() if hasattr(getattr(model, "objects", None), "visible_to")}
# Model → the lookups of the divisions a row lies in.
LIES_IN: dict[str, tuple[str, ...]] = {
    "accounts.ApiKey": ("organisation__division",),
    "accounts.Attachment": ("organisation__division",),
    "accounts.Organisation": ("division",),
    "accounts.RoleGrant": ("division", "organisation__division"),
    "accounts.RoleProposal": ("division", "organisation__division"),
    "accounts.SecondFactorReset": ("user__grants__division", "user__grants__organisation__division"),
    "certificates.Certificate": ("division",),
    "projects.MonitoringPeriod": ("project__division",),
    "projects.Project": ("division",),
    "registry.Block": ("holder__organisation__division",),
    "registry.HoldingAccount": ("organisation__division",),
    "registry.Journal": ("opened__holder__organisation__division",),
    "registry.Retirement": ("account__organisation__division",),
    "registry.Transfer": ("source__organisation__division",),
    "rewards.Cashier": ("merchant__organisation__division",),
    "rewards.Coupon": ("offer__merchant__organisation__division",),
    "rewards.CouponUse": ("coupon__offer__merchant__organisation__division",),
    "rewards.Merchant": ("organisation__division",),
    "rewards.MerchantDevice": ("merchant__organisation__division",),
    "rewards.Offer": ("merchant__organisation__division",),
    "rewards.PointAccount": ("citizen__division",),
    "rewards.ProceedsPool": ("division",),
    "scenarios.Act": ("citizen__division",),
    "scenarios.Citizen": ("division",),
    "scenarios.ClaimBatch": ("partner__organisation__division",),
    "scenarios.Consent": ("citizen__division",),
    "scenarios.Partner": ("organisation__division",),
    "scenarios.PersonalStatement": ("citizen__division",),
    "scenarios.Upload": ("partner__organisation__division",),
    "trading.Agreement": ("seller__organisation__division",),
    "trading.BankMessage": ("instruction__agreement__seller__organisation__division",),
    "trading.CashInstruction": ("agreement__seller__organisation__division",),
    "trading.EmissionItem": ("event__organiser__division",),
    "trading.NeutralEvent": ("organiser__division",),
}
PROVINCE, CITY, OTHER, DISTRICT, PARK = "99", "9901", "9902", "990101", "990101P01"
PLACES = (PROVINCE, CITY, OTHER, DISTRICT, PARK)
LISTS = (("/api/v1/transfers", "registry.Transfer"), ("/api/v1/retirements", "registry.Retirement"))


@pytest.fixture(scope="module")
def everywhere(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[tuple[str, str], User]]:
    """The whole story, with the owner and his project in a park, a rider in the district, and people of every role everywhere."""
    with django_db_blocker.unblock():
        name = databases.clone("scope", "city")
        with databases.pointing_at(name):
            ContentType.objects.clear_cache()
            yield _people()
        databases.drop(name)


def _people() -> dict[tuple[str, str], User]:
    district, by = Division.objects.get(code=DISTRICT), portal_user()
    park = Division.objects.create(code=PARK, name="城南低碳产业园", parent=district, path=f"{district.path}.{PARK}")
    owner = Organisation.objects.get(uscc="91990100MA5C00015U")
    Organisation.objects.filter(pk=owner.pk).update(division=park)
    Project.objects.filter(owner=owner).update(division=park)
    Citizen.objects.filter(pk=Citizen.objects.order_by("pk").values("pk")[:1]).update(division=district)
    people = {}
    for role in sorted(STAFF):
        for code in PLACES:
            user = register_person(username=f"{role}-{code}", full_name=role, password="Long-enough-1", by=by)
            grant_role(user, role, division=Division.objects.get(code=code), by=by)
            people[role, code] = user
    return people


def below(label: str, code: str) -> set[Any]:
    """Return the keys of the rows that lie in a division or below it."""
    path, within = Division.objects.get(code=code).path, Q(pk__in=[])
    for lookup in LIES_IN[label]:
        within |= Q(**{f"{lookup}__path": path}) | Q(**{f"{lookup}__path__startswith": f"{path}."})
    return set(SCOPED[label]._base_manager.filter(within).values_list("pk", flat=True))


def seen(model: type[Model], user: User) -> set[Any]:
    """Return the keys of the rows a person sees."""
    return set(model.objects.visible_to(user).values_list("pk", flat=True))  # type: ignore[attr-defined]


def test_every_model_with_a_scope_is_in_the_table() -> None:
    assert LIES_IN.keys() == SCOPED.keys()


@pytest.mark.parametrize("label", sorted(LIES_IN))
def test_every_role_sees_its_division_and_what_is_below(everywhere: dict[tuple[str, str], User], label: str) -> None:
    """The rows themselves and every list of the office, for all roles and places; an auditor sees all rows."""
    model = SCOPED[label]
    everything = set(model._base_manager.values_list("pk", flat=True))
    for (role, code), user in everywhere.items():
        wanted = everything if role == Role.AUDITOR else below(label, code) | _strays(label)
        assert seen(model, user) == wanted, (role, code)
        for shown, desk in admin.site._registry.items():
            if shown._meta.concrete_model is model and isinstance(desk, ReadOnly):
                request = RequestFactory().get("/")
                request.user = user
                listed = set(desk.get_queryset(request).values_list("pk", flat=True))
                assert listed <= wanted, (role, code, desk)
                if type(desk).get_queryset is ReadOnly.get_queryset:
                    assert listed == wanted, (role, code, desk)


def _strays(label: str) -> set[Any]:
    """Return the keys of messages of the bank that name no instruction of ours: they are on every division's desk."""
    if label != "trading.BankMessage":
        return set()
    return set(SCOPED[label]._base_manager.filter(instruction=None).values_list("pk", flat=True))


def test_the_story_has_rows_to_tell_apart(everywhere: dict[tuple[str, str], User]) -> None:
    """Else the table above would compare nothing with nothing."""
    for label in ("projects.Project", "registry.Block", "registry.Transfer", "trading.Agreement", "scenarios.Citizen"):
        counts = [len(below(label, code)) for code in (PROVINCE, CITY, DISTRICT, PARK, OTHER)]
        assert counts == sorted(counts, reverse=True), label
        assert counts[1] > 0, label
    assert below("projects.Project", PARK)
    assert below("scenarios.Citizen", DISTRICT) > below("scenarios.Citizen", PARK)


@pytest.mark.parametrize(("address", "label"), LISTS)
def test_the_api_lists_the_same_rows(everywhere: dict[tuple[str, str], User], address: str, label: str) -> None:
    for code in PLACES:
        client = Client()
        client.force_login(everywhere[Role.REGISTRAR, code])
        body = client.get(address).json()
        listed = {row["id"] for row in (body["results"] if isinstance(body, dict) else body)}
        assert listed == below(label, code), code


@pytest.mark.parametrize("label", ["projects.Project", "registry.HoldingAccount", "accounts.Organisation"])
def test_the_page_of_the_office_lists_the_same_rows(everywhere: dict[tuple[str, str], User], label: str) -> None:
    meta = SCOPED[label]._meta
    for code in PLACES:
        client = Client()
        client.force_login(everywhere[Role.OFFICER, code])
        page = client.get(f"/manage/{meta.app_label}/{meta.model_name}/")
        assert set(page.context["cl"].queryset.values_list("pk", flat=True)) == below(label, code), code
