"""Requests made up from the description: none breaks the portal, and each answer is one that is described.

Half fit the description, with rows of the world where an address names one, half do not. Always the same ones, so that a failure
can be had again; ``FUZZ_EXAMPLES`` asks for more of them by hand.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils.encoding import escape_uri_path, repercent_broken_unicode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    ignored_auth,
    missing_required_header,
    positive_data_acceptance,
    use_after_free,
)

from accounts.services.clients import IssuedKey, issue_api_key
from accounts.signing import sign
from carbon_portal.reference import description
from carbon_portal.story import World
from registry.models import Batch, Retirement, Transfer
from scenarios.models import Upload
from tests import riding
from tests.trading.stages import agreement_in
from tests.venues import connected, taken_in

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
# Names that fit the description and name nothing are refused all the same; who does not sign is tried below.
NOT_NOW = [
    positive_data_acceptance,
    ignored_auth,
    use_after_free,
    ensure_resource_availability,
    missing_required_header,
]
ANYTHING = {
    "/api/v1/methods/{number}"
}  # whatever stands in this address is a number of no method, and there is nothing else
PLACES = ("id", "number", "serial")  # what in an address names a row
OPERATIONS = [(method, path) for path, methods in description("zh-hans")["paths"].items() for method in sorted(methods)]


class Signing:
    """A WSGI application before the portal that signs whatever comes, as a partner's system would."""

    def __init__(self, key: IssuedKey) -> None:
        self.key, self.portal = key, WSGIHandler()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Sign the request as it stands in its line, and pass it on."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        query = environ.get("QUERY_STRING", "")
        line = _escaped(environ["PATH_INFO"]) + (f"?{query}" if query else "")
        for name, value in sign(self.key.key.key_id, self.key.secret, environ["REQUEST_METHOD"], line, body).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return self.portal(environ, start_response)


def _escaped(path: str) -> str:
    return escape_uri_path(repercent_broken_unicode(path.encode("latin-1")).decode())


def _application(world: World, path: str) -> Signing:
    """Sign as a partner what partners call, and as a person of the owner everything else."""
    if path.startswith(("/api/v1/uploads", "/api/v1/links")):
        partner = riding.platform(world, scenes=[riding.scene()])
        user = riding.interface(partner)
        return Signing(issue_api_key(partner.organisation, user, by=world.people["security"]))
    if path.startswith("/api/v1/venue/"):
        venue = connected(world)
        taken_in(world, venue, 100)
        return Signing(issue_api_key(venue.organisation, world.people["exchange"], by=world.people["security"]))
    who = "owner-checker" if path.endswith("{step}") else "owner-maker"
    return Signing(issue_api_key(world.organisations["owner"], world.people[who], by=world.people["security"]))


def _rows(world: World, path: str) -> list[str]:
    """Return what may stand in an address: rows there are, and one there is none of."""
    if "/accounts/" in path:
        return [account.number for account in world.accounts.values()] + ["CH990199999999"]
    if "/serials/" in path:
        return [batch.serial for batch in Batch.objects.all()]
    if "agreements" in path:
        return [str(agreement_in(world, state).pk) for state in ("CONFIRMING", "OFFERED")] + ["7"]
    if "venue-orders" in path:
        order = taken_in(world, connected(world), 5)
        return [str(order.pk), "70707"]
    model: Any = {"transfers": Transfer, "retirements": Retirement, "uploads": Upload}[path.split("/")[3]]
    return [str(pk) for pk in model.objects.values_list("pk", flat=True)] + ["70707"]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's transaction open between requests, as the test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
@pytest.mark.usefixtures("one_connection")
def test_nothing_made_up_breaks_a_door(world: World, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(copy.deepcopy(description("zh-hans")))
    schema.app = _application(world, path)
    operation = schema[path][method.upper()]
    place = next((name for name in PLACES if f"{{{name}}}" in path and "/methods/" not in path), "")
    known = _rows(world, path) if place else []

    def run(mode: GenerationMode) -> None:
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode), pick=st.integers(0, 5))
        def one(case: Any, pick: int) -> None:
            if known and mode is GenerationMode.POSITIVE and pick < len(known):
                case.path_parameters[place] = known[pick]
            case.call_and_validate(excluded_checks=NOT_NOW)

        one()

    run(GenerationMode.POSITIVE)
    if path not in ANYTHING:
        run(GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_who_does_not_sign_is_told_so_unless_the_door_is_for_everybody(world: World, method: str, path: str) -> None:
    ways = description("zh-hans")["paths"][path][method].get("security", [{}])
    address = path.replace("{id}", "1").replace("{step}", "confirm").replace("methods/{number}", "methods/QD-2021-004")
    answer = getattr(APIClient(), method)(address.replace("{number}", "CH990100000012"), {}, format="json")
    if {} in ways:
        assert answer.status_code in (200, 400, 403, 404, 409)
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
