"""Signed requests: what a partner's system sends, and what is refused in words and written down."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.context import called_from
from accounts.middleware import keep_signed_body, refuse_nul
from accounts.models import ApiNonce, Event, User
from accounts.roles import Role
from accounts.services.clients import IssuedKey, end_api_key, issue_api_key, sweep_nonces
from accounts.services.people import end_role
from accounts.signing import SignedRequest, sign
from accounts.workflow import verb
from carbon_portal.story import World
from kernel import clock
from registry.models import Transfer
from tests.racing import hold_open, together
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import give, person
from tests.worlds import last_event

HOLDINGS = "/api/v1/holdings"
TRANSFERS = "/api/v1/transfers"


def issued(world: World, whose: str = "owner", **more: Any) -> IssuedKey:
    """Issue a key to the maker of an organisation."""
    maker = world.people[f"{whose}-maker"]
    return issue_api_key(world.organisations[whose], maker, by=world.people["security"], **more)


@pytest.fixture
def key(world: World) -> IssuedKey:
    """A key of the owner."""
    return issued(world)


def headers(
    key: IssuedKey, method: str = "GET", path: str = HOLDINGS, body: bytes = b"", **more: Any
) -> dict[str, str]:
    """Sign as the key's holder."""
    return sign(key.key.key_id, key.secret, method, path, body, **more)


def get(sent: dict[str, str], path: str = HOLDINGS) -> Any:
    """Ask for something with these headers and nothing else."""
    return Client().get(path, headers=sent)


