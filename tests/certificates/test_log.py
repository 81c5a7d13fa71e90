"""The transparency log: it only grows, without a gap, and its signer refuses a rewritten history."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client

from certificates.models import LogHead, LogLeaf
from certificates.services import log, signing
from kernel import digest
from kernel.rules import RuleViolation
from tests.worlds import as_owner


def appended(count: int, start: int = 0) -> list[LogLeaf]:
    """Append sample leaves."""
    return [log.append("sample", f"s{start + at}", f"payload {start + at}".encode()) for at in range(count)]


@pytest.mark.django_db
def test_positions_run_on_without_a_gap() -> None:
    before = LogLeaf.objects.count()
    leaves = appended(5)
    assert [leaf.position for leaf in leaves] == list(range(before, before + 5))
    assert leaves[0].leaf_hash == digest.leaf_hash(b"payload 0").hex()


@pytest.mark.django_db
def test_the_same_leaf_twice_is_one_leaf() -> None:
    assert log.append("sample", "s", b"one").position == log.append("sample", "s", b"one").position


@pytest.mark.django_db
def test_another_content_for_the_same_thing_is_refused() -> None:
    log.append("sample", "s", b"one")
    with pytest.raises(RuleViolation) as refused:
        log.append("sample", "s", b"other")
    assert refused.value.code == "already_logged"


@pytest.mark.django_db
@pytest.mark.parametrize("step", [1, 7])
def test_a_gap_is_refused_by_the_database(step: int) -> None:
    last = appended(1)[0]
    with pytest.raises(IntegrityError, match="log_leaf_contiguous"), transaction.atomic():
        LogLeaf.objects.create(position=last.position + 1 + step, kind="sample", subject="gap", leaf_hash="0" * 64)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_leaf_is_never_changed_even_by_the_owner_of_the_database(act: str) -> None:
    leaf = LogLeaf.objects.filter(pk=appended(1)[0].pk)
    with as_owner(), pytest.raises(IntegrityError, match="log_leaf_append_only"), transaction.atomic():
        leaf.update(leaf_hash="0" * 64) if act == "update" else leaf.delete()


@pytest.mark.django_db
def test_the_portal_itself_has_no_right_to_change_a_leaf() -> None:
    leaf = LogLeaf.objects.filter(pk=appended(1)[0].pk)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        leaf.update(leaf_hash="0" * 64)


@pytest.mark.django_db
def test_one_thing_has_one_leaf_in_the_database_too() -> None:
    leaf = appended(1)[0]
    with pytest.raises(IntegrityError, match="log_leaf_once"), transaction.atomic():
        LogLeaf.objects.create(position=leaf.position + 1, kind="sample", subject="s0", leaf_hash="0" * 64)


@pytest.mark.django_db
def test_a_leaf_hash_has_its_shape() -> None:
    leaf = appended(1)[0]
    with pytest.raises(IntegrityError, match="log_leaf_hash_shape"), transaction.atomic():
        LogLeaf.objects.create(position=leaf.position + 1, kind="sample", subject="bad", leaf_hash="xyz")


@pytest.mark.django_db
def test_a_head_is_signed_and_proves_every_leaf() -> None:
    appended(6)
    head = log.seal()
    assert head is not None
    assert log.is_signed(head)
    assert head.size == LogLeaf.objects.count()
    for leaf in LogLeaf.objects.all():
        path = log.inclusion(leaf, head)
        assert log.included(leaf.leaf_hash, leaf.position, head, path)
        assert not log.included("0" * 64, leaf.position, head, path)


@pytest.mark.django_db
def test_without_new_leaves_no_new_head_is_signed() -> None:
    appended(1)
    one, other = log.seal(), log.seal()
    assert one is not None
    assert other is not None
    assert one.pk == other.pk


@pytest.mark.django_db
def test_a_later_head_is_proved_to_continue_an_earlier_one() -> None:
    appended(3)
    early = log.seal()
    appended(4, start=3)
    late = log.seal()
    assert early is not None
    assert late is not None
    proof = [bytes.fromhex(step) for step in log.consistency(early.size, late)]
    roots = bytes.fromhex(early.root), bytes.fromhex(late.root)
    assert digest.verify_consistency(early.size, late.size, *roots, proof)
    assert not digest.verify_consistency(early.size, late.size, roots[1], roots[0], proof)


def rewrite(position: int) -> None:
    """Change a leaf as somebody with full power over the database could."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE certificates_logleaf SET leaf_hash = %s WHERE position = %s", ["0" * 64, position])
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db
def test_a_rewritten_history_is_not_signed() -> None:
    first = appended(3)[0]
    log.seal()
    rewrite(first.position)
    appended(1, start=3)
    heads = LogHead.objects.count()
    with pytest.raises(RuleViolation) as refused:
        log.seal()
    assert refused.value.code == "log_rewritten"
    assert LogHead.objects.count() == heads


