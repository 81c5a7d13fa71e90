"""Awarding and revoking: what a certificate holds for ever, and what the database refuses to change."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import Event, User
from certificates.models import Certificate, LogLeaf
from certificates.services.certificates import award, leaf_payload, revoke, revoke_for
from certificates.states import Kind, State
from kernel import identifiers
from kernel.digest import canonical, leaf_hash, sm3
from kernel.rules import RuleViolation
from tests.certificates.samples import FACTS, awarded, registrar
from tests.worlds import as_owner

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", Kind.values)
def test_a_certificate_has_number_snapshot_digest_and_leaf(kind: str) -> None:
    certificate = awarded(kind)
    certificate.refresh_from_db()
    assert identifiers.check_certificate_no(certificate.number)
    assert certificate.number.startswith("TPH990100")
    assert certificate.snapshot.items() >= FACTS[kind].items()
    assert certificate.snapshot["holder_name"] == certificate.holder_name
    assert certificate.digest == sm3(canonical(certificate.snapshot))
    leaf = LogLeaf.objects.get(kind="certificate", subject=certificate.number)
    assert leaf.leaf_hash == leaf_hash(leaf_payload(certificate)).hex()
    assert set(json.loads(leaf_payload(certificate))) == {"number", "kind", "digest", "issued_on"}
    assert Event.objects.filter(verb="certificates.award", object_id=certificate.pk).exists()


def test_numbers_of_a_day_run_on_without_a_gap() -> None:
    one, other = awarded(Kind.REGISTRATION), awarded(Kind.RETIREMENT)
    assert int(other.number[17:23]) == int(one.number[17:23]) + 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"quantity_t": None}, "quantity_t"),
        ({"quantity_t": 0}, "quantity_t"),
        ({"quantity_t": "722"}, "quantity_t"),
        ({"serials": []}, "serials"),
        ({"colour": "green"}, "colour"),
        ({"quantity_t": 722.0}, "float"),
    ],
)
def test_a_snapshot_that_is_not_whole_is_refused(changes: dict[str, Any], named: str) -> None:
    before = LogLeaf.objects.count()
    with pytest.raises(RuleViolation) as refused:
        awarded(Kind.ISSUANCE, **changes)
    assert refused.value.code == "bad_snapshot"
    assert named in str(refused.value)
    assert LogLeaf.objects.count() == before


def test_a_missing_fact_is_named() -> None:
    certificate = awarded(Kind.RETIREMENT)
    short = {name: value for name, value in FACTS[Kind.ISSUANCE].items() if name != "batch"}
    with pytest.raises(RuleViolation, match="batch"):
        award(
            Kind.ISSUANCE,
            division=certificate.division,
            holder_name="甲",
            snapshot=short,
            subject=certificate,
            by=registrar(),
        )


def test_a_decimal_is_kept_as_its_text() -> None:
    assert awarded(capacity_kw=Decimal("100.80")).snapshot["capacity_kw"] == "100.80"


def test_a_name_that_has_no_room_is_refused() -> None:
    with pytest.raises(RuleViolation) as refused:
        awarded(holder_name="长" * 49)
    assert refused.value.code == "name_too_long"
    assert "49" in str(refused.value)


def test_a_character_that_cannot_be_printed_is_refused_before_anything_is_written() -> None:
    before = Certificate.objects.count()
    with pytest.raises(RuleViolation) as refused:
        awarded(Kind.RETIREMENT, beneficiary="王𬎆")
    assert refused.value.code == "rare_character"
    assert Certificate.objects.count() == before


def test_one_thing_has_one_valid_certificate_of_a_kind() -> None:
    awarded()
    with pytest.raises(IntegrityError, match="certificate_one_valid"), transaction.atomic():
        awarded()


def test_after_a_revocation_another_may_be_awarded() -> None:
    first = awarded()
    revoke(first, by=registrar(), reason="装机容量写错")
    assert awarded().number != first.number


def test_revoking_keeps_when_and_why_and_is_logged() -> None:
    certificate = revoke(awarded(), by=registrar(), reason="  数据不实  ")
    certificate.refresh_from_db()
    assert certificate.state == State.REVOKED
    assert certificate.revoked_at is not None
    assert certificate.revoked_reason == "数据不实"
    assert LogLeaf.objects.filter(kind="revocation", subject=certificate.number).exists()
    event = Event.objects.filter(verb="certificates.revoke", object_id=certificate.pk).first()
    assert event is not None
    assert (event.from_state, event.to_state) == ("VALID", "REVOKED")


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_revocation_without_a_reason_is_refused(reason: str) -> None:
    certificate = awarded()
    with pytest.raises(RuleViolation) as refused:
        revoke(certificate, by=registrar(), reason=reason)
    assert refused.value.code == "no_reason"
    certificate.refresh_from_db()
    assert certificate.state == State.VALID


def test_a_certificate_is_revoked_once() -> None:
    certificate = revoke(awarded(), by=registrar(), reason="数据不实")
    with pytest.raises(RuleViolation) as refused:
        revoke(certificate, by=registrar(), reason="另一个原因")
    assert refused.value.code == "wrong_state"


@pytest.mark.parametrize("username", ["officer", "owner-maker", "verifier"])
def test_only_the_registrar_revokes(username: str) -> None:
    certificate = awarded()
    with pytest.raises(PermissionDenied):
        revoke(certificate, by=User.objects.get(username=username), reason="数据不实")
    certificate.refresh_from_db()
    assert certificate.state == State.VALID


def test_what_certifies_a_thing_is_revoked_with_it() -> None:
    one, other = awarded(Kind.REGISTRATION), awarded(Kind.RETIREMENT)
    revoked = revoke_for(one.division, by=registrar(), reason="撤销登记")
    assert {certificate.pk for certificate in revoked} == {one.pk, other.pk}
    assert revoke_for(one.division, by=registrar(), reason="撤销登记") == []


@pytest.mark.parametrize("column", ["number", "kind", "holder_name", "digest", "issued_on", "snapshot", "subject_id"])
def test_what_a_certificate_says_cannot_be_changed(column: str) -> None:
    certificate = awarded()
    other = {
        "number": identifiers.certificate_no("990100", certificate.issued_on, 999_999),
        "kind": Kind.ISSUANCE,
        "digest": "0" * 64,
        "issued_on": "2020-01-01",
        "snapshot": {**certificate.snapshot, "capacity_kw": "9000"},
        "subject_id": 0,
    }.get(column, "别人")
    with pytest.raises(IntegrityError, match="certificate_fixed"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**{column: other})


def test_no_certificate_is_deleted_even_by_the_owner_of_the_database() -> None:
    certificate = awarded()
    with as_owner(), pytest.raises(IntegrityError, match="certificate_fixed"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).delete()


def test_a_revoked_certificate_never_comes_back() -> None:
    certificate = revoke(awarded(), by=registrar(), reason="数据不实")
    back = {"state": State.VALID, "revoked_at": None, "revoked_reason": ""}
    with pytest.raises(IntegrityError, match="certificate_moves"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**back)


def test_why_it_was_revoked_is_not_rewritten() -> None:
    certificate = revoke(awarded(), by=registrar(), reason="数据不实")
    with pytest.raises(IntegrityError, match="certificate_revoked_once"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(revoked_reason="持有人申请")


def test_the_database_wants_when_and_why_with_a_revocation() -> None:
    certificate = awarded()
    with pytest.raises(IntegrityError, match="certificate_revoked_says_why"), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(state=State.REVOKED)


@pytest.mark.parametrize(
    ("column", "value", "guard"),
    [("number", "TPH1", "certificate_number_shape"), ("digest", "xyz", "certificate_digest_shape")],
)
def test_number_and_digest_have_their_shape(column: str, value: str, guard: str) -> None:
    certificate = awarded()
    certificate.pk, certificate.kind = None, Kind.ISSUANCE
    certificate.number = identifiers.certificate_no("990100", certificate.issued_on, 999_999)
    setattr(certificate, column, value)
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        certificate.save(force_insert=True)
