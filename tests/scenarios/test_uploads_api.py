"""The partner's door: a file is sent as it is, signed, and comes back as counts and reasons."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import Attachment
from accounts.services.clients import issue_api_key
from accounts.signing import sign
from carbon_portal.story import World
from scenarios.models import Partner, Scene, Upload
from scenarios.services.ingestion import settle_waiting
from tests import riding
from tests.refusals import nothing_changed
from tests.riding import ago, csv_of, ride

pytestmark = pytest.mark.django_db


class Door:
    """A partner's system with its key."""

    def __init__(self, world: World, partner: Partner, scene: Scene) -> None:
        self.partner, self.scene = partner, scene
        self.key, self.secret = _new_key(world, partner)

    def post(self, content: bytes, *, key: str = "upload-0001", **changed: Any) -> Any:
        """Send a file."""
        query = {"scene": self.scene.code, "name": "a.csv.gz", "mapping": json.dumps(riding.MAPPING), **changed}
        path = f"/api/v1/uploads?{urlencode(query)}"
        headers = {**sign(self.key, self.secret, "POST", path, content), "Idempotency-Key": key}
        return Client().post(path, content, content_type="application/gzip", headers=headers)

    def get(self, path: str) -> Any:
        """Ask."""
        return Client().get(path, headers=sign(self.key, self.secret, "GET", path))


def _new_key(world: World, partner: Partner) -> tuple[str, str]:
    issued = issue_api_key(partner.organisation, riding.interface(partner), by=world.people["security"])
    return issued.key.key_id, issued.secret


@pytest.fixture
def door(world: World) -> Door:
    """A platform with one rider, "anna", whose consent reaches back."""
    one = riding.historic()
    partner = riding.platform(world, scenes=[one])
    riding.rider(world, "anna", (partner, one), since=ago(days=9))
    return Door(world, partner, one)


def test_from_the_signed_file_to_the_reasons(door: Door) -> None:
    """Sent, settled, asked for, and the refused rows fetched with what they said."""
    content = csv_of(
        ride("anna", "t1", ago(days=2)), ride("=anna", "t2", ago(days=2)), ride("anna", "t3", ago(days=1), 0)
    )
    answer = door.post(content)
    assert answer.status_code == 202
    number = answer.json()["number"]
    assert answer.json()["state"] == "RECEIVED"
    settle_waiting()
    told = door.get(f"/api/v1/uploads/{number}").json()
    assert (told["state"], told["sent"], told["accepted"], told["refused"], told["saved_mg"]) == (
        "SETTLED",
        3,
        1,
        2,
        1_003_600,
    )
    lines = b"".join(door.get(f"/api/v1/uploads/{number}/refusals").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines)))
    assert [(row["row"], row["code"], row["subject"], row["trip"]) for row in rows] == [
        ("2", "unknown_subject", "'=anna", "t2"),  # no formula for a spreadsheet
        ("3", "zero_duration", "anna", "t3"),
    ]
    assert rows[1]["reason"] == "用时为零"
    assert [one["number"] for one in door.get("/api/v1/uploads").json()["results"]] == [number]


def test_the_same_key_and_file_is_the_same_upload(door: Door) -> None:
    content = csv_of(ride("anna", "t1", ago(days=2)))
    first = door.post(content).json()
    assert door.post(content).json() == first
    assert door.post(csv_of(ride("anna", "t2", ago(days=2)))).status_code == 422
    assert (Upload.objects.count(), Attachment.objects.filter(organisation=door.partner.organisation).count()) == (1, 2)
    assert door.post(content, key="upload-0002").json()["number"] != first["number"]


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"scene": "nowhere"}, 400, "scene"),
        ({"mapping": "not json"}, 400, "mapping"),
        ({"mapping": "[1]"}, 400, "mapping"),
        ({"mapping": '{"a": 1}'}, 400, "mapping"),
        ({"mapping": '{"a": "trip", "a": "subject"}'}, 400, "mapping"),
        ({"mapping": '{"a": "trip", "b": "trip"}'}, 409, "bad_mapping"),
        ({"name": ""}, 400, "name"),
        ({"key": "short"}, 400, "Idempotency-Key"),
    ],
)
def test_a_request_of_the_wrong_shape(door: Door, changed: dict[str, str], status: int, field: str) -> None:
    """It is told what to change, and no upload is queued."""
    answer = door.post(csv_of(ride("anna", "t1", ago(days=2))), **changed)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert field in (answer.json()["code"], *(error["field"] for error in answer.json().get("errors", ())))
    assert not Upload.objects.exists()


def test_another_platform_sees_nothing_of_it(door: Door, world: World) -> None:
    number = door.post(csv_of(ride("anna", "t1", ago(days=2)))).json()["number"]
    other = Door(world, riding.platform(world, "map", scenes=[door.scene]), door.scene)
    with nothing_changed(but={"accounts_apinonce"}):
        assert other.get("/api/v1/uploads").json() == {"results": [], "next": None}
        assert other.get(f"/api/v1/uploads/{number}").status_code == 404
        assert other.get(f"/api/v1/uploads/{number}/refusals").status_code == 404


def test_an_altered_file_is_not_taken(door: Door) -> None:
    """The signature covers body and query."""
    content = csv_of(ride("anna", "t1", ago(days=2)))
    path = "/api/v1/uploads?scene=winter&name=a&mapping=" + urlencode({"": json.dumps(riding.MAPPING)})[1:]
    headers = {**sign(door.key, door.secret, "POST", path, content), "Idempotency-Key": "upload-0001"}
    for sent, to in ((content + b"x", path), (content, path.replace("name=a", "name=b"))):
        answer = Client().post(to, sent, content_type="application/gzip", headers=headers)
        assert answer.status_code == 401
        assert not Upload.objects.exists()
    assert Client().post(path, content, content_type="application/gzip").status_code in (401, 403)
    ok = Client().post(path, content, content_type="application/gzip", headers=headers)
    assert ok.status_code == 202
    assert (
        Client().post(path, content, content_type="application/gzip", headers=headers).json()["code"]
        == "nonce_replayed"
    )