@pytest.mark.django_db
def test_a_key_in_the_row_is_not_believed() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    appended(1)
    head = log.seal()
    assert head is not None
    forger = Ed25519PrivateKey.generate()
    head.public_key = forger.public_key().public_bytes_raw().hex()
    head.signature = forger.sign(log.statement(head.size, head.root, head.sealed_at)).hex()
    assert signing.verify(log.statement(head.size, head.root, head.sealed_at), head.signature, head.public_key)
    assert not log.is_signed(head)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_head_is_never_changed(act: str) -> None:
    appended(1)
    log.seal()
    head = LogHead.objects.all()
    with as_owner(), pytest.raises(IntegrityError, match="log_head_append_only"), transaction.atomic():
        head.update(root="0" * 64) if act == "update" else head.delete()


@pytest.mark.django_db
def test_an_empty_log_has_no_head() -> None:
    head = {"root": "0" * 64, "sealed_at": "2026-11-25T00:00:00Z", "public_key": "0" * 64, "signature": "0" * 128}
    with pytest.raises(IntegrityError, match="log_head_not_empty"), transaction.atomic():
        LogHead.objects.create(size=0, **head)


@pytest.mark.django_db
def test_the_head_is_published_with_the_proof_that_it_continues_an_earlier_one(client: Client) -> None:
    appended(3)
    early = log.seal()
    appended(2, start=3)
    log.seal()
    assert early is not None
    told = client.get(f"/verify/log.json?since={early.size}").json()
    assert told["head"]["size"] == LogLeaf.objects.count()
    proof = [bytes.fromhex(step) for step in told["consistency"]]
    roots = bytes.fromhex(early.root), bytes.fromhex(told["head"]["root"])
    assert digest.verify_consistency(early.size, told["head"]["size"], *roots, proof)
    for wrong in ("0", "999999", "x", "²"):
        assert client.get("/verify/log.json", {"since": wrong}).status_code == 400


def test_two_appends_at_the_same_time_take_neighbouring_places(committed: str) -> None:
    before = LogLeaf.objects.count()
    held, release = threading.Event(), threading.Event()
    answers: dict[str, Any] = {}

    def first() -> None:
        with transaction.atomic():
            answers["first"] = log.append("race", "first", b"1").position
            held.set()
            release.wait(10)
        connection.close()

    def second() -> None:
        answers["second"] = log.append("race", "second", b"2").position
        connection.close()

    one, other = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert held.wait(10)
    other.start()
    other.join(0.5)
    assert other.is_alive(), "the second append did not wait for the first to commit"
    release.set()
    one.join(10)
    other.join(10)
    assert answers == {"first": before, "second": before + 1}
    assert list(LogLeaf.objects.values_list("position", flat=True)) == list(range(before + 2))


def test_what_is_rolled_back_leaves_no_gap(committed: str) -> None:
    before = LogLeaf.objects.count()
    with transaction.atomic():
        log.append("race", "lost", b"1")
        transaction.set_rollback(True)
    assert log.append("race", "kept", b"2").position == before