def assert_refused(answer: Any, code: str, *, status: int = 401, key: IssuedKey | None = None) -> None:
    """The answer is a problem document with a Chinese sentence, and an event says the same."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.json()["title"])
    event = last_event(verb="accounts.sign_request")
    assert (event.outcome, event.code, event.said) == (Event.Outcome.REFUSED, code, answer.json()["title"])
    assert (event.door, event.actor, event.request_id) == ("api", None, answer.headers["X-Request-Id"])
    assert event.object_id == (key.key.pk if key else None)


def test_a_signed_request_acts_as_the_person_of_the_key(world: World, key: IssuedKey) -> None:
    rows = get(headers(key)).json()

    assert {row["account"] for row in rows["results"]} == {world.accounts["owner"].number}
    assert ApiNonce.objects.filter(key=key.key).count() == 1


def test_a_verb_is_called_with_a_signed_body(world: World, key: IssuedKey) -> None:
    body = (
        f'{{"source": "{world.accounts["owner"].number}", "target": "{world.accounts["buyer"].number}", "quantity_t": 5}}'
    ).encode()
    sent = headers(key, "POST", TRANSFERS, body) | {"Idempotency-Key": "signed-0001"}

    answer = Client().post(TRANSFERS, body, content_type="application/json", headers=sent)

    assert answer.status_code == 201, answer.content
    assert Transfer.objects.get(pk=answer.json()["id"]).made_by == world.people["owner-maker"]
    event = last_event(verb="registry.initiate_transfer")
    assert (event.actor, event.door) == (world.people["owner-maker"], "api")


def test_an_unknown_key_is_refused(key: IssuedKey) -> None:
    for name in ("ak0000000000000000", "", "AK'; --", "a" * 33):
        with nothing_changed():
            answer = get(headers(key) | {"X-Key-Id": name})
        assert_refused(answer, "unknown_key")


@pytest.mark.parametrize("signature", ["", "0" * 64, "密", "not hexadecimal"])
def test_a_wrong_signature_is_refused_and_uses_no_number_up(key: IssuedKey, signature: str) -> None:
    sent = headers(key)
    with nothing_changed():
        answer = Client().get(HOLDINGS, headers=sent | {"X-Signature": signature.encode().decode("latin-1")})
    assert_refused(answer, "bad_signature", key=key)
    assert get(sent).status_code == 200


def test_a_signature_with_another_secret_is_refused(world: World, key: IssuedKey) -> None:
    other = issued(world, "buyer")
    with nothing_changed():
        answer = get(sign(key.key.key_id, other.secret, "GET", HOLDINGS))
    assert_refused(answer, "bad_signature", key=key)


def test_an_altered_body_is_refused(key: IssuedKey) -> None:
    sent = headers(key, "POST", TRANSFERS, b'{"quantity_t": 5}')
    with nothing_changed():
        answer = Client().post(TRANSFERS, b'{"quantity_t": 9}', content_type="application/json", headers=sent)
    assert_refused(answer, "bad_digest", key=key)


def test_an_altered_body_with_its_own_digest_is_refused(key: IssuedKey) -> None:
    sent = headers(key, "POST", TRANSFERS, b'{"quantity_t": 5}')
    altered = b'{"quantity_t": 9}'
    own = headers(key, "POST", TRANSFERS, altered)["X-Content-SHA256"]
    with nothing_changed():
        answer = Client().post(
            TRANSFERS, altered, content_type="application/json", headers=sent | {"X-Content-SHA256": own}
        )
    assert_refused(answer, "bad_signature", key=key)


@pytest.mark.parametrize(
    "signed",
    [
        ("GET", f"{HOLDINGS}?a=1"),
        ("GET", TRANSFERS),
        ("GET", f"{HOLDINGS}/"),
        ("POST", HOLDINGS),
    ],
)
def test_a_signature_for_another_address_is_refused(key: IssuedKey, signed: tuple[str, str]) -> None:
    with nothing_changed():
        answer = get(headers(key, *signed))
    assert_refused(answer, "bad_signature", key=key)


def test_the_query_is_signed_as_it_was_sent(key: IssuedKey) -> None:
    path = f"{HOLDINGS}?b=2&a=%E5%9F%8E%20x&c="
    assert get(headers(key, path=path), path).status_code == 200
    with nothing_changed():
        answer = get(headers(key, path=path), path.replace("b=2", "b=3"))
    assert_refused(answer, "bad_signature", key=key)


@pytest.mark.parametrize("off_s", [-302, 302, -86_400])
def test_an_old_or_early_request_is_refused(key: IssuedKey, off_s: int) -> None:
    now = int(clock.real_now().timestamp())
    with nothing_changed():
        answer = get(headers(key, timestamp=now + off_s))
    assert_refused(answer, "bad_timestamp", key=key)


@pytest.mark.parametrize("off_s", [-295, 295])
def test_a_clock_may_be_five_minutes_off(key: IssuedKey, off_s: int) -> None:
    assert get(headers(key, timestamp=int(clock.real_now().timestamp()) + off_s)).status_code == 200


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-1", "١٧٠٠٠٠٠٠٠٠", "9" * 400])
def test_a_timestamp_that_is_none_is_refused(key: IssuedKey, timestamp: str) -> None:
    with nothing_changed():
        answer = get(headers(key) | {"X-Timestamp": timestamp})
    assert_refused(answer, "bad_timestamp", key=key)


@pytest.mark.parametrize("nonce", ["short", "a" * 65, "with space 000000000", "汉字汉字汉字汉字汉字汉字汉字汉字"])
def test_a_nonce_has_its_shape(key: IssuedKey, nonce: str) -> None:
    with nothing_changed():
        answer = get(headers(key, nonce=nonce))
    assert_refused(answer, "bad_nonce", key=key)


def test_a_request_seen_before_is_refused(key: IssuedKey) -> None:
    sent = headers(key)
    assert get(sent).status_code == 200
    with nothing_changed():
        answer = get(sent)
    assert_refused(answer, "nonce_replayed", key=key)
    assert get(headers(key)).status_code == 200


def test_two_partners_may_happen_on_one_number(world: World, key: IssuedKey) -> None:
    nonce = "the-same-number-0001"
    assert get(headers(key, nonce=nonce)).status_code == 200
    assert get(headers(issued(world, "buyer"), nonce=nonce)).status_code == 200


def test_eight_times_the_same_request_at_once_is_taken_once(committed_world: World) -> None:
    key = issued(committed_world)
    sent = headers(key)

    answers = together(*[lambda: get(sent).status_code] * 8)

    assert sorted(answers) == [200] + [401] * 7
    assert Event.objects.filter(verb="accounts.sign_request", code="nonce_replayed").count() == 7


@verb("office.move_clock")
def _authenticate(sent: dict[str, str], *, by: User) -> Any:
    """Authenticate inside a transaction that the race holds open."""
    request = RequestFactory().get(HOLDINGS, headers=sent)
    with called_from("api"):
        return keep_signed_body(lambda kept: SignedRequest().authenticate(Request(kept)))(request)  # type: ignore[arg-type,return-value]


def test_a_replay_waits_for_the_first_and_is_refused(committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = issued(committed_world)
    sent = headers(key)

    first, second = hold_open(*[lambda: _authenticate(sent, by=committed_world.system)] * 2, monkeypatch=monkeypatch)

    assert first[1] == key.key
    assert second.get_codes() == "nonce_replayed"
    assert ApiNonce.objects.count() == 1


def test_an_ended_key_signs_nothing_more(world: World, key: IssuedKey) -> None:
    end_api_key(key.key, by=world.people["security"], reason="人员离岗")

    with nothing_changed():
        answer = get(headers(key))

    assert_refused(answer, "key_ended", key=key)
    refused(end_api_key, key.key, by=world.people["security"], code="key_ended")


def test_a_key_ends_by_itself_on_its_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = issued(world, valid_to=clock.now() + timedelta(seconds=1))
    assert get(headers(key)).status_code == 200
    ahead = clock.offset() + timedelta(seconds=2)
    monkeypatch.setattr(clock, "_source", lambda: ahead)
    assert_refused(get(headers(key)), "key_ended", key=key)
    refused(
        issue_api_key,
        world.organisations["owner"],
        world.people["owner-maker"],
        by=world.people["security"],
        valid_to=clock.now() - timedelta(days=1),
        code="key_period",
    )


def test_the_key_of_a_person_who_left_signs_nothing_more(world: World, key: IssuedKey) -> None:
    User.objects.filter(pk=world.people["owner-maker"].pk).update(is_active=False)

    assert_refused(get(headers(key)), "key_ended", key=key)


def test_without_the_role_the_key_opens_nothing(world: World, key: IssuedKey) -> None:
    end_role(world.people["owner-maker"].grants.get(), by=world.people["security"])

    assert get(headers(key)).json()["results"] == []


def test_a_key_reaches_its_own_organisation_only(world: World) -> None:
    both = world.people["owner-maker"]
    give(world, both, Role.MAKER, organisation=world.organisations["buyer"])
    key = issued(world, "buyer")
    of_both = issue_api_key(world.organisations["owner"], both, by=world.people["security"])

    seen = {row["account"] for row in get(headers(key)).json()["results"]}
    of_owner = {row["account"] for row in get(headers(of_both)).json()["results"]}

    assert seen == {world.accounts["buyer"].number}
    assert of_owner == {world.accounts["owner"].number}
    body = f'{{"source": "{world.accounts["buyer"].number}", "target": "{world.accounts["owner"].number}", "quantity_t": 1}}'
    sent = headers(of_both, "POST", TRANSFERS, body.encode()) | {"Idempotency-Key": "signed-0002"}
    with nothing_changed(but={"accounts_apinonce"}):
        answer = Client().post(TRANSFERS, body, content_type="application/json", headers=sent)
    assert answer.status_code in (400, 403)


def test_the_secret_is_shown_once_and_kept_sealed(world: World, key: IssuedKey) -> None:
    assert key.secret not in str(vars(key.key))
    event = last_event(verb="accounts.issue_api_key")
    assert event.object_label == key.key.key_id
    assert key.secret not in str(vars(event))


def test_only_administrator_and_operator_issue_and_end_in_their_division(world: World, key: IssuedKey) -> None:
    owner, maker = world.organisations["owner"], world.people["owner-maker"]
    division = world.people["officer"].grants.get().division
    operator = person(world, "operator-here", Role.OPERATOR, division=division)
    elsewhere = person(
        world, "operator-there", Role.OPERATOR, division=world.people["other-officer"].grants.get().division
    )

    for who in ("officer", "registrar", "owner-maker", "verifier"):
        forbidden(issue_api_key, owner, maker, by=world.people[who])
        forbidden(end_api_key, key.key, by=world.people[who])
    forbidden(issue_api_key, owner, maker, by=elsewhere)
    forbidden(end_api_key, key.key, by=elsewhere)
    assert get(headers(issue_api_key(owner, maker, by=operator))).status_code == 200


def test_a_key_acts_as_somebody_of_the_organisation(world: World) -> None:
    for who in ("buyer-maker", "officer"):
        refused(
            issue_api_key,
            world.organisations["owner"],
            world.people[who],
            by=world.people["security"],
            code="not_of_organisation",
        )


def test_numbers_are_forgotten_after_an_hour(key: IssuedKey, monkeypatch: pytest.MonkeyPatch) -> None:
    get(headers(key))
    assert sweep_nonces() == 0
    later = clock.real_now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    assert sweep_nonces() == 1


class Take(APIView):
    """Takes a file raw or as a part, as the doors of partners do."""

    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        """Say what arrived."""
        part = request.FILES["file"] if (request.content_type or "").startswith("multipart/") else None
        content = part.read() if part else request.body
        return Response({"bytes": len(content), "who": request.auth.organisation.name if request.auth else ""})


def _through(request: HttpRequest) -> Any:
    """Pass a request through the two middlewares that look at bodies, to the door."""
    request.user = AnonymousUser()  # type: ignore[assignment]
    view = Take.as_view()

    def door(kept: HttpRequest) -> Any:
        refuse_nul(lambda _r: None).process_view(kept, view, (), {})  # type: ignore[attr-defined,arg-type,return-value]
        return view(kept)

    with called_from("api", request_id="here"):
        answer = keep_signed_body(door)(request)
    return answer


def test_a_raw_gzip_of_many_megabytes_is_taken_whole(key: IssuedKey, world: World) -> None:
    body = gzip.compress(bytes(range(256)) * 4096, 0) * 12  # 12 MB: over the limit of forms, under that of files
    path = "/api/v1/take?file=trips.csv.gz&mapping=%7B%7D"
    sent = headers(key, "POST", path, body)

    answer = _through(RequestFactory().post(path, body, content_type="application/gzip", headers=sent))

    assert answer.data == {"bytes": len(body), "who": world.organisations["owner"].name}


def test_a_multipart_body_is_signed_as_it_was_sent(key: IssuedKey) -> None:
    content = b"a,b\n" * 2_000_000
    plain = RequestFactory().post("/api/v1/take", {"file": SimpleUploadedFile("trips.csv", content)})
    body, kind = plain.read(), plain.META["CONTENT_TYPE"]
    sent = headers(key, "POST", "/api/v1/take", body)

    answer = _through(RequestFactory().generic("POST", "/api/v1/take", body, content_type=kind, headers=sent))

    assert answer.data["bytes"] == len(content)


def test_a_body_larger_than_a_file_may_be_is_not_read(key: IssuedKey, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    body = bytes(2**20 + 2**17)
    sent = headers(key, "POST", "/api/v1/take", body)

    request = RequestFactory().post("/api/v1/take", body, content_type="application/gzip", headers=sent)
    answer = _through(request)

    assert (answer.status_code, answer.data["code"]) == (413, "body_too_large")
    assert not hasattr(request, "_body")


def test_without_a_key_the_session_decides_and_nothing_is_read(world: World) -> None:
    request = RequestFactory().post("/api/v1/take", b"x" * 100, content_type="application/gzip")

    assert _through(request).status_code == 401
    assert not hasattr(request, "_body")
    assert SessionAuthentication in APIView.authentication_classes
